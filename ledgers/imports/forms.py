"""Appendix C forms, one a sheet: a head of labels and values, then three sections of posts and extra people.

The form does not say whose project it is: the department is given from outside. Clauses 5.1.1 and 5.1.2.
"""

import re
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from ledgers.appendix_c import GROUPS, Contact, Group
from ledgers.columns import ADDRESS_MAX, NAME_MAX, NUMBER_MAX, PERSON_MAX

from .cells import fold, parse_date, parse_text
from .reader import Sheet
from .result import RESULT, Context, Layout, ParsedRow, RowReader, cell_ref, is_blank, label_of
from .values import Row, Value, WorkbookRefused

FORM_ROWS = 500
TITLE = re.compile("竣工工程信息台[帐账]")
NUMBER, NAME, ADDRESS, RECORDED = "编号", "工程名称", "工程地址", "日期"
START, END = "保修开始日期", "保修截止日期"
_LABELS = (NUMBER, NAME, ADDRESS, RECORDED, START, END)
_COLON = re.compile("[:\uff1a]")
_LABEL = re.compile(f"({'|'.join(_LABELS)})(?::(.*)|)", re.DOTALL)
_SECTIONS = {fold(group.title).partition("、")[2]: group for group in GROUPS}
_TABLE = {"序号": "seq", "岗位": "post", "联系人": "name", "联系方式": "phone", "联系电话": "phone", "备注": "remark"}
_FOOT = ("客户回访及投诉管理标准", "填报人", "审批人", "审核人", "填报日期", "说明", "注:", RESULT)


@dataclass(slots=True)
class _Person:
    row: int
    group: Group
    title: Value | None
    cells: dict[str, Value]


@dataclass(slots=True)
class Form:
    """A form taken apart: the head's values with their places, the table's columns, the people."""

    title_row: int = 0
    head: dict[str, tuple[Value | None, str]] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    people: list[_Person] = field(default_factory=list)
    result_row: int = 0


def is_form(sheet: Sheet) -> bool:
    """A sheet that has the table head 岗位 · 联系人 · 联系方式 near its top, and 工程名称 above it."""
    named = False
    for row in islice(sheet.rows(), 20):
        labels = {label_of(value).partition(":")[0] for value in row.cells.values()}
        named = named or NAME in labels
        if _table_columns(row).keys() >= {"post", "name", "phone"}:
            return named
    return False


def read_form(sheet: Sheet, context: Context, layouts: dict[str, Layout]) -> ParsedRow:
    """The one ledger of a form. Its row in the report is the row of the title."""
    form = _take_apart(sheet)
    parsed = ParsedRow(sheet.name, form.title_row)
    data = parsed.data
    data.department = context.department
    reader = RowReader(parsed, context)
    for label, limit, key in (
        (NUMBER, NUMBER_MAX, "number"),
        (NAME, NAME_MAX, "name"),
        (ADDRESS, ADDRESS_MAX, "address"),
    ):
        value, ref = form.head.get(label, (None, cell_ref(0, form.title_row)))
        text = partial(parse_text, value, limit=limit, code=key == "number")
        setattr(data, key, reader.take(label, ref, text, ""))
        if key != "address":
            reader.require(label, getattr(data, key), ref)
    for label, key in ((RECORDED, "recorded_on"), (START, "warranty_start"), (END, "warranty_end")):
        value, ref = form.head.get(label, (None, cell_ref(0, form.title_row)))
        setattr(data, key, reader.take(label, ref, partial(parse_date, value, serials=context.serials), None))
        if key != "recorded_on":
            reader.require(label, getattr(data, key), ref)
    reader.check_number(NUMBER, form.head.get(NUMBER, (None, "A1"))[1])
    reader.check_owner(NUMBER, form.head.get(NUMBER, (None, "A1"))[1])
    reader.check_period(END, form.head.get(END, (None, "A1"))[1])
    reader.finish(_read_people(form, reader))
    layouts[sheet.name] = Layout(form.title_row, form.result_row, 1)
    return parsed


