"""The time limits of plans and visits (A.2 steps 4 to 7; rules, part 2): each by its name, to the minute, through the
services."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from revisits import clocks as C
from revisits.models import PlanIssue, RevisitPlan, Visit, Waiver
from revisits.services.deciding import change_plan, decide_plan, drop_change, submit_plan
from revisits.services.issues import settle_issue
from revisits.services.jobs import order_drafts
from revisits.services.opening import turn_the_year
from revisits.services.planning import remove_line, repair_plan
from revisits.services.visits import reschedule_visit
from revisits.services.waivers import ask_waiver, decide_waiver
from tests.personas import Personas
from tests.workflow.helpers import at
from workflow.clocks import ClockDefault
from workflow.errors import Conflict
from workflow.models import Channel, Clock, Notice, Outcome
from workflow.services.sweep import sweep_clocks

from .factories import (
    DECIDER,
    OPENED,
    WRITER,
    a_ledger,
    approved,
    drafted,
    first_visit,
    on,
    returned,
    started,
    submitted,
    unreachable,
    visited,
)
from .invariants import expected_of_plan, running, wrong_with
from .test_matrix import affected, changing, short_of_a_visit, waiver_asked

P, V = RevisitPlan.Status, Visit.Status
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def clock_of(subject: Any, code: str) -> Clock:
    found: Clock = Clock.objects.about(subject).running().get(code=code)
    return found


def last(subject: Any, code: str) -> Clock:
    found = Clock.objects.about(subject).filter(code=code).order_by("-pk").first()
    assert found is not None, code
    return found


# --- every limit: started by its step, whose it is, until when


class Limit(NamedTuple):
    """``open`` makes the duty begin and gives the record it is about. OPENED is Sunday 2026-01-04 09:00."""

    open: Callable[[Personas], Any]
    post: str
    unit: str
    due: str
    above: str
    day_later: str


def opened(code: str) -> Callable[[Personas], RevisitPlan]:
    def make(p: Personas) -> RevisitPlan:
        turn_the_year(now=at("2026-01-02 00:15"))
        return RevisitPlan.objects.get(unit=p.unit(code))

    return make


def in_supplement(code: str) -> Callable[[Personas], RevisitPlan]:
    """Affected on 28 December: another project's ledger came into force."""
    return lambda p: affected(p, code)


def visit_on(code: str, day: date, method: str = "onsite") -> Callable[[Personas], Visit]:
    """A visit that is due on the day."""

    def make(p: Personas) -> Visit:
        visit = first_visit(approved(p, unit=code), method)
        reschedule_visit(visit_id=visit.pk, to=day, reason="业主出差", actor=p[WRITER[code]], now=OPENED)
        return visit

    return make


def not_reached(code: str, day: date, method: str = "onsite") -> Callable[[Personas], Visit]:
    """Not reached on the day, to be visited six days later."""

    def make(p: Personas) -> Visit:
        visit = visit_on(code, day, method)(p)
        visit.refresh_from_db()
        return unreachable(p, visit, moved_to=day + 6 * DAY)

    return make


