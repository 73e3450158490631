"""When a duty is due, and what the clock says before and after.

Pure: no database, no clock of its own; ``received_at`` and ``done_at`` are handed in. Every datetime
in is aware (any zone), every datetime out is aware in Asia/Shanghai; a naive one raises ValueError.
Source: rules, section 2; requirements G3, G4; ambiguity 8 (天 = calendar days, no roll, a switch per rule).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from workflow.workdays import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
_ONE_DAY = timedelta(days=1)


class Mode(StrEnum):
    """How the days of a time limit are counted. The value is what the database keeps; ``label`` is what people read."""

    NATURAL = "natural"
    NATURAL_ROLL = "natural_roll"
    WORKING = "working"
    HOURS = "hours"

    @property
    def label(self) -> str:
        return _MODE_LABELS[self]

    @property
    def uses_calendar(self) -> bool:
        """Whether a holiday can move the due moment (and a missing calendar year deserves a warning)."""
        return self in (Mode.NATURAL_ROLL, Mode.WORKING)


_MODE_LABELS = {
    Mode.NATURAL: "自然日",
    Mode.NATURAL_ROLL: "自然日(末日遇非工作日顺延)",
    Mode.WORKING: "工作日",
    Mode.HOURS: "按小时(每天 24 小时)",
}


class Reminder(StrEnum):
    """One rung of the ladder of a clock. At most one notice exists per (clock, kind)."""

    BEFORE_24H = "before_24h"
    BEFORE_4H = "before_4h"
    OVERDUE = "overdue"
    AFTER_24H = "after_24h"
    AFTER_48H = "after_48h"

    @property
    def label(self) -> str:
        return _REMINDER_LABELS[self]

    @property
    def may_disturb(self) -> bool:
        """Only the overdue fact itself is mailed during quiet hours."""
        return self is Reminder.OVERDUE


_REMINDER_LABELS = {
    Reminder.BEFORE_24H: "距截止 24 小时",
    Reminder.BEFORE_4H: "距截止 4 小时",
    Reminder.OVERDUE: "已逾期",
    Reminder.AFTER_24H: "逾期 24 小时",
    Reminder.AFTER_48H: "逾期 48 小时",
}


class Rung(NamedTuple):
    """A reminder, its distance from the due moment (negative: before), and the shortest limit in days that has it."""

    kind: Reminder
    offset: timedelta
    min_days: int = 0


LADDER: tuple[Rung, ...] = (
    Rung(Reminder.BEFORE_24H, timedelta(hours=-24), min_days=2),
    Rung(Reminder.BEFORE_4H, timedelta(hours=-4)),
    Rung(Reminder.OVERDUE, timedelta(0)),
    Rung(Reminder.AFTER_24H, timedelta(hours=24)),
    Rung(Reminder.AFTER_48H, timedelta(hours=48)),
)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The part of the day, [start, end) in Asia/Shanghai, in which no mail leaves. start = end: never quiet."""

    start: time = time(21, 0)
    end: time = time(8, 0)

    def __contains__(self, at: time) -> bool:
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


QUIET_HOURS = QuietHours()


