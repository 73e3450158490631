"""What a project must get in a year, and what a plan lacks (clauses 5.2.1, 5.2.2).

Pure: dates in, plain data out; no database, no clock. Every date is a day in Asia/Shanghai, every window includes both
its days. Source: rules, section 1; resolved ambiguities 1 to 6 and 13. Raises ValueError for a warranty that ends
before it begins or an unknown level, region or method.
"""

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType

PHONE, ONSITE, OTHER = "phone", "onsite", "other"
ANY = frozenset({PHONE, ONSITE, OTHER})
UNIT, DEPARTMENT = "unit", "department"
_DAY = timedelta(days=1)
_RAIN_AHEAD = timedelta(days=30)
_YEAR, _SEGMENT, _SEGMENTS = 12, 3, 4


@dataclass(frozen=True, slots=True)
class Season:
    """Month and day of the first and the last day. A season whose end lies before its start spans New Year."""

    start: tuple[int, int]
    end: tuple[int, int]

    def beginning_in(self, year: int) -> tuple[date, date]:
        """The season that begins in ``year``; 29 February means the month's last day."""
        return _on(year, self.start), _on(year + (self.end < self.start), self.end)


@dataclass(frozen=True, slots=True)
class Climate:
    """The seasons of a region or a city [D]."""

    rain: Season
    winter: Season
    summer: Season


