"""Writing a yearly plan: opening it, drafting, adding, moving and taking out lines, closing gaps (5.2.1 to 5.2.3)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from ledgers.models import Project
from organization.edition import edition_on
from organization.models import Unit, User
from revisits.flow import PLAN_FLOW
from revisits.frequency import Item, draft_all, repair
from revisits.models import FrequencyPolicy, Level, Method, PlanVersion, RevisitPlan, Visit
from revisits.permissions import DRAFT_IN
from revisits.selectors.checking import check_plan
from revisits.selectors.scope import InScope, asked_of, lines_of, neighbouring_lines, projects_of
from workflow.errors import Conflict
from workflow.services.calendar import calendar_in_force

from .asking import asking_projects, level_of, received_at
from .common import executors_of, move, must_be_one_of, visitors_of, working_of
from .writing import LineData, open_plan, saved, write_lines


@transaction.atomic
def start_plan(*, unit: Unit, year: int, actor: User, now: datetime) -> RevisitPlan:
    """A person begins a year's plan, before 1 January or when the year opened none. Conflict when it exists."""
    level = level_of(unit)
    DRAFT_IN[level].require_at(actor, unit)
    this_year = timezone.localdate(now).year
    if year not in (this_year, this_year + 1):
        raise ValidationError({"year": f"只能编制 {this_year} 年度或 {this_year + 1} 年度的计划。"})
    try:
        with transaction.atomic():
            plan = make_plan(unit, level, year, created_by=actor, now=now)
    except IntegrityError:
        raise Conflict(f"“{unit}”{year} 年度回访计划已经存在,请直接打开编制。") from None
    asking = asking_projects(unit, level, year, FrequencyPolicy.in_force().rules)
    move(PLAN_FLOW, "start", plan, actor=actor, now=now, received_at=received_at(asking, year, now))
    return plan


def make_plan(unit: Unit, level: str, year: int, *, created_by: User | None, now: datetime) -> RevisitPlan:
    """An empty plan with its first version. Raises IntegrityError where the unit has one of that year."""
    plan = RevisitPlan.objects.create(unit=unit, level=level, year=year, opened_at=now)
    plan.working = new_version(plan, created_by=created_by, now=now)
    plan.save()
    return plan


def new_version(plan: RevisitPlan, *, created_by: User | None, now: datetime, reason: str = "") -> PlanVersion:
    return PlanVersion.objects.create(
        plan=plan,
        number=plan.version,
        reason=reason.strip()[:500],
        policy=FrequencyPolicy.in_force(),
        edition=edition_on(timezone.localdate(now)),
        created_at=now,
        created_by=created_by,
    )


# --- drafting


@transaction.atomic
def draft_plan(
    *, plan_id: int, actor: User, now: datetime, revision: int | None = None, step: str = "edit"
) -> RevisitPlan:
    """One click over all projects in scope. A first version is written anew with the fewest visits that pass; a change
    keeps what governs and adds what is missing. ``step`` "prepare": a proposal for somebody else's plan."""
    plan = open_plan(plan_id, actor, now, revision, step)
    if plan.effective_id is None:
        plan.visits.filter(status=Visit.Status.PLANNED).delete()
        lines = _whole_year(plan, now)
    else:
        lines = _missing(plan, now)
    write_lines(plan, lines)
    return saved(plan, actor, now, step, f"自动编制 {len(lines)} 行")


@transaction.atomic
def repair_plan(
    *,
    plan_id: int,
    actor: User,
    now: datetime,
    project_id: int | None = None,
    rule: str = "",
    revision: int | None = None,
) -> RevisitPlan:
    """补齐: add the fewest visits that close the gaps: all of them, those of a project, or one rule's of a project."""
    plan = open_plan(plan_id, actor, now, revision)
    lines = _missing(plan, now, project_id, rule)
    if not lines:
        raise Conflict("没有需要补齐的缺口,请刷新页面查看。")
    write_lines(plan, lines)
    return saved(plan, actor, now, "edit", f"补齐 {len(lines)} 行")


