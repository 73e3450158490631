"""Rectification plans, milestones and opinions as their pages show them (clauses 5.5, 5.6.1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from complaints.flows.plan import PLAN_FLOW
from complaints.guards.plan import gaps_of
from complaints.models import Complaint, Demand, Milestone, Opinion, Plan, PlanVersion, Response
from complaints.permissions import VIEW, VIEW_MILESTONE, VIEW_PART
from complaints.services.planning import DECISIONS
from complaints.services.versions import describe, differences, with_parts
from ledgers.selectors.detail import Stage
from organization.models import User
from workflow.flow import Step
from workflow.models import Transition

P = Plan.Status
RETURNS = ("return_check", "return_review", "return_approve")
_WITH = ("complaint__department", "complaint__project")


def complaint_for(user: User, pk: int) -> Complaint:
    """A complaint in reach, or 404."""
    return VIEW.get(user, Complaint.objects.select_related("department", "project"), pk=pk)


def plan_for(user: User, pk: int) -> Plan:
    """A plan in reach with both its versions, or 404."""
    return VIEW_PART.get(
        user, Plan.objects.select_related(*_WITH, "effective__created_by", "working__created_by"), pk=pk
    )


def opinion_for(user: User, pk: int) -> Opinion:
    return VIEW_PART.get(user, Opinion.objects.select_related(*_WITH, "asked_of", "asked_by"), pk=pk)


def milestone_for(user: User, pk: int) -> Milestone:
    path = "plan_version__plan"
    found = Milestone.objects.select_related(f"{path}__complaint__department", f"{path}__complaint__project")
    return VIEW_MILESTONE.get(user, found, pk=pk)


@dataclass(frozen=True, slots=True)
class Answer:
    """A line of the 比对表: what was demanded or advised, and what the plan does about it."""

    subject: Any
    response: Response | None

    @property
    def measure(self) -> str:
        return self.response.measure if self.response else ""

    @property
    def adopted(self) -> bool:
        return self.response is None or self.response.adopted


@dataclass(frozen=True, slots=True)
class Content:
    """A version as a page shows it."""

    version: PlanVersion
    milestones: list[Milestone]
    demands: list[Answer]
    opinions: list[Answer]


def version_content(
    version: PlanVersion, demands: Sequence[Demand], opinions: Sequence[Opinion], *, complete: bool = True
) -> Content:
    """Every demand and every opinion given, answered or not; of an old version (``complete`` False) what it answered.

    Two queries, none when milestones and responses were fetched with the version.
    """
    responses = list(version.responses.all())
    of_demand = {row.demand_id: row for row in responses if row.demand_id}
    of_opinion = {row.opinion_id: row for row in responses if row.opinion_id}
    return Content(
        version,
        list(version.milestones.all()),
        [Answer(each, of_demand.get(each.pk)) for each in demands if complete or each.pk in of_demand],
        [
            Answer(each, of_opinion.get(each.pk))
            for each in opinions
            if each.pk in of_opinion or (complete and each.status == Opinion.Status.GIVEN)
        ],
    )


def claimed(complaint: Complaint) -> list[Demand]:
    """The demands that stand. One query."""
    return list(complaint.demands.filter(withdrawn_reason=""))


def asked(complaint: Complaint) -> list[Opinion]:
    """The opinions that were asked, cancelled ones too. One query."""
    return list(complaint.opinions.select_related("asked_of", "asked_by"))


def plan_decisions(steps: Iterable[Step]) -> list[Step]:
    return [step for step in steps if step.name in DECISIONS]


def missing_of(version: PlanVersion | None, demands: Sequence[Demand], opinions: Sequence[Opinion]) -> list[str]:
    """What submitting would object to. A query when an opinion is waited for."""
    return gaps_of(version, demands, opinions, timezone.now()) if version is not None else []


def last_return(plan: Plan, history: Sequence[Transition]) -> Transition | None:
    """Who returned the plan and why, while it is being redone."""
    if plan.status != P.DRAFT:
        return None
    told = [move for move in history if move.step in (*RETURNS, "submit", "drop_change", "change", "reopen")]
    return told[-1] if told and told[-1].step in RETURNS else None


@dataclass(frozen=True, slots=True)
class VersionRow:
    content: Content
    label: str
    tone: str
    changes: list[dict[str, str]]


def version_rows(plan: Plan) -> list[VersionRow]:
    """All versions, the newest first, each with its content and what it changed against the one that governed.

    Five queries whatever their number.
    """
    demands, opinions = list(plan.complaint.demands.all()), asked(plan.complaint)
    rows = []
    governing: PlanVersion | None = None
    versions = list(plan.versions.select_related("created_by").order_by("number"))
    with_parts(*versions)
    for version in versions:
        changes = differences(describe(governing), describe(version)) if governing is not None else []
        content = version_content(version, demands, opinions, complete=False)
        rows.append(VersionRow(content, *_standing(version, plan), changes))
        if version.approved_at is not None:
            governing = version
    return rows[::-1]


def _standing(version: PlanVersion, plan: Plan) -> tuple[str, str]:
    if version.withdrawn_at is not None:
        return "已放弃", "void"
    if version.superseded_at is not None:
        return "已被替代", "neutral"
    if plan.status == P.CANCELLED or (version.number < plan.version and version.pk != plan.effective_id):
        return "已撤销", "void"
    if version.pk == plan.effective_id:
        return "现行版本", "ok"
    return plan.status_label, plan.status_tone


_STAGES = (
    (P.DRAFT, "拟订", ("submit",)),
    (P.IN_CHECK, "项目经理审核", ("check", "check_final")),
    (P.IN_REVIEW, "工程部负责人审核", ("review",)),
    (P.IN_APPROVAL, "分管领导审批", ("approve",)),
)


def plan_stages(plan: Plan, history: Sequence[Transition], returned: Transition | None) -> list[Stage]:
    """拟订 → 项目经理审核 → 工程部负责人审核 → 分管领导审批 → 已批准, each with who did it in this round."""
    if plan.status == P.CANCELLED:
        return [Stage("已撤销", "returned")]
    mine = [move for move in history if move.version == plan.version]
    bar = list(_STAGES)
    if any(move.step == "check_final" for move in mine):
        bar = bar[:2]  # the short way of a change that the project manager may approve
    at = next((index for index, (status, _, _) in enumerate(bar) if status == plan.status), len(bar))
    found = []
    for index, (_, label, steps) in enumerate(bar):
        state = "done" if index < at else "current" if index == at else "todo"
        if index == at == 0 and returned is not None:
            state = "returned"
        done = next((move for move in reversed(mine) if move.step in steps), None) if index < at else None
        note = f"{done.who} {done.at.astimezone():%m-%d %H:%M}" if done else ""
        found.append(Stage("变更拟订" if index == 0 and plan.effective_id and plan.version > 1 else label, state, note))
    return [*found, Stage("已批准", "done" if plan.status == P.APPROVED else "todo")]


def plan_steps(plan: Plan, user: User, history: Sequence[Transition]) -> list[Step]:
    """The steps this person may take now (right, state, G5)."""
    return PLAN_FLOW.available(plan, user, history)


def line_of(milestone: Milestone) -> list[int]:
    """The ids of the milestone and of those of earlier versions that it continues. One query."""
    origins = dict(
        Milestone.objects.filter(plan_version__plan=milestone.plan_version.plan_id).values_list("pk", "origin_id")
    )
    line: list[int] = []
    at: int | None = milestone.pk
    while at is not None and at not in line:
        line.append(at)
        at = origins.get(at)
    return line


def successor_of(milestone: Milestone) -> Milestone | None:
    """The milestone of a later version that took the place of this one. One query, of what was replaced only."""
    if milestone.status != Milestone.Status.SUPERSEDED:
        return None
    return milestone.continuations.filter(plan_version__approved_at__isnull=False).order_by("-pk").first()