def _take_apart(sheet: Sheet) -> Form:
    form = Form()
    group: Group | None = None
    last = 0
    for count, row in enumerate(sheet.rows()):
        if count >= FORM_ROWS:
            raise WorkbookRefused(
                f"工作表「{sheet.name[:31]}」超过 {FORM_ROWS} 行,不像一张附录 C 表。请每个工作表只放一项工程。"
            )
        first = next((value for _, value in sorted(row.cells.items()) if not is_blank(value)), None)
        if label_of(first).startswith(RESULT):
            form.result_row = row.number
            continue
        last = row.number
        if not form.title_row or (TITLE.search(label_of(first)) and not form.head):
            form.title_row = row.number
        if not form.columns:
            form.columns = _table_columns(row) if _table_columns(row).keys() >= {"post", "name", "phone"} else {}
            if not form.columns:
                _read_head(form, row)
            continue
        section = _SECTIONS.get(re.sub(r"^[一二三四五1-5][、.]", "", label_of(first)))
        if section is not None:
            group = section
        elif group is not None and not label_of(first).startswith(_FOOT):
            _add_person(form, row, group)
    form.result_row = form.result_row or last + 1
    return form


def _table_columns(row: Row) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, value in sorted(row.cells.items()):
        key = _TABLE.get(label_of(value))
        if key:
            found.setdefault(key, at)
    return found


def _read_head(form: Form, row: Row) -> None:
    """Labels and values: "编号:2026-001" in one cell, or the value in the next filled cell to the right."""
    cells = sorted(row.cells.items())
    for place, (at, value) in enumerate(cells):
        if not isinstance(value, str):
            continue
        found = _LABEL.fullmatch(_spaceless_label(value))
        if found is None or found[1] in form.head:
            continue
        inside = found[2]
        if inside and inside.strip():
            form.head[found[1]] = (inside, cell_ref(at, row.number))
            continue
        following = cells[place + 1] if place + 1 < len(cells) else None
        if following is None or _is_label(following[1]):
            form.head[found[1]] = (None, cell_ref(at, row.number))
        else:
            form.head[found[1]] = (following[1], cell_ref(following[0], row.number))


def _is_label(value: Value) -> bool:
    found = _LABEL.fullmatch(_spaceless_label(value)) if isinstance(value, str) else None
    return found is not None


def _spaceless_label(value: str) -> str:
    """White space out of the label only ("编 号: 2026 001" gives "编号: 2026 001"); "" when the text is no label."""
    label, *rest = _COLON.split(value.strip(), maxsplit=1)
    if len(label) > 20 or fold(label) not in _LABELS:
        return ""
    return ":".join([fold(label), *rest])


def _add_person(form: Form, row: Row, group: Group) -> None:
    cells = {key: row.cells[at] for key, at in form.columns.items() if at in row.cells and not is_blank(row.cells[at])}
    if cells.keys() - {"seq"}:
        form.people.append(_Person(row.number, group, cells.get("post"), cells))


def _read_people(form: Form, reader: RowReader) -> set[str]:
    """Each group's posts in the standard's order, then its extra people as printed. Returns the failed cells."""
    by_post: dict[str, _Person] = {}
    extras: list[_Person] = []
    for person in form.people:
        title = label_of(person.title)
        code = next((post.code for post in person.group.posts if fold(post.name) == title), "")
        if code and code not in by_post:
            by_post[code] = person
        else:
            extras.append(person)
    failed: set[str] = set()
    for group in GROUPS:
        for post in group.posts:
            contact = Contact(group.code, post.code)
            if post.code in by_post:
                failed |= _read_person(form, reader, by_post[post.code], contact)
            reader.parsed.data.contacts.append(contact)
        for person in extras:
            if person.group is group:
                contact = Contact(group.code)
                failed |= _read_person(form, reader, person, contact)
                reader.parsed.data.contacts.append(contact)
    return failed


def _read_person(form: Form, reader: RowReader, person: _Person, contact: Contact) -> set[str]:
    def place(key: str) -> tuple[Value | None, str]:
        at = form.columns.get(key, form.columns["post"])
        return person.cells.get(key), cell_ref(at, person.row)

    if not contact.post:
        value, ref = place("post")
        contact.title = reader.take("岗位", ref, partial(parse_text, value, limit=PERSON_MAX), "")
    return reader.contact(
        contact, label=contact.label or "补充人员", name=place("name"), phone=place("phone"), remark=place("remark")
    )
