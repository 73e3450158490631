"""Clauses 5.5 and 5.6.1 by the services: the approval's clocks, returns, changes, what blocks, who may not (G5)."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from complaints import clocks as C
from complaints.models import Complaint, Milestone, Plan, Verdict
from complaints.services.milestones import finish_milestone, record_progress
from complaints.services.planning import change_plan, decide_plan, drop_change, save_plan, submit_plan
from complaints.services.policy import set_complaint_policy
from complaints.services.ruling import revoke_ruling
from tests.complaints.factories import (
    DECIDERS,
    NOW,
    TEXTS,
    complaint_in,
    decide,
    finish_all,
    node,
    opinion_given,
    picture,
    rectifying,
    ruled,
    submitted_plan,
    write_plan,
)
from tests.factories import appoint
from tests.personas import Personas
from workflow.due import SHANGHAI
from workflow.errors import Conflict, Refused
from workflow.models import Clock, ClockReminder, Evidence, Outcome, Transition
from workflow.services.sweep import sweep_clocks

pytestmark = pytest.mark.django_db
P, M, S = Plan.Status, Milestone.Status, Complaint.Status


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def at(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def running(record: Any, code: str) -> Clock:
    found: Clock = Clock.objects.about(record).running().get(code=code)
    return found


def approved(personas: Personas, *, now: datetime = NOW, **values: Any) -> Plan:
    return Plan.objects.get(complaint=rectifying(personas, now=now, **values))


def the_milestone(plan: Plan) -> Milestone:
    plan.refresh_from_db()
    assert plan.effective is not None
    return plan.effective.milestones.get()


def put_off(personas: Personas, plan: Plan, ends_on: date, *, now: datetime = NOW) -> Plan:
    """A change of the one milestone's end, written, not submitted."""
    plan = change_plan(plan_id=plan.pk, reason="材料推迟", actor=personas.pe11, now=now)
    assert plan.working is not None
    row = plan.working.milestones.get()
    return write_plan(personas, plan.complaint, now=now, nodes=[node(pk=row.pk, ends_on=ends_on)])


# --- worked examples 15 to 17


def in_review(personas: Personas, now: datetime) -> Plan:
    """UH received it at ``now``: the moment PM passed it on."""
    plan = submitted_plan(personas, now=now - timedelta(hours=1))
    return decide(personas, plan, "check", now=now)


def give_back(personas: Personas, plan: Plan, now: datetime) -> Plan:
    return decide_plan(plan_id=plan.pk, step="return_review", remark="节点不清", actor=personas.uh1, now=now)


@pytest.mark.clause("5.5.2", "5.5.3")
def test_example_15_a_return_ends_the_clock_and_the_next_receipt_starts_another(personas: Personas) -> None:
    plan = in_review(personas, at(5, 11, 10))
    first = running(plan, C.PLAN_REVIEW)
    assert (first.received_at, first.due_at, first.round) == (at(5, 11, 10), at(5, 13), 1)
    plan = give_back(personas, plan, at(5, 12, 15))
    first.refresh_from_db()
    assert (first.outcome, first.stopped_at, first.late) == (Outcome.RETURNED, at(5, 12, 15), False)
    assert (plan.status, plan.round) == (P.DRAFT, 2)
    redo = running(plan, C.PLAN_DRAFT)
    assert (redo.received_at, redo.due_at, redo.round) == (at(5, 12, 15), at(5, 15), 2)
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=at(5, 13, 8))
    plan = decide(personas, plan, "check", now=at(5, 13, 9))
    second = running(plan, C.PLAN_REVIEW)
    assert (second.received_at, second.due_at, second.round) == (at(5, 13, 9), at(5, 15), 2)
    plan = decide(personas, plan, "review", now=at(5, 14, 11))
    second.refresh_from_db()
    assert (second.outcome, second.late) == (Outcome.DONE, False)
    last = running(plan, C.PLAN_APPROVE)
    assert (last.received_at, last.due_at, last.post_id) == (at(5, 14, 11), at(5, 16), "UL")
    assert Clock.objects.about(plan).running().count() == 1


