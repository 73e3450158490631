"""What is written comes back: lists and forms, any ledger; and the reader agrees with another reader."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from ledgers.appendix_c import ABSENT, GROUPS, Contact, LedgerData
from ledgers.columns import ADDRESS_MAX, CONTACT_REMARK_MAX, NAME_MAX, NUMBER_MAX, PERSON_MAX, REMARK_MAX
from ledgers.imports.parse import parse
from ledgers.imports.reader import read_workbook
from tests.ledgers.test_import_samples import SAMPLES
from tests.ledgers.workbooks import put, write_forms, write_list

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LETTERS = "甲乙丙丁一二三号楼工程\uff08\uff09\uff0c、-#=+@'\"<>&;,. abcXYZ0189%_\uff13"


def text(limit: int, *, lines: bool = False) -> st.SearchStrategy[str]:
    alphabet = LETTERS + ("\n" if lines else "")
    return st.text(alphabet, max_size=min(limit, 40)).map(str.strip) | st.just("长" * limit)


PHONES = st.lists(
    st.from_regex(r"1[3-9][0-9]{9}|0(10|755)-[1-9][0-9]{7}(转[0-9]{1,4})?|400-[0-9]{3}-[0-9]{4}", fullmatch=True),
    max_size=2,
    unique=True,
).map("、".join)
DAYS = st.dates(date(1980, 1, 1), date(2199, 12, 31))
NAMES = text(PERSON_MAX).filter(lambda name: not name.startswith(ABSENT))
REASONS = text(40).map(lambda reason: reason.strip(" :,-—()\uff1a\uff0c\uff08\uff09"))


@st.composite
def contacts(draw: st.DrawFn, *, form: bool) -> list[Contact]:
    found: list[Contact] = []
    for group in GROUPS:
        titles = [(post.code, "") for post in group.posts]
        if form:
            extra = draw(st.lists(text(PERSON_MAX).filter(bool), max_size=2))
            titles += [("", title) for title in extra]
        for code, title in titles:
            contact = Contact(group.code, code, title)
            contact.absent = draw(st.booleans()) and draw(st.booleans())
            if contact.absent:
                contact.absent_reason = draw(REASONS)
            else:
                contact.name, contact.phone = draw(NAMES), draw(PHONES)
                contact.remark = draw(text(CONTACT_REMARK_MAX, lines=True)) if form else ""
                assume(not contact.remark.startswith(ABSENT))
            found.append(contact)
    return found


@st.composite
def ledgers(draw: st.DrawFn, *, form: bool) -> LedgerData:
    start, end = sorted(draw(st.lists(DAYS, min_size=2, max_size=2, unique=True)))
    number = draw(st.text("GC-2026甲0189/", min_size=1, max_size=NUMBER_MAX))
    data = LedgerData(number, draw(text(NAME_MAX).filter(bool)), draw(text(ADDRESS_MAX)), "U1D1")
    data.warranty_start, data.warranty_end = start, end
    data.contacts = draw(contacts(form=form))
    if form:
        data.recorded_on = draw(st.none() | DAYS)
    else:
        data.accepted_on, data.delivered_on = draw(st.none() | DAYS), draw(st.none() | DAYS)
        data.key, data.strategic, data.hvac = draw(st.booleans()), draw(st.booleans()), draw(st.booleans())
        data.region = draw(st.sampled_from(["", "north", "south"]))
        data.remark = draw(text(REMARK_MAX, lines=True))
    return data


@pytest.mark.clause("5.1.1")
@QUICK
@given(written=st.lists(ledgers(form=False), min_size=1, max_size=3, unique_by=lambda d: d.number))
def test_any_list_comes_back_equal(tmp_path: Path, written: list[LedgerData]) -> None:
    parsed = parse(write_list(tmp_path / "list.xlsx", written), departments={"U1D1"})
    assert [row.errors for row in parsed.rows] == [[] for _ in written]
    assert [row.data for row in parsed.rows] == written


@pytest.mark.clause("C")
@QUICK
@given(written=ledgers(form=True), colon=st.sampled_from([":", "\uff1a"]), title=st.sampled_from(["台帐", "台账"]))
def test_any_form_comes_back_equal(tmp_path: Path, written: LedgerData, colon: str, title: str) -> None:
    path = write_forms(tmp_path / "form.xlsx", [written], colon=colon, title=f"竣工工程信息{title}")
    (row,) = parse(path, departments=None, department="U1D1").rows
    assert row.errors == []
    assert row.data == written


VALUES = (
    st.none()
    | st.text(LETTERS + "\n", min_size=1, max_size=30).filter(lambda t: bool(t.strip()))
    | st.integers(-(10**14), 10**14)
    | st.floats(-1e9, 1e9, allow_nan=False).map(lambda f: round(f, 6))
    | st.booleans()
    | st.dates(date(1980, 1, 1), date(2199, 12, 31))
)


@QUICK
@given(rows=st.lists(st.lists(VALUES, min_size=1, max_size=6), min_size=1, max_size=6))
def test_the_reader_agrees_with_calamine(tmp_path: Path, rows: list[list[Any]]) -> None:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for number, values in enumerate(rows, 1):
        for column, value in enumerate(values, 1):
            if value is not None:
                put(sheet, number, column, value)
    book.save(tmp_path / "book.xlsx")
    assert ours(tmp_path / "book.xlsx") == theirs(tmp_path / "book.xlsx")


@pytest.mark.parametrize("name", ["ledger_list.xlsx", "ledger_forms.xlsx"])
def test_the_reader_agrees_with_calamine_on_the_samples(name: str) -> None:
    assert ours(SAMPLES / name) == theirs(SAMPLES / name)


def ours(path: Path) -> list[dict[tuple[int, int], Any]]:
    from ledgers.imports.values import Formula

    with read_workbook(path) as book:
        return [
            {
                (row.number, column): value
                for row in sheet.rows()
                for column, value in row.cells.items()
                if not isinstance(value, Formula)
            }
            for sheet in book.sheets
        ]


def theirs(path: Path) -> list[dict[tuple[int, int], Any]]:
    book = CalamineWorkbook.from_path(path)
    sheets = []
    for name in book.sheet_names:
        rows = enumerate(book.get_sheet_by_name(name).to_python(skip_empty_area=False), 1)
        sheets.append(
            {
                (number, column): value.date() if isinstance(value, datetime) else value
                for number, values in rows
                for column, value in enumerate(values)
                if value != ""
            }
        )
    return sheets