def _local(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("时间必须带时区")
    return moment.astimezone(SHANGHAI)


def _after(moment: datetime, delta: timedelta) -> datetime:
    """Elapsed time, not wall-clock time: Asia/Shanghai did have summer time, until 1991."""
    return (moment.astimezone(UTC) + delta).astimezone(SHANGHAI)


def _last_day(received_on: date, n: int, mode: Mode, calendar: Calendar) -> date:
    if mode is Mode.WORKING:
        return calendar.add_workdays(received_on, n)
    last = received_on + n * _ONE_DAY
    return calendar.roll(last) if mode is Mode.NATURAL_ROLL else last


def due_at(received_at: datetime, n: int, mode: Mode, calendar: Calendar) -> datetime:
    """The first late moment of a limit of ``n`` days received at ``received_at``.

    NATURAL, NATURAL_ROLL, WORKING: the start day is excluded and the limit ends at 24:00 of the last
    day, that is 00:00 of the next one. HOURS: 24 h × n later to the second (n is in days).
    即时 (G4: the same day is the target, overdue 24 h after receipt) is HOURS with n = 1. With n = 0
    the day modes end with the day of receipt (rolled where they look at the calendar) and HOURS is
    due on receipt. Raises ValueError for a naive ``received_at`` or n < 0.
    """
    if n < 0:
        raise ValueError("时限天数不能为负数")
    received = _local(received_at)
    mode = Mode(mode)
    if mode is Mode.HOURS:
        return _after(received, n * _ONE_DAY)
    return datetime.combine(_last_day(received.date(), n, mode, calendar) + _ONE_DAY, time.min, SHANGHAI)


def is_late(done_at: datetime, due_at: datetime) -> bool:
    """Late if and only if ``done_at >= due_at``: 23:59:59 of the last day is on time, 00:00:00 is late."""
    return _local(done_at) >= _local(due_at)


def rungs(n: int, ladder: Iterable[Rung] = LADDER) -> tuple[Rung, ...]:
    """The rungs that a limit of ``n`` days has, earliest first."""
    return tuple(sorted((rung for rung in ladder if n >= rung.min_days), key=lambda rung: rung.offset))


def resumed(waits_for: str, old_days: int, new_days: int) -> Rung:
    """What the ladder goes on with when the limit of a running clock changes from ``old_days`` to ``new_days``.

    ``waits_for`` is the kind the clock waits for. The rungs before it were written and do not come again; when it is
    the first one, none was, and the new ladder begins.
    """
    before, after = rungs(old_days), rungs(new_days)
    reached = next((rung for rung in before if rung.kind == waits_for), before[0])
    if reached is before[0]:
        return after[0]
    return next(rung for rung in after if rung.offset >= reached.offset)


def reminder_moments(
    due_at: datetime, n: int, ladder: Iterable[Rung] = LADDER
) -> tuple[tuple[Reminder, datetime], ...]:
    """The ladder of a limit of ``n`` days: (kind, moment), earliest first. 24 h ahead only when n ≥ 2."""
    due = _local(due_at)
    return tuple((rung.kind, _after(due, rung.offset)) for rung in rungs(n, ladder))


def quiet_until(moment: datetime, quiet: QuietHours = QUIET_HOURS) -> datetime:
    """When a mail that is ready at ``moment`` may leave: then, or at the end of the quiet hours it falls in.

    The overdue fact itself does not wait (``Reminder.may_disturb``): do not ask for it.
    """
    local = _local(moment)
    if local.time() not in quiet:
        return local
    # An evening of a night that spans midnight ends tomorrow; everything else ends today.
    ends_tomorrow = quiet.start > quiet.end and local.time() >= quiet.start
    return datetime.combine(local.date() + (_ONE_DAY if ends_tomorrow else timedelta(0)), quiet.end, SHANGHAI)


def shown(moment: datetime, year: int | None = None) -> str:
    """A due moment as people say it: 00:00 is 24:00 of the day before. The year is left out when it is ``year``."""
    local = _local(moment)
    day, at = local.date(), f"{local:%H:%M}"
    if local.time() == time.min:
        day, at = day - _ONE_DAY, "24:00"
    return f"{_day(day, year)} {at}"


def explain(received_at: datetime, n: int, mode: Mode, calendar: Calendar, counted_due: datetime | None = None) -> str:
    """One Chinese line that shows the count: receipt, limit, days skipped or added and why, the end, any warning.

    ``counted_due`` spares the counting when the caller has done it.
    """
    mode = Mode(mode)
    due = counted_due or due_at(received_at, n, mode, calendar)
    received = _local(received_at)
    start, year = received.date(), received.year
    parts = [f"{received:%Y-%m-%d %H:%M} 收到", _limit(n, mode)]
    if mode.uses_calendar:
        last, counted_from = due.date() - _ONE_DAY, start + n * _ONE_DAY
        if mode is Mode.WORKING:
            # With n = 0 the day of receipt itself is the target, and may have been rolled.
            counted_from = start + _ONE_DAY if n else start
        skipped, made_up = calendar.skipped(counted_from, last), calendar.made_up(counted_from, last)
        if skipped:
            parts.append(("跳过 " if mode is Mode.WORKING else "末日顺延,跳过 ") + _runs(skipped, year))
        if made_up:
            parts.append(f"计入 {_runs(made_up, year)}")
        warnings: Sequence[str] = calendar.warnings((counted_from, last))
    else:
        warnings = ()
    parts.append(f"{shown(due, year)} 截止")
    return ";".join([",".join(parts), *warnings])


def _limit(n: int, mode: Mode) -> str:
    if mode is Mode.HOURS:
        return f"{24 * n} 小时"
    if n == 0:
        return "当日"
    return f"{n} 个工作日" if mode is Mode.WORKING else f"{n} 个自然日"


def _day(day: date, year: int | None) -> str:
    return f"{day:%m-%d}" if day.year == year else day.isoformat()


def _runs(days: Sequence[tuple[date, str]], year: int) -> str:
    """Neighbouring days of one reason as one run: 10-04 至 10-07(国庆节)、10-10(周末)."""
    runs = [[days[0]]]
    for before, item in pairwise(days):
        if item[0] - before[0] == _ONE_DAY and item[1] == before[1]:
            runs[-1].append(item)
        else:
            runs.append([item])
    return "、".join(
        _day(run[0][0], year) + (f" 至 {_day(run[-1][0], year)}" if len(run) > 1 else "") + f"({run[0][1]})"
        for run in runs
    )
