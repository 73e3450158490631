"""Appendix D as workbook and PDF: the form cell by cell, true dates, texts that stay texts, pages, speed."""

import re
import time
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from pypdf import PdfReader

from reports.documents import appendix_d_pdf
from reports.documents.appendix_d import Attempt, Form, Found, Line, situation_of
from reports.documents.appendix_d_pdf import AppendixDPdf
from reports.documents.appendix_d_xlsx import AppendixDWorkbook
from reports.documents.base import Footer
from reports.documents.revisit_year import sheet_name
from tests.reports.glyphs import difference, drawn_fonts, ink
from workflow.errors import Conflict

FOOTER = Footer("客户回访及投诉管理标准", "ZTJS-GC-02-2018(A)")
HEADINGS = [
    "序号",
    "工程名称",
    "业主联系方式",
    "计划回访日期",
    "回访方式",
    "实际回访日期",
    "回访实施人",
    "回访情况记录",
]
DONE = Line(
    "星河湾一期住宅工程",
    "赵敏 13900001234\n钱进 010-63345678",
    date(2026, 3, 12),
    "电话",
    date(2026, 3, 13),
    "吴维一",
    "受访人:物业李经理;无质量问题;未发生保修。\n整体使用良好",
)
OPEN = Line("第二中学教学楼", "", date(2026, 6, 18), "现场", None, "吴维二", "")


def form(*lines: Line, **changes: Any) -> Form:
    given: dict[str, Any] = {
        "code": "xxC028B2",
        "unit": "第一工程公司",
        "year": 2026,
        "version": 1,
        "lines": lambda: iter(lines),
        "count": len(lines),
        "drawn_up_on": date(2026, 1, 2),
        "filled_by": "吴维一",
        "approved_by": "葛洪",
        "filled_on": date(2026, 1, 4),
    }
    return Form(**(given | changes))


def written(filled: Form, footer: Footer = FOOTER, kind: Any = AppendixDWorkbook) -> bytes:
    target = BytesIO()
    kind(filled, footer, masked=False).render(target)
    return target.getvalue()


def sheet_of(filled: Form, footer: Footer = FOOTER) -> Worksheet:
    return load_workbook(BytesIO(written(filled, footer))).active


def pages(filled: Form, footer: Footer = FOOTER) -> list[str]:
    pdf = written(filled, footer, AppendixDPdf)
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


# --- the workbook


@pytest.mark.clause("5.2.2", "6.1", "D")
def test_every_cell_stands_where_the_standard_prints_it() -> None:
    sheet = sheet_of(form(DONE, OPEN))
    assert sheet["A1"].value == "年度工程回访计划和回访记录表"
    assert [sheet[ref].value for ref in ("A2", "E2")] == ["编制单位:第一工程公司", "计划编制日期:2026年1月2日"]
    assert [cell.value for cell in sheet[3]] == HEADINGS
    assert [cell.value for cell in sheet[4]] == [
        1,
        DONE.project,
        DONE.contact,
        datetime(2026, 3, 12),  # noqa: DTZ001 - a cell's day
        "电话",
        datetime(2026, 3, 13),  # noqa: DTZ001
        "吴维一",
        DONE.situation,
    ]
    assert [cell.value for cell in sheet[5]] == [
        2,
        "第二中学教学楼",
        None,
        datetime(2026, 6, 18),  # noqa: DTZ001
        "现场",
        None,
        "吴维二",
        None,
    ]
    assert [sheet[ref].value for ref in ("A6", "D6", "G6")] == ["填报人:吴维一", "审批人:葛洪", "填报日期:2026年1月4日"]
    assert sheet.dimensions == "A1:H6"
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:H1", "A2:D2", "E2:H2", "A6:C6", "D6:F6", "G6:H6"}
    widths = {letter: dimension.width for letter, dimension in sheet.column_dimensions.items()}
    assert widths == {"A": 6, "B": 28, "C": 24, "D": 14, "E": 10, "F": 14, "G": 14, "H": 40}


@pytest.mark.clause("D")
def test_days_are_true_dates_also_where_none_stands_yet() -> None:
    sheet = sheet_of(form(DONE, OPEN))
    assert {sheet[ref].number_format for ref in ("D4", "F4", "D5", "F5")} == {"yyyy-mm-dd"}
    assert all(sheet[ref].is_date for ref in ("D4", "F4", "D5"))
    assert {sheet[f"{column}4"].number_format for column in "BCEGH"} == {"@"}


