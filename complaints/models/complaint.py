"""The complaint as the register keeps it (clauses 2.2.2, 5.4.1), and its demands, item by item (B.3 C01, C02)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from ledgers.columns import NAME_MAX, NUMBER_MAX, PERSON_MAX, PHONE_MAX
from ledgers.models import Project
from organization.models import Unit

EVENT_MAX = 2000
DEMAND_MAX = 500
# What the register is filtered by (``complaints.filters``).
FILTERED = (
    "status", "kind", "level", "channel", "party", "cause", "verdict", "second", "legacy", "grade", "round", "project",
)  # fmt: skip


class Verdict(models.TextChoices):
    """The outcomes of the ruling (clause 5.4.2 a, c, d; b, the filing, runs beside c and d)."""

    NOT_OURS = "not_ours", "非我方责任"
    SEVERE = "severe", "我方责任·问题严重"
    MINOR = "minor", "我方责任·问题不严重"


class Complaint(models.Model):
    """One complaint of an owner and where it stands in its life.

    ``department`` is the project department that answers for it; it only differs from the project's after a transfer.
    ``project_name`` repeats the project's name, so that the register needs no join. ``received_at`` is when the message
    reached the unit or the group, typed; ``registered_at`` the server's time. ``verdict`` is the confirmed ruling.
    ``handle_by`` is the date set for the handling that runs (direct handling; a further round). ``round`` counts the
    evaluations that did not satisfy. ``search_text`` is what the search looks in: see ``complaints.searching``.
    """

    class Status(models.TextChoices):
        REGISTERED = "registered", "已登记"
        CONFIRMED = "confirmed", "已确认"
        AWAITING_RULING = "awaiting_ruling", "待判定"
        RULING_PROPOSED = "ruling_proposed", "判定待确认"
        AWAITING_REPLY = "awaiting_reply", "待回函"
        REPLIED = "replied", "已回函"
        RECONSIDERING = "reconsidering", "复议中"
        DRAFTING_PLAN = "drafting_plan", "方案编制中"
        RECTIFYING = "rectifying", "整改中"
        HANDLING = "handling", "直接处理中"
        AWAITING_EVALUATION = "awaiting_evaluation", "待评价"
        AWAITING_CLOSE = "awaiting_close", "待结案"
        CLOSED = "closed", "已结案"
        MERGED = "merged", "已合并"
        WITHDRAWN = "withdrawn", "已撤诉"

    class Level(models.TextChoices):
        GROUP = "group", "集团公司"
        LEADER = "leader", "集团领导"
        UNIT = "unit", "二级单位"

    class Channel(models.TextChoices):
        LETTER = "letter", "函件"
        COURIER = "courier", "快递"
        EMAIL = "email", "电子邮件"
        FAX = "fax", "传真"
        PHONE = "phone", "电话"
        SMS = "sms", "短信"
        WECHAT = "wechat", "微信"
        OTHER = "other", "其他"

    class Kind(models.TextChoices):
        SCHEDULE = "schedule", "工期履约"
        SAFETY = "safety", "安全文明施工"
        WARRANTY = "warranty", "保修"

    class Party(models.TextChoices):
        CLIENT = "client", "建设单位"
        PROPERTY = "property", "物业单位"
        OWNER = "owner", "小业主"
        OTHER = "other", "其他"

    class Cause(models.TextChoices):
        DEPLOYMENT = "deployment", "施工部署不合理"
        RESOURCES = "resources", "资源配置不到位"
        PAYMENT = "payment", "分供商工程款支付不到位"
        OTHER = "other", "其他"

    class Second(models.TextChoices):
        SUGGESTED = "suggested", "待确认"
        CONFIRMED = "confirmed", "二次投诉"
        REFUSED = "refused", "不是二次投诉"

    number = models.CharField("投诉编号", max_length=40, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="complaints", verbose_name="工程")
    project_name = models.CharField("投诉工程名称", max_length=NAME_MAX)
    project_code = models.CharField("工程编号", max_length=NUMBER_MAX, blank=True)
    department = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="complaints", verbose_name="责任项目经理部", db_index=False
    )
    status = models.CharField("状态", max_length=20, choices=Status, default=Status.REGISTERED)
    round = models.PositiveIntegerField("轮次", default=1)
    revision = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField("接收时间")
    registered_at = models.DateTimeField("登记时间")
    late_reason = models.CharField("延迟登记原因", max_length=200, blank=True)
    event = models.TextField("投诉事件", max_length=EVENT_MAX)
    complainant = models.CharField("投诉人", max_length=PERSON_MAX)
    phone = models.CharField("联系电话", max_length=PHONE_MAX)
    kind = models.CharField("投诉类型", max_length=10, choices=Kind)
    party = models.CharField("投诉主体", max_length=10, choices=Party)
    channel = models.CharField("投诉渠道", max_length=10, choices=Channel)
    level = models.CharField("接收层级", max_length=8, choices=Level)
    cause = models.CharField("投诉原因", max_length=12, choices=Cause)
    verdict = models.CharField("责任判定", max_length=10, choices=Verdict, blank=True)
    handle_by = models.DateField("要求完成日期", null=True, blank=True)
    grade = models.PositiveSmallIntegerField("最终满意度", null=True)
    closed_at = models.DateTimeField("结案时间", null=True)
    second_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="later", verbose_name="前次投诉"
    )
    second = models.CharField("二次投诉", max_length=10, choices=Second, blank=True)
    merge_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="duplicates", verbose_name="合并到"
    )
    legacy = models.BooleanField("历史导入", default=False)
    search_text = models.TextField(blank=True, editable=False)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="登记人", db_index=False
    )

    history = HistoricalRecords(excluded_fields=["search_text", "revision"])

    class Meta:
        verbose_name = "客户投诉"
        verbose_name_plural = "客户投诉"
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(received_at__lte=models.F("registered_at")), name="received_before_registered"
            ),
        ]
        # The register filters and counts within the first two: reading the rows themselves costs ten times as much.
        indexes = [
            models.Index(fields=["-received_at", "-id", "department", *FILTERED], name="complaint_received"),
            models.Index(fields=["department", "-received_at", "-id", *FILTERED], name="complaint_department"),
            models.Index(fields=["status", "-received_at", "-id"], name="complaint_status"),
            models.Index(fields=["second", "-received_at"], condition=~Q(second=""), name="complaint_second"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.project_name}"

    @property
    def status_tone(self) -> str:
        return COMPLAINT_TONES[self.status]

    @property
    def to_group(self) -> bool:
        """Made to the group or its leaders; the unit's two days then run from the 转办 (clause 5.4.2)."""
        return self.level != self.Level.UNIT

    @property
    def ours(self) -> bool:
        return self.verdict in (Verdict.SEVERE, Verdict.MINOR)

    @property
    def ended(self) -> bool:
        return self.status in ENDED


