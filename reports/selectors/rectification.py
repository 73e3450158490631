"""What the 专项整改方案 prints: one version, what it answers, who approved it (clause 5.5)."""

from datetime import datetime

from django.db.models import Prefetch, prefetch_related_objects
from django.http import Http404
from django.utils import timezone

from complaints.models import Opinion, Plan, PlanVersion, Response
from complaints.permissions import VIEW_PART
from complaints.services.versions import describe, differences
from organization.models import User
from workflow.errors import Conflict
from workflow.models import Transition

from ..documents.complaint_plan import PlanRecord
from .acting import steps_of, who

NO_PLAN = "专项整改方案还没有编制内容。请先由项目经理部编制方案。"
RETURNS = ("return_check", "return_review", "return_approve")
# The signatures in order: label, the steps that give it.
SIGNING = (
    ("编制提交", ("submit",)),
    ("项目经理审核", ("check", "check_final")),
    ("工程部审核", ("review",)),
    ("分管领导审批", ("approve",)),
)


def plan_record_of(user: User, pk: int, number: str | None) -> PlanRecord:
    """The version asked for (404 when there is none), else the one in force, else the one being drafted."""
    queryset = Plan.objects.select_related("complaint__department", "effective__created_by", "working__created_by")
    plan = VIEW_PART.get(user, queryset, pk=pk)
    shown = _version(plan, number)
    steps = [
        t for t in steps_of(plan, *RETURNS, *(s for _, names in SIGNING for s in names)) if t.version == shown.number
    ]
    responses = list(shown.responses.select_related("demand"))
    by_demand = {r.demand_id: r for r in responses if r.demand_id}
    return PlanRecord(
        plan.complaint,
        issuer=str(plan.complaint.department),
        plan=plan,
        shown=shown,
        milestones=list(shown.milestones.all()),
        answers=[
            (d.number, d.text, by_demand.get(d.pk))
            for d in plan.complaint.demands.all()
            if d.pk in by_demand or not d.withdrawn_reason
        ],
        opinions=_opinions(plan, shown, {r.opinion_id: r for r in responses if r.opinion_id}),
        changes=_changes(plan, shown),
        signed=_signed(steps),
        returns=sum(t.step in RETURNS for t in steps),
        written_on=timezone.localdate(shown.created_at),
    )


def _version(plan: Plan, number: str | None) -> PlanVersion:
    if number:
        usable = number.isascii() and number.isdigit() and len(number) < 6
        found = plan.versions.select_related("created_by").filter(number=int(number)).first() if usable else None
        if found is None:
            raise Http404("没有这个版本的方案。")
        return found
    shown = plan.effective or plan.working
    if shown is None:
        raise Conflict(NO_PLAN)
    return shown


def _opinions(plan: Plan, shown: PlanVersion, answers: dict[int, Response]) -> list[tuple[Opinion, Response | None]]:
    """Those the version answers, and those it was written without: asked before it was approved, never given."""
    until = shown.approved_at or shown.withdrawn_at
    asked = plan.complaint.opinions.exclude(status=Opinion.Status.CANCELLED).select_related("asked_of")
    return [
        (opinion, answers.get(opinion.pk))
        for opinion in asked
        if opinion.pk in answers or until is None or opinion.asked_at <= until
    ]


def _changes(plan: Plan, shown: PlanVersion) -> list[dict[str, str]]:
    """Clause 5.5.4: the difference to the version that governed before."""
    if not shown.reason:
        return []
    governed = plan.versions.filter(number__lt=shown.number, approved_at__isnull=False, withdrawn_at__isnull=True)
    before = governed.order_by("-number").first()
    if before is None:
        return []
    parts = Prefetch("responses", Response.objects.select_related("demand", "opinion__asked_of"))
    prefetch_related_objects([before, shown], "milestones", parts)
    return differences(describe(before), describe(shown))


def _signed(steps: list[Transition]) -> list[tuple[str, str, str, datetime | None, str]]:
    """The signatures that stand: those given since the version was last returned; blank where one is still missing.

    Where the project manager's approval was the last (the short way of 5.5.4), nobody else's is missing.
    """
    last = max((at for at, step in enumerate(steps) if step.step in RETURNS), default=-1)
    given = {step.step: step for step in steps[last + 1 :]}
    rows: list[tuple[str, str, str, datetime | None, str]] = []
    for label, names in SIGNING:
        step = next((given[name] for name in names if name in given), None)
        person, post = who(step)
        rows.append((label, post, person, step.at if step else None, step.remark if step else ""))
        if step is not None and step.step == "check_final":
            break
    return rows
