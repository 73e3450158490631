"""The pages of filing, tracking, supervision, 督办 and 交办: who sees and does what, how many queries they ask."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from complaints.models import Complaint, Filing, FollowUp, Order, Supervision
from complaints.services.filing import file_complaint, track_complaint
from complaints.services.supervising import hand_over, supervise_complaint, urge_complaint
from tests.complaints.factories import NOW, awaiting_close, closed, handling, rectifying, registered
from tests.complaints.pages import MOST, as_user, page, queries
from tests.personas import Personas
from workflow.models import Clock, Notice, Transition

pytestmark = pytest.mark.django_db
F = Filing.Status
READERS = ("pe11", "pm11", "pw11", "uw1", "uh1", "ul1", "ug1", "gw", "gh", "sub1")
WEEKLY = {"milestones": "防水返工进行中", "resources": "班组 6 人到位", "progress": "完成一半", "percent": "50"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def awaiting(personas: Personas, **values: Any) -> Filing:
    return Filing.objects.get(complaint=handling(personas, **values))


def filed(personas: Personas, **values: Any) -> Filing:
    return file_complaint(filing_id=awaiting(personas, **values).pk, note="", actor=personas.gw, now=NOW)


def entry(personas: Personas, filing: Filing, kind: str = "report", actor: str = "uw1", **values: Any) -> FollowUp:
    given = WEEKLY | {"percent": 50} | values
    return track_complaint(filing_id=filing.pk, kind=kind, actor=personas[actor], now=NOW, **given)


def order(personas: Personas, complaint: Complaint, charged: str = "") -> Order:
    return hand_over(
        complaint_id=complaint.pk,
        task="协调防水分包两日内进场",
        due_on=date(2026, 3, 12),
        charged=personas[charged] if charged else None,
        actor=personas.ul1,
        now=NOW,
    )


def test_every_page_opens_for_its_posts(personas: Personas) -> None:
    waiting, running = awaiting(personas), filed(personas)
    ending = Filing.objects.get(complaint=awaiting_close(personas))
    done = order(personas, running.complaint)
    for login in READERS:
        client = as_user(personas, login)
        assert client.get(page("filing_list")).status_code == 200
        assert client.get(page("order_detail", done.pk)).status_code == 200
        for filing in (waiting, running, ending):
            for name in ("filing_detail", "filing_timeline"):
                assert client.get(page(name, filing.pk)).status_code == 200, (login, name)
    for login, name, pk in (
        ("gw", "filing_file", waiting.pk),
        ("gw", "filing_track", running.pk),
        ("uw1", "filing_report", running.pk),
        ("uw1", "filing_report", waiting.pk),
        ("ul1", "filing_supervise", waiting.pk),
        ("ug1", "filing_supervise", running.pk),
        ("ul1", "filing_supervise", ending.pk),
        ("gw", "filing_close", ending.pk),
        ("pm11", "complaint_urge", running.complaint_id),
        ("gh", "complaint_urge", running.complaint_id),
        ("ul1", "complaint_hand_over", running.complaint_id),
        ("pm11", "order_finish", done.pk),
        ("ul1", "order_cancel", done.pk),
    ):
        answer = as_user(personas, login).get(page(name, pk))
        assert answer.status_code == 200, (login, name, answer.content.decode()[:600])


DUTIES = {
    "filing_file": ({"gw"}, {"note": ""}),
    "filing_track": ({"gw"}, WEEKLY),
    "filing_report": ({"uw1"}, WEEKLY),
    "filing_receive": ({"gw"}, {}),
    "filing_supervise": ({"ul1", "ug1"}, {"kind": "process", "text": "已过问"}),
    "filing_close": ({"gw"}, {"conclusion": "完毕"}),
    "complaint_urge": ({"pm11", "uh1", "sub1", "ul1", "ug1", "gh"}, {"text": "请加快"}),
    "complaint_hand_over": ({"ul1"}, {"charged": "pm", "task": "协调", "due_on": "2026-03-12"}),
    "order_finish": ({"pm11"}, {"result": "已进场"}),
    "order_cancel": ({"ul1"}, {"remark": "不再需要"}),
}


@pytest.mark.clause("5.4.3", "5.6.2", "5.6.3", "3.2.1", "3.2.2", "B2-11", "G6")
def test_the_post_in_a_cell_can_and_every_other_cannot(personas: Personas) -> None:
    """B.4 rows 6 to 9 by forged POST, in this unit and in the neighbour's."""
    waiting, running = awaiting(personas), filed(personas)
    entry(personas, running)
    ending = Filing.objects.get(complaint=awaiting_close(personas))
    made = {name: order(personas, running.complaint).pk for name in ("order_finish", "order_cancel")}
    subjects = {
        "filing_file": waiting.pk,
        "filing_close": ending.pk,
        "complaint_urge": running.complaint_id,
        "complaint_hand_over": running.complaint_id,
        **made,
    }
    for name, (allowed, data) in DUTIES.items():
        url = page(name, subjects.get(name, running.pk))
        before = Transition.objects.count()
        for login in sorted({*READERS} - allowed):
            assert as_user(personas, login).post(url, data).status_code == 403, (login, name)
        for login in ("uw2", "uh2", "ul2", "ug2", "pm21", "pw12", "ud1", "ud2", "auditor", "outsider"):
            assert as_user(personas, login).post(url, data).status_code == 404, (login, name)
        assert Transition.objects.count() == before, name
        doer = sorted(allowed)[0]
        answer = as_user(personas, doer).post(url, data)
        assert answer.status_code == 302, (doer, name, answer.content.decode()[:600])
        assert Transition.objects.count() > before, name