@pytest.mark.clause("5.5.2", "G3")
def test_example_16_a_late_return_stays_late(personas: Personas) -> None:
    plan = in_review(personas, at(5, 11, 10))
    late = running(plan, C.PLAN_REVIEW)
    plan = give_back(personas, plan, at(5, 13, 0, 30))
    late.refresh_from_db()
    assert (late.outcome, late.late) == (Outcome.RETURNED, True)
    assert late.stopped_at is not None
    assert late.stopped_at - late.due_at == timedelta(minutes=30)
    noted = late.overdue_noted_at
    assert noted is not None
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=at(5, 13, 9))
    decide(personas, plan, "check", "review", "approve", now=at(5, 13, 10))
    late.refresh_from_db()
    assert (late.overdue_noted_at, late.late) == (noted, True)


@pytest.mark.clause("5.5.2")
@pytest.mark.parametrize(("moment", "late"), [(at(5, 13) - timedelta(seconds=1), False), (at(5, 13), True)])
def test_example_20_one_second_either_side(personas: Personas, moment: datetime, late: bool) -> None:
    plan = in_review(personas, at(5, 11, 10))
    first = running(plan, C.PLAN_REVIEW)
    decide(personas, plan, "review", now=moment)
    first.refresh_from_db()
    assert first.late is late


@pytest.mark.clause("5.5.4")
def test_example_17_the_old_version_reminds_until_the_new_one_is_approved(personas: Personas) -> None:
    start = at(6, 1, 9)
    complaint = ruled(personas, Verdict.SEVERE, now=start)
    opinion_given(personas, complaint, now=start)
    plan = write_plan(personas, complaint, now=start, nodes=[node(start, ends_on=date(2026, 6, 30))])
    plan = submit_plan(plan_id=plan.pk, actor=personas.pe11, now=start)
    plan = decide(personas, plan, "check", "review", "approve", now=start)
    old = the_milestone(plan)
    reminding = running(old, C.MILESTONE)
    assert reminding.due_at == at(7, 1)
    plan = put_off(personas, plan, date(2026, 7, 20), now=at(6, 18, 15))
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=at(6, 18, 15))
    decide(personas, plan, "check", now=at(6, 18, 16))
    assert running(plan, C.PLAN_REVIEW).due_at == at(6, 20)  # the end of 06-19, a holiday: 天 are calendar days
    sweep_clocks(now=at(6, 30, 21))
    assert ClockReminder.objects.filter(clock=reminding, skipped=False).exists()
    sweep_clocks(now=at(7, 1, 0, 1))
    reminding.refresh_from_db()
    assert reminding.stopped_at is None
    assert reminding.late  # v1 governed, and its end went by
    plan = decide(personas, plan, "review", "approve", now=at(7, 1, 9))
    reminding.refresh_from_db()
    old.refresh_from_db()
    assert (old.status, reminding.outcome, reminding.late) == (M.SUPERSEDED, Outcome.CANCELLED, True)
    new = the_milestone(plan)
    assert (new.origin, running(new, C.MILESTONE).due_at) == (old, at(7, 21))
    assert plan.effective is not None
    assert plan.effective.number == 2
    assert plan.versions.get(number=1).superseded_at == at(7, 1, 9)


# --- what blocks the submission


def refusal(plan: Plan, personas: Personas, now: datetime = NOW) -> str:
    with pytest.raises(Refused) as refused:
        submit_plan(plan_id=plan.pk, actor=personas.pe11, now=now)
    assert Plan.objects.get(pk=plan.pk).status == P.DRAFT
    return "\n".join(refused.value.reasons)


@pytest.mark.clause("5.5.1")
@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("name", "整改内容"),
        ("starts_on", "开始日期"),
        ("ends_on", "完成日期"),
        ("responsible", "责任人"),
        ("criterion", "验收标准"),
        ("resources", "资源配置(人、材、机)"),
        ("basis", "资源配置依据"),
    ],
)
def test_a_milestone_without_it_blocks(personas: Personas, field: str, word: str) -> None:
    complaint = ruled(personas, Verdict.SEVERE)
    opinion_given(personas, complaint)
    blank = None if field.endswith("_on") else ""
    plan = write_plan(personas, complaint, nodes=[node(), node(**{field: blank})])
    said = refusal(plan, personas)
    assert said.startswith("第 2 个节点")
    assert word in said
    assert "\n" not in said


