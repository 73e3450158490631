"""投诉备案 and what goes with it: 跟踪, 单位上报, 监督, 督办, 交办 (clauses 3.2, 5.4.3, 5.6; B.2 steps 9–12)."""

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from organization.models import Unit

from .complaint import Complaint

TEXT_MAX = 1000


class Filing(models.Model):
    """The group's record of a complaint that was ruled ours, in parallel with the handling (clauses 5.4.2b, 5.4.3)."""

    class Status(models.TextChoices):
        AWAITING = "awaiting", "待备案"
        FILED = "filed", "已备案"
        TRACKING = "tracking", "跟踪中"
        AWAITING_CLOSE = "awaiting_close", "待结案"
        CLOSED = "closed", "已结案"
        CANCELLED = "cancelled", "撤销备案"

    complaint = models.OneToOneField(Complaint, on_delete=models.PROTECT, related_name="filing", verbose_name="投诉")
    number = models.CharField("备案编号", max_length=40, blank=True)
    status = models.CharField("状态", max_length=16, choices=Status, default=Status.AWAITING)
    round = models.PositiveIntegerField("轮次", default=1)
    opened_at = models.DateTimeField("转备案时间")
    filed_at = models.DateTimeField("备案时间", null=True)
    note = models.CharField("备案说明", max_length=500, blank=True)
    conclusion = models.CharField("结案意见", max_length=500, blank=True)
    closed_at = models.DateTimeField("备案结案时间", null=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "投诉备案"
        verbose_name_plural = "投诉备案"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="filing_opened"),
            models.Index(fields=["status", "-opened_at", "-id"], name="filing_status"),
        ]

    def __str__(self) -> str:
        return str(self.complaint)

    @property
    def department(self) -> Unit:
        return self.complaint.department

    @property
    def status_tone(self) -> str:
        return {
            "awaiting": "todo",
            "filed": "progress",
            "tracking": "progress",
            "awaiting_close": "todo",
            "closed": "ok",
            "cancelled": "void",
        }[self.status]


class FollowUp(models.Model):
    """A weekly entry: the group's tracking (5.6.2) or the unit's report to the group (5.6.3; sent and received)."""

    class Kind(models.TextChoices):
        TRACK = "track", "集团跟踪"
        REPORT = "report", "单位跟踪上报"

    filing = models.ForeignKey(Filing, on_delete=models.PROTECT, related_name="follow_ups", verbose_name="备案")
    kind = models.CharField("类别", max_length=8, choices=Kind)
    milestones = models.TextField("时间节点情况", max_length=TEXT_MAX)
    resources = models.TextField("资源到位情况", max_length=TEXT_MAX)
    progress = models.TextField("整改进展情况", max_length=TEXT_MAX)
    percent = models.PositiveSmallIntegerField("完成比例(%)")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="填报人"
    )
    made_at = models.DateTimeField("填报时间")
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="签收人"
    )
    received_at = models.DateTimeField("签收时间", null=True)

    class Meta:
        verbose_name = "跟踪记录"
        verbose_name_plural = "跟踪记录"
        ordering = ["made_at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.made_at:%Y-%m-%d}"


class Supervision(models.Model):
    """What a superior said: UL and UG on process and result (B.2 step 11), or a 督办 of a supervising post (G6)."""

    class Kind(models.TextChoices):
        PROCESS = "process", "过程监督"
        RESULT = "result", "结果监督"
        URGE = "urge", "督办"

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="supervisions", verbose_name="投诉")
    kind = models.CharField("类别", max_length=8, choices=Kind)
    post = models.CharField("岗位", max_length=12)
    text = models.TextField("监督意见", max_length=TEXT_MAX)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="填写人"
    )
    made_at = models.DateTimeField("填写时间")

    class Meta:
        verbose_name = "监督记录"
        verbose_name_plural = "监督记录"
        ordering = ["made_at", "pk"]
        indexes = [models.Index(fields=["complaint", "kind", "post"], name="supervision_kind")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.made_by}"


class Order(models.Model):
    """交办单 (R-3.2.1): UL charges a department of the unit, or the project department, with something by a date."""

    class Status(models.TextChoices):
        OPEN = "open", "办理中"
        DONE = "done", "已办结"
        CANCELLED = "cancelled", "已取消"

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="orders", verbose_name="投诉")
    number = models.CharField("交办单号", max_length=40, unique=True)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.OPEN)
    task = models.TextField("交办事项", max_length=TEXT_MAX)
    due_on = models.DateField("要求完成日期")
    # Empty: the project manager of the department.
    charged = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="承办人(部门)"
    )
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="交办人"
    )
    made_at = models.DateTimeField("交办时间")
    result = models.TextField("办理结果", max_length=TEXT_MAX, blank=True)
    done_at = models.DateTimeField("办结时间", null=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "交办单"
        verbose_name_plural = "交办单"
        ordering = ["made_at", "pk"]

    def __str__(self) -> str:
        return f"{self.number} {self.complaint.project_name}"

    @property
    def status_tone(self) -> str:
        return {"open": "todo", "done": "ok", "cancelled": "void"}[self.status]
