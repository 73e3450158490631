"""Appendix C as a workbook, cell by cell against the standard's form and against a form as people send it."""

from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from ledgers.appendix_c import GROUPS, Contact, LedgerData
from ledgers.imports.parse import parse
from reports.documents.appendix_c import Form, fill_form
from reports.documents.appendix_c_xlsx import AppendixCWorkbook
from reports.documents.base import Footer
from tests.ledgers.test_import_samples import SAMPLES
from tests.reports.conftest import people

FOOTER = Footer("客户回访及投诉管理标准", "ZTJS-GC-02-2018(A)")


def data(**changes: Any) -> LedgerData:
    base = LedgerData(
        number="2026-001",
        name="星河湾一期住宅工程",
        address="北京市丰台区西三环南路88号",
        department="U1D1",
        recorded_on=date(2026, 11, 23),
        warranty_start=date(2025, 6, 1),
        warranty_end=date(2027, 5, 31),
        contacts=people(),
    )
    return replace(base, **changes)


def form(note: str = "", **changes: Any) -> Form:
    return fill_form(data(**changes), code="xxC028B1", note=note)


def written(filled: Form, footer: Footer = FOOTER) -> bytes:
    target = BytesIO()
    AppendixCWorkbook(filled, footer).render(target)
    return target.getvalue()


def sheet_of(filled: Form, footer: Footer = FOOTER) -> Worksheet:
    return load_workbook(BytesIO(written(filled, footer))).active


def read_back(filled: Form, folder: Path) -> LedgerData:
    path = folder / "c.xlsx"
    path.write_bytes(written(filled))
    parsed = parse(path, departments={"U1D1"}, department="U1D1")
    assert parsed.kind == "forms"
    assert [row.errors for row in parsed.rows] == [[]]
    return parsed.rows[0].data


@pytest.mark.clause("5.1.1", "6.1", "C")
def test_every_cell_stands_where_the_standard_prints_it() -> None:
    sheet = sheet_of(form())
    assert sheet["A1"].value == "竣工工程信息台帐"
    assert [sheet[ref].value for ref in ("A2", "C2", "D2")] == ["xxC028B1", "编号:2026-001", "日期:2026年11月23日"]
    assert [sheet[f"A{row}"].value for row in range(3, 7)] == [
        "工程名称:",
        "工程地址:",
        "保修开始日期:",
        "保修截止日期:",
    ]
    assert [sheet[ref].value for ref in ("C3", "C4")] == ["星河湾一期住宅工程", "北京市丰台区西三环南路88号"]
    assert [sheet[ref].value.date() for ref in ("C5", "C6")] == [date(2025, 6, 1), date(2027, 5, 31)]
    assert {sheet[ref].number_format for ref in ("C5", "C6")} == {'yyyy"年"m"月"d"日"'}
    assert [cell.value for cell in sheet[7]] == ["序号", "岗位", "联系人", "联系方式", "备注"]
    assert [sheet[f"A{row}"].value for row in (8, 16, 21)] == [group.title for group in GROUPS]
    posts = [(sheet.cell(row, 1).value, sheet.cell(row, 2).value) for row in (*range(9, 16), *range(17, 21), 22, 23)]
    assert posts == [(post.number, post.name) for group in GROUPS for post in group.posts]
    assert sheet.dimensions == "A1:E23"
    assert sheet["E17"].value == "宏达防水工程有限公司"  # the subcontractor's firm stands in 备注


@pytest.mark.clause("5.1.1", "C")
def test_it_has_the_layout_of_a_form_as_people_send_it(tmp_path: Path) -> None:
    """Same cells, same merges, same widths as the sample; only the two dates are true dates here."""
    original = load_workbook(SAMPLES / "ledger_forms.xlsx")
    parsed = parse(SAMPLES / "ledger_forms.xlsx", departments={"U1D1"}, department="U1D1")
    for sample, row in zip(original.worksheets, parsed.rows, strict=True):
        ours = sheet_of(fill_form(row.data, code="xxC028B1"))
        differing = {
            cell.coordinate: (cell.value, ours[cell.coordinate].value)
            for cells in sample.iter_rows()
            for cell in cells
            if cell.value != ours[cell.coordinate].value
        }
        assert set(differing) == {"C5", "C6"}
        assert ours.dimensions == sample.dimensions
        assert {str(r) for r in ours.merged_cells.ranges} == {str(r) for r in sample.merged_cells.ranges}
        widths = {letter: dimension.width for letter, dimension in ours.column_dimensions.items()}
        assert widths == {"A": 6, "B": 22, "C": 14, "D": 20, "E": 24}
        assert widths == {letter: dimension.width for letter, dimension in sample.column_dimensions.items()}


