"""The fewest visits that satisfy a project's year, each with the days it may fall on (rules, section 1, "Drafting").

Pure. How few: a call is due in each quarter, quarters are disjoint, so their number is given; what is left to choose is
which other windows a call may serve as well, and then the visits on site that the rest needs: intervals of which each
wants some distinct days, for which taking the latest days first is known to be least. Every choice of the calls is
tried (few: a quarter has as many parts as windows of other duties begin or end in it).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise, product

from .days import DAY
from .terms import ONSITE, OTHER, PHONE, Requirement

_CALL = frozenset({PHONE})
_NO_DAYS: frozenset[date] = frozenset()


@dataclass(slots=True)
class Slot:
    """A visit to be dated: any day of its window but the ``barred`` ones, on which the project has such a visit."""

    method: str
    start: date
    end: date
    barred: Collection[date] = _NO_DAYS

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def open_days(self) -> list[date]:
        """Every day it may fall on, in order."""
        every = (self.start + timedelta(days=at) for at in range(self.days))
        return [day for day in every if day not in self.barred]


def fewest_slots(wanted: Sequence[Requirement], barred: Collection[date] = _NO_DAYS) -> list[Slot]:
    """As few visits as can satisfy ``wanted``: those on site on different days, none of them ``barred``."""
    calls = [each for each in wanted if each.methods == _CALL]
    others = [each for each in wanted if each.methods != _CALL]
    free = [each for each in others if PHONE in each.methods]
    visits: dict[frozenset[Requirement], list[Slot]] = {}

    def slots(choice: Sequence[_Place]) -> list[Slot]:
        served = frozenset[Requirement]().union(*(place.served for place in choice))
        if served not in visits:
            visits[served] = _visits([each for each in others if each not in served], barred)
        return [Slot(PHONE, place.start, place.end) for place in choice] + visits[served]

    return min(map(slots, product(*(_places(call, free) for call in calls))), key=_narrowness)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in its quarter a call may fall, and which windows of any method it then serves."""

    start: date
    end: date
    served: frozenset[Requirement] = frozenset()


def _places(call: Requirement, free: Sequence[Requirement]) -> list[_Place]:
    """The whole of a quarter, and the parts of it in which different windows are served."""
    edges = {call.start, call.end + DAY}
    for each in free:
        edges |= {edge for edge in (each.start, each.end + DAY) if call.start < edge <= call.end}
    found = [_Place(call.start, call.end)]
    for start, after in pairwise(sorted(edges)):
        served = frozenset(each for each in free if each.start <= start and each.end >= after - DAY)
        if served:
            found.append(_Place(start, after - DAY, served))
    return found


def _visits(wanted: Sequence[Requirement], barred: Collection[date]) -> list[Slot]:
    """The fewest days that give each window its count of distinct days: window by window in the order of their ends,
    the latest days that are free. Each day is then as wide as the windows that count on it allow."""
    uses: dict[date, list[Requirement]] = {}
    for each in sorted(wanted, key=lambda w: w.end):
        inside = [day for day in uses if each.start <= day <= each.end]
        day = each.end
        while len(inside) < each.count and day >= each.start:
            if day not in uses and day not in barred:
                uses[day] = []
                inside.append(day)
            day -= DAY
        for counted in sorted(inside, key=lambda d: -len(uses[d]))[: each.count]:
            uses[counted].append(each)
    return [
        Slot(_method(used), max(window.start for window in used), min(window.end for window in used), barred)
        for used in uses.values()
    ]


def _method(used: Iterable[Requirement]) -> str:
    """On site where something wants it, and where any method will do (ambiguity 4); else, where a visit on site merely
    would count as the quarter's call, the call itself."""
    windows = list(used)
    if any(PHONE not in window.methods for window in windows):
        return ONSITE
    return PHONE if any(OTHER not in window.methods for window in windows) else ONSITE


def _narrowness(slots: Sequence[Slot]) -> tuple[int, list[int]]:
    """How many there are; of as many, how little room they leave: by the narrowest, then by the next."""
    return len(slots), sorted((-slot.days for slot in slots), reverse=True)
