"""Two people, one complaint: exactly one wins, the other reads who did what, nothing is half-done. On PostgreSQL."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from complaints import clocks as C
from complaints.models import Complaint, Evaluation, Filing, Milestone, Opinion, Plan, Ruling, Verdict
from complaints.services import links, planning
from complaints.services.filing import file_complaint
from complaints.services.handling import close_complaint, evaluate_complaint, withdraw_complaint
from complaints.services.links import decide_merge, propose_merge
from complaints.services.milestones import finish_milestone
from complaints.services.opinions import ask_opinion, cancel_opinion, give_opinion
from complaints.services.planning import decide_plan, save_plan, submit_plan
from complaints.services.registration import edit_registration, register_complaint
from complaints.services.ruling import decide_ruling, record_objection
from organization.models import User
from tests.complaints.factories import (
    DEMANDS,
    TEXTS,
    awaiting_close,
    awaiting_ruling,
    closing_entries,
    decide,
    entry,
    evaluation_values,
    finish_all,
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
from tests.complaints.invariants import wrong_with
from tests.concurrency.test_ledger_races import as_new, race
from tests.factories import appoint, make_user
from tests.ledgers.factories import make_project
from tests.personas import Personas, make_personas
from workflow.errors import Conflict
from workflow.models import Clock, Transition

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

S, P, M = Complaint.Status, Plan.Status, Milestone.Status
Call = Callable[[], Any]


@pytest.fixture
def people(transactional_db: None) -> Personas:
    return make_personas()


def another(people: Personas, post: str, unit: str = "U1") -> User:
    """A second holder of the post."""
    other = make_user(f"{post.lower()}b", f"次{post}")
    appoint(other, post, people.unit(unit))
    return as_new(other)


def one_of(results: list[Any]) -> Conflict:
    """Exactly one won; what the loser was told."""
    losers = [each for each in results if isinstance(each, Conflict)]
    assert len(losers) == 1, results
    return losers[0]


def names_who_and_when(told: Conflict, *who: User) -> None:
    assert any(user.name in told.message for user in who), told.message
    assert f"{timezone.localtime():%Y-%m-%d}" in told.message


def decision(plan: Plan, step: str, actor: User, remark: str = "") -> Call:
    return lambda: decide_plan(plan_id=plan.pk, step=step, remark=remark, actor=as_new(actor), now=timezone.now())


def to_approve(people: Personas) -> Plan:
    return decide(people, submitted_plan(people, now=timezone.now()), "check", "review", now=timezone.now())


# --- the plan


@pytest.mark.clause("5.5.3", "G1")
def test_two_leaders_approve_at_once(people: Personas) -> None:
    plan, other = to_approve(people), another(people, "UL")
    told = one_of(race(decision(plan, "approve", people.ul1), decision(plan, "approve", other)))
    names_who_and_when(told, people.ul1, other)
    assert "已批准" in told.message
    assert Transition.objects.about(plan).filter(step="approve").count() == 1
    assert Milestone.objects.filter(status=M.RUNNING).count() == 1
    assert Clock.objects.filter(code=C.MILESTONE).count() == 1
    assert Transition.objects.about(plan.complaint).filter(step="begin_rectifying").count() == 1
    assert wrong_with(plan.complaint_id) == []


@pytest.mark.clause("5.5.3")
def test_approval_against_return(people: Personas) -> None:
    plan, other = to_approve(people), another(people, "UL")
    told = one_of(race(decision(plan, "approve", people.ul1), decision(plan, "return_approve", other, "工期不足")))
    names_who_and_when(told, people.ul1, other)
    plan.refresh_from_db()
    complaint = Complaint.objects.get(pk=plan.complaint_id)
    assert (plan.status, complaint.status) in ((P.APPROVED, S.RECTIFYING), (P.DRAFT, S.DRAFTING_PLAN))
    assert wrong_with(complaint.pk) == []


def test_without_the_lock_both_leaders_would_win(people: Personas, monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is real: the same two approvals, read without the row lock, are both taken."""
    plan, other = to_approve(people), another(people, "UL")
    both_have_read = Barrier(2)

    def read_without_lock(plan_id: int) -> Plan:
        related = ("complaint__department", "complaint__project", "effective", "working")
        found = Plan.objects.select_related(*related).get(pk=plan_id)
        both_have_read.wait(timeout=20)
        return found

    monkeypatch.setattr(planning, "lock_plan", read_without_lock)
    results = race(decision(plan, "approve", people.ul1), decision(plan, "approve", other))
    assert all(isinstance(each, Plan) for each in results), results
    assert Transition.objects.about(plan).filter(step="approve").count() == 2
    assert wrong_with(plan.complaint_id), "the invariants see it"


