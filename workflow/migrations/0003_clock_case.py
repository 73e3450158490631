import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F


def own_case(apps, schema_editor):
    """So far every clock was about its case itself."""
    apps.get_model("workflow", "Clock").objects.update(case_type=F("content_type"), case_id=F("object_id"))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("contenttypes", "0002_remove_content_type_name"), ("workflow", "0002_clock_assignee")]
    operations = [
        migrations.AddField(
            model_name="clock",
            name="case_type",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="contenttypes.contenttype",
            ),
        ),
        migrations.AddField(model_name="clock", name="case_id", field=models.PositiveBigIntegerField(null=True)),
        migrations.RunPython(own_case, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="clock",
            name="case_type",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="contenttypes.contenttype",
            ),
        ),
        migrations.AlterField(model_name="clock", name="case_id", field=models.PositiveBigIntegerField()),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("stopped_at__isnull", True)), fields=["case_type", "case_id"], name="clock_case"
            ),
        ),
    ]