@pytest.mark.clause("5.5.1")
@pytest.mark.parametrize("text", sorted(TEXTS))
def test_a_text_that_is_blank_blocks(personas: Personas, text: str) -> None:
    complaint = ruled(personas, Verdict.SEVERE)
    opinion_given(personas, complaint)
    plan = write_plan(personas, complaint, **{text: " "})
    assert refusal(plan, personas).startswith("请填写")


@pytest.mark.clause("B3-C03")
def test_what_is_not_answered_blocks(personas: Personas) -> None:
    complaint = ruled(personas, Verdict.SEVERE)
    opinion_given(personas, complaint)
    plan = write_plan(personas, complaint, answered=False)
    assert refusal(plan, personas).split("\n") == [
        "第 1 项诉求没有对应措施。",
        "第 2 项诉求没有对应措施。",
        "杜栋一 的部门意见没有对应措施或不采纳的理由。",
    ]
    complaint.demands.filter(number=2).update(withdrawn_reason="业主不再主张")
    assert "第 2 项" not in refusal(plan, personas)


@pytest.mark.clause("B3-C03")
def test_an_opinion_that_comes_during_the_check_is_not_passed_over(personas: Personas) -> None:
    """PM does not pass on a plan that leaves an opinion unanswered; it goes back."""
    plan = submitted_plan(personas)
    opinion_given(personas, plan.complaint)
    with pytest.raises(Refused, match="没有对应措施或不采纳的理由"):
        decide(personas, plan, "check")
    plan = decide_plan(plan_id=plan.pk, step="return_check", remark="补充意见", actor=personas.pm11, now=NOW)
    write_plan(personas, plan.complaint)
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
    assert decide(personas, plan, "check").status == P.IN_REVIEW


@pytest.mark.clause("5.5.1")
def test_a_plan_without_milestones_or_content_blocks(personas: Personas) -> None:
    plan = Plan.objects.get(complaint=ruled(personas, Verdict.SEVERE))
    assert refusal(plan, personas) == "方案尚未编制。"
    opinion_given(personas, plan.complaint)
    plan = write_plan(personas, plan.complaint, nodes=[])
    assert refusal(plan, personas) == "请至少填写一个时间节点。"


# --- versions


@pytest.mark.clause("5.5.4")
def test_an_approved_version_is_never_edited(personas: Personas) -> None:
    plan = approved(personas)
    before = list(Milestone.objects.values())
    with pytest.raises(Conflict):
        save_plan(
            plan_id=plan.pk,
            texts=TEXTS,
            milestones=[node(pk=the_milestone(plan).pk, ends_on=date(2026, 12, 31))],
            responses=[],
            revision=plan.revision,
            actor=personas.pe11,
            now=NOW,
        )
    assert list(Milestone.objects.values()) == before


@pytest.mark.clause("5.5.4")
def test_a_changed_date_goes_the_whole_way(personas: Personas) -> None:
    plan = put_off(personas, approved(personas), date(2026, 4, 20))
    assert (plan.version, plan.status_label) == (2, "变更拟订")
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
    with pytest.raises(Conflict):
        decide_plan(plan_id=plan.pk, step="check_final", remark="", actor=personas.pm11, now=NOW)
    for step in ("check", "review"):
        plan = decide(personas, plan, step)
        assert the_milestone(plan).ends_on == date(2026, 3, 30)  # the old version governs
    plan = decide(personas, plan, "approve")
    assert the_milestone(plan).ends_on == date(2026, 4, 20)
    assert Complaint.objects.get(pk=plan.complaint_id).status == S.RECTIFYING


