"""The revisits' part of the matrix, cell by cell: whose duty it is does it, every other post cannot (A.4, S-18, S-20,
S-21, G2).

``DUTIES`` names for each action the services it opens, at which level, and the state in which they are due. Each is
called by every persona: in the unit, next door, in the neighbour's unit, at the group, administrators, without
appointment. The pages of the same duties stand in ``tests/security``, where every address is asked by GET and by forged
POST.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from organization.models import AuthorityCell, Unit, User
from organization.models.authority import Duty
from organization.services.matrix import set_actions
from revisits.flow import PLAN_FLOW, VISIT_FLOW
from revisits.models import DraftJob, FrequencyPolicy, PlanIssue, RevisitPlan, Visit, Waiver
from revisits.permissions import VIEW
from revisits.services.deciding import approve_plans, change_plan
from revisits.services.jobs import order_drafts, stop_job
from revisits.services.planning import assign_visitor, draft_plan, remove_line, start_plan
from revisits.services.policy import DAYS, change_policy
from revisits.services.waivers import ask_waiver
from tests.complaints.factories import picture
from tests.personas import PEOPLE, SUBSTITUTE, Personas
from workflow.errors import Conflict
from workflow.models import Transition
from workflow.services.evidence import attach_evidence

from .factories import (
    OPENED,
    WRITER,
    YEAR,
    a_ledger,
    approved,
    drafted,
    first_visit,
    on,
    returned,
    started,
    submitted,
    visited,
)
from .walk import OPERATIONS, World

CODES = {"unit": "U1", "department": "U1D1"}
# The units whose posts reach what belongs to a unit, by the level of the plan.
REACH = {"unit": ("G", "U1"), "department": ("G", "U1", "U1D1")}
Call = Callable[[Personas, Any, User], Any]


class Case(NamedTuple):
    """``opens``: the action that is the right to it. ``make`` brings the record into the state, for the unit named."""

    opens: str
    make: Callable[[Personas, str], Any]
    call: str | Call
    now: datetime = OPENED


class Bystander(World):
    """What the operations of the random walk need to know, without plans of its own."""

    def __post_init__(self) -> None:
        """Nothing is made."""


def short_of_a_visit(p: Personas, code: str) -> RevisitPlan:
    """编制中, with a gap."""
    plan = drafted(p, unit=code)
    line = plan.visits.filter(method="onsite").order_by("planned_on").first()
    assert line is not None
    remove_line(plan_id=plan.pk, visit_id=line.pk, actor=p[WRITER[code]], now=OPENED)
    return plan


def waiver_asked(p: Personas, code: str) -> RevisitPlan:
    plan = short_of_a_visit(p, code)
    plan.refresh_from_db()
    assert plan.working is not None
    gap = plan.working.report["gaps"][0]
    ask_waiver(
        plan_id=plan.pk, project_id=gap["project"], rule=gap["rule"], reason="业主停业", actor=p[WRITER[code]],
        now=OPENED,
    )  # fmt: skip
    return plan


def changing(p: Personas, code: str) -> RevisitPlan:
    plan = approved(p, unit=code)
    return change_plan(plan_id=plan.pk, reason="调整", actor=p[WRITER[code]], now=OPENED)


def due(p: Personas, code: str) -> Visit:
    return first_visit(approved(p, unit=code))


def made(p: Personas, code: str) -> Visit:
    return visited(p, due(p, code))


def affected(p: Personas, code: str) -> RevisitPlan:
    """A further project came into force whose plan lacks nothing."""
    plan = approved(p, unit=code)
    a_ledger(p, now=on(12, 28), start=on(12, 20).date(), end=on(12, 31).date().replace(year=2027))
    assert PlanIssue.objects.filter(plan=plan).exists()
    return plan


def unit_of(p: Personas, code: str) -> Unit:
    return p.unit(code)


def start(p: Personas, unit: Unit, actor: User) -> None:
    start_plan(unit=unit, year=YEAR, actor=actor, now=OPENED)


def prepare(p: Personas, plan: RevisitPlan, actor: User) -> None:
    draft_plan(plan_id=plan.pk, actor=actor, now=OPENED, step="prepare")


def order(p: Personas, unit: Unit, actor: User) -> None:
    order_drafts(unit=unit, year=YEAR, actor=actor, now=OPENED)


def name_visitor(p: Personas, plan: RevisitPlan, actor: User) -> None:
    visitor = p[WRITER[plan.unit.code]].pk
    assign_visitor(plan_id=plan.pk, visitor=visitor, visits=None, actor=actor, now=OPENED)


def approve_many(p: Personas, plan: RevisitPlan, actor: User) -> None:
    (answer,) = approve_plans(plan_ids=[plan.pk], actor=actor, now=OPENED)
    if answer.refused:
        raise PermissionDenied(answer.refused)


def set_policy(p: Personas, _: Any, actor: User) -> None:
    policy = FrequencyPolicy.in_force()
    change_policy(
        settings={"min_window_days": 10, "onsite_counts_as_phone": False, "rain_for_all": False},
        climates=[{name: getattr(row, name) for name in ("place", *DAYS)} for row in policy.climates.all()],
        reason="集团决定",
        number=policy.number,
        actor=actor,
        now=OPENED,
    )


def see(p: Personas, record: Any, actor: User) -> None:
    VIEW.get(actor, type(record).objects.all(), pk=record.pk)


def attach(p: Personas, visit: Visit, actor: User) -> None:
    attach_evidence(subject=visit, file=picture(), actor=actor, now=on(3, 1), kind="photo")


# Name → the duty; ``{level}`` in ``opens`` is the level's own action.
DUTIES: dict[str, Case] = {
    "start": Case("draft_{level}", unit_of, start),
    "draft": Case("draft_{level}", lambda p, code: started(p, unit=code), "draft"),
    "repair": Case("draft_{level}", short_of_a_visit, "repair"),
    "add a line": Case("draft_{level}", lambda p, code: drafted(p, unit=code), "add"),
    "change a line": Case("draft_{level}", lambda p, code: drafted(p, unit=code), "change_line_a_little"),
    "take a line out": Case("draft_{level}", lambda p, code: drafted(p, unit=code), "remove"),
    "name the visitor": Case("draft_{level}", lambda p, code: drafted(p, unit=code), name_visitor),
    "draft what was returned": Case("draft_{level}", lambda p, code: returned(p, unit=code), "remove"),
    "ask for a waiver": Case("draft_{level}", short_of_a_visit, "ask_waiver"),
    "submit": Case("submit_{level}", lambda p, code: drafted(p, unit=code), "submit"),
    "submit again": Case("submit_{level}", lambda p, code: returned(p, unit=code), "submit"),
    "approve": Case("approve_{level}", lambda p, code: submitted(p, unit=code), "approve"),
    "approve in bulk": Case("approve_{level}", lambda p, code: submitted(p, unit=code), approve_many),
    "return": Case("approve_{level}", lambda p, code: submitted(p, unit=code), "return"),
    "decide on a waiver": Case("approve_{level}", waiver_asked, "decide_waiver"),
    "change the plan": Case("draft_{level}", lambda p, code: approved(p, unit=code), "change"),
    "drop the change": Case("draft_{level}", changing, "drop"),
    "settle": Case("draft_{level}", affected, "settle"),
    "record": Case("visit_{level}", due, "record", on(3, 1)),
    "not reached": Case("visit_{level}", due, "unreachable", on(1, 15)),
    "move": Case("visit_{level}", due, "move"),
    "correct": Case("visit_{level}", made, "correct", on(3, 1)),
    "attach": Case("attach", made, attach),
    "take part": Case("take_part", due, "take_part", on(3, 1)),
    "propose a draft": Case("prepare", lambda p, code: started(p, unit=code), prepare),
    "order drafts": Case("prepare", unit_of, order),
    "change the settings": Case("edit_policy", unit_of, set_policy),
    "see the plan": Case("view", lambda p, code: started(p, unit=code), see),
    "see the visit": Case("view", due, see),
}


def code_of(action: str) -> str:
    return f"revisits.{action}"


def who_may(action: str, level: str) -> set[str]:
    """The personas whose post has the action in some cell, for what belongs to U1 or U1D1."""
    cells = AuthorityCell.objects.filter(withdrawn=False)
    posts = {cell.post_id for cell in cells if code_of(action) in cell.actions}
    held = {login: (post, unit) for login, (_, post, unit) in PEOPLE.items()} | {SUBSTITUTE: ("UH", "U1")}
    reach = ("G", "U1", "U1D1") if action == "edit_policy" else REACH[level]
    return {login for login, (post, unit) in held.items() if post in posts and unit in reach}


def the_call(case: Case, world: World, record: Any, actor: User) -> Callable[[], Any]:
    if not isinstance(case.call, str):
        call = case.call
        return lambda: call(world.personas, record, actor)
    if case.call == "change_line_a_little":
        return OPERATIONS["change_line"].make(world, record, actor, 2)
    return OPERATIONS[case.call].make(world, record, actor, 0)


def attempts(case: Case, personas: Personas, record: Any) -> tuple[set[str], list[str]]:
    """Who could do it; and whoever was stopped by anything but a missing right."""
    did, wrong = set(), []
    for login in personas.people:
        actor = personas.fresh(login)
        record.refresh_from_db()
        world = Bystander(personas, now=case.now)
        mark = transaction.savepoint()
        try:
            the_call(case, world, record, actor)()
            did.add(login)
        except (PermissionDenied, Http404):
            pass
        except (Conflict, ValidationError) as refusal:
            wrong.append(f"{login}: {refusal}")
        finally:
            transaction.savepoint_rollback(mark)
    return did, wrong


@pytest.mark.clause("A.4", "G2", "G5")
@pytest.mark.parametrize("level", CODES)
@pytest.mark.parametrize("name", DUTIES)
def test_whose_duty_it_is_does_it_and_nobody_else_can(personas: Personas, name: str, level: str) -> None:
    case = DUTIES[name]
    a_ledger(personas, key=True)
    record = case.make(personas, CODES[level])
    did, wrong = attempts(case, personas, record)
    assert wrong == [], "those who may not are refused for the right, whatever they sent"
    assert did == who_may(case.opens.format(level=level), level)


# Who that is, in persons: the matrix is data, so the table above would follow a wrong one.
PERSONS: dict[str, dict[str, set[str]]] = {
    "draft_{level}": {"unit": {"uw1"}, "department": {"pw11"}},
    "submit_{level}": {"unit": {"uw1"}, "department": {"pw11"}},
    "approve_{level}": {"unit": {"gh"}, "department": {"uh1", "sub1"}},
    "visit_{level}": {"unit": {"uw1"}, "department": {"pw11"}},
    "attach": {"unit": {"uw1"}, "department": {"uw1", "pw11"}},
    "take_part": {"unit": {"gw"}, "department": {"gw"}},
    "prepare": {"unit": {"gw", "uw1"}, "department": {"gw", "uw1"}},
    "edit_policy": {"unit": {"gh"}, "department": {"gh"}},
}


@pytest.mark.clause("A.4", "5.2.1", "5.2.2", "5.2.3", "5.2.4", "5.3.1", "5.3.2", "3.1.3")
@pytest.mark.parametrize("opens", PERSONS)
def test_the_posts_are_those_of_the_standard(personas: Personas, opens: str) -> None:
    found = {level: who_may(opens.format(level=level), level) for level in CODES}
    assert found == PERSONS[opens]


@pytest.mark.clause("A.4", "G2")
@pytest.mark.parametrize("level", CODES)
def test_who_sees_a_plan_and_its_visits(personas: Personas, level: str) -> None:
    """S-18: one's own level and below; neither the neighbour nor the department next door, nor the administrators."""
    a_ledger(personas)
    visit = due(personas, CODES[level])
    above = {"gw", "gh", "gl", "uw1", "uh1", "sub1", "ul1", "ug1"}
    below = {"pw11", "pe11", "pm11"} if level == "department" else set()
    for record in (visit.plan, visit):
        seen = {p for p in personas.people if VIEW.narrow(personas.fresh(p), type(record).objects.all()).exists()}
        assert seen - {"ud1"} == above | below
        assert not {"pw12", "uw2", "uh2", "pw21", "sysadmin", "secadmin", "auditor", "outsider"} & seen