LIMITS: dict[str, Limit] = {
    C.PLAN["unit"]: Limit(opened("U1"), "UW", "U1", "2026-01-05 00:00", "UH", "UL"),
    C.PLAN["department"]: Limit(opened("U1D1"), "PW", "U1D1", "2026-01-05 00:00", "PM", "UW UH"),
    C.REWORK["unit"]: Limit(lambda p: returned(p), "UW", "U1", "2026-01-08 00:00", "UH", "UL"),
    C.REWORK["department"]: Limit(lambda p: returned(p, unit="U1D1"), "PW", "U1D1", "2026-01-08 00:00", "PM", "UW UH"),
    C.SUPPLEMENT["unit"]: Limit(in_supplement("U1"), "UW", "U1", "2027-01-01 00:00", "UH", "UL"),
    C.SUPPLEMENT["department"]: Limit(in_supplement("U1D1"), "PW", "U1D1", "2027-01-01 00:00", "PM", "UW UH"),
    C.APPROVE["unit"]: Limit(lambda p: submitted(p), "GH", "G", "2026-01-05 09:00", "GL", "GL"),
    C.APPROVE["department"]: Limit(lambda p: submitted(p, unit="U1D1"), "UH", "U1", "2026-01-05 09:00", "UL", "UG"),
    C.WAIVE["unit"]: Limit(lambda p: waiver_asked(p, "U1"), "GH", "G", "2026-01-05 09:00", "GL", "GL"),
    C.WAIVE["department"]: Limit(lambda p: waiver_asked(p, "U1D1"), "UH", "U1", "2026-01-05 09:00", "UL", "UG"),
    C.VISIT["unit"]: Limit(visit_on("U1", date(2026, 2, 26), "phone"), "UW", "U1", "2026-03-02 00:00", "UH", "UL"),
    C.VISIT["department"]: Limit(visit_on("U1D1", date(2026, 1, 26)), "PW", "U1D1", "2026-01-28 00:00", "PM", "UW UH"),
    C.ONSITE["unit"]: Limit(not_reached("U1", date(2026, 2, 20), "phone"), "UW", "U1", "2026-03-02 00:00", "UH", "UL"),
    C.ONSITE["department"]: Limit(
        not_reached("U1D1", date(2026, 1, 20)), "PW", "U1D1", "2026-01-28 00:00", "PM", "UW UH"
    ),
}
PERSON_OF = {
    "GH": ("gh",), "GL": ("gl",), "UW": ("uw1",), "UH": ("sub1", "uh1"), "UL": ("ul1",), "UG": ("ug1",),
    "PW": ("pw11",), "PM": ("pm11",),
}  # fmt: skip
# Many visits become due with one approval: their executors read it in the plan, nobody is told of each.
TOLD_WITH_THE_PLAN = (C.VISIT["unit"], C.VISIT["department"])


def people_of(posts: str) -> set[str]:
    return {login for post in posts.split() for login in PERSON_OF[post]}


def test_the_table_has_every_limit_of_revisits() -> None:
    assert {code for code in ClockDefault.registry if code.startswith("revisit.")} == set(LIMITS)


@pytest.mark.clause("G", "G3", "rules-2")
@pytest.mark.parametrize("code", LIMITS)
def test_a_limit_from_its_step_to_the_head_of_the_group(personas: Personas, code: str) -> None:
    """Post, unit and due moment; overdue: executor and 监督; a day later the next level; two days later GH (G3)."""
    limit = LIMITS[code]
    a_ledger(personas, now=on(1, 1))
    subject = limit.open(personas)
    clock = clock_of(subject, code)
    assert (clock.post_id, clock.unit.code, clock.due_at) == (limit.post, limit.unit, at(limit.due))
    assert clock.owner.code == limit.unit if limit.post not in ("GH", "UH") else clock.owner == subject.unit
    told = Notice.objects.filter(key=f"clock:{clock.pk}:opened", channel=Channel.MAIL)
    heard_first = set(told.values_list("recipient__username", flat=True))
    assert heard_first == people_of(limit.post)

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


@pytest.mark.clause("5.2.4", "5.3.1", "5.3.2")
@pytest.mark.parametrize("code", ["U1", "U1D1"])
def test_the_visits_of_an_approval_are_told_with_the_plan(personas: Personas, code: str) -> None:
    """Many visits become due at once: who carries them out hears of the plan, not of each."""
    a_ledger(personas)
    plan = approved(personas, unit=code)
    clocks = Clock.objects.filter(code__in=TOLD_WITH_THE_PLAN)
    assert clocks.count() == plan.visits.count()
    assert not Notice.objects.filter(key__in=[f"clock:{clock.pk}:opened" for clock in clocks]).exists()
    told = Notice.objects.filter(kind="step", object_id=plan.pk, channel=Channel.INBOX, title__startswith="审批通过")
    assert set(told.values_list("recipient__username", flat=True)) == {WRITER[code]}


# --- exactly the clocks of each state

