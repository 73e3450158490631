"""年度回访计划 (clauses 5.2.1 to 5.2.4): a unit's or a project department's year, its versions, waivers and issues."""

from typing import Any

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from ledgers.models import Project
from organization.models import StandardEdition, Unit

from .policy import FrequencyPolicy


class Level(models.TextChoices):
    """Whose plan: the values are those of ``revisits.frequency``."""

    UNIT = "unit", "二级单位"
    DEPARTMENT = "department", "项目经理部"


class RevisitPlan(models.Model):
    """One year's plan of a unit or a project department.

    ``effective`` is the approved version that governs, ``working`` the one being drafted or decided. ``version`` is the
    number of the version last begun, ``round`` counts returns, ``revision`` grows with every change of its lines.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "编制中"
        IN_APPROVAL = "in_approval", "待审批"
        RETURNED = "returned", "退回重编"
        APPROVED = "approved", "已审批·执行中"
        CLOSED = "closed", "已关闭"

    level = models.CharField("层级", max_length=10, choices=Level)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="revisit_plans", verbose_name="编制单位")
    year = models.PositiveSmallIntegerField("年度")
    status = models.CharField("状态", max_length=12, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField("版本", default=1)
    round = models.PositiveIntegerField("轮次", default=1)
    revision = models.PositiveIntegerField(default=0)
    effective = models.ForeignKey("PlanVersion", on_delete=models.PROTECT, null=True, related_name="+")
    working = models.ForeignKey("PlanVersion", on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField("开始编制时间")

    history = HistoricalRecords(excluded_fields=["revision"])

    class Meta:
        verbose_name = "回访计划"
        verbose_name_plural = "回访计划"
        ordering = ["-year", "unit_id"]
        constraints = [models.UniqueConstraint(fields=["unit", "year"], name="one_plan_a_year")]
        indexes = [models.Index(fields=["year", "status"], name="plan_year_status")]

    def __str__(self) -> str:
        return f"{self.unit} {self.year} 年度回访计划"

    @property
    def status_label(self) -> str:
        """A change while an approved version governs is named as one."""
        if self.effective_id:
            changed = {"draft": "变更编制中", "in_approval": "变更待审批", "returned": "变更退回"}.get(self.status)
            if changed:
                return changed
        return str(self.get_status_display())

    @property
    def status_tone(self) -> str:
        return {"draft": "progress", "in_approval": "todo", "returned": "bad", "approved": "ok", "closed": "neutral"}[
            self.status
        ]

    @property
    def shown(self) -> "PlanVersion | None":
        return self.working or self.effective


class PlanVersion(models.Model):
    """One version of a plan: which settings it was checked with, what the check said, who decided.

    Its lines are the visits with ``added_in`` ≤ ``number`` < ``dropped_in``. An approved version is never edited.
    """

    plan = models.ForeignKey(RevisitPlan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("版本")
    reason = models.CharField("变更原因", max_length=500, blank=True)
    policy = models.ForeignKey(FrequencyPolicy, on_delete=models.PROTECT, related_name="+", verbose_name="频次设置")
    report = models.JSONField("检查报告", default=dict)
    # What lists tell of the report, without reading it: it follows the report with every save.
    projects = models.PositiveIntegerField("工程数", default=0, editable=False)
    lines = models.PositiveIntegerField("回访安排数", default=0, editable=False)
    gaps = models.PositiveIntegerField("缺口数", default=0, editable=False)
    waived = models.PositiveIntegerField("已豁免数", default=0, editable=False)
    edition = models.ForeignKey(StandardEdition, on_delete=models.PROTECT, related_name="+", verbose_name="标准版本")
    created_at = models.DateTimeField("编制时间")
    created_by = models.ForeignKey(  # empty: opened by the year
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="编制人"
    )
    submitted_at = models.DateTimeField("上报时间", null=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="填报人"
    )
    approved_at = models.DateTimeField("批准时间", null=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="审批人"
    )
    superseded_at = models.DateTimeField("被替代时间", null=True)
    withdrawn_at = models.DateTimeField("放弃时间", null=True)

    class Meta:
        verbose_name = "回访计划版本"
        verbose_name_plural = "回访计划版本"
        ordering = ["plan_id", "number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="revisit_plan_version_number")]

    def __str__(self) -> str:
        return f"{self.plan} v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.count_report()
        super().save(*args, **kwargs)

    def count_report(self) -> None:
        """``gaps`` are those that block (neither waived nor of an overseas project), ``waived`` the waivers granted."""
        found = self.report.get("gaps", [])
        self.projects, self.lines = self.report.get("projects", 0), self.report.get("lines", 0)
        self.waived = sum(gap["waiver"] == Waiver.Status.GRANTED for gap in found)
        self.gaps = sum(gap["waiver"] != Waiver.Status.GRANTED and not gap["overseas"] for gap in found)


class Waiver(models.Model):
    """豁免 of one gap (clause 5.2.4): asked for with a reason by who drafts, granted or refused by who approves."""

    class Status(models.TextChoices):
        ASKED = "asked", "待批准"
        GRANTED = "granted", "已批准"
        REFUSED = "refused", "不予豁免"
        LAPSED = "lapsed", "已失效"  # the plan was approved without it, or the change it was asked for was given up

    plan = models.ForeignKey(RevisitPlan, on_delete=models.PROTECT, related_name="waivers", verbose_name="回访计划")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", verbose_name="工程")
    code = models.CharField("规则", max_length=12)
    start = models.DateField("窗口开始")
    end = models.DateField("窗口结束")
    status = models.CharField("状态", max_length=8, choices=Status, default=Status.ASKED)
    reason = models.CharField("豁免理由", max_length=500)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="申请人"
    )
    asked_at = models.DateTimeField("申请时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="批准人"
    )
    decided_at = models.DateTimeField("决定时间", null=True)
    remark = models.CharField("意见", max_length=500, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "豁免"
        verbose_name_plural = "豁免"
        ordering = ["plan_id", "project_id", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "project", "code", "start", "end"],
                condition=models.Q(status__in=("asked", "granted")),
                name="one_waiver_a_gap",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} {self.code} 豁免"

    @property
    def status_tone(self) -> str:
        return {"asked": "todo", "granted": "ok", "refused": "bad", "lapsed": "void"}[self.status]


class PlanIssue(models.Model):
    """Something changed after the approval and the plan may no longer satisfy it: named, and left to people.

    ``gaps`` is what the check lacked for the project when the issue was found; empty: a notice that nothing is missing.
    """

    class Kind(models.TextChoices):
        NEW_LEDGER = "new_ledger", "新生效台账"
        CHANGED = "changed", "台账变更"
        POLICY = "policy", "频次设置调整"
        MOVED = "moved", "工程转移"

    plan = models.ForeignKey(RevisitPlan, on_delete=models.PROTECT, related_name="issues", verbose_name="回访计划")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="工程")
    kind = models.CharField("原因", max_length=12, choices=Kind)
    text = models.CharField("说明", max_length=1000)
    gaps = models.JSONField("缺口", default=list)
    found_at = models.DateTimeField("发现时间")
    settled_at = models.DateTimeField("处理时间", null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="处理人"
    )
    settlement = models.CharField("处理说明", max_length=500, blank=True)

    class Meta:
        verbose_name = "计划受影响事项"
        verbose_name_plural = "计划受影响事项"
        ordering = ["-found_at", "-pk"]
        indexes = [
            models.Index(fields=["plan"], name="issue_open", condition=models.Q(settled_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}:{self.text}"
