"""Appendix D and a unit's year from the portal: content, versions, reach, phones, the log, constant queries."""

from datetime import date, datetime
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook
from pypdf import PdfReader

from organization.models import StandardEdition
from reports.models import DownloadLog
from revisits.models import RevisitPlan, Visit
from revisits.services.deciding import change_plan
from revisits.services.planning import remove_line
from revisits.services.visits import reschedule_visit
from tests.personas import Personas
from tests.revisits.factories import (
    OPENED,
    PROBLEM,
    a_ledger,
    approved,
    drafted,
    first_visit,
    on,
    started,
    unreachable,
    visited,
)

pytestmark = pytest.mark.django_db


def login(personas: Personas, who: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(who), "django.contrib.auth.backends.ModelBackend")
    return client


def address(plan: RevisitPlan, extension: str = "xlsx") -> str:
    return f"/reports/revisits/{plan.pk}/appendix-d.{extension}"


def content_of(response: Any) -> bytes:
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def sheet_of(personas: Personas, plan: RevisitPlan, who: str = "uw1", query: str = "") -> Any:
    response = login(personas, who).post(f"{address(plan)}?{query}", {"purpose": "report"})
    return load_workbook(BytesIO(content_of(response))).active


def lines(sheet: Any) -> list[tuple[Any, ...]]:
    return [tuple(cell.value for cell in row) for row in sheet.iter_rows(min_row=4, max_row=sheet.max_row - 1)]


def day(month: int, day_: int) -> datetime:
    return datetime(2026, month, day_)  # noqa: DTZ001 - a cell's day


# --- what it says


@pytest.mark.clause("5.2.2", "5.3.1", "D")
def test_one_visit_a_row_with_what_came_of_it(personas: Personas) -> None:
    ledger = a_ledger(personas, name="星河湾一期住宅工程")
    plan = approved(personas)
    first = first_visit(plan, "phone")
    visited(personas, first, visitor="吴维二", situation="整体使用良好")
    second = first_visit(plan, "phone")
    unreachable(personas, second, moved_to=second.planned_on.replace(day=28))
    third = first_visit(plan, "onsite")
    visited(personas, third, **PROBLEM)
    sheet = sheet_of(personas, plan)
    assert sheet["A2"].value == f"编制单位:{personas.unit('U1').name}"
    assert sheet["E2"].value == "计划编制日期:2026年1月4日"
    found = {row[3]: row for row in lines(sheet)}
    assert [row[0] for row in lines(sheet)] == [1, 2, 3, 4, 5, 6]
    assert list(found) == sorted(found)
    assert {row[1] for row in found.values()} == {"星河湾一期住宅工程"}
    assert {row[2] for row in found.values()} == {"联系11 13800000011\n联系12 13800000012"}
    told = found[day(first.planned_on.month, first.planned_on.day)]
    assert told[4:7] == ("电话", day(first.planned_on.month, first.planned_on.day), "吴维二")
    assert told[7] == "受访人:物业李经理;无质量问题;未发生保修。\n整体使用良好"
    failed = found[day(second.planned_on.month, second.planned_on.day)]
    assert failed[5] is None
    assert failed[7] == f"{second.planned_on} 电话未联系上:电话停机;改于 {second.planned_on.replace(day=28)} 现场回访。"
    wrong = found[day(third.planned_on.month, third.planned_on.day)]
    assert "有质量问题;到场及时性:及时;处理及时性:及时;处理有效性:有效" in wrong[7]
    number = ledger.project.cases.get().number
    assert wrong[7].endswith(f"保修记录:{number}。")
    assert [sheet.cell(sheet.max_row, at).value for at in (1, 4, 7)] == [
        f"填报人:{personas.uw1.name}",
        f"审批人:{personas.gh.name}",
        "填报日期:2026年1月4日",
    ]


