"""The list and the forms as people really keep them: headers anywhere, notes, duplicates, gaps, odd sheets."""

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from ledgers.appendix_c import Contact, LedgerData
from ledgers.columns import LIST_COLUMNS
from ledgers.imports.parse import parse, report
from ledgers.imports.result import Parsed, cell_ref
from ledgers.imports.values import WorkbookRefused
from tests.ledgers.workbooks import ledger, put, write_forms, write_list

Edit = Callable[[Worksheet], None]
AT = {column.key: number for number, column in enumerate(LIST_COLUMNS, 1)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "book.xlsx"


def edited(path: Path, edit: Edit) -> Path:
    book = load_workbook(path)
    edit(book.worksheets[0])
    book.save(path)
    return path


def read(path: Path, edit: Edit, *ledgers: LedgerData) -> Parsed:
    write_list(path, ledgers or [ledger()])
    return parse(edited(path, edit), departments={"U1D1", "U1D2"})


def columns(parsed: Parsed, at: int = 0) -> list[str]:
    return [error.column for error in parsed.rows[at].errors]


@pytest.mark.parametrize("first_row", [1, 5, 17])
def test_the_header_is_found_wherever_it_stands(path: Path, first_row: int) -> None:
    parsed = parse(write_list(path, [ledger()], first_row=first_row), departments=None)
    assert [(row.row, row.data) for row in parsed.rows] == [(first_row + 3, ledger())]


def test_a_header_of_one_row(path: Path) -> None:
    def flatten(sheet: Worksheet) -> None:
        sheet.merged_cells.ranges.clear()
        for number, column in enumerate(LIST_COLUMNS, 1):
            put(sheet, 2, number, column.header + column.sub.replace("联系方式", "联系电话"))
        sheet.delete_rows(3)

    parsed = read(path, flatten)
    assert [(row.row, row.data) for row in parsed.rows] == [(3, ledger())]


def test_labels_with_line_breaks_spaces_and_full_width_letters(path: Path) -> None:
    def dress(sheet: Worksheet) -> None:
        put(sheet, 2, AT["address"], "工程\n地址")
        put(sheet, 2, AT["warranty_start"], " 保修 开始\r\n日期\u3000")

    parsed = read(path, dress)
    assert parsed.rows[0].data == ledger()
    assert parsed.warnings == []


def test_missing_required_columns_are_all_named_at_once(path: Path) -> None:
    write_list(path, [ledger()], leave_out=["number", "warranty_end"])
    with pytest.raises(WorkbookRefused) as refused:
        parse(path, departments=None)
    assert "「工程编号」、「保修截止日期」" in refused.value.message
    assert "模板" in refused.value.message


def test_other_columns_may_be_left_out(path: Path) -> None:
    write_list(path, [ledger()], leave_out=["seq", "address", "hvac", "plumbing_head.name", "plumbing_head.phone"])
    (row,) = parse(path, departments=None).rows
    assert row.accepted
    assert row.missing == ["工程地址", "水暖主任 联系人", "水暖主任 联系方式"]


def test_a_column_that_stands_twice_is_refused(path: Path) -> None:
    with pytest.raises(WorkbookRefused, match=r"「工程名称」.*两次"):
        read(path, lambda sheet: put(sheet, 2, len(LIST_COLUMNS) + 1, "工程名称"))


def test_an_unknown_column_is_reported_not_imported(path: Path) -> None:
    parsed = read(path, lambda sheet: put(sheet, 2, len(LIST_COLUMNS) + 1, "造价"))
    assert parsed.rows[0].accepted
    assert any("「造价」" in warning for warning in parsed.warnings)


def test_notes_blank_rows_and_numbered_blank_rows_are_no_rows(path: Path) -> None:
    def notes(sheet: Worksheet) -> None:
        put(sheet, 5, 1, 2)  # numbered in advance
        put(sheet, 6, 1, "  ")
        put(sheet, 8, 1, "说明:本表由各项目经理部填报")
        put(sheet, 9, 2, "填报人:张三")
        put(sheet, 9, 8, "审核人:李四")

    parsed = read(path, notes)
    assert [row.row for row in parsed.rows] == [4]
    assert any("第 8、9 行" in warning for warning in parsed.warnings)


def test_a_row_after_a_gap_is_still_read(path: Path) -> None:
    def gap(sheet: Worksheet) -> None:
        sheet.move_range("A5:AN5", rows=3)

    assert [row.row for row in read(path, gap, ledger("A"), ledger("B")).rows] == [4, 8]


def test_a_lone_number_is_a_row_with_errors_not_a_note(path: Path) -> None:
    parsed = read(path, lambda sheet: put(sheet, 5, AT["number"], "GC-2"))
    assert columns(parsed, 1) == ["工程名称", "项目经理部编码", "保修开始日期", "保修截止日期"]


def test_duplicates_in_the_file_and_against_the_ledger(path: Path) -> None:
    write_list(path, [ledger("A"), ledger("B"), ledger("Ａ"), ledger("C")])
    parsed = parse(path, departments=None, taken_numbers={"C"})
    assert [row.accepted for row in parsed.rows] == [True, True, False, False]
    assert "第 4 行" in parsed.rows[2].errors[0].message
    assert "已经存在" in parsed.rows[3].errors[0].message


def test_department_codes(path: Path) -> None:
    write_list(path, [ledger("A", department="u1d2"), ledger("B", department="U9"), ledger("C", department="")])
    parsed = parse(path, departments={"U1D1", "U1D2"})
    assert [columns(parsed, at) for at in range(3)] == [[], ["项目经理部编码"], ["项目经理部编码"]]
    assert parsed.rows[0].data.department == "U1D2"
    filled = parse(path, departments={"U1D1", "U1D2"}, department="U1D1")
    assert filled.rows[2].accepted
    assert filled.rows[2].data.department == "U1D1"


def test_the_end_must_follow_the_start(path: Path) -> None:
    same = ledger(warranty_end=ledger().warranty_start)
    parsed = parse(write_list(path, [same]), departments=None)
    assert columns(parsed) == ["保修截止日期"]


@pytest.mark.parametrize("key", ["number", "name", "address", "key", "region", "warranty_end", "civil_head.phone"])
def test_a_formula_is_refused_in_any_column(path: Path, key: str) -> None:
    def compute(sheet: Worksheet) -> None:
        sheet.cell(4, AT[key]).value = "=1+1"

    parsed = read(path, compute)
    (error,) = parsed.rows[0].errors
    assert error.message == "单元格是公式,请改为文字"
    assert error.cell_ref == cell_ref(AT[key] - 1, 4)


def test_a_formula_in_the_running_number_is_nobodys_business(path: Path) -> None:
    def compute(sheet: Worksheet) -> None:
        sheet.cell(4, 1).value = "=ROW()-3"
        sheet.cell(5, 1).value = "=ROW()-3"

    assert [row.accepted for row in read(path, compute).rows] == [True]


def test_several_errors_of_a_row_stand_in_the_order_of_the_columns(path: Path) -> None:
    def spoil(sheet: Worksheet) -> None:
        put(sheet, 4, AT["property_manager.phone"], "见附件")
        put(sheet, 4, AT["key"], "也许")
        sheet.cell(4, AT["name"]).value = None

    assert columns(read(path, spoil)) == ["工程名称", "重点工程", "物业经理 联系方式"]


@pytest.mark.clause("5.1.2")
def test_gaps_do_not_reject(path: Path) -> None:
    bare = ledger(address="", contacts=[Contact(c.group, c.post) for c in ledger().contacts])
    bare.contacts[0].absent = True
    (row,) = parse(write_list(path, [bare]), departments=None).rows
    assert row.accepted
    assert row.missing[:3] == ["工程地址", "项目授权保修负责人 无此岗位的原因", "项目经理 联系人"]
    assert len(row.missing) == 2 + 12 * 2


def test_hidden_sheets_stay_out_and_empty_ones_do_not_matter(path: Path) -> None:
    write_list(path, [ledger()])
    book = load_workbook(path)
    book.copy_worksheet(book.worksheets[0]).sheet_state = "hidden"
    book.create_sheet("Sheet3")
    book.save(path)
    parsed = parse(path, departments=None)
    assert len(parsed.rows) == 1
    assert any("隐藏" in warning for warning in parsed.warnings)


def test_a_workbook_without_ledgers_says_what_to_use(path: Path) -> None:
    write_list(path, [ledger()])
    with pytest.raises(WorkbookRefused, match="模板"):
        parse(edited(path, lambda sheet: sheet.delete_rows(1, 100)), departments=None)
    write_list(path, [])
    with pytest.raises(WorkbookRefused, match="表头下面没有台账"):
        parse(path, departments=None)


@pytest.mark.clause("C")
def test_forms_need_a_department_in_reach(path: Path) -> None:
    write_forms(path, [ledger()])
    with pytest.raises(WorkbookRefused, match="项目经理部"):
        parse(path, departments={"U1D1"})
    with pytest.raises(WorkbookRefused, match="U9D9"):
        parse(path, departments={"U1D1"}, department="U9D9")
    assert parse(path, departments={"U1D1"}, department="U1D1").kind == "forms"


@pytest.mark.clause("C")
def test_extra_people_stand_in_their_section(path: Path) -> None:
    data = ledger()
    data.contacts.insert(7, Contact("responsible", "", "安全主任", "赵六", "13900000001", "兼任"))
    data.contacts.insert(12, Contact("subcontractor", "", "消防分包", "钱七", ""))
    (row,) = parse(write_forms(path, [data]), departments=None, department="U1D1").rows
    assert row.data == data
    assert row.missing == ["消防分包 联系方式"]


@pytest.mark.clause("C")
def test_errors_of_a_form(path: Path) -> None:
    write_forms(path, [ledger("A"), ledger("A"), ledger("")])

    def spoil(sheet: Worksheet) -> None:
        put(sheet, 6, 3, "2025年5月1日")
        put(sheet, 9, 4, "见附件")
        put(sheet, 10, 5, "无此岗位:没有")
        sheet["C3"].value = "=A1"

    parsed = parse(edited(path, spoil), departments=None, department="U1D1")
    first = {error.cell_ref: error.column for error in parsed.rows[0].errors}
    assert first == {
        "C3": "工程名称",
        "C6": "保修截止日期",
        "D9": "项目授权保修负责人 联系方式",
        "E10": "项目经理 备注",
    }
    assert "工作表「第1项」" in parsed.rows[1].errors[0].message
    assert columns(parsed, 2) == ["编号"]
    assert report(parsed)["rejected"] == 3


def test_lists_and_forms_in_one_file_are_refused(path: Path) -> None:
    write_forms(path, [ledger()])
    book = load_workbook(path)
    sheet = book.create_sheet("汇总")
    for number, column in enumerate(LIST_COLUMNS, 1):
        put(sheet, 1, number, column.header + column.sub)
    book.save(path)
    with pytest.raises(WorkbookRefused, match="分成两个文件"):
        parse(path, departments=None, department="U1D1")
