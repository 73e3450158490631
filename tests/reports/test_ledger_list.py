"""The list export: the columns, real types, nothing executable, read back the same, flat memory."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from ledgers.appendix_c import LedgerData
from ledgers.columns import LIST_COLUMNS
from ledgers.imports.parse import parse
from ledgers.models import Ledger
from ledgers.selectors import ledger_data, ledger_rows, visible_ledgers
from reports.documents import list_sheet
from reports.documents.base import Footer
from reports.documents.ledger_list import LedgerListWorkbook, label
from reports.documents.list_sheet import list_scope
from tests.personas import Personas
from tests.reports.conftest import people

FOOTER = Footer("客户回访及投诉管理标准", "ZTJS-GC-02-2018(A)")
SCOPE = list_scope(3, {"区域": "北方"})
Rows = Iterator[tuple[Any, ...]]


@pytest.fixture(params=["rust", "openpyxl"])
def writer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways of writing must give the same sheet."""
    if request.param == "openpyxl":
        monkeypatch.setattr(list_sheet, "rust", None)
    return str(request.param)


def row(number: int, **changes: Any) -> tuple[Any, ...]:
    values: dict[str, Any] = {
        "seq": number,
        "number": f"GC2026-{number:03}",
        "name": "星河湾一期",
        "address": "北京市",
        "department": "U1D1",
        "accepted_on": date(2026, 5, 28),
        "delivered_on": None,
        "warranty_start": date(2026, 6, 1),
        "warranty_end": date(2028, 5, 31),
        "key": "是",
        "strategic": "否",
        "hvac": "否",
        "region": "北方",
        "remark": "",
    }
    for column in LIST_COLUMNS:
        if column.post:
            values[column.key] = "张建国" if column.sub == "联系人" else "010-63345678"
    return tuple((values | changes)[column.key] for column in LIST_COLUMNS)


def written(rows: Callable[[], Rows], scope: str = SCOPE, **told: str) -> bytes:
    target = BytesIO()
    LedgerListWorkbook(rows, FOOTER, scope=scope, day="2026-11-23", **told).render(target)
    return target.getvalue()


@pytest.mark.clause("5.1.1", "6.1")
def test_title_sections_labels_and_rows_stand_in_their_places(writer: str) -> None:
    content = written(lambda: iter([row(1), row(2)]), who="王保一", when="2026-11-23 10:00")
    sheet = load_workbook(BytesIO(content)).active
    assert sheet["A1"].value == "竣工工程信息台账(汇总表)"
    assert sheet["A2"].value == "导出人:王保一    导出时间:2026-11-23 10:00    共 3 项    筛选条件:区域:北方"
    assert [sheet[ref].value for ref in ("A3", "N3", "AB3", "AJ3")] == [
        "工程信息",
        "一、保修责任主体主要联系人",
        "二、施工分包主要联系人",
        "三、业主方或接收方主要联系人",
    ]
    assert [cell.value for cell in sheet[4]] == [label(column) for column in LIST_COLUMNS]
    assert sheet.max_row == 6
    assert {str(r) for r in sheet.merged_cells.ranges} == {"A1:AN1", "A2:AN2", "A3:M3", "N3:AA3", "AB3:AI3", "AJ3:AM3"}
    assert sheet.freeze_panes == "D5"
    assert sheet.auto_filter.ref == "A4:AN6"
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 8)
    assert sheet.oddFooter.center.text == "ZTJS-GC-02-2018(A)"


@pytest.mark.clause("5.1.1")
def test_dates_are_dates_phones_texts_blanks_blank(writer: str) -> None:
    first = row(1, accepted_on=None, address="")  # the writer may not learn a column's type from its first row
    sheet = load_workbook(BytesIO(written(lambda: iter([first, row(2)])))).active
    assert sheet["F5"].value is None
    assert sheet["D5"].value is None
    assert (sheet["F6"].value.date(), sheet["F6"].number_format) == (date(2026, 5, 28), "yyyy-mm-dd")
    assert (sheet["A6"].value, sheet["A6"].data_type) == (2, "n")
    assert (sheet["O6"].value, sheet["O6"].data_type, sheet["O6"].number_format) == ("010-63345678", "s", "@")
    assert (sheet["J6"].value, sheet["M6"].value) == ("是", "北方")