@pytest.mark.clause("A.4")
@pytest.mark.django_db
def test_every_action_of_the_matrix_is_scanned() -> None:
    on_matrix = {
        action
        for cell in AuthorityCell.objects.filter(withdrawn=False)
        for action in cell.actions
        if action.startswith("revisits.")
    }
    scanned = {code_of(case.opens.format(level=level)) for case in DUTIES.values() for level in CODES}
    assert on_matrix == scanned
    asked_by_flows = {step.rule.action for flow in (PLAN_FLOW, VISIT_FLOW) for step in flow.steps.values() if step.rule}
    assert asked_by_flows <= scanned


@pytest.mark.clause("A.4")
@pytest.mark.django_db
def test_the_matrix_has_every_cell_of_the_standard() -> None:
    """A.4 rows 2 to 8 as printed: each row, its posts and their duties."""
    words = dict(Duty.choices)
    rows = [f"A.4-{number}" for number in range(2, 9)]
    found: dict[str, dict[str, str]] = {row: {} for row in rows}
    for cell in AuthorityCell.objects.filter(matter__code__in=rows).select_related("matter"):
        found[cell.matter.code][cell.post_id] = words[cell.duty]
    assert found == {
        "A.4-2": {"UW": "拟订", "UH": "监督"},
        "A.4-3": {"PW": "拟订", "PM": "监督"},
        "A.4-4": {"UW": "执行", "UH": "监督", "GH": "审批"},
        "A.4-5": {"PW": "执行", "PM": "监督", "UH": "审批"},
        "A.4-6": {"UW": "执行", "UH": "监督"},
        "A.4-7": {"PW": "执行", "PM": "监督"},
        "A.4-8": {"UW": "执行", "UH": "监督"},
    }


