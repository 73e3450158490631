"""What a project must get in a year (clauses 5.2.1, 5.2.2).

Pure: dates in, plain data out; no database, no clock. Source: rules, section 1; resolved ambiguities 1 to 6 and 13.
Raises ValueError for a warranty that ends before it begins or an unknown level or region.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from .days import DAY, add_months, month_end, within, year_of
from .terms import ANY, DEPARTMENT, ONSITE, PHONE, UNIT, Climate, Facts, Policy, Requirement, Requirements, Season

_RAIN_AHEAD = timedelta(days=30)
_YEAR, _SEGMENT, _SEGMENTS = 12, 3, 4


def requirements(facts: Facts, year: int, level: str, policy: Policy) -> Requirements:
    """Clause 5.2.1 (level "unit") or 5.2.2 ("department"): the windows of a plan year, each clipped to the warranty."""
    _check_facts(facts, level, policy)
    windows = list(_windows(facts, year, level, policy))
    if not _any_long_enough(windows, policy) and not any(
        _any_long_enough(_windows(facts, each, level, policy), policy) for each in _years(facts)
    ):
        floor = _floor(facts, year, level)
        split = _since_approval([floor] if floor else [], facts, 1)
        return Requirements(split.due, windows, split.missed)
    split = _since_approval(windows, facts, policy.min_window_days)
    return Requirements(split.due, split.waived, split.missed)


@dataclass(slots=True)
class _Split:
    due: list[Requirement] = field(default_factory=list)
    waived: list[Requirement] = field(default_factory=list)
    missed: list[Requirement] = field(default_factory=list)


def _since_approval(windows: Iterable[Requirement], facts: Facts, shortest: int) -> _Split:
    """Rule 7: what is shorter than ``shortest`` days is waived. Rule 9: what lay before the ledger's approval is
    missed; what was under way begins with it, may then be too short, and holds no more visits than it has days."""
    split = _Split()
    since = facts.ledger_approved_on
    for window in windows:
        if window.days < shortest:
            split.waived.append(window)
        elif since is None or window.start >= since:
            split.due.append(window)
        elif window.end < since:
            split.missed.append(window)
        else:
            days = (window.end - since).days + 1
            rest = replace(window, start=since, count=min(window.count, days))
            (split.due if days >= shortest else split.waived).append(rest)
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
            yield from _rain(facts, climate.rain, year, first, last, name)
    if policy.rain_for_all:
        yield from _rain(facts, climate.rain, year, facts.start, facts.end, "")
    if facts.hvac:
        yield from _heating_and_cooling(facts, climate, year)


def _parts(
    facts: Facts, year: int, letter: str, months: int, methods: frozenset[str], clause: str
) -> Iterable[Requirement]:
    """Natural quarters, half-years or months of the year, as far as they lie within the warranty."""
    for number in range(12 // months):
        first = date(year, number * months + 1, 1)
        last = month_end(year, (number + 1) * months)
        if found := within(first, last, facts.start, facts.end):
            yield Requirement(f"{letter}{number + 1}", *found, methods, 1, clause)


def _key_years(facts: Facts) -> Iterable[tuple[str, date, date, date]]:
    """(name, first day, last day, base of the segments): the year after completion, as far as the warranty reaches, and
    the year after the warranty's completion (ambiguity 2)."""
    completed, serviced = facts.completed_on or facts.start, facts.serviced_until or facts.end
    if found := within(completed, add_months(completed, _YEAR), facts.start, facts.end):
        yield "K1", *found, completed
    yield "K2", serviced + DAY, add_months(serviced, _YEAR), serviced


def _visits_of_key_year(name: str, first: date, last: date, base: date, year: int) -> Iterable[Requirement]:
    """Four visits: each of the four segments belongs to the plan year that holds more of its days (tie: the later); the
    visits may lie anywhere in the year's part of the window."""
    quota = 0
    for number in range(_SEGMENTS):
        start = add_months(base, number * _SEGMENT) + DAY
        segment = within(start, add_months(base, (number + 1) * _SEGMENT), first, last)
        if segment is not None and year_of(*segment) == year:
            quota += 1
    window = within(first, last, date(year, 1, 1), date(year, 12, 31))
    if quota and window is not None:
        yield Requirement(name, *window, frozenset({ONSITE}), quota, "5.2.1c")


def _rain(facts: Facts, rain: Season, year: int, first: date, last: date, name: str) -> Iterable[Requirement]:
    """Before the rain (thirty days) and during it, as far as [first, last] reaches; any method (ambiguity 4). A rain of
    the group's own that begins in January is looked after in the December before it."""
    for begins in (year - 1, year, year + 1):
        start, end = rain.beginning_in(begins)
        for code, opens, closes in ((f"雨季前{name}", start - _RAIN_AHEAD, start - DAY), (f"雨季{name}", start, end)):
            found = within(opens, closes, first, last)
            if found and _planned_in(*found, facts) == year:
                yield Requirement(code, *found, ANY, 1, "5.2.1d")


def _heating_and_cooling(facts: Facts, climate: Climate, year: int) -> Iterable[Requirement]:
    """One visit each winter and each summer of the warranty. A winter across New Year is one window (ambiguity 5)."""
    for code, season in (("冬季", climate.winter), ("夏季", climate.summer)):
        for begins in (year - 1, year):
            found = within(*season.beginning_in(begins), facts.start, facts.end)
            if found and _planned_in(*found, facts) == year:
                yield Requirement(f"{code}{begins}", *found, ANY, 1, "5.2.1e")


def _planned_in(start: date, end: date, facts: Facts) -> int:
    """The plan year of a window across New Year: the one that holds more of its clipped days (tie: the later), but none
    before the ledger's approval (rule 9): a visit could no longer be planned there."""
    since = facts.ledger_approved_on
    year = year_of(start, end)
    return max(year, since.year) if since is not None and since <= end else year


def _floor(facts: Facts, year: int, level: str) -> Requirement | None:
    """Rule 7: where every window of the whole warranty is too short, one visit in its longest part of a year."""
    parts = [
        found
        for each in _years(facts)
        if (found := within(date(each, 1, 1), date(each, 12, 31), facts.start, facts.end))
    ]
    first, last = max(parts, key=lambda part: (part[1] - part[0], part))
    if first.year != year:
        return None
    method, clause = (PHONE, "5.2.1a") if level == UNIT else (ONSITE, "5.2.2")
    return Requirement("至少一次", first, last, frozenset({method}), 1, clause)


# --- small parts


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
    return range(facts.start.year, last.year + 2)


def _any_long_enough(windows: Iterable[Requirement], policy: Policy) -> bool:
    return any(window.days >= policy.min_window_days for window in windows)
