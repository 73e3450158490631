"""The running numbers are the kernel's now: the rows go over, and numbering goes on where it stood."""

from django.db import migrations


def _carry(source, target):
    for name, last in source.objects.values_list("name", "last"):
        row, made = target.objects.get_or_create(name=name, defaults={"last": last})
        if not made and row.last < last:
            row.last = last
            row.save()


def carry_over(apps, schema_editor):
    _carry(apps.get_model("complaints", "Series"), apps.get_model("workflow", "Series"))


def carry_back(apps, schema_editor):
    _carry(apps.get_model("workflow", "Series"), apps.get_model("complaints", "Series"))


class Migration(migrations.Migration):
    dependencies = [
        ("complaints", "0005_filing_indexes"),
        ("workflow", "0007_series"),
    ]

    operations = [
        migrations.RunPython(carry_over, carry_back),
        migrations.DeleteModel(name="Series"),
    ]
