"""A plan's visits over the weeks of the year, the people and the cities (rules, section 1, "Drafting")."""

import hashlib
import random
import time
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest

from revisits.frequency import (
    DEPARTMENT,
    ONSITE,
    PHONE,
    UNIT,
    Facts,
    Item,
    Line,
    PlannedLine,
    Policy,
    check,
    draft,
    draft_all,
    requirements,
)
from workflow.workdays import Calendar

D = date
DAY = timedelta(days=1)
WORKED = Calendar.official().is_workday
Drafted = dict[object, list[PlannedLine]]


def team(projects: int, cities: int, people: int, seed: int = 1) -> list[Item]:
    """Projects of every kind; who goes is decided by the city."""
    rng = random.Random(seed)
    items = []
    for key in range(projects):
        start = D(2024, 1, 1) + rng.randrange(1000) * DAY
        facts = Facts(
            start,
            start + rng.choice([730, 730, 1825]) * DAY,
            key=rng.random() < 0.3,
            hvac=rng.random() < 0.4,
            region=rng.choice(["north", "south"]),
        )
        city = rng.randrange(cities)
        items.append(Item(key, facts, (), f"市{city}", f"员{city % people}" if people else None))
    return items


def whole_years(projects: int, city: str = "", visitor: str | None = None) -> list[Item]:
    return [Item(key, Facts(D(2025, 1, 1), D(2027, 12, 31)), (), city, visitor) for key in range(projects)]


def drafted(items: list[Item], level: str = UNIT, year: int = 2026) -> Drafted:
    return draft_all(items, year, level, Policy(), is_workday=WORKED)


def monday(day: date) -> date:
    return day - day.weekday() * DAY


TEAM = team(240, 12, 6)


@pytest.fixture(scope="module")
def plan() -> Drafted:
    return drafted(TEAM)


@pytest.mark.clause("5.2.1", "5.2.4")
def test_each_project_gets_as_few_lines_as_alone_and_passes(plan: Drafted) -> None:
    assert list(plan) == [item.key for item in TEAM]
    for item in TEAM:
        lines = [Line(line.on, line.method) for line in plan[item.key]]
        alone = draft(item.facts, 2026, UNIT, Policy())
        assert check(lines, requirements(item.facts, 2026, UNIT, Policy())) == []
        assert Counter(line.method for line in lines) == Counter(line.method for line in alone)
        assert lines == sorted(set(lines), key=lambda line: (line.on, line.method))
        assert {line.visitor for line in plan[item.key]} == ({item.visitor} if lines else set())


@pytest.mark.clause("5.2.2")
def test_the_departments_months() -> None:
    for item, lines in zip(TEAM[:20], drafted(TEAM[:20], DEPARTMENT).values(), strict=True):
        assert check(lines, requirements(item.facts, 2026, DEPARTMENT, Policy())) == []


@pytest.mark.clause("5.2.1e")
def test_what_the_year_before_serves_is_not_drafted_again() -> None:
    facts = Facts(D(2026, 12, 27), D(2027, 1, 5), hvac=True)
    earlier = Item("a", facts, (Line(D(2026, 12, 28), PHONE),))
    found = drafted([earlier, Item("b", facts)], year=2027)
    assert found["a"] == []
    assert [(line.method, line.visitor) for line in found["b"]] == [(ONSITE, None)]


def test_no_projects_no_plan() -> None:
    assert drafted([]) == {}


@pytest.mark.clause("5.2.1")
def test_on_working_days_and_away_from_the_edges(plan: Drafted) -> None:
    lines = [line for lines in plan.values() for line in lines]
    assert all(WORKED(line.on) for line in lines)
    for line in (each for item, each in _wide(plan)):
        assert D(2026, 1, 4) <= line.on <= D(2026, 12, 28)
    # A window of nothing but holidays is kept all the same.
    holiday = Item("x", Facts(D(2026, 10, 1), D(2026, 10, 7)))
    assert {line.on.month for line in drafted([holiday])["x"]} == {10}
    nobody_works = draft_all([holiday], 2026, UNIT, Policy(), is_workday=lambda _: False)
    assert len(nobody_works["x"]) == 2


def _wide(plan: Drafted) -> list[tuple[Item, PlannedLine]]:
    """The lines of projects under warranty all through the year."""
    whole = [item for item in TEAM if item.facts.start <= D(2026, 1, 1) and item.facts.end >= D(2026, 12, 31)]
    return [(item, line) for item in whole for line in plan[item.key]]


@pytest.mark.clause("5.2.1")
def test_every_week_has_about_its_share(plan: Drafted) -> None:
    weeks = Counter(monday(line.on) for lines in plan.values() for line in lines)
    worked = Counter(monday(day) for day in (D(2026, 1, 1) + n * DAY for n in range(365)) if WORKED(day))
    share = weeks.total() / worked.total()
    assert all(count <= 1.7 * share * worked[week] for week, count in weeks.items())
    turns = [monday(D(2026, month, 1)) for month in (1, 4, 7, 10)]  # windows end there: fewer of their days will do
    least = min(weeks[week] / worked[week] for week in worked if week not in turns)
    assert least >= 0.6 * share


