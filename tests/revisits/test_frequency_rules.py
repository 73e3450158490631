"""The numbered rules of section 1, one by one, at their edges. The whole of each rule is compared with ``oracle``."""

from dataclasses import replace
from datetime import date

import pytest

from revisits.frequency import (
    ANY,
    DEPARTMENT,
    NORTH,
    ONSITE,
    OTHER,
    PHONE,
    SOUTH,
    UNIT,
    Climate,
    Facts,
    Line,
    Policy,
    Requirement,
    Season,
    check,
    draft,
    requirements,
)
from revisits.frequency.days import days_of

D = date
DEFAULT, LITERAL = Policy(), Policy(min_window_days=1)


def asked(facts: Facts, year: int, policy: Policy = LITERAL, level: str = UNIT) -> dict[str, Requirement]:
    return {each.code: each for each in requirements(facts, year, level, policy)}


def window(facts: Facts, year: int, code: str, policy: Policy = LITERAL) -> tuple[date, date] | None:
    found = asked(facts, year, policy).get(code)
    return None if found is None else (found.start, found.end)


def quotas(facts: Facts, code: str, years: range) -> list[int]:
    return [found.count if (found := asked(facts, year).get(code)) else 0 for year in years]


# --- the facts


def test_facts_that_cannot_be_are_refused() -> None:
    good = Facts(D(2026, 1, 1), D(2026, 1, 1))
    assert [each.code for each in requirements(good, 2026, UNIT, LITERAL)] == ["Q1", "H1"]
    for facts, level, words in (
        (replace(good, end=D(2025, 12, 31)), UNIT, "保修截止日期早于开始日期"),
        (good, "group", "level"),
        (replace(good, region="west"), UNIT, "climate"),
        (replace(good, region="west"), DEPARTMENT, "climate"),
    ):
        with pytest.raises(ValueError, match=words):
            requirements(facts, 2026, level, LITERAL)


# --- rules 1 and 2


@pytest.mark.clause("5.2.1a", "5.2.1b")
def test_rule_1_and_2_each_day_at_a_quarters_edge() -> None:
    assert set(asked(Facts(D(2026, 3, 31), D(2026, 4, 1)), 2026)) == {"Q1", "Q2", "H1"}
    assert set(asked(Facts(D(2026, 6, 30), D(2026, 6, 30)), 2026)) == {"Q2", "H1"}
    assert set(asked(Facts(D(2026, 7, 1), D(2026, 7, 1)), 2026)) == {"Q3", "H2"}
    assert set(asked(Facts(D(2025, 12, 31), D(2026, 1, 1)), 2025)) == {"Q4", "H2"}
    assert asked(Facts(D(2025, 12, 31), D(2026, 1, 1)), 2024) == {}
    assert asked(Facts(D(2025, 12, 31), D(2026, 1, 1)), 2027) == {}


# --- rule 3


@pytest.mark.clause("5.2.1c")
def test_rule_3_both_years_four_visits_each_beginning_the_day_they_say() -> None:
    facts = Facts(D(2024, 1, 10), D(2026, 1, 9), key=True)
    assert quotas(facts, "K1", range(2023, 2028)) == [0, 4, 0, 0, 0]
    assert quotas(facts, "K2", range(2023, 2028)) == [0, 0, 0, 4, 0]
    assert window(facts, 2024, "K1") == (D(2024, 1, 10), D(2024, 12, 31))
    assert window(facts, 2026, "K2") == (D(2026, 1, 10), D(2026, 12, 31))
    assert window(facts, 2025, "K1") is None  # 2025-01-01 to 01-10 remain, but no segment belongs there


@pytest.mark.clause("5.2.1c")
@pytest.mark.parametrize(
    ("completed", "first", "second"),
    [
        # The segment to be shared, in days of the earlier and the later year:
        (D(2025, 11, 15), 0, 4),  # 11-16 to 12-31: 46, to 02-15: 46: a tie goes to the later year
        (D(2025, 11, 14), 1, 3),  # 47 and 45
        (D(2025, 8, 15), 1, 3),  # the second segment, 46 and 46
        (D(2025, 8, 14), 2, 2),  # 47 and 45
        (D(2025, 2, 15), 3, 1),  # the fourth segment, 46 and 46
        (D(2025, 2, 14), 4, 0),  # 47 and 45
    ],
)
def test_rule_3_a_segment_belongs_to_the_year_with_more_of_its_days(completed: date, first: int, second: int) -> None:
    facts = Facts(completed, D(2030, 1, 1), key=True)
    assert quotas(facts, "K1", range(2025, 2027)) == [first, second]


