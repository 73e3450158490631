"""Closing gaps with the fewest visits (补齐), moving a visit within its windows (改期), and the days of a draft."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from revisits.frequency import (
    ANY,
    ONSITE,
    OTHER,
    PHONE,
    UNIT,
    Facts,
    Line,
    Policy,
    Requirement,
    check,
    draft,
    moves_within,
    repair,
    requirements,
)
from revisits.frequency.drafting import Diary, far_apart, fit, preferred, weekday
from revisits.frequency.slots import Slot, fewest_slots

D = date
DAY = timedelta(days=1)
V1 = Facts(D(2025, 6, 1), D(2027, 5, 31))
V4 = Facts(D(2026, 4, 10), D(2028, 4, 9), key=True)


def wanted(facts: Facts, year: int = 2026, policy: Policy = Policy()) -> list[Requirement]:  # noqa: B008
    return requirements(facts, year, UNIT, policy)


def asked(start: date, end: date, methods: set[str], count: int = 1, code: str = "X") -> Requirement:
    return Requirement(code, start, end, frozenset(methods), count, "5.2.1")


def every_day(_: date) -> bool:
    return True


# --- 补齐


@pytest.mark.clause("5.2.1", "5.2.4")
def test_repair_of_nothing_is_the_draft_and_of_a_whole_plan_nothing() -> None:
    lines = draft(V4, 2026, UNIT, Policy())
    assert repair([], wanted(V4)) == lines
    assert repair(lines, wanted(V4)) == []


@pytest.mark.clause("5.2.1", "5.2.4")
def test_repair_adds_one_visit_that_closes_several_gaps() -> None:
    lines = draft(V4, 2026, UNIT, Policy())
    left = [line for line in lines if not (line.method == ONSITE and line.on.month < 7)]
    assert len(left) == len(lines) - 1
    gaps = check(left, wanted(V4))
    assert {gap.requirement.code for gap in gaps} == {"H1", "K1", "雨季前K1"}
    (added,) = repair(left, wanted(V4))
    assert added.method == ONSITE
    assert check([*left, added], wanted(V4)) == []


@pytest.mark.clause("5.2.4")
def test_repair_closes_the_one_gap_it_is_given() -> None:
    (h2,) = (each for each in wanted(V1) if each.code == "H2")
    (added,) = repair([], [h2])
    assert (added.method, added.on.month > 6) == (ONSITE, True)
    assert {gap.requirement.code for gap in check([added], wanted(V1))} == {"Q1", "Q2", "Q3", "Q4", "H1"}


@pytest.mark.clause("5.2.1c")
def test_repair_counts_days_that_have_a_visit_on_site_as_spent() -> None:
    k1 = asked(D(2026, 3, 2), D(2026, 3, 5), {ONSITE}, 4)
    lines = [Line(D(2026, 3, 5), ONSITE), Line(D(2026, 3, 4), PHONE)]
    added = repair(lines, [k1])
    assert [line.on.day for line in added] == [2, 3, 4]
    assert check([*lines, *added], [k1]) == []


@pytest.mark.clause("5.2.1c")
def test_repair_does_what_can_be_done_of_what_cannot() -> None:
    k1 = asked(D(2026, 3, 2), D(2026, 3, 3), {ONSITE}, 4)
    assert [line.on.day for line in repair([], [k1])] == [2, 3]
    assert [line.on.day for line in repair([Line(D(2026, 3, 2), ONSITE)], [k1])] == [3]


@pytest.mark.clause("5.2.1a")
def test_repair_may_call_on_the_day_of_a_visit() -> None:
    q1 = asked(D(2026, 3, 2), D(2026, 3, 2), {PHONE})
    assert repair([Line(D(2026, 3, 2), ONSITE)], [q1]) == [Line(D(2026, 3, 2), PHONE)]


@pytest.mark.clause("5.2.1")
def test_repair_avoids_taken_days_where_others_will_do() -> None:
    window = asked(D(2026, 3, 2), D(2026, 3, 6), {PHONE})
    monday_to_thursday = [D(2026, 3, day) for day in (2, 3, 4, 5)]
    assert repair([], [window], taken=monday_to_thursday) == [Line(D(2026, 3, 6), PHONE)]
    (line,) = repair([], [window], taken=[*monday_to_thursday, D(2026, 3, 6)])
    assert line.on in (*monday_to_thursday, D(2026, 3, 6))
    (apart,) = repair([Line(D(2026, 3, 2), OTHER)], [asked(D(2026, 3, 1), D(2026, 3, 31), {PHONE})])
    assert apart.on == D(2026, 3, 27)  # the last working day that is three days from the edge: 28 March is a Saturday


@pytest.mark.clause("5.2.1e")
def test_repair_stays_in_the_plans_year() -> None:
    winter = asked(D(2026, 11, 15), D(2027, 3, 15), set(ANY))
    (line,) = repair([], [winter], year=2027)
    assert line.on.year == 2027
    (line,) = repair([], [winter], year=2026)
    assert line.on.year == 2026
    assert repair([], [winter], year=2028) == []
    last_day = asked(D(2026, 12, 31), D(2027, 3, 15), set(ANY))
    assert repair([], [last_day], year=2026) == [Line(D(2026, 12, 31), ONSITE)]
    first_day = asked(D(2026, 11, 15), D(2027, 1, 1), set(ANY))
    assert repair([], [first_day], year=2027) == [Line(D(2027, 1, 1), ONSITE)]


@pytest.mark.clause("5.2.1")
def test_repair_plans_nothing_that_is_past_where_a_window_goes_on() -> None:
    h1 = asked(D(2026, 1, 1), D(2026, 6, 30), {ONSITE})
    assert repair([], [h1], since=D(2026, 6, 29), is_workday=every_day) != []
    for since, first, last in (
        (D(2026, 6, 29), D(2026, 6, 29), D(2026, 6, 30)),
        (D(2026, 6, 30), D(2026, 6, 30), D(2026, 6, 30)),
        (D(2026, 7, 1), D(2026, 1, 1), D(2026, 6, 30)),
        (D(2026, 1, 1), D(2026, 1, 1), D(2026, 6, 30)),
        (D(2025, 1, 1), D(2026, 1, 1), D(2026, 6, 30)),
    ):
        (line,) = repair([], [h1], since=since)
        assert first <= line.on <= last
    k1 = asked(D(2026, 1, 1), D(2026, 6, 30), {ONSITE}, 2)
    assert [line.on.day for line in repair([], [k1], since=D(2026, 6, 29))] == [29, 30]
    there = [Line(D(2026, 6, 30), ONSITE)]  # no room for two more: the whole window again
    assert repair(there, [asked(D(2026, 1, 1), D(2026, 6, 30), {ONSITE}, 3)], since=D(2026, 6, 29))[0].on.month < 6
    there_first = [Line(D(2026, 6, 29), ONSITE)]
    three = asked(D(2026, 1, 1), D(2026, 6, 30), {ONSITE}, 3)
    assert repair(there_first, [three], since=D(2026, 6, 29))[0].on.month < 6
    assert repair(there, [k1], since=D(2026, 6, 29)) == [Line(D(2026, 6, 29), ONSITE)]
    (line,) = repair([Line(D(2026, 6, 28), ONSITE)], [asked(D(2026, 6, 1), D(2026, 6, 30), {ONSITE}, 2)],
                     since=D(2026, 6, 30))  # fmt: skip
    assert line.on == D(2026, 6, 30)


# --- 改期


@pytest.mark.clause("5.2.4")
def test_a_visit_may_move_within_the_windows_that_it_serves() -> None:
    on_site = Line(D(2026, 5, 20), ONSITE)
    v4 = wanted(V4)
    assert moves_within(on_site, D(2026, 5, 2), v4) == []
    assert moves_within(on_site, D(2026, 5, 31), v4) == []
    assert [each.code for each in moves_within(on_site, D(2026, 5, 1), v4)] == ["雨季前K1"]
    assert [each.code for each in moves_within(on_site, D(2026, 6, 1), v4)] == ["雨季前K1"]
    assert [each.code for each in moves_within(on_site, D(2026, 7, 1), v4)] == ["H1", "雨季前K1"]
    assert [each.code for each in moves_within(on_site, D(2027, 1, 1), v4)] == ["H1", "K1", "雨季前K1"]
    call = Line(D(2026, 5, 20), PHONE)
    assert [each.code for each in moves_within(call, D(2026, 7, 1), v4)] == ["Q2", "雨季前K1"]
    assert moves_within(Line(D(2025, 1, 1), PHONE), D(2026, 1, 1), v4) == []


# --- the fewest


@pytest.mark.clause("5.2.1")
def test_a_call_serves_what_it_can_and_the_best_place_is_taken() -> None:
    quarter = asked(D(2026, 4, 1), D(2026, 6, 30), {PHONE}, code="Q2")
    early, late = (asked(D(2026, 4, 1), D(2026, 4, 20), set(ANY), code="A"),
                   asked(D(2026, 6, 1), D(2026, 7, 30), set(ANY), code="B"))  # fmt: skip
    lines = repair([], [quarter, early, late])
    assert len(lines) == 2  # one of them by the call, the other by a visit of its own
    assert check(lines, [quarter, early, late]) == []
    overlapping = asked(D(2026, 4, 15), D(2026, 6, 10), set(ANY), code="C")
    lines = repair([], [quarter, early, overlapping])
    assert len(lines) == 1
    assert D(2026, 4, 15) <= lines[0].on <= D(2026, 4, 20)


@pytest.mark.clause("5.2.1")
def test_what_needs_no_call_is_visited_on_site() -> None:
    assert [line.method for line in repair([], [asked(D(2026, 6, 1), D(2026, 9, 30), set(ANY))])] == [ONSITE]
    call = asked(D(2026, 4, 1), D(2026, 6, 30), {PHONE, ONSITE})
    assert [line.method for line in repair([], [call])] == [PHONE]
    assert [line.method for line in repair([], [call, asked(D(2026, 5, 1), D(2026, 5, 31), set(ANY))])] == [PHONE]
    assert [line.method for line in repair([], [call, asked(D(2026, 5, 1), D(2026, 5, 31), {ONSITE})])] == [ONSITE]


@pytest.mark.clause("5.2.1")
def test_of_two_ways_as_short_the_roomier_is_taken() -> None:
    """The call may serve either window; each then leaves the other to a visit on site."""
    quarter = asked(D(2026, 4, 1), D(2026, 6, 30), {PHONE}, code="Q2")
    wide = asked(D(2026, 4, 1), D(2026, 5, 20), set(ANY), code="A")
    narrow = asked(D(2026, 6, 20), D(2026, 8, 31), set(ANY), code="B")
    lines = repair([], [quarter, wide, narrow])
    # The call serves the wide window (50 days); in the other, 73 days, there is more room than in the 11 of June.
    assert [(line.method, line.on <= D(2026, 5, 20)) for line in lines] == [(PHONE, True), (ONSITE, False)]
    # As narrow as the narrowest must be, the next ones count: the call keeps its quarter where nothing is saved.
    forced = asked(D(2026, 4, 1), D(2026, 4, 3), {ONSITE}, code="F")
    rain = asked(D(2026, 3, 1), D(2026, 4, 3), set(ANY), code="R")
    call = next(line for line in repair([], [forced, rain, quarter]) if line.method == PHONE)
    assert call.on > D(2026, 5, 1)


@pytest.mark.clause("5.2.1")
def test_windows_that_touch_in_one_day_are_served_there() -> None:
    quarter = asked(D(2026, 4, 1), D(2026, 6, 30), {PHONE})
    assert repair([], [quarter, asked(D(2026, 6, 30), D(2026, 9, 30), set(ANY))]) == [Line(D(2026, 6, 30), PHONE)]
    assert repair([], [quarter, asked(D(2026, 2, 1), D(2026, 4, 1), set(ANY))]) == [Line(D(2026, 4, 1), PHONE)]
    assert len(repair([], [quarter, asked(D(2026, 7, 1), D(2026, 9, 30), set(ANY))])) == 2
    visits = [asked(D(2026, 3, 2), D(2026, 3, 5), {ONSITE}), asked(D(2026, 3, 5), D(2026, 3, 9), {ONSITE})]
    assert repair([], visits) == [Line(D(2026, 3, 5), ONSITE)]


@pytest.mark.clause("5.2.1")
def test_a_window_is_counted_on_the_visit_that_serves_most_others() -> None:
    march = [
        asked(D(2026, 3, first), D(2026, 3, last), {ONSITE}) for first, last in ((1, 10), (15, 20), (12, 22), (5, 30))
    ]
    slots = fewest_slots(march)
    assert sorted((slot.start.day, slot.end.day) for slot in slots) == [(1, 10), (15, 20)]


# --- the days


@pytest.mark.clause("5.2.1")
def test_which_days_are_preferred() -> None:
    def days(first: int, last: int, others: set[int] = set(), off: set[int] = set()) -> list[int]:  # noqa: B006
        slot = Slot(ONSITE, D(2026, 3, first), D(2026, 3, last))
        at = {D(2026, 3, day) for day in others}
        return [day.day for day in preferred(slot, slot.open_days(), at, lambda day: day.day not in off)]

    assert days(1, 31) == list(range(4, 29))
    assert (days(1, 7), days(1, 6), days(1, 5), days(1, 4), days(1, 3)) == ([4], [3, 4], [3], [2, 3], [2])
    assert (days(1, 2), days(1, 1)) == ([1, 2], [1])
    assert days(1, 8, others={4}) == [5]
    assert days(1, 8, others={4, 5}) == [1, 2, 3, 6, 7, 8]
    assert days(1, 8, off={4, 5}) == [1, 2, 3, 6, 7, 8]
    assert days(1, 8, others={1, 2, 3}, off={4, 5, 6, 7, 8}) == [1, 2, 3]
    assert days(1, 3, off={1, 2, 3}) == [1, 2, 3]


@pytest.mark.clause("5.2.1c")
def test_no_slot_takes_the_only_day_of_another() -> None:
    """By itself the two days' slot would take the third of March, its middle, which the three others cannot spare."""
    three = [Slot(ONSITE, D(2026, 3, 3), D(2026, 3, 5)) for _ in range(3)]
    two = Slot(ONSITE, D(2026, 3, 2), D(2026, 3, 3))
    lines = Diary([*three, two]).dated(every_day, far_apart)
    assert [line.on.day for line in lines] == [2, 3, 4, 5]
    call = Slot(PHONE, D(2026, 3, 2), D(2026, 3, 3))  # a call stands in nobody's way
    assert len(Diary([*three, call]).dated(every_day, far_apart)) == 4
    assert Diary([*three, call]).dated(lambda day: day.day == 3, far_apart)[0].on.day == 3