@pytest.mark.clause("5.4.3")
def test_filing_gives_a_number_and_shows_what_comes_next(personas: Personas) -> None:
    filing = awaiting(personas)
    client = as_user(personas, "gw")
    answer = client.post(page("filing_file", filing.pk), {"note": "集团督办件"}, follow=True)
    text = answer.content.decode()
    assert "BA-G-2026-0001" in text
    assert "集团督办件" in text
    assert "集团跟踪" in text
    assert client.post(page("filing_file", filing.pk), {"note": ""}).status_code == 409


@pytest.mark.clause("5.6.2")
def test_tracking_begins_with_what_the_plan_says(personas: Personas) -> None:
    filing = Filing.objects.get(complaint=rectifying(personas))
    file_complaint(filing_id=filing.pk, note="", actor=personas.gw, now=NOW)
    client = as_user(personas, "gw")
    form = client.get(page("filing_track", filing.pk)).content.decode()
    assert "1. 外墙防水返工(2026-03-10 至 2026-03-30):0%" in form
    assert "1. 防水班组 6 人、SBS 卷材 300 平方米" in form
    assert client.post(page("filing_track", filing.pk), WEEKLY).status_code == 302
    text = client.get(page("filing_detail", filing.pk)).content.decode()
    assert "班组 6 人到位" in text
    filing.refresh_from_db()
    assert filing.status == F.TRACKING


@pytest.mark.clause("5.6.3")
def test_a_report_is_sent_and_received_in_one_table(personas: Personas) -> None:
    filing = filed(personas)
    assert as_user(personas, "uw1").post(page("filing_report", filing.pk), WEEKLY).status_code == 302
    gw = as_user(personas, "gw")
    text = gw.get(page("filing_detail", filing.pk)).content.decode()
    assert "待集团签收" in text
    assert "签收上报" in text
    assert gw.get(page("filing_receive", filing.pk)).status_code == 405
    assert gw.post(page("filing_receive", filing.pk)).status_code == 302
    text = gw.get(page("filing_detail", filing.pk)).content.decode()
    assert "高文 2026-03-10 10:00 签收" in text
    assert gw.post(page("filing_receive", filing.pk)).status_code == 409  # nothing is left to receive


