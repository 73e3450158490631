"""Clauses 5.4.3, 5.6.2, 5.6.3 and B.2 steps 9 to 12 by the services: numbers, weekly clocks, supervision, orders."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from complaints import clocks as C
from complaints.models import Complaint, Filing, FollowUp, Order, Supervision, Verdict
from complaints.services.filing import close_filing, file_complaint, receive_reports, track_complaint
from complaints.services.handling import close_complaint
from complaints.services.policy import set_complaint_policy
from complaints.services.ruling import revoke_ruling
from complaints.services.supervising import (
    cancel_order,
    finish_order,
    hand_over,
    supervise_complaint,
    urge_complaint,
)
from tests.complaints.factories import NOW, awaiting_close, evaluate, finish_all, handling, ruled
from tests.factories import appoint, make_user, substitute
from tests.personas import Personas
from workflow.due import SHANGHAI
from workflow.errors import Conflict, Refused
from workflow.models import Clock, Notice, Outcome, Transition

pytestmark = pytest.mark.django_db
F, S, K = Filing.Status, Complaint.Status, Supervision.Kind


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=SHANGHAI)


def running(record: Any, code: str) -> Clock:
    found: Clock = Clock.objects.about(record).running().get(code=code)
    return found


def codes(record: Any) -> set[str]:
    return set(Clock.objects.about(record).running().values_list("code", flat=True))


def awaiting(personas: Personas, **values: Any) -> Filing:
    return Filing.objects.get(complaint=handling(personas, **values))


def file(personas: Personas, filing: Filing, now: datetime = NOW) -> Filing:
    return file_complaint(filing_id=filing.pk, note="", actor=personas.gw, now=now)


def weekly(personas: Personas, filing: Filing, kind: str, *, now: datetime = NOW, actor: str = "") -> FollowUp:
    return track_complaint(
        filing_id=filing.pk,
        kind=kind,
        milestones="按期",
        resources="到位",
        progress="进行中",
        percent=30,
        actor=personas[actor or ("gw" if kind == FollowUp.Kind.TRACK else "uw1")],
        now=now,
    )


def supervise(personas: Personas, filing: Filing, kind: str, login: str, now: datetime = NOW) -> Supervision:
    return supervise_complaint(filing_id=filing.pk, kind=kind, text="已过问", actor=personas.fresh(login), now=now)


@pytest.mark.clause("5.4.2b", "5.4.3")
@pytest.mark.parametrize("level", ["unit", "group"])
def test_every_ours_is_filed_in_parallel(personas: Personas, level: str) -> None:
    filing = awaiting(personas, level=level)
    assert filing.status == F.AWAITING
    assert filing.complaint.status == S.HANDLING  # handled meanwhile
    due = running(filing, C.FILE)
    assert (due.post_id, due.due_at) == ("GW", NOW + timedelta(hours=24))
    filing = file(personas, filing, NOW + timedelta(hours=1))
    assert (filing.status, filing.number) == (F.FILED, "BA-G-2026-0001")
    assert file(personas, awaiting(personas)).number == "BA-G-2026-0002"
    assert codes(filing) == {C.TRACK, C.REPORT, C.SUPERVISE_UL, C.SUPERVISE_UG}


@pytest.mark.clause("5.4.3")
def test_what_is_not_ours_is_not_filed(personas: Personas) -> None:
    complaint = ruled(personas, Verdict.NOT_OURS)
    assert not Filing.objects.filter(complaint=complaint).exists()


@pytest.mark.clause("5.6.2", "5.6.3")
def test_each_weekly_entry_begins_the_next_week(personas: Personas) -> None:
    filing = file(personas, awaiting(personas))
    assert (running(filing, C.TRACK).due_at, running(filing, C.REPORT).due_at) == (at(18), at(18))
    weekly(personas, filing, "track", now=at(13, 9))
    weekly(personas, filing, "report", now=at(14, 9))
    assert running(filing, C.TRACK).due_at == at(21)
    assert running(filing, C.REPORT).due_at == at(22)
    filing.refresh_from_db()
    assert filing.status == F.TRACKING
    weekly(personas, filing, "track", now=at(21))  # one moment too late
    ended = Clock.objects.about(filing).filter(code=C.TRACK, stopped_at__isnull=False).order_by("pk")
    assert [(each.outcome, each.late) for each in ended] == [(Outcome.DONE, False), (Outcome.DONE, True)]
    assert running(filing, C.TRACK).due_at == at(29)


@pytest.mark.clause("5.6.3")
def test_a_report_may_go_before_the_filing_and_is_received(personas: Personas) -> None:
    filing = awaiting(personas)
    first = weekly(personas, filing, "report", now=at(11, 8))
    received = running(filing, C.RECEIVE)
    weekly(personas, filing, "report", now=at(11, 9))
    assert running(filing, C.RECEIVE) == received  # the receipt of the first counts
    receive_reports(filing_id=filing.pk, actor=personas.gw, now=at(11, 10))
    first.refresh_from_db()
    assert (first.received_by, first.received_at) == (personas.gw, at(11, 10))
    assert not filing.follow_ups.filter(received_at__isnull=True).exists()
    assert C.RECEIVE not in codes(filing)
    with pytest.raises(Refused, match="没有等待签收"):
        receive_reports(filing_id=filing.pk, actor=personas.gw, now=at(11, 11))


@pytest.mark.parametrize("name", ["milestones", "resources", "progress"])
def test_an_entry_says_all_three(personas: Personas, name: str) -> None:
    filing = file(personas, awaiting(personas))
    said = {"milestones": "x", "resources": "x", "progress": "x"} | {name: " "}
    with pytest.raises(ValidationError) as wrong:
        track_complaint(filing_id=filing.pk, kind="track", percent=1, actor=personas.gw, now=NOW, **said)
    assert list(wrong.value.message_dict) == [name]


# --- the end


def satisfied_unfiled(personas: Personas, **values: Any) -> Filing:
    """待结案 before the group has filed it."""
    complaint = handling(personas, **values)
    finish_all(personas, complaint)
    evaluate(personas, complaint)
    return Filing.objects.get(complaint=complaint)


@pytest.mark.clause("5.4.3")
def test_a_filing_made_late_is_concluded_at_once(personas: Personas) -> None:
    filing = satisfied_unfiled(personas)
    assert filing.status == F.AWAITING
    with pytest.raises(Conflict):  # there is no result to supervise before it is filed
        supervise(personas, filing, K.RESULT, "ul1")
    filing = file(personas, filing, at(12, 9))
    assert (filing.status, filing.number) == (F.AWAITING_CLOSE, "BA-G-2026-0001")
    late = Clock.objects.about(filing).get(code=C.FILE)
    assert late.late
    assert codes(filing) == {C.FILE_CLOSE, C.SUPERVISE_UL, C.SUPERVISE_UG, C.RESULT_UL, C.RESULT_UG}
    assert running(filing, C.FILE_CLOSE).due_at == at(13, 9)


@pytest.mark.clause("5.4.3", "B2-11")
def test_closing_wants_the_filing_closed_and_every_entry(personas: Personas) -> None:
    complaint = awaiting_close(personas)
    filing = Filing.objects.get(complaint=complaint)
    assert C.TRACK not in codes(filing)
    assert C.REPORT not in codes(filing)

    def gaps() -> list[str]:
        with pytest.raises(Refused) as refused:
            close_complaint(complaint_id=complaint.pk, remark="", actor=personas.uw1, now=NOW)
        return refused.value.reasons

    said = gaps()
    for reason in (
        "缺少分管领导的过程监督记录。",
        "缺少总经理的过程监督记录。",
        "缺少分管领导的结果监督记录。",
        "缺少总经理的结果监督记录。",
        "集团工程部尚未填写备案结案意见。",
    ):
        assert reason in said
    for kind in (K.PROCESS, K.RESULT):
        for login in ("ul1", "ug1"):
            supervise(personas, filing, kind, login)
    assert gaps() == ["集团工程部尚未填写备案结案意见。"]
    with pytest.raises(Refused, match="请填写备案结案意见"):
        close_filing(filing_id=filing.pk, conclusion=" ", actor=personas.gw, now=NOW)
    close_filing(filing_id=filing.pk, conclusion="完毕", actor=personas.gw, now=NOW)
    closed = close_complaint(complaint_id=complaint.pk, remark="", actor=personas.uw1, now=NOW)
    assert closed.status == S.CLOSED
    assert not Clock.objects.of_case(complaint).running().exists()


@pytest.mark.clause("5.6.3")
def test_a_report_left_unread_keeps_the_filing_open(personas: Personas) -> None:
    filing = file(personas, awaiting(personas))
    weekly(personas, filing, "report")
    finish_all(personas, filing.complaint)
    evaluate(personas, filing.complaint)
    with pytest.raises(Refused, match="没有签收"):
        close_filing(filing_id=filing.pk, conclusion="完毕", actor=personas.gw, now=NOW)
    receive_reports(filing_id=filing.pk, actor=personas.gw, now=NOW)
    assert close_filing(filing_id=filing.pk, conclusion="完毕", actor=personas.gw, now=NOW).status == F.CLOSED


@pytest.mark.clause("5.4.2", "5.4.3")
def test_a_revoked_ruling_cancels_the_filing_and_the_next_one_opens_it_again(personas: Personas) -> None:
    filing = file(personas, awaiting(personas))
    supervise(personas, filing, K.PROCESS, "ul1")
    revoke_ruling(complaint_id=filing.complaint_id, remark="责任不清", actor=personas.uh1, now=NOW)
    filing.refresh_from_db()
    assert (filing.status, codes(filing)) == (F.CANCELLED, set())
    with pytest.raises(Conflict):
        weekly(personas, filing, "track")
    complaint = Complaint.objects.get(pk=filing.complaint_id)
    later = NOW + timedelta(hours=2)
    ruled(personas, Verdict.MINOR, complaint=complaint, now=later)
    filing.refresh_from_db()
    assert (filing.status, filing.round) == (F.AWAITING, 2)
    assert codes(filing) == {C.FILE, C.REPORT, C.SUPERVISE_UL, C.SUPERVISE_UG}
    assert file(personas, filing, later).number == "BA-G-2026-0001"  # it keeps its number


# --- supervision


@pytest.mark.clause("3.2.2", "B2-11")
@pytest.mark.parametrize(("level", "called"), [("unit", False), ("group", True)])
def test_the_switch_decides_who_is_supervised(personas: Personas, level: str, called: bool) -> None:
    set_complaint_policy(supervise_all=False, reapprove_all=True, reason="从简", actor=personas.gh, now=NOW)
    filing = awaiting(personas, level=level)
    assert ({C.SUPERVISE_UL, C.SUPERVISE_UG} <= codes(filing)) is called
    # An entry may be left all the same.
    assert supervise(personas, filing, K.PROCESS, "ul1").post == "UL"


@pytest.mark.clause("B2-11")
@pytest.mark.parametrize(("before", "kinds"), [(True, {"过程监督"}), (False, {"结果监督"})])
def test_a_switch_turned_meanwhile_asks_for_what_was_called(personas: Personas, before: bool, kinds: set[str]) -> None:
    """What has begun goes on by what was called for when it began."""
    if not before:
        set_complaint_policy(supervise_all=False, reapprove_all=True, reason="从简", actor=personas.gh, now=NOW)
    filing = file(personas, awaiting(personas))
    set_complaint_policy(supervise_all=not before, reapprove_all=True, reason="调整", actor=personas.gh, now=NOW)
    finish_all(personas, filing.complaint)
    evaluate(personas, filing.complaint)
    with pytest.raises(Refused) as refused:
        close_complaint(complaint_id=filing.complaint_id, remark="", actor=personas.uw1, now=NOW)
    said = [reason for reason in refused.value.reasons if reason.startswith("缺少")]
    assert said == [f"缺少{leader}的{kind}记录。" for kind in kinds for leader in ("分管领导", "总经理")]


@pytest.mark.clause("B2-11")
def test_each_leader_answers_for_their_own(personas: Personas) -> None:
    filing = file(personas, awaiting(personas))
    assert supervise(personas, filing, K.PROCESS, "ug1").post == "UG"
    assert C.SUPERVISE_UL in codes(filing)
    assert C.SUPERVISE_UG not in codes(filing)
    for login in ("uh1", "uw1", "gw", "gh", "pm11"):
        with pytest.raises(PermissionDenied):
            supervise(personas, filing, K.PROCESS, login)


@pytest.mark.clause("B2-11")
def test_one_person_holding_both_posts_leaves_both_entries(personas: Personas) -> None:
    appoint(personas.ul1, "UG", personas.unit("U1"))
    filing = file(personas, awaiting(personas))
    assert [supervise(personas, filing, K.PROCESS, "ul1").post for _ in range(2)] == ["UL", "UG"]
    assert not {C.SUPERVISE_UL, C.SUPERVISE_UG} & codes(filing)


@pytest.mark.clause("B2-11")
def test_an_entry_on_the_process_may_still_be_made_when_the_result_is_there(personas: Personas) -> None:
    filing = Filing.objects.get(complaint=awaiting_close(personas))
    supervise(personas, filing, K.PROCESS, "ul1", at(25))
    late = Clock.objects.about(filing).get(code=C.SUPERVISE_UL)
    assert (late.outcome, late.late) == (Outcome.DONE, True)


# --- 督办, 交办


@pytest.mark.clause("G6", "G5")
def test_urging_reaches_substitutes_too(personas: Personas) -> None:
    stand_in = make_user("sub_pe", "代工程")
    substitute(stand_in, personas.appointments["pe11"])
    complaint = handling(personas)
    made = urge_complaint(complaint_id=complaint.pk, text="请加快", actor=personas.uh1, now=NOW)
    told = set(Notice.objects.filter(kind="urge").values_list("recipient__username", flat=True))
    assert {"pe11", "sub_pe"} <= told
    assert (made.kind, made.post) == (K.URGE, "UH")
    assert complaint.status == Complaint.objects.get(pk=complaint.pk).status  # it never blocks


@pytest.mark.clause("3.2.1")
def test_an_order_is_due_on_its_day(personas: Personas) -> None:
    complaint = handling(personas)
    order = hand_over(
        complaint_id=complaint.pk, task="协调", due_on=date(2026, 3, 12), charged=None, actor=personas.ul1, now=NOW
    )
    due = running(order, C.ORDER_PM)
    assert (order.number, due.post_id, due.due_at) == ("JB-U1-2026-0001", "PM", at(13))
    with pytest.raises(PermissionDenied):
        finish_order(order_id=order.pk, result="x", actor=personas.pe11, now=NOW)
    finish_order(order_id=order.pk, result="已协调", actor=personas.pm11, now=at(13))
    due.refresh_from_db()
    order.refresh_from_db()
    assert (order.status, order.result, due.late) == (Order.Status.DONE, "已协调", True)


@pytest.mark.clause("3.2.1")
def test_an_order_to_a_department_is_that_persons_and_their_substitutes(personas: Personas) -> None:
    second, stand_in = make_user("ud1b", "段二"), make_user("sub_ud", "代部门")
    appoint(second, "UD", personas.unit("U1"))
    substitute(stand_in, personas.appointments["ud1"])
    complaint = handling(personas)
    order = hand_over(
        complaint_id=complaint.pk,
        task="核查",
        due_on=date(2026, 3, 12),
        charged=personas.ud1,
        actor=personas.ul1,
        now=NOW,
    )
    with pytest.raises(PermissionDenied):
        finish_order(order_id=order.pk, result="x", actor=second, now=NOW)
    finish_order(order_id=order.pk, result="已核查", actor=stand_in, now=NOW)
    assert Transition.objects.about(order).get(step="done_ud").who == "代部门 代 杜栋一"


@pytest.mark.clause("3.2.1")
def test_an_open_order_keeps_the_complaint_open_until_done_or_cancelled(personas: Personas) -> None:
    complaint = awaiting_close(personas)
    order = hand_over(
        complaint_id=complaint.pk, task="复核", due_on=date(2026, 3, 12), charged=None, actor=personas.ul1, now=NOW
    )
    with pytest.raises(Refused) as refused:
        close_complaint(complaint_id=complaint.pk, remark="", actor=personas.uw1, now=NOW)
    assert any("交办单" in reason for reason in refused.value.reasons)
    with pytest.raises(Refused, match="理由"):
        cancel_order(order_id=order.pk, remark="", actor=personas.ul1, now=NOW)
    cancel_order(order_id=order.pk, remark="已无必要", actor=personas.ul1, now=NOW)
    assert Clock.objects.about(order).get().outcome == Outcome.CANCELLED


@pytest.mark.clause("3.2.1")
def test_a_revoked_ruling_drops_the_orders(personas: Personas) -> None:
    complaint = handling(personas)
    order = hand_over(
        complaint_id=complaint.pk, task="协调", due_on=date(2026, 3, 12), charged=None, actor=personas.ul1, now=NOW
    )
    revoke_ruling(complaint_id=complaint.pk, remark="非我方", actor=personas.uh1, now=NOW)
    order.refresh_from_db()
    assert order.status == Order.Status.CANCELLED
