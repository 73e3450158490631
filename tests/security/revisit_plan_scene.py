"""The plans of unit 1 and its department U1D1, in each state in which one of their pages has something to do."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from revisits.models import RevisitPlan
from revisits.services.deciding import change_plan, decide_plan, submit_plan
from revisits.services.planning import draft_plan, start_plan
from tests.personas import Personas
from tests.revisits.factories import DECIDER, WRITER, a_ledger


def revisit_plan_args(personas: Personas, now: datetime) -> dict[str, list[Any]]:
    """``plan:draft`` of the department's next year, ``plan:approved`` of this one, ``plan:changed`` of the unit."""
    today = timezone.localdate(now)
    ledger = a_ledger(personas, now=now, start=today - timedelta(days=200), end=today + timedelta(days=800))
    draft = _drafted(personas, "U1D1", today.year + 1, now)
    approved = _approved(personas, "U1D1", today.year, now)
    changed = _approved(personas, "U1", today.year, now)
    change_plan(plan_id=changed.pk, reason="调整", actor=personas.uw1, now=now)
    line = draft.visits.filter(project=ledger.project_id).first()
    assert line is not None
    return {
        "plan_draft": [draft.pk],
        "plan_draft_project": [draft.pk, ledger.project_id],
        "plan_draft_line": [draft.pk, line.pk],
        "plan_approved": [approved.pk],
        "plan_changed": [changed.pk],
    }


def _drafted(personas: Personas, unit: str, year: int, now: datetime) -> RevisitPlan:
    writer = personas[WRITER[unit]]
    plan = start_plan(unit=personas.unit(unit), year=year, actor=writer, now=now)
    return draft_plan(plan_id=plan.pk, actor=writer, now=now)


def _approved(personas: Personas, unit: str, year: int, now: datetime) -> RevisitPlan:
    plan = _drafted(personas, unit, year, now)
    submit_plan(plan_id=plan.pk, actor=personas[WRITER[unit]], now=now)
    return decide_plan(plan_id=plan.pk, decision="approve", actor=personas[DECIDER[unit]], now=now)
