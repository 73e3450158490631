"""The worklist: the open clocks of the posts one holds, and those of others on records one had a hand in (G2, G5)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.core.paginator import Page
from django.db.models import Count, Exists, F, OuterRef, Q, Value
from django.utils import timezone

from organization.models import Appointment, User
from organization.prepared import Prepared
from workflow.due import Mode, due_at, explain, shown
from workflow.flow import subject_url
from workflow.holders import PRINCIPAL, belongs, duties_of
from workflow.horizon import Group, Horizon
from workflow.models import Clock, ClockRule, Transition
from workflow.models.clocks import ClockQuerySet
from workflow.paging import PAGE_SIZE, counted_page
from workflow.services.calendar import calendar_in_force
from workflow.workdays import Calendar

WAITING_SHOWN = 10
VACANT = "岗位空缺"
_Pair = tuple[str, int]


class OpenClock(NamedTuple):
    """What a row shows of a running clock: plain values, because a page builds dozens of them."""

    pk: int
    code: str
    title: str
    due_at: datetime
    received_at: datetime
    round: int
    content_type_id: int
    object_id: int
    post_id: str
    unit_id: int
    assignee_id: int | None
    stage: str
    days: int
    mode: str
    post: str
    unit: str


_COLUMNS = (*OpenClock._fields[:11], "rule__stage", "rule__days", "rule__mode", "post__name", "unit__name")


class HeldPost(NamedTuple):
    """A post one holds today. ``behalf`` names whom one stands in for, None when it is one's own."""

    post_id: str
    unit_id: int
    principal_id: int
    behalf: str | None


@dataclass(slots=True)
class Duty:
    """One row: the clock, its group and page, why it is due then, "代 A", and who holds it (of 等待他人)."""

    clock: OpenClock
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
    posts: list[HeldPost]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


_HELD = Prepared(
    lambda user, today: (
        Appointment.objects.active(today)
        .filter(user=user)
        .order_by("pk")
        .values_list("post_id", "unit_id", PRINCIPAL, "substitute_for__user__name")
    )
)


def held_posts(user: User, now: datetime) -> list[HeldPost]:
    """The posts held today, one's own before substitutions."""
    rows = _HELD.rows(user=user.pk, today=timezone.localdate(now))
    return sorted((HeldPost(*row) for row in rows), key=lambda held: held.behalf is not None)


def worklist(user: User, *, now: datetime, number: int = 1, group: Group | None = None) -> Worklist:
    """The open clocks of the posts one holds or stands in for, soonest first; each clock once (``workflow.holders``).

    Constant queries: appointments, rows, and the counts when there is more than one page.
    """
    posts = held_posts(user, now)
    horizon = Horizon.at(now)
    mine = Clock.objects.running().filter(duties_of(held[:3] for held in posts))
    start = (number - 1) * PAGE_SIZE
    wanted = mine.filter(_within(group, horizon)) if group else mine
    rows = _rows(wanted, start, PAGE_SIZE)
    if group is None and number == 1 and len(rows) < PAGE_SIZE:
        counts = dict(Counter(horizon.group(clock.due_at) for clock in rows))
    else:
        counts = _counts(mine, horizon)
    duties = _duties(rows, horizon, posts)
    total = counts.get(group, 0) if group else sum(counts.values())
    return Worklist(
        counts={each: counts.get(each, 0) for each in Group},
        page=counted_page(duties, number=number, count=total),
        sections=_sections(duties, counts),
        posts=posts,
    )


def waiting_for_others(user: User, *, now: datetime, limit: int = WAITING_SHOWN) -> list[Duty]:
    """Open clocks of others on records on which one took a step, with the names of those who have the ball."""
    posts = held_posts(user, now)
    acted = Transition.objects.filter(
        Q(actor=user) | Q(on_behalf_of=user), content_type=OuterRef("content_type"), object_id=OuterRef("object_id")
    )
    others = Clock.objects.running().filter(Exists(acted))
    if posts:
        others = others.exclude(duties_of(held[:3] for held in posts))
    rows = _rows(others, 0, limit)
    duties = _duties(rows, Horizon.at(now), ())
    names = _names({(clock.post_id, clock.unit_id) for clock in rows}, now)
    for duty in duties:
        clock = duty.clock
        held = names.get((clock.post_id, clock.unit_id), ())
        duty.holders = "、".join(name for principal, name in held if belongs(clock.assignee_id, principal)) or VACANT
    return duties


