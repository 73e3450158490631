"""The frequency rules by their worked examples (rules, section 1: V1 to V20, the project plan, the checks)."""

from datetime import date

import pytest

from revisits.frequency import (
    ANY,
    DEPARTMENT,
    ONSITE,
    PHONE,
    UNIT,
    Facts,
    Line,
    Policy,
    Requirement,
    check,
    draft,
    requirements,
)

D = date
POLICIES = {
    "default": Policy(),
    "literal": Policy(min_window_days=1),
    "merged": Policy(onsite_counts_as_phone=True),
}
V1 = Facts(D(2025, 6, 1), D(2027, 5, 31))
V4 = Facts(D(2026, 4, 10), D(2028, 4, 9), key=True)
# facts, plan year, (calls, visits on site), lines by the literal reading, lines where a visit on site counts as a call
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


def asked(name: str, policy: str = "default") -> dict[str, Requirement]:
    facts, year, *_ = EXAMPLES[name]
    return {each.code: each for each in requirements(facts, year, UNIT, POLICIES[policy])}


def windows(name: str) -> dict[str, tuple[date, date, int]]:
    return {code: (each.start, each.end, each.count) for code, each in asked(name).items()}


def methods(lines: list[Line]) -> tuple[int, int]:
    calls = sum(line.method == PHONE for line in lines)
    return calls, len(lines) - calls


# --- the table


@pytest.mark.clause("rules-1", "5.2.1")
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_worked_example(name: str, policy: str) -> None:
    facts, year, split, literal, merged = EXAMPLES[name]
    lines = draft(facts, year, UNIT, POLICIES[policy])
    assert check(lines, requirements(facts, year, UNIT, POLICIES[policy])) == []
    assert len(lines) == {"default": sum(split), "literal": literal, "merged": merged}[policy]
    if policy == "default":
        assert methods(lines) == split


@pytest.mark.clause("5.2.1a", "5.2.1b")
def test_v1_four_quarters_and_two_half_years() -> None:
    assert windows("V1") == {
        "Q1": (D(2026, 1, 1), D(2026, 3, 31), 1),
        "Q2": (D(2026, 4, 1), D(2026, 6, 30), 1),
        "Q3": (D(2026, 7, 1), D(2026, 9, 30), 1),
        "Q4": (D(2026, 10, 1), D(2026, 12, 31), 1),
        "H1": (D(2026, 1, 1), D(2026, 6, 30), 1),
        "H2": (D(2026, 7, 1), D(2026, 12, 31), 1),
    }
    assert {each.methods for code, each in asked("V1").items() if code[0] == "Q"} == {frozenset({PHONE})}
    assert {each.methods for code, each in asked("V1").items() if code[0] == "H"} == {frozenset({ONSITE})}
    assert {code: each.clause for code, each in asked("V1").items()} == {
        **dict.fromkeys(("Q1", "Q2", "Q3", "Q4"), "5.2.1a"),
        **dict.fromkeys(("H1", "H2"), "5.2.1b"),
    }
    merged = asked("V1", "merged")
    assert {each.methods for code, each in merged.items() if code[0] == "Q"} == {frozenset({PHONE, ONSITE})}
    assert {each.methods for code, each in merged.items() if code[0] == "H"} == {frozenset({ONSITE})}


@pytest.mark.clause("5.2.1a", "5.2.1b")
def test_v3_the_warrantys_last_days() -> None:
    assert windows("V3") == {"Q1": (D(2026, 1, 1), D(2026, 3, 1), 1), "H1": (D(2026, 1, 1), D(2026, 3, 1), 1)}


@pytest.mark.clause("5.2.1c", "5.2.1d")
def test_v4_key_from_the_second_quarter() -> None:
    found = windows("V4")
    assert set(found) == {"Q2", "Q3", "Q4", "H1", "H2", "K1", "雨季前K1", "雨季K1"}
    assert found["K1"] == (D(2026, 4, 10), D(2026, 12, 31), 3)
    assert found["雨季前K1"] == (D(2026, 5, 2), D(2026, 5, 31), 1)
    assert found["雨季K1"] == (D(2026, 6, 1), D(2026, 9, 30), 1)
    assert asked("V4")["K1"].methods == frozenset({ONSITE})
    assert asked("V4")["雨季K1"].methods == ANY
    assert (asked("V4")["K1"].clause, asked("V4")["雨季K1"].clause) == ("5.2.1c", "5.2.1d")


@pytest.mark.clause("5.2.1c")
def test_v5_the_last_key_visit_by_the_tenth_of_april() -> None:
    assert windows("V5")["K1"] == (D(2027, 1, 1), D(2027, 4, 10), 1)
    assert not any(code.startswith("雨季") for code in windows("V5"))


@pytest.mark.clause("5.2.1c", "5.2.1d")
def test_v8_after_the_warranty_only_the_key_year_and_its_rain() -> None:
    assert windows("V8") == {
        "K2": (D(2026, 1, 1), D(2026, 9, 30), 3),
        "雨季前K2": (D(2026, 5, 2), D(2026, 5, 31), 1),
        "雨季K2": (D(2026, 6, 1), D(2026, 9, 30), 1),
    }


