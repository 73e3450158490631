"""A register of complaints in, checked rows out: one a row, the header found by its labels wherever it stands.

What needs the database (projects in reach, numbers taken) is asked afterwards, in ``complaints.services.importing``.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from ledgers.columns import PHONE_MAX
from ledgers.forms.fields import parse_owner_phone
from ledgers.imports.cells import FORMULA, BadCell, clean, fold, parse_date, parse_text, show
from ledgers.imports.reader import Sheet, read_workbook
from ledgers.imports.result import EMPTY, RESULT, CellError, Layout, cell_ref, is_blank, label_of
from ledgers.imports.values import Cells, Formula, Row, Timed, Value, WorkbookRefused
from workflow.due import SHANGHAI

from .columns import BY_KEY, COLUMNS, DEMANDS_MAX, LABELS, Column

MOST = 5_000
HEADER_WITHIN = 20
TELLING = set(BY_KEY) - {"number", "remark"}
NOTHING = "没有找到投诉台账。请下载模板,按模板的表头填写后上传。"
TOO_MANY = f"投诉超过 {MOST:,} 行。请分成几个文件,每次最多导入 {MOST:,} 行。"
_NOTES = "说明 注: 备注: 填表说明 填报人 填报单位 填报日期 审核人 审批人 制表 合计 总计"
_NOTE_STARTS = tuple(map(fold, _NOTES.split()))
_CODES = {"number", "project_code"}
_BRACKETS = re.compile(r"\([^()]*\)$")
_CLOCK = re.compile(r"(?:T|\s+|日\s*)(\d{1,2})[:时](\d{1,2})(?::\d{1,2}(?:\.\d+)?|分)?$")
_COUNTED = re.compile(r"^\s*(?:[(]?\d{1,2}[)、.]|[①-⑳])\s*")


@dataclass(slots=True)
class ParsedComplaint:
    """One complaint of the workbook. Use ``values`` of accepted rows only; ``refs``: key → the cell it stands in."""

    sheet: str
    row: int
    values: dict[str, Any] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)
    errors: list[CellError] = field(default_factory=list)
    stated: set[str] = field(default_factory=set)

    def fail(self, key: str, message: str) -> None:
        """An error at the cell of a column; at the row's first cell when the sheet has no such column."""
        self.errors.append(CellError(BY_KEY[key].title, message, self.refs.get(key, cell_ref(0, self.row))))

    def failed(self, key: str) -> bool:
        return any(error.column == BY_KEY[key].title for error in self.errors)

    @property
    def accepted(self) -> bool:
        return not self.errors

    @property
    def finished(self) -> bool:
        """结案日期 is filled: history. Without it the complaint is still to be handled."""
        return self.values.get("closed_on") is not None


@dataclass(slots=True)
class Register:
    """What a workbook holds, and what ``ledgers.imports.marking`` needs to give it back."""

    rows: list[ParsedComplaint] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    layouts: dict[str, Layout] = field(default_factory=dict)
    light: bool = False


@dataclass(slots=True)
class Header:
    row: int
    columns: dict[str, int]
    unknown: list[str] = field(default_factory=list)
    result_column: int | None = None


def read_register(path: Path | str) -> Register:
    """Read every visible sheet that has the header of a register. Raises ``WorkbookRefused`` in words."""
    register = Register()
    with read_workbook(Path(path)) as book:
        serials = not book.starts_1904
        found = [(sheet, header) for sheet in book.sheets if (header := find_header(sheet)) is not None]
        if not found:
            raise WorkbookRefused(NOTHING)
        if book.hidden:
            names = "、".join(f"「{show(sheet.name)}」" for sheet in book.hidden[:20])
            register.warnings.append(f"隐藏的工作表{names}未导入。")
        for sheet, header in found:
            for row in _read_sheet(sheet, header, register, serials):
                register.rows.append(row)
                if len(register.rows) > MOST:
                    raise WorkbookRefused(TOO_MANY)
        for sheet in (*book.sheets, *book.hidden):  # what is not taken must keep the limits too
            if sheet.name not in register.layouts:
                for _ in sheet.rows():
                    pass
        register.light = book.is_light()
    if not register.rows:
        raise WorkbookRefused("表头下面没有投诉。请从表头的下一行开始,每行填写一项投诉后重新上传。")
    return register