@pytest.mark.clause("5.2.1c")
def test_rule_3_segments_count_from_the_base_and_are_clamped() -> None:
    facts = Facts(D(2023, 11, 30), D(2029, 1, 1), key=True)
    # Always from 30 November: to 29 February, 30 May, 30 August, 30 November; not on from the 29th.
    assert quotas(facts, "K1", range(2023, 2025)) == [0, 4]
    assert window(facts, 2024, "K1") == (D(2024, 1, 1), D(2024, 11, 30))
    leap = Facts(D(2024, 2, 29), D(2029, 1, 1), key=True)
    assert window(leap, 2025, "K1") == (D(2025, 1, 1), D(2025, 2, 28))
    ended = Facts(D(2022, 3, 1), D(2024, 2, 29), key=True)
    assert window(ended, 2024, "K2") == (D(2024, 3, 1), D(2024, 12, 31))
    assert window(ended, 2025, "K2") == (D(2025, 1, 1), D(2025, 2, 28))


@pytest.mark.clause("5.2.1c")
def test_rule_3_the_first_year_ends_with_the_warranty() -> None:
    facts = Facts(D(2026, 1, 1), D(2026, 5, 31), key=True)
    assert asked(facts, 2026)["K1"].count == 2
    assert window(facts, 2026, "K1") == (D(2026, 1, 1), D(2026, 5, 31))
    before = Facts(D(2026, 3, 1), D(2028, 1, 1), completed_on=D(2025, 1, 10), key=True)
    assert "K1" not in asked(before, 2026)
    early = Facts(D(2026, 3, 1), D(2028, 1, 1), completed_on=D(2025, 12, 20), key=True)
    assert window(early, 2026, "K1") == (D(2026, 3, 1), D(2026, 12, 20))
    assert asked(early, 2026)["K1"].count == 4


@pytest.mark.clause("5.2.1c", "rules-1")
def test_rule_3_the_second_year_follows_the_service_not_the_warranty() -> None:
    facts = Facts(D(2023, 1, 1), D(2025, 12, 31), serviced_until=D(2026, 2, 28), key=True)
    assert asked(facts, 2026).keys() == {"K2", "雨季前K2", "雨季K2"}
    assert window(facts, 2026, "K2") == (D(2026, 3, 1), D(2026, 12, 31))
    assert window(facts, 2027, "K2") == (D(2027, 1, 1), D(2027, 2, 28))
    assert quotas(facts, "K2", range(2026, 2028)) == [3, 1]


@pytest.mark.clause("5.2.1c")
def test_rule_3_visits_on_one_day_are_one() -> None:
    (k1,) = (each for each in requirements(Facts(D(2026, 4, 10), D(2028, 4, 9), key=True), 2026, UNIT, DEFAULT)
             if each.code == "K1")  # fmt: skip
    assert check([Line(D(2026, 10, 12), ONSITE)] * 3, [k1])[0].missing == 2
    lines = [Line(D(2026, 10, day), ONSITE) for day in (12, 13, 14, 15)]
    assert check(lines[:2], [k1])[0].missing == 1
    assert check(lines, [k1]) == []
    assert k1.met_by(lines) == 3  # no more than are asked for


@pytest.mark.clause("5.2.1c")
def test_rule_3_not_for_others() -> None:
    facts = Facts(D(2026, 4, 10), D(2028, 4, 9))
    assert set(asked(facts, 2026)) == {"Q2", "Q3", "Q4", "H1", "H2"}


# --- rule 4