@pytest.mark.clause("5.2.1e")
def test_v10_the_winter_under_way_is_due_the_next_one_next_year() -> None:
    found = windows("V10")
    assert found["冬季2025"] == (D(2026, 2, 10), D(2026, 3, 15), 1)
    assert found["夏季2026"] == (D(2026, 6, 1), D(2026, 8, 31), 1)
    assert "冬季2026" not in found
    after = {each.code: each for each in requirements(EXAMPLES["V10"][0], 2027, UNIT, Policy())}
    assert (after["冬季2026"].start, after["冬季2026"].end) == (D(2026, 11, 15), D(2027, 3, 15))
    assert (after["冬季2026"].methods, after["冬季2026"].clause) == (ANY, "5.2.1e")


@pytest.mark.clause("5.2.1e")
def test_v12_two_winters_in_one_year() -> None:
    found = windows("V12")
    assert found["冬季2025"] == (D(2025, 11, 15), D(2026, 3, 15), 1)
    assert found["冬季2026"] == (D(2026, 11, 15), D(2026, 12, 20), 1)


@pytest.mark.clause("5.2.1a")
def test_v15_a_short_warranty() -> None:
    assert {code: (start, end) for code, (start, end, _) in windows("V15").items()} == {
        "Q1": (D(2026, 3, 20), D(2026, 3, 31)),
        "Q2": (D(2026, 4, 1), D(2026, 5, 10)),
        "H1": (D(2026, 3, 20), D(2026, 5, 10)),
    }


@pytest.mark.clause("5.2.1c")
def test_v18_all_four_key_visits_in_one_year() -> None:
    assert windows("V18")["K1"] == (D(2026, 1, 1), D(2026, 11, 20), 4)


@pytest.mark.clause("rules-1")
def test_v20_what_was_past_at_approval_is_missed() -> None:
    facts, year, *_ = EXAMPLES["V20"]
    found = requirements(facts, year, UNIT, Policy())
    assert [(each.code, each.start, each.end) for each in found.missed] == [
        ("Q1", D(2026, 3, 1), D(2026, 3, 31)),
        ("Q2", D(2026, 4, 1), D(2026, 6, 30)),
        ("H1", D(2026, 3, 1), D(2026, 6, 30)),
    ]
    assert windows("V20") == {
        "Q3": (D(2026, 8, 20), D(2026, 9, 30), 1),
        "Q4": (D(2026, 10, 1), D(2026, 12, 31), 1),
        "H2": (D(2026, 8, 20), D(2026, 12, 31), 1),
    }


@pytest.mark.clause("5.2.2")
def test_project_plan_start_in_january() -> None:
    begun = Facts(D(2026, 1, 25), D(2028, 1, 24))
    for policy in ("default", "literal"):
        assert methods(draft(begun, 2026, DEPARTMENT, POLICIES[policy])) == (0, 12)
    found = requirements(begun, 2026, DEPARTMENT, Policy())
    assert [each.code for each in found] == [f"M{month}" for month in range(1, 13)]
    assert (found[0].start, found[0].end, found[0].clause) == (D(2026, 1, 25), D(2026, 1, 31), "5.2.2")
    assert (found[11].start, found[11].end) == (D(2026, 12, 1), D(2026, 12, 31))
    assert {each.methods for each in found} == {frozenset({ONSITE})}


@pytest.mark.clause("5.2.2")
def test_project_plan_end_on_the_first_of_march() -> None:
    ended = Facts(D(2024, 3, 2), D(2026, 3, 1))
    assert len(draft(ended, 2026, DEPARTMENT, POLICIES["default"])) == 2
    assert len(draft(ended, 2026, DEPARTMENT, POLICIES["literal"])) == 3
    (waived,) = requirements(ended, 2026, DEPARTMENT, Policy()).waived
    assert (waived.code, waived.start, waived.end) == ("M3", D(2026, 3, 1), D(2026, 3, 1))


# --- the checks


@pytest.mark.clause("5.2.1a", "5.2.1b", "5.2.4")
def test_check_v1_passes() -> None:
    calls = [Line(D(2026, month, 10), PHONE) for month in (1, 4, 7, 10)]
    lines = [*calls, Line(D(2026, 6, 30), ONSITE), Line(D(2026, 7, 1), ONSITE)]
    assert check(lines, asked("V1").values()) == []


@pytest.mark.clause("5.2.1b", "5.2.4")
def test_check_v1_fails_the_second_half_year_by_name() -> None:
    calls = [Line(D(2026, month, 10), PHONE) for month in (1, 4, 7, 10)]
    lines = [*calls, Line(D(2026, 3, 1), ONSITE), Line(D(2026, 6, 30), ONSITE)]
    (gap,) = check(lines, asked("V1").values())
    assert (gap.requirement.code, gap.missing) == ("H2", 1)
    assert str(gap) == "H2(5.2.1b):2026-07-01 至 2026-12-31 缺现场 1 次"


@pytest.mark.clause("5.2.1b", "5.2.1d", "5.2.4")
def test_check_v4_with_all_visits_late_fails_three_times() -> None:
    lines = [Line(D(2026, month, 12), PHONE) for month in (4, 10)]
    lines += [Line(D(2026, month, 12), ONSITE) for month in (10, 11, 12)]
    gaps = {gap.requirement.code: str(gap) for gap in check(lines, asked("V4").values())}
    assert set(gaps) == {"H1", "雨季前K1", "雨季K1", "Q3"}  # Q3: no call was given here
    assert gaps["雨季K1"] == "雨季K1(5.2.1d):2026-06-01 至 2026-09-30 缺回访 1 次"
    assert gaps["Q3"] == "Q3(5.2.1a):2026-07-01 至 2026-09-30 缺电话 1 次"
