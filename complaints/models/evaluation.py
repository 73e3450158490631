"""整改结果评价 (clause 5.7): the client's grades or acceptance, both sides present, every round kept."""

from django.conf import settings
from django.db import models

from .complaint import Complaint, Demand

# Grades of the form 客户满意度评价表.
GRADES = ((5, "很满意"), (4, "满意"), (3, "基本满意"), (2, "不满意"), (1, "很不满意"))
SATISFIED_FROM = 4


class Evaluation(models.Model):
    """A revisit or acceptance with the client. Satisfied: 很满意 or 满意 overall [D], or an acceptance given."""

    class Method(models.TextChoices):
        VISIT = "visit", "现场回访"
        PHONE = "phone", "电话回访"
        ACCEPTANCE = "acceptance", "现场验收"

    class Kind(models.TextChoices):
        GRADES = "grades", "满意度评价"
        ACCEPTANCE = "acceptance", "验收确认"

    complaint = models.ForeignKey(Complaint, on_delete=models.PROTECT, related_name="evaluations", verbose_name="投诉")
    number = models.CharField("编号", max_length=40, unique=True)
    round = models.PositiveIntegerField("轮次")
    kind = models.CharField("评价形式", max_length=12, choices=Kind)
    method = models.CharField("方式", max_length=12, choices=Method)
    held_on = models.DateField("评价日期")
    department_people = models.CharField("项目经理部参加人", max_length=200)
    unit_people = models.CharField("二级单位参加人", max_length=200)
    client_people = models.CharField("客户参加人", max_length=200)
    response = models.PositiveSmallIntegerField("响应及时", choices=GRADES, null=True)
    arrival = models.PositiveSmallIntegerField("到场", choices=GRADES, null=True)
    measures = models.PositiveSmallIntegerField("措施", choices=GRADES, null=True)
    result = models.PositiveSmallIntegerField("效果", choices=GRADES, null=True)
    attitude = models.PositiveSmallIntegerField("态度", choices=GRADES, null=True)
    overall = models.PositiveSmallIntegerField("总体评价", choices=GRADES, null=True)
    accepted = models.BooleanField("验收合格", null=True)
    satisfied = models.BooleanField("客户满意")
    opinion = models.TextField("客户意见", max_length=1000, blank=True)
    signed_by = models.CharField("客户签字人", max_length=50)
    signed_on = models.DateField("签字日期")
    next_due_on = models.DateField("继续整改完成日期", null=True, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="记录人"
    )
    made_at = models.DateTimeField("记录时间")

    class Meta:
        verbose_name = "客户满意度评价"
        verbose_name_plural = "客户满意度评价"
        ordering = ["complaint_id", "round", "pk"]

    def __str__(self) -> str:
        return f"第 {self.round} 轮 {'合格' if self.satisfied else '继续整改'}"


class DemandCheck(models.Model):
    """Whether a demand was met, in the client's eyes, at an evaluation."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.CASCADE, related_name="checks")
    demand = models.ForeignKey(Demand, on_delete=models.PROTECT, related_name="checks")
    met = models.BooleanField("已满足")

    class Meta:
        verbose_name = "诉求核对"
        verbose_name_plural = "诉求核对"
        ordering = ["evaluation_id", "demand__number"]
        constraints = [models.UniqueConstraint(fields=["evaluation", "demand"], name="one_check_per_demand")]

    def __str__(self) -> str:
        return f"{self.demand} {'是' if self.met else '否'}"