@pytest.mark.clause("5.2.1d")
def test_rule_4_before_and_during_within_the_key_years() -> None:
    facts = Facts(D(2025, 5, 20), D(2028, 9, 14), key=True)
    assert window(facts, 2025, "雨季前K1") == (D(2025, 5, 20), D(2025, 5, 31))
    assert window(facts, 2025, "雨季K1") == (D(2025, 6, 1), D(2025, 9, 30))
    assert window(facts, 2026, "雨季前K1") == (D(2026, 5, 2), D(2026, 5, 20))
    assert window(facts, 2026, "雨季K1") is None
    assert window(facts, 2027, "雨季K1") is None
    assert window(facts, 2028, "雨季K2") == (D(2028, 9, 15), D(2028, 9, 30))
    assert window(facts, 2029, "雨季前K2") == (D(2029, 5, 2), D(2029, 5, 31))
    assert window(facts, 2029, "雨季K2") == (D(2029, 6, 1), D(2029, 9, 14))


@pytest.mark.clause("5.2.1d")
def test_rule_4_the_south_and_a_citys_own_rain() -> None:
    facts = Facts(D(2026, 1, 1), D(2028, 1, 1), key=True, region="south")
    assert window(facts, 2026, "雨季前K1") == (D(2026, 3, 2), D(2026, 3, 31))
    assert window(facts, 2026, "雨季K1") == (D(2026, 4, 1), D(2026, 10, 31))
    policy = Policy(1, climates={"昆明": replace(SOUTH, rain=Season((5, 15), (10, 15)))})
    kunming = replace(facts, region="昆明")
    assert window(kunming, 2026, "雨季前K1", policy) == (D(2026, 4, 15), D(2026, 5, 14))
    assert window(kunming, 2026, "雨季K1", policy) == (D(2026, 5, 15), D(2026, 10, 15))


@pytest.mark.clause("5.2.1d")
def test_rule_4_the_switch_widens_it_to_every_warranty() -> None:
    policy = Policy(1, rain_for_all=True)
    plain = Facts(D(2023, 1, 1), D(2027, 6, 15))
    for year in range(2023, 2027):
        assert window(plain, year, "雨季", policy) == (D(year, 6, 1), D(year, 9, 30))
    assert window(plain, 2027, "雨季前", policy) == (D(2027, 5, 2), D(2027, 5, 31))
    assert window(plain, 2027, "雨季", policy) == (D(2027, 6, 1), D(2027, 6, 15))
    assert not any(code.startswith("雨季") for code in asked(plain, 2025))
    third_year = asked(replace(plain, key=True), 2025, policy)
    assert {code for code in third_year if code.startswith("雨季")} == {"雨季前", "雨季"}


@pytest.mark.clause("5.2.1d")
def test_rule_4_a_rain_of_january_is_looked_after_in_december() -> None:
    monsoon = Climate(Season((1, 1), (2, 15)), NORTH.winter, NORTH.summer)
    policy = Policy(1, climates={"north": monsoon})
    facts = Facts(D(2025, 11, 1), D(2029, 1, 1), key=True)
    assert window(facts, 2025, "雨季前K1", policy) == (D(2025, 12, 2), D(2025, 12, 31))
    assert window(facts, 2026, "雨季K1", policy) == (D(2026, 1, 1), D(2026, 2, 15))
    assert window(facts, 2026, "雨季前K1", policy) is None
    # One across New Year: of its days from 15 December, 17 lie before and 31 after.
    across = Policy(1, climates={"north": replace(monsoon, rain=Season((12, 15), (1, 31)))})
    assert window(facts, 2026, "雨季K1", across) == (D(2025, 12, 15), D(2026, 1, 31))
    assert window(facts, 2025, "雨季K1", across) is None
    assert window(facts, 2025, "雨季前K1", across) == (D(2025, 11, 15), D(2025, 12, 14))
    assert check(draft(facts, 2025, UNIT, policy), requirements(facts, 2025, UNIT, policy)) == []


# --- rule 5