STATES: dict[str, tuple[Callable[[Personas, str], Any], Callable[[str], set[str]]]] = {
    "draft": (lambda p, u: drafted(p, unit=u), lambda level: {C.PLAN[level]}),
    "draft, a waiver asked": (waiver_asked, lambda level: {C.PLAN[level], C.WAIVE[level]}),
    "in_approval": (lambda p, u: submitted(p, unit=u), lambda level: {C.APPROVE[level]}),
    "returned": (lambda p, u: returned(p, unit=u), lambda level: {C.REWORK[level]}),
    "approved": (lambda p, u: approved(p, unit=u), lambda level: set()),
    "approved, affected": (affected, lambda level: {C.SUPPLEMENT[level]}),
    "draft of a change": (changing, lambda level: {C.SUPPLEMENT[level]}),
    "change in approval": (lambda p, u: sent_up(p, changing(p, u)), lambda level: {C.APPROVE[level]}),
    "change returned": (lambda p, u: sent_back(p, sent_up(p, changing(p, u))), lambda level: {C.REWORK[level]}),
    "closed": (lambda p, u: closed(p, approved(p, unit=u)), lambda level: set()),
    "change closed": (lambda p, u: closed(p, sent_up(p, changing(p, u))), lambda level: set()),
    "closed with a waiver asked": (
        lambda p, u: closed(p, waiver_in_change(p, changing(p, u))), lambda level: set(),
    ),
}  # fmt: skip
UNITS = {"unit": "U1", "department": "U1D1"}


def sent_up(p: Personas, plan: RevisitPlan, now: datetime = OPENED) -> RevisitPlan:
    return submit_plan(plan_id=plan.pk, actor=p[WRITER[plan.unit.code]], now=now)


def sent_back(p: Personas, plan: RevisitPlan, now: datetime = OPENED) -> RevisitPlan:
    decider = p[DECIDER[plan.unit.code]]
    return decide_plan(plan_id=plan.pk, decision="return", remark="请核对", actor=decider, now=now)


def passed(p: Personas, plan: RevisitPlan, now: datetime = OPENED) -> RevisitPlan:
    return decide_plan(plan_id=plan.pk, decision="approve", actor=p[DECIDER[plan.unit.code]], now=now)


def closed(p: Personas, plan: RevisitPlan) -> RevisitPlan:
    turn_the_year(now=at("2027-01-01 00:15"))
    plan.refresh_from_db()
    return plan


def waiver_in_change(p: Personas, plan: RevisitPlan) -> RevisitPlan:
    """A line is taken out of the change, and a waiver asked for in its place."""
    writer = p[WRITER[plan.unit.code]]
    line = plan.visits.filter(method="onsite").order_by("-planned_on")[0]
    remove_line(plan_id=plan.pk, visit_id=line.pk, actor=writer, now=OPENED)
    plan.refresh_from_db()
    assert plan.working is not None
    gap = plan.working.report["gaps"][0]
    ask_waiver(
        plan_id=plan.pk, project_id=gap["project"], rule=gap["rule"], reason="业主停业", actor=writer, now=OPENED
    )
    return plan


@pytest.mark.clause("rules-2", "5.2.3", "5.2.4")
@pytest.mark.parametrize("level", UNITS)
@pytest.mark.parametrize("state", STATES)
def test_exactly_the_clocks_of_a_state(personas: Personas, state: str, level: str) -> None:
    make, expected = STATES[state]
    a_ledger(personas)
    plan = make(personas, UNITS[level])
    plan.refresh_from_db()
    assert running(plan) == sorted(expected(level)) == sorted(expected_of_plan(plan))
    assert wrong_with(plan.pk) == []


def test_the_table_has_every_state() -> None:
    assert {name.split(",")[0].split()[0] for name in STATES} >= set(P.values)


# --- what stops a limit, what begins it anew


@pytest.mark.clause("5.2.3", "rules-2")
@pytest.mark.parametrize("level", UNITS)
@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, True)])
def test_submitted_on_time_to_the_second(personas: Personas, level: str, seconds: int, late: bool) -> None:
    a_ledger(personas, now=on(1, 1))
    plan = opened(UNITS[level])(personas)
    due = clock_of(plan, C.PLAN[level]).due_at
    repair_plan(plan_id=plan.pk, actor=personas[WRITER[plan.unit.code]], now=OPENED)
    sent_up(personas, plan, due + timedelta(seconds=seconds))
    clock = last(plan, C.PLAN[level])
    assert (clock.outcome, clock.late, clock.overdue_noted_at is not None) == (Outcome.DONE, late, late)


