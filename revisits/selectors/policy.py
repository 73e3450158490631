"""The frequency settings as their page shows them: what is in force, what changed when, which plans follow others."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, QuerySet

from ledgers.models import Ledger
from organization.models import User
from revisits.models import ClimateRow, FrequencyPolicy, PlanIssue, RevisitPlan
from revisits.models.policy import SEASONS
from revisits.permissions import VIEW
from revisits.services.issues import plans_behind

SEASON_NAMES = {"rain": "雨季", "winter": "冬季", "summer": "夏季"}
SWITCHES = {"onsite_counts_as_phone": "当季现场回访代替电话", "rain_for_all": "全部工程雨季回访"}
_SEEN = "effective__policy__number"


@dataclass(frozen=True, slots=True)
class Version:
    policy: FrequencyPolicy
    changes: list[dict[str, str]]
    plans: int


def season_words(row: ClimateRow, season: str) -> str:
    """6月1日 至 9月30日; a winter that spans New Year says so."""
    start, end = getattr(row, f"{season}_start"), getattr(row, f"{season}_end")
    return f"{_day(start)} 至 {'次年' if end < start else ''}{_day(end)}"


def _day(text: str) -> str:
    month, _, day = text.partition("-")
    return f"{int(month)}月{'末' if text == '02-29' else f'{int(day)}日'}"


def season_table(policy: FrequencyPolicy) -> list[tuple[ClimateRow, list[tuple[str, str]]]]:
    """Regions first, then the cities that depart from theirs."""
    rows = sorted(policy.climates.all(), key=lambda row: (not row.is_region, row.pk))
    return [(row, [(SEASON_NAMES[name], season_words(row, name)) for name in SEASONS]) for row in rows]


def versions_of(user: User, year: int) -> list[Version]:
    """All versions, the newest first: what each changed, how many plans in reach follow it. Three queries."""
    versions = list(FrequencyPolicy.objects.select_related("changed_by").prefetch_related("climates"))
    plans = dict(_running(user, year).values_list(_SEEN).annotate(number=Count("pk")))
    found = []
    for at, newer in enumerate(versions):
        older = versions[at + 1] if at + 1 < len(versions) else None
        found.append(Version(newer, differences(older, newer) if older else [], plans.get(newer.number, 0)))
    return found


def _running(user: User, year: int) -> QuerySet[RevisitPlan]:
    """The plans in reach that govern, of this year and later."""
    found = VIEW.narrow(user, RevisitPlan.objects.filter(year__gte=year, effective__isnull=False))
    return found.exclude(status=RevisitPlan.Status.CLOSED).order_by()


def differences(old: FrequencyPolicy, new: FrequencyPolicy) -> list[dict[str, str]]:
    """What a version changes, in words."""
    found = []
    if old.min_window_days != new.min_window_days:
        found.append(_change("最短窗口", f"{old.min_window_days} 天", f"{new.min_window_days} 天"))
    for name, label in SWITCHES.items():
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            found.append(_change(label, "是" if before else "否", "是" if after else "否"))
    earlier, later = ({row.place: row for row in each.climates.all()} for each in (old, new))
    for place in dict.fromkeys((*earlier, *later)):
        before_row, after_row = earlier.get(place), later.get(place)
        one = after_row or before_row
        assert one is not None
        if before_row is None or after_row is None:
            found.append(_change(f"季节表 {one.label}", _climate(before_row), _climate(after_row)))
            continue
        for name in SEASONS:
            words = season_words(before_row, name), season_words(after_row, name)
            if words[0] != words[1]:
                found.append(_change(f"{one.label} {SEASON_NAMES[name]}", *words))
    return found


def _change(field: str, old: str, new: str) -> dict[str, str]:
    return {"field": field, "old": old, "new": new}


def _climate(row: ClimateRow | None) -> str:
    return "" if row is None else ";".join(f"{SEASON_NAMES[name]} {season_words(row, name)}" for name in SEASONS)


@dataclass(frozen=True, slots=True)
class Behind:
    """Plans in reach and in force that were approved with older settings: ``waiting`` of them were not looked at by
    those of now yet; ``affected`` have an open issue for it."""

    plans: int
    waiting: int
    affected: int


def plans_of_older_settings(user: User, policy: FrequencyPolicy, today: date) -> Behind:
    """Three queries at most."""
    older = set(_running(user, today.year).exclude(effective__policy=policy).values_list("pk", flat=True))
    if not older:
        return Behind(0, 0, 0)
    waiting = older.intersection(plans_behind(policy, today.year))
    issues = PlanIssue.objects.filter(kind=PlanIssue.Kind.POLICY, settled_at__isnull=True).order_by()
    return Behind(len(older), len(waiting), len(older.intersection(issues.values_list("plan", flat=True))))


def known_cities() -> list[str]:
    """The cities of the ledgers in force: a city's own seasons hold for what is written exactly like it."""
    found = Ledger.objects.filter(effective__isnull=False).exclude(effective__city="").order_by()
    return sorted(found.values_list("effective__city", flat=True).distinct())
