"""The empty list: what people fill in there, the import takes; its explanations it leaves alone."""

from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from ledgers.columns import LIST_COLUMNS
from ledgers.imports.parse import parse
from ledgers.imports.values import WorkbookRefused
from reports.documents.base import Footer
from reports.documents.ledger_template import LedgerTemplateWorkbook
from tests.reports.test_ledger_list import row

DEPARTMENTS = [("U1D1", "第1建筑公司第1项目经理部"), ("U1D2", "第1建筑公司第2项目经理部")]


def template(departments: Any = DEPARTMENTS) -> Workbook:
    target = BytesIO()
    LedgerTemplateWorkbook(Footer("客户回访及投诉管理标准", "ZTJS-GC-02-2018(A)"), departments).render(target)
    target.seek(0)
    return load_workbook(target)


@pytest.mark.clause("5.1.1")
def test_filled_in_it_imports(tmp_path: Path) -> None:
    book = template()
    sheet = book.active
    given = row(1, address="", **{"curtain_wall.name": "无此岗位", "curtain_wall.phone": "本工程无幕墙"})
    for at, value in enumerate(given, 1):
        sheet.cell(5, at).value = value or None
    sheet["O5"].value = 13800001234  # typed as a number
    book.save(tmp_path / "filled.xlsx")
    parsed = parse(tmp_path / "filled.xlsx", departments={"U1D1"})
    assert [(entry.sheet, entry.row, entry.errors) for entry in parsed.rows] == [("竣工工程信息台账", 5, [])]
    assert parsed.warnings == []
    data = parsed.rows[0].data
    assert (data.number, data.department, data.key, data.region) == ("GC2026-001", "U1D1", True, "north")
    assert data.warranty_end == date(2028, 5, 31)
    assert data.contacts[0].phone == "13800001234"
    assert next(c for c in data.contacts if c.post == "curtain_wall").absent_reason == "本工程无幕墙"
    assert parsed.rows[0].missing == ["工程地址"]


@pytest.mark.clause("5.1.1")
def test_the_example_in_the_guide_is_itself_right(tmp_path: Path) -> None:
    """Column by column copied into the list, the example imports without an error and without a gap."""
    book = template()
    sheet, guide = book.active, book["填写说明"]
    explained = list(guide.iter_rows(min_row=2, values_only=True))
    assert [entry[0] for entry in explained] == [column.title for column in LIST_COLUMNS]
    assert [entry[0] for entry in explained if entry[1] == "是"] == [c.title for c in LIST_COLUMNS if c.required]
    assert all(entry[2] for entry in explained)
    for at, entry in enumerate(explained, 1):
        sheet.cell(5, at).value = entry[3]
    book.save(tmp_path / "example.xlsx")
    (parsed,) = parse(tmp_path / "example.xlsx", departments={"U1D1"}).rows
    assert (parsed.errors, parsed.missing) == ([], [])


@pytest.mark.clause("5.1.1")
def test_left_empty_it_is_refused_in_words(tmp_path: Path) -> None:
    template().save(tmp_path / "empty.xlsx")
    with pytest.raises(WorkbookRefused, match="表头下面没有台账"):
        parse(tmp_path / "empty.xlsx", departments={"U1D1"})


def test_header_is_in_two_merged_rows() -> None:
    sheet = template().active
    merged = {str(found) for found in sheet.merged_cells.ranges}
    assert {"A1:AN1", "A2:AN2", "A3:A4", "N3:O3", "AL3:AM3", "AN3:AN4"} <= merged
    assert [sheet[ref].value for ref in ("N3", "N4", "O4")] == ["项目授权保修负责人", "联系人", "联系方式"]
    assert sheet.freeze_panes == "D5"


def test_choices_are_offered_where_there_are_any() -> None:
    sheet = template().active
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    by_column = {str(part).partition(":")[0]: rule for ranges, rule in rules.items() for part in ranges.split()}
    assert by_column["J5"].formula1 == by_column["L5"].formula1 == '"是,否"'
    assert by_column["M5"].formula1 == '"北方,南方"'
    assert by_column["E5"].formula1 == "'项目经理部编码'!$A$2:$A$3"
    assert by_column["H5"].type == "date"
    assert [cell.value for cell in template()["项目经理部编码"]["A"]] == ["编码", "U1D1", "U1D2"]
    assert sheet.column_dimensions["O"].number_format == "@"  # a phone typed anywhere below stays a text


def test_without_a_department_in_reach_there_is_no_empty_choice() -> None:
    sheet = template(()).active
    assert all("项目经理部" not in rule.formula1 for rule in sheet.data_validations.dataValidation)
