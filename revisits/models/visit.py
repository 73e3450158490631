"""回访 (clauses 5.2, 5.3): a line of a plan and the visit it asks for, its records, failed calls, the group's part."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ledgers.columns import PERSON_MAX
from ledgers.models import Project
from organization.models import Unit

from .plan import Level, RevisitPlan

TEXT_MAX = 2000


class Method(models.TextChoices):
    """The values are those of ``revisits.frequency``."""

    PHONE = "phone", "电话"
    ONSITE = "onsite", "现场"
    OTHER = "other", "其他"


class VisitQuerySet(models.QuerySet[Any]):
    def of_version(self, number: int) -> "VisitQuerySet":
        """The lines of a version of a plan."""
        return self.filter(Q(dropped_in__isnull=True) | Q(dropped_in__gt=number), added_in__lte=number)

    def open(self) -> "VisitQuerySet":
        return self.filter(status__in=OPEN_STATES)

    def done(self) -> "VisitQuerySet":
        return self.filter(status__in=DONE_STATES)


class Visit(models.Model):
    """One line of Appendix D: planned with a version (``added_in``), given up with a later one (``dropped_in``).

    ``planned_on`` is the date the plan was approved with, ``scheduled_on`` where 改期 or an on-site visit in place of a
    failed call put it. ``unit`` and ``level`` repeat the plan's, so that lists are scoped without a join.
    ``record`` is the record in force. A line that was never approved is no record: drafting may delete it.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", "计划中"
        DUE = "due", "待回访"
        RETRY = "retry", "改现场待回访"
        OK = "ok", "已回访·无问题"
        PROBLEM = "problem", "已回访·有问题"
        CANCELLED = "cancelled", "已取消"

    plan = models.ForeignKey(RevisitPlan, on_delete=models.PROTECT, related_name="visits", verbose_name="回访计划")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="visits", verbose_name="工程")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", verbose_name="实施单位")
    level = models.CharField("层级", max_length=10, choices=Level)
    status = models.CharField("状态", max_length=10, choices=Status, default=Status.PLANNED)
    planned_on = models.DateField("计划回访日期")
    scheduled_on = models.DateField("应回访日期")
    method = models.CharField("回访方式", max_length=8, choices=Method)
    visitor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        verbose_name="计划回访人",
    )  # fmt: skip
    added_in = models.PositiveIntegerField(default=1)
    dropped_in = models.PositiveIntegerField(null=True)
    # The line this one continues: another date or method of the same visit in a later version.
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    visited_on = models.DateField("实际回访日期", null=True)
    record = models.ForeignKey("VisitRecord", on_delete=models.PROTECT, null=True, related_name="+")
    revision = models.PositiveIntegerField(default=0)

    objects = models.Manager.from_queryset(VisitQuerySet)()

    class Meta:
        verbose_name = "回访"
        verbose_name_plural = "回访"
        ordering = ["scheduled_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(dropped_in__isnull=True) | Q(dropped_in__gt=F("added_in")), name="dropped_after_added"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("ok", "problem"), visited_on__isnull=False, record__isnull=False)
                | (~Q(status__in=("ok", "problem")) & Q(visited_on__isnull=True)),
                name="visited_has_a_record",
            ),
        ]
        indexes = [
            models.Index(fields=["plan", "project"], name="visit_plan_project"),
            models.Index(fields=["plan", "status"], name="visit_plan_status"),
            models.Index(fields=["project", "scheduled_on"], name="visit_project"),
            models.Index(fields=["unit", "scheduled_on", "id"], name="visit_unit_day"),
            models.Index(fields=["scheduled_on", "id"], name="visit_day"),
            models.Index(fields=["unit", "status", "scheduled_on", "id"], name="visit_unit_status"),
            # The group's lists: what is to be made is a small part of five years, what was made is read from its end.
            models.Index(fields=["scheduled_on", "id"], name="visit_open", condition=Q(visited_on__isnull=True)),
            models.Index(fields=["-visited_on", "-id"], name="visit_made", condition=Q(visited_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.scheduled_on:%Y-%m-%d} {self.get_method_display()}回访"

    @property
    def status_tone(self) -> str:
        return VISIT_TONES[self.status]

    @property
    def method_now(self) -> str:
        """A failed call is made up for on site (A.3 C03)."""
        return Method.ONSITE.value if self.status == self.Status.RETRY else self.method

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATES


OPEN_STATES = (Visit.Status.DUE, Visit.Status.RETRY)
DONE_STATES = (Visit.Status.OK, Visit.Status.PROBLEM)
VISIT_TONES: dict[str, str] = {
    Visit.Status.PLANNED: "neutral",
    Visit.Status.DUE: "todo",
    Visit.Status.RETRY: "warn",
    Visit.Status.OK: "ok",
    Visit.Status.PROBLEM: "bad",
    Visit.Status.CANCELLED: "void",
}


class VisitRecord(models.Model):
    """What a visit found (R-2.2.1): the four items and the situation. A correction is the next version, reasoned."""

    class Quality(models.TextChoices):
        GOOD = "good", "无质量问题"
        FOUND = "found", "有质量问题"

    class Promptness(models.TextChoices):
        PROMPT = "prompt", "及时"
        LATE = "late", "不及时"
        NONE = "none", "未发生保修"

    class Effect(models.TextChoices):
        EFFECTIVE = "effective", "有效"
        PARTLY = "partly", "基本有效"
        INEFFECTIVE = "ineffective", "无效"
        NONE = "none", "未发生保修"

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="records", verbose_name="回访")
    number = models.PositiveIntegerField("版本")
    visited_on = models.DateField("实际回访日期")
    method = models.CharField("回访方式", max_length=8, choices=Method)
    visitor = models.CharField("回访实施人", max_length=PERSON_MAX)
    respondent = models.CharField("受访人", max_length=PERSON_MAX)
    quality = models.CharField("质量问题", max_length=8, choices=Quality)
    arrival = models.CharField("到场及时性", max_length=8, choices=Promptness)
    timeliness = models.CharField("处理及时性", max_length=8, choices=Promptness)
    effectiveness = models.CharField("处理有效性", max_length=12, choices=Effect)
    situation = models.TextField("回访情况记录", max_length=TEXT_MAX, blank=True)
    reason = models.CharField("更正原因", max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="记录人"
    )
    created_at = models.DateTimeField("记录时间")

    class Meta:
        verbose_name = "回访记录"
        verbose_name_plural = "回访记录"
        ordering = ["visit_id", "number"]
        constraints = [models.UniqueConstraint(fields=["visit", "number"], name="visit_record_number")]

    def __str__(self) -> str:
        return f"{self.visit} 记录 v{self.number}"


class FailedAttempt(models.Model):
    """未联系上 (A.3 C03, C04): when, how, why, and the on-site visit that takes its place."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="attempts", verbose_name="回访")
    tried_on = models.DateField("联系日期")
    method = models.CharField("方式", max_length=8, choices=Method)
    reason = models.CharField("未联系上的原因", max_length=500)
    moved_to = models.DateField("改现场回访日期")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="记录人"
    )
    created_at = models.DateTimeField("记录时间")

    class Meta:
        verbose_name = "未联系上"
        verbose_name_plural = "未联系上"
        ordering = ["visit_id", "pk"]

    def __str__(self) -> str:
        return f"{self.tried_on:%Y-%m-%d} {self.get_method_display()}未联系上"


class Participation(models.Model):
    """参与记录 (R-3.1.3): who of the group took part in the visit of a key project or a strategic partner."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="participations", verbose_name="回访")
    people = models.CharField("参与人员", max_length=200)
    took_part_on = models.DateField("参与日期")
    note = models.TextField("参与情况", max_length=TEXT_MAX)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="记录人"
    )
    created_at = models.DateTimeField("记录时间")

    class Meta:
        verbose_name = "参与记录"
        verbose_name_plural = "参与记录"
        ordering = ["visit_id", "pk"]

    def __str__(self) -> str:
        return f"{self.visit} {self.people}"
