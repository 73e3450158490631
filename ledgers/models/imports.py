"""An uploaded workbook between its dry run and its decision, and what the dry run said of each row."""

import secrets

from django.conf import settings
from django.db import models

from ledgers.columns import NAME_MAX, NUMBER_MAX
from organization.models import Unit


def storage_name(instance: "LedgerImport", filename: str) -> str:
    """A random name without the user's extension, as for evidence."""
    return f"imports/{instance.uploaded_at:%Y/%m}/{secrets.token_hex(16)}"


class LedgerImport(models.Model):
    """A dry run keeps the workbook and its findings; saving reads the same file again, by its hash, and checks it anew.

    ``queued`` is a decision that waits for a worker; ``running`` belongs to the worker that took it with ``attempt``
    until ``claimed_at`` grows stale. ``note`` says in words what became of the last attempt.
    """

    class State(models.TextChoices):
        PREVIEW = "preview", "待确认"
        QUEUED = "queued", "排队中"
        RUNNING = "running", "导入中"
        SAVED = "saved", "已导入"
        DISCARDED = "discarded", "已放弃"

    state = models.CharField("状态", max_length=10, choices=State, default=State.PREVIEW)
    name = models.CharField("文件名", max_length=200)
    file = models.FileField(upload_to=storage_name, max_length=120)
    sha256 = models.CharField(max_length=64)
    department = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="项目经理部"
    )
    kind = models.CharField(
        "格式", max_length=5, choices=(("list", "汇总表"), ("forms", "附录 C 表格")), default="list"
    )
    accepted = models.PositiveIntegerField("可导入", default=0)
    rejected = models.PositiveIntegerField("有错误", default=0)
    incomplete = models.PositiveIntegerField("可导入但有缺项", default=0)
    saved = models.PositiveIntegerField("已保存", default=0)
    warnings = models.JSONField("提示", default=list)
    layouts = models.JSONField(default=dict)
    light = models.BooleanField(default=False)
    partial = models.BooleanField("部分导入", default=False)
    note = models.CharField("说明", max_length=500, blank=True)
    marked = models.FileField("标注后的原表", upload_to=storage_name, max_length=120, blank=True)
    marking_at = models.DateTimeField("要求标注的时间", null=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间")
    confirmed_at = models.DateTimeField("确认时间", null=True)
    claimed_at = models.DateTimeField(null=True)
    attempt = models.PositiveSmallIntegerField(default=0)
    saved_at = models.DateTimeField("导入时间", null=True)

    class Meta:
        verbose_name = "台账导入"
        verbose_name_plural = "台账导入"
        ordering = ["-uploaded_at", "-pk"]
        indexes = [
            models.Index(fields=["uploaded_by", "-uploaded_at"], name="import_by_uploader"),
            # The worker looks every few seconds for the few rows that wait.
            models.Index(
                fields=["confirmed_at"],
                name="import_waiting",
                condition=models.Q(state__in=("queued", "running")) | models.Q(marking_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rows_total(self) -> int:
        return self.accepted + self.rejected

    @property
    def status_tone(self) -> str:
        return {"preview": "todo", "queued": "progress", "running": "progress", "saved": "ok", "discarded": "void"}[
            self.state
        ]


class LedgerImportRow(models.Model):
    """What the last check said of one row: its errors (column, message, cell) or its gaps."""

    class Finding(models.TextChoices):
        ERROR = "error", "有错误"
        GAPS = "gaps", "可导入,有缺项"
        COMPLETE = "complete", "可导入"

    job = models.ForeignKey(LedgerImport, on_delete=models.CASCADE, related_name="rows", db_index=False)
    position = models.PositiveIntegerField()
    sheet = models.TextField("工作表")
    row = models.PositiveIntegerField("行")
    number = models.CharField("工程编号", max_length=NUMBER_MAX, blank=True)
    name = models.CharField("工程名称", max_length=NAME_MAX, blank=True)
    finding = models.CharField("结果", max_length=8, choices=Finding)
    errors = models.JSONField("错误", default=list)
    missing = models.JSONField("缺项", default=list)

    class Meta:
        verbose_name = "导入的一行"
        verbose_name_plural = "导入的行"
        ordering = ["job", "position"]
        indexes = [models.Index(fields=["job", "finding", "position"], name="import_row_finding")]
        constraints = [models.UniqueConstraint(fields=["job", "position"], name="import_row_position")]

    def __str__(self) -> str:
        return f"{self.sheet} 第 {self.row} 行"
