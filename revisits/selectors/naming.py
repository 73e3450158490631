"""Rules, windows and gaps in the words of a page."""

import re
from functools import lru_cache

from revisits.frequency import ONSITE, PHONE, Requirement
from revisits.models import Waiver

from .checking import ProjectGap

_QUARTERS = {"Q1": "一季度", "Q2": "二季度", "Q3": "三季度", "Q4": "四季度"}
_HALVES = {"H1": "上半年", "H2": "下半年"}
_KEY_YEARS = {"K1": "重点工程竣工后一年", "K2": "重点工程保修期满后一年"}
_WAIVERS = {"": "", Waiver.Status.ASKED.value: "豁免待批准", Waiver.Status.GRANTED.value: "已豁免"}


def rule_label(code: str) -> str:
    """What a rule asks for: Q1 → 一季度电话回访, 雨季前K1 → 雨季前回访, 冬季2025 → 2025 年冬季回访."""
    if code in _QUARTERS:
        return f"{_QUARTERS[code]}电话回访"
    if code in _HALVES:
        return f"{_HALVES[code]}现场回访"
    if code in _KEY_YEARS:
        return f"{_KEY_YEARS[code]}现场回访"
    if found := re.fullmatch(r"M(\d+)", code):
        return f"{found[1]} 月现场回访"
    if found := re.fullmatch(r"([冬夏]季)(\d{4})", code):
        return f"{found[2]} 年{found[1]}回访"
    return f"{re.sub(r'K[12]$', '', code)}回访"


def methods_label(requirement: Requirement) -> str:
    """By what means the rule may be met."""
    if requirement.methods == frozenset({PHONE}):
        return "电话"
    if requirement.methods == frozenset({ONSITE}):
        return "现场"
    return "电话或现场" if requirement.methods == frozenset({PHONE, ONSITE}) else "不限方式"


def gap_label(gap: ProjectGap) -> str:
    """Rule, clause, window and what is missing, and what became of its waiver."""
    words = _lacking(gap.gap.requirement, gap.gap.missing)
    if gap.waiver:
        return f"{words}({_WAIVERS[gap.waiver]})"
    return f"{words}(境外工程,仅提醒)" if gap.project.overseas else words


@lru_cache(maxsize=4096)  # most projects of a plan share their windows
def _lacking(wanted: Requirement, missing: int) -> str:
    return f"{window_label(wanted)},缺{methods_label(wanted)} {missing} 次"


def window_label(requirement: Requirement) -> str:
    return (
        f"{rule_label(requirement.code)}({requirement.code},标准 {requirement.clause}):"
        f"{requirement.start} 至 {requirement.end}"
    )
