"""The project registry: under construction and completed alike (R-1b: a complaint needs no ledger)."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from ledgers.columns import ADDRESS_MAX, NAME_MAX, NUMBER_MAX
from organization.models import Unit


class Region(models.TextChoices):
    NORTH = "north", "北方"
    SOUTH = "south", "南方"


class Project(models.Model):
    """A project of a department. Its flags and dates are those of the ledger version in force, once there is one."""

    class Phase(models.TextChoices):
        BUILDING = "building", "在施"
        COMPLETED = "completed", "竣工"

    code = models.CharField("工程编号", max_length=NUMBER_MAX, unique=True)
    name = models.CharField("工程名称", max_length=NAME_MAX)
    address = models.CharField("工程地址", max_length=ADDRESS_MAX, blank=True)
    department = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="projects", verbose_name="项目经理部")
    phase = models.CharField("阶段", max_length=10, choices=Phase, default=Phase.BUILDING)
    overseas = models.BooleanField("海外工程", default=False)
    local_requirements = models.TextField("当地政府要求", blank=True)
    time_zone = models.CharField("时区", max_length=40, default="Asia/Shanghai")
    key = models.BooleanField("重点工程", default=False)
    strategic = models.BooleanField("战略合作伙伴", default=False)
    hvac = models.BooleanField("供暖通风空调我方承包", default=False)
    region = models.CharField("区域", max_length=8, choices=Region, default=Region.NORTH)
    city = models.CharField("城市", max_length=30, blank=True)
    accepted_on = models.DateField("四方验收合格日期", null=True, blank=True)
    delivered_on = models.DateField("正式交付使用日期", null=True, blank=True)
    created_at = models.DateTimeField("登记时间")
    created_by = models.ForeignKey(  # empty: imported from the command line
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="登记人"
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = "工程"
        verbose_name_plural = "工程"
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(overseas=False) | ~Q(local_requirements=""), name="overseas_states_local_requirements"
            ),
        ]
        indexes = [models.Index(fields=["name"]), models.Index(fields=["department", "phase"])]

    def __str__(self) -> str:
        return self.name

    @property
    def completed_on(self) -> date | None:
        """R-A2-1: the earlier of 四方验收合格 and 正式交付使用 opens the ledger."""
        return min((day for day in (self.accepted_on, self.delivered_on) if day), default=None)
