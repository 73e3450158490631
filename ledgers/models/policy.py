"""Switches of the ledger that the group sets [D]."""

from django.db import models
from simple_history.models import HistoricalRecords


class LedgerPolicy(models.Model):
    """The single row of switches. ``one_step_review``: A.4 row 1 has two 审核; on, the first one suffices.

    ``case_urgent_hours`` and ``case_normal_hours``: from the dispatch of a warranty case to the arrival at the site,
    where the warranty contract says nothing else.
    """

    one_step_review = models.BooleanField("台账一级审核(保修管理岗审核后即生效)", default=False)
    case_urgent_hours = models.PositiveSmallIntegerField("紧急报修到场时限(小时)", default=4, db_default=4)
    case_normal_hours = models.PositiveSmallIntegerField("一般报修到场时限(小时)", default=24, db_default=24)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "台账设置"
        verbose_name_plural = "台账设置"

    def __str__(self) -> str:
        return "台账设置"

    @classmethod
    def current(cls) -> "LedgerPolicy":
        return cls.objects.first() or cls()