@pytest.mark.clause("5.2.1e")
def test_rule_5_the_seasons_of_north_and_south() -> None:
    north = Facts(D(2023, 1, 1), D(2029, 1, 1), hvac=True)
    south = replace(north, region="south")
    assert window(north, 2026, "冬季2025") == (D(2025, 11, 15), D(2026, 3, 15))
    assert window(north, 2026, "夏季2026") == (D(2026, 6, 1), D(2026, 8, 31))
    assert window(south, 2026, "冬季2025") == (D(2025, 12, 1), D(2026, 2, 28))
    assert window(south, 2028, "冬季2027") == (D(2027, 12, 1), D(2028, 2, 29))
    assert window(south, 2026, "夏季2026") == (D(2026, 6, 1), D(2026, 8, 31))
    assert window(north, 2026, "夏季2025") is None
    assert asked(replace(north, hvac=False), 2026).keys() == {"Q1", "Q2", "Q3", "Q4", "H1", "H2"}


@pytest.mark.clause("5.2.1e")
def test_rule_5_a_winter_belongs_to_the_year_with_more_of_its_clipped_days() -> None:
    # From 15 November to New Year are 47 days.
    for end, year in ((D(2027, 2, 15), 2026), (D(2027, 2, 16), 2027), (D(2027, 2, 17), 2027)):
        facts = Facts(D(2024, 1, 1), end, hvac=True)
        assert window(facts, year, "冬季2026") == (D(2026, 11, 15), end)
        assert window(facts, 4053 - year, "冬季2026") is None
    # To 15 March are 74 days.
    for start, year in ((D(2026, 12, 31), 2027), (D(2026, 11, 1), 2027)):
        facts = Facts(start, D(2029, 1, 1), hvac=True)
        assert window(facts, year, "冬季2026") == (max(start, D(2026, 11, 15)), D(2027, 3, 15))
        assert window(facts, 2026, "冬季2026") is None
    tie = Facts(D(2026, 12, 31), D(2027, 1, 1), hvac=True)
    assert window(tie, 2027, "冬季2026") == (D(2026, 12, 31), D(2027, 1, 1))
    assert window(tie, 2026, "冬季2026") is None


@pytest.mark.clause("5.2.1e")
def test_rule_5_a_line_in_the_other_years_part_satisfies_it() -> None:
    facts = Facts(D(2026, 2, 10), D(2028, 2, 9), hvac=True)
    winter = asked(facts, 2027)["冬季2026"]
    assert check([Line(D(2026, 12, 5), OTHER)], [winter]) == []
    assert check([Line(D(2026, 11, 14), PHONE)], [winter])[0].missing == 1
    without = replace(facts, hvac=False)
    assert len(draft(facts, 2027, UNIT, DEFAULT)) == len(draft(without, 2027, UNIT, DEFAULT))  # a call serves it
    onsite_only = Facts(D(2025, 11, 1), D(2027, 1, 5), hvac=True, key=True)
    assert asked(onsite_only, 2026)["冬季2026"].end == D(2027, 1, 5)
    assert check(draft(onsite_only, 2026, UNIT, DEFAULT), requirements(onsite_only, 2026, UNIT, DEFAULT)) == []


@pytest.mark.clause("5.2.1e")
def test_rule_5_a_draft_asks_nothing_of_a_winter_that_the_other_year_serves() -> None:
    facts = Facts(D(2026, 12, 27), D(2027, 1, 5), hvac=True)
    (line,) = draft(facts, 2027, UNIT, DEFAULT)
    assert D(2027, 1, 1) <= line.on <= D(2027, 1, 5)  # a plan's lines are of its year
    assert draft(facts, 2027, UNIT, DEFAULT, [Line(D(2026, 12, 28), PHONE)]) == []
    assert draft(facts, 2027, UNIT, DEFAULT, [Line(D(2026, 12, 26), PHONE)]) == [line]


# --- rule 6


@pytest.mark.clause("5.2.2")
def test_rule_6_the_project_department_goes_every_month_whatever_the_project() -> None:
    facts = Facts(D(2026, 2, 1), D(2028, 2, 29), key=True, hvac=True)
    policy = Policy(1, onsite_counts_as_phone=True, rain_for_all=True)
    found = requirements(facts, 2026, DEPARTMENT, policy)
    assert [each.code for each in found] == [f"M{month}" for month in range(2, 13)]
    last = requirements(facts, 2028, DEPARTMENT, policy)
    assert [(each.start, each.end) for each in last] == [
        (D(2028, 1, 1), D(2028, 1, 31)),
        (D(2028, 2, 1), D(2028, 2, 29)),
    ]


