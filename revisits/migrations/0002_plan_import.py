import django.db.models.deletion
import revisits.models.imports
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("revisits", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[("preview", "待确认"), ("saved", "已导入"), ("discarded", "已放弃")],
                        default="preview",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        blank=True,
                        choices=[("replace", "替换现有安排"), ("add", "追加到现有安排")],
                        max_length=10,
                        verbose_name="导入方式",
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="文件名")),
                ("file", models.FileField(max_length=120, upload_to=revisits.models.imports.storage_name)),
                ("sha256", models.CharField(max_length=64)),
                ("accepted", models.PositiveIntegerField(default=0, verbose_name="可导入")),
                ("rejected", models.PositiveIntegerField(default=0, verbose_name="有错误")),
                ("known", models.PositiveIntegerField(default=0, verbose_name="计划中已有")),
                ("saved", models.PositiveIntegerField(default=0, verbose_name="已保存")),
                ("rows", models.JSONField(default=list)),
                ("warnings", models.JSONField(default=list, verbose_name="提示")),
                ("layouts", models.JSONField(default=dict)),
                ("light", models.BooleanField(default=False)),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="说明")),
                ("uploaded_at", models.DateTimeField(verbose_name="上传时间")),
                ("saved_at", models.DateTimeField(null=True, verbose_name="导入时间")),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imports",
                        to="revisits.revisitplan",
                        verbose_name="回访计划",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="上传人",
                    ),
                ),
            ],
            options={
                "verbose_name": "回访计划导入",
                "verbose_name_plural": "回访计划导入",
                "ordering": ["-uploaded_at", "-pk"],
            },
        ),
    ]
