"""The group's frequency settings and season tables [D], versioned: a plan keeps the version it was checked with."""

from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.db import models

from ledgers.models import Region
from revisits import frequency

SEASONS = ("rain", "winter", "summer")


class FrequencyPolicy(models.Model):
    """One version of the settings (``revisits.frequency.Policy``). Never edited: a change is the next version."""

    number = models.PositiveIntegerField("版本", unique=True)
    current = models.BooleanField("现行", default=True)
    min_window_days = models.PositiveSmallIntegerField("最短窗口(天)", default=7)
    onsite_counts_as_phone = models.BooleanField("现场回访可代替当季电话回访", default=False)
    rain_for_all = models.BooleanField("全部工程均须雨季回访(否则仅重点工程)", default=False)
    reason = models.CharField("调整理由", max_length=200, blank=True)
    changed_by = models.ForeignKey(  # empty: as shipped
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="调整人"
    )
    changed_at = models.DateTimeField("调整时间", null=True)

    class Meta:
        verbose_name = "回访频次设置"
        verbose_name_plural = "回访频次设置"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["current"], condition=models.Q(current=True), name="one_current_policy"),
            models.CheckConstraint(condition=models.Q(min_window_days__gte=1), name="min_window_of_a_day_at_least"),
        ]

    def __str__(self) -> str:
        return f"回访频次设置 v{self.number}"

    @classmethod
    def in_force(cls) -> "FrequencyPolicy":
        return cls.objects.get(current=True)

    @property
    def rules(self) -> frequency.Policy:
        """As the pure rules take it. A version never changes, so what was read once stays true."""
        return rules_of(self.pk)


@lru_cache(maxsize=64)
def rules_of(pk: int) -> frequency.Policy:
    policy = FrequencyPolicy.objects.get(pk=pk)
    return frequency.Policy(
        min_window_days=policy.min_window_days,
        onsite_counts_as_phone=policy.onsite_counts_as_phone,
        rain_for_all=policy.rain_for_all,
        climates=climates_of(policy.climates.all()),
    )


class ClimateRow(models.Model):
    """Rain, winter and summer of a region or of a city that departs from its region; days as ``MM-DD``."""

    policy = models.ForeignKey(FrequencyPolicy, on_delete=models.PROTECT, related_name="climates")
    place = models.CharField("区域或城市", max_length=30)
    rain_start = models.CharField("雨季开始", max_length=5)
    rain_end = models.CharField("雨季结束", max_length=5)
    winter_start = models.CharField("冬季开始", max_length=5)
    winter_end = models.CharField("冬季结束", max_length=5)
    summer_start = models.CharField("夏季开始", max_length=5)
    summer_end = models.CharField("夏季结束", max_length=5)

    class Meta:
        verbose_name = "季节表"
        verbose_name_plural = "季节表"
        ordering = ["policy_id", "pk"]
        constraints = [models.UniqueConstraint(fields=["policy", "place"], name="one_climate_per_place")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return str(dict(Region.choices).get(self.place, self.place))

    @property
    def is_region(self) -> bool:
        return self.place in Region.values


def month_day(text: str) -> tuple[int, int]:
    """``06-01`` → (6, 1)."""
    month, _, day = text.partition("-")
    return int(month), int(day)


def climates_of(rows: Iterable[ClimateRow]) -> dict[str, frequency.Climate]:
    return {
        row.place: frequency.Climate(
            *(
                frequency.Season(month_day(getattr(row, f"{name}_start")), month_day(getattr(row, f"{name}_end")))
                for name in SEASONS
            )
        )
        for row in rows
    }
