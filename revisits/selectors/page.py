"""A plan as its page shows it: reach, where it stands, what this person may do (clauses 5.2.1 to 5.2.4)."""

from collections.abc import Sequence

from django.db.models import Q

from ledgers.selectors.detail import Stage
from organization.models import User
from revisits.flow import PLAN_FLOW
from revisits.models import PlanIssue, RevisitPlan
from revisits.permissions import VIEW
from workflow.models import Transition

P = RevisitPlan.Status
# Edits are many and tell nothing of the way.
_TURNS = ("submit", "approve", "return", "change", "drop", "close", "lapse")
ISSUES_SHOWN = 10


def plan_for(user: User, pk: int) -> RevisitPlan:
    """A plan in reach with both its versions, or 404."""
    found = RevisitPlan.objects.select_related(
        "unit",
        "working__policy",
        "working__created_by",
        "working__submitted_by",
        "effective__policy",
        "effective__approved_by",
    )
    return VIEW.get(user, found, pk=pk)


def turns_of(plan: RevisitPlan, user: User | None = None) -> list[Transition]:
    """The steps that moved the plan along, and those of this version that ``user`` took, oldest first. One query."""
    moved = Q(step__in=[f"{step}_{plan.level}" for step in _TURNS])
    if user is not None:
        moved |= Q(version=plan.version) & (Q(actor=user) | Q(on_behalf_of=user))
    found = Transition.objects.about(plan).filter(moved).defer("changes")
    return list(found.select_related("actor", "on_behalf_of").order_by("at", "pk"))


def steps_for(plan: RevisitPlan, user: User, turns: Sequence[Transition] | None = None) -> set[str]:
    """The steps this person may take now, without the level. With the plan's turns no query, else one at most (G5)."""
    return {step.name.removesuffix(f"_{plan.level}") for step in PLAN_FLOW.available(plan, user, turns)}


def last_return(plan: RevisitPlan, turns: Sequence[Transition]) -> Transition | None:
    """Who returned the plan and why, while it is being redone."""
    if plan.status != P.RETURNED:
        return None
    return next((move for move in reversed(turns) if move.step == f"return_{plan.level}"), None)


def plan_stages(plan: RevisitPlan, turns: Sequence[Transition]) -> list[Stage]:
    """编制上报 → 审批 → 执行中 → 年度关闭, each with who did it."""
    at = {P.DRAFT: 0, P.RETURNED: 0, P.IN_APPROVAL: 1, P.APPROVED: 2, P.CLOSED: 3}[P(plan.status)]
    approver = "集团工程部审批" if plan.level == "unit" else "工程部负责人审批"
    bar = (
        ("变更编制上报" if plan.effective_id and plan.version > 1 and at < 2 else "编制上报", ("submit",)),
        (approver, ("approve",)),
        ("执行中", ()),
        ("年度关闭", ("close", "lapse")),
    )
    found = []
    for index, (label, steps) in enumerate(bar):
        state = "done" if index < at else "current" if index == at else "todo"
        if index == at == 0 and plan.status == P.RETURNED:
            state = "returned"
        if index == at == 3:
            state = "ended"
        names = {f"{step}_{plan.level}" for step in steps}
        done = next((move for move in reversed(turns) if move.step in names), None)
        told = done if done is not None and (index < at or state == "ended") else None
        found.append(Stage(label, state, f"{told.who} {told.at.astimezone():%m-%d %H:%M}" if told else ""))
    return found


def open_issues(plan: RevisitPlan) -> list[PlanIssue]:
    """What changed after the approval and is not settled. One query."""
    return list(plan.issues.filter(settled_at__isnull=True).select_related("project"))