def test_whether_slots_find_days() -> None:
    def fits(windows: list[tuple[int, int]], used: set[int] = set(), barred: set[int] = set()) -> bool:  # noqa: B006
        off = {D(2026, 3, day) for day in barred}
        slots = [Slot(ONSITE, D(2026, 3, first), D(2026, 3, last), off) for first, last in windows]
        return fit(slots, {D(2026, 3, day) for day in used})

    assert fits([])
    assert fits([(1, 1), (2, 2)])
    assert not fits([(1, 1), (1, 1)])
    assert not fits([(1, 1)], used={1})
    assert not fits([(1, 1)], barred={1})
    assert fits([(1, 2)], used={1})
    assert not fits([(1, 3)], used={1, 3}, barred={2})
    assert fits([(1, 3), (1, 1)])  # whoever ends first goes first
    assert fits([(1, 3), (1, 2), (1, 1)])
    assert not fits([(1, 2), (1, 2), (1, 2)])


@pytest.mark.clause("5.2.1c")
def test_a_day_that_has_a_visit_on_site_gets_no_second_one() -> None:
    friday = D(2026, 3, 6)
    (line,) = repair([Line(friday, ONSITE)], [asked(friday, friday + 2 * DAY, {ONSITE}, 2)])
    assert line.on in (friday + DAY, friday + 2 * DAY)  # although nobody works then


