"""Appendix D as a workbook, cell by cell as the standard prints it (requirements: Forms and documents). Streamed."""

from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from .appendix_d import COLUMNS, NO_LINES, WIDTHS, Form, Line, PlanDocument
from .base import DATE, PAPER_A4, TEXT, XLSX, Footer
from .excel import BODY, BOLD, BOX, CENTRE, HEADING, LEFT, SHADE, SMALL, put_footer, put_text
from .fitting import row_points

HEAD_ROW = 3
LINE_POINTS, ROW_POINTS, AIR = 14.0, 24.0, 4.0
FOOT = (("A", "C"), ("D", "F"), ("G", "H"))
_LAST = "H"
# Kind of each column of a line: how it is written and stands.
_CENTRED = frozenset({0, 3, 4, 5, 6})
_DAYS = frozenset({3, 5})


class AppendixDWorkbook(PlanDocument):
    """年度工程回访计划和回访记录表 of one version of a plan, one sheet, landscape A4."""

    content_type = XLSX
    extension = "xlsx"

    def __init__(self, form: Form, footer: Footer, *, masked: bool, label: str = "") -> None:
        super().__init__(form, masked=masked, label=label)
        self.footer = footer

    def render(self, target: BinaryIO) -> None:
        book = new_book(f"{self.title} {self.form.code}")
        self.rows = write_form(book, self.form, self.footer, name=str(self.form.year))
        book.save(target)


def new_book(title: str) -> Workbook:
    book = Workbook(write_only=True)  # each row goes to the file at once: memory stays flat
    book.properties.title = title
    book.properties.creator = "回访与投诉管理门户"
    return book


def write_form(
    book: Workbook, form: Form, footer: Footer, *, name: str, prepare: Callable[[Any], None] | None = None
) -> int:
    """A sheet with the form; returns how many lines it has. ``prepare`` is given the sheet before its first row."""
    sheet = book.create_sheet(name)
    set_up_page(sheet, form, footer, form.count)
    if prepare is not None:
        prepare(sheet)
    rows = FormRows(sheet)
    rows.head(form)
    written = 0
    for written, line in enumerate(form.lines(), 1):
        rows.line(written, line)
    if not written:
        rows.merged([("A", _LAST, NO_LINES, CENTRE)], ROW_POINTS)
    rows.foot(form)
    return written


def set_up_page(sheet: Any, form: Form, footer: Footer, lines: int) -> None:
    """Landscape, one page wide, the headings on each page, the code at the right of the header, clause 6.1's footer.

    All of it is asked before the first row: a write-only sheet writes it ahead of them.
    """
    for at, width in enumerate(WIDTHS):
        sheet.column_dimensions["ABCDEFGH"[at]].width = width
    sheet.freeze_panes = f"A{HEAD_ROW + 1}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", PAPER_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
    sheet.print_area = f"A1:{_LAST}{HEAD_ROW + max(lines, 1) + 1}"
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.5
    margins.top, margins.bottom, margins.header, margins.footer = 0.8, 0.8, 0.4, 0.4
    put_footer(sheet, footer)
    for part, text in ((sheet.oddHeader.left, form.note), (sheet.oddHeader.right, form.code)):
        if text:
            part.text, part.size = text.replace("&", "&&"), 10


class FormRows:
    """Appends the form's rows. The style of a column is made once and shared by its cells."""

    def __init__(self, sheet: Any, widths: Sequence[float] = WIDTHS) -> None:
        self.sheet = sheet
        self.widths = widths
        self.row = 0
        self._styles = [self._style(at) for at in range(len(COLUMNS))]

    def _style(self, at: int) -> Any:
        cell = WriteOnlyCell(self.sheet)
        cell.font, cell.border = SMALL, BOX
        cell.alignment = CENTRE if at in _CENTRED else LEFT
        cell.number_format = "0" if at == 0 else DATE if at in _DAYS else TEXT
        return cell._style

    def head(self, form: Form) -> None:
        self.merged([("A", _LAST, form.title, CENTRE)], 36, font=HEADING, boxed=False)
        unit, day = form.head
        self.merged([("A", "D", unit, LEFT), ("E", _LAST, day, LEFT)], ROW_POINTS)
        self.heading(COLUMNS)

    def heading(self, labels: Sequence[str]) -> None:
        self._append([self._cell(text, BOLD, CENTRE, shaded=True) for text in labels], ROW_POINTS)

    def plain(self, values: Sequence[str | int], *, bold: bool = False) -> None:
        """A row of texts, to the left, and figures, centred."""
        cells = []
        for value in values:
            cell = self._cell(value if isinstance(value, str) else "", BOLD if bold else SMALL, LEFT)
            if not isinstance(value, str):
                cell.value, cell.alignment = value, CENTRE
            cells.append(cell)
        texts = [(value, width) for value, width in zip(values, self.widths, strict=False) if isinstance(value, str)]
        self._append(cells, max(ROW_POINTS, row_points(texts, line=LINE_POINTS)))

    def line(self, number: int, line: Line) -> None:
        cells = []
        for at, value in enumerate((number, *line)):
            cell = WriteOnlyCell(self.sheet)
            cell._style = self._styles[at]
            if isinstance(value, str):
                if value[:1] in "=+-@":  # the style is then the cell's own: it carries the apostrophe
                    cell._style = _copy(self._styles[at])
                put_text(cell, value)
            elif value is not None:
                cell.value = value
            cells.append(cell)
        texts = ((line.project, WIDTHS[1]), (line.contact, WIDTHS[2]), (line.visitor, WIDTHS[6]))
        points = row_points((*texts, (line.situation, WIDTHS[7])), line=LINE_POINTS)
        self._append(cells, max(points + AIR, ROW_POINTS))

    def foot(self, form: Form) -> None:
        self.merged(
            [(start, end, text, LEFT) for (start, end), text in zip(FOOT, form.foot, strict=True)], ROW_POINTS + 6
        )

    def merged(
        self,
        parts: Sequence[tuple[str, str, str, Alignment]],
        points: float,
        *,
        font: Font = BODY,
        boxed: bool = True,
    ) -> None:
        """A row of merged runs (first and last column, text, alignment); each part of a run has its border."""
        cells: list[Any] = []
        for start, end, text, align in parts:
            for letter in range(ord(start), ord(end) + 1):
                cell = self._cell(text if chr(letter) == start else "", font, align, boxed=boxed)
                cells.append(cell)
            self.sheet.merged_cells.add(f"{start}{self.row + 1}:{end}{self.row + 1}")
        self._append(cells, points)

    def _cell(self, text: str, font: Font, align: Alignment, *, shaded: bool = False, boxed: bool = True) -> Any:
        cell = WriteOnlyCell(self.sheet)
        put_text(cell, text)
        cell.font, cell.alignment = font, align
        if boxed:
            cell.border = BOX
        if shaded:
            cell.fill = SHADE
        return cell

    def _append(self, cells: list[Any], points: float) -> None:
        self.row += 1
        self.sheet.row_dimensions[self.row].height = points
        self.sheet.append(cells)


def _copy(style: Any) -> Any:
    return type(style)(style)
