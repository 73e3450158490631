"""部门意见 (clause 5.5.1; B.3 C04): asked, given, added to, cancelled; its limit; who sees it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from complaints import clocks as C
from complaints.models import Assignment, Complaint, Opinion, Plan, Verdict
from complaints.services.opinions import ask_opinion, ask_opinions, cancel_opinion, give_opinion
from complaints.services.planning import submit_plan
from complaints.services.ruling import revoke_ruling
from tests.complaints.factories import NOW, closed, handling, opinion_given, ruled, submitted_plan, write_plan
from tests.complaints.pages import MOST, as_user, page, queries
from tests.factories import appoint, make_user, substitute
from tests.personas import Personas
from workflow.due import SHANGHAI
from workflow.errors import Conflict, Refused
from workflow.models import Clock, Outcome, Transition
from workflow.selectors.worklist import held_posts

pytestmark = pytest.mark.django_db
O = Opinion.Status  # noqa: E741
END_OF_LIMIT = datetime(2026, 3, 12, tzinfo=SHANGHAI)  # 1 day from 03-10


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def severe(personas: Personas) -> Complaint:
    return ruled(personas, Verdict.SEVERE)


def ask(personas: Personas, complaint: Complaint, *, now: datetime = NOW, actor: str = "uw1") -> Opinion:
    return ask_opinion(
        complaint_id=complaint.pk, asked_of=personas.ud1, question="是否可行", actor=personas[actor], now=now
    )


def give(personas: Personas, opinion: Opinion, text: str = "可行", *, actor: str = "ud1", now: datetime = NOW) -> None:
    give_opinion(opinion_id=opinion.pk, text=text, follower="杜栋一", actor=personas[actor], now=now)


@pytest.mark.clause("5.5.1", "B3-C04")
def test_several_are_asked_at_once_each_with_a_limit_of_their_own(personas: Personas) -> None:
    second = make_user("ud1b", "段二")
    appoint(second, "UD", personas.unit("U1"))
    complaint = severe(personas)
    client = as_user(personas, "pe11")
    url = page("opinion_ask", complaint.pk)
    form = client.get(url).content.decode()
    assert "段二" in form
    assert "杜栋二" not in form  # the neighbours' department
    data = {"asked_of": [personas.ud1.pk, second.pk], "question": "返工方案是否可行"}
    assert client.post(url, data).status_code == 302
    made = list(Opinion.objects.order_by("pk"))
    assert [(each.asked_of, each.question) for each in made] == [
        (personas.ud1, "返工方案是否可行"),
        (second, "返工方案是否可行"),
    ]
    for each in made:
        clock = Clock.objects.about(each).get()
        assert (clock.code, clock.assignee, clock.due_at) == (C.OPINION, each.asked_of, END_OF_LIMIT)
    assert set(Assignment.objects.values_list("user", flat=True)) == {personas.ud1.pk, second.pk}


def test_one_who_may_not_be_asked_refuses_all(personas: Personas) -> None:
    complaint = severe(personas)
    with pytest.raises(ValidationError, match="在任人员"):
        ask_opinions(
            complaint_id=complaint.pk,
            people=[personas.ud1, personas.ud2],
            question="x",
            actor=personas.uw1,
            now=NOW,
        )
    assert not Opinion.objects.exists()
    assert not Assignment.objects.exists()


@pytest.mark.parametrize(
    "data",
    [
        {"asked_of": [], "question": "x"},
        {"asked_of": ["x"], "question": "x"},
        {"asked_of": ["9" * 40], "question": "x"},
        {"question": "x"},
        {"asked_of": "me", "question": ""},
        {"asked_of": "me", "question": "\x00"},
        {"asked_of": "me", "question": "长" * 501},
    ],
)
def test_hostile_questions_get_an_answer(personas: Personas, data: dict[str, object]) -> None:
    complaint = severe(personas)
    given = {key: personas.ud1.pk if value == "me" else value for key, value in data.items()}
    assert as_user(personas, "uw1").post(page("opinion_ask", complaint.pk), given).status_code == 422
    assert not Opinion.objects.exists()


def test_nobody_is_asked_twice_at_a_time(personas: Personas) -> None:
    complaint = severe(personas)
    first = ask(personas, complaint)
    with pytest.raises(ValidationError, match="尚未反馈"):
        ask(personas, complaint, actor="pe11")
    give(personas, first)
    ask(personas, complaint, actor="pe11")  # another question, later


def test_asked_only_while_a_plan_is_written_or_carried_out(personas: Personas) -> None:
    for complaint in (handling(personas), closed(personas)):
        with pytest.raises(Conflict, match="只有编制或调整方案时"):
            ask(personas, complaint)
        assert as_user(personas, "uw1").get(page("opinion_ask", complaint.pk)).status_code == 409


@pytest.mark.clause("5.5.1")
def test_who_asks(personas: Personas) -> None:
    complaint = severe(personas)
    url, data = page("opinion_ask", complaint.pk), {"asked_of": personas.ud1.pk, "question": "x"}
    for login in ("pm11", "pw11", "uh1", "ul1", "ug1", "gw", "gh", "sub1"):
        assert as_user(personas, login).get(url).status_code == 403, login
        assert as_user(personas, login).post(url, data).status_code == 403, login
    for login in ("uw2", "pe21", "pw12", "ud1", "outsider"):
        assert as_user(personas, login).post(url, data).status_code == 404, login
    assert not Opinion.objects.exists()


@pytest.mark.clause("G2", "B3-C04")
def test_a_department_sees_what_it_was_asked_and_nothing_else(personas: Personas) -> None:
    other = make_user("ud1b", "段二")
    appoint(other, "UD", personas.unit("U1"))
    personas.people["ud1b"] = other
    opinion = ask(personas, severe(personas))
    url = page("opinion_detail", opinion.pk)
    ud = as_user(personas, "ud1")
    text = ud.get(url).content.decode()
    assert opinion.complaint.event in text
    assert "彻底修复地下室渗漏" in text  # the demands
    assert "是否可行" in text
    assert "13900001234" not in text
    for login in ("ud1b", "ud2", "pw12", "uw2", "outsider"):
        assert as_user(personas, login).get(url).status_code == 404, login
        assert as_user(personas, login).post(url, {"text": "x", "follower": "x"}).status_code == 404, login
    for login in ("pe11", "uw1", "uh1", "gw"):
        assert as_user(personas, login).get(url).status_code == 200
        assert as_user(personas, login).post(url, {"text": "x", "follower": "x"}).status_code == 403, login
    assert ud.post(url, {"text": "", "follower": ""}).status_code == 422
    assert ud.post(url, {"text": "建议排水", "follower": "杜栋一"}).status_code == 302
    opinion.refresh_from_db()
    assert (opinion.status, opinion.text, opinion.follower, opinion.given_at) == (O.GIVEN, "建议排水", "杜栋一", NOW)
    assert Clock.objects.about(opinion).get().outcome == Outcome.DONE
    assert queries(ud, url) <= MOST


def test_an_opinion_is_added_to_and_both_stand_in_its_story(personas: Personas) -> None:
    opinion = ask(personas, severe(personas))
    give(personas, opinion)
    later = NOW + timedelta(days=1)
    give(personas, opinion, "可行,另须设排水沟", now=later)
    opinion.refresh_from_db()
    assert (opinion.text, opinion.given_at) == ("可行,另须设排水沟", NOW)
    assert Transition.objects.about(opinion).get(step="revise").changes == [
        {"field": "部门意见", "old": "可行", "new": "可行,另须设排水沟"}
    ]


def test_nothing_is_said_once_the_complaint_has_ended(personas: Personas) -> None:
    complaint = closed(personas, severe=True)
    opinion = complaint.opinions.get()
    with pytest.raises(Refused, match="不能再反馈意见"):
        give(personas, opinion, "迟到的补充")
    assert as_user(personas, "ud1").get(page("opinion_detail", opinion.pk)).status_code == 200


@pytest.mark.clause("G5")
def test_a_substitute_of_the_person_asked_answers(personas: Personas) -> None:
    stand_in = make_user("sub_ud", "代部门")
    substitute(stand_in, personas.appointments["ud1"])
    personas.people["sub_ud"] = stand_in
    opinion = ask(personas, severe(personas))
    assert as_user(personas, "sub_ud").get(page("opinion_detail", opinion.pk)).status_code == 200
    give(personas, opinion, actor="sub_ud")
    assert Transition.objects.about(opinion).get(step="give").who == "代部门 代 杜栋一"


@pytest.mark.clause("G5")
def test_a_substitute_is_not_asked_in_place_of_the_holder(personas: Personas) -> None:
    """A duty given to the substitute personally would stand on nobody's worklist."""
    stand_in = make_user("sub_ud", "代部门")
    substitute(stand_in, personas.appointments["ud1"])
    complaint = severe(personas)
    assert "代部门" not in as_user(personas, "uw1").get(page("opinion_ask", complaint.pk)).content.decode()
    with pytest.raises(ValidationError, match="在任人员"):
        ask_opinion(complaint_id=complaint.pk, asked_of=stand_in, question="x", actor=personas.uw1, now=NOW)
    assert list(held_posts(stand_in, NOW))  # the substitution itself is there


