"""What the desk of who drafts and who decides shows beside a plan's own page: numbers, waivers, issues."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.http import Http404

from organization.models import User
from revisits.models import FrequencyPolicy, Method, PlanIssue, RevisitPlan, Waiver
from revisits.permissions import VIEW_PART
from workflow.errors import Conflict
from workflow.models import Transition

from .checking import ProjectGap, check_plan
from .grid import Board

_METHODS = dict(Method.choices)
_WITH_PLAN = ("plan__unit", "plan__working__policy", "plan__effective__policy", "project")


@dataclass(slots=True)
class Numbers:
    """The lines of a plan by method and by months of the year, for who decides on their number (clause 5.2.4)."""

    methods: list[tuple[str, int]]
    months: list[tuple[int, int]]
    people: int
    per_project: float
    overseas: int = 0
    kinds: dict[str, int] = field(default_factory=dict)


def numbers_of(board: Board) -> Numbers:
    """Of what is read already."""
    lines = list(board.lines())
    methods, months = Counter(line.method for line in lines), Counter(line.planned_on.month for line in lines)
    asking = board.report.asking
    return Numbers(
        methods=[(label, methods[value]) for value, label in _METHODS.items() if methods[value]],
        months=[(month, months[month]) for month in range(1, 13)],
        people=len({line.visitor for line in lines if line.visitor}),
        per_project=round(len(lines) / len(asking), 1) if asking else 0,
        overseas=sum(project.overseas for project in asking),
        kinds={
            "重点工程": sum(project.key for project in asking),
            "战略合作伙伴": sum(project.strategic for project in asking),
        },
    )


def earlier_return(plan: RevisitPlan, turns: Sequence[Transition]) -> Transition | None:
    """Why this version was returned before: what the approver looks for in the next round."""
    moves = [move for move in turns if move.step == f"return_{plan.level}" and move.version == plan.version]
    return moves[-1] if moves else None


# --- waivers


def gap_of(plan: RevisitPlan, project_id: int, rule: str) -> ProjectGap:
    """The gap whose waiver is asked for; Conflict when it stands no more or was asked for already."""
    gap = next((g for g in check_plan(plan, only=[project_id]).gaps if g.gap.requirement.code == rule), None)
    if gap is None:
        raise Conflict("该缺口已不存在,无需豁免。请刷新页面查看。")
    if gap.waiver:
        raise Conflict(f"该缺口的豁免{Waiver.Status(gap.waiver).label},无需再次申请。")
    return gap


def waiver_for(user: User, pk: int) -> Waiver:
    return VIEW_PART.get(user, Waiver.objects.select_related(*_WITH_PLAN, "asked_by", "decided_by"), pk=pk)


# --- issues


def visible_issues(user: User) -> QuerySet[PlanIssue]:
    return VIEW_PART.narrow(user, PlanIssue.objects.all())


def issue_for(user: User, pk: int) -> PlanIssue:
    found = visible_issues(user).select_related(*_WITH_PLAN, "settled_by").filter(pk=pk).first()
    if found is None:
        raise Http404("没有找到该事项,或不在您的可见范围内。")
    return found


def blocking_of(issue: PlanIssue) -> list[ProjectGap]:
    """What stands against settling it: the gaps by the settings in force, as the service asks."""
    only = [issue.project_id] if issue.project_id else None
    return check_plan(issue.plan, policy=FrequencyPolicy.in_force(), only=only).blocking
