"""Handing documents out: reach, purpose, log, file names, exactly what the screen shows."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pypdf import PdfReader

from ledgers.imports.parse import parse
from ledgers.models import Ledger
from ledgers.selectors import ledger_data
from organization.models import StandardEdition
from reports.documents import list_sheet
from reports.models import DownloadLog
from tests.personas import Personas
from tests.reports.conftest import NOW
from workflow.models.subjects import AppendOnlyError

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
As = Callable[[str], Client]


@pytest.fixture
def as_user(personas: Personas) -> As:
    def client(login: str) -> Client:
        made = Client()
        made.force_login(personas[login])
        return made

    return client


def body(response: Any) -> bytes:
    assert response.status_code == 200, response.content[:500]
    return b"".join(response.streaming_content)


def file_name(response: Any) -> str:
    header = response["Content-Disposition"]
    assert header.startswith("attachment; filename*=utf-8''"), header  # RFC 5987
    return unquote(header.partition("''")[2])


@pytest.mark.clause("6.1", "5.1.1")
def test_the_purpose_is_asked_first_and_then_logged_with_the_download(
    as_user: As, make_ledger: Callable[..., Ledger], personas: Personas
) -> None:
    ledger = make_ledger(number="2026-001")
    client, url = as_user("pw11"), reverse("reports:ledger_xlsx", args=[ledger.pk])
    asked = client.get(url)
    assert asked.status_code == 200
    assert "请选择用途" in asked.content.decode()
    assert not DownloadLog.objects.exists()
    given = client.post(url, {"purpose": "contact"})
    assert given["Content-Type"] == XLSX
    assert given["Cache-Control"] == "private, no-store"
    assert file_name(given) == "竣工工程信息台账-2026-001-星河湾一期住宅工程.xlsx"
    assert load_workbook(BytesIO(body(given))).active["C3"].value == "星河湾一期住宅工程"
    log = DownloadLog.objects.get()
    assert (log.user, log.ledger, log.code, log.rows) == (personas.pw11, ledger, "xxC028B1", 1)
    assert (log.get_purpose_display(), log.subject) == ("现场联系", "2026-001 星河湾一期住宅工程")
    assert file_name(client.get(url, {"purpose": "archive"})) == log.document  # as a link, too


@pytest.mark.clause("6.1")
@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({}, "请选择用途"),
        ({"purpose": "nonsense"}, "没有这个用途"),
        ({"purpose": "other"}, "请写明用途"),
        ({"purpose": "other", "detail": " x "}, "请写明用途"),
        ({"purpose": "other", "detail": "长" * 101}, "最多 100 个字"),
    ],
)
def test_without_a_proper_purpose_nothing_leaves(
    as_user: As, make_ledger: Callable[..., Ledger], answer: dict[str, str], message: str
) -> None:
    url = reverse("reports:ledger_pdf", args=[make_ledger().pk])
    response = as_user("pw11").post(url, answer)
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not DownloadLog.objects.exists()


def test_another_purpose_is_logged_in_its_words(as_user: As, make_ledger: Callable[..., Ledger]) -> None:
    url = reverse("reports:ledger_xlsx", args=[make_ledger().pk])
    body(as_user("uw1").post(url, {"purpose": "other", "detail": " 交底会使用 "}))
    assert DownloadLog.objects.get().detail == "交底会使用"


@pytest.mark.clause("G2")
@pytest.mark.parametrize("name", ["reports:ledger_xlsx", "reports:ledger_pdf"])
def test_out_of_reach_is_not_found(as_user: As, make_ledger: Callable[..., Ledger], name: str) -> None:
    url = reverse(name, args=[make_ledger().pk])
    for login in ("pw11", "pe11", "pm11", "uw1", "uh1", "ul1", "ug1", "gw", "gh", "sub1"):
        assert as_user(login).get(url).status_code == 200, login
    for login in ("pw12", "pw21", "uw2", "uh2", "ud1", "sysadmin", "secadmin", "auditor", "outsider"):
        assert as_user(login).get(url).status_code == 404, login
        assert as_user(login).post(url, {"purpose": "archive"}).status_code == 404, login
    assert as_user("gw").get(reverse(name, args=[999_999])).status_code == 404
    assert Client().get(url).status_code == 302
    assert not DownloadLog.objects.exists()


@pytest.mark.clause("5.1.1")
def test_a_ledger_without_content_has_no_form_yet(as_user: As, make_ledger: Callable[..., Ledger]) -> None:
    response = as_user("pw11").get(reverse("reports:ledger_pdf", args=[make_ledger(until="pending").pk]))
    assert response.status_code == 409
    assert "还没有编制内容" in response.content.decode()


@pytest.mark.clause("2.1")
def test_each_version_prints_its_own_edition_and_says_what_it_is(
    as_user: As, make_ledger: Callable[..., Ledger], change_ledger: Callable[..., Ledger]
) -> None:
    ledger = make_ledger()
    StandardEdition.objects.create(
        number="Q/ZT-02-2026(B)", title="客户关系管理标准", form_prefix="ZT", effective_on=NOW.date()
    )
    change_ledger(ledger, "星河湾一期改名工程")
    client, url = as_user("uw1"), reverse("reports:ledger_pdf", args=[ledger.pk])

    def printed(number: str) -> str:
        response = client.get(url, {"purpose": "archive", "version": number})
        return PdfReader(BytesIO(body(response))).pages[0].extract_text()

    first, second = printed("1"), printed("2")
    assert "ZTJS-GC-02-2018(A)" in first
    assert "xxC028B1" in first
    assert "星河湾一期住宅工程" in first
    assert "第 1 版 · 已被替代" in first
    assert "Q/ZT-02-2026(B)" in second
    assert "客户关系管理标准" in second
    assert "ZTC028B1" in second
    assert "星河湾一期改名工程" in second
    assert "替代" not in second
    assert "草稿" not in second
    assert printed("") == second  # the version in force
    assert DownloadLog.objects.earliest("pk").document.endswith("第1版.pdf")
    for wrong in ("3", "0", "-1", "x", "9" * 40, "²"):
        assert client.get(url, {"version": wrong}).status_code == 404, wrong


@pytest.mark.clause("5.1.1")
def test_a_draft_is_printed_as_a_draft(as_user: As, make_ledger: Callable[..., Ledger]) -> None:
    url = reverse("reports:ledger_pdf", args=[make_ledger(until="draft").pk])
    response = as_user("pw11").post(url, {"purpose": "review"})
    assert "草稿 · 未生效" in PdfReader(BytesIO(body(response))).pages[0].extract_text()


@pytest.mark.clause("5.1.1", "C")
def test_the_downloaded_form_imports_as_the_same_ledger(
    as_user: As, make_ledger: Callable[..., Ledger], tmp_path: Path
) -> None:
    ledger = make_ledger(number="2026-001")
    response = as_user("pw11").post(reverse("reports:ledger_xlsx", args=[ledger.pk]), {"purpose": "archive"})
    (tmp_path / "c.xlsx").write_bytes(body(response))
    (row,) = parse(tmp_path / "c.xlsx", departments={"U1D1"}, department="U1D1").rows
    given = ledger_data(ledger)
    given.accepted_on = given.delivered_on = None  # not on the form
    given.region = ""
    assert (row.errors, row.data) == ([], given)


@pytest.mark.clause("G2", "5.1.1")
def test_the_list_holds_exactly_what_the_screen_shows(as_user: As, make_ledger: Callable[..., Ledger]) -> None:
    make_ledger(name="南湖医院", region="south")
    make_ledger(name="北湖学校", key=True)
    make_ledger(name="北湖医院", until="draft")
    make_ledger("U2D1", name="邻家医院")
    url = reverse("reports:ledger_list_xlsx")
    for login, query, names in (
        ("uw1", {}, ["北湖医院", "北湖学校", "南湖医院"]),
        ("uw1", {"q": "医院", "sort": "code"}, ["南湖医院", "北湖医院"]),
        ("uw1", {"key": "1"}, ["北湖学校"]),
        ("uw1", {"status": "drafting"}, ["北湖医院"]),
        ("uw1", {"q": "没有这个工程"}, []),
        ("uw1", {"region": "nowhere"}, ["北湖医院", "北湖学校", "南湖医院"]),
        ("uw1", {"unit": "U2"}, []),  # a unit out of reach holds nothing for them, on the page too
        ("gw", {"unit": "U2"}, ["邻家医院"]),
        ("uw2", {}, ["邻家医院"]),
        ("gw", {"q": "医院"}, ["邻家医院", "北湖医院", "南湖医院"]),
    ):
        client = as_user(login)
        assert f"<dd>{len(names)} 项</dd>" in client.get(url, query).content.decode()
        assert f"共 {len(names)} 项" in client.get(reverse("ledgers:ledger_list"), query).content.decode()
        address = f"{url}?{'&'.join(f'{key}={value}' for key, value in query.items())}"
        sheet = load_workbook(BytesIO(body(client.post(address, {"purpose": "report"})))).active
        assert [name for (name,) in sheet.iter_rows(5, None, 3, 3, values_only=True) if name] == names
        log = DownloadLog.objects.latest("pk")
        assert log.rows == len(names)
        assert log.subject.startswith(f"共 {len(names)} 项 筛选条件:")
        assert f"共 {len(names)} 项" in sheet["A2"].value


def test_the_filters_are_told_in_words(as_user: As, make_ledger: Callable[..., Ledger]) -> None:
    make_ledger()
    query = "?q=医院&status=effective&status=drafting&key=1&missing=on&warranty_end_min=2026-01-01&sort=name&page=3&x=1"
    given = as_user("uw1").post(reverse("reports:ledger_list_xlsx") + query, {"purpose": "report"})
    assert file_name(given).startswith("竣工工程信息台账汇总表-20")
    assert DownloadLog.objects.get().filters == {
        "搜索": "医院",
        "状态": "已生效、编制中",
        "重点工程": "是",
        "有缺项": "是",
        "保修截止日期 起": "2026-01-01",
    }


def test_the_list_needs_the_right_to_see_ledgers(as_user: As) -> None:
    url = reverse("reports:ledger_list_xlsx")
    for login in ("ud1", "sysadmin", "auditor", "outsider"):
        assert as_user(login).get(url).status_code == 403, login
    assert as_user("gl").get(url).status_code == 200


def test_too_many_rows_are_refused_with_a_way_out(
    as_user: As, make_ledger: Callable[..., Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_ledger()
    make_ledger()
    monkeypatch.setattr("reports.services.MAX_LIST_ROWS", 1)
    response = as_user("uw1").post(reverse("reports:ledger_list_xlsx"), {"purpose": "report"})
    assert response.status_code == 409
    assert "缩小范围" in response.content.decode()


def test_a_document_that_fails_is_not_logged(
    as_user: As, make_ledger: Callable[..., Ledger], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_ledger()
    client = as_user("uw1")
    client.raise_request_exception = False

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(list_sheet, "write_with_rust", fail)
    assert client.post(reverse("reports:ledger_list_xlsx"), {"purpose": "report"}).status_code == 500
    assert not DownloadLog.objects.exists()


@pytest.mark.clause("5.1.1", "G2")
def test_the_template_offers_only_the_departments_in_reach(as_user: As) -> None:
    url = reverse("reports:ledger_template")
    for login, codes in (("pw11", ["U1D1"]), ("uw1", ["U1D1", "U1D2", "U1D3"]), ("gw", [])):
        response = as_user(login).get(url)
        assert file_name(response) == "竣工工程信息台账导入模板.xlsx"
        book = load_workbook(BytesIO(body(response)))
        assert [cell.value for cell in book["项目经理部编码"]["A"]][1:] == codes
    for login in ("ud1", "auditor", "outsider"):
        assert as_user(login).get(url).status_code == 403, login
    assert not DownloadLog.objects.exists()


@pytest.mark.clause("6.1")
def test_table_one_lists_six_records_with_the_codes_of_the_edition_in_force(as_user: As) -> None:
    StandardEdition.objects.create(number="Q/ZT-1", form_prefix="ZT", effective_on=date(2019, 1, 1))
    page = as_user("uw1").get(reverse("reports:report_index")).content.decode()
    for number, name in enumerate(
        ("竣工工程信息台账", "年度工程回访计划和回访记录表", "工期履约投诉责任追究一览表", "工程保修记录表",
         "保修投诉监管流程一览表", "保修投诉处理责任一览表"), 1,
    ):  # fmt: skip
        assert f"ZTC028B{number}" in page
        assert name in page
    assert page.count("长期") == 6
    assert reverse("reports:ledger_template") in page
    outsider = as_user("outsider").get(reverse("reports:report_index")).content.decode()
    assert "ZTC028B6" in outsider
    assert reverse("reports:ledger_list_xlsx") not in outsider


@pytest.mark.clause("G1")
def test_the_log_is_read_by_the_auditor_and_by_oneself_and_never_changed(
    as_user: As, make_ledger: Callable[..., Ledger]
) -> None:
    url = reverse("reports:ledger_xlsx", args=[make_ledger().pk])
    body(as_user("pw11").post(url, {"purpose": "archive"}))
    body(as_user("uw1").post(url, {"purpose": "other", "detail": "交底会<b>"}))
    log = reverse("reports:download_log")
    mine, all_of_it = (as_user(login).get(log).content.decode() for login in ("pw11", "auditor"))
    assert "归档留存" in mine
    assert "交底会" not in mine
    assert "归档留存" in all_of_it
    assert "其他:交底会&lt;b&gt;" in all_of_it
    assert "王保一" in all_of_it
    assert "还没有下载记录" in as_user("gl").get(log).content.decode()
    entry = DownloadLog.objects.latest("pk")
    entry.detail = "x"
    for change in (
        entry.save,
        entry.delete,
        DownloadLog.objects.all().delete,
        lambda: DownloadLog.objects.update(rows=9),
    ):
        with pytest.raises(AppendOnlyError):
            change()


@pytest.mark.parametrize("name", ["report_index", "download_log", "ledger_template"])
def test_pages_that_only_read_take_no_post(as_user: As, name: str) -> None:
    assert as_user("uw1").post(reverse(f"reports:{name}")).status_code == 405