@pytest.mark.clause("5.2.1")
def test_nobodys_week_is_crowded(plan: Drafted) -> None:
    lines = [line for lines in plan.values() for line in lines]
    assert {round(count / 50) for count in Counter(line.visitor for line in lines).values()} <= {3, 4, 5, 6}
    assert max(Counter((line.visitor, monday(line.on)) for line in lines).values()) <= 10  # two a day
    days = Counter((line.visitor, line.on) for line in lines)
    assert max(days.values()) <= 6


@pytest.mark.clause("5.2.1")
def test_visits_of_one_city_are_made_on_the_same_or_neighbouring_days(plan: Drafted) -> None:
    on = Counter((item.city, line.on) for item in TEAM for line in plan[item.key] if line.method == ONSITE)
    together = sum(
        count for (city, day), count in on.items() if count > 1 or on[city, day - DAY] or on[city, day + DAY]
    )
    assert together >= 0.95 * on.total()
    by_person = Counter(
        (item.city, item.visitor, line.on) for item in TEAM for line in plan[item.key] if line.method == ONSITE
    )
    assert max(by_person.values()) == 4


@pytest.mark.clause("5.2.1")
def test_visits_to_one_project_stay_apart(plan: Drafted) -> None:
    gaps = []
    for item in TEAM:
        if item.facts.start.year < 2026 < item.facts.end.year:
            gaps += [(after.on - before.on).days for before, after in pairwise(plan[item.key])]
    assert sorted(gaps)[len(gaps) // 20] >= 18
    assert min(gaps) >= 7


@pytest.mark.clause("5.2.1")
def test_a_citys_few_projects_are_one_journey() -> None:
    found = drafted(whole_years(4, "成都", "张"))
    for half in (0, 1):
        days = {lines_on_site(lines)[half].on for lines in found.values()}
        assert len(days) == 1  # as many as one person can make on a day
    found = drafted(whole_years(5, "成都", "张"))
    for half in (0, 1):
        days = Counter(lines_on_site(lines)[half].on for lines in found.values())
        assert max(days.values()) == 4
    # Without a city, or with people of their own, they are no journey.
    for items in (whole_years(4), [Item(k, i.facts, (), "成都", f"员{k}") for k, i in enumerate(whole_years(4))]):
        found = drafted(items)
        assert len({lines_on_site(lines)[0].on for lines in found.values()}) == 4


def lines_on_site(lines: list[PlannedLine]) -> list[PlannedLine]:
    return [line for line in lines if line.method == ONSITE]


@pytest.mark.clause("5.2.1")
def test_a_city_takes_no_more_visits_than_a_day_has_room_for() -> None:
    """Three days are worked, the first alone in its week: four visits to the city, then the other week's days."""
    june = Facts(D(2026, 6, 1), D(2026, 6, 30))
    items = [Item(key, june, (), "", "张") for key in range(40)]
    items += [Item(100 + key, june, (), "成都", "张") for key in range(10)]
    worked = {D(2026, 6, 12), D(2026, 6, 22), D(2026, 6, 24)}
    found = draft_all(items, 2026, UNIT, Policy(), is_workday=worked.__contains__)
    days = Counter(line.on for key, lines in found.items() if key >= 100 for line in lines_on_site(lines))
    assert set(days) <= worked
    assert max(days.values()) == 4
    # Two days that are full make each other no emptier: the third of the week is taken.
    worked = {D(2026, 6, 15), D(2026, 6, 16), D(2026, 6, 18)}
    items = [Item(key, june, (), "成都", "张") for key in range(12)]
    found = draft_all(items, 2026, UNIT, Policy(), is_workday=worked.__contains__)
    days = Counter(line.on for lines in found.values() for line in lines_on_site(lines))
    assert set(days.values()) == {4}


@pytest.mark.clause("5.2.1")
def test_a_persons_own_week_counts_beside_the_teams() -> None:
    """Sixty projects of one person, sixty of nobody: that person's calls lie evenly."""
    items = [*whole_years(60, "", "张"), *(Item(100 + i.key, i.facts) for i in whole_years(60))]
    found = drafted(items)
    mine = Counter(monday(line.on) for key, lines in found.items() if key < 100 for line in lines)
    assert max(mine.values()) <= 10


def test_the_same_projects_get_the_same_days_on_every_machine(plan: Drafted) -> None:
    """The days of a known team, as one figure. Whatever changes them is meant to; then the figure changes too."""
    assert drafted(TEAM) == plan
    text = "\n".join(f"{key} {line.on} {line.method}" for key, lines in plan.items() for line in lines)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "97b3b2128874d22d"


@pytest.mark.clause("5.2.1")
def test_a_units_projects_are_drafted_in_a_second() -> None:
    """700 projects take half a second of a machine that does nothing else; of a busy one the better of three counts."""
    items = team(700, 20, 10)

    def seconds() -> float:
        before = time.process_time()
        drafted(items)
        return time.process_time() - before

    assert any(seconds() < 3 for _ in range(3))
