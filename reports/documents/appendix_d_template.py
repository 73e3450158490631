"""The empty Appendix D to fill in: the plan's projects, as many rows as visits they need at least, and how to fill it.

What is filled in here is what the import reads (``revisits.imports.reading``); rows left blank are no lines. It names
no client and no phone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, BinaryIO

from openpyxl.worksheet.datavalidation import DataValidation

from .appendix_d import SUFFIX, TITLE, WIDTHS, Form, Line
from .appendix_d_xlsx import HEAD_ROW, FormRows, new_book, write_form
from .base import PAPER_A4, XLSX, Footer, file_name

GUIDE, PEOPLE = "填写说明", "回访人员"
FIRST_ROW = HEAD_ROW + 1
VALIDATED_ROWS = 5_000
METHODS = "电话,现场,其他"
_GUIDE = (
    ("列", "怎么填"),
    ("工程名称", "已列出本计划的工程,也可只写工程编号;同名工程写成“名称(工程编号)”。每次回访一行,可以插入行。"),
    ("业主联系方式", "不用填,由台账带出。"),
    ("计划回访日期", "本年度内的日期,如 2026-03-28;也接受 2026.3.28、2026年3月28日。"),
    ("回访方式", "电话、现场或其他。项目经理部的回访须为现场。"),
    ("回访实施人", f"本单位在岗人员的姓名或登录名,见工作表「{PEOPLE}」;可留空,导入后在计划中指定。"),
    ("实际回访日期、回访情况记录", "不用填:回访情况在门户的回访记录中填写,不随计划导入。"),
    ("没有填写的行", "只有工程名称的行不导入。导入后门户按频次规则检查,缺少的回访会逐项列出。"),
)  # fmt: skip


class AppendixDTemplate:
    """``projects``: name and how many rows; ``people``: name and login of those a plan may name."""

    suffix = SUFFIX
    title = TITLE
    content_type = XLSX
    rows = 0

    def __init__(
        self, form: Form, footer: Footer, projects: Sequence[tuple[str, int]], people: Sequence[tuple[str, str]]
    ) -> None:
        count = sum(rows for _, rows in projects)
        self.form = replace(form, lines=self._lines, count=count)
        self.footer, self.projects, self.people = footer, projects, people

    @property
    def filename(self) -> str:
        return file_name(f"{TITLE}导入模板", self.form.unit, str(self.form.year), extension="xlsx")

    @property
    def subject(self) -> str:
        return f"{self.form.name} 空白模板"

    def _lines(self) -> Iterator[Line]:
        for name, rows in self.projects:
            for _ in range(rows):
                yield Line(name, "", None, "", None, "", "")

    def render(self, target: BinaryIO) -> None:
        book = new_book(f"{TITLE}导入模板 {self.form.code}")
        write_form(book, self.form, self.footer, name=str(self.form.year), prepare=self._choices)
        _table(book.create_sheet(GUIDE), _GUIDE, (28, 90))
        _table(book.create_sheet(PEOPLE), [("姓名", "登录名"), *self.people], (24, 24))
        book.save(target)

    def _choices(self, sheet: Any) -> None:
        last = FIRST_ROW + VALIDATED_ROWS - 1
        rules = [("E", DataValidation(type="list", formula1=f'"{METHODS}"', allow_blank=True), "stop")]
        if self.people:
            names = f"'{PEOPLE}'!$A$2:$A${len(self.people) + 1}"
            rules.append(("G", DataValidation(type="list", formula1=names, allow_blank=True), "warning"))
        for column, rule, style in rules:
            rule.errorTitle, rule.error = "请核对", "请从下拉列表中选择。"
            rule.errorStyle, rule.showErrorMessage = style, True
            rule.add(f"{column}{FIRST_ROW}:{column}{last}")
            sheet.data_validations.append(rule)


def _table(sheet: Any, rows: Sequence[tuple[str, str]], widths: tuple[float, float]) -> None:
    for letter, width in zip("AB", widths, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    sheet.page_setup.paperSize = PAPER_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    table = FormRows(sheet, widths=(*widths, *WIDTHS[2:]))
    table.heading(rows[0])
    for row in rows[1:]:
        table.plain(row)
