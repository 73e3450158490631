"""责任判定 and 回函 (clause 5.4.2)."""

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

from .complaint import Complaint, Verdict

GROUNDS_MAX = 2000
# Severity is undefined in the standard: these suggest 严重 (resolved ambiguity 10). Code → words.
SEVERITY: dict[str, str] = {
    "safety": "涉及结构安全或人身安全",
    "households": "影响 3 户及以上",
    "leader": "投诉至集团领导",
    "second": "二次投诉",
    "key": "重点工程或战略合作伙伴",
    "media": "媒体曝光或 12345 等平台转办",
}


class Ruling(models.Model):
    """One ruling: UW proposes with grounds, UH confirms or returns. A reconsidered one stays on record.

    ``severity`` holds the codes of the checklist that were ticked.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "待确认"
        CONFIRMED = "confirmed", "已确认"
        RETURNED = "returned", "已退回"
        REVOKED = "revoked", "已撤销"

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="rulings", verbose_name="投诉")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PROPOSED)
    verdict = models.CharField("判定结果", max_length=10, choices=Verdict)
    grounds = models.TextField("判定依据", max_length=GROUNDS_MAX)
    severity = models.JSONField("严重程度核对", default=list, blank=True)
    handle_by = models.DateField("要求完成日期", null=True, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="判定人"
    )
    proposed_at = models.DateTimeField("提出时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="确认人"
    )
    decided_at = models.DateTimeField("确认时间", null=True)
    remark = models.CharField("意见", max_length=500, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "责任判定"
        verbose_name_plural = "责任判定"
        ordering = ["complaint_id", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint"], condition=models.Q(state="proposed"), name="one_proposed_ruling"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} {self.get_state_display()}"

    @property
    def severity_words(self) -> list[str]:
        return [SEVERITY[code] for code in self.severity if code in SEVERITY]


class Reply(models.Model):
    """回函 (clause 5.4.2a): the reasons by point, the conclusion 业主自行处理, and how it was dispatched."""

    class Method(models.TextChoices):
        COURIER = "courier", "快递"
        FAX = "fax", "传真"
        EMAIL = "email", "电子邮件"

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="replies", verbose_name="投诉")
    number = models.CharField("文号", max_length=40, unique=True)
    addressee = models.CharField("致", max_length=100)
    subject = models.CharField("事由", max_length=200)
    reasons = models.TextField("理由(每行一条)", max_length=GROUNDS_MAX)
    proof = models.TextField("证据清单(每行一项)", max_length=1000)
    signatory = models.CharField("签发人", max_length=50)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="编制人"
    )
    written_at = models.DateTimeField("编制时间")
    method = models.CharField("发出方式", max_length=8, choices=Method, blank=True)
    tracking = models.CharField("快递单号/传真号/邮箱", max_length=100, blank=True)
    sent_at = models.DateTimeField("发出时间", null=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="发出人"
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "回函"
        verbose_name_plural = "回函"
        ordering = ["complaint_id", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint"], condition=models.Q(sent_at__isnull=True), name="one_unsent_reply"
            ),
        ]

    def __str__(self) -> str:
        return self.number