def key_of(label: str) -> str:
    """The column that a folded label names, with or without a remark in brackets, a star or a colon; "" for none."""
    label = label.strip("*:")
    return LABELS.get(label) or LABELS.get(_BRACKETS.sub("", label).strip("*:"), "")


def find_header(sheet: Sheet) -> Header | None:
    """The row with the most columns of a register among the first rows; None when none has four of them."""
    best: Header | None = None
    for row in islice(sheet.rows(), HEADER_WITHIN + 1):
        if row.number > HEADER_WITHIN:
            break
        labels = {key_of(label_of(value)) for value in row.cells.values()}
        if len(labels & TELLING) >= 4 and (best is None or len(labels & TELLING) > len(best.columns)):
            best = _read_header(sheet, row)
    return best


def _read_header(sheet: Sheet, row: Row) -> Header:
    header = Header(row.number, {})
    for at, value in sorted(row.cells.items()):
        label = label_of(value)
        key = key_of(label)
        if label == RESULT:
            header.result_column = at
        elif key in header.columns:
            title = BY_KEY[key].title if key in BY_KEY else label
            raise WorkbookRefused(
                f"工作表「{show(sheet.name)}」的列「{title}」出现了两次。请删除多余的一列后重新上传。"
            )
        elif key:
            header.columns[key] = at
        elif label:
            header.unknown.append(label)
    return header


def _read_sheet(sheet: Sheet, header: Header, register: Register, serials: bool) -> Iterator[ParsedComplaint]:
    absent = [column.title for column in COLUMNS if column.required and column.key not in header.columns]
    if not {"project_code", "project_name"} & header.columns.keys():
        absent.append("工程编号」或「工程名称")
    if absent:
        names = "、".join(f"「{title}」" for title in absent)
        raise WorkbookRefused(f"工作表「{show(sheet.name)}」缺少列{names}。请下载模板,按模板的表头填写后重新上传。")
    if header.unknown:
        names = "、".join(f"「{show(label)}」" for label in header.unknown[:20])
        register.warnings.append(f"工作表「{show(sheet.name)}」的列{names}不属于投诉台账,未导入。")
    widest = max(header.columns.values())
    notes: list[int] = []
    for row in sheet.rows():
        widest = max(widest, *(at for at in row.cells if at != header.result_column), 0)
        filled = _filled(row, header)
        if row.number <= header.row or not filled or _only_counted(filled, header):
            continue
        if _is_note(filled, header):
            notes.append(row.number)
            continue
        yield _read_row(sheet, row, header, serials)
    if notes:
        shown = "、".join(map(str, notes[:20])) + (" 等" if len(notes) > 20 else "")
        register.warnings.append(f"工作表「{show(sheet.name)}」第 {shown} 行是说明文字,未作为投诉导入。")
    column = header.result_column if header.result_column is not None else widest + 1
    register.layouts[sheet.name] = Layout(header.row, header.row, column + 1)


def _filled(row: Row, header: Header) -> list[tuple[int, Value]]:
    """The cells a person sees, without the results of an earlier import, from left to right."""
    return [
        (at, value) for at, value in sorted(row.cells.items()) if at != header.result_column and not is_blank(value)
    ]


def _only_counted(filled: list[tuple[int, Value]], header: Header) -> bool:
    """Only the running number: templates come numbered in advance."""
    at, value = filled[0]
    if len(filled) != 1 or at != header.columns.get("seq"):
        return False
    return not isinstance(value, str) or fold(value[:20]).isdigit()


def _is_note(filled: list[tuple[int, Value]], header: Header) -> bool:
    """Words under the table: text in the running number's column alone, or a short line that begins as notes do."""
    texts = [value for _, value in filled if isinstance(value, str)]
    if len(texts) != len(filled):
        return False
    if len(filled) == 1 and filled[0][0] == header.columns.get("seq"):
        return True
    return len(filled) <= 4 and fold(texts[0][:40]).startswith(_NOTE_STARTS)


