"""Switches of the ledger that the group sets [D]."""

from django.db import models
from simple_history.models import HistoricalRecords


class LedgerPolicy(models.Model):
    """The single row of switches. ``one_step_review``: A.4 row 1 has two 审核; on, the first one suffices."""

    one_step_review = models.BooleanField("台账一级审核(保修管理岗审核后即生效)", default=False)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "台账设置"
        verbose_name_plural = "台账设置"

    def __str__(self) -> str:
        return "台账设置"

    @classmethod
    def current(cls) -> "LedgerPolicy":
        return cls.objects.first() or cls()