# --- rule 7


@pytest.mark.clause("rules-1")
def test_rule_7_the_shortest_window_that_is_kept() -> None:
    facts = Facts(D(2025, 1, 1), D(2026, 4, 7))
    assert window(facts, 2026, "Q2", DEFAULT) == (D(2026, 4, 1), D(2026, 4, 7))
    shorter = replace(facts, end=D(2026, 4, 6))
    assert window(shorter, 2026, "Q2", DEFAULT) is None
    (waived,) = requirements(shorter, 2026, UNIT, DEFAULT).waived
    assert (waived.code, waived.start, waived.end, waived.days) == ("Q2", D(2026, 4, 1), D(2026, 4, 6), 6)
    assert window(shorter, 2026, "Q2", Policy(min_window_days=6)) == (D(2026, 4, 1), D(2026, 4, 6))
    assert requirements(shorter, 2026, UNIT, LITERAL).waived == ()


@pytest.mark.clause("rules-1")
def test_rule_7_a_warranty_of_waived_windows_gets_one_visit_in_its_longest_year() -> None:
    facts = Facts(D(2026, 12, 28), D(2027, 1, 2))
    found = requirements(facts, 2026, UNIT, DEFAULT)
    assert [(each.code, each.start, each.end, each.methods, each.count, each.clause) for each in found] == [
        ("至少一次", D(2026, 12, 28), D(2026, 12, 31), frozenset({PHONE}), 1, "5.2.1a")
    ]
    assert [each.code for each in found.waived] == ["Q4", "H2"]
    next_year = requirements(facts, 2027, UNIT, DEFAULT)
    assert (list(next_year), [each.code for each in next_year.waived]) == ([], ["Q1", "H1"])
    assert list(requirements(facts, 2025, UNIT, DEFAULT)) == []
    (line,) = draft(facts, 2026, UNIT, DEFAULT)
    assert (line.method, draft(facts, 2027, UNIT, DEFAULT)) == (PHONE, [])


@pytest.mark.clause("rules-1", "5.2.2")
def test_rule_7_a_tie_goes_to_the_later_year_and_the_department_goes_there() -> None:
    tie = Facts(D(2026, 12, 29), D(2027, 1, 3))
    assert list(requirements(tie, 2026, UNIT, DEFAULT)) == []
    assert list(requirements(tie, 2026, DEPARTMENT, DEFAULT)) == []
    (only,) = requirements(tie, 2027, DEPARTMENT, DEFAULT)
    assert (only.start, only.end, only.methods, only.clause) == (
        D(2027, 1, 1),
        D(2027, 1, 3),
        frozenset({ONSITE}),
        "5.2.2",
    )


@pytest.mark.clause("rules-1")
def test_rule_7_one_window_anywhere_is_enough() -> None:
    # Seven days in the second half-year: the first week of January is waived for good.
    facts = Facts(D(2026, 12, 25), D(2027, 1, 2))
    assert set(asked(facts, 2026, DEFAULT)) == {"Q4", "H2"}
    assert asked(facts, 2027, DEFAULT) == {}
    # A key project is visited after its warranty: no visit is made up for during it.
    key = Facts(D(2026, 5, 1), D(2026, 5, 3), key=True)
    assert asked(key, 2026, DEFAULT).keys() == {"K2", "雨季前K2", "雨季K2"}
    # Its windows may lie after the warranty's service only.
    later = Facts(D(2026, 12, 29), D(2026, 12, 30), serviced_until=D(2027, 12, 31), key=True)
    assert asked(later, 2026, DEFAULT) == {}
    assert asked(later, 2028, DEFAULT)["K2"].count == 4
    # A season reaches across months that are too short by themselves.
    winter = Facts(D(2026, 12, 27), D(2027, 1, 5), hvac=True)
    assert asked(winter, 2027, DEFAULT).keys() == {"冬季2026"}
    assert asked(winter, 2026, DEFAULT) == {}