@pytest.mark.clause("5.2.4", "rules-2")
@pytest.mark.parametrize("level", UNITS)
def test_a_return_ends_the_approval_and_gives_three_days(personas: Personas, level: str) -> None:
    """Approved within a day of each submission; each return gives three days from the moment it was made."""
    a_ledger(personas)
    plan = submitted(personas, unit=UNITS[level])
    sent_back(personas, plan, at("2026-01-05 08:59"))
    first = last(plan, C.APPROVE[level])
    assert (first.outcome, first.late) == (Outcome.RETURNED, False)
    rework = clock_of(plan, C.REWORK[level])
    assert (rework.round, rework.received_at, rework.due_at) == (2, at("2026-01-05 08:59"), at("2026-01-09 00:00"))
    sent_up(personas, plan, at("2026-01-08 23:59"))
    assert not last(plan, C.REWORK[level]).late
    again = clock_of(plan, C.APPROVE[level])
    assert (again.pk == first.pk, again.round, again.due_at) == (False, 2, at("2026-01-09 23:59"))
    sent_back(personas, plan, at("2026-01-09 23:59"))
    again.refresh_from_db()
    assert (again.outcome, again.late) == (Outcome.RETURNED, True)
    assert clock_of(plan, C.REWORK[level]).round == 3
    assert last(plan, C.PLAN[level]).outcome == Outcome.DONE, "the year's own limit was met once"
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("5.2.4", "rules-2")
@pytest.mark.parametrize("level", UNITS)
def test_a_late_approval_stays_late(personas: Personas, level: str) -> None:
    a_ledger(personas)
    plan = submitted(personas, unit=UNITS[level])
    sweep_clocks(now=at("2026-01-06 12:00"))
    passed(personas, plan, at("2026-01-06 12:00"))
    clock = last(plan, C.APPROVE[level])
    assert (clock.outcome, clock.late, clock.overdue_noted_at) == (Outcome.DONE, True, at("2026-01-06 12:00"))


@pytest.mark.clause("5.2.4")
@pytest.mark.parametrize("level", UNITS)
@pytest.mark.parametrize("grant", [True, False])
def test_the_limit_of_waivers_ends_with_the_last_one(personas: Personas, level: str, grant: bool) -> None:
    """Two asked at different moments: one limit, from the first; it ends when both are decided."""
    a_ledger(personas)
    unit = UNITS[level]
    plan = short_of_a_visit(personas, unit)
    writer, decider = personas[WRITER[unit]], personas[DECIDER[unit]]
    line = plan.visits.order_by("planned_on")[0]
    remove_line(plan_id=plan.pk, visit_id=line.pk, actor=writer, now=OPENED)
    plan.refresh_from_db()
    assert plan.working is not None
    for hour, gap in enumerate(plan.working.report["gaps"][:2]):
        ask_waiver(
            plan_id=plan.pk,
            project_id=gap["project"],
            rule=gap["rule"],
            reason="业主停业",
            actor=writer,
            now=OPENED + timedelta(hours=hour),
        )
    clock = clock_of(plan, C.WAIVE[level])
    assert clock.due_at == at("2026-01-05 09:00")
    one, two = Waiver.objects.order_by("pk")
    for waiver, still in ((one, True), (two, False)):
        decide_waiver(waiver_id=waiver.pk, grant=grant, remark="依据不足", actor=decider, now=OPENED + 3 * MINUTE)
        assert Clock.objects.about(plan).running().filter(code=C.WAIVE[level]).exists() is still
    clock.refresh_from_db()
    assert (clock.outcome, clock.late) == (Outcome.DONE, False)
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("5.2.4")
@pytest.mark.parametrize("level", UNITS)
def test_a_waiver_nobody_needs_any_more_ends_with_the_approval(personas: Personas, level: str) -> None:
    """The gap was closed after all: the plan is approved, and nothing is left to decide."""
    a_ledger(personas)
    plan = waiver_asked(personas, UNITS[level])
    repair_plan(plan_id=plan.pk, actor=personas[WRITER[plan.unit.code]], now=OPENED)
    passed(personas, sent_up(personas, plan))
    assert running(plan) == []
    waiver = Waiver.objects.get(plan=plan)
    assert (waiver.status, waiver.decided_by) == (Waiver.Status.LAPSED, None)
    assert wrong_with(plan.pk) == []
    with pytest.raises(Conflict, match="不能"):
        decide_waiver(waiver_id=waiver.pk, grant=True, remark="", actor=personas[DECIDER[plan.unit.code]], now=OPENED)


