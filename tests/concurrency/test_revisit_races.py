"""Two people, one plan or one visit: exactly one wins, the other reads who did what, nothing is half-done. On
PostgreSQL."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError

from ledgers.models import Ledger, WarrantyCase
from ledgers.services.review import decide_ledger, propose_change, submit_ledger
from ledgers.services.transfer import transfer_project
from organization.models import User
from revisits.models import DraftTask, RevisitPlan, Visit, VisitRecord, Waiver
from revisits.services import deciding, visits
from revisits.services.deciding import change_plan, decide_plan, submit_plan
from revisits.services.jobs import order_drafts, run_next
from revisits.services.opening import open_year
from revisits.services.planning import change_line, draft_plan, remove_line, start_plan
from revisits.services.visits import record_unreachable, record_visit
from revisits.services.waivers import ask_waiver, decide_waiver
from tests.concurrency.test_ledger_races import as_new, race
from tests.factories import appoint, make_user
from tests.ledgers.factories import write
from tests.personas import Personas, make_personas
from tests.revisits.factories import (
    OPENED,
    PROBLEM,
    YEAR,
    a_ledger,
    approved,
    drafted,
    first_visit,
    on,
    record_of,
    started,
    submitted,
)
from tests.revisits.invariants import wrong_with
from workflow.errors import Conflict
from workflow.models import Clock, Transition

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

S, V = RevisitPlan.Status, Visit.Status
Call = Callable[[], Any]
DAY = timedelta(days=1)


@pytest.fixture
def people(transactional_db: None) -> Personas:
    return make_personas()


def another(people: Personas, post: str, unit: str) -> User:
    """A second holder of the post."""
    other = make_user(f"{post.lower()}b", f"次{post}")
    appoint(other, post, people.unit(unit))
    return as_new(other)


def one_of(results: list[Any]) -> Conflict:
    """Exactly one won; what the loser was told."""
    losers = [each for each in results if isinstance(each, Conflict)]
    assert len(losers) == 1, results
    assert sum(isinstance(each, Exception) for each in results) == 1, results
    return losers[0]


def names_who_and_when(told: Conflict, *who: User) -> None:
    assert any(user.name in told.message for user in who), told.message
    assert f"{OPENED:%Y-%m-%d}" in told.message


def decision(plan: RevisitPlan, decision: str, actor: User, now: datetime = OPENED) -> Call:
    return lambda: decide_plan(plan_id=plan.pk, decision=decision, remark="请核对", actor=as_new(actor), now=now)


def record(visit: Visit, actor: User, now: datetime | None = None, **values: Any) -> Call:
    moment = now or datetime.combine(visit.scheduled_on, OPENED.timetz())
    return lambda: record_visit(visit_id=visit.pk, values=record_of(visit, **values), actor=as_new(actor), now=moment)


# --- the plan


@pytest.mark.clause("5.2.4", "G1")
def test_two_heads_approve_at_once(people: Personas) -> None:
    a_ledger(people)
    plan, other = submitted(people), another(people, "GH", "G")
    told = one_of(race(decision(plan, "approve", people.gh), decision(plan, "approve", other)))
    names_who_and_when(told, people.gh, other)
    assert Transition.objects.about(plan).filter(step="approve_unit").count() == 1
    assert Clock.objects.filter(code="revisit.visit_unit").count() == 6
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("5.2.4")
def test_approval_against_return(people: Personas) -> None:
    a_ledger(people)
    plan, other = submitted(people), another(people, "GH", "G")
    told = one_of(race(decision(plan, "approve", people.gh), decision(plan, "return", other)))
    names_who_and_when(told, people.gh, other)
    plan.refresh_from_db()
    assert plan.status in (S.APPROVED, S.RETURNED)
    assert plan.visits.open().count() == (6 if plan.status == S.APPROVED else 0)
    assert wrong_with(plan.pk) == []


def test_without_the_lock_both_would_win(people: Personas, monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is real: the same two approvals, read without the row lock, are both taken."""
    a_ledger(people)
    plan, other = submitted(people), another(people, "GH", "G")
    both_have_read = Barrier(2)

    def read_without_lock(plan_id: int) -> RevisitPlan:
        found = RevisitPlan.objects.select_related("unit", "working__policy", "effective__policy").get(pk=plan_id)
        both_have_read.wait(timeout=20)
        return found

    monkeypatch.setattr(deciding, "lock_plan", read_without_lock)
    results = race(decision(plan, "approve", people.gh), decision(plan, "return", other))
    assert all(isinstance(each, RevisitPlan) for each in results), results
    assert wrong_with(plan.pk), "the invariants see it"


