"""The ledger entry of a completed project (Appendix C), its versions, people and warranty terms."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from simple_history.models import HistoricalRecords

from ledgers import appendix_c
from ledgers.columns import ADDRESS_MAX, NAME_MAX, PERSON_MAX, PHONE_MAX, REMARK_MAX
from organization.models import StandardEdition

from .project import Project, Region

GROUP_CHOICES = [(group.code, group.title) for group in appendix_c.GROUPS]
POST_CHOICES = [(post.code, post.name) for post in appendix_c.POSTS.values()]


class Ledger(models.Model):
    """One project's ledger entry and where it stands in its life.

    ``effective`` is the version that governs, ``working`` the one being drafted or reviewed (first version or change).
    ``version`` is the number of the version last begun, ``round`` counts returns. ``warranty_*`` and ``missing_count``
    repeat the shown version's values (working before the first approval, else effective), so that lists need no join.
    ``revision`` grows with every save: a form that was opened before another's save is told so.
    """

    class Status(models.TextChoices):
        PENDING = "pending", "待建账"
        DRAFTING = "drafting", "编制中"
        IN_REVIEW = "in_review", "待审核"
        IN_CONFIRM = "in_confirm", "待负责人审核"
        RETURNED = "returned", "退回补充"
        EFFECTIVE = "effective", "已生效"
        CHANGING = "changing", "变更编制中"
        CHANGE_REVIEW = "change_review", "变更待审"
        CHANGE_CONFIRM = "change_confirm", "变更待负责人审核"
        CHANGE_RETURNED = "change_returned", "变更退回"
        EXPIRED = "expired", "保修期满"
        AFTERCARE = "aftercare", "期满回访期"
        ARCHIVED = "archived", "已归档"
        VOID = "void", "作废"

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="ledger", verbose_name="工程")
    number = models.CharField("台账编号", max_length=60, blank=True)
    status = models.CharField("状态", max_length=16, choices=Status, default=Status.PENDING)
    version = models.PositiveIntegerField("版本", default=1)
    round = models.PositiveIntegerField("轮次", default=1)
    revision = models.PositiveIntegerField(default=0)
    effective = models.ForeignKey("LedgerVersion", on_delete=models.PROTECT, null=True, related_name="+")
    working = models.ForeignKey("LedgerVersion", on_delete=models.PROTECT, null=True, related_name="+")
    warranty_start = models.DateField("保修开始日期", null=True)
    warranty_end = models.DateField("保修截止日期", null=True)
    # 保修完成 by its certificate (ambiguity 13); empty: the end date.
    serviced_until = models.DateField("保修完成日期", null=True, blank=True)
    missing_count = models.PositiveSmallIntegerField("缺项数", default=0)
    created_at = models.DateTimeField("建账时间")
    updated_at = models.DateTimeField("更新时间")

    history = HistoricalRecords(excluded_fields=["revision"])

    class Meta:
        verbose_name = "竣工工程信息台账"
        verbose_name_plural = "竣工工程信息台账"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["status", "-id"], name="ledger_status"),
            models.Index(fields=["warranty_end"], name="ledger_warranty_end"),
        ]

    def __str__(self) -> str:
        return self.project.name

    @property
    def status_tone(self) -> str:
        return LEDGER_TONES[self.status]

    @property
    def shown(self) -> "LedgerVersion | None":
        return self.effective or self.working


# The colour of a status, as the interface names its tones.
LEDGER_TONES: dict[str, str] = {
    Ledger.Status.PENDING: "todo",
    Ledger.Status.DRAFTING: "progress",
    Ledger.Status.IN_REVIEW: "todo",
    Ledger.Status.IN_CONFIRM: "todo",
    Ledger.Status.RETURNED: "bad",
    Ledger.Status.EFFECTIVE: "ok",
    Ledger.Status.CHANGING: "progress",
    Ledger.Status.CHANGE_REVIEW: "todo",
    Ledger.Status.CHANGE_CONFIRM: "todo",
    Ledger.Status.CHANGE_RETURNED: "bad",
    Ledger.Status.EXPIRED: "warn",
    Ledger.Status.AFTERCARE: "progress",
    Ledger.Status.ARCHIVED: "neutral",
    Ledger.Status.VOID: "void",
}


class LedgerVersion(models.Model):
    """What the ledger says, as of one version. An approved version is never edited; a change is the next version."""

    ledger = models.ForeignKey(Ledger, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("版本")
    reason = models.CharField("变更原因", max_length=500, blank=True)
    recorded_on = models.DateField("填表日期", null=True, blank=True)
    name = models.CharField("工程名称", max_length=NAME_MAX)
    address = models.CharField("工程地址", max_length=ADDRESS_MAX, blank=True)
    warranty_start = models.DateField("保修开始日期", null=True, blank=True)
    warranty_end = models.DateField("保修截止日期", null=True, blank=True)
    accepted_on = models.DateField("四方验收合格日期", null=True, blank=True)
    delivered_on = models.DateField("正式交付使用日期", null=True, blank=True)
    key = models.BooleanField("重点工程", default=False)
    strategic = models.BooleanField("战略合作伙伴", default=False)
    hvac = models.BooleanField("供暖通风空调我方承包", default=False)
    region = models.CharField("区域", max_length=8, choices=Region, default=Region.NORTH)
    city = models.CharField("城市", max_length=30, blank=True)
    remark = models.CharField("备注", max_length=REMARK_MAX, blank=True)
    edition = models.ForeignKey(StandardEdition, on_delete=models.PROTECT, related_name="+", verbose_name="标准版本")
    created_at = models.DateTimeField("编制时间")
    created_by = models.ForeignKey(  # empty: imported from the command line
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="编制人"
    )
    submitted_at = models.DateTimeField("上报时间", null=True)
    approved_at = models.DateTimeField("生效时间", null=True)
    superseded_at = models.DateTimeField("被替代时间", null=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "台账版本"
        verbose_name_plural = "台账版本"
        ordering = ["ledger_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["ledger", "number"], name="ledger_version_number"),
            models.CheckConstraint(
                condition=Q(warranty_start__isnull=True)
                | Q(warranty_end__isnull=True)
                | Q(warranty_end__gt=F("warranty_start")),
                name="warranty_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


class LedgerContact(models.Model):
    """A person of Appendix C: one of the 13 posts, or an extra person (``post`` empty, named by ``title``)."""

    version = models.ForeignKey(LedgerVersion, on_delete=models.CASCADE, related_name="contacts")
    group = models.CharField("组", max_length=16, choices=GROUP_CHOICES)
    post = models.CharField("岗位", max_length=24, choices=POST_CHOICES, blank=True)
    title = models.CharField("岗位名称", max_length=PERSON_MAX, blank=True)
    name = models.CharField("联系人", max_length=PERSON_MAX, blank=True)
    phone = models.CharField("联系方式", max_length=PHONE_MAX, blank=True)
    remark = models.CharField("备注", max_length=200, blank=True)
    absent = models.BooleanField("无此岗位", default=False)
    absent_reason = models.CharField("无此岗位的原因", max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "联系人"
        verbose_name_plural = "联系人"
        ordering = ["version_id", "order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "post"], condition=~Q(post=""), name="one_contact_per_post"),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.name}"

    @property
    def label(self) -> str:
        return appendix_c.POSTS[self.post].name if self.post else self.title

    def as_data(self) -> appendix_c.Contact:
        return appendix_c.Contact(
            group=self.group,
            post=self.post,
            title=self.title,
            name=self.name,
            phone=self.phone,
            remark=self.remark,
            absent=self.absent,
            absent_reason=self.absent_reason,
        )


class WarrantyTerm(models.Model):
    """The term of one part, from 质量保证书 or 保修合同: parts govern warranty cases, the header's dates revisits."""

    class Part(models.TextChoices):
        WATERPROOFING = "waterproofing", "屋面防水、有防水要求的房间和外墙面防渗漏"
        HEATING_COOLING = "heating_cooling", "供热与供冷系统"
        INSTALLATION = "installation", "电气管线、给排水管道、设备安装"
        DECORATION = "decoration", "装修工程"
        STRUCTURE = "structure", "地基基础和主体结构"
        OTHER = "other", "其他"

    class Unit(models.TextChoices):
        YEARS = "years", "年"
        SEASONS = "seasons", "个采暖期/供冷期"
        DESIGN_LIFE = "design_life", "设计使用年限"

    version = models.ForeignKey(LedgerVersion, on_delete=models.CASCADE, related_name="terms")
    part = models.CharField("部位", max_length=20, choices=Part)
    unit = models.CharField("单位", max_length=12, choices=Unit, default=Unit.YEARS)
    amount = models.DecimalField("期限", max_digits=5, decimal_places=1, null=True, blank=True)
    ends_on = models.DateField("到期日", null=True, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "保修期限"
        verbose_name_plural = "保修期限"
        ordering = ["version_id", "pk"]

    def __str__(self) -> str:
        return f"{self.get_part_display()} {self.limit}"

    @property
    def limit(self) -> str:
        """The term in words: 5年, 2个采暖期/供冷期, 设计使用年限; empty where only a date is stated."""
        if self.unit == self.Unit.DESIGN_LIFE:
            return self.get_unit_display()
        return "" if self.amount is None else f"{self.amount.normalize():f}{self.get_unit_display()}"
