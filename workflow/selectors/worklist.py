"""The worklist: the open clocks of the posts one holds, and those of others on records one had a hand in (G2, G5)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Page
from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from organization.models import Appointment, User
from workflow.due import Mode, due_at, explain, shown
from workflow.flow import subject_url
from workflow.horizon import Group, Horizon
from workflow.models import Clock, ClockRule, Transition
from workflow.models.clocks import ClockQuerySet
from workflow.paging import PAGE_SIZE, counted_page
from workflow.services.calendar import calendar_in_force
from workflow.workdays import Calendar

WAITING_SHOWN = 10
_Pair = tuple[str, int]


@dataclass(slots=True)
class Duty:
    """One row: the clock, its group and page, why it is due then, "代 A", and who holds it (of 等待他人)."""

    clock: Clock
    group: Group
    url: str
    explanation: str
    behalf: str = ""
    holders: str = ""


@dataclass(slots=True)
class Section:
    group: Group
    count: int
    duties: list[Duty] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Worklist:
    """``counts`` are of all duties whatever is shown; ``sections`` hold the duties of the page by group."""

    counts: dict[Group, int]
    page: Page[Any]
    sections: list[Section]
    appointments: list[Appointment]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def held_posts(user: User, now: datetime) -> list[Appointment]:
    """The appointments in force today, one's own before substitutions."""
    found = (
        Appointment.objects.active(timezone.localdate(now))
        .filter(user=user)
        .select_related("post", "unit", "substitute_for__user")
    )
    return sorted(found, key=lambda a: (a.substitute_for_id is not None, a.pk))


def worklist(user: User, *, now: datetime, number: int = 1, group: Group | None = None) -> Worklist:
    """The open clocks of the (post, unit) pairs one holds or stands in for, soonest first; each clock once.

    Constant queries: appointments, rows, and the counts when there is more than one page.
    """
    appointments = held_posts(user, now)
    behalf = _behalf(appointments)
    horizon = Horizon.at(now)
    mine = _open(behalf)
    start = (number - 1) * PAGE_SIZE
    wanted = mine.filter(_within(group, horizon)) if group else mine
    rows = list(_rows(wanted)[start : start + PAGE_SIZE])
    if group is None and number == 1 and len(rows) < PAGE_SIZE:
        counts = dict(Counter(horizon.group(clock.due_at) for clock in rows))
    else:
        counts = _counts(mine, horizon)
    duties = _duties(rows, horizon, behalf)
    total = counts.get(group, 0) if group else sum(counts.values())
    return Worklist(
        counts={each: counts.get(each, 0) for each in Group},
        page=counted_page(duties, number=number, count=total),
        sections=_sections(duties, counts),
        appointments=appointments,
    )


def waiting_for_others(user: User, *, now: datetime, limit: int = WAITING_SHOWN) -> list[Duty]:
    """Open clocks of others on records on which one took a step, with the names of those who have the ball."""
    behalf = _behalf(held_posts(user, now))
    acted = Transition.objects.filter(
        Q(actor=user) | Q(on_behalf_of=user), content_type=OuterRef("content_type"), object_id=OuterRef("object_id")
    )
    others = Clock.objects.running().filter(Exists(acted))
    if behalf:
        others = others.exclude(_pairs(behalf))
    rows = list(_rows(others)[:limit])
    duties = _duties(rows, Horizon.at(now), {})
    names = _names({(clock.post_id, clock.unit_id) for clock in rows}, now)
    for duty in duties:
        duty.holders = "、".join(names.get((duty.clock.post_id, duty.clock.unit_id), ())) or "岗位空缺"
    return duties


def expected_stages(appointments: Iterable[Appointment]) -> list[str]:
    """What will stand here: the stages for which the posts one holds are responsible."""
    posts = {held.post_id for held in appointments}
    rules = ClockRule.objects.filter(current=True, post__in=posts).order_by("sheet", "number")
    return list(dict.fromkeys(rules.values_list("stage", flat=True)))


