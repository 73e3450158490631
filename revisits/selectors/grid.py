"""The board of a plan: its projects by months, with the check over them (clauses 5.2.1, 5.2.4).

Everything is read once: the facts, the lines, the waivers, the lines of the years beside it. The check is made anew for
every page, so that no changed ledger, setting or neighbouring plan is shown as satisfied; a version's stored report is
its record, shown with the versions.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from ledgers.models import Project
from revisits import clocks as C
from revisits.frequency import Facts, Line, Requirement, Requirements
from revisits.models import RevisitPlan, Visit, Waiver
from workflow.models import Clock

from .checking import ProjectGap, Report, check_lines, settings_of
from .scope import InScope, asked_of, projects_of

V = Visit.Status


class PlannedLine(NamedTuple):
    """A line of the version shown, as it comes from the database."""

    pk: int
    project: int
    planned_on: date
    scheduled_on: date
    method: str
    status: str
    visitor: int | None
    added_in: int
    dropped_in: int | None
    who: str | None


@dataclass(slots=True)
class Row:
    """A project with its lines, gaps, and windows that were past when its ledger came into force."""

    project: InScope
    lines: list[PlannedLine] = field(default_factory=list)
    gaps: list[ProjectGap] = field(default_factory=list)
    missed: list[Requirement] = field(default_factory=list)


@dataclass(slots=True)
class Board:
    plan: RevisitPlan
    report: Report
    rows: list[Row]
    late: set[int]
    waivers: list[Waiver]

    def lines(self) -> Iterable[PlannedLine]:
        """Those that the version has; what it gives up is shown but counts no more."""
        return (line for row in self.rows for line in row.lines if line.dropped_in is None)

    @property
    def cities(self) -> list[str]:
        return sorted({row.project.city for row in self.rows if row.project.city})

    @property
    def departments(self) -> list[str]:
        return sorted({row.project.department for row in self.rows if row.project.department})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page was asked to show of the board."""

    gaps: bool = False
    city: str = ""
    department: str = ""
    text: str = ""

    def rows(self, board: Board) -> list[Row]:
        found: Iterable[Row] = board.rows
        if self.gaps:
            found = [row for row in found if any(gap.waiver != Waiver.Status.GRANTED for gap in row.gaps)]
        if self.city:
            found = [row for row in found if row.project.city == self.city]
        if self.department:
            found = [row for row in found if row.project.department == self.department]
        if self.text:
            words = self.text.casefold().split()
            found = [row for row in found if _has(row.project, words)]
        return list(found)


def _has(project: InScope, words: Sequence[str]) -> bool:
    text = f"{project.name} {project.code}".casefold()
    return all(word in text for word in words)


_FIELDS = (
    "pk", "project_id", "planned_on", "scheduled_on", "method", "status", "visitor_id", "added_in", "dropped_in",
    "visitor__name",
)  # fmt: skip


def board_of(plan: RevisitPlan, now: datetime) -> Board:
    """The version being drafted or in force. Six queries at most, whatever the number of projects."""
    lines = _lines(plan)
    waivers = list(plan.waivers.select_related("project", "asked_by"))
    settings = settings_of(plan)
    projects = projects_of(plan.unit, plan.year, settings.rules)
    report = check_lines(plan, settings, projects, _as_rules_take_them(lines), _standing(waivers))
    report.no_visitor = sum(
        line.visitor is None and line.status == V.PLANNED and line.dropped_in is None for line in lines
    )
    rows = _rows(report, projects, lines)
    return Board(plan, report, rows, _late(plan, now) if plan.effective_id else set(), waivers)


def _lines(plan: RevisitPlan, project: int | None = None) -> list[PlannedLine]:
    """The lines of the version, and those it gives up."""
    shown = plan.visits.filter(Q(dropped_in__isnull=True) | Q(dropped_in=plan.version), added_in__lte=plan.version)
    if project is not None:
        shown = shown.filter(project=project)
    rows = shown.exclude(status=V.CANCELLED).order_by("scheduled_on", "pk").values_list(*_FIELDS)
    return [PlannedLine(*row) for row in rows]


