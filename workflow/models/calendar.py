"""Days on which the group departs from the state's calendar."""

from django.db import models
from simple_history.models import HistoricalRecords


class CalendarDay(models.Model):
    """An override of the official calendar: a holiday moved, a make-up day, a year not yet in the library."""

    on = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("工作日")
    note = models.CharField("说明", max_length=100, blank=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = "日历调整"
        verbose_name_plural = "日历调整"
        ordering = ["on"]

    def __str__(self) -> str:
        return f"{self.on} {'上班' if self.is_workday else '休息'}"