@pytest.mark.clause("5.2.1")
def test_a_day_is_worked_away_from_the_edges_and_in_the_middle() -> None:
    (line,) = repair([], [asked(D(2026, 3, 1), D(2026, 3, 31), {PHONE})])
    assert line.on == D(2026, 3, 16)  # of 31 days the sixteenth, a Monday
    (line,) = repair([], [asked(D(2026, 3, 1), D(2026, 3, 31), {PHONE})], is_workday=lambda day: day.day in (1, 5, 29))
    assert line.on == D(2026, 3, 5)
    for day in (4, 28):  # three days from the edge
        (line,) = repair([], [asked(D(2026, 3, 1), D(2026, 3, 31), {PHONE})],
                         is_workday=lambda d, day=day: d.day in (2, 3, 29, 31, day))  # fmt: skip
        assert line.on.day == day
    for day in (3, 29):  # nearer than that where nothing else is worked
        (line,) = repair([], [asked(D(2026, 3, 1), D(2026, 3, 31), {PHONE})],
                         is_workday=lambda d, day=day: d.day == day)  # fmt: skip
        assert line.on.day == day


@pytest.mark.clause("5.2.1")
def test_a_holiday_never_moves_a_visit_out_of_its_window() -> None:
    weekend = asked(D(2026, 3, 7), D(2026, 3, 8), {PHONE})
    (line,) = repair([], [weekend])
    assert D(2026, 3, 7) <= line.on <= D(2026, 3, 8)
    with_friday = asked(D(2026, 3, 6), D(2026, 3, 8), {PHONE})
    assert repair([], [with_friday]) == [Line(D(2026, 3, 6), PHONE)]
    with_monday = asked(D(2026, 3, 7), D(2026, 3, 9), {PHONE})
    assert repair([], [with_monday]) == [Line(D(2026, 3, 9), PHONE)]


