"""Handing out the letters and forms of complaints: reach, state, purpose, log, versions, the footer's edition."""

from io import BytesIO
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from complaints.models import Complaint, Filing, Plan
from complaints.services.filing import file_complaint
from complaints.services.supervising import urge_complaint
from organization.models import StandardEdition
from reports.models import DownloadLog
from tests.complaints.factories import NOW, handling, registered, replied, ruled, with_reply
from tests.factories import substitute
from tests.personas import Personas
from tests.reports.complaint_papers import severe_case

pytestmark = pytest.mark.django_db
REACH = "gw gh gl uw1 uh1 ul1 ug1 pe11 pm11 pw11 sub1".split()
OUTSIDE = "uw2 uh2 ud2 ul2 pe21 pw12 sysadmin secadmin auditor outsider".split()


@pytest.fixture
def case(personas: Personas) -> Any:
    return severe_case(personas)


def client_of(personas: Personas, login: str) -> Client:
    made = Client()
    made.force_login(personas.fresh(login))
    return made


def url(name: str, record: Any) -> str:
    return reverse(f"reports:complaint_{name}", args=[record.pk])


def printed(response: Any) -> str:
    assert response.status_code == 200, response.content[:500]
    pdf = b"".join(response.streaming_content)
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def addresses(case: Any, letter: Complaint, blank: Complaint) -> list[str]:
    """Each document, of a record of unit 1 in a state that has it."""
    return [
        url("receipt", case.complaint),
        url("ruling_pdf", case.complaint),
        url("reply_pdf", letter),
        url("plan_pdf", case.plan),
        url("filing_pdf", case.filing),
        url("tracking_pdf", case.filing),
        url("order_pdf", case.order),
        url("urge_pdf", case.urge),
        url("evaluation_pdf", case.evaluations[0]),
        url("evaluation_blank", blank),
    ]


@pytest.mark.clause("G2", "B.4")
def test_each_document_has_the_complaints_own_reach(case: Any, personas: Personas) -> None:
    every = addresses(case, replied(personas), handling(personas))
    for login in REACH:
        client = client_of(personas, login)
        assert [client.get(one).status_code for one in every] == [200] * len(every), login
    for login in OUTSIDE:
        client = client_of(personas, login)
        assert [client.get(one).status_code for one in every] == [404] * len(every), login
        assert {client.post(one, {"purpose": "archive"}).status_code for one in every} == {404}, login
    # Drawn into the first complaint by an opinion and an order, into no other (G2).
    client = client_of(personas, "ud1")
    assert [client.get(one).status_code for one in every] == [200, 200, 404, 200, 200, 200, 200, 200, 200, 404]
    assert {Client().get(one).status_code for one in every} == {302}
    assert not DownloadLog.objects.exists()
    missing = [one.replace(f"/{one.split('/')[3]}/", "/999999/") for one in every]
    assert {client_of(personas, "gw").get(one).status_code for one in missing} == {404}


@pytest.mark.clause("G2", "G5")
def test_who_stands_in_for_a_drawn_in_person_reaches_their_documents(case: Any, personas: Personas) -> None:
    substitute(personas.pw12, personas.appointments["ud1"])
    assert client_of(personas, "pw12").get(url("order_pdf", case.order)).status_code == 200
    assert client_of(personas, "pw12").get(url("receipt", handling(personas))).status_code == 404


@pytest.mark.clause("5.4.1", "G1")
def test_the_purpose_is_asked_and_every_download_is_logged_with_its_complaint(case: Any, personas: Personas) -> None:
    client = client_of(personas, "uw1")
    for one in addresses(case, replied(personas), handling(personas)):
        asked = client.get(one)
        page = asked.content.decode()
        assert "请选择用途" in page, one
        assert "13812345678" not in page
        assert client.post(one, {"purpose": "other", "detail": ""}).status_code == 422, one
        assert not DownloadLog.objects.exists()
        given = client.post(one, {"purpose": "contact"})
        assert given["Content-Type"] == "application/pdf"
        assert given["Cache-Control"] == "private, no-store"
        assert b"".join(given.streaming_content).startswith(b"%PDF")
        log = DownloadLog.objects.get()
        assert log.complaint is not None
        assert log.complaint.number in log.subject
        assert (log.user, log.ledger, log.rows, log.code) == (personas.uw1, None, 1, "")
        assert log.document == unquote(given["Content-Disposition"].partition("''")[2])
        DownloadLog.objects.filter(pk=log.pk)._raw_delete("default")  # append-only otherwise