@pytest.mark.clause("2.1", "6.1", "D")
def test_the_page_is_a4_landscape_with_code_footer_and_repeated_headings() -> None:
    sheet = sheet_of(form(DONE, OPEN, note="草稿 & 未生效"), Footer("甲&乙标准", "Q/ZT-2030(B)"))
    assert (sheet.page_setup.orientation, int(sheet.page_setup.paperSize)) == ("landscape", 9)
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.print_area == "'2026'!$A$1:$H$6"
    assert (sheet.oddHeader.right.text, sheet.oddHeader.left.text) == ("xxC028B2", "草稿 && 未生效")
    footer = sheet.oddFooter
    assert [part.text for part in (footer.left, footer.center, footer.right)] == [
        "甲&&乙标准",
        "Q/ZT-2030(B)",
        "第 &P 页 共 &N 页",
    ]
    for cells in sheet.iter_rows(min_row=2):
        assert {cell.border.bottom.style for cell in cells} == {"thin"}, cells[0].row
        assert cells[0].border.left.style == cells[-1].border.right.style == "thin", cells[0].row
    assert sheet["B4"].font.name == sheet["A1"].font.name == "宋体"


@pytest.mark.clause("D")
@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@SUM(A1)", '=HYPERLINK("http://x","y")', "007", "0010 号楼"])
def test_a_text_stays_the_text_it_is(text: str) -> None:
    nasty = DONE._replace(project=text, contact=text, visitor=text, situation=text)
    sheet = sheet_of(form(nasty, DONE, unit=text, filled_by=text, approved_by=text))
    for ref in ("B4", "C4", "G4", "H4"):
        cell = sheet[ref]
        assert (cell.value, cell.data_type, cell.number_format) == (text, "s", "@"), ref
        assert bool(cell.quotePrefix) is (text[0] in "=+-@"), ref
    assert not any(sheet[f"{column}5"].quotePrefix for column in "BCGH"), "the next line has its own style"
    with zipfile.ZipFile(BytesIO(written(form(nasty)))) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.clause("D")
def test_control_characters_do_no_harm_and_long_texts_get_their_height() -> None:
    sheet = sheet_of(form(DONE._replace(project="张\x00三\x0b_x0041_", situation="很长的回访情况记录" * 60), OPEN))
    assert sheet["B4"].value == "张三_x005F_x0041_", "Excel reads it as _x0041_, not as A"
    assert sheet.row_dimensions[4].height > 20 * 14 > 14 > 0
    assert sheet.row_dimensions[5].height == 24
    assert sheet_of(form(DONE._replace(situation="字" * 5000))).row_dimensions[4].height <= 409


@pytest.mark.clause("D")
def test_a_plan_without_lines_says_so() -> None:
    sheet = sheet_of(form(filled_by="", approved_by="", filled_on=None, drawn_up_on=None))
    assert sheet["A4"].value == "本版计划没有回访安排"
    assert "A4:H4" in {str(area) for area in sheet.merged_cells.ranges}
    assert [sheet[ref].value for ref in ("E2", "A5", "D5", "G5")] == [
        "计划编制日期:    年   月   日",
        "填报人:",
        "审批人:",
        "填报日期:    年   月   日",
    ]
    assert sheet.print_area.endswith("$A$1:$H$5")


def many(count: int) -> Iterator[Line]:
    for at in range(count):
        yield (DONE if at % 2 else OPEN)._replace(project=f"第{at}中学教学楼", planned_on=date(2026, 1 + at % 12, 5))


@pytest.mark.clause("D")
def test_five_thousand_lines_take_less_than_five_seconds() -> None:
    filled = form(lines=lambda: many(5000), count=5000)
    begun = time.process_time()  # processor time, so that a busy machine does not decide
    content = written(filled)
    assert time.process_time() - begun < 5
    sheet = load_workbook(BytesIO(content)).active
    assert sheet.max_row == 5004
    assert sheet["A5003"].value == 5000


# --- what stands in 回访情况记录


@pytest.mark.clause("5.3.1", "A3-C03")
def test_failed_calls_and_the_visit_that_took_their_place_stand_in_their_line() -> None:
    attempts = [
        Attempt(date(2026, 3, 12), "电话", "停机", date(2026, 3, 16)),
        Attempt(date(2026, 3, 16), "现场", "业主外出", date(2026, 3, 18)),
    ]
    found = Found("现场", "物业李经理", ("有质量问题", "到场及时性:及时"), "女儿墙渗水")
    assert situation_of(method="电话", attempts=attempts, found=found, cases=["BX-2026-001"]).split("\n") == [
        "2026-03-12 电话未联系上:停机;改于 2026-03-16 现场回访。",
        "2026-03-16 现场未联系上:业主外出;改于 2026-03-18 现场回访。",
        "现场回访,受访人:物业李经理;有质量问题;到场及时性:及时。",
        "女儿墙渗水",
        "保修记录:BX-2026-001。",
    ]
    planned = Found("电话", "李", ("无质量问题",), "")
    assert situation_of(method="电话", found=planned) == "受访人:李;无质量问题。"
    assert situation_of(method="电话", moved_to=date(2026, 4, 1)) == "改期至 2026-04-01。"
    assert situation_of(method="电话", cancelled=True) == "已取消:随工程转移。"
    assert situation_of(method="电话") == ""