_SUMMER = Season((6, 1), (8, 31))
NORTH = Climate(Season((6, 1), (9, 30)), Season((11, 15), (3, 15)), _SUMMER)
SOUTH = Climate(Season((4, 1), (10, 31)), Season((12, 1), (2, 29)), _SUMMER)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the group may set [D]; each plan keeps the one it was checked with.

    ``min_window_days``: a shorter window cannot be planned and is waived (1: the literal reading).
    ``onsite_counts_as_phone``: a visit on site also satisfies the quarter's telephone call (ambiguity 1).
    ``rain_for_all``: the rain duty holds for every project during its warranty, not only for key ones (ambiguity 3).
    ``climates``: by region, or by a city's own name where it departs from its region.
    """

    min_window_days: int = 7
    onsite_counts_as_phone: bool = False
    rain_for_all: bool = False
    climates: Mapping[str, Climate] = field(default_factory=lambda: MappingProxyType({"north": NORTH, "south": SOUTH}))


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger says of a project. ``start`` and ``end`` are the warranty, both days included.

    ``completed_on`` None: the warranty's start; ``serviced_until`` (保修完成) None: its end (ambiguity 13).
    ``region`` names a climate of the policy. ``ledger_approved_on``: windows past by then are 历史缺失.
    """

    start: date
    end: date
    completed_on: date | None = None
    serviced_until: date | None = None
    key: bool = False
    hvac: bool = False
    region: str = "north"
    ledger_approved_on: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A planned visit."""

    on: date
    method: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """``count`` visits by one of ``methods`` within the window, on different days."""

    code: str
    start: date
    end: date
    methods: frozenset[str]
    count: int
    clause: str

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def met_by(self, lines: Iterable[Line]) -> int:
        """On how many different days a line matches, at most ``count``."""
        days = {line.on for line in lines if line.method in self.methods and self.start <= line.on <= self.end}
        return min(len(days), self.count)


@dataclass(frozen=True, slots=True)
class Gap:
    """A requirement that the lines do not satisfy, and how many visits it still lacks."""

    requirement: Requirement
    missing: int

    def __str__(self) -> str:
        r = self.requirement
        how = {frozenset({PHONE}): "电话", frozenset({ONSITE}): "现场"}.get(r.methods, "回访")
        return f"{r.code}({r.clause}):{r.start} 至 {r.end} 缺{how} {self.missing} 次"


class Requirements(list[Requirement]):
    """What must be done; apart from it what was ``waived`` (too short a window), and ``missed`` (历史缺失: past when
    the ledger was approved; it blocks nothing and counts in the key figures)."""

    def __init__(
        self, due: Iterable[Requirement], waived: Sequence[Requirement] = (), missed: Sequence[Requirement] = ()
    ) -> None:
        super().__init__(due)
        self.waived = tuple(waived)
        self.missed = tuple(missed)


# --- what is required


def requirements(facts: Facts, year: int, level: str, policy: Policy) -> Requirements:
    """Clause 5.2.1 (level "unit") or 5.2.2 ("department"): the windows of a plan year, each clipped to the warranty."""
    _check_facts(facts, level, policy)
    windows = list(_windows(facts, year, level, policy))
    if not any(_long_enough(w, policy) for each in _years(facts) for w in _windows(facts, each, level, policy)):
        floor = _floor(facts, year, level)
        return Requirements(_since_approval([floor] if floor else [], facts, policy, waive=False).due, windows)
    split = _since_approval(windows, facts, policy)
    return Requirements(split.due, split.waived, split.missed)


@dataclass(slots=True)
class _Split:
    due: list[Requirement] = field(default_factory=list)
    waived: list[Requirement] = field(default_factory=list)
    missed: list[Requirement] = field(default_factory=list)


def _since_approval(windows: Iterable[Requirement], facts: Facts, policy: Policy, *, waive: bool = True) -> _Split:
    """Rule 9: what lay before the ledger's approval is missed, what was under way begins with it; rule 7: the rest of a
    window may then be too short."""
    split = _Split()
    since = facts.ledger_approved_on
    for window in windows:
        if waive and not _long_enough(window, policy):
            split.waived.append(window)
        elif since is None or window.start >= since:
            split.due.append(window)
        elif window.end < since:
            split.missed.append(window)
        else:
            rest = _clipped(window, since, window.end)
            (split.due if not waive or _long_enough(rest, policy) else split.waived).append(rest)
    return split


def _windows(facts: Facts, year: int, level: str, policy: Policy) -> Iterable[Requirement]:
    if level == DEPARTMENT:
        yield from _parts(facts, year, "M", 1, frozenset({ONSITE}), "5.2.2")
        return
    calls = frozenset({PHONE, ONSITE}) if policy.onsite_counts_as_phone else frozenset({PHONE})
    yield from _parts(facts, year, "Q", 3, calls, "5.2.1a")
    yield from _parts(facts, year, "H", 6, frozenset({ONSITE}), "5.2.1b")
    climate = policy.climates[facts.region]
    if facts.key:
        for name, first, last, base in _key_years(facts):
            yield from _visits_of_key_year(name, first, last, base, year)
            yield from _rain(climate.rain, year, first, last, name)
    if policy.rain_for_all and not facts.key:
        yield from _rain(climate.rain, year, facts.start, facts.end, "")
    if facts.hvac:
        yield from _heating_and_cooling(facts, climate, year)


def _parts(
    facts: Facts, year: int, letter: str, months: int, methods: frozenset[str], clause: str
) -> Iterable[Requirement]:
    """Natural quarters, half-years or months of the year, as far as they lie within the warranty."""
    for number in range(12 // months):
        first = date(year, number * months + 1, 1)
        last = _month_end(year, (number + 1) * months)
        if found := _within(first, last, facts.start, facts.end):
            yield Requirement(f"{letter}{number + 1}", *found, methods, 1, clause)


def _key_years(facts: Facts) -> Iterable[tuple[str, date, date, date]]:
    """(name, first day, last day, base of the segments): the year after completion, as far as the warranty reaches, and
    the year after the warranty's completion (ambiguity 2)."""
    completed, serviced = facts.completed_on or facts.start, facts.serviced_until or facts.end
    if found := _within(completed, _add_months(completed, _YEAR), facts.start, facts.end):
        yield "K1", *found, completed
    yield "K2", serviced + _DAY, _add_months(serviced, _YEAR), serviced


def _visits_of_key_year(name: str, first: date, last: date, base: date, year: int) -> Iterable[Requirement]:
    """Four visits: each of the four segments belongs to the plan year that holds more of its days (tie: the later); the
    visits may lie anywhere in the year's part of the window."""
    quota = 0
    for number in range(_SEGMENTS):
        start = _add_months(base, number * _SEGMENT) + _DAY
        segment = _within(start, _add_months(base, (number + 1) * _SEGMENT), first, last)
        if segment is not None and _year_of(*segment) == year:
            quota += 1
    window = _within(first, last, date(year, 1, 1), date(year, 12, 31))
    if quota and window is not None:
        yield Requirement(name, *window, frozenset({ONSITE}), quota, "5.2.1c")


