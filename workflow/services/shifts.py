"""Open clocks when a time limit or the calendar changes: which ones would be due at another moment, and moving them.

An open clock keeps the version and the due moment it was opened with, unless the person who changes the rule decides
otherwise after seeing what would move. Whatever the decision, two kinds never move: a clock that is overdue (the fact
stays, G3) and one whose due moment a plan or a list set (``Clock.dated``).

Made for 50,000 open clocks: a few columns are read once, the moments are counted here, rows are written by groups.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import F
from django.urls import reverse

from organization.models import User
from workflow.due import SHANGHAI, Mode, Rung, due_at, resumed, shown
from workflow.holders import Duty, people_of
from workflow.models import Clock, ClockRule, ClockShift, Notice
from workflow.models.clocks import ClockQuerySet
from workflow.services.outbox import insert_notices
from workflow.workdays import Calendar

from .notices import build_notices

BATCH = 2000
TOLD = 8  # duties named in a notice; the rest is counted


class OpenClock(NamedTuple):
    """What the decision needs of a running clock."""

    pk: int
    rule_id: int
    received_at: datetime
    due_at: datetime
    overdue_noted_at: datetime | None
    dated: bool
    next_kind: str
    post_id: str
    unit_id: int
    assignee_id: int | None

    @property
    def duty(self) -> Duty:
        return self.post_id, self.unit_id, self.assignee_id


class _Verdict(NamedTuple):
    """When a clock would be due; ``given``: its present moment was never counted by its rule."""

    due_at: datetime
    given: bool = False


class Move(NamedTuple):
    """A clock that would be due at another moment. ``rung``: what the ladder goes on with."""

    clock: OpenClock
    due_at: datetime
    rung: Rung


@dataclass(slots=True)
class Shift:
    """What a change would do to the open clocks it concerns. ``rule`` is the new version, None for the calendar."""

    rule: ClockRule | None
    moving: list[Move] = field(default_factory=list)
    overdue: list[OpenClock] = field(default_factory=list)
    dated: list[OpenClock] = field(default_factory=list)
    same: int = 0

    @property
    def open(self) -> int:
        return len(self.moving) + len(self.overdue) + len(self.dated) + self.same


class _Counting:
    """``due_at`` of many clocks: what counts days depends on the day of receipt alone, so each day is counted once."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._counted: dict[tuple[date, int, str], datetime] = {}

    def due(self, received_at: datetime, rule: ClockRule) -> datetime:
        mode = Mode(rule.mode)
        if mode is Mode.HOURS:
            return due_at(received_at, rule.days, mode, self._calendar)
        key = (received_at.astimezone(SHANGHAI).date(), rule.days, rule.mode)
        if key not in self._counted:
            self._counted[key] = due_at(received_at, rule.days, mode, self._calendar)
        return self._counted[key]


def lock_time_limits() -> None:
    """One change of the rules or the calendar at a time: both move the same clocks.

    The oldest row stands for all of them. Opening a clock does not wait (a key-share lock passes).
    """
    ClockRule.objects.select_for_update(no_key=True).order_by("pk").values_list("pk").first()


def plan_rule_shift(new: ClockRule, calendar: Calendar, *, now: datetime, lock: bool = False) -> Shift:
    """What the limit of ``new`` would do to the open clocks of its code, whichever version opened them.

    A clock that its own rule does not explain was given its date, whether it says so or not; under a rule that looks at
    the calendar the calendar may have changed since, so there only ``dated`` says it.
    """
    clocks = _open(Clock.objects.filter(code=new.code), lock)
    rules = {rule.pk: rule for rule in ClockRule.objects.filter(code=new.code)}
    counting = _Counting(calendar)

    def judge(clock: OpenClock) -> _Verdict:
        own = rules[clock.rule_id]
        given = not Mode(own.mode).uses_calendar and counting.due(clock.received_at, own) != clock.due_at
        return _Verdict(counting.due(clock.received_at, new), given)

    return _sorted_out(clocks, judge, rules, new, now)


def plan_calendar_shift(before: Calendar, after: Calendar, *, now: datetime, lock: bool = False) -> Shift:
    """What a changed calendar would do to the open clocks whose rule looks at it.

    One whose count the change does not touch stays as it is, even where an earlier change was not applied to it.
    """
    rules = {rule.pk: rule for rule in ClockRule.objects.filter(mode__in=[m for m in Mode if m.uses_calendar])}
    clocks = _open(Clock.objects.filter(rule__in=list(rules)), lock)
    was, becomes = _Counting(before), _Counting(after)

    def judge(clock: OpenClock) -> _Verdict | None:
        own = rules[clock.rule_id]
        due = becomes.due(clock.received_at, own)
        return None if was.due(clock.received_at, own) == due else _Verdict(due)

    return _sorted_out(clocks, judge, rules, None, now)


