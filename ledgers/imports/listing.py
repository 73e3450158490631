"""The list of ledgers (汇总表): one ledger a row, its header found by its labels wherever it stands.

Columns: ``ledgers.columns.LIST_COLUMNS``. Clauses 5.1.1 and 5.1.2.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from ledgers.appendix_c import GROUP_OF, POSTS, Contact
from ledgers.columns import LIST_COLUMNS, Column

from .cells import FORMULA, fold, parse_date, parse_flag, parse_region, parse_text, show
from .reader import Sheet
from .result import RESULT, Context, Layout, ParsedRow, RowReader, cell_ref, is_blank, label_of, post_labels
from .values import Cells, Formula, Row, Value, WorkbookRefused

HEADER_WITHIN = 20
_NAME_LABELS = {"联系人", "姓名", "负责人", "名单"}
_PHONE_LABELS = {"联系方式", "联系电话", "电话", "手机", "手机号", "手机号码", "电话号码"}
_ALIASES = {
    "项目编号": "number",
    "编号": "number",
    "项目名称": "name",
    "地址": "address",
    "项目地址": "address",
    "项目部编码": "department",
    "项目经理部": "department",
    "竣工日期": "accepted_on",
    "四方验收日期": "accepted_on",
    "交付使用日期": "delivered_on",
    "保修起始日期": "warranty_start",
    "保修结束日期": "warranty_end",
    "保修到期日期": "warranty_end",
    "是否重点工程": "key",
    "是否战略合作伙伴": "strategic",
}
_NOTE_STARTS = (
    "说明",
    "注:",
    "备注:",
    "填表说明",
    "填报人",
    "填报单位",
    "填报日期",
    "审批人",
    "审核人",
    "制表",
    "合计",
    "总计",
)
_COLUMNS = {column.key: column for column in LIST_COLUMNS}
_BASIC = {fold(column.header): column.key for column in LIST_COLUMNS if not column.post} | _ALIASES
_TELLING = set(_BASIC.values()) - {"seq", "remark"}
_POSTS = post_labels()


@dataclass(slots=True)
class Header:
    """Where each column stands (index from 0). ``last_row`` is the lower row of a two-row header."""

    row: int
    last_row: int
    columns: dict[str, int]
    unknown: list[str] = field(default_factory=list)
    result_column: int | None = None


def find_header(sheet: Sheet) -> Header | None:
    """The header among the first rows of the sheet, or None when the sheet holds no list.

    Raises ``WorkbookRefused`` when a column stands twice.
    """
    top = list(islice(sheet.rows(), HEADER_WITHIN + 1))
    best: Header | None = None
    for at, row in enumerate(top):
        if row.number > HEADER_WITHIN:
            break
        labels = {label_of(value) for value in row.cells.values()}
        if sum(_BASIC.get(label) in _TELLING for label in labels) < 3:
            continue
        below = top[at + 1] if at + 1 < len(top) and top[at + 1].number == row.number + 1 else None
        found = _read_header(sheet, row, below)
        if best is None or len(found.columns) > len(best.columns):
            best = found
    return best


def _read_header(sheet: Sheet, row: Row, below: Row | None) -> Header:
    subs = {column: label_of(value) for column, value in below.cells.items()} if below else {}
    two_rows = bool(subs) and any(sub in _NAME_LABELS | _PHONE_LABELS for sub in subs.values())
    header = Header(row.number, row.number + 1 if two_rows else row.number, {})
    post = ""
    for column in range(max([*row.cells, *(subs if two_rows else ())]) + 1):
        label = label_of(row.cells.get(column))
        if label:
            post = _POSTS.get(label, "")
        sub = subs.get(column, "") if two_rows else ""
        key = _key_of(label, post, sub)
        if label == RESULT:
            header.result_column = column
        elif key in header.columns:
            title = show(_COLUMNS[key].title)
            raise WorkbookRefused(
                f"工作表「{show(sheet.name)}」的列「{title}」出现了两次。请删除多余的一列后重新上传。"
            )
        elif key:
            header.columns[key] = column
        elif label or sub:
            header.unknown.append(label or sub)
    return header


def _key_of(label: str, post: str, sub: str) -> str:
    if label in _BASIC:
        return _BASIC[label]
    if post and (sub in _NAME_LABELS or (label and not sub)):
        return f"{post}.name"
    if post and sub in _PHONE_LABELS:
        return f"{post}.phone"
    for name, code in _POSTS.items():
        rest = label.removeprefix(name).strip("-:/()_") if label.startswith(name) else ""
        if rest in _NAME_LABELS:
            return f"{code}.name"
        if rest in _PHONE_LABELS:
            return f"{code}.phone"
    return ""


def read_list(sheet: Sheet, header: Header, context: Context, layouts: dict[str, Layout]) -> Iterator[ParsedRow]:
    """The ledgers below the header. Raises ``WorkbookRefused`` when a required column is missing."""
    absent = [column.title for column in LIST_COLUMNS if column.required and column.key not in header.columns]
    if context.department:
        absent = [title for title in absent if title != _COLUMNS["department"].title]
    if absent:
        names = "、".join(f"「{title}」" for title in absent)
        raise WorkbookRefused(f"工作表「{show(sheet.name)}」缺少列{names}。请下载台账模板,按模板的表头填写后重新上传。")
    if header.unknown:
        names = "、".join(f"「{show(label)}」" for label in header.unknown[:20])
        context.warnings.append(f"工作表「{show(sheet.name)}」的列{names}不属于台账,未导入。")
    widest = max(header.columns.values())
    skipped: list[int] = []
    ahead: list[int] = []
    for row in sheet.rows():
        widest = max(widest, *(c for c in row.cells if c != header.result_column), 0)
        if row.number <= header.last_row or _is_no_row(row, header):
            continue
        if _is_note(row, header):
            skipped.append(row.number)
            continue
        parsed = _read_row(sheet, row, header, context)
        if _is_ahead(parsed, context):
            ahead.append(row.number)
        yield parsed
    if skipped:
        context.warnings.append(f"工作表「{show(sheet.name)}」第 {_some(skipped)} 行是说明文字,未作为台账导入。")
    if ahead:
        context.warnings.append(
            f"工作表「{show(sheet.name)}」第 {_some(ahead)} 行的竣工验收日期或交付日期晚于今天,请核对年份。"
        )
    column = header.result_column if header.result_column is not None else widest + 1
    layouts[sheet.name] = Layout(header.row, header.last_row, column + 1)


def _some(numbers: list[int]) -> str:
    return "、".join(str(number) for number in numbers[:20]) + (" 等" if len(numbers) > 20 else "")


def _is_ahead(parsed: ParsedRow, context: Context) -> bool:
    days = (parsed.data.accepted_on, parsed.data.delivered_on)
    return context.today is not None and any(day is not None and day > context.today for day in days)


def _filled(row: Row, header: Header) -> list[tuple[int, Value]]:
    """The cells a person sees, without the results of an earlier import, from left to right."""
    return [
        (at, value) for at, value in sorted(row.cells.items()) if at != header.result_column and not is_blank(value)
    ]


def _is_no_row(row: Row, header: Header) -> bool:
    """Nothing is filled, or only the running number: templates come numbered in advance."""
    filled = _filled(row, header)
    if len(filled) == 1 and filled[0][0] == header.columns.get("seq"):
        value = filled[0][1]
        return not isinstance(value, str) or fold(value[:20]).isdigit()
    return not filled


def _is_note(row: Row, header: Header) -> bool:
    """Words under the table: text in the running number's column alone, or a short line that begins as notes do."""
    filled = _filled(row, header)
    texts = [value for _, value in filled if isinstance(value, str)]
    if len(texts) != len(filled):
        return False
    if len(filled) == 1 and filled[0][0] == header.columns.get("seq"):
        return True
    return len(filled) <= 4 and fold(texts[0][:40]).startswith(_NOTE_STARTS)


