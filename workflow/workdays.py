"""The work calendar: which days are worked, and why a day is not.

Pure: no database, no clock of its own. Every date is a day in Asia/Shanghai.
Source: the state's calendar as kept by ``chinese_calendar`` (statutory holidays with their make-up
days, 调休上班); rows edited by the group override single days. A year that nobody has announced yet
counts Monday to Friday, and ``Calendar.warnings`` says so. Rules, section 2.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Protocol, Self

import chinese_calendar

WEEKEND = "周末"
MAKE_UP_WORK = "调休上班"
DECLARED_OFF = "日历调整放假"
DECLARED_WORK = "日历调整上班"

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5

# The library's short names, spelled as people say them in a sentence; others pass through.
_HOLIDAY_NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节"}


class HolidaySource(Protocol):
    """Who says which days are worked. ``is_workday`` and ``holiday`` are asked only about years it ``covers``."""

    def covers(self, year: int) -> bool: ...

    def is_workday(self, day: date) -> bool: ...

    def holiday(self, day: date) -> str | None: ...


@dataclass(frozen=True, slots=True)
class NoHolidays:
    """Knows no year: every year is Monday to Friday, and unmaintained."""

    def covers(self, year: int) -> bool:
        return False

    def is_workday(self, day: date) -> bool:
        return day.weekday() < _SATURDAY

    def holiday(self, day: date) -> str | None:
        return None


@cache
def _announced(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=4096)  # the library scans its whole table on every question
def _state_day(day: date) -> tuple[bool, str | None]:
    is_off, name = chinese_calendar.get_holiday_detail(day)
    if not is_off or name is None:
        return not is_off, None
    chinese = str(chinese_calendar.Holiday(name).chinese)
    return False, _HOLIDAY_NAMES.get(chinese, chinese)


@dataclass(frozen=True, slots=True)
class StateHolidays:
    """The State Council's calendar, as far as the library knows it (it raises for a year not yet announced)."""

    def covers(self, year: int) -> bool:
        return _announced(year)

    def is_workday(self, day: date) -> bool:
        return _state_day(day)[0]

    def holiday(self, day: date) -> str | None:
        """The holiday that gives this day off (days in lieu included), or None for a plain weekend or a workday."""
        return _state_day(day)[1]


def _plain(day: date) -> date:
    """Refuse a datetime: its date depends on a time zone, which only the caller knows."""
    if isinstance(day, datetime):
        raise TypeError("需要日期而不是时间:请先换算为北京时间的日期")
    return day


@dataclass(frozen=True, slots=True)
class Calendar:
    """An immutable work calendar. ``Calendar()`` is plain Monday to Friday; ``Calendar.official()`` is the state's.

    ``overrides`` (date → worked?) always win over the source. ``maintained`` names years that an
    administrator declares complete by rows although the source does not cover them.
    """

    overrides: Mapping[date, bool] = field(default_factory=dict, hash=False)
    source: HolidaySource = NoHolidays()
    maintained: Collection[int] = frozenset()

    def __post_init__(self) -> None:
        rows = {_plain(day): worked for day, worked in self.overrides.items()}
        object.__setattr__(self, "overrides", MappingProxyType(rows))
        object.__setattr__(self, "maintained", frozenset(self.maintained))

    @classmethod
    def official(cls, overrides: Mapping[date, bool] | None = None, maintained: Collection[int] = ()) -> Self:
        """The state's calendar with make-up days; ``overrides`` are the group's own rows on top of it."""
        return cls(overrides or {}, StateHolidays(), maintained)

    def is_workday(self, day: date) -> bool:
        """Whether the day is worked: an override, else the source, else Monday to Friday."""
        worked = self.overrides.get(_plain(day))
        if worked is not None:
            return worked
        return self.source.is_workday(day) if self.source.covers(day.year) else day.weekday() < _SATURDAY

    def roll(self, day: date) -> date:
        """The day itself when it is worked, else the first working day after it (NATURAL_ROLL)."""
        while not self.is_workday(day):
            day += _ONE_DAY
        return day

    def next_workday(self, day: date) -> date:
        """The first working day strictly after ``day``, whether or not ``day`` itself is worked."""
        return self.roll(_plain(day) + _ONE_DAY)

    def add_workdays(self, day: date, n: int) -> date:
        """The n-th working day after ``day``; ``day`` is never counted. n = 0 rolls. ValueError for n < 0."""
        if n < 0:
            raise ValueError("工作日数不能为负数")
        if n == 0:
            return self.roll(day)
        for _ in range(n):
            day = self.next_workday(day)
        return day

    def reason(self, day: date) -> str | None:
        """Why the day needs a word: 周末, the holiday's name, 调休上班, a row of the group; None: a plain workday."""
        weekend = _plain(day).weekday() >= _SATURDAY
        covered = self.source.covers(day.year)
        holiday = self.source.holiday(day) if covered else None
        if self.is_workday(day):
            if covered and weekend and self.source.is_workday(day):
                return MAKE_UP_WORK
            return DECLARED_WORK if weekend or holiday else None
        if holiday:
            return holiday
        return WEEKEND if weekend and not (covered and self.source.is_workday(day)) else DECLARED_OFF

    def skipped(self, start: date, end: date) -> list[tuple[date, str]]:
        """The days of [start, end], both included, that are not worked, each with its reason."""
        return [(day, reason) for day, reason in self._exceptions(start, end) if not self.is_workday(day)]

    def made_up(self, start: date, end: date) -> list[tuple[date, str]]:
        """The days of [start, end], both included, worked although weekday or holiday says otherwise (调休上班)."""
        return [(day, reason) for day, reason in self._exceptions(start, end) if self.is_workday(day)]

    def _exceptions(self, start: date, end: date) -> list[tuple[date, str]]:
        days = (_plain(start) + timedelta(days=i) for i in range((end - start).days + 1))
        return [(day, reason) for day in days if (reason := self.reason(day)) is not None]

    def is_maintained(self, year: int) -> bool:
        """Whether the year's holidays are known: covered by the source or declared complete by the group."""
        return year in self.maintained or self.source.covers(year)

    def warnings(self, when: int | Iterable[date]) -> tuple[str, ...]:
        """One Chinese warning for each unmaintained year among the dates (or for the one year given), in order."""
        years = {when} if isinstance(when, int) else {day.year for day in when}
        return tuple(
            f"节假日日历未维护:{year} 年暂按周一至周五计算工作日"
            for year in sorted(years)
            if not self.is_maintained(year)
        )
