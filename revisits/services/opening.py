"""The calendar's moves: a year opens its plans with their three days, and closes them on its last day."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from organization.models import Unit
from organization.models.units import Tier
from revisits.flow import PLAN_FLOW
from revisits.models import FrequencyPolicy, Level, PlanIssue, RevisitPlan
from revisits.selectors.scope import asked_of, projects_of

from .common import lock_plan, morning_of, move
from .deciding import withdraw_version
from .planning import make_plan


def turn_the_year(*, now: datetime) -> dict[str, int]:
    """Run daily, idempotent, catching up after any pause: close what is of earlier years, open what this year asks for.

    A.2 step 4 每年初: from 1 January 00:00 each unit and department with a project to visit has three days. One whose
    first ledger comes into force in mid-year has them from that day.
    """
    today = timezone.localdate(now)
    return {"closed": _close_before(today.year, now), "opened": open_year(today.year, now=now)}


def open_year(year: int, *, now: datetime) -> int:
    """The plans of a year that do not exist yet and have something to plan. How many."""
    policy = FrequencyPolicy.in_force().rules
    have = set(RevisitPlan.objects.filter(year=year).values_list("unit_id", flat=True))
    opened = 0
    for unit in Unit.objects.filter(depth=2, dissolved_on__isnull=True):
        projects = projects_of(unit, year, policy)
        if unit.pk not in have and any(asked_of(p, year, Level.UNIT, policy) for p in projects):
            opened += _open(
                unit, Level.UNIT.value, year, _first_day(year, [p.facts.ledger_approved_on for p in projects]), now
            )
        for department in Unit.objects.under(unit).filter(tier=Tier.DEPARTMENT, dissolved_on__isnull=True):
            if department.pk in have:
                continue
            mine = projects_of(department, year, policy)
            if any(asked_of(p, year, Level.DEPARTMENT, policy) for p in mine):
                first = _first_day(year, [p.facts.ledger_approved_on for p in mine])
                opened += _open(department, Level.DEPARTMENT.value, year, first, now)
    return opened


def _first_day(year: int, approvals: list[date | None]) -> date:
    """1 January, or the day the first ledger came into force when that is later."""
    known = [day for day in approvals if day is not None]
    return max(date(year, 1, 1), min(known)) if known and len(known) == len(approvals) else date(year, 1, 1)


@transaction.atomic
def _open(unit: Unit, level: str, year: int, first: date, now: datetime) -> bool:
    try:
        with transaction.atomic():
            plan = make_plan(unit, level, year, created_by=None, now=now)
    except IntegrityError:  # another run, or a person, was faster
        return False
    move(PLAN_FLOW, "open", plan, actor=None, now=now, received_at=morning_of(first))
    return True


def _close_before(year: int, now: datetime) -> int:
    """31 December: what governs is closed; a change that was not approved ends with the year. A plan that never was
    approved stays open and overdue. What was not visited stays recordable, its lateness a fact."""
    over = RevisitPlan.objects.filter(year__lt=year, effective__isnull=False).exclude(status=RevisitPlan.Status.CLOSED)
    closed = 0
    for pk in over.order_by("pk").values_list("pk", flat=True):
        closed += _close(pk, now)
    return closed


@transaction.atomic
def _close(pk: int, now: datetime) -> bool:
    plan = lock_plan(pk)
    if plan.status == RevisitPlan.Status.CLOSED or plan.effective_id is None:
        return False
    if plan.status == RevisitPlan.Status.APPROVED:
        move(PLAN_FLOW, "close", plan, actor=None, now=now)
    else:
        withdraw_version(plan, now)
        move(PLAN_FLOW, "lapse", plan, actor=None, now=now)
    PlanIssue.objects.filter(Q(plan=plan), settled_at__isnull=True).update(settled_at=now, settlement="年度结束")
    return True