@pytest.mark.clause("5.2.3", "5.2.4")
def test_approval_against_a_line_that_is_edited(people: Personas) -> None:
    """A plan never changes under who approves it: submitted and approved, or edited before it was submitted."""
    a_ledger(people)
    plan = drafted(people)
    line = plan.visits.order_by("planned_on")[0]

    def hand_up() -> RevisitPlan:
        submit_plan(plan_id=plan.pk, actor=as_new(people.uw1), now=OPENED)
        return decide_plan(plan_id=plan.pk, decision="approve", actor=as_new(people.gh), now=OPENED)

    def edit() -> Visit:
        return change_line(
            plan_id=plan.pk,
            visit_id=line.pk,
            on=line.planned_on + DAY,
            method=line.method,
            visitor=line.visitor_id,
            actor=as_new(people.uw1),
            now=OPENED,
        )

    handed, edited = race(hand_up, edit)
    assert isinstance(handed, RevisitPlan), handed
    line.refresh_from_db()
    assert (line.scheduled_on, line.status) == (line.planned_on, V.DUE)
    clock = Clock.objects.about(line).running().get()
    assert clock.due_at == datetime.combine(line.planned_on + 4 * DAY, datetime.min.time(), OPENED.tzinfo)
    if isinstance(edited, Conflict):
        names_who_and_when(edited, people.uw1, people.gh)
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("5.2.1")
def test_two_begin_one_plan_and_the_year_opens_it_too(people: Personas) -> None:
    a_ledger(people, now=on(1, 2))

    def start(actor: User) -> Call:
        return lambda: start_plan(unit=people.unit("U1"), year=YEAR, actor=as_new(actor), now=OPENED)

    other = another(people, "UW", "U1")
    results = race(start(people.uw1), start(other), lambda: open_year(YEAR, now=OPENED))
    assert sum(isinstance(each, RevisitPlan) for each in results) <= 1
    assert not any(isinstance(each, Exception) and not isinstance(each, Conflict) for each in results), results
    assert (
        RevisitPlan.objects.filter(level="unit").count() == RevisitPlan.objects.filter(level="department").count() == 1
    )
    for plan in RevisitPlan.objects.all():
        assert wrong_with(plan.pk) == []
    race(lambda: open_year(YEAR + 1, now=OPENED), lambda: open_year(YEAR + 1, now=OPENED))
    assert RevisitPlan.objects.filter(year=YEAR + 1).count() == 2
    assert Clock.objects.running().filter(code="revisit.plan_unit").count() == 2


@pytest.mark.clause("5.2.4", "G5")
def test_one_waiver_granted_twice(people: Personas) -> None:
    ledger = a_ledger(people)
    plan = drafted(people)
    gone = plan.visits.filter(method="onsite").order_by("planned_on")[0]
    remove_line(plan_id=plan.pk, visit_id=gone.pk, actor=people.uw1, now=OPENED)
    waiver = ask_waiver(
        plan_id=plan.pk, project_id=ledger.project_id, rule="H1", reason="业主停业", actor=people.uw1, now=OPENED
    )
    other = another(people, "GH", "G")

    def grant(actor: User) -> Call:
        return lambda: decide_waiver(waiver_id=waiver.pk, grant=True, remark="意见", actor=as_new(actor), now=OPENED)

    told = one_of(race(grant(people.gh), grant(other)))
    assert "已批准" in told.message
    assert Transition.objects.about(plan).filter(step="decide_waiver_unit").count() == 1
    assert Waiver.objects.get().status == Waiver.Status.GRANTED
    assert wrong_with(plan.pk) == []


# --- visits


