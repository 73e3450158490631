"""The work calendar against the official calendar of 2026 (rules, section 2)."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from workflow.workdays import Calendar, NoHolidays

OFFICIAL = Calendar.official()
UNANNOUNCED = 2199

# Written out from the rules, not from the library: "off → make-up work".
OFF_2026 = [
    (date(2026, 1, 1), date(2026, 1, 3)),
    (date(2026, 2, 15), date(2026, 2, 23)),
    (date(2026, 4, 4), date(2026, 4, 6)),
    (date(2026, 5, 1), date(2026, 5, 5)),
    (date(2026, 6, 19), date(2026, 6, 21)),
    (date(2026, 9, 25), date(2026, 9, 27)),
    (date(2026, 10, 1), date(2026, 10, 7)),
]
MAKE_UP_2026 = {
    date(2026, 1, 4),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 5, 9),
    date(2026, 9, 20),
    date(2026, 10, 10),
}


@pytest.mark.clause("rules-2")
def test_every_day_of_2026_is_as_announced() -> None:
    for offset in range(365):
        day = date(2026, 1, 1) + timedelta(days=offset)
        off = any(first <= day <= last for first, last in OFF_2026)
        expected = day in MAKE_UP_2026 or (day.weekday() < 5 and not off)
        assert OFFICIAL.is_workday(day) is expected, day


@pytest.mark.clause("rules-2")
def test_make_up_days_of_2026_are_exactly_the_announced_ones() -> None:
    listed = OFFICIAL.made_up(date(2026, 1, 1), date(2026, 12, 31))
    assert {day for day, _ in listed} == MAKE_UP_2026
    assert {reason for _, reason in listed} == {"调休上班"}


@pytest.mark.parametrize(
    ("day", "following", "rolled"),
    [
        (date(2026, 3, 10), date(2026, 3, 11), date(2026, 3, 10)),  # a plain Tuesday
        (date(2026, 3, 13), date(2026, 3, 16), date(2026, 3, 13)),  # a Friday before a plain weekend
        (date(2026, 3, 14), date(2026, 3, 16), date(2026, 3, 16)),  # a plain Saturday
        (date(2026, 9, 30), date(2026, 10, 8), date(2026, 9, 30)),  # before National Day
        (date(2026, 10, 5), date(2026, 10, 8), date(2026, 10, 8)),  # inside it
        (date(2026, 5, 8), date(2026, 5, 9), date(2026, 5, 8)),  # the make-up Saturday follows
        (date(2026, 5, 9), date(2026, 5, 11), date(2026, 5, 9)),  # and is itself worked
    ],
)
def test_next_workday_is_strictly_later_and_roll_keeps_a_workday(day: date, following: date, rolled: date) -> None:
    assert OFFICIAL.next_workday(day) == following
    assert OFFICIAL.roll(day) == rolled


def test_add_workdays_never_counts_the_start() -> None:
    assert OFFICIAL.add_workdays(date(2026, 10, 3), 2) == date(2026, 10, 9)
    assert OFFICIAL.add_workdays(date(2026, 10, 8), 1) == date(2026, 10, 9)
    assert OFFICIAL.add_workdays(date(2026, 10, 9), 1) == date(2026, 10, 10)
    assert OFFICIAL.add_workdays(date(2026, 10, 9), 2) == date(2026, 10, 12)


def test_add_no_workdays_rolls_and_negative_is_refused() -> None:
    assert OFFICIAL.add_workdays(date(2026, 10, 3), 0) == date(2026, 10, 8)
    assert OFFICIAL.add_workdays(date(2026, 10, 8), 0) == date(2026, 10, 8)
    with pytest.raises(ValueError, match="负数"):
        OFFICIAL.add_workdays(date(2026, 10, 8), -1)


def test_skipped_names_each_day_off_and_both_ends_belong() -> None:
    assert OFFICIAL.skipped(date(2026, 10, 7), date(2026, 10, 11)) == [
        (date(2026, 10, 7), "国庆节"),
        (date(2026, 10, 11), "周末"),
    ]
    assert OFFICIAL.made_up(date(2026, 10, 7), date(2026, 10, 11)) == [(date(2026, 10, 10), "调休上班")]
    assert OFFICIAL.skipped(date(2026, 3, 10), date(2026, 3, 12)) == []
    assert OFFICIAL.skipped(date(2026, 10, 11), date(2026, 10, 7)) == []


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2026, 1, 1), "元旦"),
        (date(2026, 2, 17), "春节"),
        (date(2026, 4, 5), "清明节"),
        (date(2026, 5, 1), "劳动节"),
        (date(2026, 6, 19), "端午节"),
        (date(2026, 9, 25), "中秋节"),
        (date(2026, 10, 7), "国庆节"),  # a day in lieu
        (date(2026, 3, 14), "周末"),
        (date(2026, 5, 9), "调休上班"),
        (date(2026, 3, 10), None),
    ],
)
def test_reason_of_a_day(day: date, reason: str | None) -> None:
    assert OFFICIAL.reason(day) == reason


@pytest.mark.parametrize(
    ("day", "worked", "reason"),
    [
        (date(2026, 3, 10), False, "日历调整放假"),  # a workday given off
        (date(2026, 5, 9), False, "日历调整放假"),  # a make-up day given off
        (date(2026, 10, 8), False, "日历调整放假"),
        (date(2026, 3, 14), True, "日历调整上班"),  # a weekend worked
        (date(2026, 10, 1), True, "日历调整上班"),  # a holiday worked
        (date(2026, 3, 14), False, "周末"),  # rows that only repeat the calendar
        (date(2026, 10, 1), False, "国庆节"),
        (date(2026, 5, 9), True, "调休上班"),
        (date(2026, 3, 10), True, None),
    ],
)
def test_a_row_overrides_the_official_calendar(day: date, worked: bool, reason: str | None) -> None:
    calendar = Calendar.official({day: worked})
    assert calendar.is_workday(day) is worked
    assert calendar.reason(day) == reason
    neighbour = day + timedelta(days=1)
    assert calendar.is_workday(neighbour) is OFFICIAL.is_workday(neighbour)


@pytest.mark.clause("rules-2")
def test_a_year_not_announced_is_monday_to_friday_with_a_warning() -> None:
    monday = date(UNANNOUNCED, 1, 7)
    assert monday.weekday() == 0
    week = [OFFICIAL.is_workday(monday + timedelta(days=i)) for i in range(7)]
    assert week == [True] * 5 + [False] * 2
    assert OFFICIAL.reason(monday + timedelta(days=5)) == "周末"
    assert OFFICIAL.is_maintained(2026)
    assert not OFFICIAL.is_maintained(UNANNOUNCED)
    (warning,) = OFFICIAL.warnings(UNANNOUNCED)
    assert warning.startswith("节假日日历未维护")
    assert str(UNANNOUNCED) in warning


@pytest.mark.clause("rules-2")
def test_warnings_name_each_missing_year_once_in_order() -> None:
    days = [date(2200, 1, 1), date(2026, 3, 1), date(2199, 1, 1), date(2199, 12, 31)]
    assert [text.split(":")[1][:4] for text in OFFICIAL.warnings(days)] == ["2199", "2200"]
    assert OFFICIAL.warnings(2026) == ()
    assert OFFICIAL.warnings([]) == ()


def test_years_before_the_library_are_missing_too() -> None:
    assert not OFFICIAL.is_maintained(1999)
    assert OFFICIAL.is_workday(date(1999, 10, 1))  # a Friday: unknown, so worked


def test_one_row_does_not_maintain_a_year_but_a_declaration_does() -> None:
    holiday = date(UNANNOUNCED, 1, 7)
    one_row = Calendar.official({holiday: False})
    assert not one_row.is_workday(holiday)
    assert not one_row.is_maintained(UNANNOUNCED)
    declared = Calendar.official({holiday: False}, maintained=[UNANNOUNCED])
    assert declared.is_maintained(UNANNOUNCED)
    assert declared.warnings(UNANNOUNCED) == ()
    assert not declared.is_workday(holiday)


def test_the_plain_calendar_knows_no_holiday() -> None:
    calendar = Calendar(source=NoHolidays())
    assert calendar == Calendar()
    assert calendar.is_workday(date(2026, 10, 1))
    assert not calendar.is_workday(date(2026, 5, 9))
    assert not calendar.is_maintained(2026)


def test_a_calendar_cannot_be_changed_after_the_fact() -> None:
    rows = {date(2026, 3, 10): False}
    calendar = Calendar.official(rows)
    rows[date(2026, 3, 11)] = False
    assert calendar.is_workday(date(2026, 3, 11))
    with pytest.raises(TypeError):
        calendar.overrides[date(2026, 3, 11)] = False  # type: ignore[index]
    with pytest.raises(AttributeError):
        calendar.overrides = {}  # type: ignore[misc]
    assert calendar == Calendar.official({date(2026, 3, 10): False})
    assert hash(calendar) == hash(Calendar.official({date(2026, 3, 10): False}))
    assert calendar != OFFICIAL


@pytest.mark.parametrize("method", ["is_workday", "next_workday", "roll", "reason"])
def test_a_datetime_is_refused_since_its_day_depends_on_the_zone(method: str) -> None:
    with pytest.raises(TypeError, match="日期"):
        getattr(OFFICIAL, method)(datetime(2026, 3, 10, 9, 0, tzinfo=UTC))
    with pytest.raises(TypeError, match="日期"):
        Calendar({datetime(2026, 3, 10, tzinfo=UTC): False})


@pytest.mark.parametrize("module", ["workflow.workdays", "workflow.due"])
def test_the_pure_modules_load_without_django(module: str) -> None:
    code = f"import sys, {module}; sys.exit(any(m.split('.')[0] == 'django' for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
