"""The fewest visits of a year by another way: cell by cell through the year, every useful number of visits tried."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from revisits.frequency import ONSITE, PHONE, Requirement

_DAY = timedelta(days=1)


def fewest(wanted: Sequence[Requirement], year: int) -> int:
    """Dynamic programming over the parts of the year between any two edges of the windows: in one part all days serve
    the same windows. State: what each window still lacks. A part of ``n`` days counts at most ``n`` times."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    windows = [(max(w.start, first), min(w.end, last), w.methods, w.count) for w in wanted]
    windows = [w for w in windows if w[0] <= w[1]]
    edges = sorted({first, last + _DAY} | {w[0] for w in windows} | {w[1] + _DAY for w in windows})
    states: dict[tuple[int, ...], int] = {tuple(w[3] for w in windows): 0}
    for start, after in pairwise(edges):
        days = (after - start).days
        inside = [w[0] <= start and w[1] >= after - _DAY for w in windows]
        if not any(inside):
            continue
        states = _through(states, windows, inside, days, after)
    return min(cost for lacks, cost in states.items() if not any(lacks))


_States = dict[tuple[int, ...], int]
_Window = tuple[date, date, frozenset[str], int]


def _through(states: _States, windows: Sequence[_Window], inside: Sequence[bool], days: int, after: date) -> _States:
    found: dict[tuple[int, ...], int] = {}
    for lacks, cost in states.items():
        most = min(days, max((lack for lack, there in zip(lacks, inside, strict=True) if there), default=0))
        for onsite in range(most + 1):
            for calls in range(min(days, 1) + 1):
                left = []
                for lack, there, (_, end, methods, _count) in zip(lacks, inside, windows, strict=True):
                    # A call and a visit of one day count once where either would do.
                    got = (onsite if ONSITE in methods else 0) + (calls if PHONE in methods else 0) if there else 0
                    rest = max(0, lack - min(got, days))
                    if rest and end < after:
                        break
                    left.append(rest)
                else:
                    key = tuple(left)
                    found[key] = min(found.get(key, 10**6), cost + onsite + calls)
    return found
