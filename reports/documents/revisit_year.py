"""A unit's year in one workbook: the summary, then Appendix D of the unit and of each of its project departments."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Any, BinaryIO

from .appendix_d import Form, privacy
from .appendix_d_xlsx import FormRows, new_book, write_form
from .base import PAPER_A4, XLSX, Footer, file_name
from .excel import CENTRE, HEADING, LEFT, put_footer

SUMMARY = "汇总"
TITLE = "年度工程回访情况汇总表"
COLUMNS = (
    ("序号", 6), ("编制单位", 30), ("层级", 12), ("计划状态", 16), ("版本", 8), ("工程", 9), ("计划回访", 10),
    ("已到日期", 10), ("已完成", 9), ("其中有问题", 11), ("超过时限", 10), ("频次缺口", 10), ("已批豁免", 10),
)  # fmt: skip
NOTE = (
    "工程、计划回访按现行版本(无现行版本的按编制中的版本)统计;已到日期:应回访日期不晚于导出日;"
    "超过时限:逾期完成和逾期未完成的回访;频次缺口:检查报告中未获豁免的缺口。"
)
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_SHEET_MAX = 31


@dataclass(frozen=True, slots=True)
class Tally:
    """A unit's line of the summary; the figures are counts. ``status`` is 未编制 where there is no plan."""

    unit: str
    level: str
    status: str
    version: str = ""
    projects: int = 0
    planned: int = 0
    due: int = 0
    done: int = 0
    problems: int = 0
    late: int = 0
    gaps: int = 0
    waived: int = 0

    @property
    def figures(self) -> tuple[int, ...]:
        return astuple(self)[4:]


class RevisitYearWorkbook:
    """``forms`` are read one after the other, each once: their lines come from one stream."""

    suffix = ""
    title = "年度工程回访计划和回访记录汇编"
    content_type = XLSX

    def __init__(
        self,
        unit: str,
        year: int,
        tallies: Sequence[Tally],
        forms: Callable[[], Iterator[tuple[Form, Footer]]],
        footer: Footer,
        *,
        masked: bool,
        day: str,
    ) -> None:
        self.unit, self.year, self.tallies, self.forms, self.footer = unit, year, tallies, forms, footer
        self.masked, self.day = masked, day
        self.rows = 0

    @property
    def filename(self) -> str:
        return file_name(self.title, self.unit, str(self.year), self.day, extension="xlsx")

    @property
    def subject(self) -> str:
        return f"{self.unit} {self.year} 年度及所属项目经理部{' 电话已隐去' if self.masked else ''}"

    @property
    def privacy(self) -> str:
        return privacy(masked=self.masked)

    def render(self, target: BinaryIO) -> None:
        book = new_book(f"{self.title} {self.unit} {self.year}")
        taken = {SUMMARY}
        self._summary(book.create_sheet(SUMMARY))
        self.rows = 0
        for form, footer in self.forms():
            self.rows += write_form(book, form, footer, name=sheet_name(form.unit, taken))
        book.save(target)

    def _summary(self, sheet: Any) -> None:
        _set_up(sheet, self.footer)
        rows = FormRows(sheet, [width for _, width in COLUMNS])
        last = chr(ord("A") + len(COLUMNS) - 1)
        rows.merged([("A", last, f"{self.unit} {self.year} {TITLE}", CENTRE)], 36, font=HEADING, boxed=False)
        rows.merged([("A", last, f"导出日期:{self.day}", LEFT)], 22)
        rows.heading([label for label, _ in COLUMNS])
        for number, tally in enumerate(self.tallies, 1):
            rows.plain([number, *astuple(tally)])
        totals = [sum(column) for column in zip(*(tally.figures for tally in self.tallies), strict=True)]
        rows.plain(["", "合计", "", "", "", *totals], bold=True)
        rows.merged([("A", last, NOTE, LEFT)], 34)


def _set_up(sheet: Any, footer: Footer) -> None:
    for at, (_, width) in enumerate(COLUMNS):
        sheet.column_dimensions[chr(ord("A") + at)].width = width
    sheet.freeze_panes = "C4"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", PAPER_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "3:3"
    sheet.print_options.horizontalCentered = True
    put_footer(sheet, footer)


def sheet_name(name: str, taken: set[str]) -> str:
    """A name Excel accepts: at most 31 characters, none of []:*?/\\, no apostrophe at the ends, none twice."""
    plain = " ".join(_FORBIDDEN.sub(" ", name).split()).strip("'")[:_SHEET_MAX].strip("' ") or "单位"
    found, at = plain, 1
    while found.casefold() in taken:
        at += 1
        end = f"({at})"
        found = plain[: _SHEET_MAX - len(end)] + end
    taken.add(found.casefold())
    return found
