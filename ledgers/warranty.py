"""Whether a problem lies within the warranty: the part's own term, else the header's end date. Pure.

Ambiguity 15: the header's dates govern revisits, the parts govern warranty cases.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from .statutory import Term, add_years

SEASONS = "按每年一个采暖期、一个供冷期推算"


@dataclass(frozen=True, slots=True)
class Judgement:
    """``covered`` is a suggestion, None where the ledger does not say; ``reason`` says why, in words."""

    covered: bool | None
    reason: str


def last_day(term: Term, start: date | None) -> date | None:
    """The last day of a term that begins with the warranty, included; None for a design life or where it cannot be
    counted. A year holds one heating and one cooling season, as in ``statutory``."""
    if term.ends_on is not None:
        return term.ends_on
    if term.unit == "design_life" or term.amount is None or start is None:
        return None
    years, rest = divmod(term.amount, 1)
    return _add_months(add_years(start, int(years)), int(rest * 12)) - timedelta(days=1)


def judge(part: str, label: str, terms: Iterable[Term], start: date | None, end: date | None, on: date) -> Judgement:
    """Is a problem of ``part``, reported on ``on``, within the warranty that the ledger in force states?

    ``label`` is the part in words, ``start`` and ``end`` the header's dates, both included.
    """
    if start is not None and on < start:
        return Judgement(None, f"保修期自 {start} 起,报修早于保修开始日期,请人工核定。")
    stated = [term for term in terms if part and term.part == part]
    for term in stated:
        if term.unit == "design_life" and term.ends_on is None:
            return Judgement(True, f"{label}的保修期限为设计使用年限。")
    # A ledger may state several terms of one part (roof 5 years, outer wall 8): the longest one decides.
    ends = [(day, term) for term in stated if (day := last_day(term, start)) is not None]
    if ends:
        day, term = max(ends, key=lambda each: each[0])
        counted = f"({_words(term)},至 {day})"
        return Judgement(on <= day, f"{label}{counted},{_verdict(on, day)}")
    if end is None:
        return Judgement(None, "台账未写明保修截止日期,请人工核定。")
    lead = f"台账未写明{label}的保修期限,按保修截止日期" if part else "未选择保修部位,按保修截止日期"
    return Judgement(on <= end, f"{lead} {end} 判断,{_verdict(on, end)}")


def _verdict(on: date, day: date) -> str:
    return f"报修日 {on} 在保修期内。" if on <= day else f"报修日 {on} 已超过保修期。"


def _words(term: Term) -> str:
    if term.amount is None:
        return "到期日已写明"
    if term.unit == "seasons":
        return f"{term.amount.normalize():f}个采暖期/供冷期" + ("" if term.ends_on else f",{SEASONS}")
    return f"{term.amount.normalize():f}年"


def _add_months(day: date, months: int) -> date:
    """``months`` (0 to 11) later, clamped to the month's end."""
    if not months:
        return day
    at = day.month - 1 + months
    first = date(day.year + at // 12, at % 12 + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))
