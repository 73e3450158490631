"""The statutory minimum of warranty terms, one day either side. Warnings only."""

from datetime import date
from decimal import Decimal

import pytest

from ledgers.statutory import Term, add_years, warnings

START = date(2026, 3, 10)
LONG_ENOUGH = date(2031, 3, 9)
pytestmark = pytest.mark.clause("5.1.1")


def below(part: str, unit: str, amount: str | None, ends_on: date | None = None) -> bool:
    value = None if amount is None else Decimal(amount)
    return bool(warnings([Term(part, "部位", unit, value, ends_on)], START, LONG_ENOUGH))


@pytest.mark.parametrize(
    ("part", "unit", "minimum"),
    [
        ("waterproofing", "years", "5"),
        ("heating_cooling", "seasons", "2"),
        ("installation", "years", "2"),
        ("decoration", "years", "2"),
    ],
)
def test_the_minimum_itself_passes_and_a_tenth_less_warns(part: str, unit: str, minimum: str) -> None:
    assert not below(part, unit, minimum)
    assert below(part, unit, str(Decimal(minimum) - Decimal("0.1")))


@pytest.mark.parametrize(("part", "years"), [("waterproofing", 5), ("installation", 2), ("decoration", 2)])
def test_a_stated_last_day_counts_to_the_day_before_the_anniversary(part: str, years: int) -> None:
    last = add_years(START, years)
    assert not below(part, "years", None, date(last.year, 3, 9)), "both days included, this is the full term"
    assert below(part, "years", None, date(last.year, 3, 8)), "one day less"


def test_structure_lasts_for_the_design_life() -> None:
    assert not below("structure", "design_life", None)
    assert below("structure", "years", "50")


def test_a_part_without_a_minimum_never_warns() -> None:
    assert not below("other", "years", "0.1")


@pytest.mark.parametrize(("end", "warns"), [(date(2028, 3, 9), False), (date(2028, 3, 8), True)])
def test_the_header_below_two_years_warns(end: date, warns: bool) -> None:
    assert bool(warnings([], START, end)) is warns


def test_leap_day() -> None:
    """From 29 February two years end on 27 or 28 February: the anniversary in a common year is the 28th."""
    start = date(2028, 2, 29)
    assert add_years(start, 2) == date(2030, 2, 28)
    assert not warnings([], start, date(2030, 2, 27))
    assert warnings([], start, date(2030, 2, 26))


def test_the_warning_names_the_part_and_the_minimum() -> None:
    term = Term("waterproofing", "屋面防水", "years", Decimal("3"))
    (text,) = warnings([term], START, LONG_ENOUGH)
    assert "屋面防水" in text
    assert "5年" in text


def test_nothing_known_warns_of_nothing() -> None:
    assert warnings([Term("waterproofing", "屋面防水", "years")], None, None) == []
