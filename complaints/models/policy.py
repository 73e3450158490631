"""Switches of the complaint flow that the group sets [D]."""

from django.db import models
from simple_history.models import HistoricalRecords


class ComplaintPolicy(models.Model):
    """The single row of switches.

    ``supervise_all``: UL and UG supervise every filed complaint (B.2 step 11); off: those made to the group (3.2.2).
    ``reapprove_all``: a changed date of any plan needs the whole approval (5.5.4); off: only those to the group.
    """

    supervise_all = models.BooleanField("全部备案投诉均须分管领导、总经理监督", default=True)
    reapprove_all = models.BooleanField("全部投诉的方案节点调整均重新审批", default=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "投诉设置"
        verbose_name_plural = "投诉设置"

    def __str__(self) -> str:
        return "投诉设置"

    @classmethod
    def current(cls) -> "ComplaintPolicy":
        return cls.objects.first() or cls()