@pytest.mark.clause("A.4", "G6")
def test_who_supervises_reads_and_never_blocks(personas: Personas) -> None:
    """监督: no step waits for them; a plan goes from its draft to its visits by those who draft, decide and execute."""
    supervising = AuthorityCell.objects.filter(matter__code__startswith="A.4-", duty=Duty.SUPERVISE)
    rows = supervising.filter(matter__code__in=[f"A.4-{number}" for number in range(2, 9)])
    assert {cell.post_id for cell in rows} == {"UH", "PM"}
    assert not any(cell.actions for cell in rows)
    a_ledger(personas)
    for code in CODES.values():
        assert visited(personas, first_visit(approved(personas, unit=code))).status == Visit.Status.OK


@pytest.mark.clause("G5")
def test_the_substitute_decides_for_the_head_and_not_what_the_head_drafted(personas: Personas) -> None:
    """sub1 stands in for uh1: the department's plan is approved in uh1's name."""
    a_ledger(personas)
    plan = submitted(personas, unit="U1D1")
    OPERATIONS["approve"].make(Bystander(personas), plan, personas.fresh("sub1"), 0)()
    taken = Transition.objects.about(plan).get(step="approve_department")
    assert (taken.actor, taken.on_behalf_of) == (personas.sub1, personas.uh1)


