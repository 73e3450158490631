"""Drafting many plans at once: a job, and one task a plan. A killed worker's task is taken again by the next."""

from django.conf import settings
from django.db import models

from .plan import RevisitPlan


class DraftJob(models.Model):
    """Ordered by a person for the plans within their reach; ``stopped_at`` ends what has not begun."""

    year = models.PositiveSmallIntegerField("年度")
    total = models.PositiveIntegerField("计划数", default=0)
    ordered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="发起人"
    )
    ordered_at = models.DateTimeField("发起时间")
    stopped_at = models.DateTimeField("停止时间", null=True)

    class Meta:
        verbose_name = "批量编制"
        verbose_name_plural = "批量编制"
        ordering = ["-ordered_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.year} 年度回访计划批量编制"


class DraftTask(models.Model):
    """One plan of a job. ``running`` belongs to the worker that took it until ``claimed_at`` grows stale."""

    class State(models.TextChoices):
        WAITING = "waiting", "等待"
        RUNNING = "running", "编制中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"
        SKIPPED = "skipped", "已跳过"

    job = models.ForeignKey(DraftJob, on_delete=models.CASCADE, related_name="tasks")
    plan = models.ForeignKey(RevisitPlan, on_delete=models.PROTECT, related_name="+", verbose_name="回访计划")
    state = models.CharField("状态", max_length=8, choices=State, default=State.WAITING)
    note = models.CharField("说明", max_length=500, blank=True)
    lines = models.PositiveIntegerField("编制行数", default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        verbose_name = "批量编制的一份计划"
        verbose_name_plural = "批量编制的计划"
        ordering = ["job_id", "pk"]
        constraints = [models.UniqueConstraint(fields=["job", "plan"], name="one_task_a_plan")]
        indexes = [
            models.Index(
                fields=["id"], name="draft_task_waiting", condition=models.Q(state__in=("waiting", "running"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job}:{self.plan}"
