"""Writing and deciding the rectification plan (clauses 5.5.1 to 5.5.4)."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import count
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction

from complaints.flows.complaint import FLOW
from complaints.flows.plan import MILESTONE_FLOW, PLAN_FLOW
from complaints.models import Complaint, Milestone, Plan, PlanVersion, Response
from organization.models import User
from workflow.errors import Conflict

from .common import end_of, lock_part
from .versions import NODE, TEXTS, describe, differences, with_parts

APPROVING = ("approve", "check_final")
DECISIONS = ("check", "check_final", "return_check", "review", "return_review", "approve", "return_approve")


class MilestoneData(TypedDict):
    """A row of the form. ``pk`` is that of the row it continues in this version, None for a new one."""

    pk: int | None
    name: str
    starts_on: date | None
    ends_on: date | None
    responsible: str
    criterion: str
    resources: str
    basis: str


class ResponseData(TypedDict):
    """``demand`` or ``opinion`` is an id, the other None."""

    demand: int | None
    opinion: int | None
    adopted: bool
    measure: str


def lock_plan(plan_id: int) -> Plan:
    return lock_part(
        Plan, plan_id, "complaint_id", "complaint__department", "complaint__project", "effective", "working"
    )


@transaction.atomic
def save_plan(
    *,
    plan_id: int,
    texts: dict[str, str],
    milestones: Sequence[MilestoneData],
    responses: Sequence[ResponseData],
    revision: int,
    actor: User,
    now: datetime,
) -> Plan:
    """Clause 5.5.1: keep what the form says, whole or not; submitting asks whether it is whole. An approved version is
    never touched. ``revision`` is that of the form: Conflict when somebody saved in between."""
    plan = lock_plan(plan_id)
    PLAN_FLOW.check("edit", plan, actor=actor, now=now)
    if plan.revision != revision:
        raise Conflict("您打开页面之后,方案又有修改。您的修改没有覆盖它,请对照最新内容后再保存。")
    version = plan.working
    before = _words(version)
    if version is None:
        version = PlanVersion.objects.create(plan=plan, number=plan.version, created_by=actor, created_at=now)
        plan.working = version
    for name in TEXTS:
        setattr(version, name, texts.get(name, "").strip())
    version.save()
    _write_milestones(version, milestones)
    _write_responses(plan, version, responses)
    plan.revision += 1
    changes = differences(before, _words(version)) if before else []
    PLAN_FLOW.move("edit", plan, actor=actor, now=now, changes=changes)
    plan.save()
    return plan


def _words(version: PlanVersion | None) -> dict[str, str]:
    """As it is stored now."""
    stored = PlanVersion.objects.get(pk=version.pk) if version is not None else None
    with_parts(stored)
    return describe(stored) if stored is not None else {}


def _write_milestones(version: PlanVersion, rows: Sequence[MilestoneData]) -> None:
    """Those of the form, in its order. What is done already stays as it is and keeps its number."""
    present = {m.pk: m for m in version.milestones.all()}
    done = [m for m in present.values() if m.status == Milestone.Status.DONE]
    numbers = (number for number in count(1) if number not in {m.number for m in done})
    for milestone in done:
        del present[milestone.pk]
    for row in rows:
        if row["starts_on"] and row["ends_on"] and row["ends_on"] < row["starts_on"]:
            raise ValidationError({"milestones": f"节点“{row['name']}”的完成日期早于开始日期。"})
        kept = present.pop(row["pk"], None) if row["pk"] else None
        milestone = kept or Milestone(plan_version=version)
        milestone.number = next(numbers)
        for name in NODE:
            setattr(milestone, name, row[name])  # type: ignore[literal-required]
        milestone.save()
    for gone in present.values():
        gone.delete()


def _write_responses(plan: Plan, version: PlanVersion, rows: Sequence[ResponseData]) -> None:
    """Each line answers one demand or one opinion of this complaint, each of them at most once."""
    known = {("demand", pk) for pk in plan.complaint.demands.values_list("pk", flat=True)}
    known |= {("opinion", pk) for pk in plan.complaint.opinions.values_list("pk", flat=True)}
    asked = [(name, row[name]) for row in rows for name in ("demand", "opinion") if row[name]]
    if len(asked) != len(rows) or len(set(asked)) != len(asked) or set(asked) - known:
        raise ValidationError({"responses": "比对表与诉求、部门意见不符,请刷新页面。"})
    version.responses.all().delete()
    Response.objects.bulk_create(
        Response(
            version=version,
            demand_id=row["demand"],
            opinion_id=row["opinion"],
            adopted=row["adopted"],
            measure=row["measure"].strip(),
        )
        for row in rows
    )


@transaction.atomic
def submit_plan(*, plan_id: int, actor: User, now: datetime, remark: str = "") -> Plan:
    """Clause 5.5.1: to the project manager; the server's time is the receipt of the next post."""
    plan = lock_plan(plan_id)
    plan.moment = now
    PLAN_FLOW.move("submit", plan, actor=actor, now=now, remark=remark)
    version = _working(plan)
    version.submitted_at = now
    version.save()
    return plan


