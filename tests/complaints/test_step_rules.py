"""What the services of confirming, ruling, replying, evaluating and linking hold a person to."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from complaints import clocks as C
from complaints.models import Complaint, Demand, Verdict
from complaints.services.confirming import confirm_with_complainant, forward_complaint, record_contact
from complaints.services.handling import evaluate_complaint
from complaints.services.links import decide_merge, decide_second, propose_merge, reassign_complaint, suggest_second
from complaints.services.ruling import decide_ruling, dispatch_reply, propose_ruling, suggested_severity, write_reply
from tests.complaints.factories import (
    NOW,
    awaiting_close,
    awaiting_ruling,
    confirm,
    evaluation_values,
    finish_all,
    handling,
    picture,
    proposed,
    registered,
    replied,
    ruled,
    with_reply,
)
from tests.ledgers.factories import make_project
from tests.personas import Personas
from workflow.errors import Conflict, Refused
from workflow.models import Clock, Transition

pytestmark = pytest.mark.django_db
S = Complaint.Status
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TODAY = timezone.localdate(NOW)


def attempt(personas: Personas, complaint: Complaint, **values: Any) -> Complaint:
    given: dict[str, Any] = {
        "method": "phone",
        "at": NOW,
        "person": "周业主",
        "reached": True,
        "text": "电话联系",
        "demands": [],
        "actor": personas.uw1,
        "now": NOW,
    }
    return confirm_with_complainant(complaint_id=complaint.pk, **(given | values))


def running(complaint: Complaint, code: str) -> Clock:
    found: Clock = Clock.objects.about(complaint).running().get(code=code)
    return found


# --- 二次确认


@pytest.mark.clause("B3-C02")
def test_the_third_failed_attempt_lets_the_ruling_go_on(personas: Personas) -> None:
    complaint = registered(personas)
    for _ in range(2):
        complaint = attempt(personas, complaint, reached=False)
        assert complaint.status == S.REGISTERED
    assert attempt(personas, complaint, reached=False).status == S.AWAITING_RULING
    assert not complaint.demands.filter(confirmed_at__isnull=False).exists()


@pytest.mark.clause("B3-C02")
def test_demands_are_confirmed_one_by_one_over_several_calls(personas: Personas) -> None:
    complaint = registered(personas)
    first, second = complaint.demands.order_by("number")
    assert attempt(personas, complaint, demands=[first.pk]).status == S.REGISTERED
    assert attempt(personas, complaint, demands=[second.pk]).status == S.AWAITING_RULING


@pytest.mark.clause("B3-C02")
def test_a_demand_that_is_no_longer_made_is_settled_with_what_was_said(personas: Personas) -> None:
    complaint = registered(personas)
    first, second = complaint.demands.order_by("number")
    with pytest.raises(ValidationError, match="二者保留其一"):
        attempt(personas, complaint, demands=[first.pk], dropped={first.pk: "不要了"})
    with pytest.raises(ValidationError, match="撤诉"):
        attempt(personas, complaint, dropped={first.pk: "不要了", second.pk: "不要了"})
    with pytest.raises(ValidationError, match="未联系上"):
        attempt(personas, complaint, reached=False, dropped={first.pk: "不要了"})
    moved = attempt(personas, complaint, demands=[first.pk], dropped={second.pk: "已自行解决"})
    assert moved.status == S.AWAITING_RULING
    second.refresh_from_db()
    assert (second.withdrawn_reason, second.confirmed_at) == ("已自行解决", None)


def test_nobody_spoke_with_the_complainant_before_the_complaint_or_in_the_future(personas: Personas) -> None:
    complaint = registered(personas, received_at=NOW - HOUR)
    for at in (NOW - 2 * HOUR, NOW + HOUR):
        with pytest.raises(ValidationError, match="联系时间"):
            attempt(personas, complaint, at=at)
    assert not complaint.contacts.exists()


def test_right_then_state_then_input(personas: Personas) -> None:
    """A person without the right learns that, whatever they typed; a wrong state comes before wrong words."""
    complaint, later = registered(personas), handling(personas)
    with pytest.raises(PermissionDenied):
        attempt(personas, complaint, actor=personas.pe11, at=NOW + DAY)
    with pytest.raises(Conflict):
        attempt(personas, later, at=NOW + DAY)
    with pytest.raises(PermissionDenied):
        propose_ruling(
            complaint_id=complaint.pk,
            verdict="?",
            grounds="",
            severity=["?"],
            handle_by=None,
            actor=personas.pe11,
            now=NOW,
        )
    with pytest.raises(Conflict):
        propose_ruling(
            complaint_id=later.pk, verdict="?", grounds="", severity=["?"], handle_by=None, actor=personas.uw1, now=NOW
        )


@pytest.mark.clause("3.1.3")
def test_only_the_group_records_that_it_took_part(personas: Personas) -> None:
    complaint = handling(personas)
    said: dict[str, Any] = {"method": "meeting", "at": NOW, "person": "周业主", "text": "参加协调会", "now": NOW}
    with pytest.raises(PermissionDenied):
        record_contact(complaint_id=complaint.pk, kind="take_part", actor=personas.uw1, **said)
    record_contact(complaint_id=complaint.pk, kind="take_part", actor=personas.gw, **said)
    with pytest.raises(ValidationError, match="二次确认"):
        record_contact(complaint_id=complaint.pk, kind="confirm", actor=personas.uw1, **said)


# --- ruling, reply


def test_severity_is_suggested_from_the_record(personas: Personas) -> None:
    plain = registered(personas)
    assert suggested_severity(plain) == []
    grave = registered(personas, project=make_project(personas), level="leader")
    grave.project.key = True
    grave.second = Complaint.Second.SUGGESTED
    assert suggested_severity(grave) == ["leader", "second", "key"]


@pytest.mark.clause("5.4.2")
def test_evidence_may_come_with_the_proposal(personas: Personas) -> None:
    complaint = awaiting_ruling(personas)
    given: dict[str, Any] = {
        "complaint_id": complaint.pk,
        "verdict": Verdict.NOT_OURS,
        "grounds": "业主自行改造",
        "severity": [],
        "handle_by": None,
        "actor": personas.uw1,
        "now": NOW,
    }
    with pytest.raises(Refused, match="依据材料"):
        propose_ruling(**given)
    assert not complaint.rulings.exists()
    propose_ruling(**given, files=[picture()])
    assert complaint.rulings.get().state == "proposed"


@pytest.mark.clause("5.4.2d")
def test_a_date_that_passed_before_the_confirmation_goes_back(personas: Personas) -> None:
    ruling = proposed(personas, Verdict.MINOR)
    assert ruling.handle_by is not None
    late = NOW + (ruling.handle_by - TODAY) + DAY
    given: dict[str, Any] = {"complaint_id": ruling.complaint_id, "ruling_id": ruling.pk, "remark": "退回", "now": late}
    with pytest.raises(Refused, match="已过"):
        decide_ruling(**given, confirm=True, actor=personas.uh1)
    assert decide_ruling(**given, confirm=False, actor=personas.uh1).status == S.AWAITING_RULING


@pytest.mark.clause("G5")
def test_the_substitute_of_uh_confirms_and_is_named(personas: Personas) -> None:
    ruling = proposed(personas, Verdict.NOT_OURS)
    decide_ruling(
        complaint_id=ruling.complaint_id, ruling_id=ruling.pk, confirm=True, remark="", actor=personas.sub1, now=NOW
    )
    step = Transition.objects.about(ruling.complaint).get(step="rule_not_ours")
    assert step.who == "戴丽 代 胡恒一"


@pytest.mark.clause("5.4.2a")
def test_a_reply_is_whole_and_sent_after_the_complaint(personas: Personas) -> None:
    complaint = ruled(personas, Verdict.NOT_OURS)
    with pytest.raises(ValidationError, match="理由"):
        write_reply(
            complaint_id=complaint.pk,
            addressee="周业主",
            subject="答复",
            reasons=" ",
            proof="照片",
            signatory="吴维一",
            actor=personas.uw1,
            now=NOW,
        )
    with_reply(personas, complaint)
    sent: dict[str, Any] = {"method": "courier", "tracking": "SF1", "files": [picture()], "actor": personas.uw1}
    for sent_at in (NOW - DAY, NOW + DAY):
        with pytest.raises(ValidationError, match="发出时间"):
            dispatch_reply(complaint_id=complaint.pk, sent_at=sent_at, now=NOW, **sent)
    with pytest.raises(ValidationError, match="单号"):
        dispatch_reply(complaint_id=complaint.pk, sent_at=NOW, now=NOW, **(sent | {"tracking": " "}))


# --- evaluation


def evaluate(personas: Personas, complaint: Complaint, *, met: Any = None, **values: Any) -> Any:
    due = values.pop("next_due_on", None)
    return evaluate_complaint(
        complaint_id=complaint.pk,
        values=evaluation_values(**values),
        met=list(complaint.demands.values_list("pk", flat=True)) if met is None else met,
        next_due_on=due,
        raise_severity=False,
        files=[picture("签字.png")],
        actor=personas.uw1,
        now=NOW,
    )


@pytest.mark.clause("5.7")
@pytest.mark.clause("3.4.3")
@pytest.mark.parametrize(
    "wrong",
    [
        {"department_people": ""},
        {"unit_people": " "},
        {"client_people": ""},
        {"signed_by": ""},
        {"signed_on": None},
        {"held_on": TODAY + DAY},
        {"held_on": TODAY - DAY},
        {"attitude": None},
        {"kind": "acceptance", "accepted": None},
    ],
)
def test_an_evaluation_is_whole(personas: Personas, wrong: dict[str, Any]) -> None:
    complaint = finish_all(personas, handling(personas))
    with pytest.raises(ValidationError) as told:
        evaluate(personas, complaint, **wrong)
    assert set(told.value.message_dict) <= {*wrong, "accepted"}
    assert not complaint.evaluations.exists()


@pytest.mark.clause("5.7")
def test_satisfied_is_a_good_grade_with_every_demand_met(personas: Personas) -> None:
    """基本满意 is not satisfied [D]; nor is 很满意 with a demand left open."""
    complaint = finish_all(personas, handling(personas))
    first = complaint.demands.get(number=1)
    for values in ({"grade": 3}, {"met": [first.pk]}):
        with pytest.raises(ValidationError, match="继续整改完成日期"):
            evaluate(personas, complaint, **values)
    made = evaluate(personas, complaint, met=[first.pk], next_due_on=TODAY + DAY)
    complaint.refresh_from_db()
    assert (made.satisfied, complaint.status, complaint.round) == (False, S.HANDLING, 2)
    assert list(Demand.objects.filter(complaint=complaint).values_list("met", flat=True)) == [True, False]


# --- links


def merge(personas: Personas, complaint: Complaint, survivor: Complaint, now: Any = NOW) -> Complaint:
    propose_merge(complaint_id=complaint.pk, survivor_id=survivor.pk, remark="重复", actor=personas.uw1, now=now)
    decide_merge(complaint_id=complaint.pk, confirm=True, remark="", actor=personas.uh1, now=now)
    survivor.refresh_from_db()
    return survivor


def test_the_survivor_tells_what_came_to_it(personas: Personas) -> None:
    survivor = registered(personas, demands=("修复",))
    twin = registered(personas, project=survivor.project, received_at=NOW - HOUR, demands=("修复", "赔偿"))
    merge(personas, twin, survivor)
    assert list(survivor.demands.values_list("text", flat=True)) == ["修复", "赔偿"]
    step = Transition.objects.about(survivor).get(step="absorb")
    assert step.remark == f"{twin.number} 并入,增加诉求 1 项"
    assert step.changes == [{"field": "接收时间", "old": "2026-03-10 10:00", "new": "2026-03-10 09:00"}]


def test_a_demand_given_up_stays_given_up_after_a_merge(personas: Personas) -> None:
    survivor = registered(personas, demands=("修复",))
    twin = registered(personas, project=survivor.project, demands=("赔偿", "道歉"))
    paid, sorry = twin.demands.order_by("number")
    attempt(personas, twin, demands=[paid.pk], dropped={sorry.pk: "不再要求"})
    merge(personas, twin, survivor)
    assert survivor.demands.get(text="道歉").withdrawn_reason == "不再要求"


@pytest.mark.clause("5.4.1")
@pytest.mark.parametrize(("level", "who"), [("unit", "uw1"), ("group", "gw")])
def test_what_a_merge_brought_in_unconfirmed_is_confirmed_while_the_ruling_is_awaited(
    personas: Personas, level: str, who: str
) -> None:
    """Item by item, by the tier that confirmed the others; the state and the two days stay as they are."""
    survivor = awaiting_ruling(personas, level=level, demands=("修复",))
    keeper = personas.fresh(who)
    with pytest.raises(Conflict, match="诉求均已确认"):
        attempt(personas, survivor, actor=keeper)
    twin = registered(personas, project=survivor.project, demands=("修复", "赔偿", "道歉"))
    survivor = merge(personas, twin, survivor)
    paid, sorry = survivor.demands.filter(merged_from=twin, confirmed_at=None).order_by("number")
    due = running(survivor, C.RULE).due_at
    with pytest.raises(PermissionDenied):
        attempt(personas, survivor, actor=personas.uw2, demands=[paid.pk])
    attempt(personas, survivor, actor=keeper, demands=[paid.pk], now=NOW + HOUR, at=NOW + HOUR)
    assert survivor.demands.get(pk=paid.pk).confirmed_at == NOW + HOUR
    assert survivor.demands.get(pk=sorry.pk).confirmed_at is None
    attempt(personas, survivor, actor=keeper, dropped={sorry.pk: "不再要求"}, now=NOW + HOUR, at=NOW + HOUR)
    survivor.refresh_from_db()
    assert (survivor.status, running(survivor, C.RULE).due_at) == (S.AWAITING_RULING, due)
    with pytest.raises(Conflict, match="诉求均已确认"):
        attempt(personas, survivor, actor=keeper)


@pytest.mark.clause("rules-2")
def test_each_tier_counts_from_its_own_receipt(personas: Personas) -> None:
    """The unit's two days never begin with what only the group had received."""
    survivor = registered(personas, now=NOW)
    twin = registered(personas, project=survivor.project, level="group", received_at=NOW - 20 * HOUR)
    before = running(survivor, C.RULE).due_at
    propose_merge(complaint_id=twin.pk, survivor_id=survivor.pk, remark="重复", actor=personas.gw, now=NOW)
    decide_merge(complaint_id=twin.pk, confirm=True, remark="", actor=personas.uh1, now=NOW)
    survivor.refresh_from_db()
    assert survivor.received_at == NOW - 20 * HOUR
    assert running(survivor, C.RULE).due_at == before


