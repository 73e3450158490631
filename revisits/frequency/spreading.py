"""The fewest visits of many projects, spread over the weeks of a year and over the people who make them (rules,
section 1, "Drafting"). Pure.

Week by week: of the weeks that a visit's window leaves, the one that asks least of the team and of its visitor, where
visits on site of the same city are drawn together as long as a day or a person can take them; then the day.
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from itertools import groupby

from .days import DAY, days_of
from .drafting import Diary, Workday, slots_of
from .slots import Slot
from .terms import ONSITE, PHONE, Facts, Line, Policy

COMFORT = 5  # visits a week that are no burden to anybody, however small the plan
DAILY = 4  # visits on site that one person makes in one city on one day
APART = 28  # days that visits to one project keep where there is room
_TOGETHER = 1.5  # what a visit in a city where somebody goes anyway may weigh, in fair shares of a week
_CLOSE = 2.0  # what a visit right beside another one to the same project weighs
_EDGE = 0.4  # what a whole window's distance from its middle weighs


@dataclass(frozen=True, slots=True)
class Item:
    """A project of the plan: ``key`` names it, ``earlier`` are the lines of the years beside it, ``visitor`` is whoever
    is to go (None: nobody yet), ``city`` where to ("" unknown)."""

    key: Hashable
    facts: Facts
    earlier: Sequence[Line] = ()
    city: str = ""
    visitor: Hashable = None


@dataclass(frozen=True, slots=True)
class PlannedLine(Line):
    """A drafted visit and whoever is to make it."""

    visitor: Hashable = None


def draft_all(
    items: Iterable[Item], year: int, level: str, policy: Policy, *, is_workday: Workday
) -> dict[Hashable, list[PlannedLine]]:
    """The year's lines of every project, in the order of their dates: for each as few as ``draft`` gives,
    within the same windows."""
    projects = [(item, Diary(slots_of(item.facts, year, level, policy, item.earlier))) for item in items]
    board = _Board(year, is_workday, ((item.visitor, len(diary.waiting)) for item, diary in projects))
    waiting = [(slot, item, diary) for item, diary in projects for slot in diary.waiting]
    # Visits on site first, for they gather by cities; calls then fill the weeks that are left. Narrow windows first.
    for slot, item, diary in sorted(waiting, key=lambda w: (w[0].method == PHONE, w[0].days, w[1].city)):
        board.place(slot, item, diary)
    return {
        item.key: [PlannedLine(line.on, line.method, item.visitor) for line in diary.in_order()]
        for item, diary in projects
    }


class _Board:
    """What is planned so far, by weeks (Monday to Sunday, named by their Monday) and by days."""

    def __init__(self, year: int, is_workday: Workday, visits: Iterable[tuple[Hashable, int]]) -> None:
        days = days_of(year)
        self.worked = frozenset(day for day in days if is_workday(day))
        self.week = {day: day - timedelta(days=day.weekday()) for day in days}
        self.open = Counter(self.week[day] for day in self.worked)
        self.expected: Counter[Hashable] = Counter()
        for visitor, count in visits:
            self.expected[visitor] += count
        self.of_team: Counter[date] = Counter()  # by week, and below as well
        self.of_visitor: Counter[tuple[Hashable, date]] = Counter()
        self.to_city: set[tuple[Hashable, str, date]] = set()
        self.on_day: Counter[date] = Counter()
        self.of_visitor_on: Counter[tuple[Hashable, date]] = Counter()
        self.to_city_on: Counter[tuple[Hashable, str, date]] = Counter()

    def place(self, slot: Slot, item: Item, diary: Diary) -> None:
        """Date the slot and keep account of it."""
        city = item.city if slot.method == ONSITE else ""
        day = diary.place(slot, self.worked.__contains__, partial(self._choose, item.visitor, city))
        week = self.week[day]
        self.of_team[week] += 1
        self.on_day[day] += 1
        self.of_visitor[item.visitor, week] += 1
        self.of_visitor_on[item.visitor, day] += 1
        if city:
            self.to_city.add((item.visitor, city, week))
            self.to_city_on[item.visitor, city, day] += 1

    def _choose(self, visitor: Hashable, city: str, slot: Slot, days: Sequence[date], others: Collection[date]) -> date:
        middle = slot.start + timedelta(days=slot.days // 2)
        weeks = [(week, list(some)) for week, some in groupby(days, key=self.week.__getitem__)]

        def weight(of: tuple[date, list[date]]) -> float:
            week, (day, *_) = of
            near = min((abs((day - other).days) for other in others), default=APART)
            return (
                self._load(visitor, week)
                + _CLOSE * max(0, 1 - near / APART)
                + _EDGE * abs((day - middle).days) / slot.days
                - _TOGETHER * self._gathers(visitor, city, of)
            )

        def rank(day: date) -> tuple[int, int, int, int]:
            """In a city, where somebody goes anyway; then where the visitor, then the team has least to do."""
            return (
                self._apart_from_city(visitor, city, day),
                self.of_visitor_on[visitor, day],
                self.on_day[day],
                abs((day - middle).days),
            )

        return min(min(weeks, key=weight)[1], key=rank)

    def _gathers(self, visitor: Hashable, city: str, of: tuple[date, list[date]]) -> bool:
        """Whether the visitor goes to the city that week, and one of the days has room for one more visit there."""
        week, days = of
        going = (visitor, city, week) in self.to_city
        return going and any(self.to_city_on[visitor, city, day] < DAILY for day in days)

    def _load(self, visitor: Hashable, week: date) -> float:
        """What the team and the visitor have to do in a week, each in fair shares."""
        share = self.open[week] / max(1, len(self.worked))
        team = self.of_team[week] / max(COMFORT, self.expected.total() * share)
        return team + self.of_visitor[visitor, week] / max(COMFORT, self.expected[visitor] * share)

    def _apart_from_city(self, visitor: Hashable, city: str, day: date) -> int:
        """0: the visitor goes to the city that day and can make one more visit; 1: goes there the day before or after;
        2: neither."""
        before, count, after = (self.to_city_on[visitor, city, each] for each in (day - DAY, day, day + DAY))
        if 0 < count < DAILY:
            return 0
        return 1 if count == 0 and (before or after) else 2
