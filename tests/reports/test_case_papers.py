"""Appendix F: the workbook of exactly what is filtered, and the sheet of one case."""

from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from ledgers.case_sheet import CASE_SHEET_COLUMNS
from ledgers.models import WarrantyCase
from ledgers.selectors.case_rows import case_rows
from reports.documents import list_sheet
from reports.documents.base import Footer
from reports.documents.case_pdf import CasePdf
from reports.models import DownloadLog
from reports.selectors.cases import case_record
from tests.ledgers.cases import dispatched, opened, rejected, returned, verified
from tests.ledgers.factories import make_project
from tests.personas import Personas

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.1")]
URL = "/reports/cases.xlsx"


def login(personas: Personas, who: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(who), "django.contrib.auth.backends.ModelBackend")
    return client


def sheet_of(personas: Personas, who: str, query: str = "") -> Any:
    response = login(personas, who).post(f"{URL}?{query}", {"purpose": "report"})
    assert response.status_code == 200
    return load_workbook(BytesIO(b"".join(response.streaming_content))).active


def cells(sheet: Any) -> list[dict[str, Any]]:
    keys = [each.key for each in CASE_SHEET_COLUMNS]
    return [
        dict(zip(keys, (cell.value for cell in row), strict=True))
        for row in sheet.iter_rows(min_row=list_sheet.HEADER_ROW + 1)
    ]


def test_the_columns_of_appendix_f_in_its_order(personas: Personas) -> None:
    opened(personas)
    sheet = sheet_of(personas, "uw1")
    labels = [cell.value for cell in sheet[list_sheet.HEADER_ROW]]
    assert (
        labels
        == (
            "编号 工程名称 业主/报修人 电话 来源 报修时间 接收方式 部位 专业 问题 紧急程度 保修范围内 责任分包 "
            "派单时间 要求到场 实际到场 维修措施 开始 完成 费用(元) 扣分包(元) 验收人 客户确认 满意度 返修次数 备注"
        ).split()
    )
    assert sheet["A1"].value == "工程保修记录表"
    assert "表号:xxC028B4" in sheet["A2"].value
    assert "ZTJS-GC-02-2018(A)" in sheet.oddFooter.center.text


@pytest.mark.parametrize("writer", ["rust", "openpyxl"])
def test_a_row_says_what_the_case_says(personas: Personas, monkeypatch: pytest.MonkeyPatch, writer: str) -> None:
    if writer == "openpyxl":
        monkeypatch.setattr(list_sheet, "rust", None)
    case = verified(personas, place="=1+1", satisfaction=4)
    WarrantyCase.objects.filter(pk=case.pk).update(cost="1200.50", charged_to_subcontractor="0")
    (row,) = cells(sheet_of(personas, "uw1"))
    assert row["number"] == case.number
    assert (row["phone"], row["place"]) == ("13812345678", "=1+1")
    assert (row["source"], row["urgency"], row["covered"], row["satisfaction"]) == ("报修电话", "一般", "是", "满意")
    assert (row["cost"], row["charged"], row["rework_count"]) == (1200.5, 0, 0)
    assert row["reported_at"] == datetime(2026, 3, 10, 10)  # noqa: DTZ001 - a cell has no time zone
    assert row["arrived_at"] == datetime(2026, 3, 10, 10)  # noqa: DTZ001
    assert (row["verified_by"], row["client"], row["remark"]) == ("王保一", "张经理", None)


@pytest.mark.clause("G2")
def test_exactly_what_is_filtered_within_reach(personas: Personas) -> None:
    mine, other = opened(personas, urgency="urgent"), returned(personas)
    opened(personas, make_project(personas, actor="pw21", unit="U2D1"), actor="pw21")
    assert [row["number"] for row in cells(sheet_of(personas, "uw1", "sort=number"))] == [mine.number, other.number]
    assert [row["number"] for row in cells(sheet_of(personas, "uw1", "urgency=urgent"))] == [mine.number]
    assert len(cells(sheet_of(personas, "gw"))) == 3
    states = {row["number"]: row["remark"] for row in cells(sheet_of(personas, "pe11"))}
    assert states == {mine.number: "【待派单】", other.number: "【返修】"}
    assert login(personas, "sysadmin").post(URL, {"purpose": "report"}).status_code == 403


def test_a_purpose_is_asked_and_kept(personas: Personas) -> None:
    case = opened(personas)
    client = login(personas, "uw1")
    assert "请选择用途" in client.get(f"{URL}?urgency=normal").content.decode()
    assert client.post(URL, {"purpose": ""}).status_code == 422
    assert not DownloadLog.objects.exists()
    b"".join(client.post(f"{URL}?urgency=normal", {"purpose": "archive"}).streaming_content)
    url = reverse("reports:case_pdf", args=[case.pk])
    b"".join(client.post(url, {"purpose": "contact"}).streaming_content)
    sheet, paper = DownloadLog.objects.order_by("pk")
    assert (sheet.code, sheet.rows, sheet.filters) == ("xxC028B4", 1, {"紧急程度": "一般"})
    assert (paper.code, paper.case, paper.purpose) == ("xxC028B4", case, "contact")


def test_one_query_whatever_the_rows(personas: Personas) -> None:
    for _ in range(3):
        verified(personas)
    with CaptureQueriesContext(connection) as queries:
        assert len(list(case_rows(WarrantyCase.objects.order_by("pk")))) == 3
    assert len(queries) == 1


@pytest.mark.parametrize("make", [opened, dispatched, returned, verified, rejected])
def test_the_sheet_of_a_case(personas: Personas, make: Any) -> None:
    case = make(personas)
    response = login(personas, "pe11").post(reverse("reports:case_pdf", args=[case.pk]), {"purpose": "contact"})
    assert response.status_code == 200
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    assert login(personas, "pw21").get(reverse("reports:case_pdf", args=[case.pk])).status_code == 404


def test_the_sheet_says_what_was_late_and_what_came_back(personas: Personas) -> None:
    case = returned(personas)
    record, edition = case_record(personas.uw1, case.pk)
    paper = CasePdf(record, Footer.of(edition), printed="")
    words = "".join(str(block) for block in paper.blocks())
    assert "仍有渗水" in words
    assert "13812345678" in words
    assert paper.version == "表号:xxC028B4"
    assert CasePdf(case_record(personas.uw1, rejected(personas).pk)[0], Footer.of(edition), printed="").mark == "非保修"
