"""A person's own saved filters of the register."""

from django.conf import settings
from django.db import models


class SavedFilter(models.Model):
    """A name for a query string of the register, of one person."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField("名称", max_length=30)
    query = models.CharField("条件", max_length=1000)

    class Meta:
        verbose_name = "常用筛选"
        verbose_name_plural = "常用筛选"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_filter_per_name")]

    def __str__(self) -> str:
        return self.name
