"""Appendix C as a workbook, cell by cell as the standard prints it (requirements: Forms and documents)."""

from datetime import date
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from ledgers.appendix_c import TITLE

from .appendix_c import BLANK_DATE, COLUMNS, SUFFIX, WIDTHS, Form, Line, chinese_date
from .base import PAPER_A4, XLSX, Footer, file_name
from .excel import (
    BODY,
    BOLD,
    BOX,
    CENTRE,
    CHINESE_DATE,
    HEADING,
    LEFT,
    SHADE,
    put_date,
    put_footer,
    put_text,
)
from .fitting import lines_needed

LINE_POINTS, ROW_POINTS = 15.0, 24.0
HEAD_ROWS = 7
_HEAD = (
    ("工程名称:", "name"),
    ("工程地址:", "address"),
    ("保修开始日期:", "warranty_start"),
    ("保修截止日期:", "warranty_end"),
)


class AppendixCWorkbook:
    """竣工工程信息台账 of one project, one sheet, portrait A4."""

    suffix = SUFFIX
    title = "竣工工程信息台账"
    content_type = XLSX
    rows = 1

    def __init__(self, form: Form, footer: Footer, *, label: str = "") -> None:
        self.form = form
        self.footer = footer
        self.label = label

    @property
    def filename(self) -> str:
        return file_name(self.title, self.form.number, self.form.name, self.label, extension="xlsx")

    @property
    def subject(self) -> str:
        return " ".join(filter(None, (self.form.number, self.form.name, self.label)))

    def render(self, target: BinaryIO) -> None:
        book = Workbook()
        sheet = book.active
        sheet.title = TITLE
        book.properties.title = f"{self.title} {self.form.code}"
        book.properties.creator = "回访与投诉管理门户"
        last = _fill(sheet, self.form)
        _set_up_page(sheet, self.form, self.footer, last)
        book.save(target)


def _fill(sheet: Worksheet, form: Form) -> int:
    """Write every row; returns the last one."""
    for at, width in enumerate(WIDTHS):
        sheet.column_dimensions["ABCDE"[at]].width = width
    _merged(sheet, "A1:E1", form.title, font=HEADING, align=CENTRE)
    _merged(sheet, "A2:B2", form.code)
    number = f"编号:{form.number}"
    put_text(sheet["C2"], number)
    _merged(sheet, "D2:E2", f"日期:{chinese_date(form.recorded_on)}")
    _height(sheet, 1, 36)
    _height(sheet, 2, _points((number, WIDTHS[2])))
    for row, (label, field) in enumerate(_HEAD, 3):
        value = getattr(form, field)
        is_date = field.startswith("warranty")
        _merged(sheet, f"A{row}:B{row}", label, font=BOLD)
        _merged(sheet, f"C{row}:E{row}", BLANK_DATE if is_date and value is None else value)
        _height(sheet, row, ROW_POINTS if is_date else _points((value, sum(WIDTHS[2:]))))
    for at, label in enumerate(COLUMNS, 1):
        cell = sheet.cell(HEAD_ROWS, at)
        put_text(cell, label)
        cell.font, cell.alignment, cell.fill = BOLD, CENTRE, SHADE
    _height(sheet, HEAD_ROWS, ROW_POINTS)
    row = HEAD_ROWS
    for section in form.sections:
        row += 1
        _merged(sheet, f"A{row}:E{row}", section.title, font=BOLD)
        _height(sheet, row, ROW_POINTS)
        for line in section.lines:
            row += 1
            _put_line(sheet, row, line)
    _frame(sheet, row)
    return row


def _put_line(sheet: Worksheet, row: int, line: Line) -> None:
    sheet.cell(row, 1).value = line.number
    texts = (line.post, line.name, line.phone, line.remark)
    for at, text in enumerate(texts, 2):
        put_text(sheet.cell(row, at), text)
    sheet.cell(row, 4).number_format = "@"  # a phone typed in later stays a text too
    _height(sheet, row, _points(*zip(texts, WIDTHS[1:], strict=True)))
    for at in (1, 2, 3, 4):
        sheet.cell(row, at).alignment = CENTRE


def _merged(sheet: Worksheet, cells: str, value: str | date, *, font: object = BODY, align: object = LEFT) -> None:
    sheet.merge_cells(cells)
    cell = sheet[cells.partition(":")[0]]
    if isinstance(value, date):
        put_date(cell, value, CHINESE_DATE)
    else:
        put_text(cell, value)
    cell.font, cell.alignment = font, align


def _points(*cells: tuple[str, float]) -> float:
    return max(ROW_POINTS, 9 + LINE_POINTS * max(lines_needed(text, width) for text, width in cells))


def _height(sheet: Worksheet, row: int, points: float) -> None:
    sheet.row_dimensions[row].height = points


def _frame(sheet: Worksheet, last: int) -> None:
    """Borders around every cell from row 2 on, the font where none was set; merged cells need them on each part."""
    for cells in sheet.iter_rows(min_row=2, max_row=last, max_col=len(COLUMNS)):
        for cell in cells:
            cell.border = BOX
            if cell.font.name != BODY.name:
                cell.font = BODY
            if not cell.alignment.vertical:
                cell.alignment = LEFT


def _set_up_page(sheet: Worksheet, form: Form, footer: Footer, last: int) -> None:
    sheet.page_setup.orientation = "portrait"
    sheet.page_setup.paperSize = PAPER_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_area = f"A1:E{last}"
    sheet.print_title_rows = f"{HEAD_ROWS}:{HEAD_ROWS}"
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.7
    margins.top, margins.bottom, margins.header, margins.footer = 0.8, 0.8, 0.4, 0.4
    put_footer(sheet, footer)
    if form.note:
        sheet.oddHeader.right.text = form.note.replace("&", "&&")
        sheet.oddHeader.right.size = 10