def test_asking_is_cancelled_with_a_reason(personas: Personas) -> None:
    opinion = ask(personas, severe(personas))
    client = as_user(personas, "uw1")
    url = page("opinion_cancel", opinion.pk)
    assert client.get(url).status_code == 200
    assert client.post(url, {"remark": ""}).status_code == 422
    assert as_user(personas, "ud1").post(url, {"remark": "不办"}).status_code == 403
    assert client.post(url, {"remark": "人员调整"}).status_code == 302
    opinion.refresh_from_db()
    assert (opinion.status, Clock.objects.about(opinion).get().outcome) == (O.CANCELLED, Outcome.CANCELLED)
    with pytest.raises(Conflict):
        give(personas, opinion)
    assert (
        as_user(personas, "ud1").post(page("opinion_detail", opinion.pk), {"text": "x", "follower": "x"}).status_code
        == 409
    )
    with pytest.raises(PermissionDenied):
        cancel_opinion(opinion_id=opinion.pk, remark="x", actor=personas.pm11, now=NOW)


# --- its limit and the plan


@pytest.mark.clause("5.5.1")
def test_a_plan_waits_for_an_opinion_until_its_limit_has_passed(personas: Personas) -> None:
    complaint = severe(personas)
    ask(personas, complaint)
    plan = write_plan(personas, complaint)
    with pytest.raises(Refused, match="尚未反馈"):
        submit_plan(plan_id=plan.pk, actor=personas.pe11, now=END_OF_LIMIT - timedelta(seconds=1))
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=END_OF_LIMIT)  # no sweep has run: the stored moment decides
    plan.refresh_from_db()
    assert plan.status == Plan.Status.IN_CHECK


