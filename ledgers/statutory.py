"""Statutory minimum warranty terms, as warnings (建设工程质量管理条例第四十条; requirements, 5.1). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Term:
    """A warranty term: ``amount`` in ``unit`` (years, seasons, design_life), or ``ends_on`` where a date is stated."""

    part: str
    label: str
    unit: str
    amount: Decimal | None = None
    ends_on: date | None = None


# part → (unit, minimum, in words)
MINIMUM: dict[str, tuple[str, int, str]] = {
    "waterproofing": ("years", 5, "5年"),
    "heating_cooling": ("seasons", 2, "2个采暖期/供冷期"),
    "installation": ("years", 2, "2年"),
    "decoration": ("years", 2, "2年"),
    "structure": ("design_life", 0, "设计使用年限"),
}
HEADER_MINIMUM_YEARS = 2


def add_years(day: date, years: int) -> date:
    """The same day ``years`` later; 29 February becomes the 28th in a common year."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def warnings(terms: Iterable[Term], start: date | None, end: date | None) -> list[str]:
    """What lies below the statutory minimum, in words. A warning never blocks: a contract may be under dispute.

    ``start`` and ``end`` are the header's warranty dates, both included: a term of n years from ``start`` ends no
    earlier than the day before its n-th anniversary.
    """
    found: list[str] = []
    for term in terms:
        rule = MINIMUM.get(term.part)
        if rule is not None and _below(term, rule, start):
            found.append(f"{term.label}的保修期限低于法定最低期限({rule[2]}),请核对质量保证书或保修合同。")
    if start and end and _days_short(start, end, HEADER_MINIMUM_YEARS):
        found.append("保修期(开始至截止)不足2年,低于装修、安装工程的法定最低期限,请核对。")
    return found


def _below(term: Term, rule: tuple[str, int, str], start: date | None) -> bool:
    unit, minimum, _ = rule
    if unit == "design_life":
        return term.unit != "design_life"
    if term.unit == "design_life":
        return False
    if term.ends_on is not None and unit == "years":
        return start is not None and _days_short(start, term.ends_on, minimum)
    # A year holds one heating season, so years and seasons compare by their number.
    return term.amount is not None and term.amount < minimum


def _days_short(start: date, end: date, years: int) -> bool:
    return (add_years(start, years) - end).days > 1