@pytest.mark.clause("5.3.1")
def test_two_records_of_one_visit(people: Personas) -> None:
    a_ledger(people)
    visit, other = first_visit(approved(people)), another(people, "UW", "U1")
    told = one_of(race(record(visit, people.uw1, **PROBLEM), record(visit, other, **PROBLEM)))
    assert any(user.name in told.message for user in (people.uw1, other))
    assert VisitRecord.objects.filter(visit=visit).count() == WarrantyCase.objects.count() == 1
    assert wrong_with(visit.plan_id) == []


def test_without_the_lock_both_records_would_stand(people: Personas, monkeypatch: pytest.MonkeyPatch) -> None:
    a_ledger(people)
    visit, other = first_visit(approved(people)), another(people, "UW", "U1")
    both_have_read = Barrier(2)

    def read_without_lock(pk: int, **_: Any) -> Visit:
        related = ("plan__working__policy", "plan__effective__policy", "plan__unit", "unit", "project", "record")
        found: Visit = Visit.objects.select_related(*related).get(pk=pk)
        both_have_read.wait(timeout=20)
        return found

    monkeypatch.setattr(visits, "lock_visit", read_without_lock)

    def as_result(call: Call) -> Call:
        def run() -> Any:
            try:
                return call()
            except IntegrityError as refusal:
                return refusal

        return run

    results = race(as_result(record(visit, people.uw1)), as_result(record(visit, other)))
    assert sum(isinstance(each, IntegrityError) for each in results) == 1, "only the constraint is left"


@pytest.mark.clause("5.3.1", "A3-C03")
def test_a_record_against_a_failed_call(people: Personas) -> None:
    a_ledger(people)
    visit, other = first_visit(approved(people), "phone"), another(people, "UW", "U1")
    day = visit.scheduled_on
    now = datetime.combine(day, OPENED.timetz())

    def not_reached() -> Visit:
        return record_unreachable(
            visit_id=visit.pk, tried_on=day, reason="停机", moved_to=day + 2 * DAY, actor=as_new(other), now=now,
            revision=visit.revision,
        )  # fmt: skip

    def recorded() -> Visit:
        return record_visit(
            visit_id=visit.pk, values=record_of(visit), actor=as_new(people.uw1), now=now, revision=visit.revision
        )

    one_of(race(recorded, not_reached))
    visit.refresh_from_db()
    assert visit.status in (V.OK, V.RETRY)
    assert visit.attempts.count() == (visit.status == V.RETRY)
    assert wrong_with(visit.plan_id) == []


@pytest.mark.clause("5.2.4", "5.3.1")
@pytest.mark.parametrize("replaced", [False, True])
def test_a_record_against_the_approval_of_a_change_that_drops_it(people: Personas, replaced: bool) -> None:
    """First recorded: it stays a line of the plan. First approved: who records it is told that it was given up."""
    a_ledger(people)
    plan = approved(people)
    visit = first_visit(plan)
    now = datetime.combine(visit.scheduled_on, OPENED.timetz())
    change_plan(plan_id=plan.pk, reason="调整", actor=people.uw1, now=now)
    change_line(
        plan_id=plan.pk,
        visit_id=visit.pk,
        on=visit.planned_on + 9 * DAY,
        method=visit.method,
        visitor=visit.visitor_id,
        actor=people.uw1,
        now=now,
    )
    if not replaced:  # another line in its place, which is not its continuation
        Visit.objects.filter(replaces=visit).update(replaces=None)
    submit_plan(plan_id=plan.pk, actor=people.uw1, now=now)
    recorded, decided = race(record(visit, people.uw1, now), decision(plan, "approve", people.gh, now))
    assert isinstance(decided, RevisitPlan), decided
    visit.refresh_from_db()
    if isinstance(recorded, Conflict):
        assert visit.status == V.CANCELLED
    else:
        assert (visit.status, visit.dropped_in) == (V.OK, None)
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("5.2.4", "5.3.1")
def test_a_record_against_the_line_taken_out_of_a_change(people: Personas) -> None:
    """What is written by one is not undone by the other."""
    a_ledger(people)
    plan = approved(people)
    visit = first_visit(plan)
    now = datetime.combine(visit.scheduled_on, OPENED.timetz())
    change_plan(plan_id=plan.pk, reason="调整", actor=people.uw1, now=now)

    def take_out() -> None:
        remove_line(plan_id=plan.pk, visit_id=visit.pk, actor=as_new(people.uw1), now=now)

    recorded, taken = race(record(visit, people.uw1, now), take_out)
    assert isinstance(recorded, Visit), recorded
    visit.refresh_from_db()
    assert visit.status == V.OK
    assert visit.dropped_in == (None if isinstance(taken, Conflict) else 2)
    assert wrong_with(plan.pk) == []


