"""A filtered list as a workbook: streamed, so that 100,000 rows cost seconds and no memory.

Rows 1–2 title and what was filtered, row 3 the sections, row 4 one label a column (so that Excel's filter works on
it), data from row 5.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, groupby, islice
from typing import Any, BinaryIO, ClassVar

from .base import DATE, PAPER_A3, TEXT, XLSX, Footer, file_name
from .fitting import row_points

rust: Any = None
with suppress(ImportError):  # no wheel for this platform: openpyxl writes the same sheet, more slowly
    import rustpy_xlsxwriter as rust

HEADER_ROW = 4
# Up to so many rows a list is printed and read as it is: each row gets the height of its texts. A longer one streams.
FITTED_ROWS = 1000
LINE_POINTS = 14.0
MOMENT = "yyyy-mm-dd hh:mm"
FORMATS = {"date": DATE, "moment": MOMENT, "number": "0", "money": "#,##0.00"}
CENTRED = frozenset({"flag", "region", "number", "date", "moment"})
Rows = Iterator[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """``kind``: text, phone, date, moment (naive, Beijing time), number, money, flag, region."""

    label: str
    kind: str = "text"
    width: float = 14
    section: str = ""

    @property
    def number_format(self) -> str:
        """Text cells carry the text format, so that a text beginning with = stays one when somebody edits it."""
        return FORMATS.get(self.kind, TEXT)


class ListWorkbook:
    """A list as its page shows it for the same filters. A subclass says what it is and which columns it has."""

    suffix: str
    title: str
    content_type = XLSX
    sheet: ClassVar[str]
    columns: ClassVar[Sequence[SheetColumn]]
    frozen_columns: ClassVar[int] = 3
    pages_wide: ClassVar[int] = 3  # forty columns on one A3 page could not be read; the first ones are repeated on each

    def __init__(
        self, rows: Callable[[], Rows], footer: Footer, *, scope: str, day: str, who: str = "", when: str = ""
    ) -> None:
        """Row 2 says who exported it when and which rows (``scope``); ``day`` goes into the file's name."""
        self._source = rows
        self.footer = footer
        self.subject = " ".join(scope.split())
        self.info = "    ".join(filter(None, (who and f"导出人:{who}", when and f"导出时间:{when}", scope)))
        self.day = day
        self.rows = 0

    @property
    def filename(self) -> str:
        return file_name(re.sub(r"[()\uff08\uff09]", "", self.title), self.day, extension="xlsx")

    def render(self, target: BinaryIO) -> None:
        self.rows = 0
        if rust is not None:
            write_with_rust(self._counted(), target, self)
            return
        from .list_sheet_slow import write_with_openpyxl  # loaded by who needs it only

        write_with_openpyxl(self._counted(), target, self)

    def _counted(self) -> Rows:
        for row in self._source():
            self.rows += 1
            yield row


def list_scope(count: int, filters: Mapping[str, str]) -> str:
    """How many rows, and what they were chosen by."""
    chosen = ";".join(f"{label}:{value}" for label, value in filters.items()) or "全部"
    return f"共 {count} 项    筛选条件:{chosen}"


def sections_of(columns: Sequence[SheetColumn]) -> list[tuple[int, int, str]]:
    """Runs of columns (first, last; from 0) under one section's title; a single column bears none."""
    found: list[tuple[int, int, str]] = []
    at = 0
    for title, run in groupby(columns, lambda column: column.section):
        width = len(list(run))
        found.append((at, at + width - 1, title if width > 1 else ""))
        at += width
    return found


def fitted(rows: Rows, columns: Sequence[SheetColumn]) -> tuple[Rows, dict[int, float]]:
    """The rows, and the height of each (from 1) when they are no more than ``FITTED_ROWS``."""
    first = list(islice(rows, FITTED_ROWS + 1))
    if len(first) > FITTED_ROWS:
        return chain(first, rows), {}
    wrapped = [(at, float(column.width)) for at, column in enumerate(columns) if column.kind == "text"]
    heights = {
        number: row_points(((row[at], width) for at, width in wrapped if row[at]), line=LINE_POINTS)
        for number, row in enumerate(first, 1)
    }
    return iter(first), heights


def write_with_rust(rows: Rows, target: BinaryIO, document: ListWorkbook) -> None:
    """Constant memory: each row goes to the file at once. The writer takes its header from the first row's keys."""
    columns = document.columns
    keys = [column.label for column in columns]
    rows, heights = fitted(rows, columns)
    records = (dict(zip(keys, (None if value == "" else value for value in row), strict=True)) for row in rows)
    first = next(records, None)
    last = len(keys) - 1
    band = _rust_format(bold=True, size=11, align="center", border=True, shade=True)
    left, centre, right = document.footer.excel()
    rust.write_worksheet(
        chain((dict.fromkeys(keys) if first is None else first,), records),
        target,
        document.sheet,
        header_row=HEADER_ROW - 1,
        header_format=band.set_text_wrap(),
        merge_ranges=[
            (0, 0, 0, last, document.title, _rust_format(bold=True, size=16, align="left")),
            (1, 0, 1, last, document.info, _rust_format(size=10)),
            *((2, start, 2, end, title, band) for start, end, title in sections_of(columns) if start != end),
        ],
        column_formats=[_rust_column(column) for column in columns],
        column_widths=[float(column.width) for column in columns],
        row_heights={0: 32.0, 1: 18.0, 2: 20.0, 3: 48.0}
        | {HEADER_ROW - 1 + number: points for number, points in heights.items()},
        freeze_row=HEADER_ROW,
        freeze_col=document.frozen_columns,
        autofilter=True,
        ignore_errors=[column.label for column in columns if column.kind in ("text", "phone")],
        page_setup={
            "landscape": True,
            "paper_size": PAPER_A3,
            "fit_to_pages": (document.pages_wide, 0),
            "repeat_rows": (HEADER_ROW - 2, HEADER_ROW - 1),
            "repeat_columns": (0, document.frozen_columns - 1),
            "margins": {"left": 0.4, "right": 0.4, "top": 0.6, "bottom": 0.7, "header": 0.3, "footer": 0.3},
            "footer": f"&L{left}&C{centre}&R{right}",
        },
    )


def _rust_format(
    *, bold: bool = False, size: float = 11, align: str = "", border: bool = False, shade: bool = False
) -> Any:
    made = rust.Format().set_font_name("宋体").set_font_size(size).set_align("vcenter")
    if bold:
        made = made.set_bold()
    if align:
        made = made.set_align(align)
    if border:
        made = made.set_border("thin")
    return made.set_background_color("#F2F2F2") if shade else made


def _rust_column(column: SheetColumn) -> Any:
    made = _rust_format(size=10, border=True, align="center" if column.kind in CENTRED else "")
    if column.kind == "text":
        made = made.set_text_wrap()  # long texts and several demands stay in their cell, whole
    return made.set_num_format(column.number_format)
