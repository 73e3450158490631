"""The register's workbook: exactly what is filtered, every field, whole phones with a purpose, constant queries."""

import json
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from complaints.columns import SHEET_COLUMNS
from complaints.models import Complaint, Milestone, Reply
from complaints.selectors.rows import complaint_rows
from reports.documents import list_sheet
from reports.models import DownloadLog
from tests.complaints.factories import (
    EVENT,
    NOW,
    awaiting_close,
    closed,
    confirm,
    evaluate,
    finish_all,
    handling,
    merged,
    rectifying,
    registered,
    replied,
    withdrawn,
)
from tests.ledgers.factories import make_project
from tests.personas import Personas

pytestmark = pytest.mark.django_db
URL = "/reports/complaints.xlsx"


def login(personas: Personas, who: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(who), "django.contrib.auth.backends.ModelBackend")
    return client


def sheet_of(personas: Personas, who: str, query: str = "") -> Any:
    response = login(personas, who).post(f"{URL}?{query}", {"purpose": "report"})
    assert response.status_code == 200
    return load_workbook(BytesIO(b"".join(response.streaming_content))).active


def cells(sheet: Any) -> list[dict[str, Any]]:
    return [
        dict(zip((each.key for each in SHEET_COLUMNS), (cell.value for cell in row), strict=True))
        for row in sheet.iter_rows(min_row=5)
    ]


def told(*complaints: Complaint) -> list[dict[str, Any]]:
    """The rows as the sheet would get them, in the order given."""
    found = {}
    for row in complaint_rows(Complaint.objects.filter(pk__in=[each.pk for each in complaints])):
        values = dict(zip((column.key for column in SHEET_COLUMNS), row, strict=True))
        found[values["number"]] = values
    return [found[each.number] for each in complaints]


