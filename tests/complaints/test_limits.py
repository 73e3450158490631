"""The time limits of complaints (Appendix G; rules, part 2): each by its name, to the minute, through the services."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from complaints import clocks as C
from complaints.guards.complaint import supervision_gaps
from complaints.models import Complaint, Filing, Milestone, Opinion, Order, Plan, Supervision, Verdict
from complaints.services.confirming import forward_complaint
from complaints.services.filing import close_filing, file_complaint, receive_reports, track_complaint
from complaints.services.handling import withdraw_complaint
from complaints.services.links import decide_merge, propose_merge, suggest_second
from complaints.services.opinions import ask_opinion
from complaints.services.planning import change_plan, decide_plan, save_plan, submit_plan
from complaints.services.ruling import decide_ruling, propose_ruling, revoke_ruling
from complaints.services.supervising import hand_over, supervise_complaint
from tests.complaints.factories import (
    NOW,
    TEXTS,
    awaiting_close,
    awaiting_ruling,
    complaint_in,
    confirm,
    decide,
    evaluate,
    finish_all,
    give_evidence,
    handling,
    node,
    opinion_given,
    picture,
    proposed,
    rectifying,
    registered,
    replied,
    ruled,
    submitted_plan,
    write_plan,
)
from tests.complaints.invariants import outcomes, wrong_with
from tests.personas import Personas
from tests.workflow.helpers import at
from workflow.clocks import ClockDefault
from workflow.errors import Refused
from workflow.models import Channel, Clock, ClockReminder, Notice, Outcome, Transition
from workflow.services.sweep import sweep_clocks

S = Complaint.Status
MINUTE = timedelta(minutes=1)


def running(subject: Any, code: str) -> Clock:
    found: Clock = Clock.objects.about(subject).running().get(code=code)
    return found


def last(subject: Any, code: str) -> Clock:
    found = Clock.objects.about(subject).filter(code=code).order_by("-pk").first()
    assert found is not None, code
    return found  # type: ignore[no-any-return]


def filing_of(complaint: Complaint) -> Filing:
    return Filing.objects.get(complaint=complaint)


def plan_of(complaint: Complaint) -> Plan:
    return Plan.objects.get(complaint=complaint)


# --- the worked examples of the rules, 15 to 20


@pytest.mark.clause("rules-2", "5.5.2", "5.5.3")
def test_example_15_rework(personas: Personas) -> None:
    """Submitted 05-11 10:00: review due end of 05-12; returned 05-12 15:00 in time; again 05-13 09:00: end of 05-14;
    passed 05-14 11:00: UL due end of 05-15."""
    plan = submitted_plan(personas, now=at("2026-05-11 09:00"))
    decide(personas, plan, "check", now=at("2026-05-11 10:00"))
    first = running(plan, C.PLAN_REVIEW)
    assert (first.received_at, first.due_at) == (at("2026-05-11 10:00"), at("2026-05-13 00:00"))
    back(personas, plan, at("2026-05-12 15:00"))
    first.refresh_from_db()
    assert (first.outcome, first.late, first.overdue_noted_at) == (Outcome.RETURNED, False, None)
    assert plan_of(plan.complaint).round == 2

    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=at("2026-05-13 08:30"))
    decide(personas, plan, "check", now=at("2026-05-13 09:00"))
    second = running(plan, C.PLAN_REVIEW)
    assert second.pk != first.pk
    assert (second.round, second.due_at) == (2, at("2026-05-15 00:00"))
    decide(personas, plan, "review", now=at("2026-05-14 11:00"))
    second.refresh_from_db()
    assert (second.outcome, second.late) == (Outcome.DONE, False)
    assert running(plan, C.PLAN_APPROVE).due_at == at("2026-05-16 00:00")


def back(personas: Personas, plan: Plan, now: datetime, step: str = "return_review", actor: str = "uh1") -> None:
    decide_plan(plan_id=plan.pk, step=step, remark="资源依据不足", actor=personas[actor], now=now)


@pytest.mark.clause("rules-2", "5.5.2")
def test_example_16_a_late_return_stays_late(personas: Personas) -> None:
    plan = submitted_plan(personas, now=at("2026-05-11 09:00"))
    decide(personas, plan, "check", now=at("2026-05-11 10:00"))
    back(personas, plan, at("2026-05-13 00:30"))
    first = last(plan, C.PLAN_REVIEW)
    assert first.late
    assert first.stopped_at - first.due_at == timedelta(minutes=30)
    assert first.overdue_noted_at == at("2026-05-13 00:30"), "noted with the step: no sweep has run"
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=at("2026-05-13 09:00"))
    decide(personas, plan, "check", "review", now=at("2026-05-13 10:00"))
    first.refresh_from_db()
    assert first.late
    assert first.overdue_noted_at is not None
    assert [late for code, _, late in outcomes(plan.complaint) if code == C.PLAN_REVIEW] == [True, False]


@pytest.mark.clause("rules-2", "5.5.4")
def test_example_17_reapproval(personas: Personas) -> None:
    """v1 finishes 06-30; v2 submitted Thu 06-18 16:00: review due end of 06-19; 06-30 keeps reminding until v2 is
    approved."""
    start = at("2026-06-01 09:00")
    complaint = ruled(personas, Verdict.SEVERE, now=start)
    opinion_given(personas, complaint, now=start)
    plan = write_plan(personas, complaint, now=start, nodes=[node(start, ends_on=date(2026, 6, 30))])
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=start)
    decide(personas, plan, "check", "review", "approve", now=start)
    old = Milestone.objects.get(status=Milestone.Status.RUNNING)
    assert running(old, C.MILESTONE).due_at == at("2026-07-01 00:00")

    change_to(personas, plan, date(2026, 7, 10), at("2026-06-18 15:00"))
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=at("2026-06-18 15:30"))
    decide(personas, plan, "check", now=at("2026-06-18 16:00"))
    assert running(plan, C.PLAN_REVIEW).due_at == at("2026-06-20 00:00")
    clock = running(old, C.MILESTONE)
    sweep_clocks(now=at("2026-06-30 20:00"))
    assert ClockReminder.objects.filter(clock=clock, kind="before_4h", skipped=False).exists(), "v1 still reminds"
    decide(personas, plan, "review", "approve", now=at("2026-06-30 21:00"))
    clock.refresh_from_db()
    assert (clock.outcome, clock.late) == (Outcome.CANCELLED, False)
    new = Milestone.objects.get(status=Milestone.Status.RUNNING)
    assert running(new, C.MILESTONE).due_at == at("2026-07-11 00:00")
    sweep_clocks(now=at("2026-07-02 12:00"))
    assert not ClockReminder.objects.filter(clock=clock, kind="overdue").exists(), "the old date reminds no more"
    assert wrong_with(complaint.pk) == []


def change_to(personas: Personas, plan: Plan, ends_on: date, now: datetime) -> None:
    change_plan(plan_id=plan.pk, reason="材料到场延后", actor=personas.pe11, now=now)
    plan.refresh_from_db()
    assert plan.working is not None
    row = plan.working.milestones.get()
    answers = [
        {"demand": r.demand_id, "opinion": r.opinion_id, "adopted": r.adopted, "measure": r.measure}
        for r in plan.working.responses.all()
    ]
    save_plan(
        plan_id=plan.pk,
        texts=TEXTS,
        milestones=[node(now, pk=row.pk, ends_on=ends_on)],
        responses=answers,  # type: ignore[arg-type]
        revision=plan.revision,
        actor=personas.pe11,
        now=now,
    )


@pytest.mark.clause("rules-2", "5.5.4", "G3")
def test_a_milestone_overdue_before_its_change_is_approved_stays_overdue(personas: Personas) -> None:
    complaint = rectifying(personas)  # until 03-30
    plan = plan_of(complaint)
    old = Milestone.objects.get(status=Milestone.Status.RUNNING)
    change_to(personas, plan, date(2026, 4, 20), at("2026-03-30 10:00"))
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=at("2026-03-30 11:00"))
    decide(personas, plan, "check", "review", "approve", now=at("2026-03-31 00:00"))
    clock = last(old, C.MILESTONE)
    assert (clock.outcome, clock.late) == (Outcome.CANCELLED, True)
    assert clock.overdue_noted_at is not None


@pytest.mark.clause("rules-2", "5.4.1", "5.4.2")
def test_example_18_late_registration(personas: Personas) -> None:
    """Mail arrived 03-10 08:00, registered 03-12 20:00: due 03-12 24:00, 4 h left; 03-13 09:00: born overdue."""
    arrived = at("2026-03-10 08:00")
    complaint = registered(personas, now=at("2026-03-12 20:00"), received_at=arrived, late_reason="邮箱无人值守")
    clock = running(complaint, C.RULE)
    assert (clock.received_at, clock.due_at) == (arrived, at("2026-03-13 00:00"))
    assert clock.due_at - at("2026-03-12 20:00") == timedelta(hours=4)
    entry = last(complaint, C.REGISTER_UNIT)
    assert (entry.due_at, entry.late, entry.outcome) == (at("2026-03-11 08:00"), True, Outcome.DONE)

    born = registered(personas, now=at("2026-03-13 09:00"), received_at=arrived, late_reason="邮箱无人值守")
    clock = running(born, C.RULE)
    assert clock.due_at == at("2026-03-13 00:00")
    sweep_clocks(now=at("2026-03-13 09:00"))
    clock.refresh_from_db()
    assert clock.overdue_noted_at == at("2026-03-13 09:00")
    assert clock.late


@pytest.mark.clause("rules-2", "G4")
def test_registered_in_time_to_the_minute(personas: Personas) -> None:
    arrived = at("2026-03-10 08:00")
    for now, late in ((at("2026-03-11 07:59"), False), (at("2026-03-11 08:00"), True)):
        complaint = registered(personas, now=now, received_at=arrived)
        assert last(complaint, C.REGISTER_UNIT).late is late


@pytest.mark.clause("rules-2", "5.4.2")
@pytest.mark.parametrize(
    ("forwarded", "due"), [("2026-03-10 16:30", "2026-03-13 00:00"), ("2026-03-11 00:10", "2026-03-14 00:00")]
)
def test_example_19_group(personas: Personas, forwarded: str, due: str) -> None:
    """Registered 03-10 10:00, 转办 16:30: unit due end of 03-12; 转办 03-11 00:10: end of 03-13."""
    complaint = confirm(personas, registered(personas, level="group"))
    assert not Clock.objects.about(complaint).filter(code=C.RULE).exists()
    forward_complaint(complaint_id=complaint.pk, remark="", actor=personas.gw, now=at(forwarded))
    clock = running(complaint, C.RULE)
    assert (clock.received_at, clock.due_at, clock.post_id) == (at(forwarded), at(due), "UW")
    assert last(complaint, C.FORWARD).outcome == Outcome.DONE


@pytest.mark.clause("rules-2")
@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, True)])
def test_example_20_boundary(personas: Personas, seconds: int, late: bool) -> None:
    """Done 23:59:59 on the last day is on time, 00:00:00 is late: by UH, who decides within the same two days."""
    complaint = awaiting_ruling(personas)
    ruling = proposed(personas, Verdict.NOT_OURS, complaint=complaint, now=at("2026-03-12 18:00"))
    moment = at("2026-03-13 00:00") + timedelta(seconds=seconds)
    decide_ruling(
        complaint_id=complaint.pk, ruling_id=ruling.pk, confirm=True, remark="", actor=personas.uh1, now=moment
    )
    clock = last(complaint, C.RULE_CONFIRM)
    assert clock.due_at == at("2026-03-13 00:00"), "two days from the receipt, not from the proposal"
    assert (clock.late, clock.overdue_noted_at is not None) == (late, late)


# --- every limit: started by its step, whose it is, until when


class Limit(NamedTuple):
    """``open`` makes the duty begin at NOW (Tuesday 2026-03-10 10:00) and gives the record it is about."""

    open: Callable[[Personas], Any]
    post: str
    unit: str
    due: str
    above: str
    day_later: str


def second_suggested(p: Personas) -> Complaint:
    earlier = handling(p, received_at=NOW - timedelta(hours=2))
    later = registered(p, project=earlier.project, kind="safety")
    return suggest_second(complaint_id=later.pk, earlier_id=earlier.pk, actor=p.uw1, now=NOW)


def merge_proposed(p: Personas) -> Complaint:
    one = registered(p)
    twin = registered(p, project=one.project)
    return propose_merge(complaint_id=twin.pk, survivor_id=one.pk, remark="重复来电", actor=p.uw1, now=NOW)


def asked(p: Personas) -> Opinion:
    complaint = ruled(p, Verdict.SEVERE)
    return ask_opinion(complaint_id=complaint.pk, asked_of=p.ud1, question="可行否", actor=p.uw1, now=NOW)


def ordered(person: str) -> Callable[[Personas], Order]:
    def make(p: Personas) -> Order:
        return hand_over(
            complaint_id=handling(p).pk,
            task="协调材料进场",
            due_on=date(2026, 3, 13),
            charged=p[person] if person else None,
            actor=p.ul1,
            now=NOW,
        )

    return make


def filed(p: Personas) -> Filing:
    return file_complaint(filing_id=filing_of(handling(p)).pk, note="", actor=p.gw, now=NOW)


def reported(p: Personas) -> Filing:
    filing = filing_of(handling(p))
    follow(p, filing, "report", "uw1")
    return filing


def follow(p: Personas, filing: Filing, kind: str, actor: str, now: datetime = NOW) -> None:
    track_complaint(
        filing_id=filing.pk,
        kind=kind,
        milestones="按期",
        resources="到位",
        progress="防水返工 30%",
        percent=30,
        actor=p[actor],
        now=now,
    )


def in_plan(*steps: str) -> Callable[[Personas], Plan]:
    return lambda p: decide(p, submitted_plan(p), *steps)


LIMITS: dict[str, Limit] = {
    C.CONFIRM_UNIT: Limit(registered, "UW", "U1", "2026-03-12 00:00", "UH", "UL"),
    C.CONFIRM_GROUP: Limit(lambda p: registered(p, level="group"), "GW", "G", "2026-03-12 00:00", "GH", "GH"),
    C.FORWARD: Limit(lambda p: registered(p, level="leader"), "GW", "G", "2026-03-11 10:00", "GH", "GH"),
    C.RULE: Limit(registered, "UW", "U1", "2026-03-13 00:00", "UH", "UL"),
    C.RULE_CONFIRM: Limit(
        lambda p: proposed(p, Verdict.MINOR).complaint, "UH", "U1", "2026-03-13 00:00", "UL", "UG"
    ),
    C.RECONSIDER: Limit(lambda p: complaint_in(p, S.RECONSIDERING), "UH", "U1", "2026-03-13 00:00", "UL", "UG"),
    C.MERGE: Limit(merge_proposed, "UH", "U1", "2026-03-12 00:00", "UL", "UG"),
    C.SECOND: Limit(second_suggested, "UH", "U1", "2026-03-12 00:00", "UL", "UG"),
    C.REPLY: Limit(lambda p: ruled(p, Verdict.NOT_OURS), "UW", "U1", "2026-03-11 10:00", "UH", "UL"),
    C.HANDLE: Limit(handling, "PE", "U1D1", "2026-03-21 00:00", "PM", "UW UH"),
    C.CLOSE: Limit(replied, "UW", "U1", "2026-03-14 00:00", "UH", "UL"),
    C.EVALUATE_PE: Limit(
        lambda p: complaint_in(p, S.AWAITING_EVALUATION), "PE", "U1D1", "2026-03-12 00:00", "PM", "UW UH"
    ),
    C.EVALUATE_UW: Limit(lambda p: complaint_in(p, S.AWAITING_EVALUATION), "UW", "U1", "2026-03-12 00:00", "UH", "UL"),
    C.OPINION: Limit(asked, "UD", "U1", "2026-03-12 00:00", "UH", "UL"),
    C.PLAN_DRAFT: Limit(lambda p: plan_of(ruled(p, Verdict.SEVERE)), "PE", "U1D1", "2026-03-13 00:00", "PM", "UW UH"),
    C.PLAN_CHECK: Limit(in_plan(), "PM", "U1D1", "2026-03-11 10:00", "UH", "UL"),
    C.PLAN_REVIEW: Limit(in_plan("check"), "UH", "U1", "2026-03-12 00:00", "UL", "UL"),
    C.PLAN_APPROVE: Limit(in_plan("check", "review"), "UL", "U1", "2026-03-12 00:00", "UG", "UG GH"),
    C.MILESTONE: Limit(
        lambda p: Milestone.objects.get(plan_version__plan__complaint=rectifying(p)),
        "PE", "U1D1", "2026-03-31 00:00", "PM", "UW UH",
    ),
    C.FILE: Limit(lambda p: filing_of(handling(p)), "GW", "G", "2026-03-11 10:00", "GH", "GH"),
    C.FILE_CLOSE: Limit(lambda p: filing_of(awaiting_close(p)), "GW", "G", "2026-03-11 10:00", "GH", "GH"),
    C.TRACK: Limit(filed, "GW", "G", "2026-03-18 00:00", "GH", "GH"),
    C.REPORT: Limit(lambda p: filing_of(handling(p)), "UW", "U1", "2026-03-18 00:00", "UH", "UL"),
    C.RECEIVE: Limit(reported, "GW", "G", "2026-03-11 10:00", "GH", "GH"),
    C.SUPERVISE_UL: Limit(lambda p: filing_of(handling(p)), "UL", "U1", "2026-03-18 00:00", "UG", "UG"),
    C.SUPERVISE_UG: Limit(lambda p: filing_of(handling(p)), "UG", "U1", "2026-03-18 00:00", "GH", "GH"),
    C.RESULT_UL: Limit(lambda p: filing_of(awaiting_close(p)), "UL", "U1", "2026-03-12 00:00", "UG", "UG"),
    C.RESULT_UG: Limit(lambda p: filing_of(awaiting_close(p)), "UG", "U1", "2026-03-12 00:00", "GH", "GH"),
    C.ORDER_PM: Limit(ordered(""), "PM", "U1D1", "2026-03-14 00:00", "UH", "UL"),
    C.ORDER_UD: Limit(ordered("ud1"), "UD", "U1", "2026-03-14 00:00", "UH", "UL"),
}  # fmt: skip
PERSON_OF = {
    "GW": ("gw",), "GH": ("gh",), "UW": ("uw1",), "UH": ("sub1", "uh1"), "UD": ("ud1",), "UL": ("ul1",), "UG": ("ug1",),
    "PE": ("pe11",), "PM": ("pm11",),
}  # fmt: skip


def people_of(posts: str) -> set[str]:
    return {login for post in posts.split() for login in PERSON_OF[post]}


def test_the_table_has_every_limit_of_complaints() -> None:
    prefixes = ("complaint.", "opinion.", "plan.", "milestone.", "filing.", "order.")
    declared = {code for code in ClockDefault.registry if code.startswith(prefixes)}
    assert declared == set(LIMITS) | {C.REGISTER_UNIT, C.REGISTER_GROUP}


@pytest.mark.clause("G", "G3", "rules-2")
@pytest.mark.parametrize("code", LIMITS)
def test_a_limit_from_its_step_to_the_head_of_the_group(personas: Personas, code: str) -> None:
    """Post, unit and due moment; overdue: executor and 监督; a day later the next level; two days later GH (G3)."""
    limit = LIMITS[code]
    subject = limit.open(personas)
    clock = running(subject, code)
    assert (clock.post_id, clock.unit.code, clock.due_at) == (limit.post, limit.unit, at(limit.due))
    assert clock.owner.code == "U1D1"
    assert clock.assignee == (personas.ud1 if limit.post == "UD" else None)
    told = Notice.objects.filter(key=f"clock:{clock.pk}:opened", channel=Channel.MAIL)
    assert set(told.values_list("recipient__username", flat=True)) == people_of(limit.post)

    sweep_clocks(now=clock.due_at - MINUTE)
    clock.refresh_from_db()
    assert clock.overdue_noted_at is None
    expected = {
        "overdue": people_of(f"{limit.post} {limit.above}"),
        "after_24h": people_of(limit.day_later),
        "after_48h": {"gh"},
    }
    for hours, kind in ((0, "overdue"), (24, "after_24h"), (48, "after_48h")):
        sweep_clocks(now=clock.due_at + timedelta(hours=hours))
        heard = Notice.objects.filter(key=f"clock:{clock.pk}:{kind}", channel=Channel.INBOX)
        assert set(heard.values_list("recipient__username", flat=True)) == expected[kind], kind
    clock.refresh_from_db()
    assert clock.overdue_noted_at == clock.due_at
    assert clock.stopped_at is None, "the system never does it itself"


# --- exactly the clocks of each state


def in_filing(status: str) -> Callable[[Personas], Filing]:
    def make(p: Personas) -> Filing:
        if status == Filing.Status.AWAITING:
            return filing_of(handling(p))
        if status in (Filing.Status.AWAITING_CLOSE, Filing.Status.CLOSED):
            filing = filing_of(awaiting_close(p))
            if status == Filing.Status.CLOSED:
                close_filing(filing_id=filing.pk, conclusion="办结", actor=p.gw, now=NOW)
            return filing
        if status == Filing.Status.CANCELLED:
            complaint = handling(p)
            revoke_ruling(complaint_id=complaint.pk, remark="新证据", actor=p.uh1, now=NOW)
            return filing_of(complaint)
        filing = filed(p)
        if status == Filing.Status.TRACKING:
            follow(p, filing, "track", "gw")
        return filing

    return make


SUPERVISED = {C.SUPERVISE_UL, C.SUPERVISE_UG}
F, P = Filing.Status, Plan.Status
# State → how it is reached → exactly the clocks of that record.
BY_STATE: dict[tuple[str, str], tuple[Callable[[Personas], Any], set[str]]] = {
    ("complaint", S.REGISTERED): (registered, {C.CONFIRM_UNIT, C.RULE}),
    ("complaint", "registered, to the group"): (
        lambda p: registered(p, level="group"), {C.CONFIRM_GROUP, C.FORWARD},
    ),
    ("complaint", S.CONFIRMED): (lambda p: complaint_in(p, S.CONFIRMED), {C.FORWARD}),
    ("complaint", S.AWAITING_RULING): (awaiting_ruling, {C.RULE}),
    ("complaint", S.RULING_PROPOSED): (lambda p: complaint_in(p, S.RULING_PROPOSED), {C.RULE_CONFIRM}),
    ("complaint", S.AWAITING_REPLY): (lambda p: complaint_in(p, S.AWAITING_REPLY), {C.REPLY}),
    ("complaint", S.REPLIED): (replied, {C.CLOSE}),
    ("complaint", S.RECONSIDERING): (lambda p: complaint_in(p, S.RECONSIDERING), {C.RECONSIDER}),
    ("complaint", S.DRAFTING_PLAN): (lambda p: ruled(p, Verdict.SEVERE), set()),
    ("complaint", S.RECTIFYING): (rectifying, set()),
    ("complaint", S.HANDLING): (handling, {C.HANDLE}),
    ("complaint", S.AWAITING_EVALUATION): (
        lambda p: complaint_in(p, S.AWAITING_EVALUATION), {C.EVALUATE_PE, C.EVALUATE_UW},
    ),
    ("complaint", S.AWAITING_CLOSE): (awaiting_close, {C.CLOSE}),
    ("complaint", "second suggested"): (second_suggested, {C.CONFIRM_UNIT, C.RULE, C.SECOND}),
    ("complaint", "merge proposed"): (merge_proposed, {C.CONFIRM_UNIT, C.RULE, C.MERGE}),
    ("filing", F.AWAITING): (in_filing(F.AWAITING), {C.FILE, C.REPORT} | SUPERVISED),
    ("filing", F.FILED): (in_filing(F.FILED), {C.TRACK, C.REPORT} | SUPERVISED),
    ("filing", F.TRACKING): (in_filing(F.TRACKING), {C.TRACK, C.REPORT} | SUPERVISED),
    ("filing", "a report to sign for"): (reported, {C.FILE, C.REPORT, C.RECEIVE} | SUPERVISED),
    ("filing", F.AWAITING_CLOSE): (
        in_filing(F.AWAITING_CLOSE), {C.FILE_CLOSE, C.RESULT_UL, C.RESULT_UG} | SUPERVISED,
    ),
    ("filing", F.CLOSED): (in_filing(F.CLOSED), {C.RESULT_UL, C.RESULT_UG} | SUPERVISED),
    ("filing", F.CANCELLED): (in_filing(F.CANCELLED), set()),
    ("plan", P.DRAFT): (lambda p: plan_of(ruled(p, Verdict.SEVERE)), {C.PLAN_DRAFT}),
    ("plan", P.IN_CHECK): (in_plan(), {C.PLAN_CHECK}),
    ("plan", P.IN_REVIEW): (in_plan("check"), {C.PLAN_REVIEW}),
    ("plan", P.IN_APPROVAL): (in_plan("check", "review"), {C.PLAN_APPROVE}),
    ("plan", P.APPROVED): (in_plan("check", "review", "approve"), set()),
    ("opinion", Opinion.Status.ASKED): (asked, {C.OPINION}),
    ("order", Order.Status.OPEN): (ordered(""), {C.ORDER_PM}),
    ("order", "of a department"): (ordered("ud1"), {C.ORDER_UD}),
    ("milestone", Milestone.Status.RUNNING): (
        lambda p: Milestone.objects.get(plan_version__plan__complaint=rectifying(p)), {C.MILESTONE},
    ),
}  # fmt: skip


def test_the_table_has_every_open_state() -> None:
    states = {state for kind, state in BY_STATE if kind == "complaint"}
    assert set(S.values) - states == {S.CLOSED, S.MERGED, S.WITHDRAWN}
    for kind, model in (("filing", Filing), ("plan", Plan)):
        missing = set(model.Status.values) - {state for k, state in BY_STATE if k == kind}
        assert missing <= {"cancelled"}


@pytest.mark.clause("G", "rules-2")
@pytest.mark.parametrize("state", BY_STATE, ids=" ".join)
def test_exactly_the_clocks_of_a_state(personas: Personas, state: tuple[str, str]) -> None:
    make, expected = BY_STATE[state]
    subject = make(personas)
    found = Clock.objects.about(subject).running().values_list("code", flat=True)
    assert sorted(found) == sorted(expected)
    complaint = subject if isinstance(subject, Complaint) else getattr(subject, "complaint", None)
    assert complaint is None or wrong_with(complaint.pk) == []


# --- returned, revoked, merged, withdrawn: what stops, and what is kept


@pytest.mark.clause("rules-2", "5.5.1", "5.5.3")
@pytest.mark.parametrize(
    ("steps", "returning", "code", "actor"),
    [
        ((), "return_check", C.PLAN_CHECK, "pm11"),
        (("check",), "return_review", C.PLAN_REVIEW, "uh1"),
        (("check", "review"), "return_approve", C.PLAN_APPROVE, "ul1"),
    ],
)
def test_a_return_ends_the_limit_and_begins_the_drafting_anew(
    personas: Personas, steps: tuple[str, ...], returning: str, code: str, actor: str
) -> None:
    plan = in_plan(*steps)(personas)
    back(personas, plan, at("2026-03-11 09:30"), returning, actor)
    assert (last(plan, code).outcome, last(plan, code).late) == (Outcome.RETURNED, False)
    drafting = running(plan, C.PLAN_DRAFT)
    assert (drafting.round, drafting.received_at, drafting.due_at) == (
        2, at("2026-03-11 09:30"), at("2026-03-14 00:00"),
    )  # fmt: skip


@pytest.mark.clause("5.4.2", "rules-2")
def test_a_returned_ruling_goes_on_within_the_same_two_days(personas: Personas) -> None:
    ruling = proposed(personas, Verdict.MINOR, now=NOW)
    complaint = ruling.complaint
    decide_ruling(
        complaint_id=complaint.pk,
        ruling_id=ruling.pk,
        confirm=False,
        remark="依据不足",
        actor=personas.uh1,
        now=at("2026-03-11 16:00"),
    )
    assert last(complaint, C.RULE_CONFIRM).outcome == Outcome.RETURNED
    clock = running(complaint, C.RULE)
    assert (clock.received_at, clock.due_at) == (NOW, at("2026-03-13 00:00"))
    again = propose_ruling(
        complaint_id=complaint.pk,
        verdict=Verdict.SEVERE,
        grounds="补充查勘记录",
        severity=[],
        handle_by=None,
        actor=personas.uw1,
        now=at("2026-03-13 01:00"),
    )
    assert last(complaint, C.RULE).late
    assert again.verdict == Verdict.SEVERE
    assert running(complaint, C.RULE_CONFIRM).due_at == at("2026-03-13 00:00"), "late for UH too: the two days are over"


@pytest.mark.clause("5.4.2", "G3")
def test_a_revoked_ruling_stops_everything_of_it_and_keeps_the_facts(personas: Personas) -> None:
    complaint = ruled(personas, Verdict.SEVERE)
    ask_opinion(complaint_id=complaint.pk, asked_of=personas.ud1, question="可行否", actor=personas.uw1, now=NOW)
    hand_over(
        complaint_id=complaint.pk, task="协调", due_on=date(2026, 3, 12), charged=None, actor=personas.ul1, now=NOW
    )
    sweep_clocks(now=at("2026-03-16 09:00"))
    late = set(Clock.objects.of_case(complaint).exclude(overdue_noted_at=None).values_list("code", flat=True))
    assert late == {C.OPINION, C.ORDER_PM, C.PLAN_DRAFT, C.FILE}
    revoke_ruling(complaint_id=complaint.pk, remark="新证据", actor=personas.uh1, now=at("2026-03-16 10:00"))
    clocks = Clock.objects.of_case(complaint)
    assert [clock.code for clock in clocks.running()] == [C.RULE]
    assert running(complaint, C.RULE).due_at == at("2026-03-19 00:00"), "two days from the revocation"
    stopped = clocks.filter(code__in=late)
    assert {clock.outcome for clock in stopped} == {Outcome.CANCELLED}
    assert all(clock.late for clock in stopped)
    assert wrong_with(complaint.pk) == []


OPEN_STATES = [status for status in S if status not in (S.CLOSED, S.MERGED, S.WITHDRAWN)]


@pytest.mark.clause("rules-2", "G3")
@pytest.mark.parametrize("status", OPEN_STATES)
def test_a_withdrawal_cancels_every_limit_in_every_state(personas: Personas, status: str) -> None:
    complaint = complaint_in(personas, status)
    sweep_clocks(now=at("2026-03-12 12:00"))
    before = {c.pk: c.overdue_noted_at for c in Clock.objects.of_case(complaint).running()}
    done = Clock.objects.of_case(complaint).exclude(stopped_at=None).count()
    withdraw_complaint(
        complaint_id=complaint.pk, remark="误会", files=[picture()], actor=personas.uw1, now=at("2026-03-12 13:00")
    )
    stopped = Clock.objects.of_case(complaint).filter(pk__in=before)
    assert {clock.outcome for clock in stopped} <= {Outcome.CANCELLED}
    assert {clock.pk: clock.overdue_noted_at for clock in stopped} == before
    assert Clock.objects.of_case(complaint).exclude(stopped_at=None).count() == done + len(before)
    assert wrong_with(complaint.pk) == []


@pytest.mark.clause("5.4.1", "rules-2")
def test_a_merge_takes_the_earliest_receipt_and_its_limits(personas: Personas) -> None:
    """Several channels: the earliest. The survivor's two days run from the receipt of the duplicate."""
    late = at("2026-03-10 18:00")
    survivor = registered(personas, now=late)
    early = registered(
        personas, now=late, project=survivor.project, received_at=at("2026-03-09 22:00"), demands=["另一项诉求"]
    )
    hand_over(complaint_id=early.pk, task="协调", due_on=date(2026, 3, 12), charged=None, actor=personas.ul1, now=late)
    propose_merge(complaint_id=early.pk, survivor_id=survivor.pk, remark="同一事", actor=personas.uw1, now=late)
    decide_merge(complaint_id=early.pk, confirm=True, remark="", actor=personas.uh1, now=late + MINUTE)
    survivor.refresh_from_db()
    assert survivor.received_at == at("2026-03-09 22:00")
    clock = running(survivor, C.RULE)
    assert (clock.received_at, clock.due_at) == (at("2026-03-09 22:00"), at("2026-03-12 00:00"))
    replaced = Clock.objects.about(survivor).filter(code=C.RULE, outcome=Outcome.CANCELLED).get()
    assert replaced.due_at == at("2026-03-13 00:00")
    assert not Clock.objects.of_case(early).running().exists(), "also the order that was given"
    assert list(survivor.demands.values_list("text", flat=True))[-1] == "另一项诉求"
    assert wrong_with(early.pk) + wrong_with(survivor.pk) == []


