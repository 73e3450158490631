"""The year's opening: which units and project departments have something to visit and no plan yet (5.2.1, 5.2.2)."""

from collections.abc import Iterable
from typing import NamedTuple

from organization.models import Unit, User
from organization.models.units import Tier
from revisits.models import FrequencyPolicy, Level, RevisitPlan
from revisits.permissions import DRAFT_IN, VIEW_IN
from workflow.counting import Kept

from .scope import asked_of, projects_by_department


class Unplanned(NamedTuple):
    """``projects``: how many of its projects ask for a visit in the year."""

    unit: int
    path: str
    name: str
    above: str
    level: str
    projects: int

    @property
    def level_label(self) -> str:
        return str(Level(self.level).label)


def unplanned_units(user: User, year: int) -> list[Unplanned]:
    """Those in reach, in the order of the tree; kept for a minute while nobody takes a step. Four queries."""
    return Kept(user).answer(f"unplanned:{year}", lambda: _unplanned(user, year))


def _unplanned(user: User, year: int) -> list[Unplanned]:
    standing = VIEW_IN.narrow(user, Unit.objects.filter(tier__in=(Tier.UNIT, Tier.DEPARTMENT), dissolved_on=None))
    have = set(RevisitPlan.objects.filter(year=year).values_list("unit_id", flat=True))
    units = list(standing)
    if all(unit.pk in have for unit in units):
        return []
    policy = FrequencyPolicy.in_force().rules
    departments = {unit.path: unit for unit in units if unit.tier == Tier.DEPARTMENT}
    above = {unit.path: unit for unit in units if unit.tier == Tier.UNIT}
    if beyond := {path[: -Unit.steplen] for path in departments} - set(above):
        above |= {unit.path: unit for unit in Unit.objects.filter(path__in=beyond)}
    lacking = {unit.path for unit in units if unit.pk not in have}
    wanted = {unit.pk: unit for unit in departments.values() if {unit.path, unit.path[: -Unit.steplen]} & lacking}
    asking: dict[str, int] = dict.fromkeys(lacking, 0)
    for pk, projects in projects_by_department(wanted, year, policy).items():
        for path, level in ((wanted[pk].path, Level.DEPARTMENT), (wanted[pk].path[: -Unit.steplen], Level.UNIT)):
            if path in asking:
                asking[path] += sum(bool(asked_of(project, year, level.value, policy)) for project in projects)
    found = []
    for unit in units:
        if number := asking.get(unit.path, 0):
            level = Level.UNIT if unit.tier == Tier.UNIT else Level.DEPARTMENT
            over = above.get(unit.path[: -Unit.steplen])
            name = over.name if over is not None and level == Level.DEPARTMENT else ""
            found.append(Unplanned(unit.pk, unit.path, unit.name, name, level.value, number))
    return found


def drafts_somewhere(user: User) -> bool:
    return any(rule.held_by(user) for rule in DRAFT_IN.values())


def drafting_units(user: User) -> list[Unit]:
    """The units whose plans this person drafts."""
    found: list[Unit] = []
    for level, tier in ((Level.UNIT, Tier.UNIT), (Level.DEPARTMENT, Tier.DEPARTMENT)):
        found += DRAFT_IN[level.value].units(user).filter(tier=tier, dissolved_on=None)
    return found


def plans_begun(units: Iterable[Unit], year: int) -> list[RevisitPlan]:
    return list(RevisitPlan.objects.filter(unit__in=list(units), year=year).select_related("unit"))
