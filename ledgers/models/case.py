"""工程保修记录表 (Appendix F): a problem within the warranty, from its report to the client's confirmation."""

from decimal import Decimal

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from ledgers.columns import PERSON_MAX, PHONE_MAX, REMARK_MAX

from .ledger import WarrantyTerm
from .project import Project

PROBLEM_MAX = 1000
REASON_MAX = 200
# 满意度 in five grades; satisfied are 很满意 and 满意 [D].
GRADES = ((5, "很满意"), (4, "满意"), (3, "基本满意"), (2, "不满意"), (1, "很不满意"))
SATISFIED_FROM = 4


class WarrantyCase(models.Model):
    """One row of Appendix F and where it stands in its life.

    ``content_type`` and ``object_id`` name what it came from (a visit, a complaint, a punch item): mostly records of
    upper apps, so no relation. ``in_warranty`` empty: not judged yet; ``judgement`` is what the ledger says of it.
    ``arrive_by`` and ``repair_by`` are set at the dispatch; whether they were kept is a fact of the clocks.
    ``round`` begins anew with each 返修. ``revision`` grows with every save of the entry.
    """

    class Status(models.TextChoices):
        TO_DISPATCH = "to_dispatch", "待派单"
        TO_ARRIVE = "to_arrive", "待到场"
        HANDLING = "handling", "处理中"
        TO_VERIFY = "to_verify", "待验证"
        REWORK = "rework", "返修"
        DONE = "done", "已完成"
        NOT_COVERED = "not_covered", "非保修"
        VOID = "void", "作废"

    class Source(models.TextChoices):
        VISIT = "visit", "回访"
        COMPLAINT = "complaint", "投诉"
        CALL = "call", "报修电话"
        PUNCH = "punch", "销项问题"

    class Channel(models.TextChoices):
        PHONE = "phone", "电话"
        ONSITE = "onsite", "现场"
        WECHAT = "wechat", "微信"
        SMS = "sms", "短信"
        EMAIL = "email", "电子邮件"
        LETTER = "letter", "函件"
        OTHER = "other", "其他"

    class Urgency(models.TextChoices):
        NORMAL = "normal", "一般"
        URGENT = "urgent", "紧急"

    number = models.CharField("编号", max_length=40, unique=True)
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="cases", verbose_name="工程", db_index=False
    )
    status = models.CharField("状态", max_length=12, choices=Status, default=Status.TO_DISPATCH)
    round = models.PositiveIntegerField("轮次", default=1)
    revision = models.PositiveIntegerField(default=0)
    source = models.CharField("来源", max_length=10, choices=Source)
    content_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, editable=False
    )
    object_id = models.PositiveBigIntegerField(null=True, editable=False)
    subject = GenericForeignKey("content_type", "object_id")
    reporter = models.CharField("业主/报修人", max_length=PERSON_MAX)
    phone = models.CharField("电话", max_length=PHONE_MAX, blank=True)
    reported_at = models.DateTimeField("报修时间")
    channel = models.CharField("接收方式", max_length=8, choices=Channel)
    place = models.CharField("部位", max_length=100)
    trade = models.CharField("专业", max_length=50)
    part = models.CharField("保修部位", max_length=20, choices=WarrantyTerm.Part, blank=True)
    problem = models.TextField("问题", max_length=PROBLEM_MAX)
    urgency = models.CharField("紧急程度", max_length=8, choices=Urgency, default=Urgency.NORMAL)
    in_warranty = models.BooleanField("保修范围内", null=True)
    judgement = models.CharField("保修判断依据", max_length=REASON_MAX, blank=True)
    subcontractor = models.CharField("责任分包", max_length=100, blank=True)
    responsible = models.CharField("责任人", max_length=PERSON_MAX, blank=True)
    dispatched_at = models.DateTimeField("派单时间", null=True)
    arrive_by = models.DateTimeField("要求到场", null=True)
    arrived_at = models.DateTimeField("实际到场", null=True)
    repair_by = models.DateField("要求完成日期", null=True)
    measures = models.TextField("维修措施", max_length=PROBLEM_MAX, blank=True)
    started_at = models.DateTimeField("开始时间", null=True)
    finished_at = models.DateTimeField("完成时间", null=True)
    cost = models.DecimalField(
        "费用(元)", max_digits=12, decimal_places=2, null=True, validators=[MinValueValidator(Decimal(0))]
    )
    charged_to_subcontractor = models.DecimalField(
        "扣分包(元)", max_digits=12, decimal_places=2, null=True, validators=[MinValueValidator(Decimal(0))]
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="验收人",
        db_index=False,
    )
    closed_at = models.DateTimeField("办结时间", null=True)
    client_confirmed_by = models.CharField("客户确认", max_length=PERSON_MAX, blank=True)
    satisfaction = models.PositiveSmallIntegerField("满意度", choices=GRADES, null=True)
    rework_count = models.PositiveSmallIntegerField("返修次数", default=0)
    remark = models.CharField("备注", max_length=REMARK_MAX, blank=True)
    created_at = models.DateTimeField("登记时间")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="登记人", db_index=False
    )

    history = HistoricalRecords(excluded_fields=["revision"])

    class Meta:
        verbose_name = "保修记录"
        verbose_name_plural = "保修记录"
        ordering = ["-reported_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(reported_at__lte=F("created_at")), name="case_reported_before_entered"),
            models.CheckConstraint(
                condition=Q(content_type__isnull=True, object_id__isnull=True)
                | Q(content_type__isnull=False, object_id__isnull=False),
                name="case_subject_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["-reported_at", "-id"], name="case_reported"),
            models.Index(fields=["project", "status", "-reported_at"], name="case_project"),
            models.Index(fields=["status", "-reported_at", "-id"], name="case_status"),
            models.Index(
                fields=["content_type", "object_id"], condition=Q(content_type__isnull=False), name="case_subject"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.place}"

    @property
    def status_tone(self) -> str:
        return CASE_TONES[self.status]

    @property
    def urgent(self) -> bool:
        return self.urgency == self.Urgency.URGENT

    @property
    def ended(self) -> bool:
        return self.status in ENDED


S = WarrantyCase.Status
ENDED = frozenset({S.DONE, S.NOT_COVERED, S.VOID})
OPEN_CASE_STATES = tuple(status for status in S if status not in ENDED)
# The colour of a status, as the interface names its tones.
CASE_TONES: dict[str, str] = {
    S.TO_DISPATCH: "todo",
    S.TO_ARRIVE: "todo",
    S.HANDLING: "progress",
    S.TO_VERIFY: "todo",
    S.REWORK: "bad",
    S.DONE: "ok",
    S.NOT_COVERED: "neutral",
    S.VOID: "void",
}


class CaseReveal(models.Model):
    """Who looked at the whole phone number of a case, and what for. Rows are only ever added."""

    case = models.ForeignKey(WarrantyCase, on_delete=models.PROTECT, related_name="reveals", verbose_name="保修记录")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="查看人"
    )
    purpose = models.CharField("用途", max_length=100)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "查看报修电话记录"
        verbose_name_plural = "查看报修电话记录"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user} {self.case_id}"
