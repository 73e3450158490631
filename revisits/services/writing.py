"""What every way of writing a plan shares: the plan under its lock, its lines, the check kept with each save."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.db.models import F

from organization.models import User
from revisits.flow import PLAN_FLOW
from revisits.models import FrequencyPolicy, RevisitPlan, Visit
from revisits.selectors.checking import check_plan

from .common import lock_plan, same_revision, working_of

BATCH = 2000


class LineData(NamedTuple):
    """A line to be planned. ``visitor`` is a user id or None."""

    project: int
    on: date
    method: str
    visitor: int | None


def open_plan(plan_id: int, actor: User, now: datetime, revision: int | None, step: str = "edit") -> RevisitPlan:
    """The plan under its lock, for somebody who may write it now: by the settings in force, which ``saved`` keeps."""
    plan = lock_plan(plan_id)
    name = step if step == "prepare" else f"{step}_{plan.level}"
    PLAN_FLOW.check(name, plan, actor=actor, now=now)
    same_revision(plan, revision)
    working_of(plan).policy = FrequencyPolicy.in_force()
    return plan


def saved(plan: RevisitPlan, actor: User, now: datetime, step: str, what: str) -> RevisitPlan:
    """Every save is checked and kept with the version, by the settings now in force (R-A3-C02)."""
    version = working_of(plan)
    version.report = check_plan(plan).as_json()
    version.save()
    plan.revision = F("revision") + 1
    changes = [{"field": "回访安排", "old": "", "new": what[:500]}]
    plan.save(update_fields=["revision"])
    plan.refresh_from_db(fields=["revision"])
    PLAN_FLOW.move(step if step == "prepare" else f"{step}_{plan.level}", plan, actor=actor, now=now, changes=changes)
    return plan


def write_lines(plan: RevisitPlan, lines: Iterable[LineData]) -> None:
    """Lines of the version being drafted, unchecked."""
    Visit.objects.bulk_create(
        (
            Visit(
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
            for line in lines
        ),
        batch_size=BATCH,
    )