@pytest.mark.clause("5.2.1")
def test_a_working_day_with_another_visit_is_better_than_a_holiday() -> None:
    windows = [asked(D(2026, 3, 6), D(2026, 3, 8), {PHONE}, code="Q"), asked(D(2026, 3, 6), D(2026, 3, 8), {ONSITE})]
    assert repair([], windows) == [Line(D(2026, 3, 6), ONSITE), Line(D(2026, 3, 6), PHONE)]
    windows = [asked(D(2026, 3, 5), D(2026, 3, 8), {PHONE}, code="Q"), asked(D(2026, 3, 5), D(2026, 3, 8), {ONSITE})]
    assert {line.on.day for line in repair([], windows)} == {5, 6}


@pytest.mark.clause("5.2.1c")
def test_no_visit_takes_the_only_day_of_another() -> None:
    """Four visits in four days, and one that may lie on the second or third of them only; Wednesday is the middle."""
    days = [D(2026, 3, 3) + n * DAY for n in range(4)]
    every = asked(days[0], days[3], {ONSITE}, 4)
    narrow = asked(days[1], days[2], {ONSITE}, 2)
    assert [line.on for line in repair([], [every, narrow])] == days
    # The Saturday must be used, for Friday is needed by the one that has no other day.
    friday, saturday = D(2026, 3, 6), D(2026, 3, 7)
    two = [asked(friday, saturday, {ONSITE}, 2), asked(friday, friday, {ONSITE})]
    assert [line.on for line in repair([], two)] == [friday, saturday]
    # Thursday or Friday, Friday or Saturday: the second is not driven to the weekend.
    one, other = asked(D(2026, 3, 5), friday, {ONSITE}), asked(D(2026, 3, 7), D(2026, 3, 9), {ONSITE}, 1, "Y")
    assert {line.on for line in repair([], [one, other])} <= {D(2026, 3, 5), friday, D(2026, 3, 9)}


@pytest.mark.clause("5.2.1")
def test_visits_to_one_project_lie_well_apart() -> None:
    for facts in (V1, V4, Facts(D(2025, 11, 20), D(2027, 11, 19), key=True, hvac=True)):
        lines = draft(facts, 2026, UNIT, Policy())
        assert lines == sorted(lines, key=lambda line: line.on)
        assert min((b.on - a.on).days for a, b in pairwise(lines)) >= 21
        assert all(weekday(line.on) for line in lines)


def test_a_caller_without_a_calendar_works_from_monday_to_friday() -> None:
    assert [weekday(D(2026, 3, day)) for day in range(2, 9)] == [True] * 5 + [False] * 2
