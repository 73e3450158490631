import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0002_downloads_of_complaints"),
        ("revisits", "0002_plan_import"),
    ]

    operations = [
        migrations.AddField(
            model_name="downloadlog",
            name="plan",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="downloads",
                to="revisits.revisitplan",
                verbose_name="回访计划",
            ),
        ),
    ]