def _open(clocks: ClockQuerySet, lock: bool) -> list[OpenClock]:
    rows = clocks.running().order_by("pk")
    if lock:
        rows = rows.select_for_update()
    return [OpenClock(*row) for row in rows.values_list(*OpenClock._fields)]


def _sorted_out(
    clocks: list[OpenClock],
    judge: Callable[[OpenClock], _Verdict | None],
    rules: dict[int, ClockRule],
    new: ClockRule | None,
    now: datetime,
) -> Shift:
    """The soonest come first. ``judge`` answers None for a clock that the change does not touch."""
    shift = Shift(new)
    for clock in sorted(clocks, key=lambda clock: (clock.due_at, clock.pk)):
        verdict = judge(clock)
        if verdict is None:
            shift.same += 1
        elif clock.due_at <= now or clock.overdue_noted_at is not None:
            shift.overdue.append(clock)
        elif clock.dated or verdict.given:
            shift.dated.append(clock)
        elif verdict.due_at == clock.due_at:
            shift.same += 1
        else:
            own = rules[clock.rule_id]
            rung = resumed(clock.next_kind, own.days, (new or own).days)
            shift.moving.append(Move(clock, verdict.due_at, rung))
    shift.moving.sort(key=lambda move: move.due_at)
    return shift


def move_clocks(shift: Shift, *, reason: str, actor: User, now: datetime) -> int:
    """Give the clocks of a plan made under lock their new moment, in its transaction, and keep a record of each.

    The ladder goes on where it was: what was sent is not sent again. Whoever has the duties hears of it, once for all.
    """
    by_hours = shift.rule is not None and shift.rule.mode == Mode.HOURS
    groups: dict[tuple[datetime | None, Rung], list[int]] = defaultdict(list)
    for move in shift.moving:
        # Counted by the hour every moment is another one, and the database adds for itself.
        groups[None if by_hours else move.due_at, move.rung].append(move.clock.pk)
    for (due, rung), pks in groups.items():
        if due is not None:
            moments: dict[str, Any] = {"due_at": due, "next_at": due + rung.offset}
        else:
            limit = timedelta(days=shift.rule.days if shift.rule else 0)
            moments = {"due_at": F("received_at") + limit, "next_at": F("received_at") + (limit + rung.offset)}
        if shift.rule is not None:
            moments["rule"] = shift.rule
        for start in range(0, len(pks), BATCH):
            Clock.objects.filter(pk__in=pks[start : start + BATCH]).update(next_kind=rung.kind.value, **moments)
    made = ClockShift.objects.bulk_create(
        [
            ClockShift(
                clock_id=move.clock.pk,
                old_due_at=move.clock.due_at,
                new_due_at=move.due_at,
                old_rule_id=move.clock.rule_id,
                new_rule=shift.rule,
                reason=reason[:200],
                by=actor,
                at=now,
            )
            for move in shift.moving
        ],
        batch_size=BATCH,
    )
    if made:
        _tell(shift, key=f"shift:{made[0].pk}", reason=reason, actor=actor, now=now)
    return len(shift.moving)


def _tell(shift: Shift, *, key: str, reason: str, actor: User, now: datetime) -> None:
    """One notice for each person, however many of their duties moved: those due soonest with both moments."""
    of_duty: dict[Duty, list[Move]] = defaultdict(list)
    for move in shift.moving:
        of_duty[move.clock.duty].append(move)
    theirs = {
        user: sorted((move for duty in duties for move in of_duty[duty]), key=lambda move: move.due_at)
        for user, duties in people_of(of_duty, now.astimezone(SHANGHAI).date())
    }
    named = {move.clock.pk for moves in theirs.values() for move in moves[:TOLD]}
    about = {clock.pk: f"{clock}" for clock in _named(named)}
    notices: list[Notice] = []
    for user, moves in theirs.items():
        lines = [
            f"· {about[move.clock.pk]}:原 {shown(move.clock.due_at)},现 {shown(move.due_at)}" for move in moves[:TOLD]
        ]
        if len(moves) > TOLD:
            lines.append(f"· 另有 {len(moves) - TOLD} 项,请在“我的待办”中查看")
        notices += build_notices(
            key=key,
            kind="shift",
            recipients=[user],
            title=f"截止时间调整:您有 {len(moves)} 项待办的截止时间已改变",
            text=f"{actor} 调整了{'时限' if shift.rule else '工作日历'}({reason}),已同时调整未办结的事项:\n"
            + "\n".join(lines),
            subject=None,
            url=reverse("workflow:worklist"),
            now=now,
        )
    insert_notices(notices)


def _named(pks: set[int]) -> Iterator[Clock]:
    ordered = sorted(pks)
    for start in range(0, len(ordered), BATCH):
        yield from Clock.objects.filter(pk__in=ordered[start : start + BATCH]).select_related("rule")
