"""The time-limit configuration and the calendar as their pages show them."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any

from django.db.models import Count, Q, QuerySet

from organization.models import Post
from workflow.models import CalendarDay, Clock, ClockRule
from workflow.services.clock_rules import EDITED
from workflow.workdays import Calendar

SHEETS = {"A.2": "附录A.2 工程回访管理流程时限", "G": "附录G 保修投诉监管流程一览表"}


@dataclass(frozen=True, slots=True)
class RuleRow:
    rule: ClockRule
    open_clocks: int
    versions: int
    supervisors: str
    escalate_24h: str
    escalate_48h: str


def rules_by_sheet() -> list[tuple[str, list[RuleRow]]]:
    """The rules in force by sheet, each with its open clocks (all versions) and its number of versions."""
    posts = post_names()
    counts: dict[str, tuple[int, int]] = {
        code: (running, versions)
        for code, running, versions in ClockRule.objects.order_by()
        .values_list("code")
        .annotate(
            running=Count("clocks", filter=Q(clocks__stopped_at__isnull=True)), versions=Count("pk", distinct=True)
        )
    }
    sheets: dict[str, list[RuleRow]] = defaultdict(list)
    for rule in ClockRule.objects.filter(current=True).select_related("post").order_by("sheet", "number", "code"):
        running, versions = counts[rule.code]
        sheets[rule.sheet].append(
            RuleRow(
                rule,
                running,
                versions,
                _words(rule.supervisors, posts),
                _words(rule.escalate_24h, posts),
                _words(rule.escalate_48h, posts),
            )
        )
    return [(SHEETS.get(sheet, sheet), rows) for sheet, rows in sheets.items()]


def post_names() -> dict[str, str]:
    return dict(Post.objects.values_list("code", "name"))


def _words(codes: list[str], posts: dict[str, str]) -> str:
    return "、".join(posts.get(code, code) for code in codes) or "—"


def rule_versions(code: str) -> QuerySet[ClockRule]:
    """All versions of a row, the newest first."""
    return ClockRule.objects.filter(code=code).select_related("post", "changed_by").order_by("-version")


@dataclass(frozen=True, slots=True)
class VersionRow:
    """``moved``: the open clocks that were given another due moment with it."""

    rule: ClockRule
    changes: list[dict[str, str]]
    moved: int


def version_history(code: str) -> list[VersionRow]:
    """Each version with what it changed, as ``[{"field", "old", "new"}]`` in words."""
    posts = post_names()
    versions = list(rule_versions(code).annotate(moved=Count("shifts")))
    return [
        VersionRow(newer, differences(older, newer, posts) if older else [], newer.moved)
        for newer, older in zip_longest(versions, versions[1:])
    ]


def differences(old: ClockRule, new: ClockRule, posts: dict[str, str]) -> list[dict[str, str]]:
    """What a version changes, as ``[{"field", "old", "new"}]`` in words."""

    def words(rule: ClockRule, name: str) -> str:
        value = getattr(rule, name)
        if isinstance(value, list):
            return _words(value, posts)
        return rule.get_mode_display() if name == "mode" else str(value)

    return [
        {"field": str(ClockRule._meta.get_field(name).verbose_name), "old": words(old, name), "new": words(new, name)}  # type: ignore[union-attr]
        for name in EDITED
        if getattr(old, name) != getattr(new, name)
    ]


def open_clocks_of(code: str) -> QuerySet[Clock]:
    """The running clocks of a row, whichever version opened them, soonest first."""
    return Clock.objects.running().filter(code=code).select_related("unit", "rule").order_by("due_at", "pk")


# --- the calendar


@dataclass(frozen=True, slots=True)
class Day:
    on: date
    is_workday: bool
    reason: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Month:
    number: int
    weeks: list[list[Day | None]]


def year_view(year: int, calendar: Calendar) -> list[Month]:
    """Twelve months of weeks from Monday; None outside the month."""
    months = []
    for number in range(1, 13):
        first = date(year, number, 1)
        after = date(year + number // 12, number % 12 + 1, 1)
        cells: list[Day | None] = [None] * first.weekday()
        for offset in range((after - first).days):
            on = first + timedelta(days=offset)
            cells.append(Day(on, calendar.is_workday(on), calendar.reason(on) or "", on in calendar.overrides))
        cells += [None] * (-len(cells) % 7)
        months.append(Month(number, [cells[start : start + 7] for start in range(0, len(cells), 7)]))
    return months


def overrides_of(year: int) -> QuerySet[CalendarDay]:
    return CalendarDay.objects.filter(on__year=year)


def override_history(year: int) -> QuerySet[Any]:
    """Who changed which day when; removed rows too."""
    rows: QuerySet[Any] = CalendarDay.history.filter(on__year=year).select_related("history_user")
    return rows.order_by("-history_date", "-history_id")