@pytest.mark.clause("G5", "5.2.4")
def test_who_asked_for_a_waiver_never_grants_it(personas: Personas) -> None:
    """Also where the matrix gives both to one post."""
    a_ledger(personas)
    plan = waiver_asked(personas, "U1")
    give(personas, "A.4-4", "UW", "revisits.approve_unit")
    with pytest.raises(PermissionDenied, match="职责分离"):
        OPERATIONS["decide_waiver"].make(Bystander(personas), plan, personas.fresh("uw1"), 0)()
    assert Waiver.objects.get(plan=plan).status == Waiver.Status.ASKED


@pytest.mark.clause("G5", "5.2.4")
def test_who_drafted_never_approves_even_with_the_right(personas: Personas) -> None:
    a_ledger(personas)
    plan = submitted(personas)
    give(personas, "A.4-4", "UW", "revisits.approve_unit")
    for name in ("approve", "return"):
        with pytest.raises(PermissionDenied, match="职责分离"):
            OPERATIONS[name].make(Bystander(personas), plan, personas.fresh("uw1"), 0)()


@pytest.mark.clause("A.4")
def test_only_who_ordered_a_job_stops_it(personas: Personas) -> None:
    a_ledger(personas)
    job = order_drafts(unit=personas.unit("U1"), year=YEAR, actor=personas.uw1, now=OPENED)
    for login in set(personas.people) - {"uw1"}:
        with pytest.raises(PermissionDenied):
            stop_job(job_id=job.pk, actor=personas[login], now=OPENED)
    stop_job(job_id=job.pk, actor=personas.uw1, now=OPENED + timedelta(minutes=1))
    assert DraftJob.objects.get().stopped_at is not None


# --- the matrix is data


def give(personas: Personas, matter: str, post: str, *actions: str, taken: Iterable[str] = ()) -> None:
    cell = AuthorityCell.objects.get(matter__code=matter, post=post)
    set_actions(
        cell_id=cell.pk,
        actions=[a for a in (*cell.actions, *actions) if a not in taken],
        inferred=False,
        reason="集团文件",
        actor=personas.secadmin,
        now=timezone.now(),
    )


@pytest.mark.clause("A.4")
def test_editing_a_cell_changes_who_may(personas: Personas) -> None:
    """The group gives the approval of units' plans to its leader and takes it from the head of department."""
    a_ledger(personas)
    case, plan = DUTIES["approve"], submitted(personas)
    assert attempts(case, personas, plan)[0] == {"gh"}
    give(personas, "A.4-4", "GH", taken=["revisits.approve_unit"])
    give(personas, "A.4-4", "UH", "revisits.approve_unit")
    assert attempts(case, personas, plan)[0] == who_may("approve_unit", "unit") == {"uh1", "sub1"}