@pytest.mark.clause("5.5.1")
def test_a_plan_without_any_opinion_asked_is_refused(personas: Personas) -> None:
    complaint = severe(personas)
    plan = write_plan(personas, complaint)
    with pytest.raises(Refused, match="请先征求"):
        submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
    opinion = ask(personas, complaint)
    cancel_opinion(opinion_id=opinion.pk, remark="误发", actor=personas.uw1, now=NOW)
    with pytest.raises(Refused, match="请先征求"):
        submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)


@pytest.mark.clause("B3-C03")
def test_an_opinion_not_adopted_needs_its_reason(personas: Personas) -> None:
    complaint = severe(personas)
    opinion_given(personas, complaint)
    plan = write_plan(personas, complaint)
    opinion = complaint.opinions.get()
    client = as_user(personas, "pe11")
    shown = client.get(page("plan_edit", plan.pk)).content.decode()
    assert "建议增设排水沟" in shown
    data = {"revision": plan.revision, f"o{opinion.pk}-adopted": "0", f"o{opinion.pk}-measure": ""}
    data |= {"nodes-TOTAL_FORMS": "0", "nodes-INITIAL_FORMS": "0"}
    client.post(page("plan_edit", plan.pk), data)
    text = client.get(page("plan_edit", plan.pk)).content.decode()
    assert "杜栋一 的部门意见没有对应措施或不采纳的理由。" in text
    plan.refresh_from_db()
    data |= {"revision": plan.revision, f"o{opinion.pk}-measure": "现场无排水条件"}
    client.post(page("plan_edit", plan.pk), data)
    detail = client.get(page("plan_detail", plan.pk)).content.decode()
    assert "不采纳" in detail
    assert "现场无排水条件" in detail


@pytest.mark.clause("5.4.2")
def test_a_revoked_ruling_ends_the_asking_and_keeps_what_was_said(personas: Personas) -> None:
    plan = submitted_plan(personas)
    waiting = ask(personas, plan.complaint)
    revoke_ruling(complaint_id=plan.complaint_id, remark="非我方", actor=personas.uh1, now=NOW)
    waiting.refresh_from_db()
    assert (waiting.status, Clock.objects.about(waiting).get().outcome) == (O.CANCELLED, Outcome.CANCELLED)
    assert plan.complaint.opinions.get(status=O.GIVEN).text