@pytest.mark.clause("5.5.4")
@pytest.mark.parametrize(("level", "short"), [("unit", True), ("group", False), ("leader", False)])
def test_the_switch_shortens_only_the_way_of_the_units_own(personas: Personas, level: str, short: bool) -> None:
    set_complaint_policy(supervise_all=True, reapprove_all=False, reason="单位内投诉从简", actor=personas.gh, now=NOW)
    plan = approved(personas, level=level)  # the first version always goes the whole way
    plan = put_off(personas, plan, date(2026, 4, 20))
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
    steps = ("check_final", "check") if short else ("check", "check_final")
    with pytest.raises(Conflict):
        decide_plan(plan_id=plan.pk, step=steps[1], remark="", actor=personas.pm11, now=NOW)
    plan = decide_plan(plan_id=plan.pk, step=steps[0], remark="", actor=personas.pm11, now=NOW)
    assert plan.status == (P.APPROVED if short else P.IN_REVIEW)
    assert the_milestone(plan).ends_on == (date(2026, 4, 20) if short else date(2026, 3, 30))


@pytest.mark.clause("5.5.4")
def test_a_change_given_up_leaves_everything_as_it_was(personas: Personas) -> None:
    plan = approved(personas)
    row = the_milestone(plan)
    before = running(row, C.MILESTONE)
    plan = put_off(personas, plan, date(2026, 4, 20))
    plan = drop_change(plan_id=plan.pk, reason="材料已到", actor=personas.pe11, now=NOW)
    row.refresh_from_db()
    assert (plan.status, row.status, running(row, C.MILESTONE)) == (P.APPROVED, M.RUNNING, before)
    assert not Clock.objects.about(plan).running().exists()
    given_up = plan.versions.get(number=2)
    assert given_up.withdrawn_at == NOW
    assert set(given_up.milestones.values_list("status", flat=True)) == {M.SUPERSEDED}
    again = put_off(personas, plan, date(2026, 4, 25))
    assert again.version == 3
    assert running(again, C.PLAN_DRAFT).version == 3


def test_a_first_draft_is_not_given_up(personas: Personas) -> None:
    plan = Plan.objects.get(complaint=ruled(personas, Verdict.SEVERE))
    with pytest.raises(Conflict, match="首版方案不能放弃"):
        drop_change(plan_id=plan.pk, reason="x", actor=personas.pe11, now=NOW)


@pytest.mark.clause("5.6.1")
def test_what_is_finished_during_a_change_stays_finished(personas: Personas) -> None:
    plan = put_off(personas, approved(personas), date(2026, 4, 20))
    old = Milestone.objects.get(plan_version=plan.effective_id)
    finish_milestone(milestone_id=old.pk, done_on=date(2026, 3, 10), text="完成", actor=personas.pe11, now=NOW)
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
    plan = decide(personas, plan, "check", "review", "approve")
    new = the_milestone(plan)
    assert (new.status, new.done_on, new.percent) == (M.DONE, date(2026, 3, 10), 100)
    old.refresh_from_db()
    assert old.status == M.DONE
    assert not Clock.objects.about(new).running().exists()


@pytest.mark.clause("5.5.4")
def test_a_done_milestone_keeps_its_number_and_is_not_rewritten(personas: Personas) -> None:
    complaint = ruled(personas, Verdict.SEVERE)
    opinion_given(personas, complaint)
    plan = write_plan(personas, complaint, nodes=[node(name="一"), node(name="二"), node(name="三")])
    plan = submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
    plan = decide(personas, plan, "check", "review", "approve")
    second = Milestone.objects.get(name="二")
    finish_milestone(milestone_id=second.pk, done_on=date(2026, 3, 10), text="完成", actor=personas.pe11, now=NOW)
    plan = change_plan(plan_id=plan.pk, reason="增加节点", actor=personas.pe11, now=NOW)
    assert plan.working is not None
    kept = {row.name: row.pk for row in plan.working.milestones.all()}
    rows = [node(pk=kept["一"], name="一"), node(pk=kept["二"], name="改写"), node(pk=kept["三"], name="三")]
    plan = write_plan(personas, complaint, nodes=rows)
    assert plan.working is not None
    found = {row.name: (row.number, row.status) for row in plan.working.milestones.all()}
    assert found["二"] == (2, M.DONE)
    assert len({number for number, _ in found.values()}) == len(found)
    assert found["改写"][1] == M.DRAFT  # what was posted for it became a row of its own


