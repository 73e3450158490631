"""Time limits: the rules (Appendix G) and the running clocks."""

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from organization.models import Post, Unit
from workflow.due import Mode

from .subjects import About, AboutQuerySet


class ClockRule(models.Model):
    """One version of one row of the time-limit configuration (Appendix G). Never edited: a change is a new version.

    ``days`` counts by ``mode`` (HOURS: days × 24 h; 即时 is HOURS with 1 day, G4). ``supervisors`` hear of the
    overdue fact, ``escalate_24h`` a day later, ``escalate_48h`` two days later (G3): lists of post codes.
    """

    code = models.CharField("代码", max_length=40)
    version = models.PositiveIntegerField("版本", default=1)
    current = models.BooleanField("现行", default=True)
    sheet = models.CharField("所属", max_length=20, default="G")
    number = models.PositiveSmallIntegerField("序号", default=0)
    stage = models.CharField("环节", max_length=40)
    content = models.CharField("监管内容", max_length=200)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+", verbose_name="责任岗位")
    days = models.PositiveSmallIntegerField("时限(天)")
    mode = models.CharField("计算方式", max_length=16, choices=[(m.value, m.label) for m in Mode])
    record = models.CharField("监管记录", max_length=100, blank=True)
    supervisors = models.JSONField("监督岗位", default=list, blank=True)
    escalate_24h = models.JSONField("逾期24小时上报", default=list, blank=True)
    escalate_48h = models.JSONField("逾期48小时上报", default=list, blank=True)
    clause = models.CharField("条款", max_length=20, blank=True)
    reason = models.CharField("变更原因", max_length=200, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="变更人"
    )
    changed_at = models.DateTimeField("变更时间", null=True)

    class Meta:
        verbose_name = "时限规则"
        verbose_name_plural = "时限规则"
        ordering = ["sheet", "number", "code", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="clock_rule_version"),
            models.UniqueConstraint(fields=["code"], condition=Q(current=True), name="one_current_clock_rule"),
        ]

    def __str__(self) -> str:
        return f"{self.stage} v{self.version}"

    @property
    def limit(self) -> str:
        """The limit in words, as the step tables print it."""
        if not self.days:
            return "按要求日期"  # a plan or a list states the date itself
        if self.mode == Mode.HOURS:
            return "即时" if self.days == 1 else f"{self.days * 24}小时"
        return f"{self.days}天" if self.mode == Mode.NATURAL else f"{self.days}天({Mode(self.mode).label})"


class Outcome(models.TextChoices):
    DONE = "done", "已办结"
    RETURNED = "returned", "已退回"
    CANCELLED = "cancelled", "已取消"


class ClockQuerySet(AboutQuerySet):
    def running(self) -> "ClockQuerySet":
        return self.filter(stopped_at__isnull=True)

    def of_case(self, case: models.Model) -> "ClockQuerySet":
        """The clocks of a record and of what belongs to it: a complaint's, its plan's, its milestones'."""
        return self.filter(case_type=ContentType.objects.get_for_model(case), case_id=case.pk)


class Clock(About):
    """A duty of a post with its due moment. The worklist is the open clocks of the posts one holds.

    ``assignee``: it is this person's alone although others hold the post too (UD sees what is assigned, G2);
    ``workflow.holders`` says whose a clock is.
    ``case_*`` name the record it belongs to: the subject itself, or the complaint whose plan the subject is.
    ``due_at`` is the first late moment: done at ``due_at`` or later is late (a stored comparison, so a
    stopped worker changes nothing). ``overdue_noted_at`` is set once, when the sweep writes the fact.
    ``dated``: a plan or a list set the due moment; no change of a rule or of the calendar moves it.
    ``next_at`` is when the sweep must look at the clock again; empty when nothing is left to send.
    """

    case_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+", db_index=False)
    case_id = models.PositiveBigIntegerField()
    code = models.CharField("事项代码", max_length=40)
    rule = models.ForeignKey(ClockRule, on_delete=models.PROTECT, related_name="clocks", verbose_name="时限规则")
    title = models.CharField("标题", max_length=250)
    owner = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name="所属单位")
    # Indexed together (clock_work); every further index would be written again by each sweep.
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+", verbose_name="责任岗位", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name="责任单位", db_index=False)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="指定办理人",
        db_index=False,
    )
    version = models.PositiveIntegerField("版本", default=1)
    round = models.PositiveIntegerField("轮次", default=1)
    received_at = models.DateTimeField("接收时间")
    due_at = models.DateTimeField("截止时间")
    # The database knows the default too: an older version may still run beside the new one and does not name it.
    dated = models.BooleanField("按要求日期", default=False, db_default=False)
    opened_at = models.DateTimeField("开始计时")
    stopped_at = models.DateTimeField("结束时间", null=True)
    stopped_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="办理人",
        db_index=False,
    )
    outcome = models.CharField("结果", max_length=12, choices=Outcome, blank=True)
    overdue_noted_at = models.DateTimeField("逾期记录时间", null=True)
    next_kind = models.CharField(max_length=16, blank=True)
    next_at = models.DateTimeField(null=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        verbose_name = "时限"
        verbose_name_plural = "时限"
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "code"],
                condition=Q(stopped_at__isnull=True),
                name="one_running_clock",
            ),
        ]
        indexes = [
            # The worklist's own order; the assignee stands last, so that its counts are answered from the index alone.
            models.Index(
                fields=["post", "unit", "due_at", "id", "assignee"],
                condition=Q(stopped_at__isnull=True),
                name="clock_work",
            ),
            models.Index(fields=["next_at"], condition=Q(stopped_at__isnull=True), name="clock_sweep"),
            models.Index(fields=["content_type", "object_id"], name="clock_subject"),
            # The running ones of a page of records, and all of one record for its timeline and its overdue facts.
            models.Index(fields=["case_type", "case_id", "stopped_at"], name="clock_case"),
        ]

    def __str__(self) -> str:
        return f"{self.rule.stage} {self.title}"

    @property
    def late(self) -> bool:
        """Late if and only if it was done at or after the due moment; an open clock is late once the fact is noted."""
        if self.stopped_at is not None:
            return self.stopped_at >= self.due_at
        return self.overdue_noted_at is not None


class ClockReminder(models.Model):
    """A reminder of a clock was written. Unique by (clock, kind): whatever is repeated or raced, one remains.

    ``skipped``: when its turn came it would have been untrue (a "due soon" of a clock already due).
    ``note``: a post was vacant, and who heard of it instead.
    """

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="reminders", db_index=False)
    kind = models.CharField(max_length=16)
    moment = models.DateTimeField("应发时间")
    at = models.DateTimeField("生成时间")
    skipped = models.BooleanField("已过时未发", default=False)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        verbose_name = "提醒"
        verbose_name_plural = "提醒"
        constraints = [models.UniqueConstraint(fields=["clock", "kind"], name="one_reminder_per_kind")]
        indexes = [models.Index(fields=["at"], condition=~Q(note=""), name="reminder_noted")]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.kind}"
