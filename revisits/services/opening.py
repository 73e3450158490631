"""The calendar's moves: a year opens its plans with their three days, and closes them on its last day."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from organization.models import Unit
from organization.models.units import Tier
from revisits.flow import PLAN_FLOW
from revisits.models import FrequencyPolicy, PlanIssue, RevisitPlan
from revisits.selectors.scope import InScope

from .asking import first_asking, level_of, received_at
from .common import lock_plan, move
from .deciding import withdraw_version
from .planning import make_plan
from .waivers import lapse_waivers


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
    makers = Unit.objects.filter(tier__in=(Tier.UNIT, Tier.DEPARTMENT), dissolved_on__isnull=True).order_by("path")
    without = [maker for maker in makers if maker.pk not in have]
    first = first_asking(without, year, policy) if without else {}
    opened = 0
    for maker in without:
        if maker.pk in first:
            opened += _open(maker, [first[maker.pk]], year, now)
    return opened


@transaction.atomic
def _open(unit: Unit, asking: Sequence[InScope], year: int, now: datetime) -> bool:
    try:
        with transaction.atomic():
            plan = make_plan(unit, level_of(unit), year, created_by=None, now=now)
    except IntegrityError:  # another run, or a person, was faster
        return False
    move(PLAN_FLOW, "open", plan, actor=None, now=now, received_at=received_at(asking, year, now))
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
    lapse_waivers(plan, now)
    PlanIssue.objects.filter(Q(plan=plan), settled_at__isnull=True).update(settled_at=now, settlement="年度结束")
    return True
