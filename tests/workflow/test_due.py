"""Time limits: every worked example of the rules, and one second either side of each limit."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from workflow.due import (
    SHANGHAI,
    Mode,
    Reminder,
    due_at,
    explain,
    is_late,
    quiet_until,
    reminder_moments,
    shown,
)
from workflow.workdays import Calendar

OFFICIAL = Calendar.official()
SECOND = timedelta(seconds=1)
DAY_MODES = (Mode.NATURAL, Mode.NATURAL_ROLL, Mode.WORKING)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def end_of(text: str) -> datetime:
    """24:00 of a day."""
    return at(text) + timedelta(days=1)


# (received, n, NATURAL, ROLL, WORKING): the day shown, whose 24:00 is the limit. The ids are the numbers in the rules.
EXAMPLES = [
    pytest.param("2026-03-10 09:20", 2, "03-12", "03-12", "03-12", id="1"),
    pytest.param("2026-03-10 23:59", 2, "03-12", "03-12", "03-12", id="2"),
    pytest.param("2026-03-11 00:00", 2, "03-13", "03-13", "03-13", id="3"),
    pytest.param("2026-10-03 12:00", 2, "10-05", "10-08", "10-09", id="6"),
    pytest.param("2026-05-08 10:00", 2, "05-10", "05-11", "05-11", id="8"),
    pytest.param("2026-04-03 18:00", 1, "04-04", "04-07", "04-07", id="10"),
    pytest.param("2026-02-28 10:00", 1, "03-01", "03-02", "03-02", id="11"),
    pytest.param("2026-02-27 10:00", 3, "03-02", "03-02", "03-03", id="13"),
]


@pytest.mark.clause("rules-2")
@pytest.mark.parametrize(("received", "n", "natural", "roll", "working"), EXAMPLES)
def test_worked_examples_of_the_table(received: str, n: int, natural: str, roll: str, working: str) -> None:
    expected = dict(zip(DAY_MODES, (natural, roll, working), strict=True))
    for mode, day in expected.items():
        due = due_at(at(received), n, mode, OFFICIAL)
        assert due == end_of(f"2026-{day}"), mode
        assert shown(due, 2026) == f"{day} 24:00"


@pytest.mark.clause("rules-2")
@pytest.mark.parametrize(("received", "n", "natural", "roll", "working"), EXAMPLES)
def test_one_second_either_side_of_each_limit(received: str, n: int, natural: str, roll: str, working: str) -> None:
    """Example 20."""
    for mode in Mode:
        due = due_at(at(received), n, mode, OFFICIAL)
        assert not is_late(due - SECOND, due)
        assert is_late(due, due)
        assert is_late(due + SECOND, due)


@pytest.mark.clause("rules-2")
def test_hours_count_to_the_minute() -> None:
    """Example 2."""
    assert due_at(at("2026-03-10 23:59"), 2, Mode.HOURS, OFFICIAL) == at("2026-03-12 23:59")
    assert due_at(at("2026-03-10 23:59:07"), 2, Mode.HOURS, OFFICIAL) == at("2026-03-12 23:59:07")


@pytest.mark.clause("G4")
def test_at_once_is_overdue_24_hours_after_receipt() -> None:
    due = due_at(at("2026-10-01 16:30"), 1, Mode.HOURS, OFFICIAL)
    assert due == at("2026-10-02 16:30")
    assert not is_late(at("2026-10-02 16:29:59"), due)
    assert is_late(at("2026-10-02 16:30:00"), due)


@pytest.mark.clause("rules-2")
@pytest.mark.clause("5.5.2")
@pytest.mark.clause("5.5.3")
def test_rework_gives_each_receipt_its_own_day() -> None:
    """Example 15."""
    first = due_at(at("2026-05-11 10:00"), 1, Mode.NATURAL, OFFICIAL)
    assert first == end_of("2026-05-12")
    assert not is_late(at("2026-05-12 15:00"), first)
    second = due_at(at("2026-05-13 09:00"), 1, Mode.NATURAL, OFFICIAL)
    assert second == end_of("2026-05-14")
    passed = at("2026-05-14 11:00")
    assert not is_late(passed, second)
    assert due_at(passed, 1, Mode.NATURAL, OFFICIAL) == end_of("2026-05-15")


@pytest.mark.clause("rules-2")
@pytest.mark.clause("5.5.2")
def test_a_return_half_an_hour_past_midnight_is_half_an_hour_late() -> None:
    """Example 16."""
    due = due_at(at("2026-05-11 10:00"), 1, Mode.NATURAL, OFFICIAL)
    returned = at("2026-05-13 00:30")
    assert is_late(returned, due)
    assert returned - due == timedelta(minutes=30)


@pytest.mark.clause("rules-2")
@pytest.mark.clause("5.5.4")
def test_reapproval_is_due_the_day_after_it_is_submitted() -> None:
    """Example 17."""
    # Thursday before the Dragon Boat holiday: the default mode does not roll, the others do.
    submitted = at("2026-06-18 16:00")
    assert due_at(submitted, 1, Mode.NATURAL, OFFICIAL) == end_of("2026-06-19")
    assert due_at(submitted, 1, Mode.NATURAL_ROLL, OFFICIAL) == end_of("2026-06-22")
    assert due_at(submitted, 1, Mode.WORKING, OFFICIAL) == end_of("2026-06-22")


@pytest.mark.clause("rules-2")
@pytest.mark.clause("5.4.2")
def test_late_registration_leaves_what_is_left() -> None:
    """Example 18."""
    due = due_at(at("2026-03-10 08:00"), 2, Mode.NATURAL, OFFICIAL)
    assert due == end_of("2026-03-12")
    registered = at("2026-03-12 20:00")
    assert due - registered == timedelta(hours=4)
    assert not is_late(registered, due)
    assert is_late(at("2026-03-13 09:00"), due)  # born overdue


@pytest.mark.clause("rules-2")
@pytest.mark.clause("5.4.2")
@pytest.mark.parametrize(
    ("handed_over", "last_day"), [("2026-03-10 16:30", "2026-03-12"), ("2026-03-11 00:10", "2026-03-13")]
)
def test_a_complaint_to_the_group_runs_from_the_hand_over(handed_over: str, last_day: str) -> None:
    """Example 19."""
    assert due_at(at(handed_over), 2, Mode.NATURAL, OFFICIAL) == end_of(last_day)


@pytest.mark.clause("rules-2")
def test_the_boundary_is_midnight() -> None:
    """Example 20."""
    due = due_at(at("2026-03-10 09:20"), 2, Mode.NATURAL, OFFICIAL)
    assert not is_late(at("2026-03-12 23:59:59"), due)
    assert is_late(at("2026-03-13 00:00:00"), due)


@pytest.mark.parametrize("mode", DAY_MODES)
def test_the_second_before_and_after_midnight_are_different_start_days(mode: Mode) -> None:
    before = due_at(at("2026-03-10 23:59:59"), 2, mode, OFFICIAL)
    after = due_at(at("2026-03-11 00:00:00"), 2, mode, OFFICIAL)
    assert (before, after) == (end_of("2026-03-12"), end_of("2026-03-13"))


@pytest.mark.parametrize(
    ("received", "n", "mode", "last_day"),
    [
        ("2028-02-28 10:00", 1, Mode.NATURAL, "2028-02-29"),  # leap day
        ("2028-02-28 10:00", 2, Mode.NATURAL, "2028-03-01"),
        ("2027-02-28 10:00", 1, Mode.NATURAL, "2027-03-01"),
        ("2024-02-28 10:00", 1, Mode.WORKING, "2024-02-29"),
        ("2025-12-30 10:00", 2, Mode.NATURAL, "2026-01-01"),  # year end, into New Year's holiday
        ("2025-12-30 10:00", 2, Mode.NATURAL_ROLL, "2026-01-04"),  # 01-04 is a make-up Sunday
        ("2025-12-30 10:00", 2, Mode.WORKING, "2026-01-04"),
        ("2025-12-31 23:59:59", 1, Mode.NATURAL, "2026-01-01"),
    ],
)
def test_leap_day_and_year_end(received: str, n: int, mode: Mode, last_day: str) -> None:
    assert due_at(at(received), n, mode, OFFICIAL) == end_of(last_day)


@pytest.mark.clause("rules-2")
def test_a_missing_year_counts_monday_to_friday() -> None:
    # 2199-10-01 is a Tuesday; nobody has announced its National Day.
    received = at("2199-09-30 10:00")
    assert due_at(received, 2, Mode.WORKING, OFFICIAL) == end_of("2199-10-02")
    assert due_at(received, 5, Mode.NATURAL_ROLL, OFFICIAL) == end_of("2199-10-07")
    assert "节假日日历未维护:2199 年" in explain(received, 2, Mode.WORKING, OFFICIAL)
    assert "未维护" not in explain(received, 2, Mode.NATURAL, OFFICIAL)
    assert "未维护" not in explain(at("2026-03-10 09:00"), 2, Mode.WORKING, OFFICIAL)


def test_the_groups_own_day_off_moves_the_limit() -> None:
    calendar = Calendar.official({date(2026, 3, 12): False})
    received = at("2026-03-10 09:20")
    assert due_at(received, 2, Mode.NATURAL, calendar) == end_of("2026-03-12")
    assert due_at(received, 2, Mode.NATURAL_ROLL, calendar) == end_of("2026-03-13")
    assert due_at(received, 2, Mode.WORKING, calendar) == end_of("2026-03-13")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (Mode.NATURAL, end_of("2026-10-03")),
        (Mode.NATURAL_ROLL, end_of("2026-10-08")),
        (Mode.WORKING, end_of("2026-10-08")),
        (Mode.HOURS, at("2026-10-03 12:00")),
    ],
)
def test_a_limit_of_no_days(mode: Mode, expected: datetime) -> None:
    assert due_at(at("2026-10-03 12:00"), 0, mode, OFFICIAL) == expected


@pytest.mark.parametrize("mode", list(Mode))
def test_negative_limits_and_naive_moments_are_refused(mode: Mode) -> None:
    with pytest.raises(ValueError, match="负数"):
        due_at(at("2026-03-10 09:20"), -1, mode, OFFICIAL)
    with pytest.raises(ValueError, match="时区"):
        due_at(at("2026-03-10 09:20").replace(tzinfo=None), 1, mode, OFFICIAL)
    with pytest.raises(ValueError, match="时区"):
        explain(at("2026-03-10 09:20").replace(tzinfo=None), 1, mode, OFFICIAL)


def test_naive_moments_are_refused_everywhere() -> None:
    aware = at("2026-03-10")
    naive = aware.replace(tzinfo=None)
    for call in (
        lambda: is_late(naive, aware),
        lambda: is_late(aware, naive),
        lambda: reminder_moments(naive, 2),
        lambda: quiet_until(naive),
        lambda: shown(naive),
    ):
        with pytest.raises(ValueError, match="时区"):
            call()


@pytest.mark.parametrize("mode", list(Mode))
def test_the_zone_of_the_input_does_not_matter(mode: Mode) -> None:
    # 16:30 UTC is already the next day in Shanghai.
    in_utc = datetime(2026, 3, 10, 16, 30, tzinfo=UTC)
    due = due_at(in_utc, 2, mode, OFFICIAL)
    assert due == due_at(at("2026-03-11 00:30"), 2, mode, OFFICIAL)
    assert due.tzinfo is SHANGHAI
    assert due_at(in_utc.astimezone(timezone(timedelta(hours=-7))), 2, mode, OFFICIAL) == due


def test_a_mode_is_found_by_its_stored_value_and_unknown_ones_are_refused() -> None:
    assert [mode.value for mode in Mode] == ["natural", "natural_roll", "working", "hours"]
    assert due_at(at("2026-10-03 12:00"), 2, Mode("working"), OFFICIAL) == end_of("2026-10-09")
    with pytest.raises(ValueError):
        due_at(at("2026-10-03 12:00"), 2, "weeks", OFFICIAL)  # type: ignore[arg-type]


def test_labels_are_chinese_and_distinct() -> None:
    for kind in (Mode, Reminder):
        labels = [member.label for member in kind]
        assert len(set(labels)) == len(labels)
        assert all("一" <= label[0] <= "鿿" for label in labels)


@pytest.mark.parametrize(
    ("received", "n", "mode", "words"),
    [
        (
            "2026-10-03 12:00",
            2,
            Mode.WORKING,
            "2026-10-03 12:00 收到,2 个工作日,跳过 10-04 至 10-07(国庆节),10-09 24:00 截止",
        ),
        ("2026-10-03 12:00", 2, Mode.NATURAL, "2026-10-03 12:00 收到,2 个自然日,10-05 24:00 截止"),
        (
            "2026-10-03 12:00",
            2,
            Mode.NATURAL_ROLL,
            "2026-10-03 12:00 收到,2 个自然日,末日顺延,跳过 10-05 至 10-07(国庆节),10-08 24:00 截止",
        ),
        ("2026-10-03 12:00", 2, Mode.HOURS, "2026-10-03 12:00 收到,48 小时,10-05 12:00 截止"),
        (
            "2026-05-08 10:00",
            2,
            Mode.WORKING,
            "2026-05-08 10:00 收到,2 个工作日,跳过 05-10(周末),计入 05-09(调休上班),05-11 24:00 截止",
        ),
        (
            "2026-04-02 10:00",
            7,
            Mode.WORKING,
            "2026-04-02 10:00 收到,7 个工作日,跳过 04-04 至 04-06(清明节)、04-11 至 04-12(周末),04-14 24:00 截止",
        ),
        ("2026-12-31 10:00", 1, Mode.NATURAL, "2026-12-31 10:00 收到,1 个自然日,2027-01-01 24:00 截止"),
        (
            "2025-12-31 10:00",
            1,
            Mode.WORKING,
            "2025-12-31 10:00 收到,1 个工作日,跳过 2026-01-01 至 2026-01-03(元旦),"
            "计入 2026-01-04(调休上班),2026-01-04 24:00 截止",
        ),
        ("2026-03-10 09:20", 0, Mode.NATURAL, "2026-03-10 09:20 收到,当日,03-10 24:00 截止"),
        (
            "2026-10-03 12:00",
            0,
            Mode.WORKING,
            "2026-10-03 12:00 收到,当日,跳过 10-03 至 10-07(国庆节),10-08 24:00 截止",
        ),
    ],
)
def test_the_due_moment_explains_itself(received: str, n: int, mode: Mode, words: str) -> None:
    assert explain(at(received), n, mode, OFFICIAL) == words


def test_a_due_moment_is_shown_as_people_say_it() -> None:
    assert shown(at("2026-03-13 00:00")) == "2026-03-12 24:00"
    assert shown(at("2026-03-13 00:00"), 2026) == "03-12 24:00"
    assert shown(at("2026-03-13 00:01"), 2026) == "03-13 00:01"
    assert shown(at("2027-01-01 00:00"), 2026) == "12-31 24:00"
    assert shown(at("2027-01-02 00:00"), 2026) == "2027-01-01 24:00"
    assert shown(datetime(2026, 3, 12, 16, 0, tzinfo=UTC)) == "2026-03-12 24:00"
