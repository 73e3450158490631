"""A workbook of ledgers in, checked rows out: Appendix C forms (one a sheet) or the list, told apart by content.

Pure: what is known already (department codes in reach, numbers taken) is handed in. Clauses 5.1.1 and 5.1.2.
"""

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from .cells import show
from .forms import is_form, read_form
from .listing import Header, find_header, read_list
from .reader import MAX_ROWS, TOO_MANY_ROWS, Sheet, Workbook, read_workbook
from .result import Context, Layout, Parsed, ParsedRow
from .values import WorkbookRefused

NOTHING = "没有找到台账。请下载台账模板填写,或使用附录 C《竣工工程信息台帐》表格(每个工作表一项工程)。"
BOTH = "同一个文件里既有汇总表又有附录 C 表格。请分成两个文件,分别导入。"
NO_DEPARTMENT = "附录 C 表格上没有项目经理部。请先选择所属的项目经理部,再导入。"


def parse(
    path: Path | str,
    *,
    departments: Collection[str] | None,
    department: str | None = None,
    taken_numbers: Collection[str] = (),
    waiting: Mapping[str, str] | None = None,
    today: date | None = None,
) -> Parsed:
    """Read and check the workbook at ``path``.

    ``departments``: the codes a row may name (None: not checked). ``department``: whose the forms are; in a list it
    stands in for a blank cell. ``taken_numbers``: numbers that ledgers have already (a set). ``waiting``: number →
    department code of registered projects without a ledger, which a row of that department fills. ``today``: an
    acceptance or delivery after it is warned of. A gap does not reject
    a row, an error does. Raises ``WorkbookRefused`` when the file as a whole cannot be read.
    """
    with read_workbook(Path(path)) as book:
        lists, forms = _sort_sheets(book)
        context = Context(
            departments,
            department or "",
            taken_numbers,
            serials=not book.starts_1904,
            waiting=waiting or {},
            today=today,
        )
        if book.hidden:
            names = "、".join(f"「{show(sheet.name)}」" for sheet in book.hidden[:20])
            context.warnings.append(f"隐藏的工作表{names}未导入。")
            for sheet in book.hidden:
                for _ in sheet.rows():  # nothing is taken from it, but it must keep the limits
                    pass
        layouts: dict[str, Layout] = {}
        rows: list[ParsedRow] = []
        if lists:
            for sheet, header in lists:
                for row in read_list(sheet, header, context, layouts):
                    rows.append(row)
                    if len(rows) > MAX_ROWS:
                        raise WorkbookRefused(TOO_MANY_ROWS.format(sheet=sheet.name[:31]))
            if not rows:
                raise WorkbookRefused("表头下面没有台账。请从表头的下一行开始,每行填写一项工程后重新上传。")
            return Parsed("list", rows, context.warnings, layouts, book.is_light())
        _refuse_department(department, departments)
        rows = [read_form(sheet, context, layouts) for sheet in forms]
        return Parsed("forms", rows, context.warnings, layouts, book.is_light())


def _sort_sheets(book: Workbook) -> tuple[list[tuple[Sheet, Header]], list[Sheet]]:
    lists: list[tuple[Sheet, Header]] = []
    forms: list[Sheet] = []
    for sheet in book.sheets:
        if is_form(sheet):
            forms.append(sheet)
        elif (header := find_header(sheet)) is not None:
            lists.append((sheet, header))
    if lists and forms:
        raise WorkbookRefused(BOTH)
    if not lists and not forms:
        raise WorkbookRefused(NOTHING)
    return lists, forms


def _refuse_department(department: str | None, departments: Collection[str] | None) -> None:
    if not department:
        raise WorkbookRefused(NO_DEPARTMENT)
    if departments is not None and department not in departments:
        raise WorkbookRefused(f"「{department[:40]}」不是您管理范围内的项目经理部编码。请核对后重新导入。")


def report(parsed: Parsed) -> dict[str, Any]:
    """The report as the contract for tools words it: counts, then each row with its errors and gaps."""
    accepted = sum(row.accepted for row in parsed.rows)
    return {
        "accepted": accepted,
        "rejected": len(parsed.rows) - accepted,
        "rows": [
            {
                "sheet": row.sheet,
                "row": row.row,
                "status": "accepted" if row.accepted else "rejected",
                "errors": [{"column": error.column, "message": error.message} for error in row.errors],
                "missing": list(row.missing),
            }
            for row in parsed.rows
        ],
    }
