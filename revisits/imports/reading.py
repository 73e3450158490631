"""An Appendix D in, checked lines out: one visit a row, the header found by its labels wherever it stands.

What needs the database (projects in scope, visitors, lines the plan has) is asked afterwards, in
``revisits.services.importing``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from ledgers.imports.cells import FORMULA, BadCell, clean, fold, parse_date, parse_text, show
from ledgers.imports.reader import Sheet, read_workbook
from ledgers.imports.result import EMPTY, RESULT, CellError, Layout, cell_ref, is_blank, label_of
from ledgers.imports.values import Formula, Row, Value, WorkbookRefused

from .columns import BY_KEY, COLUMNS, LABELS, METHOD_WORDS, METHODS, RECORDED, Column

MOST = 5_000
HEADER_WITHIN = 20
NOTHING = "没有找到年度工程回访计划(附录 D)。请下载模板,按模板的表头填写后上传。"
TOO_MANY = f"回访安排超过 {MOST:,} 行。请分成几个文件,每次最多导入 {MOST:,} 行。"
NO_ROWS = "表头下面没有填写回访安排。请填写计划回访日期和回访方式后重新上传。"
UNFINISHED = "工作表「{0}」有 {1} 行只有工程名称,没有填写计划回访日期和回访方式,未导入。"
NOT_TAKEN = "工作表「{0}」的「{1}」有内容:导入的只是计划,回访情况请在门户的回访记录中填写,这些内容未导入。"
_NOTES = tuple(map(fold, "填报人 审批人 填报日期 编制单位 制表 审核人 说明 注: 备注: 填表说明 合计 总计".split()))
_UNIT = re.compile(r"编制单位\s*[::]\s*(.*)")
_BRACKETS = re.compile(r"\([^()]*\)$")
# What a line says beside the project: without any of it the row is one of the empty form.
_ARRANGED = ("on", "method", "visitor")


@dataclass(slots=True)
class ParsedLine:
    """One visit of the workbook. Use ``values`` of accepted rows only; ``refs``: key → the cell it stands in."""

    sheet: str
    row: int
    values: dict[str, Any] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    errors: list[CellError] = field(default_factory=list)
    known: bool = False

    def fail(self, key: str, message: str) -> None:
        """An error at the cell of a column; at the row's first cell when the sheet has no such column."""
        self.errors.append(CellError(BY_KEY[key].title, message, self.refs.get(key, cell_ref(0, self.row))))

    def failed(self, key: str) -> bool:
        return any(error.column == BY_KEY[key].title for error in self.errors)

    @property
    def accepted(self) -> bool:
        return not self.errors


@dataclass(slots=True)
class Book:
    """A workbook, and what ``ledgers.imports.marking`` needs to give it back. ``units``: sheet → its 编制单位."""

    rows: list[ParsedLine] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    units: dict[str, str] = field(default_factory=dict)
    layouts: dict[str, Layout] = field(default_factory=dict)
    light: bool = False


@dataclass(slots=True)
class Header:
    row: int
    columns: dict[str, int]
    unit: str = ""
    result_column: int | None = None


def read_plan(path: Path | str) -> Book:
    """Read every visible sheet that has the header of Appendix D. Raises ``WorkbookRefused`` in words."""
    found = Book()
    with read_workbook(Path(path)) as book:
        serials = not book.starts_1904
        forms = [(sheet, header) for sheet in book.sheets if (header := find_header(sheet)) is not None]
        if not forms:
            raise WorkbookRefused(NOTHING)
        for sheet, header in forms:
            found.units[sheet.name] = header.unit
            for line in _read_sheet(sheet, header, found, serials):
                found.rows.append(line)
                if len(found.rows) > MOST:
                    raise WorkbookRefused(TOO_MANY)
        for sheet in (*book.sheets, *book.hidden):  # what is not taken must keep the limits too
            if sheet.name not in found.layouts:
                for _ in sheet.rows():
                    pass
        found.light = book.is_light()
        if book.hidden:
            names = "、".join(f"「{show(sheet.name)}」" for sheet in book.hidden[:20])
            found.warnings.append(f"隐藏的工作表{names}未导入。")
    if not found.rows:
        raise WorkbookRefused(NO_ROWS)
    return found


def find_header(sheet: Sheet) -> Header | None:
    """The first row that names the planned day and the project or its code; None when none does."""
    unit = ""
    for row in islice(sheet.rows(), HEADER_WITHIN + 1):
        if row.number > HEADER_WITHIN:
            break
        keys = {_key_of(value) for value in row.cells.values()}
        if "on" in keys and keys & {"project", "code"}:
            return _read_header(sheet, row, unit)
        for value in row.cells.values():
            if isinstance(value, str) and (said := _UNIT.match(clean(value[:200]))):
                unit = said[1].strip()
    return None


