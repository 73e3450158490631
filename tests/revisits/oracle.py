"""The frequency rules a second time, another way: windows as sets of days, each day asked by itself; the fewest visits
cell by cell through the year, every useful number of them tried. Slow, and as near to the words of the rules as can be.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from revisits.frequency import ONSITE, OTHER, PHONE, Facts, Line, Policy, Requirement, Season

_DAY = timedelta(days=1)


class Asked(NamedTuple):
    code: str
    start: date
    end: date
    methods: frozenset[str]
    count: int


class Answer(NamedTuple):
    due: set[Asked]
    waived: set[Asked]
    missed: set[Asked]


def plain(requirements: Iterable[Requirement]) -> set[Asked]:
    return {Asked(r.code, r.start, r.end, r.methods, r.count) for r in requirements}


# --- what is asked


def asked(facts: Facts, year: int, level: str, policy: Policy) -> Answer:
    """Rules 1 to 7 and 9."""
    all_windows = _windows(facts, year, level, policy)
    last = max(facts.end, facts.serviced_until or facts.end).year + 1
    if all(
        len(days) < policy.min_window_days
        for each in range(facts.start.year, last + 1)
        for _, days, _, _ in _windows(facts, each, level, policy)
    ):
        parts = Counter(day.year for day in _span(facts.start, facts.end))
        longest = max(parts, key=lambda part: (parts[part], part))
        floor = [day for day in _span(facts.start, facts.end) if day.year == longest == year]
        only = [("至少一次", floor, {PHONE} if level == "unit" else {ONSITE}, 1)] if floor else []
        due, _, missed = _since(only, facts.ledger_approved_on, 1)
        return Answer(due, {_asked(*window) for window in all_windows}, missed)
    return _since(all_windows, facts.ledger_approved_on, policy.min_window_days)


_Days = tuple[str, list[date], set[str], int]


def _since(windows: Sequence[_Days], approved: date | None, shortest: int) -> Answer:
    answer = Answer(set(), set(), set())
    for code, days, methods, count in windows:
        left = [day for day in days if approved is None or day >= approved]
        if len(days) < shortest:
            answer.waived.add(_asked(code, days, methods, count))
        elif not left:
            answer.missed.add(_asked(code, days, methods, count))
        else:
            target = answer.due if len(left) >= shortest else answer.waived
            target.add(_asked(code, left, methods, min(count, len(left))))
    return answer


def _asked(code: str, days: list[date], methods: set[str], count: int) -> Asked:
    return Asked(code, days[0], days[-1], frozenset(methods), count)


def _windows(facts: Facts, year: int, level: str, policy: Policy) -> list[_Days]:
    warranty = [day for day in _year(year) if facts.start <= day <= facts.end]
    found: list[_Days] = []
    if level == "department":
        months = [(month, [day for day in warranty if day.month == month]) for month in range(1, 13)]
        return [(f"M{month}", days, {ONSITE}, 1) for month, days in months if days]
    for quarter in range(1, 5):
        days = [day for day in warranty if (day.month + 2) // 3 == quarter]
        found.append((f"Q{quarter}", days, {PHONE, ONSITE} if policy.onsite_counts_as_phone else {PHONE}, 1))
    found.append(("H1", [day for day in warranty if day.month <= 6], {ONSITE}, 1))
    found.append(("H2", [day for day in warranty if day.month > 6], {ONSITE}, 1))
    climate = policy.climates[facts.region]
    if facts.key:
        completed, serviced = facts.completed_on or facts.start, facts.serviced_until or facts.end
        k1 = [day for day in _span(completed, later(completed, 12)) if facts.start <= day <= facts.end]
        k2 = _span(serviced + _DAY, later(serviced, 12))
        for name, days, base in (("K1", k1, completed), ("K2", k2, serviced)):
            found.append((name, [day for day in days if day.year == year], {ONSITE}, _quota(days, base, year)))
            if days:
                found += _rain(climate.rain, name, days[0], days[-1], year, facts)
    if policy.rain_for_all:
        found += _rain(climate.rain, "", facts.start, facts.end, year, facts)
    if facts.hvac:
        for name, season in (("冬季", climate.winter), ("夏季", climate.summer)):
            for run in _seasons(season, year):
                days = [day for day in run if facts.start <= day <= facts.end]
                found.append((f"{name}{run[0].year}", _of_year(days, year, facts), {PHONE, ONSITE, OTHER}, 1))
    return [window for window in found if window[1] and window[3]]


def _quota(days: Sequence[date], base: date, year: int) -> int:
    segments = [[d for d in days if later(base, 3 * i) < d <= later(base, 3 * i + 3)] for i in range(4)]
    return sum(_majority(segment) == year for segment in segments if segment)


def _rain(season: Season, name: str, first: date, last: date, year: int, facts: Facts) -> list[_Days]:
    found: list[_Days] = []
    for run in _seasons(season, year):
        before = [run[0] - timedelta(days=n) for n in range(30, 0, -1)]
        for code, days in ((f"雨季前{name}", before), (f"雨季{name}", run)):
            inside = [day for day in days if first <= day <= last]
            found.append((code, _of_year(inside, year, facts), {PHONE, ONSITE, OTHER}, 1))
    return found


def _of_year(days: list[date], year: int, facts: Facts) -> list[date]:
    """The days, if they are asked of ``year``."""
    if not days:
        return []
    of = _majority(days)
    if facts.ledger_approved_on in days:
        of = max(of, facts.ledger_approved_on.year)
    return days if of == year else []


def _majority(days: Sequence[date]) -> int:
    votes = Counter(day.year for day in days)
    return max(votes, key=lambda each: (votes[each], each))


@cache
def _seasons(season: Season, year: int) -> list[list[date]]:
    """The unbroken runs of the season's days that begin in the year, the year before or the year after. 29 February
    stands for the last day of February."""

    def inside(day: date) -> bool:
        here = (day.month, day.day)
        last_of_february = (day + _DAY).day == 1 and day.month == 2
        since = here >= season.start or (last_of_february and season.start == (2, 29))
        until = here <= season.end
        return since and until if season.start <= season.end else since or until

    runs: list[list[date]] = []
    for day in _span(date(year - 2, 1, 1), date(year + 2, 12, 31)):
        if inside(day):
            if not inside(day - _DAY):
                runs.append([])
            if runs:
                runs[-1].append(day)
    return [run for run in runs if abs(run[0].year - year) <= 1]


@cache
def _year(year: int) -> list[date]:
    return _span(date(year, 1, 1), date(year, 12, 31))


def _span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def later(day: date, months: int) -> date:
    """The same day so many months on; where that month has no such day, its last."""
    first = day.replace(day=1)
    for _ in range(months):
        first = (first + timedelta(days=31)).replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return min(first + timedelta(days=day.day - 1), after - _DAY)


# --- what is lacking


def lacking(lines: Sequence[Line], wanted: Iterable[Requirement]) -> set[tuple[str, date, int]]:
    """Rule 8."""
    found = set()
    for each in wanted:
        days = [day for day in _span(each.start, each.end) if any(Line(day, how) in lines for how in each.methods)]
        if len(days) < each.count:
            found.add((each.code, each.start, each.count - len(days)))
    return found


# --- how few visits will do


def fewest(wanted: Sequence[Requirement], year: int, lines: Sequence[Line] = ()) -> int:
    """How many visits, beside ``lines``, satisfy everything. Dynamic programming over the parts of the year between any
    two edges of the windows: in one part all days serve the same windows. State: what each window still lacks."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    lacks = {(each.code, each.start): missing for each in wanted for missing in [_missing(each, lines)] if missing}
    windows = [
        (max(w.start, first), min(w.end, last), w.methods, lacks[w.code, w.start])
        for w in wanted
        if (w.code, w.start) in lacks
    ]
    windows = [w for w in windows if w[0] <= w[1]]
    edges = sorted({first, last + _DAY} | {w[0] for w in windows} | {w[1] + _DAY for w in windows})
    states: dict[tuple[int, ...], int] = {tuple(w[3] for w in windows): 0}
    for start, after in pairwise(edges):
        inside = [w[0] <= start and w[1] >= after - _DAY for w in windows]
        if any(inside):
            # A second visit on site on one day counts for nothing.
            spent = {line.on for line in lines if line.method == ONSITE and start <= line.on < after}
            states = _through(states, windows, inside, (after - start).days - len(spent), after)
    return min(cost for left, cost in states.items() if not any(left))


def _missing(each: Requirement, lines: Sequence[Line]) -> int:
    return sum(missing for _, _, missing in lacking(lines, [each]))


_States = dict[tuple[int, ...], int]
_Window = tuple[date, date, frozenset[str], int]


def _through(states: _States, windows: Sequence[_Window], inside: Sequence[bool], free: int, after: date) -> _States:
    """All that ``free`` days for visits on site, and at most one call, can do in one part of the year."""
    found: dict[tuple[int, ...], int] = {}
    for lacks, cost in states.items():
        most = min(free, max((lack for lack, there in zip(lacks, inside, strict=True) if there), default=0))
        for onsite in range(most + 1):
            for calls in (0, 1):
                left = []
                for lack, there, (_, end, methods, _count) in zip(lacks, inside, windows, strict=True):
                    got = (onsite if ONSITE in methods else 0) + (calls if PHONE in methods else 0) if there else 0
                    rest = max(0, lack - got)
                    if rest and end < after:
                        break
                    left.append(rest)
                else:
                    key = tuple(left)
                    found[key] = min(found.get(key, 10**6), cost + onsite + calls)
    return found
