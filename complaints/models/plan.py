"""专项整改方案 (clauses 5.5, 5.6.1; B.3 C03, C04): its versions, milestones, and what answers which demand."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from .complaint import Complaint, Demand

LONG_MAX = 2000


class Plan(models.Model):
    """The rectification plan of a complaint. ``effective`` is the approved version that governs, ``working`` the one
    being drafted or reviewed; a changed date opens the next version and the whole approval again (5.5.4)."""

    class Status(models.TextChoices):
        DRAFT = "draft", "拟订"
        IN_CHECK = "in_check", "待项目经理审核"
        IN_REVIEW = "in_review", "待审核"
        IN_APPROVAL = "in_approval", "待审批"
        APPROVED = "approved", "已批准"
        CANCELLED = "cancelled", "已撤销"

    complaint = models.OneToOneField(Complaint, on_delete=models.PROTECT, related_name="plan", verbose_name="投诉")
    status = models.CharField("状态", max_length=16, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField("版本", default=1)
    round = models.PositiveIntegerField("轮次", default=1)
    revision = models.PositiveIntegerField(default=0)
    effective = models.ForeignKey("PlanVersion", on_delete=models.PROTECT, null=True, related_name="+")
    working = models.ForeignKey("PlanVersion", on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField("开始编制时间")

    # The moment of the step under way, for its guard (has an opinion's limit passed); None: now.
    moment: datetime | None = None

    history = HistoricalRecords(excluded_fields=["revision"])

    class Meta:
        verbose_name = "专项整改方案"
        verbose_name_plural = "专项整改方案"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.complaint} 专项整改方案"

    @property
    def status_label(self) -> str:
        """变更拟订 while an approved version governs."""
        if self.status == self.Status.DRAFT and self.effective_id:
            return "变更拟订"
        return str(self.get_status_display())

    @property
    def status_tone(self) -> str:
        return {
            "draft": "progress",
            "in_check": "todo",
            "in_review": "todo",
            "in_approval": "todo",
            "approved": "ok",
            "cancelled": "void",
        }[self.status]


class PlanVersion(models.Model):
    """What the plan says, as of one version. An approved version is never edited."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("版本")
    reason = models.CharField("变更原因", max_length=500, blank=True)
    overview = models.TextField("概况", max_length=LONG_MAX, blank=True)
    cause = models.TextField("原因分析", max_length=LONG_MAX, blank=True)
    effect = models.TextField("整改效果要求", max_length=LONG_MAX, blank=True)
    liaison = models.CharField("与业主沟通联系人", max_length=100, blank=True)
    liaison_way = models.CharField("沟通方式", max_length=100, blank=True)
    liaison_every = models.CharField("沟通频次", max_length=100, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="编制人"
    )
    created_at = models.DateTimeField("编制时间")
    submitted_at = models.DateTimeField("提交时间", null=True)
    approved_at = models.DateTimeField("批准时间", null=True)
    superseded_at = models.DateTimeField("被替代时间", null=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "整改方案版本"
        verbose_name_plural = "整改方案版本"
        ordering = ["plan_id", "number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="plan_version_number")]

    def __str__(self) -> str:
        return f"{self.plan} v{self.number}"


class Milestone(models.Model):
    """A milestone of one version: what, from when to when, who, the acceptance criterion, resources and their basis.

    ``origin`` is the milestone of the earlier version that it continues. While the version is drafted it is DRAFT.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "拟订"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        SUPERSEDED = "superseded", "已被替代"

    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="milestones")
    origin = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="continuations")
    status = models.CharField("状态", max_length=12, choices=Status, default=Status.DRAFT)
    number = models.PositiveSmallIntegerField("序号")
    name = models.CharField("整改内容(节点)", max_length=200)
    starts_on = models.DateField("开始日期", null=True, blank=True)
    ends_on = models.DateField("完成日期", null=True, blank=True)
    responsible = models.CharField("责任人", max_length=50, blank=True)
    criterion = models.CharField("验收标准", max_length=300, blank=True)
    resources = models.CharField("资源配置(人、材、机)", max_length=300, blank=True)
    basis = models.CharField("资源配置依据", max_length=300, blank=True)
    percent = models.PositiveSmallIntegerField("完成比例(%)", default=0)
    done_on = models.DateField("实际完成日期", null=True, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "时间节点"
        verbose_name_plural = "时间节点"
        ordering = ["plan_version_id", "number", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="milestone_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_version.plan.complaint} · {self.name}"

    @property
    def status_tone(self) -> str:
        return {"draft": "neutral", "running": "progress", "done": "ok", "superseded": "void"}[self.status]


class Progress(models.Model):
    """What was done on a milestone, as of a moment."""

    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="progress")
    percent = models.PositiveSmallIntegerField("完成比例(%)")
    text = models.TextField("进展情况", max_length=LONG_MAX)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="填报人"
    )
    made_at = models.DateTimeField("填报时间")

    class Meta:
        verbose_name = "节点进展"
        verbose_name_plural = "节点进展"
        ordering = ["made_at", "pk"]

    def __str__(self) -> str:
        return f"{self.percent}% {self.made_at:%Y-%m-%d}"


class Opinion(models.Model):
    """部门意见 (5.5.1, B.3 C04): asked of one person of a department, with a time limit; names the 专人 who follows."""

    class Status(models.TextChoices):
        ASKED = "asked", "待反馈"
        GIVEN = "given", "已反馈"
        CANCELLED = "cancelled", "已取消"

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="opinions", verbose_name="投诉")
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.ASKED)
    asked_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="征求对象"
    )
    question = models.CharField("征求内容", max_length=500)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="征求人"
    )
    asked_at = models.DateTimeField("征求时间")
    text = models.TextField("部门意见", max_length=LONG_MAX, blank=True)
    follower = models.CharField("跟踪指导专人", max_length=50, blank=True)
    given_at = models.DateTimeField("反馈时间", null=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "部门意见"
        verbose_name_plural = "部门意见"
        ordering = ["asked_at", "pk"]

    def __str__(self) -> str:
        return f"{self.complaint} 部门意见"

    @property
    def status_tone(self) -> str:
        return {"asked": "todo", "given": "ok", "cancelled": "void"}[self.status]


class Response(models.Model):
    """A line of the 比对表 (B.3 C03): which measure answers a demand or a department's opinion.

    ``adopted`` False: the opinion is not followed, ``measure`` says why.
    """

    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="responses")
    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, null=True, related_name="+")
    opinion = models.ForeignKey(Opinion, on_delete=models.PROTECT, null=True, related_name="+")
    adopted = models.BooleanField("采纳", default=True)
    measure = models.CharField("对应措施", max_length=500, blank=True)

    class Meta:
        verbose_name = "比对表"
        verbose_name_plural = "比对表"
        ordering = ["version_id", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(demand__isnull=False, opinion__isnull=True) | Q(demand__isnull=True, opinion__isnull=False),
                name="response_to_one_thing",
            ),
            models.UniqueConstraint(fields=["version", "demand"], name="one_response_per_demand"),
            models.UniqueConstraint(fields=["version", "opinion"], name="one_response_per_opinion"),
        ]

    def __str__(self) -> str:
        return self.measure
