"""The frequency settings and the season tables, edited as a whole: each change is the next version (rules, [D])."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction

from ledgers.models import Region
from organization.models import User
from revisits.models import ClimateRow, FrequencyPolicy
from revisits.models.policy import SEASONS, month_day
from revisits.permissions import EDIT_POLICY
from workflow.errors import Conflict

DAYS = tuple(f"{season}_{end}" for season in SEASONS for end in ("start", "end"))
SHIPPED = {
    Region.NORTH: ("06-01", "09-30", "11-15", "03-15", "06-01", "08-31"),
    Region.SOUTH: ("04-01", "10-31", "12-01", "02-29", "06-01", "08-31"),
}


class SettingsData(TypedDict):
    min_window_days: int
    onsite_counts_as_phone: bool
    rain_for_all: bool


def ship_policy() -> None:
    """The first version, as the rules give it; called after ``migrate``."""
    if FrequencyPolicy.objects.exists():
        return
    policy = FrequencyPolicy.objects.create(number=1, reason="随软件提供的默认值,待集团确认")
    ClimateRow.objects.bulk_create(
        ClimateRow(policy=policy, place=place, **dict(zip(DAYS, days, strict=True))) for place, days in SHIPPED.items()
    )


@transaction.atomic
def change_policy(
    *,
    settings: SettingsData,
    climates: Sequence[Mapping[str, Any]],
    reason: str,
    number: int,
    actor: User,
    now: datetime,
) -> FrequencyPolicy:
    """Put the next version in force. ``number`` is that the page showed. Plans keep theirs until they are checked
    again; those it affects are found by ``issues.find_affected_by_settings`` and named."""
    EDIT_POLICY.require_somewhere(actor)
    current = FrequencyPolicy.objects.select_for_update().get(current=True)
    if current.number != number:
        raise Conflict(f"频次设置已由他人更新为 v{current.number},请对照最新内容后再保存。")
    if not reason.strip():
        raise ValidationError({"reason": "请填写调整的理由。"})
    if not 1 <= settings["min_window_days"] <= 90:
        raise ValidationError({"min_window_days": "最短窗口须在 1 到 90 天之间。"})
    rows = [_checked(row) for row in climates]
    places = [row["place"] for row in rows]
    if len(set(places)) != len(places):
        raise ValidationError({"climates": "季节表中有重复的区域或城市。"})
    if missing := [str(label) for place, label in Region.choices if place not in places]:
        raise ValidationError({"climates": f"季节表须有{'、'.join(missing)}。"})
    if _same(current, settings, rows):
        raise ValidationError("设置没有变化,无需保存。")
    current.current = False
    current.save()
    policy = FrequencyPolicy.objects.create(
        number=current.number + 1, reason=reason.strip()[:200], changed_by=actor, changed_at=now, **settings
    )
    ClimateRow.objects.bulk_create(ClimateRow(policy=policy, **row) for row in rows)
    return policy


def _checked(row: Mapping[str, Any]) -> dict[str, str]:
    place = str(row.get("place") or "").strip()
    if not place:
        raise ValidationError({"climates": "季节表中有一行没有填写区域或城市。"})
    label = dict(Region.choices).get(place, place)
    clean = {"place": place}
    for name in DAYS:
        text = str(row.get(name) or "").strip()
        try:
            month, day = month_day(text)
            date(2024, month, day)  # a leap year: 02-29 means the month's end
        except ValueError:
            field = str(ClimateRow._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            raise ValidationError({"climates": f"“{label}”的{field}须写成 月-日,如 06-01。"}) from None
        clean[name] = f"{month:02d}-{day:02d}"
    for season, word in (("rain", "雨季"), ("summer", "夏季")):
        if clean[f"{season}_end"] < clean[f"{season}_start"]:
            raise ValidationError({"climates": f"“{label}”的{word}结束早于开始。"})
    return clean


def _same(current: FrequencyPolicy, settings: SettingsData, rows: list[dict[str, str]]) -> bool:
    stored = [{name: getattr(row, name) for name in ("place", *DAYS)} for row in current.climates.all()]

    def by_place(row: dict[str, str]) -> str:
        return row["place"]

    return all(getattr(current, name) == value for name, value in settings.items()) and sorted(
        stored, key=by_place
    ) == sorted(rows, key=by_place)
