"""The empty list to fill in: the two-row header, drop-downs, and a sheet that explains every column.

What is filled in here is what the import reads (``ledgers.imports.listing``). The sheets of explanations stand
column by column downwards, so that the import never takes them for a list. Clause 5.1.1.
"""

from collections.abc import Sequence
from typing import BinaryIO

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from ledgers.columns import LIST_COLUMNS, LIST_TITLE, REGIONS, Column

from .base import DATE, PAPER_A3, TEXT, XLSX, Footer
from .excel import (
    BODY,
    BOLD,
    BOX,
    CENTRE,
    HEADING,
    LEFT,
    SHADE,
    put_footer,
    put_text,
)
from .fitting import lines_needed

SHEET, GUIDE, DEPARTMENTS = "竣工工程信息台账", "填写说明", "项目经理部编码"
HEADER_TOP, HEADER_ROW, FIRST_ROW = 3, 4, 5
BOXED_ROWS = 20
VALIDATED_ROWS = 20_000
_SEE_DEPARTMENTS = f"所属项目经理部的编码,见工作表「{DEPARTMENTS}」;可从下拉列表选择。"
_HOW = {
    "seq": "可不填;仅有序号的行不作为台账。",
    "number": "工程编号不得重复,也不得与已有台账的编号相同。",
    "name": "工程全称。",
    "address": "写到门牌号;留空会列为缺项。",
    "department": _SEE_DEPARTMENTS,
    "accepted_on": "四方验收合格日期。与交付日期中较早的一天起 3 天内建账(5.1.1)。",
    "delivered_on": "正式交付使用日期。",
    "warranty_start": "日期,如 2025-03-28;也接受 2025.3.28、2025年3月28日。",
    "warranty_end": "日期,必须晚于保修开始日期。",
    "key": "是 或 否;留空视为否。",
    "strategic": "是 或 否;留空视为否。",
    "hvac": "供暖、通风空调在我方承包范围内填“是”(冬季、夏季须回访)。",
    "region": "北方 或 南方;留空按北方。",
    "remark": "其他需要说明的事项。",
}
_NAME = "姓名。确实没有这个岗位的,填“无此岗位”,并在联系方式一格写明原因。"
_PHONE = "11 位手机号、带区号的座机或 400/800 电话;多个号码用顿号隔开。按文本填写,开头的 0 不会丢失。"
_EXAMPLE = {
    "seq": "1",
    "number": "GC2026-001",
    "name": "星河湾一期住宅工程",
    "address": "北京市丰台区西三环南路88号",
    "accepted_on": "2026-05-28",
    "delivered_on": "2026-06-01",
    "warranty_start": "2026-06-01",
    "warranty_end": "2028-05-31",
    "key": "是",
    "strategic": "否",
    "hvac": "是",
    "region": "北方",
    "curtain_wall.name": "无此岗位",
    "curtain_wall.phone": "本工程无幕墙",
}


class LedgerTemplateWorkbook:
    """台账导入模板. ``departments``: code and name of those the user may import into, offered as a drop-down."""

    suffix = "C028B1"
    title = LIST_TITLE
    content_type = XLSX
    filename = "竣工工程信息台账导入模板.xlsx"
    subject = "空白模板"
    rows = 0

    def __init__(self, footer: Footer, departments: Sequence[tuple[str, str]]) -> None:
        self.footer = footer
        self.departments = departments

    def render(self, target: BinaryIO) -> None:
        book = Workbook()
        sheet = book.active
        sheet.title = SHEET
        _head(sheet, self.title)
        _columns(sheet)
        _frame(sheet)
        _validations(sheet, len(self.departments))
        _set_up_page(sheet, self.footer)
        _guide(book.create_sheet(GUIDE), self.departments)
        _department_list(book.create_sheet(DEPARTMENTS), self.departments)
        book.save(target)


def _head(sheet: Worksheet, title: str) -> None:
    last = get_column_letter(len(LIST_COLUMNS))
    put_text(sheet["A1"], title)
    sheet["A1"].font, sheet["A1"].alignment = HEADING, LEFT
    sheet.merge_cells(f"A1:{last}1")
    put_text(sheet["A2"], f"填报单位:                    填报日期:                    (填写方法见工作表「{GUIDE}」)")
    sheet["A2"].font = BODY
    sheet.merge_cells(f"A2:{last}2")
    for row, points in ((1, 32), (2, 20), (HEADER_TOP, 32), (HEADER_ROW, 20)):
        sheet.row_dimensions[row].height = points


