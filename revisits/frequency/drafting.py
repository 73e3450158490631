"""The fewest visits that satisfy a project's year, on days people can work (rules, section 1, "Drafting").

Pure. How few: a call is due in each quarter, quarters are disjoint, so their number is given; what is left to choose is
which other windows a call may serve as well, and then the visits on site that the rest needs: intervals of which each
wants some distinct days, for which taking the latest days first is known to be least. Every choice of the calls that
matters is tried (few: those that serve more windows than another).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise, product

from .windows import ONSITE, OTHER, PHONE, Facts, Line, Policy, Requirement, requirements

_DAY = timedelta(days=1)
MARGIN = 3  # days kept from a window's edges where there is room
Workday = Callable[[date], bool]


def weekday(day: date) -> bool:
    """Monday to Friday: what a caller without a calendar takes for a working day."""
    return day.weekday() < 5


@dataclass(slots=True)
class Slot:
    """A visit to be dated: any day of its window will do, unless another visit on site has it."""

    method: str
    start: date
    end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


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

    ``earlier`` are the lines of the previous year's plan: a winter that one of them serves already asks for nothing.
    Dates fall on working days and away from the edges of their windows where these leave room; no date leaves its
    window for it.
    """
    wanted = []
    for each in requirements(facts, year, level, policy):
        left = each.count - each.met_by(earlier)
        begins, ends = max(each.start, date(year, 1, 1)), min(each.end, date(year, 12, 31))
        if left > 0 and begins <= ends:
            wanted.append(Requirement(each.code, begins, ends, each.methods, left, each.clause))
    return _dated(_fewest(wanted), is_workday)


def _fewest(wanted: Sequence[Requirement]) -> list[Slot]:
    calls = [each for each in wanted if each.methods == frozenset({PHONE})]
    others = [each for each in wanted if each.methods != frozenset({PHONE})]
    free = [each for each in others if PHONE in each.methods]
    best: list[Slot] | None = None
    for choice in product(*(_places(call, free) for call in calls)):
        served = {code for place in choice for code in place.served}
        visits = _visits([each for each in others if each.code not in served])
        slots = [Slot(PHONE, place.start, place.end) for place in choice] + visits
        if best is None or (len(slots), -_room(slots)) < (len(best), -_room(best)):
            best = slots
    return best or []


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in its quarter a call may fall, and which windows of any method it then serves."""

    start: date
    end: date
    served: frozenset[str] = field(default_factory=frozenset)


def _places(call: Requirement, free: Sequence[Requirement]) -> list[_Place]:
    """The parts of a quarter in which different windows are served; those that serve less than another are left out."""
    edges = {call.start, call.end + _DAY}
    for each in free:
        edges |= {edge for edge in (each.start, each.end + _DAY) if call.start < edge <= call.end}
    ordered = sorted(edges)
    found: dict[frozenset[str], _Place] = {}
    for start, after in pairwise(ordered):
        served = frozenset(each.code for each in free if each.start <= start and each.end >= after - _DAY)
        place = _Place(start, after - _DAY, served)
        if served not in found or place.end - place.start > found[served].end - found[served].start:
            found[served] = place
    whole = _Place(call.start, call.end)
    best = [p for p in found.values() if p.served and not any(p.served < other.served for other in found.values())]
    return [*best, whole]


def _visits(wanted: Sequence[Requirement]) -> list[Slot]:
    """The fewest days that give each window its count of distinct days: window by window in the order of their ends,
    the latest days that are free. Each day is then as wide as the windows that count on it allow."""
    days: list[date] = []
    uses: dict[date, list[Requirement]] = {}
    for each in sorted(wanted, key=lambda w: (w.end, w.start)):
        inside = [day for day in days if each.start <= day <= each.end]
        day = each.end
        while len(inside) < each.count:
            if day not in uses:
                days.append(day)
                uses[day] = []
                inside.append(day)
            day -= _DAY
        for counted in sorted(inside, key=lambda d: -len(uses[d]))[: each.count]:
            uses[counted].append(each)
    return [
        Slot(_method(used), max(window.start for window in used), min(window.end for window in used))
        for used in uses.values()
    ]


def _method(used: Iterable[Requirement]) -> str:
    """On site where something wants it, and where any method will do (ambiguity 4); else, where a visit on site merely
    would count as the quarter's call, the call itself."""
    windows = list(used)
    if any(PHONE not in window.methods for window in windows):
        return ONSITE
    return PHONE if any(OTHER not in window.methods for window in windows) else ONSITE


def _room(slots: Iterable[Slot]) -> int:
    return min((slot.days for slot in slots), default=0)


# --- dates


def _dated(slots: Sequence[Slot], is_workday: Workday) -> list[Line]:
    """Each slot on a day of its own, the narrow ones first, each as far from the others as it can be."""
    chosen: list[Line] = []
    for slot in sorted(slots, key=lambda each: (each.days, each.start)):
        taken = {line.on for line in chosen}
        day = _day_for(slot, taken, is_workday)
        if day is None:
            return _tight(slots)
        chosen.append(Line(day, slot.method))
    return sorted(chosen, key=lambda line: (line.on, line.method))


def _day_for(slot: Slot, taken: set[date], is_workday: Workday) -> date | None:
    """A working day away from the edges; else any working day; else any day of the window that is free."""
    margin = min(MARGIN, (slot.days - 1) // 2)
    every = [slot.start + at * _DAY for at in range(slot.days)]
    free = [day for day in every if day not in taken]
    inner = [day for day in free[margin : len(free) - margin] if is_workday(day)]
    candidates = inner or [day for day in free if is_workday(day)] or free
    if not candidates:
        return None
    middle = slot.start + (slot.days // 2) * _DAY

    def liked(day: date) -> tuple[int, int]:
        """Far from the other visits, then near the middle of the window."""
        return min((abs((day - other).days) for other in taken), default=0), -abs((day - middle).days)

    return max(candidates, key=liked)


def _tight(slots: Sequence[Slot]) -> list[Line]:
    """Windows of a day or two: day by day, whichever slot ends first. Calls stand in nobody's way."""
    lines = [Line(slot.start, slot.method) for slot in slots if slot.method == PHONE]
    left = [slot for slot in slots if slot.method != PHONE]
    day = min((slot.start for slot in left), default=date.min)
    while left:
        open_now = [slot for slot in left if slot.start <= day]
        if open_now:
            first = min(open_now, key=lambda slot: slot.end)
            lines.append(Line(day, first.method))
            left.remove(first)
        day += _DAY
    return sorted(lines, key=lambda line: (line.on, line.method))
