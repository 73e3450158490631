"""Running numbers."""

from django.db import models


class Series(models.Model):
    """The last number taken of a running series: complaints of a unit in a year, warranty cases, filings, letters."""

    name = models.CharField(max_length=40, unique=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "编号"
        verbose_name_plural = "编号"

    def __str__(self) -> str:
        return f"{self.name} {self.last}"