# --- jobs, ledgers, transfers


@pytest.mark.clause("5.2.1")
def test_two_workers_on_one_job(people: Personas) -> None:
    a_ledger(people)
    order_drafts(unit=people.unit("G"), year=YEAR, actor=people.gw, now=OPENED)

    def work() -> int:
        done = 0
        while run_next(now=OPENED):
            done += 1
        return done

    assert sum(race(work, work, work)) == 2
    assert set(DraftTask.objects.values_list("state", "attempt")) == {("done", 1)}
    for plan in RevisitPlan.objects.all():
        assert plan.visits.count() == (6 if plan.level == "unit" else 12)
        assert wrong_with(plan.pk) == []


def a_change(people: Personas, ledger: Ledger, now: datetime, **header: Any) -> Call:
    """The last approval of a change of the ledger."""
    propose_change(ledger_id=ledger.pk, reason="变更", actor=people.pw11, now=now)
    write(people, ledger, now=now, **header)
    submit_ledger(ledger_id=ledger.pk, actor=people.pw11, now=now)
    decide_ledger(ledger_id=ledger.pk, step="review_change", remark="", actor=people.uw1, now=now)
    return lambda: decide_ledger(
        ledger_id=ledger.pk, step="confirm_change", remark="", actor=as_new(people.uh1), now=now + DAY
    )


@pytest.mark.clause("A2-3", "5.2.4")
@pytest.mark.parametrize("header", [{"hvac": True}, {"key": True}], ids=["nothing is missing", "something is missing"])
def test_the_approval_of_a_ledger_against_that_of_the_plan(people: Personas, header: dict[str, Any]) -> None:
    """Neither a deadlock nor a matter without its limit: named after the approval, settled by it, or refused at it."""
    ledger = a_ledger(people)
    plan = approved(people)
    change_plan(plan_id=plan.pk, reason="调整", actor=people.uw1, now=on(3, 1))
    submit_plan(plan_id=plan.pk, actor=people.uw1, now=on(3, 1))
    confirmed, decided = race(
        a_change(people, ledger, on(3, 1), **header), decision(plan, "approve", people.gh, on(3, 1))
    )
    assert isinstance(confirmed, Ledger), confirmed
    plan.refresh_from_db()
    assert plan.status == (S.IN_APPROVAL if isinstance(decided, Conflict) else S.APPROVED)
    assert plan.issues.count() == 1
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("A2-3", "5.3.3")
def test_a_transfer_against_a_visit_with_a_problem_and_a_draft(people: Personas) -> None:
    """All three write about one project: no deadlock, and nothing of the department that was left stays open."""
    ledger = a_ledger(people)
    plan = approved(people, unit="U1D1")
    unit = started(people)
    visit = first_visit(plan)
    now = datetime.combine(visit.scheduled_on, OPENED.timetz())

    def move() -> Any:
        return transfer_project(
            project_id=ledger.project_id,
            department=people.unit("U1D2"),
            reason="调整",
            actor=as_new(people.gh),
            now=now,
        )

    moved, recorded, written = race(
        move,
        record(visit, people.pw11, now, **PROBLEM),
        lambda: draft_plan(plan_id=unit.pk, actor=as_new(people.uw1), now=now),
    )
    assert not isinstance(moved, Exception), moved
    assert isinstance(written, RevisitPlan), written
    assert not plan.visits.open().exists()
    visit.refresh_from_db()
    assert visit.status == (V.CANCELLED if isinstance(recorded, Conflict) else V.PROBLEM)
    assert WarrantyCase.objects.count() == (visit.status == V.PROBLEM)
    assert wrong_with(plan.pk) + wrong_with(unit.pk) == []