def _rain(rain: Season, year: int, first: date, last: date, name: str) -> Iterable[Requirement]:
    """Before the rain (thirty days) and during it, as far as the window reaches; any method (ambiguity 4)."""
    start, end = rain.beginning_in(year)
    for code, begins, ends in ((f"雨季前{name}", start - _RAIN_AHEAD, start - _DAY), (f"雨季{name}", start, end)):
        if found := _within(begins, ends, first, last):
            yield Requirement(code, *found, ANY, 1, "5.2.1d")


def _heating_and_cooling(facts: Facts, climate: Climate, year: int) -> Iterable[Requirement]:
    """One visit each winter and each summer of the warranty. A winter across New Year is one window, of the year that
    holds more of its clipped days (ambiguity 5)."""
    for code, season in (("冬季", climate.winter), ("夏季", climate.summer)):
        for begins in (year - 1, year):
            found = _within(*season.beginning_in(begins), facts.start, facts.end)
            if found is not None and _year_of(*found) == year:
                yield Requirement(f"{code}{begins}", *found, ANY, 1, "5.2.1e")


def _floor(facts: Facts, year: int, level: str) -> Requirement | None:
    """Rule 7: where every window of the whole warranty is too short, one visit in its longest part of a year."""
    parts = [
        found
        for each in _years(facts)
        if (found := _within(date(each, 1, 1), date(each, 12, 31), facts.start, facts.end))
    ]
    longest = max(parts, key=lambda part: (part[1] - part[0], part[0]))
    if longest[0].year != year:
        return None
    method, clause = (PHONE, "5.2.1a") if level == UNIT else (ONSITE, "5.2.2")
    return Requirement("至少一次", *longest, frozenset({method}), 1, clause)


# --- what is missing


def check(lines: Iterable[Line], requirements: Iterable[Requirement]) -> list[Gap]:
    """Rule 8: a line satisfies every requirement it matches, once each; identical lines count once. For a winter across
    New Year the lines of the other year's plan belong among ``lines``."""
    known = set(lines)
    gaps = ((each, each.count - each.met_by(known)) for each in requirements)
    return [Gap(each, missing) for each, missing in gaps if missing > 0]


# --- small arithmetic


def _check_facts(facts: Facts, level: str, policy: Policy) -> None:
    if facts.end < facts.start:
        raise ValueError("保修截止日期早于开始日期")
    if level not in (UNIT, DEPARTMENT):
        raise ValueError(f"no level {level!r}")
    if facts.region not in policy.climates:
        raise ValueError(f"no climate {facts.region!r}")


def _years(facts: Facts) -> range:
    """Every plan year that may ask for something: the warranty's, and the year after its completion."""
    last = max(facts.end, facts.serviced_until or facts.end)
    return range(min(facts.start, facts.completed_on or facts.start).year, last.year + 2)


def _long_enough(window: Requirement, policy: Policy) -> bool:
    return window.days >= policy.min_window_days


def _clipped(window: Requirement, start: date, end: date) -> Requirement:
    return Requirement(window.code, start, end, window.methods, window.count, window.clause)


def _within(start: date, end: date, first: date, last: date) -> tuple[date, date] | None:
    """The common days of two windows."""
    begins, ends = max(start, first), min(end, last)
    return (begins, ends) if begins <= ends else None


def _year_of(start: date, end: date) -> int:
    """The calendar year that holds more of a window's days; tie: the later. A window spans two years at most."""
    if start.year == end.year:
        return start.year
    before = (date(start.year, 12, 31) - start).days + 1
    return start.year if before > (end - date(end.year, 1, 1)).days + 1 else end.year


def _add_months(day: date, months: int) -> date:
    """The same day some months on, clamped to the month's end, always counted from the day itself."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _on(year: int, month_day: tuple[int, int]) -> date:
    month, day = month_day
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
