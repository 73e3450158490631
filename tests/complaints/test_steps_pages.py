"""The pages of a complaint's steps, by the posts whose work they are; wrong right, wrong state, wrong input."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from complaints.models import Complaint, Contact, Ruling, Verdict
from tests.complaints.factories import (
    NOW,
    awaiting_close,
    awaiting_ruling,
    closing_entries,
    complaint_in,
    handling,
    picture,
    proposed,
    registered,
    ruled,
)
from tests.complaints.pages import as_user, page
from tests.personas import Personas
from workflow.models import Transition

pytestmark = pytest.mark.django_db
S = Complaint.Status
TODAY = timezone.localdate(NOW)
AT = "2026-03-10T10:00"
ALONG = {"remark": "情况属实", "decision": "yes"}


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def send(personas: Personas, login: str, name: str, complaint: Complaint, **data: Any) -> Any:
    """Open the page as a person does, then post; what came back."""
    client = as_user(personas, login)
    opened = client.get(page(name, complaint.pk))
    assert opened.status_code == 200, (login, name, opened.status_code)
    return client.post(page(name, complaint.pk), data)


def moved(response: Any, complaint: Complaint) -> str:
    assert response.status_code == 302, response.content.decode()[-6000:]
    assert response["Location"] == page("complaint_detail", complaint.pk)
    complaint.refresh_from_db()
    return str(complaint.status)


def contact(**values: Any) -> dict[str, Any]:
    return {"method": "phone", "at": AT, "person": "周业主", "text": "逐项核对", "reached": "yes"} | values


def evaluation(complaint: Complaint, *, grade: int = 5, met: bool = True, **values: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "kind": "grades",
        "method": "visit",
        "held_on": TODAY,
        "department_people": "彭程一",
        "unit_people": "吴维一",
        "client_people": "周业主",
        **dict.fromkeys(("response", "arrival", "measures", "result", "attitude", "overall"), grade),
        "signed_by": "周业主",
        "signed_on": TODAY,
        "files": picture("签字.png"),
        **{f"met_{pk}": "yes" if met else "no" for pk in complaint.demands.values_list("pk", flat=True)},
    }
    return given | values


# --- journeys


@pytest.mark.clause("B3-C02")
@pytest.mark.clause("5.4.2a")
def test_not_ours_from_confirmation_to_closing(personas: Personas) -> None:
    complaint = registered(personas)
    demands = list(complaint.demands.values_list("pk", flat=True))
    done = send(personas, "uw1", "complaint_confirm", complaint, **contact(demands=demands))
    assert moved(done, complaint) == S.AWAITING_RULING
    said = {"verdict": "not_ours", "grounds": "业主自行改造引起", "files": picture("现场.png")}
    assert moved(send(personas, "uw1", "ruling_propose", complaint, **said), complaint) == S.RULING_PROPOSED
    ruling = Ruling.objects.get(complaint=complaint)
    agreed = send(personas, "uh1", "ruling_decide", complaint, ruling=ruling.pk, decision="yes")
    assert moved(agreed, complaint) == S.AWAITING_REPLY
    opened = as_user(personas, "uw1").get(page("reply_edit", complaint.pk)).content.decode()
    assert "业主自行改造引起" in opened  # the ruling's grounds are the letter's first words
    letter = {"addressee": "周业主", "subject": "答复", "reasons": "自行改造", "proof": "照片", "signatory": "吴维一"}
    moved(send(personas, "uw1", "reply_edit", complaint, **letter), complaint)
    sent = {"method": "courier", "tracking": "SF1", "sent_at": AT, "files": picture("底单.png")}
    assert moved(send(personas, "uw1", "reply_dispatch", complaint, **sent), complaint) == S.REPLIED
    assert moved(send(personas, "uw1", "complaint_object", complaint, remark="不认可"), complaint) == S.RECONSIDERING
    upheld = send(personas, "uh1", "complaint_reconsider", complaint, decision="uphold", remark="证据充分")
    assert moved(upheld, complaint) == S.AWAITING_REPLY
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        moved(send(personas, "uw1", "reply_edit", complaint, **letter), complaint)
        # The proof of the first letter does not prove the second one.
        again = send(personas, "uw1", "reply_dispatch", complaint, method="fax", tracking="0311", sent_at=AT)
        assert again.status_code == 409
        assert "请上传回函发出证明" in again.content.decode()
        sent["files"] = picture("回执.png")
        assert moved(send(personas, "uw1", "reply_dispatch", complaint, **sent), complaint) == S.REPLIED
        assert moved(send(personas, "uw1", "complaint_close", complaint), complaint) == S.CLOSED


@pytest.mark.clause("5.4.2")
def test_to_the_group_is_confirmed_and_forwarded_by_gw(personas: Personas) -> None:
    complaint = registered(personas, level="group")
    demands = list(complaint.demands.values_list("pk", flat=True))
    done = send(personas, "gw", "complaint_confirm", complaint, **contact(demands=demands))
    assert moved(done, complaint) == S.CONFIRMED
    shown = as_user(personas, "gw").get(page("complaint_forward", complaint.pk)).content.decode()
    assert f"转办到 <b>{personas.unit('U1')}</b>" in shown
    assert moved(send(personas, "gw", "complaint_forward", complaint, remark="请判定"), complaint) == S.AWAITING_RULING


@pytest.mark.clause("5.7")
@pytest.mark.clause("3.4.3")
def test_minor_evaluated_twice_and_closed(personas: Personas) -> None:
    complaint = handling(personas)
    done = send(personas, "pe11", "complaint_finish", complaint, remark="已修好")
    assert moved(done, complaint) == S.AWAITING_EVALUATION
    one_side = send(personas, "pe11", "complaint_evaluate", complaint, **evaluation(complaint, unit_people=""))
    assert one_side.status_code == 422
    undated = send(personas, "uw1", "complaint_evaluate", complaint, **evaluation(complaint, grade=2, met=False))
    assert undated.status_code == 422
    assert "继续整改完成日期" in undated.content.decode()
    later = evaluation(complaint, grade=2, met=False, next_due_on=TODAY + timedelta(days=5))
    assert moved(send(personas, "uw1", "complaint_evaluate", complaint, **later), complaint) == S.HANDLING
    assert complaint.round == 2
    moved(send(personas, "pe11", "complaint_finish", complaint, remark="再次修好"), complaint)
    accepted = evaluation(complaint, kind="acceptance", accepted="yes")
    for name in ("response", "arrival", "measures", "result", "attitude", "overall"):
        del accepted[name]
    unsigned = accepted | {"files": ""}
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        # The signature of the first round is not the second one's.
        assert send(personas, "uw1", "complaint_evaluate", complaint, **unsigned).status_code == 409
        assert moved(send(personas, "uw1", "complaint_evaluate", complaint, **accepted), complaint) == S.AWAITING_CLOSE
    assert list(complaint.evaluations.values_list("round", "satisfied")) == [(1, False), (2, True)]


@pytest.mark.clause("B2-14")
def test_the_closing_page_says_what_is_missing_and_whose_turn_it_is(personas: Personas) -> None:
    complaint = awaiting_close(personas)
    client = as_user(personas, "uw1")
    shown = client.get(page("complaint_close", complaint.pk)).content.decode()
    assert "缺少分管领导的结果监督记录。" in shown
    assert "梁立一" in shown
    refused = client.post(page("complaint_close", complaint.pk), {"remark": "都办好了"})
    assert refused.status_code == 409
    assert "都办好了" in refused.content.decode()
    closing_entries(personas, complaint)
    assert moved(send(personas, "uw1", "complaint_close", complaint), complaint) == S.CLOSED


def test_merging_and_second_complaints(personas: Personas) -> None:
    survivor = registered(personas)
    twin = registered(personas, project=survivor.project)
    merged = send(personas, "uw1", "merge_propose", twin, survivor=survivor.pk, remark="同一事项")
    assert moved(merged, twin) == S.REGISTERED
    shown = as_user(personas, "uh1").get(page("merge_decide", twin.pk)).content.decode()
    assert "同一事项" in shown
    assert f"{personas.uw1} 于" in shown
    refused = send(personas, "uh1", "merge_decide", twin, decision="no", remark="")
    assert refused.status_code == 422
    moved(send(personas, "uh1", "merge_decide", twin, decision="no", remark="并非同一事项"), twin)
    moved(send(personas, "uw1", "merge_propose", twin, survivor=survivor.pk, remark="同一事项"), twin)
    assert moved(send(personas, "uh1", "merge_decide", twin, decision="yes"), twin) == S.MERGED
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        earlier = handling(personas, project=survivor.project)
        later = registered(personas, project=survivor.project, now=NOW + timedelta(days=1), kind="safety")
        sent = send(personas, "uw1", "second_suggest", later, earlier=earlier.pk)
        moved(sent, later)
        assert later.second == Complaint.Second.SUGGESTED
        assert send(personas, "uh1", "second_decide", later, decision="no").status_code == 422
        moved(send(personas, "uh1", "second_decide", later, decision="yes"), later)
        assert later.second == Complaint.Second.CONFIRMED
        shown = as_user(personas, "uw1").get(page("complaint_detail", earlier.pk)).content.decode()
        assert later.number in shown


def test_withdrawal_needs_its_proof(personas: Personas) -> None:
    complaint = awaiting_ruling(personas)
    bare = send(personas, "uw1", "complaint_withdraw", complaint, remark="误会")
    assert bare.status_code == 409
    assert "撤诉证明" in bare.content.decode()
    done = send(personas, "uw1", "complaint_withdraw", complaint, remark="误会", files=picture("说明.png"))
    assert moved(done, complaint) == S.WITHDRAWN


def test_gh_moves_a_complaint_to_another_department(personas: Personas) -> None:
    complaint = awaiting_ruling(personas)
    target = personas.unit("U1D2")
    vague = send(personas, "gh", "complaint_reassign", complaint, department="项目", remark="撤销")
    assert vague.status_code == 422
    sent = send(
        personas, "gh", "complaint_reassign", complaint, department=f"{target.code} {target.name}", remark="撤销"
    )
    moved(sent, complaint)
    assert complaint.department == target


@pytest.mark.clause("3.4.2")
@pytest.mark.clause("3.1.3")
def test_contacts_of_each_kind(personas: Personas) -> None:
    complaint = handling(personas)
    moved(send(personas, "pe11", "complaint_contact", complaint, **contact(kind="talk")), complaint)
    moved(send(personas, "gw", "complaint_contact", complaint, **contact(kind="take_part", missed="on")), complaint)
    not_his = send(personas, "pe11", "complaint_contact", complaint, **contact(kind="take_part"))
    assert not_his.status_code == 422
    kept = Contact.objects.exclude(kind="confirm").values_list("kind", "reached")
    assert sorted(kept) == [("take_part", False), ("talk", True)]


def test_revoking_the_ruling(personas: Personas) -> None:
    complaint = handling(personas)
    done = send(personas, "uh1", "ruling_revoke", complaint, remark="新证据")
    assert moved(done, complaint) == S.AWAITING_RULING


def test_a_returned_ruling_begins_with_what_was_said(personas: Personas) -> None:
    ruling = proposed(personas, Verdict.MINOR)
    complaint = ruling.complaint
    back = send(personas, "sub1", "ruling_decide", complaint, ruling=ruling.pk, decision="no", remark="依据不足")
    assert moved(back, complaint) == S.AWAITING_RULING
    step = Transition.objects.about(complaint).get(step="return_ruling")
    assert step.who == "戴丽 代 胡恒一"
    shown = as_user(personas, "uw1").get(page("ruling_propose", complaint.pk)).content.decode()
    assert ruling.grounds in shown
    assert "依据不足" in shown


# --- refusals

# page → (a state in which it works, who may, data)
PAGES: dict[str, tuple[str, str]] = {
    "complaint_confirm": (S.REGISTERED, "uw1"),
    "complaint_contact": (S.REGISTERED, "uw1"),
    "complaint_forward": (S.CONFIRMED, "gw"),
    "ruling_propose": (S.AWAITING_RULING, "uw1"),
    "ruling_decide": (S.RULING_PROPOSED, "uh1"),
    "ruling_revoke": (S.HANDLING, "uh1"),
    "complaint_reconsider": (S.RECONSIDERING, "uh1"),
    "reply_edit": (S.AWAITING_REPLY, "uw1"),
    "reply_dispatch": (S.AWAITING_REPLY, "uw1"),
    "complaint_object": (S.REPLIED, "uw1"),
    "complaint_finish": (S.HANDLING, "pe11"),
    "complaint_evaluate": (S.AWAITING_EVALUATION, "uw1"),
    "complaint_close": (S.AWAITING_CLOSE, "uw1"),
    "complaint_withdraw": (S.REGISTERED, "uw1"),
    "merge_propose": (S.REGISTERED, "uw1"),
    "second_suggest": (S.REGISTERED, "uw1"),
    "complaint_reassign": (S.REGISTERED, "gh"),
}
NASTY = {"remark": "a\x00b" * 400, "at": "31.2.99", "person": "x" * 500, "department": "\x00", "survivor": "9" * 40}
NASTY |= {"verdict": "'", "handle_by": "9999-99-99", "grounds": "字" * 5000, "method": "x", "ruling": "-1", "kind": "?"}
NASTY |= {"earlier": "1e9", "demands": "x", "decision": "maybe", "held_on": "no", "next_due_on": "0001-01-01"}


@pytest.mark.parametrize("name", PAGES)
def test_reach_right_state_and_input_in_this_order(personas: Personas, name: str) -> None:
    """404 out of reach, 403 without the right, 409 in another state, 422 for wrong input; by GET and by forged POST."""
    status, login = PAGES[name]
    complaint, ended = complaint_in(personas, status), complaint_in(personas, S.WITHDRAWN)
    client = as_user(personas, login)
    assert client.get(page(name, complaint.pk)).status_code == 200
    wrong = client.post(page(name, complaint.pk), NASTY)
    assert wrong.status_code == 422, wrong.status_code
    empty = client.post(page(name, complaint.pk), {})
    assert empty.status_code in (422, 409) or name == "complaint_forward"
    for other, expected in (("uw2", 404), ("ul1", 403), ("auditor", 404)):
        stranger = as_user(personas, other)
        assert stranger.get(page(name, complaint.pk)).status_code == expected
        assert stranger.post(page(name, complaint.pk), NASTY).status_code == expected
    assert client.get(page(name, ended.pk)).status_code == 409
    late = client.post(page(name, ended.pk), NASTY)
    assert late.status_code == 409
    assert "不能再进行" in late.content.decode()


@pytest.mark.clause("G5")
def test_whoever_proposed_the_ruling_does_not_decide_it(personas: Personas) -> None:
    from tests.factories import LONG_AGO, appoint

    appoint(personas.uw1, "UH", personas.unit("U1"), starts_on=LONG_AGO)
    ruling = proposed(personas, Verdict.MINOR)
    client = as_user(personas, "uw1")
    assert client.get(page("ruling_decide", ruling.complaint_id)).status_code == 403
    data = {"ruling": ruling.pk, "decision": "yes"}
    assert client.post(page("ruling_decide", ruling.complaint_id), data).status_code == 403


def test_a_decision_about_another_ruling_is_refused(personas: Personas) -> None:
    """The one that was on the page was returned and proposed anew in between."""
    ruling = proposed(personas, Verdict.MINOR)
    late = as_user(personas, "uh1").post(
        page("ruling_decide", ruling.complaint_id), {"ruling": ruling.pk + 1, "decision": "yes"}
    )
    assert late.status_code == 409
    assert Complaint.objects.get(pk=ruling.complaint_id).status == S.RULING_PROPOSED


def test_the_loser_of_a_race_reads_who_was_first(personas: Personas) -> None:
    complaint = ruled(personas, Verdict.MINOR)
    late = as_user(personas, "uh1").post(page("ruling_decide", complaint.pk), {"ruling": 1, "decision": "yes"})
    assert late.status_code == 409
    assert "已由 胡恒一 于 2026-03-10 10:00 处理" in late.content.decode()
    # Back is the record: the step's own page would refuse again.
    assert f'href="{page("complaint_detail", complaint.pk)}">返回记录' in late.content.decode()


def test_what_was_typed_stays_after_an_error(personas: Personas) -> None:
    complaint = registered(personas)
    first = complaint.demands.get(number=1)
    client = as_user(personas, "uw1")
    data = contact(person="", text="电话里说了很多", demands=[first.pk], **{f"drop_{first.pk}": "不要了"})
    shown = client.post(page("complaint_confirm", complaint.pk), data).content.decode()
    assert "电话里说了很多" in shown
    assert f'value="{first.pk}" checked' in shown
    assert "不要了" in shown


def test_a_wrong_file_is_refused_beside_its_field(personas: Personas) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    complaint = awaiting_ruling(personas)
    data = {"verdict": "not_ours", "grounds": "依据", "files": SimpleUploadedFile("坏.exe", b"MZ" + b"x" * 200)}
    answer = as_user(personas, "uw1").post(page("ruling_propose", complaint.pk), data)
    assert answer.status_code == 422
    assert "坏.exe" in answer.content.decode()
    assert not complaint.rulings.exists()


def test_step_pages_take_few_queries(personas: Personas) -> None:
    told = []
    for name, (status, login) in PAGES.items():
        complaint = complaint_in(personas, status)
        client = as_user(personas, login)
        client.get(page(name, complaint.pk))
        with CaptureQueriesContext(connection) as captured:
            client.get(page(name, complaint.pk))
        if len(captured) > 25:
            told.append((name, len(captured)))
    assert not told


def test_every_page_of_the_steps_is_in_the_table() -> None:
    from complaints.urls import steps

    parts = {"complaint_detail", "complaint_handling", "complaint_timeline", "merge_decide", "second_decide"}
    assert {each.name for each in steps.urlpatterns} == set(PAGES) | parts
    with pytest.raises(NoReverseMatch):
        reverse("complaints:nothing")
