"""Arithmetic of days and months that the frequency rules rest on. Every window includes both its days."""

import calendar
from datetime import date, timedelta

DAY = timedelta(days=1)


def within(start: date, end: date, first: date, last: date) -> tuple[date, date] | None:
    """The common days of two windows."""
    begins, ends = max(start, first), min(end, last)
    return (begins, ends) if begins <= ends else None


def year_of(start: date, end: date) -> int:
    """The calendar year that holds more of a window's days; tie: the later. A window spans two years at most."""
    new_year = date(end.year, 1, 1)
    before, after = (new_year - start).days, (end - new_year).days + 1
    return start.year if before > after else end.year


def add_months(day: date, months: int) -> date:
    """The same day some months on, clamped to the month's end, always counted from the day itself."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return day_in(year, month + 1, day.day)


def month_end(year: int, month: int) -> date:
    return day_in(year, month, 31)


def day_in(year: int, month: int, day: int) -> date:
    """The day, or the month's last where the month is shorter: 29 February is 28 February in a common year."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=at) for at in range(365 + calendar.isleap(year))]