@pytest.mark.clause("2.2.2", "5.4.1", "3.3.2")
def test_the_sheet_is_the_list_with_every_field_of_the_registration(personas: Personas) -> None:
    one = registered(personas, kind="schedule", project=make_project(personas, key=True, strategic=True))
    registered(personas)
    there = registered(personas, project=make_project(personas, actor="pw21", unit="U2D1"), actor="uw2")
    sheet = sheet_of(personas, "uw1", "kind=schedule")
    assert [cell.value for cell in sheet[4]] == [column.header for column in SHEET_COLUMNS]
    assert (sheet["A1"].value, sheet.max_row) == ("客户投诉台账", 5)
    assert "共 1 项    筛选条件:投诉类型:工期履约" in sheet["A2"].value
    (row,) = cells(sheet)
    assert row["received_at"] == NOW.replace(tzinfo=None)
    wanted = {
        "seq": 1, "number": one.number, "project_name": one.project_name, "project_code": one.project_code,
        "unit": personas.unit("U1").name, "department": personas.unit("U1D1").name, "marks": "重点工程、战略合作伙伴",
        "kind": "工期履约", "party": "小业主", "channel": "电话", "level": "二级单位", "cause": "资源配置不到位",
        "event": EVENT, "demands": "1. 彻底修复地下室渗漏\n2. 书面说明渗漏原因和处理方案", "complainant": "周业主",
        "phone": "13900001234", "status": "已登记", "round": 1, "due": "二次确认 2026-03-11 24:00",
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted
    assert sheet["H5"].number_format == "yyyy-mm-dd hh:mm"
    assert {each["number"] for each in cells(sheet_of(personas, "gw"))} == set(
        Complaint.objects.values_list("number", flat=True)
    )
    assert [each["number"] for each in cells(sheet_of(personas, "uw2"))] == [there.number]
    assert cells(sheet_of(personas, "ud1")) == []


def test_what_became_of_a_complaint_stands_in_its_row(personas: Personas) -> None:
    answer, plan, done, again = replied(personas), rectifying(personas), closed(personas), handling(personas)
    finish_all(personas, again)
    evaluate(personas, again, satisfied=False)
    reply = Reply.objects.get(complaint=answer)
    answered, planned, finished, unhappy = told(answer, plan, done, again)
    assert answered["confirmed"] == "2026-03-10 已确认"
    assert (answered["verdict"], answered["grounds"]) == ("非我方责任", "渗漏由业主自行改造引起")
    assert answered["reply"] == f"{reply.number} 2026-03-10 快递 SF1234567890"
    assert planned["plan"] == "V1 2026-03-10 批准"
    node = Milestone.objects.get(plan_version__plan__complaint=plan)
    assert planned["milestones"] == f"{node.starts_on} 至 {node.ends_on}"
    assert planned["filing"] == "待备案"
    assert finished["filing"].endswith("已结案")
    assert finished["satisfaction"] == "很满意"
    assert finished["result"].startswith("处理完毕,客户很满意")
    assert finished["closed_at"] == NOW.replace(tzinfo=None)
    assert (unhappy["round"], unhappy["satisfaction"], unhappy["result"]) == (2, "不满意", "")


def test_merged_withdrawn_and_late_ones(personas: Personas) -> None:
    twin, gone = merged(personas), withdrawn(personas)
    late = awaiting_close(personas)
    late.refresh_from_db()
    assert twin.merge_into is not None
    first, second, third = told(twin, gone, late)
    assert first["result"] == f"已合并到 {twin.merge_into.number}"
    assert second["result"] == "投诉人撤诉"
    assert third["overdue"] == ""


@pytest.mark.clause("G3")
def test_overdue_facts_stay_in_the_row_after_the_duty_is_done(personas: Personas) -> None:

    one = registered(personas)
    confirm(personas, one, now=NOW + timedelta(days=4))
    (row,) = told(one)
    assert row["overdue"] == "二次确认"
    assert row["due"].startswith("责任判定")


@pytest.mark.parametrize("writer", ["rust", "openpyxl"])
def test_nothing_typed_becomes_a_formula(personas: Personas, writer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if writer == "openpyxl":
        monkeypatch.setattr(list_sheet, "rust", None)
    registered(personas, event="=1+1", complainant="@SUM(1)", demands=["-2", "+3"])
    sheet = sheet_of(personas, "uw1")
    for ref, text in (("O5", "=1+1"), ("Q5", "@SUM(1)"), ("R5", "13900001234")):
        assert (sheet[ref].value, sheet[ref].data_type) == (text, "s")


@pytest.mark.clause("G2")
def test_the_purpose_is_asked_first_and_kept(personas: Personas) -> None:
    registered(personas)
    client = login(personas, "uw1")
    asked = client.get(f"{URL}?status=registered")
    text = asked.content.decode()
    assert (asked.status_code, "1 项" in text, "已登记" in text) == (200, True, True)
    assert "/complaints/?status=registered" in text
    assert "13900001234" not in text
    assert not DownloadLog.objects.exists()
    assert client.post(URL, {"purpose": "other", "detail": ""}).status_code == 422
    sheet_of(personas, "uw1", "status=registered&received_after=2026-03-01")
    log = DownloadLog.objects.get()
    assert (log.rows, log.purpose, log.user) == (1, "report", personas.uw1)
    assert log.filters == {"状态": "已登记", "接收日期 起": "2026-03-01"}
    assert login(personas, "auditor").get(URL).status_code == 403


def test_more_rows_ask_no_more_queries(personas: Personas) -> None:
    asked = []
    project = make_project(personas)
    for wanted in (2, 30):
        while Complaint.objects.count() < wanted:
            registered(personas, project=project)
        list(complaint_rows(Complaint.objects.all()))
        with CaptureQueriesContext(connection) as found:
            assert len(list(complaint_rows(Complaint.objects.order_by("pk")))) == wanted
        asked.append(len(found))
    assert asked[0] == asked[1] <= 11


def test_the_page_and_the_sheet_agree_whatever_is_filtered(personas: Personas) -> None:
    closed(personas)
    registered(personas, level="group")
    client = login(personas, "gw")
    for query in ("", "verdict=severe&verdict=minor", "state=open", "q=渗水", "filed=0", "sort=-grade"):
        page = client.get(f"{reverse('complaints:complaint_list')}?{query}").content.decode()
        sheet = cells(sheet_of(personas, "gw", query))
        assert f"共 {len(sheet)} 项" in page, query
        order = [page.index(row["number"]) for row in sheet]
        assert order == sorted(order), query


SCRIPT = """
import json, resource, tempfile, datetime, django
django.setup()
from complaints.columns import SHEET_COLUMNS
from reports.documents.base import Footer
from reports.documents.complaint_register import ComplaintRegisterWorkbook
one = [datetime.datetime(2026, 3, 10, 10) if c.kind == "moment" else 1 if c.kind == "number" else "渗漏" * 5
       for c in SHEET_COLUMNS]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
document = ComplaintRegisterWorkbook(
    lambda: ((at, *one[1:]) for at in range(1, 20001)), Footer("a", "b"), scope="", day="x")
with tempfile.TemporaryFile() as target:
    document.render(target)
print(json.dumps([document.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before]))
"""


def test_memory_stays_flat() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=200)
    rows, grown = json.loads(done.stdout.splitlines()[-1])
    assert rows == 20_000
    assert grown < 60_000


@pytest.mark.clause("2.2.2")
@pytest.mark.parametrize("fast", [True, False])
def test_long_texts_stay_whole_in_their_cells(personas: Personas, monkeypatch: Any, fast: bool) -> None:
    """Wrapped, the row as high as its longest text needs; dates stand in the middle, apart from their neighbours."""
    if not fast:
        monkeypatch.setattr(list_sheet, "rust", None)
    registered(personas)
    registered(personas, event="地下室外墙渗水," * 40, demands=[f"第 {n} 处修复" for n in range(1, 8)])
    sheet = sheet_of(personas, "uw1", "sort=received_at")
    at = {column.key: number for number, column in enumerate(SHEET_COLUMNS, 1)}
    heights = {}
    for row in (5, 6):
        text = sheet.cell(row, at["event"])
        assert text.alignment.wrap_text
        assert sheet.cell(row, at["demands"]).alignment.wrap_text
        assert sheet.cell(row, at["received_at"]).alignment.horizontal == "center"
        heights[len(text.value)] = sheet.row_dimensions[row].height
    assert heights[320] >= 7 * 14  # 320 characters, 19 a line
    assert heights[320] > heights[len(EVENT)] >= 14


def test_a_long_list_streams_without_heights(personas: Personas, monkeypatch: Any) -> None:
    monkeypatch.setattr(list_sheet, "FITTED_ROWS", 1)
    registered(personas)
    registered(personas)
    sheet = sheet_of(personas, "uw1")
    assert sheet.max_row == 6
    assert sheet.row_dimensions[5].height is None
