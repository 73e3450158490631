"""The edition of the standard in force (R-2.1)."""

from datetime import date

from django.db import models
from simple_history.models import HistoricalRecords


class StandardEditionQuerySet(models.QuerySet["StandardEdition"]):
    def in_force(self, on: date) -> "StandardEdition | None":
        return self.filter(effective_on__lte=on).order_by("-effective_on").first()


class StandardEdition(models.Model):
    """Number, title and date of the standard. Footers take the one in force; an archived document keeps its own."""

    number = models.CharField("标准编号", max_length=60)
    title = models.CharField("标准名称", max_length=100, default="客户回访及投诉管理标准")
    form_prefix = models.CharField("表单编号前缀", max_length=10, default="xx")
    effective_on = models.DateField("生效日期", unique=True)

    objects = StandardEditionQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        verbose_name = "标准版本"
        verbose_name_plural = "标准版本"
        ordering = ["-effective_on"]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"

    def form_code(self, suffix: str) -> str:
        """Table 1: the code of a form, such as ``xxC028B1``."""
        return f"{self.form_prefix}{suffix}"