@pytest.mark.clause("5.5.1")
def test_an_edit_of_the_plan_against_its_submission(people: Personas) -> None:
    """A submitted plan never changes under the project manager."""
    now = timezone.now()
    complaint = ruled(people, Verdict.SEVERE, now=now)
    opinion_given(people, complaint, now=now)
    plan = write_plan(people, complaint, now=now)
    answers = [
        {"demand": r.demand_id, "opinion": r.opinion_id, "adopted": True, "measure": r.measure}
        for r in plan.working.responses.all()  # type: ignore[union-attr]
    ]

    def edit() -> Plan:
        return save_plan(
            plan_id=plan.pk,
            texts={**TEXTS, "overview": "改后的概况"},
            milestones=[node(now)],
            responses=answers,  # type: ignore[arg-type]
            revision=plan.revision,
            actor=as_new(people.pe11),
            now=timezone.now(),
        )

    results = race(edit, lambda: submit_plan(plan_id=plan.pk, actor=as_new(people.pe11), now=timezone.now()))
    plan.refresh_from_db()
    assert plan.status == P.IN_CHECK
    assert plan.working is not None
    edited = plan.working.overview == "改后的概况"
    assert [isinstance(each, Conflict) for each in results] == [not edited, False]
    assert wrong_with(complaint.pk) == []


@pytest.mark.clause("5.5.4", "5.6.1")
def test_a_milestone_finished_while_the_change_is_approved(people: Personas) -> None:
    """First finished: v2 takes it over as done. First approved: v1's row is superseded, who finishes it is told."""
    now = timezone.now()
    complaint = rectifying(people, now=now)
    plan = Plan.objects.get(complaint=complaint)
    planning.change_plan(plan_id=plan.pk, reason="材料延后", actor=people.pe11, now=now)
    submit_plan(plan_id=plan.pk, actor=people.pe11, now=now)
    decide(people, plan, "check", "review", now=now)
    old = Milestone.objects.get(status=M.RUNNING)

    def finish() -> Milestone:
        at = timezone.now()
        return finish_milestone(
            milestone_id=old.pk, done_on=timezone.localdate(at), text="完成", actor=as_new(people.pe11), now=at
        )

    finished, approved = race(finish, decision(plan, "approve", people.ul1))
    assert isinstance(approved, Plan), approved
    new = Milestone.objects.get(origin=old)
    old.refresh_from_db()
    if isinstance(finished, Conflict):
        assert (old.status, new.status) == (M.SUPERSEDED, M.RUNNING)
    else:
        assert (old.status, new.status, new.percent) == (M.DONE, M.DONE, 100)
    assert wrong_with(complaint.pk) == []


# --- ruling, merge, registration


def ruling_decision(ruling: Ruling, actor: User, *, confirm: bool = True) -> Call:
    return lambda: decide_ruling(
        complaint_id=ruling.complaint_id,
        ruling_id=ruling.pk,
        confirm=confirm,
        remark="" if confirm else "依据不足",
        actor=as_new(actor),
        now=timezone.now(),
    )


