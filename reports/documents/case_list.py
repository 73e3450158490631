"""工程保修记录表 (Appendix F) as a workbook: what the list's page shows for the same filters."""

from ledgers.case_sheet import CASE_SHEET_COLUMNS, CASE_SHEET_TITLE

from .list_sheet import ListWorkbook, SheetColumn


class CaseListWorkbook(ListWorkbook):
    suffix = "C028B4"
    title = CASE_SHEET_TITLE
    sheet = CASE_SHEET_TITLE
    columns = tuple(SheetColumn(each.header, each.kind, each.width, each.section) for each in CASE_SHEET_COLUMNS)
    frozen_columns = 2
    pages_wide = 2