@pytest.mark.clause("5.1.1")
@pytest.mark.parametrize("text", ["=1+1", "+86 1", "-2", "@SUM(1)", '=HYPERLINK("http://x")', "_x0041_", "a\x0bb"])
def test_no_text_becomes_a_formula_or_another_text(writer: str, text: str, tmp_path: Path) -> None:
    content = written(lambda: iter([row(1, name=text, remark=text)]), scope=text)
    (tmp_path / "list.xlsx").write_bytes(content)
    sheet = load_workbook(BytesIO(content)).active
    for ref in ("A2", "C5", "AN5"):
        assert sheet[ref].data_type == "s", ref
    parsed = parse(tmp_path / "list.xlsx", departments={"U1D1"})
    assert [entry.errors for entry in parsed.rows] == [[]]
    assert parsed.rows[0].data.name == text.replace("\x0b", "")


def test_an_empty_list_has_its_header_and_no_rows(writer: str) -> None:
    sheet = load_workbook(BytesIO(written(lambda: iter(())))).active
    assert [cell.value for cell in sheet[4]] == [label(column) for column in LIST_COLUMNS]
    assert not any(cell.value for cells in sheet.iter_rows(min_row=5) for cell in cells)


def as_list(data: LedgerData) -> LedgerData:
    """What a row of the list can hold of a ledger: neither extra people nor the firms nor the day of filling in."""
    data.recorded_on = None
    data.contacts = [contact for contact in data.contacts if contact.post]
    for contact in data.contacts:
        contact.remark = ""
    return data


@pytest.mark.clause("5.1.1", "G2")
def test_what_is_exported_is_imported_again_the_same(
    writer: str, make_ledger: Callable[..., Ledger], personas: Personas, tmp_path: Path
) -> None:
    absent = {"name": "", "phone": "", "remark": "", "absent": True, "absent_reason": "本工程不涉及"}
    make_ledger(name="=甲&乙<工程>", header={"remark": "第一行\n第二行", "key": True, "region": "south"})
    make_ledger("U2D1", contacts=people(curtain_wall=absent))
    gap, phones = {"name": "", "phone": ""}, {"phone": "010-63345678转802、400-123-4567"}
    make_ledger(until="draft", contacts=people(civil_head=gap, owner_engineer=phones))
    ledgers = visible_ledgers(personas.gw).order_by("pk")
    (tmp_path / "list.xlsx").write_bytes(written(lambda: ledger_rows(ledgers)))
    parsed = parse(tmp_path / "list.xlsx", departments={"U1D1", "U2D1"})
    assert [entry.errors for entry in parsed.rows] == [[], [], []]
    assert parsed.warnings == []
    assert [entry.row for entry in parsed.rows] == [5, 6, 7]
    assert [entry.data for entry in parsed.rows] == [as_list(ledger_data(ledger)) for ledger in ledgers]


SCRIPT = """
import json, resource, sys, tempfile, time
import django
django.setup()
from tests.reports.test_ledger_list import FOOTER, SCOPE, row
from reports.documents import list_sheet
from reports.documents.ledger_list import LedgerListWorkbook
if sys.argv[1] == "openpyxl":
    list_sheet.rust = None
one = row(1)
document = LedgerListWorkbook(
    lambda: ((at, f"GC-{at}", *one[2:]) for at in range(1, int(sys.argv[2]) + 1)), FOOTER, scope=SCOPE, day="x")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begun = time.process_time()
with tempfile.TemporaryFile() as target:
    document.render(target)
print(json.dumps({"rows": document.rows, "seconds": time.process_time() - begun,
                  "grown": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before}))
"""


def measured(writer: str, rows: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, writer, str(rows)], capture_output=True, text=True, check=True, timeout=120
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_twenty_thousand_rows_take_seconds_and_no_memory() -> None:
    found = measured("rust", 20_000)
    assert found["rows"] == 20_000
    assert found["seconds"] < 4
    assert found["grown"] < 40_000  # KB, above what the process needs anyway


def test_without_the_fast_writer_memory_stays_flat_too() -> None:
    assert measured("openpyxl", 3_000)["grown"] < 40_000