# --- the PDF


@pytest.mark.clause("5.2.2", "2.1", "6.1", "D")
def test_the_pdf_is_the_same_form_with_its_headings_on_each_page() -> None:
    found = pages(form(lines=lambda: many(60), count=60, code="Q3C028B2"), Footer("某某标准", "Q/ZT-01-2030(B)"))
    assert len(found) > 2
    for number, text in enumerate(found, 1):
        assert "某某标准" in text
        assert "Q/ZT-01-2030(B)" in text
        assert "Q3C028B2" in text
        assert f"第 {number} 页 共 {len(found)} 页" in text
        assert "业主联系方式" in text
    assert "编制单位:第一工程公司" in found[0]
    assert "填报人:吴维一" in found[-1]
    assert "审批人:葛洪" in found[-1]
    assert "填报日期:2026年1月4日" in found[-1]
    text = "".join(found)
    assert all(f"第{at}中学教学楼" in text for at in range(60))


@pytest.mark.clause("5.2.2", "D")
def test_the_pdf_has_the_shape_of_a_landscape_page_and_says_when_it_does_not_govern() -> None:
    pdf = PdfReader(BytesIO(written(form(DONE, note="草稿 · 未生效"), kind=AppendixDPdf)))
    box = pdf.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (842, 595)
    assert "草稿 · 未生效" in pdf.pages[0].extract_text()
    assert "未生效" not in pages(form(DONE))[0]
    assert "本版计划没有回访安排" in pages(form())[0]


@pytest.mark.clause("D")
def test_every_character_is_drawn_as_itself_and_none_as_a_box() -> None:
    rare = DONE._replace(project="镕堃昇〇鑫", visitor="喆", situation="①②③ № ± ㎡ 40%")
    pdf = written(form(rare, note="草稿 · 未生效"), kind=AppendixDPdf)
    fonts = drawn_fonts(pdf)
    drawn = set().union(*(font.glyph_of for font in fonts))
    assert set("年度工程回访计划和记录表序号业主联系方式编制单位填报人审批日期镕堃昇〇鑫喆①②③№±㎡草稿未生效") <= drawn
    for font in fonts:
        assert "Noto-Sans-SC" in font.name.replace("NotoSansSC", "Noto-Sans-SC"), font.name
        pictures = {c: font.picture(c) for c in font.glyph_of if c.strip()}
        for character, picture in pictures.items():
            assert ink(picture) > 3, character
            assert difference(picture, font.box()) > 40 or character in "·.:;,-—1|l", character


@pytest.mark.clause("D")
def test_markup_in_a_line_prints_as_it_was_typed() -> None:
    nasty = '<img src="http://127.0.0.1:9/x.png"></td></tr><script>alert(1)</script>'
    text = "".join("".join(pages(form(DONE._replace(project=nasty, situation=nasty, visitor="<b>粗</b>")))).split())
    assert text.count("<script>alert(1)</script>") == 2
    assert "<b>粗</b>" in text


@pytest.mark.clause("D")
def test_a_long_record_goes_over_the_page_and_nothing_is_lost() -> None:
    long = "。".join(f"第{at}项情况" for at in range(900))
    text = re.sub(r"\s", "", "".join(pages(form(DONE._replace(situation=long)))))
    assert all(f"第{at}项情况" in text for at in (0, 449, 899))


@pytest.mark.clause("D")
def test_a_plan_too_long_for_a_pdf_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appendix_d_pdf, "MAX_LINES", 1)
    with pytest.raises(Conflict, match="请下载 Excel 版本"):
        written(form(DONE, OPEN), kind=AppendixDPdf)


# --- names of sheets


def test_sheets_have_names_that_excel_accepts() -> None:
    taken = {"汇总"}
    names = [sheet_name(name, taken) for name in ("汇总", "甲[1]:*?/\\乙", "很" * 40, "很" * 40, "'", "Ab", "aB")]
    assert names == ["汇总(2)", "甲 1 乙", "很" * 31, "很" * 28 + "(2)", "单位", "Ab", "aB(2)"]
    assert all(0 < len(name) <= 31 for name in names)
