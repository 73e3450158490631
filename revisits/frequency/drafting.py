"""A project's fewest visits on days people can work, and the fewest to add where some are planned already (rules,
section 1, "Drafting"). Pure."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date

from .days import DAY, within
from .slots import Slot, fewest_slots
from .terms import ONSITE, Facts, Line, Policy, Requirement
from .windows import requirements

MARGIN = 3  # days kept from a window's edges where there is room
Workday = Callable[[date], bool]
# Picks one of the days for the slot; the project's other visits are on the third.
Chooser = Callable[[Slot, Sequence[date], Collection[date]], date]


def weekday(day: date) -> bool:
    """Monday to Friday: what a caller without a calendar takes for a working day."""
    return day.weekday() < 5


def draft(
    facts: Facts,
    year: int,
    level: str,
    policy: Policy,
    earlier: Sequence[Line] = (),
    *,
    is_workday: Workday = weekday,
) -> list[Line]:
    """A plan year's lines, as few as can pass ``check``, in the order of their dates.

    ``earlier`` are the lines of the years beside it: a winter that one of them serves already asks for nothing.
    Dates fall on working days and away from the edges of their windows where these leave room; no date leaves its
    window for it.
    """
    return Diary(slots_of(facts, year, level, policy, earlier)).dated(is_workday, far_apart)


def slots_of(facts: Facts, year: int, level: str, policy: Policy, earlier: Iterable[Line]) -> list[Slot]:
    """The fewest visits of a plan year, undated."""
    return fewest_slots(_left(requirements(facts, year, level, policy), list(earlier), year))


def repair(
    lines: Iterable[Line],
    requirements: Iterable[Requirement],
    *,
    is_workday: Workday = weekday,
    taken: Iterable[date] = (),
    year: int | None = None,
    since: date | None = None,
) -> list[Line]:
    """The fewest lines that ``lines`` lack for ``check`` to pass, in the order of their dates (补齐).

    Among ``requirements`` are those whose gaps are to be closed: one, or all. Days in ``taken`` are avoided where a
    window leaves others. ``year``: the plan's year, which the new lines stay in. ``since``: no line before that day
    where the rest of a window can hold what it lacks.
    """
    known = set(lines)
    barred = frozenset(line.on for line in known if line.method == ONSITE)
    wanted = [_late(each, since, barred) for each in _left(requirements, known, year)]
    return Diary(fewest_slots(wanted, barred), {*taken, *(line.on for line in known)}).dated(is_workday, far_apart)


def _left(requirements: Iterable[Requirement], lines: Collection[Line], year: int | None) -> list[Requirement]:
    """What the lines leave undone, as far as it lies in the plan's year."""
    found = []
    for each in requirements:
        missing = each.count - each.met_by(lines)
        window = (each.start, each.end) if year is None else within(each.start, each.end, *_whole(year))
        if missing > 0 and window is not None:
            found.append(replace(each, start=window[0], end=window[1], count=missing))
    return found


def _whole(year: int) -> tuple[date, date]:
    return date(year, 1, 1), date(year, 12, 31)


def _late(wanted: Requirement, since: date | None, barred: Collection[date]) -> Requirement:
    """The rest of the window after ``since`` if that has room."""
    if since is None:
        return wanted
    rest = replace(wanted, start=max(since, wanted.start))
    free = rest.days - sum(rest.start <= day <= rest.end for day in barred)
    return rest if free >= rest.count else wanted


# --- dates


class Diary:
    """A project's slots while they are dated one by one: whatever day one gets, the others still find theirs.

    ``busy``: days that are avoided where others will do."""

    def __init__(self, slots: Iterable[Slot], busy: Collection[date] = ()) -> None:
        self.waiting = sorted(slots, key=lambda each: each.days)
        self.busy = frozenset(busy)
        self.lines: list[Line] = []

    def dated(self, is_workday: Workday, choose: Chooser) -> list[Line]:
        """Every slot on a day, the narrow ones first; the lines in the order of their dates."""
        for slot in list(self.waiting):
            self.place(slot, is_workday, choose)
        return self.in_order()

    def in_order(self) -> list[Line]:
        return sorted(self.lines, key=lambda line: (line.on, line.method))

    def place(self, slot: Slot, is_workday: Workday, choose: Chooser) -> date:
        """Date a slot that is waiting: not on a day that has such a visit, nor on one that another cannot spare."""
        self.waiting.remove(slot)
        same = [other for other in self.waiting if other.method == slot.method]
        used = {line.on for line in self.lines if line.method == slot.method}
        others = {*self.busy, *(line.on for line in self.lines)}
        days = [day for day in slot.open_days() if day not in used]
        while True:
            day = choose(slot, preferred(slot, days, others, is_workday), others)
            if fit(same, {*used, day}):
                self.lines.append(Line(day, slot.method))
                return day
            days.remove(day)


def preferred(slot: Slot, days: Sequence[date], others: Collection[date], is_workday: Workday) -> Sequence[date]:
    """Of the days that remain: working days away from the window's edges, without another visit to the project; else
    working days without one; else working days; else any."""
    margin = min(MARGIN, (slot.days - 1) // 2) * DAY
    first, last = slot.start + margin, slot.end - margin
    worked = [day for day in days if is_workday(day)]
    alone = [day for day in worked if day not in others]
    return [day for day in alone if first <= day <= last] or alone or worked or days


def fit(slots: Iterable[Slot], used: Collection[date]) -> bool:
    """Whether each slot finds a day of its own beside the used ones: in the order of their ends, the first free day."""
    found = set(used)
    for slot in sorted(slots, key=lambda each: each.end):
        day = slot.start
        while day in found or day in slot.barred:
            day += DAY
        if day > slot.end:
            return False
        found.add(day)
    return True


def far_apart(slot: Slot, days: Sequence[date], others: Collection[date]) -> date:
    """As far from the project's other visits as can be; then near the middle of the window."""
    middle = slot.start + (slot.days // 2) * DAY

    def liked(day: date) -> tuple[int, int]:
        return min((abs((day - other).days) for other in others), default=0), -abs((day - middle).days)

    return max(days, key=liked)
