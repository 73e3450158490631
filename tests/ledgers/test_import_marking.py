"""The workbook that goes back: same rows, bad cells red and explained, results in words, nothing that runs."""

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from ledgers.imports import marking
from ledgers.imports.parse import parse, report
from ledgers.imports.result import Parsed
from tests.ledgers.test_import_samples import SAMPLES
from tests.ledgers.workbooks import DEPARTMENTS, ledger, put, write_forms, write_list

LIST, FORMS = SAMPLES / "ledger_list.xlsx", SAMPLES / "ledger_forms.xlsx"


def parsed_of(path: Path, *, light: bool = True) -> Parsed:
    parsed = parse(path, departments=DEPARTMENTS, department="U1D1")
    assert parsed.light
    parsed.light = light
    return parsed


def marked(path: Path, *, light: bool = True) -> Workbook:
    return load_workbook(io.BytesIO(marking.mark(path, parsed_of(path, light=light))))


def red(sheet: Worksheet) -> set[str]:
    cells = (cell for row in sheet.iter_rows() for cell in row)
    return {cell.coordinate for cell in cells if cell.fill.start_color.rgb == marking.PALE_RED and cell.has_style}


@pytest.mark.parametrize("light", [True, False])
def test_exactly_the_bad_cells_are_red_and_explained(light: bool) -> None:
    parsed = parsed_of(LIST)
    wrong = {error.cell_ref: error.message for row in parsed.rows for error in row.errors}
    sheet = marked(LIST, light=light).worksheets[0]
    assert red(sheet) == set(wrong)
    assert len(wrong) == 9
    for place, message in wrong.items():
        assert message in sheet[place].comment.text


@pytest.mark.parametrize("light", [True, False])
def test_each_row_has_its_result_in_an_added_last_column(light: bool) -> None:
    sheet = marked(LIST, light=light).worksheets[0]
    assert sheet["AO3"].value == "导入结果"
    assert sheet["AO5"].value == "可以导入"
    assert sheet["AO39"].value == "可以导入,待补充:水暖主任 联系方式"
    assert sheet["AO45"].value.startswith("未通过:物业经理 联系方式:「见附件」")
    assert sheet["AO51"].value is None
    assert sheet["B6"].value == "GC2026-001"
    assert sheet["A54"].value.startswith("说明")


@pytest.mark.parametrize("light", [True, False])
def test_no_formula_goes_back(light: bool) -> None:
    book = marked(LIST, light=light)
    assert not [c.coordinate for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert book.worksheets[0]["C30"].value is None


def test_the_refused_formula_stands_in_the_comment() -> None:
    assert '=HYPERLINK("http://127.0.0.1/x"' in marked(LIST).worksheets[0]["C30"].comment.text


def test_layout_of_the_users_workbook_is_kept() -> None:
    before, after = load_workbook(LIST).worksheets[0], marked(LIST).worksheets[0]
    assert {str(r) for r in before.merged_cells.ranges} == {str(r) for r in after.merged_cells.ranges}
    assert after["F5"].number_format == before["F5"].number_format


@pytest.mark.parametrize("light", [True, False])
def test_forms_get_a_line_below(tmp_path: Path, light: bool) -> None:
    path = write_forms(tmp_path / "forms.xlsx", [ledger("A"), ledger("A")])
    book = marked(path, light=light)
    assert book.worksheets[0]["A26"].value == "导入结果:可以导入"
    assert book.worksheets[1]["A26"].value.startswith("导入结果:未通过:编号:")
    assert red(book.worksheets[0]) == set()
    assert not light or "A26:E26" in {str(area) for area in book.worksheets[0].merged_cells.ranges}
    assert red(book.worksheets[1]) == {"C2"}


@pytest.mark.parametrize("light", [True, False])
@pytest.mark.parametrize("sample", [LIST, FORMS])
def test_sent_again_unchanged_it_gives_the_same_rows_and_marks(tmp_path: Path, sample: Path, light: bool) -> None:
    """The results column and the marks are no data, and are replaced, not doubled. A refused formula is now blank."""
    first = parsed_of(sample, light=light)
    path = tmp_path / "again.xlsx"
    path.write_bytes(marking.mark(sample, first))
    second = parsed_of(path)
    assert [(r.row, r.accepted, r.missing) for r in second.rows] == [(r.row, r.accepted, r.missing) for r in first.rows]
    assert report(second)["rejected"] == report(first)["rejected"]
    assert second.warnings == first.warnings
    again = load_workbook(io.BytesIO(marking.mark(path, second))).worksheets[0]
    assert again.max_column == load_workbook(path).worksheets[0].max_column
    assert red(again) == {e.cell_ref for row in second.rows for e in row.errors if row.sheet == again.title}


def test_a_corrected_cell_loses_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "corrected.xlsx"
    path.write_bytes(marking.mark(LIST, parsed_of(LIST)))
    book = load_workbook(path)
    put(book.worksheets[0], 45, 39, "13800138000")
    book.save(path)
    sheet = marked(path).worksheets[0]
    assert "AM45" not in red(sheet)
    assert sheet["AM45"].comment is None
    assert sheet["AO45"].value == "可以导入"


def test_malicious_text_stays_text(tmp_path: Path) -> None:
    path = write_list(tmp_path / "list.xlsx", [ledger("=cmd|' /C calc'!A0", department="@SUM(1)")])
    parsed = parse(path, departments={"U1D1"})
    for light in (True, False):
        parsed.light = light
        sheet = load_workbook(io.BytesIO(marking.mark(path, parsed))).worksheets[0]
        assert sheet["B4"].value == "=cmd|' /C calc'!A0"
        assert {c.data_type for row in sheet.iter_rows() for c in row} <= {"s", "n", "d"}


def test_what_openpyxl_cannot_load_comes_back_as_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("a drawing it does not know")

    parsed = parsed_of(LIST)
    monkeypatch.setattr(marking, "load_workbook", fail)
    sheet = load_workbook(io.BytesIO(marking.mark(LIST, parsed))).worksheets[0]
    assert sheet["AO5"].value == "可以导入"