@pytest.mark.clause("5.4.2", "5.4.1")
def test_a_merge_is_decided_before_the_ruling(personas: Personas) -> None:
    survivor = registered(personas)
    complaint = awaiting_ruling(personas, project=survivor.project)
    ruling = proposed(personas, Verdict.MINOR, complaint=complaint)
    propose_merge(complaint_id=complaint.pk, survivor_id=survivor.pk, remark="同一事", actor=personas.gw, now=NOW)
    with pytest.raises(Refused, match="合并"):
        decide_ruling(
            complaint_id=complaint.pk, ruling_id=ruling.pk, confirm=True, remark="", actor=personas.uh1, now=NOW
        )
    complaint.refresh_from_db()
    assert complaint.status == S.RULING_PROPOSED


@pytest.mark.clause("5.7", "rules-2")
def test_a_further_round_has_its_own_date_and_the_first_clock_stays(personas: Personas) -> None:
    complaint = finish_all(personas, handling(personas), now=at("2026-03-20 23:59"))
    first = last(complaint, C.HANDLE)
    assert (first.late, first.outcome) == (False, Outcome.DONE)
    now = at("2026-03-22 00:00")
    evaluate(personas, complaint, satisfied=False, now=now, next_due_on=date(2026, 3, 25))
    assert [last(complaint, code).late for code in (C.EVALUATE_PE, C.EVALUATE_UW)] == [True, True]
    second = running(complaint, C.HANDLE)
    assert second.pk != first.pk
    assert (second.round, second.due_at) == (2, at("2026-03-26 00:00"))
    first.refresh_from_db()
    assert (first.round, first.due_at, first.outcome) == (1, at("2026-03-21 00:00"), Outcome.DONE)