def expected_stages(posts: Iterable[HeldPost]) -> list[str]:
    """What will stand here: the stages for which the posts one holds are responsible."""
    codes = {held.post_id for held in posts}
    rules = ClockRule.objects.filter(current=True, post__in=codes).order_by("sheet", "number")
    return list(dict.fromkeys(rules.values_list("stage", flat=True)))


# --- inside


def _behalf(clock: OpenClock, posts: Iterable[HeldPost]) -> str:
    """For whom one has the duty: "" when by one's own post, which comes first."""
    for held in posts:
        if held[:2] == (clock.post_id, clock.unit_id) and belongs(clock.assignee_id, held.principal_id):
            return f"代 {held.behalf}" if held.behalf else ""
    return ""


def _rows(clocks: ClockQuerySet, start: int, number: int) -> list[OpenClock]:
    # The page is found by the index alone; what the joins add is only read for its rows.
    page = clocks.order_by("due_at", "pk").values("pk")[start : start + number]
    rows = Clock.objects.filter(pk__in=page).order_by("due_at", "pk").values_list(*_COLUMNS)
    return [OpenClock(*row) for row in rows]


def _within(group: Group, horizon: Horizon) -> Q:
    return {
        Group.OVERDUE: Q(due_at__lte=horizon.now),
        Group.TODAY: Q(due_at__gt=horizon.now, due_at__lte=horizon.today_ends),
        Group.WEEK: Q(due_at__gt=horizon.today_ends, due_at__lte=horizon.week_ends),
        Group.LATER: Q(due_at__gt=horizon.week_ends),
    }[group]


def _counts(clocks: ClockQuerySet, horizon: Horizon) -> dict[Group, int]:
    # Of rows, not of a column: then PostgreSQL counts from the index alone.
    one = Value(1)
    found = clocks.order_by().aggregate(**{group.value: Count(one, filter=_within(group, horizon)) for group in Group})
    return {group: found[group.value] for group in Group}


def _duties(rows: Sequence[OpenClock], horizon: Horizon, posts: Sequence[HeldPost]) -> list[Duty]:
    calendar = None
    if any(Mode(clock.mode).uses_calendar for clock in rows):
        calendar = calendar_in_force()
    return [
        Duty(
            clock=clock,
            group=horizon.group(clock.due_at),
            url=subject_url(clock.content_type_id, clock.object_id),
            explanation=explain_clock(clock, calendar or Calendar()),
            behalf=_behalf(clock, posts),
        )
        for clock in rows
    ]


def explain_clock(clock: OpenClock, calendar: Calendar) -> str:
    """How the due moment came about; a date set by a plan (a milestone) is not explained by counting days."""
    mode = Mode(clock.mode)
    due = due_at(clock.received_at, clock.days, mode, calendar)
    if due == clock.due_at:
        return explain(clock.received_at, clock.days, mode, calendar, due)
    return f"{timezone.localtime(clock.received_at):%Y-%m-%d %H:%M} 起,截止时间另行确定,{shown(clock.due_at)} 截止"


def _sections(duties: Iterable[Duty], counts: dict[Group, int]) -> list[Section]:
    sections: dict[Group, Section] = {}
    for duty in duties:
        sections.setdefault(duty.group, Section(duty.group, counts.get(duty.group, 0))).duties.append(duty)
    return list(sections.values())


def _names(pairs: set[_Pair], now: datetime) -> dict[_Pair, list[tuple[int, str]]]:
    """(principal, name) of who holds each post there, the substitutes after the holders."""
    if not pairs:
        return {}
    found = (
        Appointment.objects.active(timezone.localdate(now))
        .filter(post__in={post for post, _ in pairs}, unit__in={unit for _, unit in pairs})
        .select_related("user", "substitute_for__user")
        .order_by(F("substitute_for").asc(nulls_first=True), "pk")
    )
    names: dict[_Pair, list[tuple[int, str]]] = {}
    for held in found:
        behalf = held.substitute_for.user if held.substitute_for else None
        name = f"{held.user}(代 {behalf})" if behalf else str(held.user)
        names.setdefault((held.post_id, held.unit_id), []).append(((behalf or held.user).pk, name))
    return names
