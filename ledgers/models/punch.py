"""销项问题遗留记录台账: what the pre-acceptance found and has not been put right (R-3.3.4)."""

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from .project import Project


class PunchItem(models.Model):
    """One problem of the 工程预验收. While open it stands on the ledger entry and on the visit form."""

    class Status(models.TextChoices):
        OPEN = "open", "待整改"
        DONE = "done", "待销项"
        CLOSED = "closed", "已销项"
        VOID = "void", "作废"

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="punch_items", verbose_name="工程")
    status = models.CharField("状态", max_length=8, choices=Status, default=Status.OPEN)
    round = models.PositiveIntegerField("轮次", default=1)
    found_on = models.DateField("预验收日期")
    place = models.CharField("部位", max_length=100)
    trade = models.CharField("专业", max_length=50)
    problem = models.TextField("问题", max_length=1000)
    responsible = models.CharField("责任人", max_length=50)
    subcontractor = models.CharField("责任分包", max_length=100, blank=True)
    due_on = models.DateField("要求完成日期")
    done_on = models.DateField("实际完成日期", null=True, blank=True)
    measures = models.TextField("整改情况", max_length=1000, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="销项人"
    )
    closed_at = models.DateTimeField("销项时间", null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="登记人"
    )
    created_at = models.DateTimeField("登记时间")

    history = HistoricalRecords()

    class Meta:
        verbose_name = "销项问题"
        verbose_name_plural = "销项问题"
        ordering = ["due_on", "pk"]
        indexes = [models.Index(fields=["project", "status"]), models.Index(fields=["status", "due_on"])]

    @property
    def status_tone(self) -> str:
        return {"open": "todo", "done": "progress", "closed": "ok", "void": "void"}[self.status]

    def __str__(self) -> str:
        return f"{self.project} · {self.place} {self.problem[:20]}"
