"""The filtered ledger list as a workbook. The import reads it back: clauses 5.1.1 and 6.1."""

from ledgers.appendix_c import GROUP_OF
from ledgers.columns import LIST_COLUMNS, LIST_TITLE, Column

from .list_sheet import ListWorkbook, SheetColumn

PROJECT_SECTION = "工程信息"


def label(column: Column) -> str:
    """项目经理 over 联系人, in one cell."""
    return f"{column.header}\n{column.sub}" if column.sub else column.header


def section_of(column: Column) -> str:
    return GROUP_OF[column.post].title if column.post else PROJECT_SECTION


class LedgerListWorkbook(ListWorkbook):
    """竣工工程信息台账(汇总表) of what the list page shows for the same filters."""

    suffix = "C028B1"
    title = LIST_TITLE
    sheet = "竣工工程信息台账"
    columns = tuple(
        SheetColumn(label(column), column.kind, column.width, section_of(column)) for column in LIST_COLUMNS
    )
