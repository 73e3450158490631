"""What a change of the rules or of the calendar would move, as the page shows it before the change is confirmed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from organization.models import User
from workflow.models import Clock, ClockShift
from workflow.services.shifts import Shift

SHOWN = 50
OVERDUE, DATED = "逾期事实不变", "按要求日期"


@dataclass(frozen=True)
class ShiftRow:
    """``new_due_at`` is empty for a clock that stays; ``note`` says why, or that it would be overdue at once."""

    title: str
    unit: str
    received_at: datetime
    due_at: datetime
    new_due_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ShiftPreview:
    """The numbers are of all clocks, the rows of the first of each kind, soonest first."""

    open: int
    same: int
    moving: list[ShiftRow]
    moving_total: int
    late_total: int
    staying: list[ShiftRow]
    overdue_total: int
    dated_total: int


def shift_preview(shift: Shift, *, now: datetime, shown: int = SHOWN) -> ShiftPreview:
    """One query for what the rows show, however many clocks there are."""
    moving, overdue, dated = shift.moving[:shown], shift.overdue[:shown], shift.dated[:shown]
    words = _words(clock.pk for clock in (*(move.clock for move in moving), *overdue, *dated))
    return ShiftPreview(
        open=shift.open,
        same=shift.same,
        moving=[
            ShiftRow(
                *words.get(move.clock.pk, ("", "")),
                move.clock.received_at,
                move.clock.due_at,
                move.due_at,
                "立即逾期" if move.due_at <= now else "",
            )
            for move in moving
        ],
        moving_total=len(shift.moving),
        late_total=sum(move.due_at <= now for move in shift.moving),
        staying=[
            ShiftRow(*words.get(clock.pk, ("", "")), clock.received_at, clock.due_at, note=note)
            for clocks, note in ((overdue, OVERDUE), (dated, DATED))
            for clock in clocks
        ],
        overdue_total=len(shift.overdue),
        dated_total=len(shift.dated),
    )


def shifts_made(*, by: User, at: datetime) -> int:
    """How many clocks a person moved at a moment: what is said after a change was confirmed."""
    return ClockShift.objects.filter(by=by, at=at).count()


def _words(pks: Iterable[int]) -> dict[int, tuple[str, str]]:
    rows = Clock.objects.filter(pk__in=list(pks)).order_by().values_list("pk", "title", "unit__name")
    return {pk: (title, unit) for pk, title, unit in rows}
