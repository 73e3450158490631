"""Random projects with ugly dates against the second way of counting (``oracle``).

REVISIT_PROJECTS: how many (10000 takes some minutes); REVISIT_SEED: which.
"""

import os
import random
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from revisits.frequency import (
    DEPARTMENT,
    NORTH,
    ONSITE,
    OTHER,
    PHONE,
    SOUTH,
    UNIT,
    Climate,
    Facts,
    Item,
    Line,
    Policy,
    Requirement,
    Requirements,
    Season,
    check,
    draft,
    draft_all,
    moves_within,
    repair,
    requirements,
)
from tests.revisits import oracle

D = date
PROJECTS = int(os.environ.get("REVISIT_PROJECTS", "200"))
SEED = int(os.environ.get("REVISIT_SEED", "20261124"))
DAY = timedelta(days=1)
CLIMATES = {
    "north": NORTH,
    "south": SOUTH,
    "昆明": Climate(Season((5, 15), (10, 15)), Season((12, 10), (1, 31)), Season((7, 1), (7, 31))),
    "三亚": Climate(Season((12, 15), (2, 10)), Season((1, 1), (2, 29)), Season((4, 1), (11, 30))),
    "海口": Climate(Season((1, 10), (3, 5)), Season((12, 30), (1, 2)), Season((2, 29), (3, 1))),
}
EDGES = [(1, 1), (1, 2), (2, 28), (2, 29), (3, 1), (3, 31), (4, 30), (5, 31), (6, 30), (7, 1), (9, 30), (10, 1)]
EDGES += [(11, 15), (11, 30), (12, 1), (12, 30), (12, 31)]


def ugly_day(rng: random.Random) -> date:
    year = rng.randrange(2023, 2029)
    if rng.random() < 0.5:
        return D(year, 1, 1) + rng.randrange(365) * DAY
    month, day = rng.choice(EDGES)
    if (month, day) == (2, 29) and year % 4:
        day = 28
    return D(year, month, day)


def project(rng: random.Random) -> Facts:
    start = ugly_day(rng)
    end = rng.choice([ugly_day(rng), start + rng.choice([0, 1, 3, 6, 8, 20, 100, 364, 365, 730, 1825]) * DAY])
    start, end = min(start, end), max(start, end)
    return Facts(
        start,
        end,
        completed_on=rng.choice([None, None, start - rng.choice([1, 10, 40, 300]) * DAY, start + 20 * DAY]),
        serviced_until=rng.choice([None, None, end + rng.choice([1, 40, 200]) * DAY, max(start, end - 30 * DAY)]),
        key=rng.random() < 0.5,
        hvac=rng.random() < 0.5,
        region=rng.choice(list(CLIMATES)),
        ledger_approved_on=rng.choice([None, None, start + rng.choice([0, 1, 30, 200, 500]) * DAY, ugly_day(rng)]),
    )


def settings(rng: random.Random) -> Policy:
    return Policy(rng.choice([1, 1, 2, 7, 7, 15]), rng.random() < 0.4, rng.random() < 0.3, CLIMATES)


def weekday(day: date) -> bool:
    return day.weekday() < 5


@pytest.mark.clause("rules-1", "5.2.1", "5.2.2", "5.2.4")
def test_no_difference_from_the_oracle() -> None:
    rng = random.Random(SEED)
    for _ in range(PROJECTS):
        facts, policy = project(rng), settings(rng)
        level, year = rng.choice([UNIT, UNIT, UNIT, DEPARTMENT]), rng.randrange(facts.start.year, facts.end.year + 2)
        case = (facts, year, level, policy.min_window_days, policy.onsite_counts_as_phone, policy.rain_for_all)
        wanted = requirements(facts, year, level, policy)
        expected = oracle.asked(facts, year, level, policy)
        assert oracle.plain(wanted) == expected.due, case
        assert oracle.plain(wanted.waived) == expected.waived, case
        assert oracle.plain(wanted.missed) == expected.missed, case
        assert len(wanted) == len(expected.due), case
        lines = draft(facts, year, level, policy)
        passes(lines, wanted, year)
        assert len(lines) == oracle.fewest(wanted, year), case
        spread(facts, year, level, policy, wanted, len(lines))
        repaired(rng, lines, wanted, year)
        moved(rng, lines, wanted)


def passes(lines: Sequence[Line], wanted: Requirements, year: int) -> None:
    assert check(lines, wanted) == []
    assert oracle.lacking(lines, wanted) == set()
    assert list(lines) == sorted(set(lines), key=lambda line: (line.on, line.method))
    assert all(line.on.year == year for line in lines)


def spread(facts: Facts, year: int, level: str, policy: Policy, wanted: Requirements, count: int) -> None:
    twins = [Item(key, facts, (), "成都", "张") for key in range(2)]
    for lines in draft_all(twins, year, level, policy, is_workday=weekday).values():
        passes([Line(line.on, line.method) for line in lines], wanted, year)
        assert len(lines) == count


def repaired(rng: random.Random, lines: Sequence[Line], wanted: Requirements, year: int) -> None:
    """Some of the lines, some elsewhere: what is added closes every gap, and no less would do."""
    kept = [line for line in lines if rng.random() < 0.5]
    kept += [
        Line(each.start + rng.randrange(each.days) * DAY, rng.choice([PHONE, ONSITE, OTHER]))
        for each in wanted
        if rng.random() < 0.3
    ]
    gaps = {(gap.requirement.code, gap.requirement.start, gap.missing) for gap in check(kept, wanted)}
    assert gaps == oracle.lacking(kept, wanted)
    added = repair(kept, wanted, is_workday=weekday, year=year, taken=[line.on for line in lines])
    assert check([*kept, *added], wanted) == []
    assert not set(kept) & set(added)
    assert len(added) == len(set(added)) == oracle.fewest(wanted, year, kept)
    for gap in check(kept, wanted)[:1]:
        one = repair(kept, [gap.requirement], is_workday=weekday, year=year)
        assert len(one) == gap.missing
        assert check([*kept, *one], [gap.requirement]) == []
    late = repair(kept, wanted, is_workday=weekday, year=year, since=D(year, 8, 15))
    assert check([*kept, *late], wanted) == []


def moved(rng: random.Random, lines: Sequence[Line], wanted: Requirements) -> None:
    for line in lines[:3]:
        day = line.on + rng.randrange(-40, 41) * DAY
        left = [
            each
            for each in wanted
            if line.method in each.methods and line.on in window(each) and day not in window(each)
        ]
        assert moves_within(line, day, wanted) == left


def window(each: Requirement) -> set[date]:
    return {each.start + n * DAY for n in range((each.end - each.start).days + 1)}