# --- inside


def _behalf(appointments: Iterable[Appointment]) -> dict[_Pair, str]:
    """Pair → whom one stands in for; "" when one holds the post oneself."""
    found: dict[_Pair, str] = {}
    for held in appointments:
        found.setdefault((held.post_id, held.unit_id), f"代 {held.substitute_for.user}" if held.substitute_for else "")
    return found


def _pairs(pairs: Iterable[_Pair]) -> Q:
    condition = Q(pk__in=())
    for post, unit in pairs:
        condition |= Q(post=post, unit=unit)
    return condition


def _open(pairs: Iterable[_Pair]) -> ClockQuerySet:
    return Clock.objects.running().filter(_pairs(pairs))


def _rows(clocks: ClockQuerySet) -> ClockQuerySet:
    return (
        clocks.select_related("rule", "post", "unit")
        .order_by("due_at", "pk")
        .only(
            "title",
            "due_at",
            "received_at",
            "round",
            "content_type_id",
            "object_id",
            "rule__stage",
            "rule__days",
            "rule__mode",
            "post__name",
            "unit__name",
        )
    )


def _within(group: Group, horizon: Horizon) -> Q:
    return {
        Group.OVERDUE: Q(due_at__lte=horizon.now),
        Group.TODAY: Q(due_at__gt=horizon.now, due_at__lte=horizon.today_ends),
        Group.WEEK: Q(due_at__gt=horizon.today_ends, due_at__lte=horizon.week_ends),
        Group.LATER: Q(due_at__gt=horizon.week_ends),
    }[group]


def _counts(clocks: ClockQuerySet, horizon: Horizon) -> dict[Group, int]:
    found = clocks.order_by().aggregate(**{group.value: Count("pk", filter=_within(group, horizon)) for group in Group})
    return {group: found[group.value] for group in Group}


def _duties(rows: Sequence[Clock], horizon: Horizon, behalf: dict[_Pair, str]) -> list[Duty]:
    calendar = None
    if any(Mode(clock.rule.mode).uses_calendar for clock in rows):
        calendar = calendar_in_force()
    return [
        Duty(
            clock=clock,
            group=horizon.group(clock.due_at),
            url=subject_url(clock.content_type_id, clock.object_id),
            explanation=explain_clock(clock, calendar or Calendar()),
            behalf=behalf.get((clock.post_id, clock.unit_id), ""),
        )
        for clock in rows
    ]


def explain_clock(clock: Clock, calendar: Calendar) -> str:
    """How the due moment came about; a date set by a plan (a milestone) is not explained by counting days."""
    mode = Mode(clock.rule.mode)
    if due_at(clock.received_at, clock.rule.days, mode, calendar) == clock.due_at:
        return explain(clock.received_at, clock.rule.days, mode, calendar)
    return f"{timezone.localtime(clock.received_at):%Y-%m-%d %H:%M} 起,截止时间另行确定,{shown(clock.due_at)} 截止"


def _sections(duties: Iterable[Duty], counts: dict[Group, int]) -> list[Section]:
    sections: dict[Group, Section] = {}
    for duty in duties:
        sections.setdefault(duty.group, Section(duty.group, counts.get(duty.group, 0))).duties.append(duty)
    return list(sections.values())


def _names(pairs: set[_Pair], now: datetime) -> dict[_Pair, list[str]]:
    if not pairs:
        return {}
    found = (
        Appointment.objects.active(timezone.localdate(now))
        .filter(post__in={post for post, _ in pairs}, unit__in={unit for _, unit in pairs})
        .select_related("user", "substitute_for__user")
        .order_by("substitute_for_id", "pk")
    )
    names: dict[_Pair, list[str]] = {}
    for held in found:
        name = f"{held.user}(代 {held.substitute_for.user})" if held.substitute_for else str(held.user)
        names.setdefault((held.post_id, held.unit_id), []).append(name)
    return names