@pytest.mark.clause("rules-1")
def test_rule_7_a_floor_before_the_approval_is_missed_one_in_progress_is_due() -> None:
    facts = Facts(D(2026, 5, 10), D(2026, 5, 14))
    past = requirements(replace(facts, ledger_approved_on=D(2026, 5, 15)), 2026, UNIT, DEFAULT)
    assert (list(past), [each.code for each in past.missed]) == ([], ["至少一次"])
    (last_day,) = requirements(replace(facts, ledger_approved_on=D(2026, 5, 14)), 2026, UNIT, DEFAULT)
    assert (last_day.start, last_day.end) == (D(2026, 5, 14), D(2026, 5, 14))


# --- rule 8


@pytest.mark.clause("rules-1", "5.2.4")
def test_rule_8_a_line_satisfies_everything_it_matches_once_each() -> None:
    facts = Facts(D(2026, 4, 10), D(2028, 4, 9), key=True)
    wanted = requirements(facts, 2026, UNIT, DEFAULT)
    visit = Line(D(2026, 5, 20), ONSITE)
    lacking = {gap.requirement.code: gap.missing for gap in check([visit], wanted)}
    assert lacking == {"Q2": 1, "Q3": 1, "Q4": 1, "H2": 1, "K1": 2, "雨季K1": 1}
    assert lacking == {gap.requirement.code: gap.missing for gap in check([visit, visit], wanted)}
    other = {gap.requirement.code for gap in check([Line(D(2026, 5, 20), OTHER)], wanted)}
    assert other == {"Q2", "Q3", "Q4", "H1", "H2", "K1", "雨季K1"}


@pytest.mark.clause("rules-1")
def test_rule_8_both_days_of_a_window_belong_to_it() -> None:
    q2 = Requirement("Q2", D(2026, 4, 1), D(2026, 6, 30), frozenset({PHONE}), 1, "5.2.1a")
    inside = [D(2026, 4, 1), D(2026, 6, 30)]
    outside = [D(2026, 3, 31), D(2026, 7, 1)]
    assert [q2.met_by([Line(day, PHONE)]) for day in inside + outside] == [1, 1, 0, 0]
    assert q2.met_by([Line(inside[0], ONSITE)]) == 0
    assert q2.days == 91


@pytest.mark.clause("rules-1")
def test_rule_8_where_a_visit_on_site_counts_as_a_call_a_call_does_as_well() -> None:
    merged = asked(Facts(D(2025, 6, 1), D(2027, 5, 31)), 2026, Policy(onsite_counts_as_phone=True))
    for method, met in ((PHONE, 1), (ONSITE, 1), (OTHER, 0)):
        assert merged["Q2"].met_by([Line(D(2026, 5, 1), method)]) == met


# --- rule 9


@pytest.mark.clause("rules-1")
def test_rule_9_before_on_and_after_the_approval() -> None:
    facts = Facts(D(2025, 6, 1), D(2027, 5, 31))

    def split(approved: date, policy: Policy = DEFAULT) -> tuple[dict[str, date], list[str], list[str]]:
        found = requirements(replace(facts, ledger_approved_on=approved), 2026, UNIT, policy)
        return (
            {each.code: each.start for each in found if each.start.day != 1},
            [each.code for each in found.missed],
            [each.code for each in found.waived],
        )

    assert split(D(2026, 4, 1)) == ({}, ["Q1"], [])
    assert split(D(2026, 3, 31)) == ({"H1": D(2026, 3, 31)}, [], ["Q1"])
    assert split(D(2026, 3, 31), LITERAL) == ({"Q1": D(2026, 3, 31), "H1": D(2026, 3, 31)}, [], [])
    assert split(D(2026, 3, 25)) == ({"Q1": D(2026, 3, 25), "H1": D(2026, 3, 25)}, [], [])
    assert split(D(2026, 3, 26)) == ({"H1": D(2026, 3, 26)}, [], ["Q1"])
    assert split(D(2026, 1, 1)) == ({}, [], [])
    assert split(D(2027, 1, 1)) == ({}, ["Q1", "Q2", "Q3", "Q4", "H1", "H2"], [])