@pytest.mark.clause("5.4.2")
def test_two_heads_decide_on_one_ruling(people: Personas) -> None:
    ruling, other = proposed(people, Verdict.SEVERE, now=timezone.now()), another(people, "UH")
    told = one_of(race(ruling_decision(ruling, people.uh1), ruling_decision(ruling, other, confirm=False)))
    names_who_and_when(told, people.uh1, other)
    complaint = Complaint.objects.get(pk=ruling.complaint_id)
    ours = complaint.status == S.DRAFTING_PLAN
    assert (
        Filing.objects.filter(complaint=complaint).count() == Plan.objects.filter(complaint=complaint).count() == ours
    )
    assert wrong_with(complaint.pk) == []


@pytest.mark.clause("5.4.2", "5.4.1")
def test_ruling_against_merge(people: Personas) -> None:
    """A merge is proposed while UH confirms the ruling: either there is no such merge any more, or the ruling waits."""
    now = timezone.now()
    survivor = registered(people, now=now)
    complaint = awaiting_ruling(people, project=survivor.project, now=now)
    ruling = proposed(people, Verdict.MINOR, complaint=complaint, now=now)

    def propose() -> Complaint:
        return propose_merge(
            complaint_id=complaint.pk,
            survivor_id=survivor.pk,
            remark="同一事",
            actor=as_new(people.gw),
            now=timezone.now(),
        )

    one_of(race(ruling_decision(ruling, people.uh1), propose))
    complaint.refresh_from_db()
    assert (complaint.status, complaint.merge_into_id) in ((S.HANDLING, None), (S.RULING_PROPOSED, survivor.pk))
    assert wrong_with(complaint.pk) + wrong_with(survivor.pk) == []


@pytest.mark.clause("5.4.1")
def test_the_confirmed_merge_against_the_ruling(people: Personas) -> None:
    now = timezone.now()
    survivor = registered(people, now=now)
    complaint = awaiting_ruling(people, project=survivor.project, now=now)
    ruling = proposed(people, Verdict.MINOR, complaint=complaint, now=now)
    propose_merge(complaint_id=complaint.pk, survivor_id=survivor.pk, remark="同一事", actor=people.gw, now=now)
    other = another(people, "UH")

    def merge() -> Complaint:
        return decide_merge(complaint_id=complaint.pk, confirm=True, remark="", actor=as_new(other), now=timezone.now())

    one_of(race(merge, ruling_decision(ruling, people.uh1)))
    complaint.refresh_from_db()
    assert complaint.status == S.MERGED
    assert not Filing.objects.filter(complaint=complaint).exists()
    assert wrong_with(complaint.pk) + wrong_with(survivor.pk) == []


@pytest.mark.clause("5.4.1")
def test_each_merged_into_the_other_at_once(people: Personas) -> None:
    """Neither a deadlock nor a ring: of two crossing merges one stands."""
    now = timezone.now()
    one = registered(people, now=now)
    two = registered(people, now=now, project=one.project)

    def into(complaint: Complaint, survivor: Complaint, actor: User) -> Call:
        def call() -> Any:
            try:
                return propose_merge(
                    complaint_id=complaint.pk, survivor_id=survivor.pk, remark="同一事", actor=actor, now=timezone.now()
                )
            except ValidationError as refusal:
                return refusal

        return call

    results = race(into(one, two, as_new(people.uw1)), into(two, one, as_new(people.gw)))
    assert sum(isinstance(each, ValidationError) for each in results) == 1, results
    assert Complaint.objects.exclude(merge_into=None).count() == 1
    assert wrong_with(one.pk) + wrong_with(two.pk) == []