@pytest.mark.clause("B2-11")
def test_supervision_shows_what_is_there_and_what_lacks(personas: Personas) -> None:
    filing = filed(personas)
    supervise_complaint(filing_id=filing.pk, kind="process", text="已现场查看", actor=personas.ul1, now=NOW)
    text = as_user(personas, "ug1").get(page("filing_detail", filing.pk)).content.decode()
    assert "已现场查看" in text
    assert text.count("缺少记录") == 1  # UG on the process; nobody was called on for the result yet
    assert text.count("未要求") == 2
    early = as_user(personas, "ul1").post(page("filing_supervise", filing.pk), {"kind": "result", "text": "好"})
    assert early.status_code == 422  # there is no result yet
    assert not Supervision.objects.filter(kind="result").exists()


@pytest.mark.clause("G6")
def test_urging_tells_whoever_has_the_ball(personas: Personas) -> None:
    complaint = handling(personas)
    client = as_user(personas, "gh")
    assert client.post(page("complaint_urge", complaint.pk), {"text": ""}).status_code == 422
    assert client.post(page("complaint_urge", complaint.pk), {"text": "请尽快处理"}).status_code == 302
    told = set(Notice.objects.filter(kind="urge").values_list("recipient__username", flat=True))
    assert {"pe11", "uw1", "gw", "ul1", "ug1"} <= told
    assert "ud1" not in told
    assert not Notice.objects.filter(kind="urge", text__contains="请尽快处理").exists()  # only a link goes out


@pytest.mark.clause("3.2.1")
def test_a_department_is_charged_and_sees_only_that(personas: Personas) -> None:
    complaint, other = handling(personas), handling(personas)
    ul = as_user(personas, "ul1")
    form = ul.get(page("complaint_hand_over", complaint.pk)).content.decode()
    assert "杜栋一" in form
    assert "杜栋二" not in form
    data = {"charged": str(personas.ud1.pk), "task": "核查防水材料检测报告", "due_on": "2026-03-15"}
    assert ul.post(page("complaint_hand_over", complaint.pk), data | {"due_on": "2026-03-09"}).status_code == 422
    assert ul.post(page("complaint_hand_over", complaint.pk), data | {"charged": personas.ud2.pk}).status_code == 422
    assert ul.post(page("complaint_hand_over", complaint.pk), data).status_code == 302
    made = Order.objects.get()
    clock = Clock.objects.about(made).get()
    assert (clock.post_id, clock.assignee, clock.due_at.isoformat()) == (
        "UD",
        personas.ud1,
        "2026-03-15T16:00:00+00:00",
    )
    ud = as_user(personas, "ud1")
    assert "核查防水材料检测报告" in ud.get(page("order_detail", made.pk)).content.decode()
    assert ud.get(page("filing_detail", Filing.objects.get(complaint=other).pk)).status_code == 404
    assert as_user(personas, "pm11").post(page("order_finish", made.pk), {"result": "x"}).status_code in (403, 409)
    assert ud.post(page("order_finish", made.pk), {"result": ""}).status_code == 422
    assert ud.post(page("order_finish", made.pk), {"result": "报告齐全"}).status_code == 302
    assert ud.post(page("order_finish", made.pk), {"result": "再办"}).status_code == 409
    assert "报告齐全" in ul.get(page("order_detail", made.pk)).content.decode()


HOSTILE = [
    ("uw1", "filing_report", WEEKLY | {"percent": value}) for value in ("101", "-1", "x", "9" * 400, "", "1e9")
] + [
    ("uw1", "filing_report", WEEKLY | {"progress": "\x00"}),
    ("uw1", "filing_report", WEEKLY | {"progress": "长" * 1001}),
    ("uw1", "filing_report", WEEKLY | {"progress": " "}),
    ("ul1", "filing_supervise", {"kind": "urge", "text": "x"}),
    ("ul1", "filing_supervise", {"kind": "", "text": "x"}),
    ("ul1", "filing_supervise", {"kind": "process", "text": "长" * 1001}),
]