@pytest.mark.clause("5.5.4")
@pytest.mark.parametrize("status", [S.AWAITING_EVALUATION, S.AWAITING_CLOSE, S.CLOSED])
def test_a_plan_is_changed_while_it_is_carried_out(personas: Personas, status: str) -> None:
    complaint = rectifying(personas)
    if status == S.AWAITING_EVALUATION:
        finish_all(personas, complaint)
    else:
        complaint = complaint_in(personas, status, severe=True)
    plan = Plan.objects.get(complaint=complaint)
    with pytest.raises(Refused, match="只有整改中才能调整方案"):
        change_plan(plan_id=plan.pk, reason="x", actor=personas.pe11, now=NOW)
    plan.refresh_from_db()
    assert plan.version == 1


# --- revoked, ruled again


@pytest.mark.clause("5.4.2")
def test_a_revoked_ruling_cancels_the_plan_and_the_next_one_opens_it_again(personas: Personas) -> None:
    plan = put_off(personas, approved(personas), date(2026, 4, 20))
    complaint = plan.complaint
    revoke_ruling(complaint_id=complaint.pk, remark="责任不清", actor=personas.uh1, now=NOW)
    plan.refresh_from_db()
    assert plan.status == P.CANCELLED
    assert set(Milestone.objects.values_list("status", flat=True)) == {M.SUPERSEDED}
    assert set(Clock.objects.of_case(complaint).running().values_list("code", flat=True)) == {C.RULE}
    complaint.refresh_from_db()
    complaint = ruled(personas, Verdict.SEVERE, complaint=complaint)
    plan.refresh_from_db()
    assert (plan.status, plan.version, plan.effective, plan.working) == (P.DRAFT, 3, None, None)
    assert running(plan, C.PLAN_DRAFT).version == 3
    write_plan(personas, complaint)
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
    plan = decide(personas, plan, "check", "review", "approve")
    assert the_milestone(plan).status == M.RUNNING
    assert Complaint.objects.get(pk=complaint.pk).status == S.RECTIFYING


# --- separation of duty


@pytest.mark.clause("G5")
def test_one_person_with_two_posts_does_not_decide_twice(personas: Personas) -> None:
    appoint(personas.pm11, "UH", personas.unit("U1"))
    plan = decide(personas, submitted_plan(personas), "check")  # as PM
    with pytest.raises(PermissionDenied, match="职责分离"):
        decide_plan(plan_id=plan.pk, step="review", remark="", actor=personas.fresh("pm11"), now=NOW)
    with pytest.raises(PermissionDenied, match="职责分离"):
        decide_plan(plan_id=plan.pk, step="return_review", remark="x", actor=personas.fresh("pm11"), now=NOW)
    assert decide(personas, plan, "review").status == P.IN_APPROVAL


@pytest.mark.clause("G5")
@pytest.mark.parametrize("step", ["check", "review", "approve"])
def test_whoever_wrote_it_does_not_decide_on_it(personas: Personas, step: str) -> None:
    post, unit = {"check": ("PM", "U1D1"), "review": ("UH", "U1"), "approve": ("UL", "U1")}[step]
    appoint(personas.pe11, post, personas.unit(unit))
    before = {"check": (), "review": ("check",), "approve": ("check", "review")}[step]
    plan = decide(personas, submitted_plan(personas), *before)
    with pytest.raises(PermissionDenied, match="职责分离"):
        decide_plan(plan_id=plan.pk, step=step, remark="", actor=personas.fresh("pe11"), now=NOW)


@pytest.mark.clause("G5")
def test_a_substitute_decides_in_the_principals_name(personas: Personas) -> None:
    plan = decide(personas, submitted_plan(personas), "check")
    decide_plan(plan_id=plan.pk, step="review", remark="", actor=personas.sub1, now=NOW)
    told = Transition.objects.about(plan).get(step="review")
    assert (told.who, told.post_id, told.on_behalf_of) == ("戴丽 代 胡恒一", "UH", personas.uh1)