@pytest.mark.clause("5.2.4")
@pytest.mark.parametrize("level", UNITS)
def test_a_waiver_of_a_change_given_up_ends_with_it(personas: Personas, level: str) -> None:
    a_ledger(personas)
    plan = waiver_in_change(personas, changing(personas, UNITS[level]))
    plan = drop_change(plan_id=plan.pk, reason="不改了", actor=personas[WRITER[plan.unit.code]], now=OPENED)
    assert running(plan) == []
    assert last(plan, C.WAIVE[level]).outcome == Outcome.CANCELLED
    assert Waiver.objects.get(plan=plan).status == Waiver.Status.LAPSED
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("A2-3")
@pytest.mark.parametrize("level", UNITS)
def test_the_supplement_runs_from_the_first_finding_through_a_change_given_up(personas: Personas, level: str) -> None:
    """Three days from what was found; a change begun for it goes on within them; given up, the first moment stands."""
    a_ledger(personas)
    plan = affected(personas, UNITS[level])
    writer = personas[WRITER[plan.unit.code]]
    clock = clock_of(plan, C.SUPPLEMENT[level])
    assert (clock.received_at, clock.due_at) == (on(12, 28), at("2027-01-01 00:00"))
    plan = change_plan(plan_id=plan.pk, reason="增补", actor=writer, now=on(12, 29))
    assert clock_of(plan, C.SUPPLEMENT[level]).pk == clock.pk, "the same limit"
    plan = drop_change(plan_id=plan.pk, reason="不改了", actor=writer, now=on(12, 30))
    clock.refresh_from_db()
    assert (clock.outcome, clock.late) == (Outcome.CANCELLED, False)
    again = clock_of(plan, C.SUPPLEMENT[level])
    assert (again.received_at, again.due_at) == (on(12, 28), at("2027-01-01 00:00"))
    settle_issue(issue_id=PlanIssue.objects.get(plan=plan).pk, reason="现有安排足够", actor=writer, now=on(12, 31))
    again.refresh_from_db()
    assert (again.outcome, again.late) == (Outcome.DONE, False)
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("A2-3", "5.2.4")
@pytest.mark.parametrize("level", UNITS)
def test_a_change_has_three_days_and_each_return_three_more(personas: Personas, level: str) -> None:
    a_ledger(personas)
    plan = changing(personas, UNITS[level])
    assert clock_of(plan, C.SUPPLEMENT[level]).due_at == at("2026-01-08 00:00")
    sent_back(personas, sent_up(personas, plan, on(1, 7)), on(1, 7, 15))
    assert last(plan, C.SUPPLEMENT[level]).outcome == Outcome.DONE
    assert clock_of(plan, C.REWORK[level]).due_at == at("2026-01-11 00:00")
    passed(personas, sent_up(personas, plan, on(1, 8)), on(1, 8, 10))
    assert running(plan) == []
    assert wrong_with(plan.pk) == []


# --- visits


@pytest.mark.clause("5.3.1", "5.3.2", "rules-2")
@pytest.mark.parametrize(("level", "days"), [("unit", 4), ("department", 2)])
@pytest.mark.parametrize(("seconds", "late"), [(-1, False), (0, True)])
def test_recorded_on_time_to_the_second(personas: Personas, level: str, days: int, seconds: int, late: bool) -> None:
    a_ledger(personas)
    visit = first_visit(approved(personas, unit=UNITS[level]))
    clock = clock_of(visit, C.VISIT[level])
    assert clock.due_at == at(f"{visit.scheduled_on + days * DAY} 00:00")
    visited(personas, visit, now=clock.due_at + timedelta(seconds=seconds))
    clock.refresh_from_db()
    assert (clock.outcome, clock.late, clock.overdue_noted_at is not None) == (Outcome.DONE, late, late)
    assert running(visit) == []


@pytest.mark.clause("5.2.4", "5.3.1", "5.3.2")
@pytest.mark.parametrize(("level", "days"), [("unit", 4), ("department", 2)])
def test_approved_after_the_planned_day_the_limit_counts_from_the_approval(
    personas: Personas, level: str, days: int
) -> None:
    """Nobody is late with what was not yet approved; what lies ahead counts from its own day."""
    a_ledger(personas)
    plan = submitted(personas, unit=UNITS[level])
    late = on(6, 10, 15)
    passed(personas, plan, late)
    for visit in plan.visits.open():
        clock = clock_of(visit, C.VISIT[level])
        begins = max(visit.planned_on, late.date())
        assert clock.due_at == at(f"{begins + days * DAY} 00:00"), visit
        assert clock.received_at == max(at(f"{visit.planned_on} 00:00"), late)
    sweep_clocks(now=late + MINUTE)
    assert not Clock.objects.filter(code=C.VISIT[level]).exclude(overdue_noted_at=None).exists()