@pytest.mark.parametrize(("login", "name", "data"), HOSTILE)
def test_hostile_input_gets_an_answer(personas: Personas, login: str, name: str, data: dict[str, str]) -> None:
    filing = filed(personas)
    answer = as_user(personas, login).post(page(name, filing.pk), data)
    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"charged": "9" * 30},
        {"charged": "x"},
        {"charged": ""},
        {"task": "\x00"},
        {"task": ""},
        {"due_on": "2026-13-01"},
    ],
)
def test_a_hostile_order_gets_an_answer(personas: Personas, changes: dict[str, str]) -> None:
    complaint = handling(personas)
    data = {"charged": "pm", "task": "协调", "due_on": "2026-03-12"} | changes
    assert as_user(personas, "ul1").post(page("complaint_hand_over", complaint.pk), data).status_code == 422
    assert not Order.objects.exists()


def test_the_list_filters_within_reach(personas: Personas) -> None:
    waiting, running = awaiting(personas), filed(personas)
    gw = as_user(personas, "gw")

    def found(query: str, login: str = "gw") -> set[int]:
        answer = (gw if login == "gw" else as_user(personas, login)).get(page("filing_list") + query)
        assert answer.status_code == 200
        return {row["pk"] for row in answer.context["page"]}

    assert found("") == {waiting.pk, running.pk}
    assert found(f"?status={F.AWAITING}") == {waiting.pk}
    assert found("?unit=U1") == {waiting.pk, running.pk}
    assert found("?unit=U2") == set()
    assert found(f"?q={running.number}") == {running.pk}
    assert found("?overdue=on") == set()
    with time_machine.travel(NOW + timedelta(hours=24), tick=False):
        gw = as_user(personas, "gw")  # the session of yesterday has ended
        assert found("?overdue=on") == {waiting.pk}  # 即时: a day has passed, the other is tracked weekly
    gw = as_user(personas, "gw")
    assert found("", "uw1") == {waiting.pk, running.pk}
    assert found("", "uw2") == set()
    for wrong in ("?status=x", "?unit=%00", "?page=999999999999", "?per=x", "?sort=x", "?q=" + "长" * 300):
        assert gw.get(page("filing_list") + wrong).status_code == 200, wrong
    assert as_user(personas, "outsider").get(page("filing_list")).status_code == 403


def test_the_pages_ask_the_same_whatever_there_is(personas: Personas) -> None:
    filing = filed(personas)
    urls = [page("filing_list") + "?per=100", page("filing_detail", filing.pk), page("filing_timeline", filing.pk)]
    urls.append(page("order_detail", order(personas, filing.complaint).pk))
    entry(personas, filing)
    supervise_complaint(filing_id=filing.pk, kind="process", text="一", actor=personas.ul1, now=NOW)
    client = as_user(personas, "gw")
    few = [queries(client, url) for url in urls]
    for _ in range(6):
        entry(personas, filed(personas))
        entry(personas, filing, "track", "gw")
        order(personas, filing.complaint, "ud1")
        urge_complaint(complaint_id=filing.complaint_id, text="快", actor=personas.gh, now=NOW)
    many = [queries(client, url) for url in urls]
    assert many == few
    assert max(many) <= MOST, many


@pytest.mark.clause("3.2.1")
def test_what_has_ended_is_neither_urged_nor_handed_over(personas: Personas) -> None:
    complaint = closed(personas)
    for login, name in (("gh", "complaint_urge"), ("ul1", "complaint_hand_over")):
        client = as_user(personas, login)
        assert client.get(page(name, complaint.pk)).status_code == 409
        assert client.post(page(name, complaint.pk), DUTIES[name][1]).status_code == 409
    before_ruling = registered(personas)  # the leader organises from the first day
    assert as_user(personas, "ul1").get(page("complaint_hand_over", before_ruling.pk)).status_code == 200
