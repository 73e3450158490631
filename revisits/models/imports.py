"""An uploaded Appendix D plan made elsewhere, between its dry run and its decision."""

import secrets

from django.conf import settings
from django.db import models

from .plan import RevisitPlan


def storage_name(instance: "PlanImport", filename: str) -> str:
    """A random name without the user's extension, as for evidence."""
    return f"imports/{instance.uploaded_at:%Y/%m}/{secrets.token_hex(16)}"


class PlanImport(models.Model):
    """A dry run keeps the workbook and its findings; saving reads the same file again, by its hash, and checks it anew.

    ``rows``: one dict a row (sheet, row, project, on, method, visitor, known, errors as column, message, cell);
    ``known`` are lines that the plan has already. ``warnings``, ``layouts`` and ``light`` are what the reading said of
    the workbook; ``note`` what became of the last attempt to save.
    """

    class State(models.TextChoices):
        PREVIEW = "preview", "待确认"
        SAVED = "saved", "已导入"
        DISCARDED = "discarded", "已放弃"

    class Mode(models.TextChoices):
        REPLACE = "replace", "替换现有安排"
        ADD = "add", "追加到现有安排"

    plan = models.ForeignKey(RevisitPlan, on_delete=models.PROTECT, related_name="imports", verbose_name="回访计划")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PREVIEW)
    mode = models.CharField("导入方式", max_length=10, choices=Mode, blank=True)
    name = models.CharField("文件名", max_length=200)
    file = models.FileField(upload_to=storage_name, max_length=120)
    sha256 = models.CharField(max_length=64)
    accepted = models.PositiveIntegerField("可导入", default=0)
    rejected = models.PositiveIntegerField("有错误", default=0)
    known = models.PositiveIntegerField("计划中已有", default=0)
    saved = models.PositiveIntegerField("已保存", default=0)
    rows = models.JSONField(default=list)
    warnings = models.JSONField("提示", default=list)
    layouts = models.JSONField(default=dict)
    light = models.BooleanField(default=False)
    note = models.CharField("说明", max_length=500, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间")
    saved_at = models.DateTimeField("导入时间", null=True)

    class Meta:
        verbose_name = "回访计划导入"
        verbose_name_plural = "回访计划导入"
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def rows_total(self) -> int:
        return self.accepted + self.rejected

    @property
    def status_tone(self) -> str:
        return {"preview": "todo", "saved": "ok", "discarded": "void"}[self.state]
