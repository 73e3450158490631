"""The frequency rules by their worked examples, and the drafts against another way of counting."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revisits.frequency import DEPARTMENT, ONSITE, PHONE, UNIT, Facts, Line, Policy, check, draft, requirements
from tests.revisits.oracle import fewest

D = date
DEFAULT, LITERAL, MERGED = Policy(), Policy(min_window_days=1), Policy(onsite_counts_as_phone=True)
V1 = Facts(D(2025, 6, 1), D(2027, 5, 31))
V4 = Facts(D(2026, 4, 10), D(2028, 4, 9), key=True)
EXAMPLES = {
    "V1": (V1, 2026, (4, 2), 6, 4),
    "V3": (Facts(D(2024, 3, 2), D(2026, 3, 1)), 2026, (1, 1), 2, 1),
    "V4": (V4, 2026, (3, 3), 6, 3),
    "V5": (V4, 2027, (4, 2), 6, 4),
    "V8": (Facts(D(2023, 10, 1), D(2025, 9, 30), key=True), 2026, (0, 3), 3, 3),
    "V10": (Facts(D(2026, 2, 10), D(2028, 2, 9), hvac=True), 2026, (4, 2), 6, 4),
    "V12": (Facts(D(2024, 12, 21), D(2026, 12, 20), hvac=True), 2026, (4, 2), 6, 4),
    "V15": (Facts(D(2026, 3, 20), D(2026, 5, 10)), 2026, (2, 1), 3, 2),
    "V18": (Facts(D(2025, 11, 20), D(2027, 11, 19), key=True, hvac=True), 2026, (4, 4), 8, 4),
    "V20": (Facts(D(2026, 3, 1), D(2028, 2, 29), ledger_approved_on=D(2026, 8, 20)), 2026, (2, 1), 3, 2),
}


def methods(lines: list[Line]) -> tuple[int, int]:
    calls = sum(line.method == PHONE for line in lines)
    return calls, len(lines) - calls


@pytest.mark.clause("rules-1", "5.2.1")
@pytest.mark.parametrize("name", EXAMPLES)
def test_worked_examples(name: str) -> None:
    facts, year, split, literal, merged = EXAMPLES[name]
    assert methods(draft(facts, year, UNIT, DEFAULT)) == split
    assert len(draft(facts, year, UNIT, LITERAL)) == literal
    assert len(draft(facts, year, UNIT, MERGED)) == merged
    for policy in (DEFAULT, LITERAL, MERGED):
        assert check(draft(facts, year, UNIT, policy), requirements(facts, year, UNIT, policy)) == []


@pytest.mark.clause("5.2.2")
def test_project_plan_by_months() -> None:
    begun = Facts(D(2026, 1, 25), D(2028, 1, 24))
    assert methods(draft(begun, 2026, DEPARTMENT, DEFAULT)) == (0, 12)
    ended = Facts(D(2024, 3, 2), D(2026, 3, 1))
    assert len(draft(ended, 2026, DEPARTMENT, DEFAULT)) == 2
    assert len(draft(ended, 2026, DEPARTMENT, LITERAL)) == 3
    (waived,) = requirements(ended, 2026, DEPARTMENT, DEFAULT).waived
    assert (waived.code, waived.start, waived.end) == ("M3", D(2026, 3, 1), D(2026, 3, 1))


@pytest.mark.clause("5.2.1a", "5.2.1b")
def test_v1_passes_and_fails_by_name() -> None:
    calls = [Line(D(2026, month, 10), PHONE) for month in (1, 4, 7, 10)]
    wanted = requirements(V1, 2026, UNIT, DEFAULT)
    assert check([*calls, Line(D(2026, 6, 30), ONSITE), Line(D(2026, 7, 1), ONSITE)], wanted) == []
    (gap,) = check([*calls, Line(D(2026, 3, 1), ONSITE), Line(D(2026, 6, 30), ONSITE)], wanted)
    assert (gap.requirement.code, gap.missing) == ("H2", 1)


@pytest.mark.clause("5.2.1c", "5.2.1d")
def test_v4_with_all_visits_late_fails_three_times() -> None:
    lines = [Line(D(2026, month, 12), PHONE) for month in (6, 8, 10)]
    lines = [line for line in lines if line.on.month != 8 and line.on.month != 6] + [Line(D(2026, 4, 12), PHONE)]
    lines += [Line(D(2026, month, 12), ONSITE) for month in (10, 11, 12)]
    codes = {gap.requirement.code for gap in check(lines, requirements(V4, 2026, UNIT, DEFAULT))}
    assert {"H1", "雨季前K1", "雨季K1"} <= codes
    assert "K1" not in codes


@pytest.mark.clause("5.2.1c")
def test_two_visits_on_one_day_are_one() -> None:
    lines = [Line(D(2026, 10, 12), ONSITE)] * 3
    (k1,) = [each for each in requirements(V4, 2026, UNIT, DEFAULT) if each.code == "K1"]
    assert check(lines, [k1])[0].missing == 2


@pytest.mark.clause("5.2.1e")
def test_a_winter_across_new_year_is_served_by_the_earlier_plan() -> None:
    facts = EXAMPLES["V10"][0]
    (winter,) = [each for each in requirements(facts, 2027, UNIT, DEFAULT) if each.code.startswith("冬季2026")]
    assert (winter.start, winter.end) == (D(2026, 11, 15), D(2027, 3, 15))
    assert check([Line(D(2026, 12, 5), PHONE)], [winter]) == []


@pytest.mark.clause("rules-1")
def test_windows_past_at_the_ledgers_approval_are_missed_not_due() -> None:
    facts = EXAMPLES["V20"][0]
    found = requirements(facts, 2026, UNIT, DEFAULT)
    assert [each.code for each in found.missed] == ["Q1", "Q2", "H1"]
    assert {each.start for each in found if each.code in ("Q3", "H2")} == {D(2026, 8, 20)}


@pytest.mark.clause("rules-1")
def test_a_warranty_too_short_for_any_window_gets_one_call() -> None:
    longer_before = Facts(D(2026, 12, 28), D(2027, 1, 2))
    (only,) = requirements(longer_before, 2026, UNIT, DEFAULT)
    assert (only.start, only.end, only.methods) == (D(2026, 12, 28), D(2026, 12, 31), frozenset({PHONE}))
    assert requirements(longer_before, 2027, UNIT, DEFAULT) == []
    tie = Facts(D(2026, 12, 29), D(2027, 1, 3))
    assert requirements(tie, 2026, UNIT, DEFAULT) == []
    (only,) = requirements(tie, 2027, DEPARTMENT, DEFAULT)
    assert (only.start, only.methods) == (D(2027, 1, 1), frozenset({ONSITE}))


days = st.integers(min_value=0, max_value=1500)


@st.composite
def projects(draw: st.DrawFn) -> Facts:
    start = D(2024, 1, 1) + timedelta(days=draw(days))
    end = start + timedelta(days=draw(st.sampled_from([0, 3, 8, 20, 100, 365, 400, 730, 1825])))
    return Facts(
        start,
        end,
        completed_on=start - timedelta(days=draw(st.sampled_from([0, 0, 10, 40]))),
        serviced_until=end + timedelta(days=draw(st.sampled_from([0, 0, 40]))),
        key=draw(st.booleans()),
        hvac=draw(st.booleans()),
        region=draw(st.sampled_from(["north", "south"])),
        ledger_approved_on=draw(st.sampled_from([None, start + timedelta(days=30), start + timedelta(days=200)])),
    )


@pytest.mark.clause("rules-1")
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    facts=projects(),
    year=st.sampled_from([2025, 2026, 2027]),
    level=st.sampled_from([UNIT, DEPARTMENT]),
    policy=st.builds(Policy, st.sampled_from([1, 7]), st.booleans(), st.booleans()),
)
def test_a_draft_passes_and_no_plan_is_shorter(facts: Facts, year: int, level: str, policy: Policy) -> None:
    wanted = requirements(facts, year, level, policy)
    lines = draft(facts, year, level, policy)
    assert check(lines, wanted) == []
    assert all(line.on.year == year for line in lines)
    assert len(lines) == fewest(wanted, year)