def _whole_year(plan: RevisitPlan, now: datetime) -> list[LineData]:
    policy = working_of(plan).policy.rules
    projects = projects_of(plan.unit, plan.year, policy)
    earlier = neighbouring_lines(plan)
    going = _assigned(plan, projects, now)
    items = [Item(p.pk, p.facts, tuple(earlier.get(p.pk, ())), p.city, going.get(p.pk)) for p in projects]
    drafted = draft_all(items, plan.year, plan.level, policy, is_workday=calendar_in_force().is_workday)
    return [LineData(p.pk, line.on, line.method, going.get(p.pk)) for p in projects for line in drafted[p.pk]]


def _missing(plan: RevisitPlan, now: datetime, project_id: int | None = None, rule: str = "") -> list[LineData]:
    """The fewest lines beside those of the version that its projects still need; not before today where that can be."""
    policy = working_of(plan).policy.rules
    only = None if project_id is None else [project_id]
    report = check_plan(plan, only=only)
    # An overseas project's gap is closed only when it is asked for: there the local rules decide (R-1c).
    wanted = {g.project.pk for g in report.gaps if g.waiver != "granted" and (only or not g.project.overseas)}
    projects = [p for p in projects_of(plan.unit, plan.year, policy, only=wanted) if p.pk in wanted]
    lines, beside = lines_of(plan, plan.version, wanted), neighbouring_lines(plan, wanted)
    going, is_workday = _assigned(plan, projects, now), calendar_in_force().is_workday
    today = timezone.localdate(now)
    found = []
    for project in projects:
        asked = [each for each in asked_of(project, plan.year, plan.level, policy) if not rule or each.code == rule]
        mine = [*lines.get(project.pk, ()), *beside.get(project.pk, ())]
        found += [
            LineData(project.pk, line.on, line.method, going.get(project.pk))
            for line in repair(mine, asked, is_workday=is_workday, year=plan.year, since=today)
        ]
    return found