@pytest.mark.clause("rules-2")
def test_what_the_unit_heard_itself_counts_for_the_groups_complaint(personas: Personas) -> None:
    heard = NOW - 20 * HOUR
    survivor = confirm(personas, registered(personas, level="group"))
    twin = registered(personas, project=survivor.project, received_at=heard)
    merge(personas, twin, survivor)
    later = NOW + DAY
    forward_complaint(complaint_id=survivor.pk, remark="", actor=personas.gw, now=later)
    assert running(survivor, C.RULE).received_at == heard


def test_no_demand_comes_too_late_to_be_answered(personas: Personas) -> None:
    for survivor in (replied(personas), awaiting_close(personas)):
        twin = registered(personas, project=survivor.project, demands=("新的诉求",))
        with pytest.raises(ValidationError, match="第 1 项诉求不在其中"):
            propose_merge(complaint_id=twin.pk, survivor_id=survivor.pk, remark="重复", actor=personas.uw1, now=NOW)
        same = registered(personas, project=survivor.project)
        propose_merge(complaint_id=same.pk, survivor_id=survivor.pk, remark="重复", actor=personas.uw1, now=NOW)


@pytest.mark.clause("5.8.2")
def test_a_second_complaint_follows_one_of_ours_within_a_year(personas: Personas) -> None:
    earlier = handling(personas)
    not_ours = replied(personas, project=earlier.project)
    after = NOW + 10 * DAY

    def told(complaint: Complaint, first: Complaint, now: Any) -> Complaint:
        return suggest_second(complaint_id=complaint.pk, earlier_id=first.pk, actor=personas.uw1, now=now)

    later = registered(personas, project=earlier.project, now=after, kind="safety")
    with pytest.raises(ValidationError, match="尚未开始处理"):
        told(later, not_ours, after)
    much_later = registered(personas, project=earlier.project, now=NOW + 400 * DAY, kind="safety")
    with pytest.raises(ValidationError, match="12 个月"):
        told(much_later, earlier, NOW + 400 * DAY)
    assert told(later, earlier, after).second == Complaint.Second.SUGGESTED
    decide_second(complaint_id=later.pk, confirm=True, remark="", actor=personas.uh1, now=after)
    with pytest.raises(Conflict, match="最近由 胡恒一 于 2026-03-20 10:00 办理“确认为二次投诉”"):
        decide_second(complaint_id=later.pk, confirm=False, remark="不是", actor=personas.sub1, now=after)