@pytest.mark.clause("5.4.1")
def test_a_merge_against_the_correction_of_the_survivor(people: Personas) -> None:
    """Both are wanted: whichever is first, neither the correction nor a demand of the duplicate is lost."""
    now = timezone.now()
    survivor = registered(people, now=now)
    twin = registered(people, now=now, project=survivor.project, demands=["赔偿误工费"])
    propose_merge(complaint_id=twin.pk, survivor_id=survivor.pk, remark="同一事", actor=people.gw, now=now)
    texts = list(survivor.demands.values_list("text", flat=True))

    def correct() -> Complaint:
        return edit_registration(
            complaint_id=survivor.pk,
            values={"event": "更正后的事件"},
            demands=texts,
            revision=survivor.revision,
            actor=as_new(people.uw1),
            now=timezone.now(),
        )

    def merge() -> Complaint:
        return decide_merge(complaint_id=twin.pk, confirm=True, remark="", actor=as_new(people.uh1), now=timezone.now())

    corrected, merged = race(correct, merge)
    assert isinstance(merged, Complaint), merged
    survivor.refresh_from_db()
    assert (survivor.event == "更正后的事件") is not isinstance(corrected, Conflict)
    assert survivor.demands.filter(text="赔偿误工费").exists()
    assert wrong_with(survivor.pk) + wrong_with(twin.pk) == []