@pytest.mark.clause("5.3.1", "rules-2")
def test_a_moved_visit_has_a_limit_of_its_new_day(personas: Personas) -> None:
    a_ledger(personas)
    visit = first_visit(approved(personas), "phone")
    before = clock_of(visit, C.VISIT["unit"])
    moved = visit.scheduled_on + 5 * DAY
    reschedule_visit(visit_id=visit.pk, to=moved, reason="业主出差", actor=personas.uw1, now=OPENED)
    before.refresh_from_db()
    assert (before.outcome, before.late) == (Outcome.CANCELLED, False)
    assert clock_of(visit, C.VISIT["unit"]).due_at == at(f"{moved + 4 * DAY} 00:00")


@pytest.mark.clause("5.3.1", "G3")
def test_a_visit_moved_when_it_was_late_stays_a_late_fact(personas: Personas) -> None:
    a_ledger(personas)
    visit = first_visit(approved(personas), "phone")
    before = clock_of(visit, C.VISIT["unit"])
    sweep_clocks(now=before.due_at)
    now = before.due_at + timedelta(hours=9)
    reschedule_visit(visit_id=visit.pk, to=now.date() + DAY, reason="业主出差", actor=personas.uw1, now=now)
    before.refresh_from_db()
    assert (before.outcome, before.late) == (Outcome.CANCELLED, True)
    assert before.overdue_noted_at == before.due_at
    assert clock_of(visit, C.VISIT["unit"]).due_at == at(f"{now.date() + 5 * DAY} 00:00")


@pytest.mark.clause("A3-C03", "A3-C04", "rules-2")
@pytest.mark.parametrize(("level", "days"), [("unit", 4), ("department", 2)])
def test_a_failed_call_ends_its_limit_and_each_further_one_begins_anew(
    personas: Personas, level: str, days: int
) -> None:
    a_ledger(personas)
    visit = first_visit(approved(personas, unit=UNITS[level]))
    first = clock_of(visit, C.VISIT[level])
    day = visit.scheduled_on
    unreachable(personas, visit, moved_to=day + 2 * DAY)
    first.refresh_from_db()
    assert (first.outcome, first.late) == (Outcome.DONE, False)
    second = clock_of(visit, C.ONSITE[level])
    assert second.due_at == at(f"{day + (2 + days) * DAY} 00:00")
    visit.refresh_from_db()
    unreachable(personas, visit, moved_to=day + 3 * DAY, now=at(f"{day + 2 * DAY} 10:00"))
    second.refresh_from_db()
    assert second.outcome == Outcome.DONE
    third = clock_of(visit, C.ONSITE[level])
    assert (third.pk == second.pk, third.due_at) == (False, at(f"{day + (3 + days) * DAY} 00:00"))
    visit.refresh_from_db()
    assert visited(personas, visit).status == V.OK
    assert running(visit) == []
    assert wrong_with(visit.plan_id) == []


# --- the year


@pytest.mark.clause("5.2.1")
@pytest.mark.parametrize(
    "moment", ["2026-01-01 00:15", "2026-01-02 00:15", "2026-01-20 00:15"], ids=["at once", "a day", "a pause"]
)
def test_the_year_opens_from_the_first_of_january_whenever_it_is_looked_at(personas: Personas, moment: str) -> None:
    """Three days from 1 January: until the end of 4 January; caught up after a pause it is born overdue."""
    a_ledger(personas, now=at("2025-12-01 09:00"))
    assert turn_the_year(now=at(moment))["opened"] == 2
    for code in C.PLAN.values():
        clock = Clock.objects.running().get(code=code)
        assert (clock.received_at, clock.due_at) == (at("2026-01-01 00:00"), at("2026-01-05 00:00"))
    sweep_clocks(now=at(moment))
    overdue = Clock.objects.exclude(overdue_noted_at=None).filter(code__startswith="revisit.").count()
    assert overdue == (2 if at(moment) >= at("2026-01-05 00:00") else 0)