def test_a_transfer_keeps_the_due_moments(personas: Personas) -> None:
    complaint = awaiting_ruling(personas)
    before = running(complaint, C.RULE).due_at
    with pytest.raises(PermissionDenied):
        reassign_complaint(
            complaint_id=complaint.pk,
            department_id=personas.unit("U2D1").pk,
            remark="撤销",
            actor=personas.uh1,
            now=NOW,
        )
    reassign_complaint(
        complaint_id=complaint.pk,
        department_id=personas.unit("U2D1").pk,
        remark="单位撤销",
        actor=personas.gh,
        now=NOW + HOUR,
    )
    clock = running(complaint, C.RULE)
    assert (clock.due_at, clock.unit) == (before, personas.unit("U2"))


@pytest.mark.clause("5.4.1")
def test_an_entry_for_the_wrong_project_is_merged_into_the_right_one(personas: Personas) -> None:
    """The project is not corrected: the matter is entered anew, and UH merges the wrong entry."""
    wrong = registered(personas)
    right = registered(personas, project=make_project(personas))
    propose_merge(complaint_id=wrong.pk, survivor_id=right.pk, remark="工程选错", actor=personas.uw1, now=NOW)
    decide_merge(complaint_id=wrong.pk, confirm=True, remark="", actor=personas.uh1, now=NOW)
    wrong.refresh_from_db()
    assert wrong.status == Complaint.Status.MERGED
    stranger = registered(personas, project=make_project(personas), phone="13700000000", complainant="李业主")
    other = registered(personas)
    with pytest.raises(ValidationError, match="只能与同一工程"):
        propose_merge(complaint_id=other.pk, survivor_id=stranger.pk, remark="试", actor=personas.uw1, now=NOW)