def _key_of(value: Value | None) -> str:
    label = label_of(value).strip("*:")
    return LABELS.get(label) or LABELS.get(_BRACKETS.sub("", label).strip("*:"), "")


def _read_header(sheet: Sheet, row: Row, unit: str) -> Header:
    header = Header(row.number, {}, unit)
    for at, value in sorted(row.cells.items()):
        key = _key_of(value)
        if label_of(value) == RESULT:
            header.result_column = at
        elif key in header.columns:
            title = show(label_of(value))
            raise WorkbookRefused(
                f"工作表「{show(sheet.name)}」的列「{title}」出现了两次。请删除多余的一列后重新上传。"
            )
        elif key:
            header.columns[key] = at
    if "method" not in header.columns:
        raise WorkbookRefused(
            f"工作表「{show(sheet.name)}」缺少列「回访方式」。请下载模板,按模板的表头填写后重新上传。"
        )
    return header


def _read_sheet(sheet: Sheet, header: Header, book: Book, serials: bool) -> Iterator[ParsedLine]:
    widest, unfinished = max(header.columns.values()), 0
    recorded: set[str] = set()
    for row in sheet.rows():
        widest = max(widest, *(at for at in row.cells if at != header.result_column), 0)
        filled = {at: v for at, v in row.cells.items() if at != header.result_column and not is_blank(v)}
        if row.number <= header.row or not filled or _is_note(filled, header) or _repeats(filled, header):
            continue
        recorded.update(title for title, key in RECORDED.items() if header.columns.get(key) in filled)
        if not any(header.columns.get(key) in filled for key in _ARRANGED):
            unfinished += any(header.columns.get(key) in filled for key in ("project", "code"))
            continue
        yield _read_row(sheet, row, header, serials)
    if unfinished:
        book.warnings.append(UNFINISHED.format(show(sheet.name), unfinished))
    if recorded:
        book.warnings.append(NOT_TAKEN.format(show(sheet.name), "、".join(sorted(recorded))))
    if "visitor" not in header.columns:
        book.warnings.append(f"工作表「{show(sheet.name)}」没有「回访实施人」列,导入后请在计划中指定计划回访人。")
    column = header.result_column if header.result_column is not None else widest + 1
    book.layouts[sheet.name] = Layout(header.row, header.row, column + 1)


def _is_note(filled: dict[int, Value], header: Header) -> bool:
    """The last row of the form, and words under the table: short texts, of which the first begins as notes do."""
    first = filled[min(filled)]
    if not isinstance(first, str) or len(filled) > 4:
        return False
    alone = len(filled) == 1 and min(filled) == header.columns.get("seq")
    return (alone and not fold(first[:20]).isdigit()) or fold(first[:40]).startswith(_NOTES)


def _repeats(filled: dict[int, Value], header: Header) -> bool:
    """The headings once more, as forms put together from printed pages have them."""
    return all(_key_of(filled.get(header.columns[key])) == key for key in ("on", "method"))


def _read_row(sheet: Sheet, row: Row, header: Header, serials: bool) -> ParsedLine:
    line = ParsedLine(sheet.name, row.number)
    for column in COLUMNS:
        at = header.columns.get(column.key)
        if at is not None:
            line.refs[column.key] = cell_ref(at, row.number)
        _read_cell(line, column, row.cells.get(at) if at is not None else None, serials)
    for key in ("on", "method"):
        if not line.values[key] and not line.failed(key):
            line.fail(key, EMPTY)
    return line


def _read_cell(line: ParsedLine, column: Column, value: Value | None, serials: bool) -> None:
    line.values[column.key] = None if column.key == "on" else ""
    try:
        if isinstance(value, Formula):
            raise BadCell(FORMULA)
        line.values[column.key] = _PARSERS[column.key](value, column, serials)
    except BadCell as bad:
        line.fail(column.key, bad.message)


def _method(value: Value | None) -> str:
    text = fold(parse_text(value, limit=60))
    if text and text not in METHODS:
        raise BadCell(f"「{show(text)}」无法识别,请填写:{METHOD_WORDS}")
    return METHODS.get(text, "")


_PARSERS: dict[str, Callable[[Value | None, Column, bool], Any]] = {
    "project": lambda value, column, _: parse_text(value, limit=column.limit),
    "code": lambda value, column, _: parse_text(value, limit=column.limit, code=True),
    "on": lambda value, _, serials: parse_date(value, serials=serials),
    "method": lambda value, _, __: _method(value),
    "visitor": lambda value, column, _: parse_text(value, limit=column.limit),
}
