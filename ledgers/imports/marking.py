"""The uploaded workbook back: bad cells marked, every row's result in words, ready to be corrected and sent again."""

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from warnings import catch_warnings, simplefilter

from openpyxl import Workbook as NewWorkbook
from openpyxl import load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from .cells import clean, show
from .reader import Sheet, read_workbook
from .result import RESULT, Layout, Parsed, ParsedRow, cell_ref
from .sheet import column_index
from .values import Fault, Formula, Timed, Value

AUTHOR = "导入检查"
PALE_RED = "FFFFC7CE"
MAX_COMMENTS = 2_000
MAX_RESULT = 2_000
MAX_GAP = 200
_RED = PatternFill("solid", start_color=PALE_RED, end_color=PALE_RED)
_WRAP = Alignment(wrap_text=True, vertical="top")
_BOLD, _WARN = Font(bold=True), Font(color="FF9C0006")


def result_text(row: ParsedRow, *, saved: bool = False) -> str:
    """A row's outcome in words. It begins with a Chinese character, whatever the user's cells say."""
    done = "已导入" if saved else "可以导入"
    if row.errors:
        text = "未通过:" + ";".join(f"{error.column}:{error.message}" for error in row.errors)
    elif row.missing:
        text = f"{done},待补充:" + "、".join(row.missing)
    else:
        text = done
    text = clean(text)
    return text if len(text) <= MAX_RESULT else text[:MAX_RESULT] + "…"


def mark(path: Path | str, parsed: Parsed) -> bytes:
    """The workbook at ``path`` as xlsx: bad cells pale red with a comment, 导入结果 beside each row or below each form.

    Formulas come back as text, so the file runs nothing at whoever opens it; a refused one comes back as an empty cell
    with the formula in the comment, so sending it again unchanged cannot pass for a correction. A workbook too large
    or too odd to be loaded whole comes back with its values only. Raises ``WorkbookRefused`` when it is unreadable.
    """
    comments = _comments(parsed)
    if parsed.light:
        # openpyxl may stumble over parts this import never looks at (drawings, pivots): then the values go back.
        with suppress(Exception), catch_warnings():
            simplefilter("ignore")
            return _mark_in_place(Path(path), parsed, comments)
    return _rewrite(Path(path), parsed, comments)


Comments = dict[tuple[str, str], str]


def _comments(parsed: Parsed) -> Comments:
    """(sheet, cell) → what is wrong there."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in parsed.rows:
        for error in row.errors:
            found[row.sheet, error.cell_ref].append(f"{error.column}:{error.message}")
    return {place: clean("\n".join(messages)) for place, messages in found.items()}


def _results(parsed: Parsed, sheet: str, layout: Layout) -> Iterator[tuple[int, int, str, bool]]:
    """(row, column, text, accepted) of all results of one sheet, the header's included."""
    if parsed.kind == "list":
        yield layout.header_row, layout.result_column, RESULT, True
    for row in parsed.rows:
        if row.sheet == sheet:
            if parsed.kind == "list":
                yield row.row, layout.result_column, result_text(row, saved=parsed.saved), row.accepted
            else:
                yield (
                    layout.result_row,
                    layout.result_column,
                    f"{RESULT}:{result_text(row, saved=parsed.saved)}",
                    row.accepted,
                )