S = Complaint.Status
ENDED = frozenset({S.CLOSED, S.MERGED, S.WITHDRAWN})
OPEN = tuple(status for status in S if status not in ENDED)
# The colour of a status, as the interface names its tones.
COMPLAINT_TONES: dict[str, str] = {
    S.REGISTERED: "todo",
    S.CONFIRMED: "todo",
    S.AWAITING_RULING: "todo",
    S.RULING_PROPOSED: "todo",
    S.AWAITING_REPLY: "todo",
    S.REPLIED: "progress",
    S.RECONSIDERING: "warn",
    S.DRAFTING_PLAN: "progress",
    S.RECTIFYING: "progress",
    S.HANDLING: "progress",
    S.AWAITING_EVALUATION: "todo",
    S.AWAITING_CLOSE: "todo",
    S.CLOSED: "ok",
    S.MERGED: "void",
    S.WITHDRAWN: "void",
}


class Demand(models.Model):
    """One demand (诉求) of the owner. ``confirmed_at``: the complainant confirmed it; ``merged_from``: it came with a
    duplicate that was merged, so that no demand of an owner is lost."""

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="demands", verbose_name="投诉")
    number = models.PositiveSmallIntegerField("序号")
    text = models.CharField("诉求", max_length=DEMAND_MAX)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    met = models.BooleanField("已满足", null=True)
    withdrawn_reason = models.CharField("不再主张的说明", max_length=200, blank=True)
    merged_from = models.ForeignKey(Complaint, on_delete=models.PROTECT, null=True, related_name="+")

    history = HistoricalRecords()

    class Meta:
        verbose_name = "诉求"
        verbose_name_plural = "诉求"
        ordering = ["complaint_id", "number"]
        constraints = [models.UniqueConstraint(fields=["complaint", "number"], name="demand_number")]

    def __str__(self) -> str:
        return f"{self.number}. {self.text}"
