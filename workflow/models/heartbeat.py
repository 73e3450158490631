"""The scheduler's sign of life."""

from django.db import models


class Heartbeat(models.Model):
    """When a periodic task last ran to its end: shown on /readyz and on the operations page."""

    name = models.CharField(max_length=60, unique=True)
    beat_at = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = "心跳"
        verbose_name_plural = "心跳"

    def __str__(self) -> str:
        return self.name