@pytest.mark.clause("2.1", "6.1")
def test_the_page_is_a4_portrait_one_page_wide_with_the_standards_footer() -> None:
    sheet = sheet_of(form(), Footer("甲&乙标准", "Q/ZT-2030(B)"))
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("portrait", 9)
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_area == "'竣工工程信息台帐'!$A$1:$E$23"
    footer = sheet.oddFooter
    assert footer.left.text == "甲&&乙标准"  # a lone & would be a code of Excel
    assert footer.center.text == "Q/ZT-2030(B)"
    assert footer.right.text == "第 &P 页 共 &N 页"
    for cells in sheet.iter_rows(min_row=2):
        assert {cell.border.bottom.style for cell in cells} == {"thin"}, cells[0].row
        assert cells[0].border.left.style == cells[-1].border.right.style == "thin", cells[0].row
    assert sheet["C9"].border.left.style == "thin"
    assert sheet["B9"].font.name == sheet["A1"].font.name == "宋体"


@pytest.mark.clause("5.1.1", "C")
def test_blank_posts_print_absent_ones_say_why_and_extra_people_shift_the_rows() -> None:
    contacts = people(
        civil_head={"name": "", "phone": ""},
        curtain_wall={"name": "", "phone": "", "remark": "", "absent": True, "absent_reason": "本工程不涉及"},
    )
    contacts += [
        Contact("owner", "", "小业主代表", "赵敏", "010-63345678"),
        Contact("responsible", "", "钢结构主任", "王五", "13900000000", "@备注"),
    ]
    contacts = [contact for contact in contacts if contact.post != "property_manager"]
    sheet = sheet_of(form(contacts=contacts))
    table = [[cell.value for cell in cells] for cells in sheet.iter_rows(min_row=8, max_row=25)]
    assert table[5] == [5, "土建主任", None, None, None]
    assert table[8] == [8, "钢结构主任", "王五", "13900000000", "@备注"]
    assert table[9][0] == "二、施工分包主要联系人"
    assert table[10][0] == 1
    assert table[13] == [4, "玻璃幕墙", None, None, "无此岗位:本工程不涉及"]
    assert table[14][0] == "三、业主方或接收方主要联系人"
    assert table[16] == [2, "物业经理", None, None, None]  # nobody recorded: the line still prints
    assert table[17] == [3, "小业主代表", "赵敏", "010-63345678", None]
    merged = {str(r) for r in sheet.merged_cells.ranges}
    assert {"A8:E8", "A17:E17", "A22:E22"} <= merged
    assert not {"A16:E16", "A21:E21"} & merged
    assert sheet.print_area.endswith("$A$1:$E$25")


@pytest.mark.clause("5.1.1", "C")
@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@SUM(A1)", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0"])
def test_no_text_becomes_a_formula(text: str) -> None:
    contacts = people(project_manager={"name": text, "remark": text})
    sheet = sheet_of(form(name=text, address=text, contacts=contacts))
    for ref in ("C3", "C4", "C10", "E10"):
        cell = sheet[ref]
        assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@"), ref
        assert cell.quotePrefix, ref
    assert b"<f>" not in written(form(name=text))


@pytest.mark.clause("C")
def test_phones_are_texts_that_keep_their_zeros_and_control_characters_do_no_harm() -> None:
    contacts = people(project_manager={"phone": "010-63345678", "name": "张\x00三\x0b"}, chief_engineer={"phone": ""})
    sheet = sheet_of(form(contacts=contacts))
    assert (sheet["D10"].value, sheet["D10"].data_type) == ("010-63345678", "s")
    assert sheet["C10"].value == "张三"
    assert sheet["D11"].number_format == "@"  # typed in later, a phone stays a text


@pytest.mark.clause("C")
def test_long_texts_get_the_height_they_need() -> None:
    short, long = sheet_of(form()), sheet_of(form(name="很长的工程名称" * 20))
    assert long.row_dimensions[3].height > 5 * 15 > short.row_dimensions[3].height


@pytest.mark.clause("5.1.1", "2.1")
def test_a_draft_says_so_outside_the_form() -> None:
    assert sheet_of(form(note="草稿 · 未生效")).oddHeader.right.text == "草稿 · 未生效"
    assert not sheet_of(form()).oddHeader.right.text


@pytest.mark.clause("5.1.1", "C")
def test_what_is_exported_is_imported_again_the_same(tmp_path: Path) -> None:
    absent = {"name": "", "phone": "", "remark": "", "absent": True}
    contacts = people(
        civil_head={"name": "", "phone": ""},
        curtain_wall=absent | {"absent_reason": "本工程不涉及"},
        decoration=absent,
        waterproofing=absent | {"absent_reason": "由总包自行施工", "remark": "宏达防水工程有限公司"},
        owner_engineer={"name": "=1+1", "phone": "010-63345678转802、400-123-4567"},
    )
    contacts.insert(7, Contact("responsible", "", "钢结构主任", "王五", "13900000000", "第二行\n备注"))
    contacts.append(Contact("owner", "", "小业主代表", "赵敏", ""))
    for changes in ({}, {"recorded_on": None, "address": ""}):
        given = data(contacts=contacts, **changes)
        assert read_back(fill_form(given, code="xxC028B1"), tmp_path) == given
