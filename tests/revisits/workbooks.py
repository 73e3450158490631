"""Appendix D plans as units send them, written with openpyxl for the import's tests."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

TITLES = {
    "seq": "序号",
    "project": "工程名称",
    "contact": "业主联系方式",
    "on": "计划回访日期",
    "method": "回访方式",
    "visited_on": "实际回访日期",
    "visitor": "回访实施人",
    "situation": "回访情况记录",
}
# Where the form has them: column letters of the cells that are read.
AT = {"project": "B", "on": "D", "method": "E", "visitor": "G"}
FIRST = 4


def a_line(project: Any, **changes: Any) -> dict[str, Any]:
    name = project if isinstance(project, str) else project.name
    return {"project": name, "on": "2026-03-12", "method": "电话", "visitor": ""} | changes


def write_plan(
    path: Path,
    rows: Iterable[dict[str, Any]],
    *,
    titles: dict[str, str] = TITLES,
    unit: str = "",
    above: int = 2,
    below: tuple[str, ...] = ("填报人:王某",),
) -> Path:
    """The form with its headings in row ``above`` + 1; text stays text, also when it begins with "="."""
    book = Workbook()
    _fill(book.active, rows, titles, unit, above, below)
    book.save(path)
    return path


def write_plans(path: Path, sheets: dict[str, tuple[str, list[dict[str, Any]]]]) -> Path:
    """A workbook with several forms: sheet → 编制单位 and its rows."""
    book = Workbook()
    book.remove(book.active)
    for name, (unit, rows) in sheets.items():
        _fill(book.create_sheet(name), rows, TITLES, unit, 2, ())
    book.save(path)
    return path


def _fill(
    sheet: Worksheet,
    rows: Iterable[dict[str, Any]],
    titles: dict[str, str],
    unit: str,
    above: int,
    below: tuple[str, ...],
) -> None:
    sheet.title = sheet.title if sheet.title != "Sheet" else "计划"
    if above:
        sheet.cell(1, 1, "年度工程回访计划和回访记录表")
    if above > 1:
        sheet.cell(2, 1, f"编制单位:{unit}")
    for at, title in enumerate(titles.values(), 1):
        sheet.cell(above + 1, at, title)
    for number, row in enumerate(rows, above + 2):
        for at, key in enumerate(titles, 1):
            value = row.get(key)
            if value in ("", None):
                continue
            cell = sheet.cell(number, at, value)
            if isinstance(value, str):
                cell.data_type = "s"
    for text in below:
        sheet.cell(sheet.max_row + 1, 1, text)
