"""The authority matrices A.4 and B.4 as data, and their outcome as permissions on units."""

from django.db import models
from guardian.models import UserObjectPermissionBase
from simple_history.models import HistoricalRecords

from .people import Post
from .units import Unit


class Duty(models.TextChoices):
    EXECUTE = "execute", "执行"
    SUPERVISE = "supervise", "监督"
    REVIEW = "review", "审核"
    APPROVE = "approve", "审批"
    DRAFT = "draft", "拟订"
    TAKE_PART = "take_part", "参与"


class Matter(models.Model):
    """A row of A.4 or B.4 (事项), or of the group's supplement (补充): rights the standard leaves unsaid."""

    class Sheet(models.TextChoices):
        A4 = "A.4", "附录A.4 工程回访管理流程权责指引表"
        B4 = "B.4", "附录B.4 客户投诉管理流程权责指引表"
        SUPPLEMENT = "S", "补充权限(标准未列明)"

    code = models.CharField("代码", max_length=20, unique=True)
    sheet = models.CharField("所属表", max_length=4, choices=Sheet)
    number = models.PositiveSmallIntegerField("序号")
    name = models.CharField("事项", max_length=80)
    department = models.CharField("责任部门", max_length=60, blank=True)

    class Meta:
        verbose_name = "权责事项"
        verbose_name_plural = "权责事项"
        ordering = ["sheet", "number"]

    def __str__(self) -> str:
        return f"{self.sheet}-{self.number} {self.name}"


class AuthorityCell(models.Model):
    """One duty of one post in one matter, and the actions it opens. ``inferred`` prints † (cell restored by inference).

    ``shipped`` keeps what the software last delivered for the cell, so that an update adds or withdraws
    only what changed in the software and leaves the group's own edits alone.
    """

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="cells", verbose_name="事项")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="cells", verbose_name="岗位")
    duty = models.CharField("职责", max_length=12, choices=Duty)
    actions = models.JSONField("操作", default=list, blank=True)
    inferred = models.BooleanField("推断", default=False)
    shipped = models.JSONField(default=list, editable=False)
    withdrawn = models.BooleanField("已撤销", default=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "权责单元格"
        verbose_name_plural = "权责单元格"
        constraints = [models.UniqueConstraint(fields=["matter", "post", "duty"], name="one_cell_per_duty")]

    def __str__(self) -> str:
        return f"{self.matter} · {self.post} · {self.get_duty_display()}"


class UnitPermission(UserObjectPermissionBase):
    """What a user may do at a unit and below it: the matrix applied to the appointments. By ``sync_authority`` only."""

    content_object = models.ForeignKey(Unit, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        verbose_name = "单位权限"
        verbose_name_plural = "单位权限"
