"""The sweep of the clocks: every reminder that is due, written once, however late the sweep comes (G3).

Set-based: a batch of clocks costs a constant number of statements, and the state of a clock (``next_at``) says what it
still waits for, so a pause of any length is caught up by the next run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from workflow.due import LADDER, Reminder, Rung, quiet_until, rungs, shown
from workflow.flow import subject_url
from workflow.models import Clock, ClockReminder

from .ladder import DueClock, Ladder
from .outbox import Telling, insert_tellings


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What one run wrote. ``vacant``: reminders whose post nobody held."""

    clocks: int = 0
    reminders: int = 0
    skipped: int = 0
    overdue: int = 0
    notices: int = 0
    vacant: int = 0

    def __add__(self, other: "SweepResult") -> "SweepResult":
        return SweepResult(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


_OFFSETS = {rung.kind: rung.offset for rung in LADDER}
_NO_OFFSET = timedelta(0)


def sweep_clocks(*, now: datetime, batch: int = 2000) -> SweepResult:
    """Write the reminders and overdue facts that are due at ``now``, in short transactions of ``batch`` clocks.

    Two sweeps may run at once: each clock is taken by one (a row lock the other skips; SQLite has one writer), and
    ``ClockReminder`` and ``Notice`` are unique by key besides. Holders are those of the day of ``now`` (Asia/Shanghai).
    """
    total = SweepResult()
    if not Clock.objects.running().filter(next_at__lte=now).exists():
        return total  # no lock is taken when nothing is due
    ladder = Ladder(timezone.localdate(now))
    while True:
        with transaction.atomic():
            result = _sweep_batch(now, batch, ladder)
        if not result.clocks:
            return total
        total += result


class Stage(NamedTuple):
    clock: DueClock
    kind: Reminder
    skipped: bool


@dataclass(slots=True)
class _Plan:
    """What a batch will write."""

    stages: list[Stage] = field(default_factory=list)
    next_stage: dict[Reminder | None, list[int]] = field(default_factory=dict)
    overdue: list[int] = field(default_factory=list)


def _sweep_batch(now: datetime, batch: int, ladder: Ladder) -> SweepResult:
    clocks = _due_clocks(now, batch)
    if not clocks:
        return SweepResult()
    ladder.load(clocks)
    plan = _Plan()
    for clock in clocks:
        _plan_clock(plan, clock, rungs(ladder.rules[clock.rule_id].days), now)
    reminders, tellings, vacant = _compose(plan.stages, ladder, now)
    ClockReminder.objects.bulk_create(reminders, ignore_conflicts=True)
    notices = insert_tellings(tellings, now=now)
    _advance(plan, now)
    skipped = sum(stage.skipped for stage in plan.stages)
    return SweepResult(len(clocks), len(reminders) - skipped, skipped, len(plan.overdue), notices, vacant)


def _due_clocks(now: datetime, batch: int) -> list[DueClock]:
    """The clocks that wait longest, locked; those another sweep holds are left to it."""
    rows = (
        Clock.objects.running()
        .filter(next_at__lte=now)
        .order_by("next_at")
        .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
        .values_list(*DueClock._fields)[:batch]
    )
    return [DueClock(*row) for row in rows]


def _plan_clock(plan: _Plan, clock: DueClock, ladder: Sequence[Rung], now: datetime) -> None:
    """Which rungs have passed since the clock was last looked at, and which one it waits for next.

    A "due soon" is written down as skipped, not sent, when it would be untrue or when a nearer one goes out with it.
    """
    kinds = [rung.kind for rung in ladder]
    start = kinds.index(Reminder(clock.next_kind)) if clock.next_kind in kinds else 0
    passed = [rung.kind for rung in ladder[start:] if clock.due_at + rung.offset <= now]
    for kind, following in pairwise([*passed, None]):
        if kind is not None:
            plan.stages.append(Stage(clock, kind, _OFFSETS[kind] < _NO_OFFSET and following is not None))
    after = start + len(passed)
    plan.next_stage.setdefault(kinds[after] if after < len(kinds) else None, []).append(clock.pk)
    if Reminder.OVERDUE in passed:
        plan.overdue.append(clock.pk)


def _compose(stages: Sequence[Stage], ladder: Ladder, now: datetime) -> tuple[list[ClockReminder], list[Telling], int]:
    reminders: list[ClockReminder] = []
    tellings: list[Telling] = []
    vacant = 0
    may_leave_at = quiet_until(now)
    for clock, kind, skipped in stages:
        moment = clock.due_at + _OFFSETS[kind]
        if skipped:
            reminders.append(ClockReminder(clock_id=clock.pk, kind=kind, moment=moment, at=now, skipped=True))
            continue
        people, note = ladder.audience(clock, kind)
        vacant += bool(note)
        reminders.append(ClockReminder(clock_id=clock.pk, kind=kind, moment=moment, at=now, note=note))
        title, text = wording(clock, kind, ladder, note)
        tellings.append(
            Telling(
                key=f"clock:{clock.pk}:{kind}",
                kind=kind.value,
                content_type_id=clock.content_type_id,
                object_id=clock.object_id,
                title=title,
                text=text,
                url=subject_url(clock.content_type_id, clock.object_id),
                urgent=kind.may_disturb,
                leaves_at=now if kind.may_disturb else may_leave_at,
                people=people,
            )
        )
    return reminders, tellings, vacant


def wording(clock: DueClock, kind: Reminder, ladder: Ladder, note: str) -> tuple[str, str]:
    """Title and text of a reminder: matter, record, due moment, responsible post. No phone, no text of the case."""
    rule = ladder.rules[clock.rule_id]
    head = {
        Reminder.BEFORE_24H: "即将到期",
        Reminder.BEFORE_4H: "即将到期",
        Reminder.OVERDUE: "已逾期",
        Reminder.AFTER_24H: "逾期超过 24 小时",
        Reminder.AFTER_48H: "逾期超过 48 小时",
    }[kind]
    due = shown(clock.due_at)
    if _OFFSETS[kind] < _NO_OFFSET:
        text = f"请于 {due} 前办理“{rule.stage}”(时限 {rule.limit})。"
    else:
        text = f"“{rule.stage}”应于 {due} 前办理(时限 {rule.limit}),至今未办结。"
    text += f"\n责任岗位:{ladder.place(clock)}。"
    if note:
        text += f"\n{note}。"
    return f"{head}:{rule.stage} — {clock.title}"[:250], text


def _advance(plan: _Plan, now: datetime) -> None:
    """Each clock waits for its next rung: one statement for each rung that occurs."""
    for kind, pks in plan.next_stage.items():
        waits: dict[str, Any] = {"next_kind": "", "next_at": None}
        if kind is not None:
            waits = {"next_kind": kind.value, "next_at": F("due_at") + _OFFSETS[kind]}
        noted = set(pks) & set(plan.overdue)
        if noted:
            Clock.objects.filter(pk__in=noted).update(**waits, overdue_noted_at=now)
        if rest := set(pks) - noted:
            Clock.objects.filter(pk__in=rest).update(**waits)
