"""What left the portal, and why."""

from typing import Any

from django.conf import settings
from django.db import models

from complaints.models import Complaint
from ledgers.models import Ledger, WarrantyCase
from revisits.models import RevisitPlan
from workflow.models.subjects import AppendOnlyError, AppendOnlyQuerySet


class DownloadLog(models.Model):
    """One document with people's phones that somebody took out, and the purpose they gave. Append-only (G1)."""

    class Purpose(models.TextChoices):
        ARCHIVE = "archive", "归档留存"
        CONTACT = "contact", "现场联系"
        REPORT = "report", "报送上级"
        REVIEW = "review", "审核核对"
        OTHER = "other", "其他"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="下载人"
    )
    document = models.CharField("文件", max_length=150)
    code = models.CharField("编号", max_length=30, blank=True)
    subject = models.CharField("内容", max_length=500)
    ledger = models.ForeignKey(
        Ledger, on_delete=models.PROTECT, null=True, related_name="downloads", verbose_name="台账"
    )
    complaint = models.ForeignKey(
        Complaint, on_delete=models.PROTECT, null=True, related_name="downloads", verbose_name="投诉"
    )
    plan = models.ForeignKey(
        RevisitPlan, on_delete=models.PROTECT, null=True, related_name="downloads", verbose_name="回访计划"
    )
    case = models.ForeignKey(
        WarrantyCase, on_delete=models.PROTECT, null=True, related_name="downloads", verbose_name="保修记录"
    )
    filters = models.JSONField("筛选条件", default=dict)
    purpose = models.CharField("用途", max_length=10, choices=Purpose)
    detail = models.CharField("用途说明", max_length=100, blank=True)
    rows = models.PositiveIntegerField("行数")
    at = models.DateTimeField("下载时间")

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = "下载记录"
        verbose_name_plural = "下载记录"
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at"], name="download_at"),
            models.Index(fields=["user", "-at"], name="download_user_at"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.document}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError("下载记录不可修改。")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError("下载记录不可删除。")