def _columns(sheet: Worksheet) -> None:
    """Header cells and widths; a column's own format makes a phone typed below stay a text."""
    for at, column in enumerate(LIST_COLUMNS, 1):
        letter = get_column_letter(at)
        dimension = sheet.column_dimensions[letter]
        dimension.width = column.width
        dimension.number_format = _number_format(column)
        if not column.sub:
            put_text(sheet.cell(HEADER_TOP, at), column.header)
            sheet.merge_cells(f"{letter}{HEADER_TOP}:{letter}{HEADER_ROW}")
            continue
        put_text(sheet.cell(HEADER_ROW, at), column.sub)
        if column.key.endswith(".name"):
            put_text(sheet.cell(HEADER_TOP, at), column.header)
            sheet.merge_cells(start_row=HEADER_TOP, end_row=HEADER_TOP, start_column=at, end_column=at + 1)


def _number_format(column: Column) -> str:
    return {"date": DATE, "number": "0"}.get(column.kind, TEXT)


def _frame(sheet: Worksheet) -> None:
    for cells in sheet.iter_rows(min_row=HEADER_TOP, max_row=FIRST_ROW + BOXED_ROWS - 1, max_col=len(LIST_COLUMNS)):
        for cell, column in zip(cells, LIST_COLUMNS, strict=True):
            cell.border = BOX
            cell.font = BODY
            if cell.row <= HEADER_ROW:
                cell.font, cell.alignment, cell.fill = BOLD, CENTRE, SHADE
            else:
                cell.number_format = _number_format(column)


def _validations(sheet: Worksheet, departments: int) -> None:
    flags = _choices(["是", "否"], "请选择“是”或“否”。")
    regions = _choices(list(REGIONS.values()), "请选择“北方”或“南方”。")
    dates = DataValidation(
        type="date", operator="between", formula1="DATE(1980,1,1)", formula2="DATE(2199,12,31)", allow_blank=True
    )
    _refuse(dates, "请填写日期,如 2026-06-01。", style="warning")  # the import takes 2025年3月28日 too
    by_kind = {"flag": flags, "region": regions, "date": dates}
    codes = DataValidation(type="list", formula1=f"'{DEPARTMENTS}'!$A$2:$A${departments + 1}", allow_blank=True)
    _refuse(codes, f"请填写工作表「{DEPARTMENTS}」中的编码。", style="warning")
    for at, column in enumerate(LIST_COLUMNS, 1):
        rule = codes if column.key == "department" and departments else by_kind.get(column.kind)
        if rule is not None:
            letter = get_column_letter(at)
            rule.add(f"{letter}{FIRST_ROW}:{letter}{FIRST_ROW + VALIDATED_ROWS - 1}")
    for rule in (flags, regions, dates, codes):
        if rule.sqref.ranges:
            sheet.add_data_validation(rule)


def _choices(values: Sequence[str], message: str) -> DataValidation:
    rule = DataValidation(type="list", formula1=f'"{",".join(values)}"', allow_blank=True)
    _refuse(rule, message)
    return rule


def _refuse(rule: DataValidation, message: str, style: str = "stop") -> None:
    rule.errorTitle, rule.error, rule.errorStyle = "请核对", message, style
    rule.showErrorMessage = True


def _set_up_page(sheet: Worksheet, footer: Footer) -> None:
    sheet.freeze_panes = f"D{FIRST_ROW}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", PAPER_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 3, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows, sheet.print_title_cols = f"{HEADER_TOP}:{HEADER_ROW}", "A:C"
    put_footer(sheet, footer)


def _guide(sheet: Worksheet, departments: Sequence[tuple[str, str]]) -> None:
    widths = (26, 8, 56, 30)
    for at, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    example = _EXAMPLE | {"department": departments[0][0] if departments else "U1D1"}
    rows = [("列", "必填", "怎么填", "示例")]
    for column in LIST_COLUMNS:
        how = _HOW.get(column.key) or (_NAME if column.key.endswith(".name") else _PHONE)
        shown = example.get(column.key) or ("张建国" if column.kind == "text" and column.post else "")
        shown = shown or ("13800001234" if column.kind == "phone" else "")
        rows.append((column.title, "是" if column.required else "", how, shown))
    for row, texts in enumerate(rows, 1):
        for at, text in enumerate(texts, 1):
            cell = sheet.cell(row, at)
            put_text(cell, text)
            cell.border = BOX
            cell.font, cell.alignment = (BOLD, CENTRE) if row == 1 else (BODY, LEFT)
        needed = max(lines_needed(text, width) for text, width in zip(texts, widths, strict=True))
        sheet.row_dimensions[row].height = 8 + 14 * needed
    sheet.freeze_panes = "A2"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _department_list(sheet: Worksheet, departments: Sequence[tuple[str, str]]) -> None:
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 18, 44
    for row, texts in enumerate([("编码", "项目经理部"), *departments], 1):
        for at, text in enumerate(texts, 1):
            cell = sheet.cell(row, at)
            put_text(cell, text)
            cell.border = BOX
            cell.font = BOLD if row == 1 else BODY
    sheet.freeze_panes = "A2"