def _mark_in_place(path: Path, parsed: Parsed, comments: Comments) -> bytes:
    book = load_workbook(path, keep_links=False)
    left = MAX_COMMENTS
    for sheet in book.worksheets:
        formulas: dict[str, str] = {}
        refused = [place for title, place in comments if title == sheet.title]
        _disarm(sheet, set(refused), formulas)
        layout = parsed.layouts.get(sheet.title)
        if layout is None:
            continue
        for reference in refused:
            cell = sheet[reference]
            cell.fill = _RED
            if left and isinstance(cell, Cell):
                left -= 1
                before = f"{cell.comment.text}\n" if cell.comment else ""
                text = before + comments[sheet.title, reference] + formulas.get(reference, "")
                cell.comment = Comment(text, AUTHOR, width=320, height=120)
        for row, column, text, accepted in _results(parsed, sheet.title, layout):
            _write(sheet, row, column, text, accepted)
        if parsed.kind == "list":
            letters = cell_ref(layout.result_column - 1, 1)[:-1]
            sheet.column_dimensions[letters].width = 60
        else:
            _widen(sheet, layout.result_row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _disarm(sheet: Worksheet, refused: set[str], formulas: dict[str, str]) -> None:
    """Formulas become text, and the marks of an earlier import go. ``formulas`` collects those of ``refused`` cells."""
    for cells in sheet.iter_rows():
        for cell in cells:
            if not isinstance(cell, Cell):
                continue
            if cell.data_type == "f":
                found = cell.value if isinstance(cell.value, str) else getattr(cell.value, "text", None)
                formula = str(found or "")
                if cell.coordinate in refused:
                    formulas[cell.coordinate] = f"\n原公式:{formula[:200]}"
                    cell.value = None
                else:
                    cell.value = formula
                    cell.data_type = "s"
                    cell.quotePrefix = True
            if cell.comment is not None and cell.comment.author == AUTHOR:
                cell.comment = None
            if cell.has_style and cell.fill.fill_type == "solid" and cell.fill.start_color.rgb == PALE_RED:
                cell.fill = PatternFill()


def _write(sheet: Worksheet, row: int, column: int, text: str, accepted: bool) -> None:
    cell = sheet.cell(row, column)
    if isinstance(cell, MergedCell):
        for area in [area for area in sheet.merged_cells.ranges if (row, column) in set(area.cells)]:
            sheet.unmerge_cells(area.coord)
        cell = sheet.cell(row, column)
    cell.value = text
    cell.data_type = "s"
    cell.alignment = _WRAP
    cell.font = _BOLD if text == RESULT else Font() if accepted else _WARN


def _widen(sheet: Worksheet, row: int) -> None:
    """The result of a form needs the whole width of the form (columns A–E), and its height."""
    area = f"A{row}:E{row}"
    if area not in {str(merged) for merged in sheet.merged_cells.ranges}:
        sheet.merge_cells(area)
    sheet.row_dimensions[row].height = 16 * (1 + len(str(sheet.cell(row, 1).value)) // 40)


def _rewrite(path: Path, parsed: Parsed, comments: Comments) -> bytes:
    """The values alone, streamed from the file into a new one: bounded memory whatever the workbook holds."""
    book = NewWorkbook(write_only=True)
    left = MAX_COMMENTS
    with read_workbook(path) as source:
        for sheet in source.sheets:
            layout = parsed.layouts.get(sheet.name)
            if layout is None:
                continue
            target = book.create_sheet(clean(sheet.name)[:31])
            results = {row: (column, text) for row, column, text, _ in _results(parsed, sheet.name, layout)}
            blank: dict[int, list[int]] = defaultdict(list)
            for title, place in comments:
                if title == sheet.name:
                    letters = place.rstrip("0123456789")
                    blank[int(place[len(letters) :])].append(column_index(letters))
            for number, cells in _numbered(sheet, results):
                for column in blank.get(number, ()):
                    cells.setdefault(column, "")
                line: list[WriteOnlyCell | None] = [None] * (max(cells, default=-1) + 1)
                for column, value in cells.items():
                    message = comments.get((sheet.name, cell_ref(column, number)))
                    cell = _copy(target, "" if message and isinstance(value, Formula) else value)
                    if message:
                        cell.fill = _RED
                        if left:
                            left -= 1
                            cell.comment = Comment(message, AUTHOR, width=320, height=120)
                    line[column] = cell
                target.append(line)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _numbered(sheet: Sheet, results: dict[int, tuple[int, str]]) -> Iterable[tuple[int, dict[int, Value]]]:
    """The sheet's rows with their results, blank rows in between, so that row numbers stay (within ``MAX_GAP``)."""
    at = 0
    pending = dict(results)
    for row in sheet.rows():
        for _ in range(min(row.number - at - 1, MAX_GAP)):
            at += 1
            yield at, {}
        at = max(at + 1, row.number)
        cells = dict(row.cells)
        if row.number in pending:
            column, text = pending.pop(row.number)
            cells[column - 1] = text
        yield row.number, cells
    for number, (column, text) in sorted(pending.items()):
        yield number, {column - 1: text}


def _copy(sheet: Worksheet, value: Value) -> WriteOnlyCell:
    if isinstance(value, Formula | Fault):
        value = value.cached if isinstance(value, Formula) else show(value.text)
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, clean(value))
        cell.data_type = "s"
        return cell
    if isinstance(value, Timed):
        cell = WriteOnlyCell(sheet, datetime.combine(value, value.clock))
        cell.number_format = "yyyy-mm-dd hh:mm"
        return cell
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    return cell
