"""The empty register to fill in: the header, drop-downs, and a sheet that explains every column.

What is filled in here is what ``reading`` reads. The explanations stand column by column downwards, so that the import
never takes them for a register. Clauses 2.2.2, 5.4.1.
"""

from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from .columns import COLUMNS, TITLE, Column

GUIDE = "填写说明"
HEADER_ROW, FIRST_ROW = 3, 4
BOXED_ROWS, VALIDATED_ROWS = 30, 5_000
FORMATS = {"moment": "yyyy-mm-dd hh:mm", "day": "yyyy-mm-dd"}
_LINE = Side(style="thin", color="FF9AA5B5")
BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
SHADE = PatternFill("solid", start_color="FFE8EFF9", end_color="FFE8EFF9")
BODY, BOLD, HEADING = (
    Font(name="宋体", size=11),
    Font(name="宋体", size=11, bold=True),
    Font(name="宋体", size=16, bold=True),
)
REQUIRED = Font(name="宋体", size=11, bold=True, color="FFB42318")
CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
LEFT = Alignment(vertical="top", wrap_text=True)
MIDDLE = Alignment(horizontal="left", vertical="center")
A4, A3 = 9, 8
LINE_POINTS = 15
_EXAMPLE = {
    "number": "2025-018",
    "received_at": "2025-03-28 09:30",
    "project_code": "GC-2023-001",
    "project_name": "星河湾一期住宅工程",
    "event": "3#楼地下室外墙渗水,多次报修未彻底解决",
    "complainant": "张建国",
    "phone": "13800001234",
    "demands": "1. 彻底修复渗漏\n2. 书面说明原因",
    "handling": "4 月 2 日会同物业现场查勘,4 月 20 日完成外墙防水返工",
    "result": "淋水试验合格",
    "closed_on": "2025-04-25",
}


def register_template() -> bytes:
    book = Workbook()
    sheet = book.active
    sheet.title = TITLE
    last = get_column_letter(len(COLUMNS))
    sheet["A1"], sheet["A1"].font, sheet["A1"].alignment = TITLE, HEADING, MIDDLE
    sheet.merge_cells(f"A1:{last}1")
    sheet["A2"], sheet["A2"].font = (
        f"填报单位:                填报日期:                (红色的列必填,填写方法见工作表「{GUIDE}」)",
        BODY,
    )
    sheet.merge_cells(f"A2:{last}2")
    for row, points in ((1, 32), (2, 20), (HEADER_ROW, 32)):
        sheet.row_dimensions[row].height = points
    for at, column in enumerate(COLUMNS, 1):
        _column(sheet, at, column)
    sheet.freeze_panes = f"B{FIRST_ROW}"
    _set_up_page(sheet, A3, wide=2)  # nineteen columns on one page could not be read
    sheet.print_title_rows, sheet.print_title_cols = f"{HEADER_ROW}:{HEADER_ROW}", "A:A"
    _guide(book.create_sheet(GUIDE))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _set_up_page(sheet: Worksheet, paper: int, *, wide: int) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", paper
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = wide, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "第 &P 页 共 &N 页"


def _column(sheet: Worksheet, at: int, column: Column) -> None:
    """Header, width, and a format that keeps a phone or a number typed below a text."""
    letter = get_column_letter(at)
    number_format = FORMATS.get(column.kind, "@")
    sheet.column_dimensions[letter].width = column.width
    sheet.column_dimensions[letter].number_format = number_format
    head = sheet.cell(HEADER_ROW, at, column.title)
    head.font, head.alignment, head.fill, head.border = REQUIRED if column.required else BOLD, CENTRE, SHADE, BOX
    for row in range(FIRST_ROW, FIRST_ROW + BOXED_ROWS):
        cell = sheet.cell(row, at)
        cell.border, cell.font, cell.number_format, cell.alignment = BOX, BODY, number_format, LEFT
    if column.choices:
        rule = DataValidation(type="list", formula1=f'"{",".join(_labels(column))}"', allow_blank=True)
        rule.errorTitle, rule.error, rule.showErrorMessage = "请核对", "请从下拉列表中选择。", True
        rule.add(f"{letter}{FIRST_ROW}:{letter}{FIRST_ROW + VALIDATED_ROWS - 1}")
        sheet.add_data_validation(rule)


def _labels(column: Column) -> list[str]:
    """The first words of each choice: what the template offers."""
    first: dict[str, str] = {}
    for code, label in column.choices:
        first.setdefault(code, label)
    return list(first.values())


def _guide(sheet: Worksheet) -> None:
    widths = (18, 16, 66, 34)
    for at, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    rows = [("列", "必填", "怎么填", "示例")]
    for column in COLUMNS:
        needed = (
            "与名称二选一" if column.key == "project_code" else "与编号二选一" if column.key == "project_name" else ""
        )
        words = f"可选:{'、'.join(_labels(column))}" if column.choices else ""
        how = "。".join(filter(None, (words, column.how)))
        example = _EXAMPLE.get(column.key) or (_labels(column)[0] if column.choices else "")
        rows.append((column.title, needed or ("是" if column.required else ""), how, example))
    for row, texts in enumerate(rows, 1):
        for at, text in enumerate(texts, 1):
            cell = sheet.cell(row, at, text)
            cell.data_type, cell.number_format, cell.border = "s", "@", BOX
            cell.font, cell.alignment = (BOLD, CENTRE) if row == 1 else (BODY, LEFT)
        # Not every program fits a row to its wrapped text itself.
        sheet.row_dimensions[row].height = LINE_POINTS * max(map(_lines, texts, widths)) + 4
    sheet.freeze_panes = "A2"
    _set_up_page(sheet, A4, wide=1)


def _lines(text: str, width: int) -> int:
    """How many lines a text takes; its characters are counted as wide ones, which most of them are."""
    return sum(-(-2 * len(line) // (width - 1)) or 1 for line in text.split("\n"))