@transaction.atomic
def decide_plan(
    *, plan_id: int, step: str, remark: str, actor: User, now: datetime, revision: int | None = None
) -> Plan:
    """PM checks, UH reviews within a day (5.5.2), UL approves within a day (5.5.3), or each returns it with a reason.

    ``revision`` is that of the page: what was returned and submitted again since is not approved unseen. The approval
    puts the version in force, its milestones' clocks begin, those it replaces stop.
    """
    if step not in DECISIONS:
        raise ValueError(f"{step!r} is no decision")
    plan = lock_plan(plan_id)
    plan.moment = now
    if revision is not None and revision != plan.revision and plan.status in PLAN_FLOW.steps[step].sources:
        raise Conflict("您打开页面之后,方案又有修改。请刷新页面,核对最新内容后再作决定。")
    PLAN_FLOW.move(step, plan, actor=actor, now=now, remark=remark)
    if step in APPROVING:
        _put_in_force(plan, now)
    return plan


def _put_in_force(plan: Plan, now: datetime) -> None:
    version, earlier = _working(plan), plan.effective
    if earlier is not None and earlier.pk != version.pk:
        earlier.superseded_at = now
        earlier.save()
        for milestone in _with_complaint(earlier.milestones.filter(status=Milestone.Status.RUNNING)):
            MILESTONE_FLOW.move("supersede", milestone, actor=None, now=now)
    version.approved_at = now
    version.save()
    plan.effective = version
    plan.save()
    for milestone in _with_complaint(version.milestones.filter(status=Milestone.Status.DRAFT)):
        origin = milestone.origin
        if origin is not None and origin.status == Milestone.Status.DONE:  # finished while the change was under way
            milestone.done_on, milestone.percent = origin.done_on, origin.percent
            MILESTONE_FLOW.move("carry", milestone, actor=None, now=now)
        else:
            milestone.percent = origin.percent if origin is not None else 0
            due = end_of(milestone.ends_on) if milestone.ends_on else None
            MILESTONE_FLOW.move("start", milestone, actor=None, now=now, due=due)
    if plan.complaint.status == Complaint.Status.DRAFTING_PLAN:
        FLOW.move("begin_rectifying", plan.complaint, actor=None, now=now)


def _with_complaint(milestones: Any) -> list[Milestone]:
    return list(milestones.select_related("plan_version__plan__complaint__department", "origin"))


@transaction.atomic
def change_plan(*, plan_id: int, reason: str, actor: User, now: datetime) -> Plan:
    """Clause 5.5.4: milestones shift: the next version starts from the one in force, which governs until the whole
    approval was given again; its milestones keep reminding (worked example 17)."""
    plan = lock_plan(plan_id)
    effective = plan.effective
    PLAN_FLOW.check("change", plan, actor=actor, now=now)
    plan.version += 1
    PLAN_FLOW.move("change", plan, actor=actor, now=now, remark=reason)
    if effective is None:
        raise Conflict("方案尚未批准,请直接修改。")
    version = PlanVersion.objects.create(
        plan=plan,
        number=plan.version,
        reason=reason.strip()[:500],
        created_by=actor,
        created_at=now,
        **{name: getattr(effective, name) for name in TEXTS},
    )
    for milestone in effective.milestones.all():
        done = milestone.status == Milestone.Status.DONE
        Milestone.objects.create(
            plan_version=version,
            origin=milestone,
            status=Milestone.Status.DONE if done else Milestone.Status.DRAFT,
            number=milestone.number,
            percent=milestone.percent,
            done_on=milestone.done_on,
            **{name: getattr(milestone, name) for name in NODE},
        )
    Response.objects.bulk_create(
        Response(version=version, demand_id=r.demand_id, opinion_id=r.opinion_id, adopted=r.adopted, measure=r.measure)
        for r in effective.responses.all()
    )
    plan.working = version
    plan.revision += 1
    plan.save()
    return plan


@transaction.atomic
def drop_change(*, plan_id: int, reason: str, actor: User, now: datetime) -> Plan:
    """The change is given up: the version in force stays as it is, the other stays on record."""
    plan = lock_plan(plan_id)
    PLAN_FLOW.move("drop_change", plan, actor=actor, now=now, remark=reason)
    version = _working(plan)
    version.withdrawn_at = now
    version.save()
    for milestone in _with_complaint(version.milestones.filter(status=Milestone.Status.DRAFT)):
        MILESTONE_FLOW.move("supersede", milestone, actor=None, now=now)
    plan.working = plan.effective
    plan.save()
    return plan


def _working(plan: Plan) -> PlanVersion:
    if plan.working is None:  # the guard has refused a plan without content
        raise RuntimeError("a submitted plan has a working version")
    return plan.working