def test_the_page_that_asks_leads_back_to_where_one_came_from(case: Any, personas: Personas) -> None:
    client = client_of(personas, "uw1")
    for one, back in (
        (url("receipt", case.complaint), reverse("complaints:complaint_detail", args=[case.complaint.pk])),
        (url("plan_pdf", case.plan), reverse("complaints:plan_detail", args=[case.plan.pk])),
        (url("filing_pdf", case.filing), reverse("complaints:filing_detail", args=[case.filing.pk])),
        (url("order_pdf", case.order), reverse("complaints:order_detail", args=[case.order.pk])),
    ):
        page = client.get(one).content.decode()
        assert f'href="{back}"' in page, one
        assert case.complaint.number in page
        assert "竣工台账</a></li><li>下载" not in page


@pytest.mark.clause("5.4.2", "5.4.2a", "5.4.3", "5.6.2", "5.7")
def test_a_document_that_is_not_there_yet_is_a_conflict_in_words(personas: Personas) -> None:
    client = client_of(personas, "uw1")
    fresh = registered(personas)
    severe = ruled(personas, "severe")
    direct = handling(personas)
    filing = Filing.objects.get(complaint=direct)
    for one, said in (
        (url("ruling_pdf", fresh), "还没有责任判定"),
        (url("reply_pdf", fresh), "还没有回函"),
        (url("evaluation_blank", fresh), "投诉当前为“已登记”"),
        (url("plan_pdf", Plan.objects.get(complaint=severe)), "还没有编制内容"),
        (url("filing_pdf", filing), "尚未登记备案"),
        (url("tracking_pdf", filing), "还没有跟踪或上报记录"),
    ):
        for response in (client.get(one), client.post(one, {"purpose": "archive"})):
            assert response.status_code == 409, one
            assert said in response.content.decode(), one
    file_complaint(filing_id=filing.pk, note="", actor=personas.gw, now=NOW)
    assert client.get(url("filing_pdf", filing)).status_code == 200
    assert not DownloadLog.objects.exists()


@pytest.mark.clause("5.5.4")
def test_a_version_of_the_plan_is_asked_for_by_its_number(case: Any, personas: Personas) -> None:
    client, one = client_of(personas, "ul1"), url("plan_pdf", case.plan)
    first = printed(client.get(one, {"purpose": "review", "version": "1"}))
    assert "第1版·已被替代" in first
    current = printed(client.get(one, {"purpose": "review"}))
    assert "第2版" in current
    assert "已被替代" not in current
    assert [log.filters for log in DownloadLog.objects.order_by("pk")] == [{"版次": "第 1 版"}, {"版次": "第 2 版"}]
    for wrong in ("3", "0", "-1", "x", "9" * 40, "²", "\x00"):
        assert client.get(one, {"version": wrong}).status_code == 404, wrong


@pytest.mark.clause("G6")
def test_only_an_urge_has_an_urge_paper(case: Any, personas: Personas) -> None:
    other = case.complaint.supervisions.exclude(kind="urge").first()
    assert client_of(personas, "ul1").get(url("urge_pdf", other)).status_code == 404
    again = urge_complaint(complaint_id=handling(personas).pk, text="请尽快", actor=personas.ul1, now=NOW)
    assert "第1次督办" in printed(client_of(personas, "ul1").post(url("urge_pdf", again), {"purpose": "archive"}))


@pytest.mark.clause("2.1")
def test_an_archived_letter_keeps_the_edition_it_was_written_under(personas: Personas) -> None:
    complaint = ruled(personas, "not_ours")
    with_reply(personas, complaint)
    StandardEdition.objects.create(
        number="Q/ZT-02-2026(B)", title="客户关系管理标准", effective_on=NOW.date().replace(day=11)
    )
    client = client_of(personas, "uw1")
    old = printed(client.post(url("reply_pdf", complaint), {"purpose": "archive"}))
    assert "客户回访及投诉管理标准ZTJS-GC-02-2018(A)" in old
    assert "客户关系管理标准" not in old
    blank = printed(client.post(url("evaluation_blank", handling(personas)), {"purpose": "archive"}))  # written today
    assert "客户关系管理标准Q/ZT-02-2026(B)" in blank


def test_documents_are_read_or_asked_for_never_deleted(case: Any, personas: Personas) -> None:
    client = client_of(personas, "uw1")
    for one in addresses(case, case.complaint, case.complaint):
        assert client.delete(one).status_code == 405
        assert client.put(one).status_code == 405


def test_few_queries_whatever_the_length(case: Any, personas: Personas) -> None:
    client = client_of(personas, "uw1")
    for one in addresses(case, replied(personas), handling(personas)):
        client.get(one)
        with CaptureQueriesContext(connection) as asked:
            client.get(one)
        assert len(asked) <= 15, one