@pytest.mark.clause("rules-1", "5.2.1c")
def test_rule_9_no_more_key_visits_than_days_are_left() -> None:
    facts = Facts(D(2025, 12, 31), D(2028, 1, 1), key=True, ledger_approved_on=D(2026, 12, 30))
    k1 = asked(facts, 2026)["K1"]
    assert (k1.start, k1.end, k1.count) == (D(2026, 12, 30), D(2026, 12, 31), 2)
    lines = draft(facts, 2026, UNIT, LITERAL)
    assert sorted(line.on for line in lines if line.method == ONSITE) == [D(2026, 12, 30), D(2026, 12, 31)]
    assert asked(replace(facts, ledger_approved_on=D(2026, 12, 25)), 2026, DEFAULT)["K1"].count == 4


@pytest.mark.clause("rules-1", "5.2.1e")
def test_rule_9_a_winter_under_way_is_asked_of_a_year_that_can_still_plan_it() -> None:
    facts = Facts(D(2025, 1, 1), D(2027, 1, 20), hvac=True)
    assert window(facts, 2026, "冬季2026") == (D(2026, 11, 15), D(2027, 1, 20))
    in_time = replace(facts, ledger_approved_on=D(2026, 12, 31))
    assert window(in_time, 2026, "冬季2026") == (D(2026, 12, 31), D(2027, 1, 20))
    assert window(in_time, 2027, "冬季2026") is None
    after = replace(facts, ledger_approved_on=D(2027, 1, 1))
    assert window(after, 2026, "冬季2026") is None
    assert window(after, 2027, "冬季2026") == (D(2027, 1, 1), D(2027, 1, 20))
    last_day = replace(facts, ledger_approved_on=D(2027, 1, 20))
    assert window(last_day, 2027, "冬季2026") == (D(2027, 1, 20), D(2027, 1, 20))
    past = requirements(replace(facts, ledger_approved_on=D(2027, 1, 21)), 2026, UNIT, LITERAL)
    assert "冬季2026" in {each.code for each in past.missed}


# --- rule 10


@pytest.mark.clause("rules-1", "5.2.4")
def test_rule_10_another_end_of_the_warranty_asks_for_something_else() -> None:
    facts = Facts(D(2024, 4, 1), D(2026, 3, 31), key=True)
    lines = draft(facts, 2026, UNIT, DEFAULT)
    assert check(lines, requirements(facts, 2026, UNIT, DEFAULT)) == []
    longer = replace(facts, end=D(2026, 12, 31))
    assert {gap.requirement.code for gap in check(lines, requirements(longer, 2026, UNIT, DEFAULT))} >= {"Q2", "Q3"}
    sooner = replace(facts, serviced_until=D(2025, 6, 30))
    assert window(facts, 2026, "K2") == (D(2026, 4, 1), D(2026, 12, 31))
    assert window(sooner, 2026, "K2") == (D(2026, 1, 1), D(2026, 6, 30))


def test_the_days_of_a_year() -> None:
    assert (days_of(2026)[0], days_of(2026)[-1], len(days_of(2026))) == (D(2026, 1, 1), D(2026, 12, 31), 365)
    assert (days_of(2028)[0], days_of(2028)[-1], len(days_of(2028))) == (D(2028, 1, 1), D(2028, 12, 31), 366)


def test_a_season_of_one_day_spans_no_new_year() -> None:
    assert Season((12, 31), (12, 31)).beginning_in(2026) == (D(2026, 12, 31), D(2026, 12, 31))
    assert Season((12, 31), (12, 30)).beginning_in(2026) == (D(2026, 12, 31), D(2027, 12, 30))


def test_the_regions_as_the_group_gets_them() -> None:
    assert (NORTH.rain, SOUTH.rain) == (Season((6, 1), (9, 30)), Season((4, 1), (10, 31)))
    assert (NORTH.winter, SOUTH.winter) == (Season((11, 15), (3, 15)), Season((12, 1), (2, 29)))
    assert NORTH.summer == SOUTH.summer == Season((6, 1), (8, 31))
    assert Policy() == Policy(7, False, False)
    assert dict(Policy().climates) == {"north": NORTH, "south": SOUTH}
    assert {PHONE, ONSITE, OTHER} == ANY