def _read_row(sheet: Sheet, row: Row, header: Header, context: Context) -> ParsedRow:
    parsed = ParsedRow(sheet.name, row.number)
    data = parsed.data
    reader = RowReader(parsed, context)
    for column in _PLAIN:
        at = header.columns.get(column.key)
        if at is not None:
            _read_plain(reader, column, row.cells, at)
    if not data.department and not reader.failed(_COLUMNS["department"].title):
        data.department = context.department
    failed: set[str] = set()
    for code, post in POSTS.items():
        contact = Contact(GROUP_OF[code].code, code)
        name, phone = header.columns.get(f"{code}.name"), header.columns.get(f"{code}.phone")
        failed |= reader.contact(
            contact,
            label=post.name,
            name=(row.cells.get(-1 if name is None else name), cell_ref(name or 0, row.number)),
            phone=(row.cells.get(-1 if phone is None else phone), cell_ref(phone or 0, row.number)),
        )
        data.contacts.append(contact)
    _check(reader, header, row.number)
    reader.finish(failed)
    return parsed


def _read_plain(reader: RowReader, column: Column, cells: Cells, at: int) -> None:
    value = cells.get(at)
    if value is None:
        return
    ref = cell_ref(at, reader.parsed.row)
    data = reader.parsed.data
    if isinstance(value, Formula):
        reader.fail(column.title, FORMULA, ref)
    elif column.kind == "date":
        parse = partial(parse_date, value, serials=reader.context.serials)
        setattr(data, column.key, reader.take(column.title, ref, parse, None))
    elif column.kind == "flag":
        setattr(data, column.key, reader.take(column.title, ref, partial(parse_flag, value), False))
        if not is_blank(value):
            reader.parsed.stated.add(column.key)
    elif column.kind == "region":
        data.region = reader.take(column.title, ref, partial(parse_region, value), "")
    else:
        lines, code = column.key == "remark", column.key in {"number", "department"}
        text = partial(parse_text, value, limit=column.max_length, lines=lines, code=code)
        setattr(data, column.key, reader.take(column.title, ref, text, ""))


def _check(reader: RowReader, header: Header, row: int) -> None:
    """The rules that need more than one cell. Required cells first: a blank cell is the plainest error."""
    for column in _REQUIRED:
        at = header.columns.get(column.key, 0)
        reader.require(column.title, getattr(reader.parsed.data, column.key), cell_ref(at, row))
    refs = {key: cell_ref(header.columns.get(key, 0), row) for key in ("number", "department", "warranty_end")}
    reader.check_number(_COLUMNS["number"].title, refs["number"])
    reader.check_department(_COLUMNS["department"].title, refs["department"])
    reader.check_owner(_COLUMNS["department"].title, refs["department"])
    reader.check_period(_COLUMNS["warranty_end"].title, refs["warranty_end"])
    reader.parsed.errors.sort(key=lambda error: _ORDER.get(error.column, 99))


_PLAIN = tuple(column for column in LIST_COLUMNS if not column.post and column.kind != "number")
_REQUIRED = tuple(column for column in LIST_COLUMNS if column.required)
_ORDER = {column.title: at for at, column in enumerate(LIST_COLUMNS)}
