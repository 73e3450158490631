"""The reminder ladder and the quiet hours, to the second."""

from datetime import UTC, datetime, time, timedelta

import pytest

from workflow.due import LADDER, SHANGHAI, QuietHours, Reminder, Rung, quiet_until, reminder_moments, resumed


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.clause("rules-2")
def test_the_ladder_of_two_days() -> None:
    assert reminder_moments(at("2026-03-13 00:00"), 2) == (
        (Reminder.BEFORE_24H, at("2026-03-12 00:00")),
        (Reminder.BEFORE_4H, at("2026-03-12 20:00")),
        (Reminder.OVERDUE, at("2026-03-13 00:00")),
        (Reminder.AFTER_24H, at("2026-03-14 00:00")),
        (Reminder.AFTER_48H, at("2026-03-15 00:00")),
    )


@pytest.mark.clause("rules-2")
@pytest.mark.parametrize(("n", "has_day_before"), [(0, False), (1, False), (2, True), (3, True)])
def test_the_day_before_is_announced_only_for_two_days_and_more(n: int, has_day_before: bool) -> None:
    kinds = [kind for kind, _ in reminder_moments(at("2026-03-13 00:00"), n)]
    assert (Reminder.BEFORE_24H in kinds) is has_day_before
    assert kinds[-4:] == [Reminder.BEFORE_4H, Reminder.OVERDUE, Reminder.AFTER_24H, Reminder.AFTER_48H]


@pytest.mark.clause("G3")
@pytest.mark.parametrize(
    ("waits_for", "old", "new", "goes_on_with"),
    [
        ("before_24h", 2, 5, "before_24h"),
        ("before_24h", 2, 1, "before_4h"),  # one day is not announced a day ahead
        ("before_4h", 1, 2, "before_24h"),  # nothing was sent yet
        ("before_4h", 2, 5, "before_4h"),  # the day before was
        ("overdue", 2, 5, "overdue"),
        ("after_48h", 1, 2, "after_48h"),
        ("", 2, 2, "before_24h"),
    ],
)
def test_a_changed_limit_sends_nothing_twice(waits_for: str, old: int, new: int, goes_on_with: str) -> None:
    assert resumed(waits_for, old, new).kind == goes_on_with


def test_the_groups_own_ladder_comes_out_in_order() -> None:
    ladder = (*LADDER[2:], Rung(Reminder.BEFORE_4H, timedelta(hours=-6)))
    moments = reminder_moments(at("2026-03-12 12:00"), 2, ladder)
    assert moments[0] == (Reminder.BEFORE_4H, at("2026-03-12 06:00"))
    assert [moment for _, moment in moments] == sorted(moment for _, moment in moments)


@pytest.mark.clause("rules-2")
@pytest.mark.parametrize(
    ("ready", "leaves"),
    [
        ("2026-03-12 20:59:59", "2026-03-12 20:59:59"),
        ("2026-03-12 21:00:00", "2026-03-13 08:00:00"),
        ("2026-03-12 23:59:59", "2026-03-13 08:00:00"),
        ("2026-03-13 00:00:00", "2026-03-13 08:00:00"),
        ("2026-03-13 07:59:59", "2026-03-13 08:00:00"),
        ("2026-03-13 08:00:00", "2026-03-13 08:00:00"),
        ("2026-03-13 12:00:00", "2026-03-13 12:00:00"),
        ("2026-12-31 21:00:00", "2027-01-01 08:00:00"),
        ("2028-02-28 22:00:00", "2028-02-29 08:00:00"),
    ],
)
def test_no_mail_at_night(ready: str, leaves: str) -> None:
    assert quiet_until(at(ready)) == at(leaves)


@pytest.mark.clause("rules-2")
def test_night_is_night_in_shanghai() -> None:
    assert quiet_until(datetime(2026, 3, 12, 13, 0, tzinfo=UTC)) == at("2026-03-13 08:00")
    assert quiet_until(datetime(2026, 3, 12, 12, 59, 59, tzinfo=UTC)) == at("2026-03-12 20:59:59")


@pytest.mark.clause("rules-2")
def test_only_the_overdue_fact_may_disturb() -> None:
    assert [kind for kind in Reminder if kind.may_disturb] == [Reminder.OVERDUE]


def test_quiet_hours_are_the_groups_to_set() -> None:
    siesta = QuietHours(time(12, 0), time(14, 0))
    assert quiet_until(at("2026-03-12 11:59:59"), siesta) == at("2026-03-12 11:59:59")
    assert quiet_until(at("2026-03-12 12:00"), siesta) == at("2026-03-12 14:00")
    assert quiet_until(at("2026-03-12 23:00"), siesta) == at("2026-03-12 23:00")
    never = QuietHours(time(8, 0), time(8, 0))
    assert quiet_until(at("2026-03-12 03:00"), never) == at("2026-03-12 03:00")


@pytest.mark.parametrize(
    ("quiet", "inside", "outside"),
    [
        (QuietHours(), ["21:00:00", "00:00:00", "07:59:59"], ["08:00:00", "20:59:59"]),
        (QuietHours(time(12), time(14)), ["12:00:00", "13:59:59"], ["14:00:00", "11:59:59", "23:00:00"]),
        (QuietHours(time(8), time(8)), [], ["08:00:00", "00:00:00", "21:00:00"]),
    ],
)
def test_quiet_hours_include_their_start_and_not_their_end(
    quiet: QuietHours, inside: list[str], outside: list[str]
) -> None:
    assert all(time.fromisoformat(text) in quiet for text in inside)
    assert not any(time.fromisoformat(text) in quiet for text in outside)