def test_without_the_lock_the_correction_would_undo_the_merge(
    people: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is real: read before the correction and written after it, the survivor would lose it."""
    now = timezone.now()
    survivor = registered(people, now=now)
    twin = registered(people, now=now, project=survivor.project)
    propose_merge(complaint_id=twin.pk, survivor_id=survivor.pk, remark="同一事", actor=people.gw, now=now)
    texts = list(survivor.demands.values_list("text", flat=True))

    def read_without_lock(pk: int) -> Complaint:
        found = Complaint.objects.select_related("department", "project").get(pk=pk)
        if pk == survivor.pk:  # meanwhile
            edit_registration(
                complaint_id=pk,
                values={"event": "更正后的事件"},
                demands=texts,
                revision=found.revision,
                actor=as_new(people.uw1),
                now=timezone.now(),
            )
        return found

    monkeypatch.setattr(links, "lock_complaint", read_without_lock)
    decide_merge(complaint_id=twin.pk, confirm=True, remark="", actor=people.uh1, now=timezone.now())
    survivor.refresh_from_db()
    assert survivor.event != "更正后的事件"


@pytest.mark.clause("5.4.1")
def test_registrations_at_once_get_different_numbers(people: Personas) -> None:
    """Also the very first ones of a year, and of the group and a unit together."""
    projects = [make_project(people), make_project(people)]

    def enter(project: Any, level: str, login: str) -> Call:
        return lambda: register_complaint(
            project=project,
            values=entry(timezone.now(), level=level),
            demands=DEMANDS,
            actor=as_new(people[login]),
            now=timezone.now(),
        )

    made = race(
        *(enter(project, level, login) for project in projects for level, login in (("unit", "uw1"), ("group", "gw"))),
        enter(projects[0], "unit", "uw1"),
        enter(projects[1], "group", "gw"),
    )
    numbers = sorted(each.number for each in made)
    year = timezone.localdate().year
    assert numbers == sorted(f"TS-{who}-{year}-000{i}" for who in ("U1", "G") for i in (1, 2, 3))
    assert [problem for each in made for problem in wrong_with(each.pk)] == []


# --- evaluation, closing, filing, opinions


def evaluation(people: Personas, complaint: Complaint, login: str, *, satisfied: bool) -> Call:
    demands = list(complaint.demands.values_list("pk", flat=True))

    def call() -> Evaluation:
        now = timezone.now()
        return evaluate_complaint(
            complaint_id=complaint.pk,
            values=evaluation_values(now, 5 if satisfied else 2),
            met=demands if satisfied else [],
            next_due_on=timezone.localdate(now) + timedelta(days=5),
            raise_severity=False,
            files=[picture()],
            actor=as_new(people[login]),
            now=now,
        )

    return call


@pytest.mark.clause("5.7")
def test_two_evaluations_at_once(people: Personas) -> None:
    now = timezone.now()
    complaint = finish_all(people, handling(people, now=now), now=now)
    told = one_of(
        race(
            evaluation(people, complaint, "uw1", satisfied=True),
            evaluation(people, complaint, "pe11", satisfied=False),
        )
    )
    names_who_and_when(told, people.uw1, people.pe11)
    complaint.refresh_from_db()
    assert complaint.evaluations.count() == 1
    assert (complaint.status, complaint.round) in ((S.AWAITING_CLOSE, 1), (S.HANDLING, 2))
    assert wrong_with(complaint.pk) == []


@pytest.mark.clause("5.4.2a")
def test_closing_against_the_owners_objection(people: Personas) -> None:
    complaint, other = replied(people, now=timezone.now()), another(people, "UW")

    def close() -> Complaint:
        return close_complaint(complaint_id=complaint.pk, remark="", actor=as_new(people.uw1), now=timezone.now())

    def object_to_it() -> Complaint:
        return record_objection(complaint_id=complaint.pk, remark="不认可", actor=as_new(other), now=timezone.now())

    told = one_of(race(close, object_to_it))
    names_who_and_when(told, people.uw1, other)
    complaint.refresh_from_db()
    assert complaint.status in (S.CLOSED, S.RECONSIDERING)
    assert wrong_with(complaint.pk) == []


@pytest.mark.clause("B2-14")
def test_closing_against_withdrawal(people: Personas) -> None:
    now = timezone.now()
    complaint = awaiting_close(people, now=now)
    closing_entries(people, complaint, now=now)

    def close() -> Complaint:
        return close_complaint(complaint_id=complaint.pk, remark="", actor=as_new(people.uw1), now=timezone.now())

    one_of(race(close, withdrawal(people, complaint)))
    complaint.refresh_from_db()
    assert complaint.status in (S.CLOSED, S.WITHDRAWN)
    assert wrong_with(complaint.pk) == []


def withdrawal(people: Personas, complaint: Complaint) -> Call:
    return lambda: withdraw_complaint(
        complaint_id=complaint.pk, remark="误会", files=[picture()], actor=as_new(people.gw), now=timezone.now()
    )


@pytest.mark.clause("5.4.3")
def test_filing_against_withdrawal(people: Personas) -> None:
    """Filed first and then withdrawn is fine; withdrawn first, the filing is refused. Never a filing that lives on."""
    complaint, other = handling(people, now=timezone.now()), another(people, "GW", "G")
    filing = Filing.objects.get(complaint=complaint)

    def enter() -> Filing:
        return file_complaint(filing_id=filing.pk, note="", actor=as_new(other), now=timezone.now())

    filed, withdrawn = race(enter, withdrawal(people, complaint))
    assert isinstance(withdrawn, Complaint), withdrawn
    filing.refresh_from_db()
    assert filing.status == Filing.Status.CANCELLED
    assert bool(filing.number) is not isinstance(filed, Conflict)
    assert not Clock.objects.of_case(complaint).running().exists()
    assert wrong_with(complaint.pk) == []


@pytest.mark.clause("5.5.1")
def test_an_opinion_given_against_cancelled(people: Personas) -> None:
    complaint = ruled(people, Verdict.SEVERE, now=timezone.now())
    opinion = ask_opinion(
        complaint_id=complaint.pk, asked_of=people.ud1, question="可行否", actor=people.uw1, now=timezone.now()
    )

    def give() -> Opinion:
        return give_opinion(
            opinion_id=opinion.pk, text="可行", follower="杜栋一", actor=as_new(people.ud1), now=timezone.now()
        )

    def cancel() -> Opinion:
        return cancel_opinion(opinion_id=opinion.pk, remark="改问", actor=as_new(people.uw1), now=timezone.now())

    told = one_of(race(give, cancel))
    names_who_and_when(told, people.ud1, people.uw1)
    opinion.refresh_from_db()
    assert bool(opinion.text) is (opinion.status == Opinion.Status.GIVEN)
    assert wrong_with(complaint.pk) == []