def _assigned(plan: RevisitPlan, projects: Sequence[InScope], now: datetime) -> dict[int, int]:
    """Who goes where: whoever was named for the project already, else the executors in turn, a city's projects
    together."""
    known = dict(
        plan.visits.filter(visitor__isnull=False).order_by("scheduled_on").values_list("project_id", "visitor_id")
    )
    people = [user.pk for user in executors_of(plan.level, plan.unit, timezone.localdate(now))]
    if not people:
        return {pk: visitor for pk, visitor in known.items() if visitor is not None}
    share = -(-len(projects) // len(people))
    ordered = sorted(projects, key=lambda p: (p.city, p.code))
    return {p.pk: known.get(p.pk) or people[at // share] for at, p in enumerate(ordered)}


# --- by hand


@transaction.atomic
def add_line(*, plan_id: int, line: LineData, actor: User, now: datetime, revision: int | None = None) -> Visit:
    """Plan one more visit of a project in scope."""
    plan = open_plan(plan_id, actor, now, revision)
    _check_line(plan, line, now)
    visit = Visit(
        plan=plan,
        project_id=line.project,
        unit_id=plan.unit_id,
        level=plan.level,
        planned_on=line.on,
        scheduled_on=line.on,
        method=line.method,
        visitor_id=line.visitor,
        added_in=plan.version,
    )
    visit.save()
    saved(plan, actor, now, "edit", f"新增:{visit}")
    return visit


@transaction.atomic
def change_line(
    *,
    plan_id: int,
    visit_id: int,
    on: date,
    method: str,
    visitor: int | None,
    actor: User,
    now: datetime,
    revision: int | None = None,
) -> Visit:
    """Another date, method or visitor of a line. A line of the version in force is given up for a new one, which the
    approval puts in its place; until then it governs."""
    plan = open_plan(plan_id, actor, now, revision)
    visit = _line(plan, visit_id)
    _check_line(plan, LineData(visit.project_id, on, method, visitor), now, besides=visit)
    before = str(visit)
    if visit.added_in == plan.version:
        visit.planned_on = visit.scheduled_on = on
        visit.method, visit.visitor_id = method, visitor
        visit.save()
    else:
        visit.dropped_in = plan.version
        visit.save()
        visit = Visit.objects.create(
            plan=plan,
            project_id=visit.project_id,
            unit_id=plan.unit_id,
            level=plan.level,
            planned_on=on,
            scheduled_on=on,
            method=method,
            visitor_id=visitor,
            added_in=plan.version,
            replaces=visit,
        )
    saved(plan, actor, now, "edit", f"调整:{before} → {visit}")
    return visit


@transaction.atomic
def remove_line(*, plan_id: int, visit_id: int, actor: User, now: datetime, revision: int | None = None) -> None:
    """Take a line out. What was approved before stays on record as given up with this version."""
    plan = open_plan(plan_id, actor, now, revision)
    visit = _line(plan, visit_id)
    words = str(visit)
    if visit.added_in == plan.version:
        replaced = visit.replaces_id
        visit.delete()
        if replaced is not None:  # taking back a change gives the line in force its place again
            plan.visits.filter(pk=replaced).update(dropped_in=None)
    else:
        visit.dropped_in = plan.version
        visit.save()
    saved(plan, actor, now, "edit", f"删除:{words}")


def _line(plan: RevisitPlan, visit_id: int) -> Visit:
    """A line of the version being drafted that may still be changed, under its lock: it may be visited meanwhile."""
    visits = plan.visits.of_version(plan.version).select_for_update(of=("self",)).select_related("project")
    visit = visits.filter(pk=visit_id).first()
    if visit is None:
        raise Conflict("该行已不在本版计划中,请刷新页面。")
    if visit.status in (Visit.Status.OK, Visit.Status.PROBLEM):
        raise Conflict(f"{visit} 已经实施,不能修改或删除。")
    found: Visit = visit
    return found


def _check_line(plan: RevisitPlan, line: LineData, now: datetime, besides: Visit | None = None) -> None:
    if line.on.year != plan.year:
        raise ValidationError({"on": f"计划回访日期须在 {plan.year} 年内。"})
    must_be_one_of("method", "回访方式", line.method, Method.values)
    if plan.level == Level.DEPARTMENT and line.method != Method.ONSITE:
        raise ValidationError({"method": "项目经理部回访须为现场回访(标准 5.3.2)。"})
    if line.visitor is not None and line.visitor not in {u.pk for u in visitors_of(plan.unit, timezone.localdate(now))}:
        raise ValidationError({"visitor": f"计划回访人须是“{plan.unit}”的在岗人员。"})
    in_reach = Project.objects.filter(pk=line.project, department__path__startswith=plan.unit.path)
    if not in_reach.filter(ledger__effective__isnull=False).exists():
        raise ValidationError({"project": "请选择本单位台账已生效的工程。"})
    same = plan.visits.of_version(plan.version).exclude(status=Visit.Status.CANCELLED)
    same = same.filter(project_id=line.project, planned_on=line.on, method=line.method)
    if besides is not None:
        same = same.exclude(pk=besides.pk)
    if same.exists():
        raise ValidationError({"on": f"该工程 {line.on:%Y-%m-%d} 已有同一方式的回访安排。"})


@transaction.atomic
def assign_visitor(
    *, plan_id: int, visitor: int, visits: Sequence[int] | None, actor: User, now: datetime, revision: int | None = None
) -> int:
    """Name a visitor for some lines of the version being drafted, or (None) for all that have none. How many."""
    plan = open_plan(plan_id, actor, now, revision)
    people = {user.pk: user for user in visitors_of(plan.unit, timezone.localdate(now))}
    if visitor not in people:
        raise ValidationError({"visitor": f"计划回访人须是“{plan.unit}”的在岗人员。"})
    lines = plan.visits.filter(added_in=plan.version, status=Visit.Status.PLANNED)
    lines = lines.filter(visitor__isnull=True) if visits is None else lines.filter(pk__in=list(visits))
    count: int = lines.update(visitor=visitor)
    saved(plan, actor, now, "edit", f"计划回访人:{people[visitor].name},{count} 行")
    return count


__all__ = [
    "LineData", "add_line", "assign_visitor", "change_line", "draft_plan", "level_of", "make_plan", "new_version",
    "remove_line", "repair_plan", "start_plan",
]  # fmt: skip
