"""Submitting, deciding and changing a plan (clauses 5.2.3, 5.2.4; A.2 steps 5 and 6), and what that sets going."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import NamedTuple

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404

from organization.models import User
from revisits import clocks as C
from revisits.flow import PLAN_FLOW
from revisits.frequency import Line, check
from revisits.models import FrequencyPolicy, PlanIssue, PlanVersion, RevisitPlan, Visit
from revisits.selectors.checking import check_plan, requirements_of
from revisits.selectors.scope import lines_of, neighbouring_lines
from workflow.errors import Conflict
from workflow.models import Outcome
from workflow.services.clocks import open_clocks, stop_many

from .common import lock_plan, morning_of, move, same_revision, working_of
from .planning import new_version
from .waivers import lapse_waivers

DECISIONS = ("approve", "return")
BULK_SECONDS = 30


@transaction.atomic
def submit_plan(
    *, plan_id: int, actor: User, now: datetime, remark: str = "", revision: int | None = None
) -> RevisitPlan:
    """R-5.2.3 实时上报: to the approver, stamped with the server's time. Gaps do not hinder it: the approver sees them
    named, and cannot approve while one stands. The version keeps the settings it is checked with from here on."""
    plan = lock_plan(plan_id)
    PLAN_FLOW.check(f"submit_{plan.level}", plan, actor=actor, now=now)
    same_revision(plan, revision)
    version = working_of(plan)
    version.policy = FrequencyPolicy.in_force()
    version.submitted_at, version.submitted_by = now, actor
    version.report = check_plan(plan, policy=version.policy).as_json()
    version.save()
    move(PLAN_FLOW, "submit", plan, actor=actor, now=now, remark=remark)
    return plan


@transaction.atomic
def decide_plan(
    *, plan_id: int, decision: str, remark: str = "", actor: User, now: datetime, revision: int | None = None
) -> RevisitPlan:
    """R-5.2.4: GH decides a unit's plan, UH a project department's. ``approve`` is refused while the check fails and a
    gap is not waived; the state then stays. The approval makes the visits due; ``return`` needs a reason.
    ``revision`` is that of the page: what changed since is not approved unseen."""
    if decision not in DECISIONS:
        raise ValueError(f"{decision!r} is no decision")
    plan = lock_plan(plan_id)
    PLAN_FLOW.check(f"{decision}_{plan.level}", plan, actor=actor, now=now)
    same_revision(plan, revision)
    move(PLAN_FLOW, decision, plan, actor=actor, now=now, remark=remark)
    if decision == "approve":
        _put_in_force(plan, actor, now)
    return plan


class Decided(NamedTuple):
    plan: RevisitPlan
    refused: str


def approve_plans(
    *, plan_ids: Sequence[int], actor: User, now: datetime, revisions: Mapping[int, int] | None = None
) -> list[Decided]:
    """Bulk approval: each plan in a transaction of its own. Where something is missing the plan stays as it is and the
    answer says why; the others are approved. ``revisions`` are those of the list that was read. What has not begun
    after ``BULK_SECONDS`` is left for the next time, and said so: a page must answer."""
    answers = []
    begun = monotonic()
    for plan_id in plan_ids:
        refused = ""
        try:
            if monotonic() - begun > BULK_SECONDS:
                raise Conflict("本次办理时间已到,尚未处理,请再次批量审批。")
            revision = (revisions or {}).get(plan_id)
            plan = decide_plan(plan_id=plan_id, decision="approve", actor=actor, now=now, revision=revision)
        except Http404:
            continue
        except (Conflict, PermissionDenied) as problem:
            plan, refused = RevisitPlan.objects.select_related("unit").get(pk=plan_id), str(problem)
        answers.append(Decided(plan, refused))
    return answers


def _put_in_force(plan: RevisitPlan, actor: User, now: datetime) -> None:
    """The working version governs: its new lines become due with their time limits, those it gave up end."""
    version, earlier = working_of(plan), plan.effective
    if earlier is not None and earlier.pk != version.pk:
        earlier.superseded_at = now
        earlier.save()
    _give_up(plan, now)
    _make_due(plan, now)
    version.approved_at, version.approved_by = now, actor
    version.report = check_plan(plan, policy=version.policy).as_json()
    version.save()
    plan.effective = version
    plan.save()
    lapse_waivers(plan, now)
    issues = plan.issues.filter(settled_at__isnull=True)
    if version.policy_id != FrequencyPolicy.in_force().pk:  # not what the version was checked with
        issues = issues.exclude(kind=PlanIssue.Kind.POLICY)
    issues.update(settled_at=now, settled_by=actor, settlement=f"已由第 {version.number} 版计划处理")
    _go_on_with_issues(plan, now)


def _go_on_with_issues(plan: RevisitPlan, now: datetime) -> None:
    """What still calls for a change has its three days from when it was found."""
    first = plan.issues.filter(settled_at__isnull=True).order_by("found_at").first()
    if first is not None:
        move(PLAN_FLOW, "affect", plan, actor=None, now=now, received_at=first.found_at)


def _give_up(plan: RevisitPlan, now: datetime) -> None:
    """What the version dropped and nobody carried out meanwhile; a visit that was made stays a line of the plan."""
    dropped = plan.visits.select_for_update().filter(dropped_in=plan.version)
    made, over = [each.pk for each in dropped if not each.is_open], [each.pk for each in dropped if each.is_open]
    _ask_not_twice(plan, made)
    plan.visits.filter(pk__in=made).done().update(dropped_in=None)
    Visit.objects.filter(pk__in=over).update(status=Visit.Status.CANCELLED)
    stop_many(model=Visit, ids=over, outcome=Outcome.CANCELLED, actor=None, now=now)


def _ask_not_twice(plan: RevisitPlan, made: Sequence[int]) -> None:
    """What was visited on its old day while the change was under way is not asked for again on its new one, except
    where the new line closes a gap of its own."""
    for line in plan.visits.filter(added_in=plan.version, status=Visit.Status.PLANNED, replaces__in=made):
        project, replaced = line.project_id, plan.visits.get(pk=line.replaces_id or 0)
        asked = requirements_of(plan, project)
        beside = neighbouring_lines(plan, [project]).get(project, [])
        others = list(lines_of(plan, plan.version, [project]).get(project, []))
        others.remove(Line(line.planned_on, line.method))
        others += [*beside, Line(replaced.planned_on, replaced.method)]
        lacked = {gap.requirement for gap in check([*others, Line(line.planned_on, line.method)], asked)}
        if {gap.requirement for gap in check(others, asked)} == lacked:
            line.delete()


def _make_due(plan: RevisitPlan, now: datetime) -> None:
    """Each line with its limit, counted from its day; from the approval where that day is over (nobody is late with
    what was not yet approved)."""
    lines = list(
        plan.visits.filter(added_in=plan.version, status=Visit.Status.PLANNED)
        .select_related("project")
        .only("plan", "scheduled_on", "method", "project__name")  # the plan's own manager looks at "plan" of each
    )
    plan.visits.filter(added_in=plan.version, status=Visit.Status.PLANNED).update(status=Visit.Status.DUE)
    open_clocks(
        code=C.VISIT[plan.level],
        subjects=[(visit, plan.unit, str(visit)) for visit in lines],
        received_at={visit.pk: max(morning_of(visit.scheduled_on), now) for visit in lines},
        now=now,
    )


@transaction.atomic
def change_plan(*, plan_id: int, reason: str, actor: User, now: datetime) -> RevisitPlan:
    """增补 or 变更 (R-A2-3): the next version starts from the one in force, which governs until the change is
    approved; its visits go on."""
    plan = lock_plan(plan_id)
    PLAN_FLOW.check(f"change_{plan.level}", plan, actor=actor, now=now)
    plan.version = _last_number(plan) + 1
    move(PLAN_FLOW, "change", plan, actor=actor, now=now, remark=reason)
    plan.working = new_version(plan, created_by=actor, now=now, reason=reason)
    plan.revision += 1
    plan.save()
    plan.working.report = check_plan(plan).as_json()
    plan.working.save()
    return plan


@transaction.atomic
def drop_change(*, plan_id: int, reason: str, actor: User, now: datetime) -> RevisitPlan:
    """The change is given up: the version in force stays as it is. What called for the change stays open."""
    plan = lock_plan(plan_id)
    move(PLAN_FLOW, "drop", plan, actor=actor, now=now, remark=reason)
    withdraw_version(plan, now)
    lapse_waivers(plan, now)
    _go_on_with_issues(plan, now)
    return plan


def withdraw_version(plan: RevisitPlan, now: datetime) -> PlanVersion:
    """The version being drafted ends without effect; its lines with it."""
    version = working_of(plan)
    version.withdrawn_at = now
    version.save()
    plan.visits.filter(dropped_in=plan.version).update(dropped_in=None)
    plan.visits.filter(added_in=plan.version, status=Visit.Status.PLANNED).delete()
    plan.working = plan.effective
    plan.revision += 1
    if plan.effective is not None:
        plan.version = plan.effective.number
    plan.save()
    return version


def _last_number(plan: RevisitPlan) -> int:
    return max(plan.versions.values_list("number", flat=True), default=0)
