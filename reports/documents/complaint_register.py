"""客户投诉台账 as a workbook: what the register's page shows for the same filters (R-2.2.2, R-3.3.2, R-5.4.1)."""

from complaints.columns import SHEET_COLUMNS, SHEET_TITLE

from .list_sheet import ListWorkbook, SheetColumn


class ComplaintRegisterWorkbook(ListWorkbook):
    suffix = ""  # Table 1 names the responsibilities and the supervision, not the register itself
    title = SHEET_TITLE
    sheet = SHEET_TITLE
    columns = tuple(SheetColumn(each.header, each.kind, each.width, each.section) for each in SHEET_COLUMNS)