@pytest.mark.clause("5.3.1", "A3-C03", "D")
def test_the_visit_in_place_of_a_failed_call_stands_in_its_line(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    visit = first_visit(plan, "phone")
    later = visit.planned_on.replace(day=28)
    unreachable(personas, visit, moved_to=later)
    visit.refresh_from_db()
    visited(personas, visit, method="onsite")
    (row,) = [row for row in lines(sheet_of(personas, plan)) if row[5]]
    assert (row[3], row[4], row[5]) == (
        day(visit.planned_on.month, visit.planned_on.day),
        "电话",
        day(later.month, later.day),
    )
    first, second, _ = row[7].split("\n")
    assert first == f"{visit.planned_on} 电话未联系上:电话停机;改于 {later} 现场回访。"
    assert second.startswith("现场回访,受访人:物业李经理;无质量问题")


@pytest.mark.clause("5.3.1", "D")
def test_a_moved_visit_keeps_its_planned_day_and_says_where_it_went(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    visit = first_visit(plan, "phone")
    to = visit.planned_on.replace(day=visit.planned_on.day + 1)
    reschedule_visit(
        visit_id=visit.pk, to=to, reason="业主要求", actor=personas.uw1, now=on(1, 5), revision=visit.revision
    )
    row = lines(sheet_of(personas, plan))[0]
    assert (row[3], row[7]) == (day(visit.planned_on.month, visit.planned_on.day), f"改期至 {to}。")


@pytest.mark.clause("2.1", "D")
def test_versions_are_selectable_and_each_keeps_its_lines_and_its_edition(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    StandardEdition.objects.create(number="Q/ZT-9(B)", form_prefix="zz", effective_on=date(2026, 2, 1))
    change_plan(plan_id=plan.pk, reason="业主调整", actor=personas.uw1, now=on(2, 2))
    plan.refresh_from_db()
    gone = plan.visits.of_version(plan.version).order_by("planned_on").last()
    remove_line(plan_id=plan.pk, visit_id=gone.pk, actor=personas.uw1, now=on(2, 2))
    governs, draft = sheet_of(personas, plan), sheet_of(personas, plan, query="version=2")
    assert (len(lines(governs)), len(lines(draft))) == (6, 5)
    assert (governs.oddHeader.right.text, draft.oddHeader.right.text) == ("xxC028B2", "zzC028B2")
    assert (governs.oddFooter.center.text, draft.oddFooter.center.text) == ("ZTJS-GC-02-2018(A)", "Q/ZT-9(B)")
    assert (governs.oddHeader.left.text, draft.oddHeader.left.text) == (None, "草稿 · 未生效")
    assert draft["A9"].value == "填报人:"
    client = login(personas, "uw1")
    assert "第2版" in DownloadLog.objects.latest("pk").document
    for asked in ("3", "0", "x", "-1", "9999999", "²"):
        assert client.get(address(plan), {"version": asked}).status_code == 404, asked


@pytest.mark.clause("5.2.2", "D")
def test_a_draft_prints_marked_in_both_forms(personas: Personas) -> None:
    a_ledger(personas)
    plan = drafted(personas, unit="U1D1")
    assert sheet_of(personas, plan, "pw11").oddHeader.left.text == "草稿 · 未生效"
    pdf = content_of(login(personas, "pw11").post(address(plan, "pdf"), {"purpose": "archive"}))
    text = PdfReader(BytesIO(pdf)).pages[0].extract_text()
    assert "草稿 · 未生效" in text
    assert "xxC028B2" in text
    assert "13800000011" in text
    empty = started(personas)
    assert sheet_of(personas, empty)["A4"].value == "本版计划没有回访安排"


@pytest.mark.clause("D")
def test_the_owners_people_come_from_the_ledger_in_force(personas: Personas) -> None:
    from ledgers.models import Ledger, LedgerContact

    ledger = a_ledger(personas)
    LedgerContact.objects.filter(version=ledger.effective, post="owner_engineer").update(name="=赵", phone="0010-1")
    LedgerContact.objects.filter(version=ledger.effective, post="property_manager").update(absent=True)
    plan = approved(personas)
    cell = sheet_of(personas, plan)["C4"]
    assert (cell.value, cell.data_type, bool(cell.quotePrefix)) == ("=赵 0010-1", "s", True)
    Ledger.objects.filter(pk=ledger.pk).update(effective=None)
    assert lines(sheet_of(personas, plan))[0][2] is None


# --- who gets it, and what is logged


@pytest.mark.clause("G2", "D")
def test_reach_is_the_plans_own(personas: Personas) -> None:
    a_ledger(personas)
    unit, department = approved(personas), approved(personas, unit="U1D1")
    for extension in ("xlsx", "pdf"):
        for who in ("uw1", "uh1", "ul1", "ug1", "gw", "gh", "gl"):
            assert login(personas, who).get(address(unit, extension)).status_code == 200, who
        for who in ("pw11", "pm11", "uw2", "pw21", "ud1", "outsider", "sysadmin"):
            response = login(personas, who).post(address(unit, extension), {"purpose": "report"})
            assert response.status_code == 404, who
        for who, status in (("pw11", 200), ("pe11", 200), ("uw1", 200), ("pw12", 404), ("uw2", 404)):
            assert login(personas, who).get(address(department, extension)).status_code == status, who
    assert login(personas, "uw1").get(address(unit, "docx")).status_code == 404
    assert login(personas, "uw1").get("/reports/revisits/999999/appendix-d.xlsx").status_code == 404
    assert login(personas, "uw1").put(address(unit)).status_code == 405
    assert Client().get(address(unit)).status_code == 302
    assert not DownloadLog.objects.exists()


@pytest.mark.clause("G1", "D")
def test_the_purpose_is_asked_and_logged(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    client = login(personas, "uw1")
    page = client.get(address(plan))
    assert "完整电话" in page.content.decode()
    assert "6 项" in page.content.decode()
    assert client.post(address(plan), {}).status_code == 422
    assert client.post(address(plan), {"purpose": "other", "detail": ""}).status_code == 422
    assert not DownloadLog.objects.exists()
    response = client.post(address(plan), {"purpose": "other", "detail": "季度检查"})
    assert response["Cache-Control"] == "private, no-store"
    content_of(response)
    log = DownloadLog.objects.get()
    assert (log.user, log.plan, log.rows, log.code) == (personas.uw1, plan, 6, "xxC028B2")
    assert (log.purpose, log.detail) == ("other", "季度检查")
    assert log.filters == {"版本": "1", "电话": "完整"}
    assert personas.unit("U1").name in log.subject


@pytest.mark.clause("G2", "D")
def test_phones_are_hidden_when_asked(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    sheet = sheet_of(personas, plan, query="phones=masked")
    assert lines(sheet)[0][2] == "联系11 138****0011\n联系12 138****0012"
    assert DownloadLog.objects.get().filters["电话"] == "隐去中间几位"
    assert "电话已隐去" in login(personas, "uw1").get(f"{address(plan)}?phones=masked").content.decode()


@pytest.mark.clause("G2", "D")
def test_whoever_may_not_open_the_ledgers_gets_masked_phones(
    personas: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_ledger(personas)
    plan = approved(personas)
    monkeypatch.setattr("ledgers.permissions.VIEW_IN.action", "ledgers.nobody_holds_this")
    assert lines(sheet_of(personas, plan))[0][2] == "联系11 138****0011\n联系12 138****0012"


# --- queries


def queries(personas: Personas, url: str, who: str = "uw1") -> int:
    client = login(personas, who)
    content_of(client.post(url, {"purpose": "report"}))  # the session and what is kept for the process
    with CaptureQueriesContext(connection) as caught:
        content_of(client.post(url, {"purpose": "report"}))
    return len(caught)


@pytest.mark.clause("D")
def test_as_many_queries_for_many_lines_as_for_few(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    visited(personas, first_visit(plan, "phone"))
    few = queries(personas, address(plan))
    few_year = queries(personas, "/reports/revisits/units/{}/2026.xlsx".format(personas.unit("U1").pk))
    more = [
        Visit(
            plan=plan, project=plan.visits.first().project, unit=plan.unit, level="unit", status="due",
            planned_on=date(2026, 1 + at % 12, 1 + at % 28), scheduled_on=date(2026, 1 + at % 12, 1 + at % 28),
            method="phone", visitor=personas.uw1,
        )
        for at in range(3000)
    ]  # fmt: skip
    Visit.objects.bulk_create(more)
    assert queries(personas, address(plan)) == few <= 25
    assert queries(personas, "/reports/revisits/units/{}/2026.xlsx".format(personas.unit("U1").pk)) == few_year <= 28


# --- a unit's year


def year_of(personas: Personas, who: str = "uw1", query: str = "", at: datetime = OPENED) -> Any:
    with time_machine.travel(at, tick=False):
        url = f"/reports/revisits/units/{personas.unit('U1').pk}/2026.xlsx?{query}"
        return load_workbook(BytesIO(content_of(login(personas, who).post(url, {"purpose": "report"}))))


@pytest.mark.clause("D", "4.2")
def test_a_units_year_has_each_plan_on_its_sheet_and_a_summary(personas: Personas) -> None:
    a_ledger(personas, name="星河湾一期")
    unit, department = approved(personas), drafted(personas, unit="U1D1")
    first = first_visit(unit, "phone")
    visited(personas, first)
    second = first_visit(unit, "phone")
    visited(personas, second, now=on(12, 1))  # long after its limit
    visited(personas, first_visit(unit, "onsite"), **PROBLEM)
    book = year_of(personas, at=on(12, 2))
    names = [personas.unit(code).name for code in ("U1", "U1D1", "U1D2", "U1D3")]
    assert book.sheetnames == ["汇总", *names[:2]]
    summary = book["汇总"]
    rows = [[cell.value for cell in row] for row in summary.iter_rows(min_row=3, max_row=8)]
    assert rows[0] == [
        "序号", "编制单位", "层级", "计划状态", "版本", "工程", "计划回访", "已到日期", "已完成", "其中有问题",
        "超过时限", "频次缺口", "已批豁免",
    ]  # fmt: skip
    due = unit.visits.filter(scheduled_on__lte=date(2026, 12, 2)).count()
    late = 6 - 2  # one recorded in time, one problem recorded in time; the rest are late or were recorded late
    assert rows[1] == [1, names[0], "二级单位", "已审批·执行中", "第1版", 1, 6, due, 3, 1, late, 0, 0]
    months = department.visits.filter(scheduled_on__lte=date(2026, 12, 2)).count()
    assert rows[2] == [2, names[1], "项目经理部", "编制中", "第1版", 1, 12, months, 0, 0, 0, 0, 0]
    assert rows[3][:5] == [3, names[2], "项目经理部", "未编制", None]
    assert rows[5][1] == "合计"
    assert rows[5][5:] == [2, 18, due + months, 3, 1, late, 0, 0]
    assert [len(lines(book[name])) for name in names[:2]] == [6, 12]
    assert book[names[1]]["A2"].value == f"编制单位:{names[1]}"
    assert {row[4] for row in lines(book[names[1]])} == {"现场"}
    assert book[names[1]].oddHeader.left.text == "草稿 · 未生效"
    assert book[names[0]].print_title_rows == "$3:$3"
    log = DownloadLog.objects.get()
    assert (log.rows, log.plan) == (18, None)


@pytest.mark.clause("G2")
def test_a_units_year_is_for_who_sees_the_unit(personas: Personas) -> None:
    a_ledger(personas)
    approved(personas)
    url = f"/reports/revisits/units/{personas.unit('U1').pk}/2026.xlsx"
    for who in ("uw1", "uh1", "ul1", "gw", "gh"):
        assert login(personas, who).get(url).status_code == 200, who
    for who in ("pw11", "pm11", "uw2", "ud1", "outsider"):
        assert login(personas, who).post(url, {"purpose": "report"}).status_code == 404, who
    client = login(personas, "gw")
    assert client.get(f"/reports/revisits/units/{personas.unit('U1D1').pk}/2026.xlsx").status_code == 404
    assert client.get(f"/reports/revisits/units/{personas.unit('U1').pk}/99999999.xlsx").status_code == 404
    assert client.get(f"/reports/revisits/units/{personas.unit('U2').pk}/2026.xlsx").status_code == 200
    assert not DownloadLog.objects.exists()


@pytest.mark.clause("D")
def test_a_year_of_which_there_is_no_plan_is_a_summary_alone(personas: Personas) -> None:
    book = year_of(personas)
    assert book.sheetnames == ["汇总"]
    assert {row[3].value for row in book["汇总"].iter_rows(min_row=4, max_row=7)} == {"未编制"}
    masked = year_of(personas, query="phones=masked")
    assert masked.sheetnames == ["汇总"]
