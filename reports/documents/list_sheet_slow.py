"""A filtered list as a workbook where the fast writer's wheel is missing: the same sheet, write-only.

A module of its own, so that openpyxl is loaded by the process that needs it only.
"""

from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from .base import PAPER_A3
from .excel import (
    BOLD,
    BOX,
    CENTRE,
    HEADING,
    LEFT,
    SHADE,
    SMALL,
    put_footer,
    put_text,
)
from .list_sheet import CENTRED, FORMATS, HEADER_ROW, ListWorkbook, Rows, SheetColumn, fitted, sections_of


def write_with_openpyxl(rows: Rows, target: BinaryIO, document: ListWorkbook) -> None:
    """The same sheet where the fast writer's wheel is missing; write-only, so memory stays flat too."""
    columns = document.columns
    book = Workbook(write_only=True)
    sheet = book.create_sheet(document.sheet)
    for at, column in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(at)].width = column.width
    for row, height in ((1, 32), (2, 18), (3, 20), (4, 48)):
        sheet.row_dimensions[row].height = height
    sheet.freeze_panes = f"{get_column_letter(document.frozen_columns + 1)}{HEADER_ROW + 1}"
    put_footer(sheet, document.footer)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", PAPER_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = document.pages_wide, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = f"{HEADER_ROW - 1}:{HEADER_ROW}"
    sheet.print_title_cols = f"A:{get_column_letter(document.frozen_columns)}"
    width = len(columns)

    def head(text: str, **style: Any) -> WriteOnlyCell:
        cell = WriteOnlyCell(sheet)
        put_text(cell, text)
        for name, value in style.items():
            setattr(cell, name, value)
        return cell

    sheet.append([head(document.title, font=HEADING, alignment=LEFT)])
    sheet.append([head(document.info)])
    band = {"font": BOLD, "alignment": CENTRE, "border": BOX, "fill": SHADE}
    runs = sections_of(columns)
    titles = {start: title for start, _, title in runs}
    sheet.append([head(titles.get(at, ""), **band) for at in range(width)])
    sheet.append([head(column.label, **band) for column in columns])
    for row in (1, 2):
        sheet.merged_cells.add(f"A{row}:{get_column_letter(width)}{row}")
    for start, end, _ in runs:
        if start != end:
            sheet.merged_cells.add(f"{get_column_letter(start + 1)}3:{get_column_letter(end + 1)}3")
    rows, heights = fitted(rows, columns)
    for number, cells in enumerate(rows, 1):
        if number in heights:
            sheet.row_dimensions[HEADER_ROW + number].height = heights[number]
        sheet.append([_cell(sheet, column, value) for column, value in zip(columns, cells, strict=True)])
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{get_column_letter(width)}{HEADER_ROW + document.rows}"
    book.save(target)


def _cell(sheet: Any, column: SheetColumn, value: Any) -> Any:
    cell = WriteOnlyCell(sheet)
    cell.border = BOX
    if value is None or value == "":
        return cell
    cell.font = SMALL
    cell.alignment = CENTRE if column.kind in CENTRED else LEFT
    if column.kind in FORMATS:
        cell.value = value
        cell.number_format = column.number_format
    else:
        put_text(cell, value)
    return cell
