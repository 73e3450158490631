"""What holds for every limit, whatever the day: order, zone, the shape of the last day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from workflow.due import SHANGHAI, Mode, Reminder, due_at, explain, is_late, quiet_until, reminder_moments
from workflow.workdays import Calendar

pytestmark = pytest.mark.clause("rules-2")

# Hypothesis wants naive bounds and adds the zone itself.
_FIRST, _LAST = (datetime.combine(day, time.min) for day in (date(2005, 1, 1), date(2031, 12, 31)))

# 2004–2026 are announced; the years after are not: both sorts are drawn.
moments = st.datetimes(_FIRST, _LAST, timezones=st.sampled_from([SHANGHAI, UTC]))
days = st.dates(date(2005, 1, 1), date(2031, 12, 31))
limits = st.integers(0, 40)
modes = st.sampled_from(Mode)
calendars = st.dictionaries(days, st.booleans(), max_size=8).map(Calendar.official)
ONE_DAY = timedelta(days=1)


@given(moments, limits, modes, calendars)
@example(datetime(2028, 2, 28, 23, 59, 59, tzinfo=SHANGHAI), 1, Mode.WORKING, Calendar.official())
@example(datetime(2026, 12, 31, 23, 59, 59, tzinfo=SHANGHAI), 1, Mode.WORKING, Calendar.official())
def test_the_result_is_aware_and_day_modes_end_at_midnight(
    received: datetime, n: int, mode: Mode, calendar: Calendar
) -> None:
    due = due_at(received, n, mode, calendar)
    assert due.tzinfo is SHANGHAI
    if mode is Mode.HOURS:
        assert due - received == n * ONE_DAY
    else:
        assert due.time() == time.min
        assert due > received


@given(moments, limits, limits, modes, calendars)
def test_more_days_are_never_due_earlier(received: datetime, n: int, more: int, mode: Mode, calendar: Calendar) -> None:
    assert due_at(received, n, mode, calendar) <= due_at(received, n + more, mode, calendar)


# Not NATURAL_ROLL (several natural days may roll to one working day), nor n = 0 (it may roll to day 1).
@given(moments, st.integers(1, 40), st.sampled_from([Mode.NATURAL, Mode.WORKING, Mode.HOURS]), calendars)
def test_each_further_day_counts(received: datetime, n: int, mode: Mode, calendar: Calendar) -> None:
    assert due_at(received, n, mode, calendar) < due_at(received, n + 1, mode, calendar)


@given(moments, st.timedeltas(timedelta(0), timedelta(days=40)), limits, modes, calendars)
def test_a_later_receipt_is_never_due_earlier(
    received: datetime, delay: timedelta, n: int, mode: Mode, calendar: Calendar
) -> None:
    assert due_at(received, n, mode, calendar) <= due_at(received + delay, n, mode, calendar)


@given(moments, limits, calendars)
def test_natural_is_the_strictest_and_working_the_mildest(received: datetime, n: int, calendar: Calendar) -> None:
    natural, roll, working = (
        due_at(received, n, mode, calendar) for mode in (Mode.NATURAL, Mode.NATURAL_ROLL, Mode.WORKING)
    )
    assert natural <= roll <= working


@given(moments, limits, calendars)
def test_rolled_and_working_limits_end_on_a_workday(received: datetime, n: int, calendar: Calendar) -> None:
    for mode in (Mode.NATURAL_ROLL, Mode.WORKING):
        assert calendar.is_workday(due_at(received, n, mode, calendar).date() - ONE_DAY)


@given(moments, st.integers(1, 40), calendars)
def test_a_working_limit_holds_exactly_n_workdays(received: datetime, n: int, calendar: Calendar) -> None:
    first = received.astimezone(SHANGHAI).date() + ONE_DAY
    end = due_at(received, n, Mode.WORKING, calendar).date()
    counted = [first + i * ONE_DAY for i in range((end - first).days)]
    assert sum(calendar.is_workday(day) for day in counted) == n


@given(moments, limits, modes, calendars)
def test_the_whole_of_the_last_day_is_on_time(received: datetime, n: int, mode: Mode, calendar: Calendar) -> None:
    due = due_at(received, n, mode, calendar)
    assert not is_late(due - timedelta(microseconds=1), due)
    assert is_late(due, due)


@given(moments, limits, modes, calendars)
def test_an_explanation_is_one_line_that_names_the_end(
    received: datetime, n: int, mode: Mode, calendar: Calendar
) -> None:
    text = explain(received, n, mode, calendar)
    assert "\n" not in text
    assert " 截止" in text
    due = due_at(received, n, mode, calendar)
    if mode.uses_calendar and n and not calendar.is_maintained((due - ONE_DAY).year):
        assert "节假日日历未维护" in text


@given(days, days, calendars)
def test_skipped_and_made_up_agree_with_the_calendar(one: date, other: date, calendar: Calendar) -> None:
    start = min(one, other)
    end = min(max(one, other), start + timedelta(days=60))
    span = [start + i * ONE_DAY for i in range((end - start).days + 1)]
    assert [day for day, _ in calendar.skipped(start, end)] == [day for day in span if not calendar.is_workday(day)]
    for day, _ in calendar.made_up(start, end):
        assert calendar.is_workday(day)
    unusual = {day for day, _ in calendar.made_up(start, end)}
    assert {day for day in span if calendar.is_workday(day) and day.weekday() >= 5} <= unusual


@given(days, calendars)
def test_next_workday_is_the_first_one_later(day: date, calendar: Calendar) -> None:
    following = calendar.next_workday(day)
    assert following > day
    assert calendar.is_workday(following)
    assert not any(calendar.is_workday(day + i * ONE_DAY) for i in range(1, (following - day).days))
    assert calendar.roll(day) == (day if calendar.is_workday(day) else following)


@given(moments, limits)
def test_reminders_are_ordered_unique_and_overdue_is_the_due_moment(due: datetime, n: int) -> None:
    ladder = reminder_moments(due, n)
    assert [moment for _, moment in ladder] == sorted(moment for _, moment in ladder)
    assert len(dict(ladder)) == len(ladder)
    assert dict(ladder)[Reminder.OVERDUE] == due


@given(moments)
def test_mail_waits_less_than_a_night_and_then_may_leave(ready: datetime) -> None:
    leaves = quiet_until(ready)
    assert timedelta(0) <= leaves - ready <= timedelta(hours=11)
    assert quiet_until(leaves) == leaves
    assert time(8) <= leaves.astimezone(SHANGHAI).time() < time(21)
