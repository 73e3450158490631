"""An uploaded workbook between its dry run and its decision."""

import secrets

from django.conf import settings
from django.db import models

from organization.models import Unit


def storage_name(instance: "LedgerImport", filename: str) -> str:
    return f"imports/{instance.uploaded_at:%Y/%m}/{secrets.token_hex(16)}"


class LedgerImport(models.Model):
    """A dry run keeps the workbook and its report; saving reads the same file again, so what was shown is what is saved."""

    class State(models.TextChoices):
        PREVIEW = "preview", "待确认"
        SAVED = "saved", "已导入"
        DISCARDED = "discarded", "已放弃"

    state = models.CharField("状态", max_length=10, choices=State, default=State.PREVIEW)
    name = models.CharField("文件名", max_length=200)
    file = models.FileField(upload_to=storage_name, max_length=120)
    sha256 = models.CharField(max_length=64)
    department = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="项目经理部"
    )
    accepted = models.PositiveIntegerField("可导入", default=0)
    rejected = models.PositiveIntegerField("有错误", default=0)
    report = models.JSONField(default=dict)
    partial = models.BooleanField("部分导入", default=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间")
    saved_at = models.DateTimeField("导入时间", null=True)

    class Meta:
        verbose_name = "台账导入"
        verbose_name_plural = "台账导入"
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.name