def _read_row(sheet: Sheet, row: Row, header: Header, serials: bool) -> ParsedComplaint:
    parsed = ParsedComplaint(sheet.name, row.number)
    for column in COLUMNS:
        at = header.columns.get(column.key)
        if at is not None:
            parsed.refs[column.key] = cell_ref(at, row.number)
        _read_cell(parsed, column, row.cells, at, serials)
    return parsed


def _read_cell(parsed: ParsedComplaint, column: Column, cells: Cells, at: int | None, serials: bool) -> None:
    value = cells.get(at) if at is not None else None
    if not is_blank(value):
        parsed.stated.add(column.key)
    if isinstance(value, Formula) and (value.cached or column.required):
        parsed.fail(column.key, FORMULA)
        return
    try:
        found = _PARSERS[column.kind](value if not is_blank(value) else None, column, serials)
    except BadCell as bad:
        parsed.fail(column.key, bad.message)
        found = None
    parsed.values[column.key] = found
    if column.required and not found and not parsed.failed(column.key):
        parsed.fail(column.key, EMPTY)


def parse_moment(value: Value | None, *, serials: bool = True) -> datetime | None:
    """A day, or a day and a time of day, in Beijing time; without a time it is 0 o'clock."""
    at = value.clock if isinstance(value, Timed) else time()
    if isinstance(value, str):
        text = unicodedata.normalize("NFKC", clean(value[:60]))
        if found := _CLOCK.search(text):
            hour, minute = int(found[1]), int(found[2])
            if hour > 23 or minute > 59:
                raise BadCell(f"「{show(value)}」的时间不存在,请写成 2025-03-28 09:30")
            at, value = time(hour, minute), text[: found.start()]
    day = parse_date(value, serials=serials)
    return datetime.combine(day, at, tzinfo=SHANGHAI) if day else None


def parse_demands(value: Value | None, column: Column) -> list[str]:
    """Each line is one demand; the numbers people put before them are not part of it."""
    lines = parse_text(value, limit=column.limit, lines=True).split("\n")
    texts = list(dict.fromkeys(text for line in lines if (text := _COUNTED.sub("", line, count=1).strip())))
    if len(texts) > DEMANDS_MAX:
        raise BadCell(f"有 {len(texts)} 项诉求,最多 {DEMANDS_MAX} 项,请合并后重新填写")
    long = next((text for text in texts if len(text) > 500), "")
    if long:
        raise BadCell(f"诉求「{show(long)}」有 {len(long)} 个字,最多 500 个字,请精简或分成几行")
    return texts


def parse_choice(value: Value | None, column: Column) -> str:
    """A choice by its words, full width and spaces aside."""
    text = fold(parse_text(value, limit=60))
    if not text:
        return column.blank
    for code, label in column.choices:
        if fold(label) == text:
            return code
    words = "、".join(label for label in dict.fromkeys(_first_words(column)))
    raise BadCell(f"「{show(text)}」无法识别,请填写:{words}")


def _first_words(column: Column) -> Iterator[str]:
    seen: set[str] = set()
    for code, label in column.choices:
        if code not in seen:
            seen.add(code)
            yield label


def _phone(value: Value | None) -> str:
    """As the registration form takes it: a number in China, several of them, or one abroad with its country code."""
    phone = parse_owner_phone(value) if value is not None else ""
    if len(phone) > PHONE_MAX:
        raise BadCell(f"号码过多,最多 {PHONE_MAX} 个字,请只保留常用号码")
    return phone


_PARSERS: dict[str, Callable[[Value | None, Column, bool], Any]] = {
    "text": lambda value, column, _: parse_text(value, limit=column.limit, code=column.key in _CODES),
    "lines": lambda value, column, _: (
        parse_demands(value, column) if column.key == "demands" else parse_text(value, limit=column.limit, lines=True)
    ),
    "moment": lambda value, _, serials: parse_moment(value, serials=serials),
    "day": lambda value, _, serials: parse_date(value, serials=serials),
    "phone": lambda value, _, __: _phone(value),
    "choice": lambda value, column, _: parse_choice(value, column),
}