def _as_rules_take_them(lines: Iterable[PlannedLine]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if line.dropped_in is None:
            found[line.project].append(Line(line.planned_on, line.method))
    return found


def _standing(waivers: Iterable[Waiver]) -> dict[tuple[int, str, date, date], str]:
    return {
        (each.project_id, each.code, each.start, each.end): each.status
        for each in waivers
        if each.status != Waiver.Status.REFUSED
    }


def _rows(report: Report, projects: Iterable[InScope], lines: Iterable[PlannedLine]) -> list[Row]:
    """Whatever asks for something or has a line, by code; what is no longer in scope at the end. A query for these."""
    asking = {project.pk for project in report.asking}
    mine: dict[int, list[PlannedLine]] = defaultdict(list)
    for line in lines:
        mine[line.project].append(line)
    rows = {
        project.pk: Row(project, mine.pop(project.pk, []))
        for project in projects
        if project.pk in asking or project.pk in mine
    }
    for gap in report.gaps:
        rows[gap.project.pk].gaps.append(gap)
    for project, requirement in report.missed:
        rows[project.pk].missed.append(requirement)
    return [*rows.values(), *(Row(stranger, mine[stranger.pk]) for stranger in _strangers(mine))]


def _strangers(pks: Iterable[int]) -> list[InScope]:
    """Projects with lines whose ledger or unit left the plan's scope."""
    wanted = list(pks)
    if not wanted:
        return []
    rows: Any = Project.objects.filter(pk__in=wanted).order_by("code").values_list("pk", "code", "name")
    nothing = Facts(date.min, date.min)
    return [InScope(pk, code, name, "", False, False, False, "", nothing) for pk, code, name in rows]


def _late(plan: RevisitPlan, now: datetime) -> set[int]:
    """The visits of the plan's unit whose limit is over. One query."""
    late = Clock.objects.running().filter(
        content_type=ContentType.objects.get_for_model(Visit),
        unit=plan.unit_id,
        code__in=(C.VISIT[plan.level], C.ONSITE[plan.level]),
        due_at__lte=now,
    )
    return set(late.order_by().values_list("object_id", flat=True))


# --- one project


@dataclass(frozen=True, slots=True)
class Window:
    """A requirement of a project and what became of it: met, gap, asked, granted, warned, waived or missed."""

    requirement: Requirement
    state: str
    missing: int = 0


@dataclass(slots=True)
class ProjectBoard:
    row: Row
    windows: list[Window]
    late: set[int]


def project_board(plan: RevisitPlan, project_id: int, now: datetime) -> ProjectBoard | None:
    """One project's windows and lines; None where the plan has nothing to do with it. Six queries at most."""
    settings = settings_of(plan)
    projects = projects_of(plan.unit, plan.year, settings.rules, only=[project_id])
    lines = _lines(plan, project_id)
    waivers = plan.waivers.filter(project=project_id)
    report = check_lines(plan, settings, projects, _as_rules_take_them(lines), _standing(waivers), only=[project_id])
    rows = _rows(report, projects, lines)
    if not rows:
        return None
    due = asked_of(projects[0], plan.year, plan.level, settings.rules) if projects else Requirements(())
    return ProjectBoard(rows[0], _windows(due, rows[0].gaps), _late(plan, now) if plan.effective_id else set())


def _windows(due: Requirements, gaps: Iterable[ProjectGap]) -> list[Window]:
    lacking = {gap.gap.requirement: gap for gap in gaps}
    found = []
    for each in due:
        gap = lacking.get(each)
        found.append(Window(each, "met" if gap is None else _state(gap), 0 if gap is None else gap.gap.missing))
    found += [Window(each, "waived") for each in due.waived]
    found += [Window(each, "missed") for each in due.missed]
    return sorted(found, key=lambda window: (window.requirement.start, window.requirement.code))


def _state(gap: ProjectGap) -> str:
    return gap.waiver or ("warned" if gap.project.overseas else "gap")
