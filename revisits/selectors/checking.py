"""What a plan lacks (clause 5.2.4): the check over every project in scope, as it is kept with each version."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from revisits.frequency import Gap, Line, Requirement, Requirements, check
from revisits.models import FrequencyPolicy, RevisitPlan, Visit, Waiver

from .scope import InScope, asked_of, lines_of, neighbouring_lines, project_of, projects_of

# Project, rule, first and last day of the window.
WaiverKey = tuple[int, str, date, date]


@dataclass(frozen=True, slots=True)
class ProjectGap:
    """A gap with the project it is of; ``waiver`` is the state of the waiver asked for it, "" none."""

    project: InScope
    gap: Gap
    waiver: str = ""

    @property
    def blocks(self) -> bool:
        """R-1a, R-1c: a gap of a domestic project blocks unless waived; one of an overseas project only warns."""
        return not self.project.overseas and self.waiver != Waiver.Status.GRANTED

    def __str__(self) -> str:
        return f"{self.project.name}({self.project.code}) {self.gap}"


@dataclass(slots=True)
class Report:
    """The check of one version: what it was checked with, and everything it found, named."""

    policy: int
    lines: int = 0
    # The projects that ask for something of the year, done or not.
    asking: list[InScope] = field(default_factory=list)
    gaps: list[ProjectGap] = field(default_factory=list)
    waived: list[tuple[InScope, Requirement]] = field(default_factory=list)
    missed: list[tuple[InScope, Requirement]] = field(default_factory=list)
    # Lines without a planned visitor (R-A2-6.2), lines of projects that are no longer in scope, and repeated lines.
    no_visitor: int = 0
    strangers: int = 0
    repeated: list[str] = field(default_factory=list)

    @property
    def projects(self) -> int:
        return len(self.asking)

    @property
    def blocking(self) -> list[ProjectGap]:
        return [gap for gap in self.gaps if gap.blocks]

    @property
    def warnings(self) -> list[ProjectGap]:
        return [gap for gap in self.gaps if gap.project.overseas]

    @property
    def passes(self) -> bool:
        return not self.blocking and not self.no_visitor

    def as_json(self) -> dict[str, Any]:
        """As it is stored with the version (R-A3-C02)."""
        return {
            "policy": self.policy,
            "projects": self.projects,
            "lines": self.lines,
            "no_visitor": self.no_visitor,
            "strangers": self.strangers,
            "repeated": self.repeated,
            "passes": self.passes,
            "gaps": [
                _named(g.project, g.gap.requirement)
                | {"missing": g.gap.missing, "waiver": g.waiver, "overseas": g.project.overseas}
                for g in self.gaps
            ],
            "waived": [_named(project, requirement) for project, requirement in self.waived],
            "missed": [_named(project, requirement) for project, requirement in self.missed],
        }


def _named(project: InScope, requirement: Requirement) -> dict[str, Any]:
    return {
        "project": project.pk,
        "code": project.code,
        "name": project.name,
        "rule": requirement.code,
        "start": requirement.start.isoformat(),
        "end": requirement.end.isoformat(),
        "methods": sorted(requirement.methods),
        "count": requirement.count,
        "clause": requirement.clause,
    }


def check_plan(
    plan: RevisitPlan,
    *,
    version: int | None = None,
    policy: FrequencyPolicy | None = None,
    only: Iterable[int] | None = None,
) -> Report:
    """Clauses 5.2.1 to 5.2.4: every project in scope against its requirements of the year. Five queries, whatever the
    number of projects; ``only`` looks at some of them. ``policy`` None: that of the version being drafted or in force.
    """
    number = plan.version if version is None else version
    settings = policy or settings_of(plan)
    projects = projects_of(plan.unit, plan.year, settings.rules, only=only)
    report = check_lines(plan, settings, projects, lines_of(plan, number, only), waivers_of(plan), only=only)
    open_lines = plan.visits.of_version(number).filter(visitor__isnull=True, status=Visit.Status.PLANNED)
    report.no_visitor = (open_lines if only is None else open_lines.filter(project_id__in=list(only))).count()
    return report


def check_lines(
    plan: RevisitPlan,
    settings: FrequencyPolicy,
    projects: Iterable[InScope],
    lines: Mapping[int, Sequence[Line]],
    waivers: Mapping[WaiverKey, str],
    *,
    only: Iterable[int] | None = None,
) -> Report:
    """The check of projects and lines that were read already: one query, for the years beside this one. What has no
    visitor is the caller's to count."""
    rules, beside = settings.rules, neighbouring_lines(plan, only)
    report = Report(settings.number, lines=sum(map(len, lines.values())))
    known = 0
    for project in projects:
        asked = asked_of(project, plan.year, plan.level, rules)
        if not (asked or asked.waived or asked.missed):
            continue
        report.asking.append(project)
        report.waived += [(project, each) for each in asked.waived]
        report.missed += [(project, each) for each in asked.missed]
        mine = lines.get(project.pk, ())
        known += len(mine)
        if len(set(mine)) != len(mine):
            report.repeated.append(project.name)
        report.gaps += [
            ProjectGap(project, gap, waivers.get(_key(project.pk, gap.requirement), ""))
            for gap in check([*mine, *beside.get(project.pk, ())], asked)
        ]
    report.strangers = report.lines - known if only is None else 0
    return report


def settings_of(plan: RevisitPlan) -> FrequencyPolicy:
    """The settings of the version being drafted or in force."""
    return plan.shown.policy if plan.shown is not None else FrequencyPolicy.in_force()


def requirements_of(plan: RevisitPlan, project_id: int) -> Requirements:
    """What one project asks of the plan, by the settings of the version shown; empty when it is out of scope."""
    settings = settings_of(plan)
    project = project_of(plan.unit, project_id, plan.year, settings.rules)
    return asked_of(project, plan.year, plan.level, settings.rules) if project is not None else Requirements(())


def _key(project: int, requirement: Requirement) -> WaiverKey:
    return project, requirement.code, requirement.start, requirement.end


def waivers_of(plan: RevisitPlan) -> dict[WaiverKey, str]:
    """The state of what was asked for or granted; what was refused or lapsed may be asked for again."""
    rows = plan.waivers.filter(status__in=(Waiver.Status.ASKED, Waiver.Status.GRANTED)).values_list(
        "project_id", "code", "start", "end", "status"
    )
    return {(project, code, start, end): status for project, code, start, end, status in rows}