@pytest.mark.clause("G5")
def test_a_substitute_does_not_do_what_the_principal_may_not(personas: Personas) -> None:
    appoint(personas.uh1, "PM", personas.unit("U1D1"))
    plan = submitted_plan(personas)
    decide_plan(plan_id=plan.pk, step="check", remark="", actor=personas.fresh("uh1"), now=NOW)
    with pytest.raises(PermissionDenied, match="职责分离"):
        decide_plan(plan_id=plan.pk, step="review", remark="", actor=personas.sub1, now=NOW)


@pytest.mark.clause("5.5.1", "5.5.2", "5.5.3")
def test_every_return_goes_to_the_draft_with_its_reason(personas: Personas) -> None:
    before: tuple[str, ...] = ()
    plan = submitted_plan(personas)
    for index, step in enumerate(("check", "review", "approve"), start=1):
        plan = decide(personas, plan, *before)
        actor = personas[DECIDERS[step]]
        with pytest.raises(Refused, match="理由"):
            decide_plan(plan_id=plan.pk, step=f"return_{step}", remark=" ", actor=actor, now=NOW)
        plan = decide_plan(plan_id=plan.pk, step=f"return_{step}", remark="请修改", actor=actor, now=NOW)
        assert (plan.status, plan.round) == (P.DRAFT, index + 1)
        assert set(Clock.objects.about(plan).running().values_list("code", "post")) == {(C.PLAN_DRAFT, "PE")}
        plan = submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
        before = (*before, step)
    assert decide(personas, plan, "check", "review", "approve").status == P.APPROVED


# --- milestones


@pytest.mark.clause("5.6.1")
def test_progress_and_photos_stand_with_the_milestone(personas: Personas) -> None:
    row = the_milestone(approved(personas))
    record_progress(
        milestone_id=row.pk, percent=40, text="东侧完成", actor=personas.pe11, now=NOW, photos=[picture(), picture()]
    )
    row.refresh_from_db()
    assert (row.percent, row.progress.get().text) == (40, "东侧完成")
    assert Evidence.objects.about(row).count() == 2
    finish_milestone(
        milestone_id=row.pk,
        done_on=timezone.localdate(NOW),
        text="自检合格",
        actor=personas.pe11,
        now=NOW,
        photos=[picture()],
    )
    row.refresh_from_db()
    assert (row.status, row.percent) == (M.DONE, 100)
    assert Evidence.objects.about(row).filter(kind="after").count() == 1
    with pytest.raises(Conflict):
        record_progress(milestone_id=row.pk, percent=1, text="x", actor=personas.pe11, now=NOW)


@pytest.mark.clause("5.6.1", "G3")
@pytest.mark.parametrize(("moment", "late"), [(at(3, 30, 23, 59), False), (at(3, 31), True)])
def test_a_late_milestone_is_overdue(personas: Personas, moment: datetime, late: bool) -> None:
    row = the_milestone(approved(personas))
    due = running(row, C.MILESTONE)
    assert due.due_at == at(3, 31)
    sweep_clocks(now=moment)
    due.refresh_from_db()
    assert due.late is late
    finish_milestone(milestone_id=row.pk, done_on=date(2026, 3, 30), text="完成", actor=personas.pe11, now=moment)
    due.refresh_from_db()
    assert due.late is late  # a day written into the past does not undo it


@pytest.mark.clause("5.6.1")
def test_a_running_milestone_or_an_open_change_keeps_the_work_from_being_done(personas: Personas) -> None:
    from complaints.services.handling import finish_work

    plan = approved(personas)
    with pytest.raises(Refused, match="外墙防水返工"):
        finish_work(complaint_id=plan.complaint_id, remark="", actor=personas.pe11, now=NOW)
    plan = put_off(personas, plan, date(2026, 4, 20))
    with pytest.raises(Refused, match="变更拟订"):
        finish_work(complaint_id=plan.complaint_id, remark="", actor=personas.pe11, now=NOW)