@pytest.mark.clause("5.2.1", "A2-3")
def test_a_first_ledger_of_mid_year_opens_the_plans_from_its_day(personas: Personas) -> None:
    a_ledger(personas, now=at("2026-08-20 14:00"), start=date(2026, 3, 1), end=date(2028, 2, 29))
    turn_the_year(now=at("2026-08-21 00:15"))
    for code in C.PLAN.values():
        assert Clock.objects.running().get(code=code).due_at == at("2026-08-24 00:00")


@pytest.mark.clause("5.2.1")
def test_a_project_that_asks_for_nothing_does_not_date_the_opening(personas: Personas) -> None:
    """A warranty that ended long ago: the department has nothing to plan until the ledger of August."""
    a_ledger(personas, now=at("2025-12-01 09:00"), start=date(2023, 1, 1), end=date(2024, 12, 31))
    assert turn_the_year(now=at("2026-01-01 00:15"))["opened"] == 0
    a_ledger(personas, now=at("2026-08-20 14:00"), start=date(2026, 3, 1), end=date(2028, 2, 29))
    assert turn_the_year(now=at("2026-08-21 00:15"))["opened"] == 2
    for code in C.PLAN.values():
        clock = Clock.objects.running().get(code=code)
        assert (clock.received_at, clock.due_at) == (at("2026-08-20 00:00"), at("2026-08-24 00:00"))


@pytest.mark.clause("5.2.1")
def test_begun_early_it_is_due_with_the_year(personas: Personas) -> None:
    a_ledger(personas, now=at("2025-11-01 09:00"))
    plan = started(personas, year=2026, now=at("2025-12-20 09:00"))
    assert clock_of(plan, C.PLAN["unit"]).due_at == at("2026-01-05 00:00")
    job = order_drafts(unit=personas.unit("U1"), year=2026, actor=personas.uw1, now=at("2025-12-20 10:00"))
    assert job.total == 2
    department = RevisitPlan.objects.get(level="department")
    assert clock_of(department, C.PLAN["department"]).due_at == at("2026-01-05 00:00")
    assert turn_the_year(now=at("2026-01-01 00:15")) == {"closed": 0, "opened": 0}
    sweep_clocks(now=at("2026-01-05 00:00"))
    assert clock_of(plan, C.PLAN["unit"]).overdue_noted_at == at("2026-01-05 00:00")


@pytest.mark.clause("5.2.1")
@pytest.mark.parametrize("way", ["by hand", "by a job"])
def test_begun_before_the_calendar_woke_up_it_counts_from_the_same_day(personas: Personas, way: str) -> None:
    """The beat stood still over New Year: who begins on the 3rd has no day more than who waits to be called."""
    a_ledger(personas, now=at("2025-12-01 09:00"))
    now = at("2026-01-03 09:00")
    if way == "by hand":
        started(personas, now=now)
    else:
        order_drafts(unit=personas.unit("U1"), year=2026, actor=personas.uw1, now=now)
    plan = RevisitPlan.objects.get(level="unit")
    assert clock_of(plan, C.PLAN["unit"]).due_at == at("2026-01-05 00:00")


@pytest.mark.clause("5.2.1", "5.3.1")
def test_the_year_ends_caught_up_after_a_pause(personas: Personas) -> None:
    """Looked at again in March: what governed is closed, its open visits stay due and late; the next year is open."""
    a_ledger(personas)
    plan = approved(personas)
    unwritten = started(personas, unit="U1D1")
    done = turn_the_year(now=at("2027-03-01 00:15"))
    assert done == {"closed": 1, "opened": 2}
    plan.refresh_from_db()
    unwritten.refresh_from_db()
    assert (plan.status, unwritten.status) == (P.CLOSED, P.DRAFT), "what was never approved stays open, and overdue"
    sweep_clocks(now=at("2027-03-01 00:15"))
    assert clock_of(unwritten, C.PLAN["department"]).overdue_noted_at is not None
    visits = plan.visits.open()
    assert visits.count() == 6
    for visit in visits:
        assert clock_of(visit, C.VISIT["unit"]).overdue_noted_at is not None
    assert wrong_with(plan.pk) == []
    assert turn_the_year(now=at("2027-03-01 00:16")) == {"closed": 0, "opened": 0}
