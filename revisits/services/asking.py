"""Who makes a plan of a year: the units with a project that asks for something of it, and from when they have to."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError

from organization.models import Unit
from organization.models.units import Tier
from revisits.frequency import Policy
from revisits.models import Level
from revisits.selectors.scope import InScope, asked_of, projects_by_department, projects_of

from .common import morning_of


def level_of(unit: Unit) -> str:
    """Whose plan a unit makes; the group makes none."""
    levels = {Tier.UNIT: Level.UNIT, Tier.DEPARTMENT: Level.DEPARTMENT}
    if unit.tier not in levels:
        raise ValidationError({"unit": "只有二级单位和项目经理部编制回访计划。"})
    return levels[Tier(unit.tier)].value


def asking_projects(unit: Unit, level: str, year: int, policy: Policy) -> list[InScope]:
    """Those in scope that ask for something of the year."""
    return [each for each in projects_of(unit, year, policy) if asked_of(each, year, level, policy)]


def first_asking(makers: Iterable[Unit], year: int, policy: Policy) -> dict[int, InScope]:
    """Of each unit that makes a plan the project that asks for something of the year and was in force first; a unit
    with none is left out. Two queries, whatever the number of units."""
    places = dict(Unit.objects.order_by().values_list("pk", "path"))
    known = projects_by_department(places, year, policy)
    found = {}
    for maker in makers:
        level = level_of(maker)
        mine = (each for pk, path in places.items() if path.startswith(maker.path) for each in known.get(pk, ()))
        in_order = sorted(mine, key=lambda each: each.facts.ledger_approved_on or date.min)
        if (first := next((each for each in in_order if asked_of(each, year, level, policy)), None)) is not None:
            found[maker.pk] = first
    return found


def received_at(asking: Sequence[InScope], year: int, now: datetime) -> datetime:
    """A.2 step 4 每年初: from 1 January 00:00, whoever opens the plan and when; from the day the first ledger came into
    force when that is later. ``now`` where nothing asks for a visit."""
    approvals = [project.facts.ledger_approved_on for project in asking]
    new_year = date(year, 1, 1)
    if not approvals:
        return max(now, morning_of(new_year))
    return morning_of(max(new_year, min(day or new_year for day in approvals)))
