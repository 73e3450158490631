"""Appendix D (年度工程回访计划和回访记录表, C028B2) as printed lines: what the workbook and the PDF have in common.

Pure: no database, no clock. One visit a line; a failed call stands in 回访情况记录 of its line with the visit that took
its place. Source: standard, Appendix D; R-5.2.2, R-5.3.1; A.3 C03.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from .base import file_name

SUFFIX = "C028B2"
TITLE = "年度工程回访计划和回访记录表"
COLUMNS = ("序号", "工程名称", "业主联系方式", "计划回访日期", "回访方式", "实际回访日期", "回访实施人", "回访情况记录")
WIDTHS = (6, 28, 24, 14, 10, 14, 14, 40)
BLANK_DAY = "    年   月   日"
NO_LINES = "本版计划没有回访安排"


class Line(NamedTuple):
    """A visit: as planned, and what came of it. ``contact`` has one person a line, the phone masked or whole."""

    project: str
    contact: str
    planned_on: date | None
    method: str
    visited_on: date | None
    visitor: str
    situation: str


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one version of a plan. ``count`` lines are read when they are written; ``note`` says when it is not
    the version in force ("草稿 · 未生效")."""

    code: str
    unit: str
    year: int
    version: int
    lines: Callable[[], Iterator[Line]]
    count: int
    drawn_up_on: date | None = None
    filled_by: str = ""
    approved_by: str = ""
    filled_on: date | None = None
    note: str = ""
    title: str = TITLE

    @property
    def name(self) -> str:
        return f"{self.unit} {self.year} 年度"

    @property
    def head(self) -> tuple[str, str]:
        return f"编制单位:{self.unit}", f"计划编制日期:{chinese_date(self.drawn_up_on)}"

    @property
    def foot(self) -> tuple[str, str, str]:
        return (
            f"填报人:{self.filled_by}",
            f"审批人:{self.approved_by}",
            f"填报日期:{chinese_date(self.filled_on)}",
        )


class PlanDocument:
    """What the workbook and the PDF say of themselves. ``masked``: phones are 138****1234 in it."""

    suffix = SUFFIX
    title = TITLE
    extension: str

    def __init__(self, form: Form, *, masked: bool, label: str = "") -> None:
        self.form = form
        self.label = label
        self.masked = masked
        self.rows = form.count

    @property
    def filename(self) -> str:
        return file_name(self.title, self.form.unit, str(self.form.year), self.label, extension=self.extension)

    @property
    def subject(self) -> str:
        return " ".join(filter(None, (self.form.name, self.label, "电话已隐去" if self.masked else "")))

    @property
    def privacy(self) -> str:
        return privacy(masked=self.masked)


def privacy(*, masked: bool) -> str:
    """What the page that asks for the purpose says of the phones."""
    if masked:
        return "文件包含业主联系人姓名,电话已隐去中间几位。"
    return "文件包含业主联系人的完整电话。"


def chinese_date(day: date | None) -> str:
    """2026年11月23日; blank: room to write by hand."""
    return f"{day.year}年{day.month}月{day.day}日" if day else BLANK_DAY


@dataclass(frozen=True, slots=True)
class Attempt:
    """未联系上: when and how, why, and the day of the visit that takes its place."""

    tried_on: date
    method: str
    reason: str
    moved_to: date

    def __str__(self) -> str:
        return f"{self.tried_on} {self.method}未联系上:{self.reason};改于 {self.moved_to} 现场回访。"


@dataclass(frozen=True, slots=True)
class Found:
    """What a record says (R-2.2.1): the method it was made by, who answered, the four items in words, the situation."""

    method: str
    respondent: str
    items: tuple[str, ...]
    situation: str


def situation_of(
    *,
    method: str,
    attempts: Iterable[Attempt] = (),
    found: Found | None = None,
    cases: Iterable[str] = (),
    moved_to: date | None = None,
    cancelled: bool = False,
) -> str:
    """回访情况记录, one matter a line: each failed attempt, where the open visit was moved to, then the record.

    The record names its method where it is not the planned one, and the warranty cases it opened.
    """
    said = [str(each) for each in attempts]
    if moved_to is not None:
        said.append(f"改期至 {moved_to}。")
    if cancelled:
        said.append("已取消:随工程转移。")
    if found is not None:
        by = f"{found.method}回访," if found.method != method else ""
        said.append(f"{by}受访人:{found.respondent};{';'.join(found.items)}。")
        said += [found.situation] if found.situation else []
        if numbers := "、".join(cases):
            said.append(f"保修记录:{numbers}。")
    return "\n".join(said)
