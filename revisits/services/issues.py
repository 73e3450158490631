"""What changes after the approval (rules 9 and 10): the plans affected are named; nothing changes by itself."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from ledgers.models import Ledger, Project
from organization.models import Unit, User
from organization.models.units import Tier
from revisits.flow import PLAN_FLOW, VISIT_FLOW
from revisits.models import FrequencyPolicy, PlanIssue, RevisitPlan, Visit
from revisits.selectors.checking import Report, check_plan
from workflow.errors import Conflict, Refused

from .common import lock_plan, lock_visit, move, working_of

K = PlanIssue.Kind
SHOWN = 5
# Whatever of the ledger the frequency rules look at.
_FACTS = ("warranty_start", "warranty_end", "accepted_on", "delivered_on", "key", "hvac", "region", "city")


@transaction.atomic
def ledger_came_in_force(ledger: Ledger, now: datetime) -> None:
    """R-A2-3: a ledger approved in mid-year, or a changed one, is looked for in the running plans of its department and
    its unit. The plan is named as affected, with what it lacks; 3 days to supplement it."""
    effective = ledger.effective
    if effective is None:
        return
    earlier = ledger.versions.filter(approved_at__isnull=False, number__lt=effective.number).order_by("-number").first()
    if earlier is not None and all(getattr(earlier, name) == getattr(effective, name) for name in _FACTS):
        return
    kind = K.NEW_LEDGER if earlier is None else K.CHANGED
    what = "台账生效" if earlier is None else "台账变更(保修日期、标志或区域)生效"
    for plan in _running_plans(ledger.project.department, now):
        _name_affected(plan, ledger.project, kind, what, now)


@transaction.atomic
def warranty_was_completed(ledger: Ledger, now: datetime) -> None:
    """The year after 保修完成 counts from another day: the plans it affects are named."""
    what = f"登记保修完成日期 {ledger.serviced_until:%Y-%m-%d}"
    for plan in _running_plans(ledger.project.department, now):
        _name_affected(plan, ledger.project, K.CHANGED, what, now)


def _running_plans(department: Unit, now: datetime) -> list[RevisitPlan]:
    """The plans of the department and its unit under their locks, taken in one order."""
    return [lock_plan(pk) for pk in _running(_units_of(department), now)]


def _running(units: Iterable[int], now: datetime) -> list[int]:
    """The plans of this year and the next that are approved (or being changed)."""
    plans = RevisitPlan.objects.filter(
        unit__in=units, year__gte=timezone.localdate(now).year, effective__isnull=False
    ).exclude(status=RevisitPlan.Status.CLOSED)
    return list(plans.order_by("pk").values_list("pk", flat=True))


def _name_affected(plan: RevisitPlan, project: Project, kind: str, what: str, now: datetime) -> None:
    """Only where the project asks for something of the year. One open issue a project and kind."""
    report = check_plan(plan, only=[project.pk])
    if not report.projects and not plan.visits.filter(project=project).open().exists():
        return
    _raise(plan, project, kind, f"“{project}”{what}:{_lacks(report)}", _gaps(report), now)


def _lacks(report: Report) -> str:
    if not report.gaps:
        return "现有安排满足频次要求,请核对后确认。"
    named = ";".join(str(gap.gap) for gap in report.gaps[:SHOWN])
    return f"缺口 {len(report.gaps)} 处:{named}{'等' if len(report.gaps) > SHOWN else ''}。"


def _gaps(report: Report) -> list[dict[str, Any]]:
    return report.as_json()["gaps"]  # type: ignore[no-any-return]


def _raise(
    plan: RevisitPlan, project: Project | None, kind: str, text: str, gaps: list[dict[str, Any]], now: datetime
) -> None:
    known = plan.issues.filter(project=project, kind=kind, settled_at__isnull=True).first()
    if known is not None:
        known.text, known.gaps = text[:1000], gaps
        known.save()
        return
    PlanIssue.objects.create(plan=plan, project=project, kind=kind, text=text[:1000], gaps=gaps, found_at=now)
    if plan.status == RevisitPlan.Status.APPROVED:
        move(PLAN_FLOW, "affect", plan, actor=None, now=now)


@transaction.atomic
def settle_issue(*, issue_id: int, reason: str, actor: User, now: datetime) -> PlanIssue:
    """Nothing needs to change: said by who drafts, with a reason, and only where the check agrees."""
    plan_id = PlanIssue.objects.filter(pk=issue_id).values_list("plan_id", flat=True).first()
    if plan_id is None:
        raise Http404("没有找到该事项。")
    plan = lock_plan(plan_id)
    PLAN_FLOW.check(f"settle_{plan.level}", plan, actor=actor, now=now)
    issue = PlanIssue.objects.select_for_update().get(pk=issue_id)
    if issue.settled_at is not None:
        raise Conflict("该事项已处理,请刷新页面。")
    only = [issue.project_id] if issue.project_id else None
    report = check_plan(plan, policy=FrequencyPolicy.in_force(), only=only)
    if report.blocking:
        raise Refused([f"仍有缺口,请增补或变更计划:{gap}" for gap in report.blocking[:SHOWN]])
    issue.settled_at, issue.settled_by, issue.settlement = now, actor, reason.strip()[:500]
    move(PLAN_FLOW, "settle", plan, actor=actor, now=now, remark=reason)
    issue.save()
    if not plan.issues.filter(settled_at__isnull=True).exists():
        move(PLAN_FLOW, "settled", plan, actor=None, now=now)
    return issue


# --- changed settings


def plans_behind(policy: FrequencyPolicy, year: int) -> Iterable[int]:
    """The governing plans, of ``year`` and later, that were checked with other settings and not yet looked at again."""
    return (
        RevisitPlan.objects.filter(year__gte=year, effective__isnull=False)
        .exclude(status=RevisitPlan.Status.CLOSED)
        .exclude(effective__policy=policy)
        .filter(_not_looked_at(policy))
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _not_looked_at(policy: FrequencyPolicy) -> Q:
    """Without the seal that ``look_at_settings`` leaves in the version's report. One that has none is neither equal to
    a number nor unequal: it is asked for by itself."""
    return Q(effective__report__looked_at__isnull=True) | ~Q(effective__report__looked_at=policy.number)


def find_affected_by_settings(*, now: datetime) -> int:
    """After a change of the settings: check every governing plan by them, and name those that lack something. Plan by
    plan in transactions of their own: what a killed worker left is done by the next run. How many were looked at."""
    policy = FrequencyPolicy.in_force()
    looked = 0
    for pk in list(plans_behind(policy, timezone.localdate(now).year)):
        look_at_settings(plan_id=pk, policy=policy, now=now)
        looked += 1
    return looked


@transaction.atomic
def look_at_settings(*, plan_id: int, policy: FrequencyPolicy, now: datetime) -> None:
    plan = lock_plan(plan_id)
    effective = plan.effective
    if effective is None or effective.report.get("looked_at") == policy.number:
        return
    report = check_plan(plan, version=effective.number, policy=policy)
    if report.gaps:
        text = f"频次设置 v{policy.number} 生效,计划按 v{effective.policy.number} 批准:{_lacks(report)}"
        _raise(plan, None, K.POLICY, text, _gaps(report), now)
    effective.report = effective.report | {"looked_at": policy.number}
    effective.save()


# --- a project changes hands


def project_changed_hands(project: Project, actor: User, now: datetime) -> None:
    """What the former department (and unit) did not carry out is given up, what they only planned is taken out; their
    plans and those of the new ones are named as affected. A unit that keeps the project keeps its visits."""
    record = project.history.exclude(department=project.department_id).select_related("department").first()
    if record is None:
        return
    left, joined = _units_of(record.department), _units_of(project.department)
    left, joined = left - joined, joined - left
    # All at once and in one order: nobody writes them meanwhile, and two transfers do not wait for each other.
    losing = set(RevisitPlan.objects.filter(unit__in=left).exclude(visits=None).values_list("pk", flat=True))
    winning = set(_running(joined, now))
    plans = {pk: lock_plan(pk) for pk in sorted(losing | winning)}
    for pk in sorted(losing):
        _leave(plans[pk], project, now)
    for pk in sorted(winning):
        _name_affected(plans[pk], project, K.MOVED, "转入本单位", now)


def _units_of(department: Unit) -> set[int]:
    """The department and its unit: whose plans answer for its projects."""
    unit = department.at_tier(Tier.UNIT)
    return {department.pk, *([unit.pk] if unit is not None else [])}


def _leave(plan: RevisitPlan, project: Project, now: datetime) -> None:
    mine = plan.visits.filter(project=project).order_by("pk")
    given_up = list(mine.open().values_list("pk", flat=True))
    for pk in given_up:
        VISIT_FLOW.move("give_up", lock_visit(pk), actor=None, now=now, quiet=True)
    taken_out, _ = mine.filter(status=Visit.Status.PLANNED).delete()
    if taken_out:  # whoever has the plan before them reads it anew
        version = working_of(plan)
        version.report = check_plan(plan).as_json()
        version.save()
        plan.revision += 1
        plan.save()
    if (given_up or taken_out) and plan.status != RevisitPlan.Status.CLOSED:
        _raise(plan, project, K.MOVED, f"“{project}”已转移到“{project.department}”,未实施的回访已取消。", [], now)


# --- a ledger is voided


@transaction.atomic
def ledger_was_voided(ledger: Ledger, now: datetime) -> None:
    """A project without a ledger asks for no visit: the plans that still have one are named."""
    project = ledger.project
    for pk in _running(_units_of(project.department), now):
        plan = lock_plan(pk)
        if count := plan.visits.filter(project=project).open().count():
            text = f"“{project}”台账作废:还有 {count} 次未实施的回访,请变更计划予以取消。"
            _raise(plan, project, K.CHANGED, text, [], now)


def visits_stand_against_void(ledger: Ledger) -> list[str]:
    """R-6.1: a ledger is voided only without visits."""
    count = Visit.objects.filter(project=ledger.project_id).done().count()
    return [f"该工程已有 {count} 次回访记录,台账不能作废。"] if count else []
