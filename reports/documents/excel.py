"""What the styled workbooks share: fonts, borders, and cells that can never become formulas."""

import re
from datetime import date

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from .base import DATE, TEXT, Footer

SERIF = "宋体"
CHINESE_DATE = 'yyyy"年"m"月"d"日"'
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # Excel reads _x0041_ as "A"; openpyxl does not guard against it

_THIN = Side(style="thin", color="FF000000")
BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
BODY = Font(name=SERIF, size=11)
SMALL = Font(name=SERIF, size=10)
BOLD = Font(name=SERIF, size=11, bold=True)
HEADING = Font(name=SERIF, size=16, bold=True)
SHADE = PatternFill("solid", fgColor="FFF2F2F2")
CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)


def put_text(cell: Cell, text: str) -> None:
    """A text stays a text: ``=1+1`` is shown as written, even after an edit of the cell; phones keep their zeros."""
    text = _ESCAPED.sub("_x005F_", ILLEGAL_CHARACTERS_RE.sub("", text))
    if not text:
        return
    cell.value = text
    cell.data_type = "s"  # openpyxl takes a leading "=" for a formula
    cell.number_format = TEXT
    if text[0] in "=+-@":
        cell.quotePrefix = True


def put_date(cell: Cell, day: date | None, number_format: str = DATE) -> None:
    cell.value = day
    cell.number_format = number_format


def put_footer(sheet: Worksheet, footer: Footer) -> None:
    """Clause 6.1: the standard, its number, the page."""
    parts = (sheet.oddFooter.left, sheet.oddFooter.center, sheet.oddFooter.right)
    for part, text in zip(parts, footer.excel(), strict=True):
        part.text = text
        part.size = 9