@pytest.mark.clause("5.6.2", "5.6.3")
def test_weekly_follow_ups_run_from_the_last_one(personas: Personas) -> None:
    filing = filed(personas)
    follow(personas, filing, "track", "gw", at("2026-03-17 23:59"))
    assert not last(filing, C.TRACK).late
    assert Clock.objects.about(filing).filter(code=C.TRACK, outcome=Outcome.DONE).get().late is False
    assert running(filing, C.TRACK).due_at == at("2026-03-25 00:00")
    follow(personas, filing, "report", "uw1", at("2026-03-18 00:00"))
    assert Clock.objects.about(filing).filter(code=C.REPORT, outcome=Outcome.DONE).get().late
    assert running(filing, C.REPORT).due_at == at("2026-03-26 00:00")
    assert running(filing, C.RECEIVE).due_at == at("2026-03-19 00:00")
    receive_reports(filing_id=filing.pk, actor=personas.gw, now=at("2026-03-18 09:00"))
    assert last(filing, C.RECEIVE).outcome == Outcome.DONE


@pytest.mark.clause("B2-11")
def test_supervision_of_a_cancelled_filing_does_not_count_for_the_next(personas: Personas) -> None:
    """The ruling was revoked and made anew: UL and UG are called on again, and the closing guard asks for it."""
    complaint = handling(personas)
    filing = filing_of(complaint)
    for login in ("ul1", "ug1"):
        supervise_complaint(
            filing_id=filing.pk, kind=Supervision.Kind.PROCESS, text="督促", actor=personas[login], now=NOW
        )
    assert supervision_gaps(complaint) == []
    later = at("2026-03-11 09:00")
    revoke_ruling(complaint_id=complaint.pk, remark="新证据", actor=personas.uh1, now=later)
    complaint.refresh_from_db()
    ruled(personas, Verdict.MINOR, complaint=complaint, now=later + MINUTE)
    assert len(supervision_gaps(complaint)) == 2
    assert running(filing, C.SUPERVISE_UL).due_at == at("2026-03-19 00:00")
    assert Transition.objects.about(filing).filter(step="reopen").count() == 1
    assert give_evidence(personas, complaint, "other", now=later + MINUTE).pk


@pytest.mark.clause("B2-11", "rules-2")
def test_a_withdrawal_after_the_filing_was_closed_ends_the_supervision(personas: Personas) -> None:
    complaint = awaiting_close(personas)
    close_filing(filing_id=filing_of(complaint).pk, conclusion="办结", actor=personas.gw, now=NOW)
    withdraw_complaint(complaint_id=complaint.pk, remark="误会", files=[picture()], actor=personas.gw, now=NOW)
    assert filing_of(complaint).status == F.CLOSED
    assert wrong_with(complaint.pk) == []
