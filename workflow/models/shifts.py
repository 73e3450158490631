"""What became of open clocks when a time limit or the calendar changed."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .clocks import Clock, ClockRule
from .subjects import AppendOnlyError, AppendOnlyQuerySet


class ClockShift(models.Model):
    """An open clock was given another due moment. Append-only: the moment it had stays readable (G1, G3).

    ``new_rule`` is empty when the calendar moved it; the clock then keeps its rule.
    """

    clock = models.ForeignKey(Clock, on_delete=models.PROTECT, related_name="shifts", verbose_name="时限")
    old_due_at = models.DateTimeField("原截止时间")
    new_due_at = models.DateTimeField("新截止时间")
    old_rule = models.ForeignKey(
        ClockRule, on_delete=models.PROTECT, related_name="+", verbose_name="原规则", db_index=False
    )
    new_rule = models.ForeignKey(
        ClockRule, on_delete=models.PROTECT, null=True, related_name="shifts", verbose_name="新规则"
    )
    reason = models.CharField("原因", max_length=200)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="调整人", db_index=False
    )
    at = models.DateTimeField("调整时间")

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = "截止时间调整"
        verbose_name_plural = "截止时间调整"
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["at"], name="shift_at")]
        constraints = [models.CheckConstraint(condition=~Q(old_due_at=F("new_due_at")), name="shift_moves")]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.old_due_at:%Y-%m-%d %H:%M} → {self.new_due_at:%Y-%m-%d %H:%M}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError("调整记录不可修改。")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError("调整记录不可删除。")
