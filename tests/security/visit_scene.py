"""Visits of unit 1's department U1D1 to a key project: one to be made, one made with a problem.

Of the year 2025: a department has one plan a year, and the plans' own scene takes this year's.
"""

from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType

from revisits.models import Visit
from tests.complaints.factories import picture
from tests.personas import Personas
from tests.revisits.factories import PROBLEM, a_ledger, approved, on, visited
from workflow.services.evidence import attach_evidence


def visit_args(personas: Personas) -> dict[str, list[Any]]:
    """``visit:due``, ``visit:made``; the project they belong to, and the evidence of the made one."""
    year = {"year": 2025}
    a_ledger(personas, name="回访工程", key=True, start=date(2024, 6, 1), end=date(2026, 5, 31), now=on(1, 2, **year))
    plan = approved(personas, unit="U1D1", now=on(1, 4, **year), **year)
    first, second, *_ = plan.visits.order_by("scheduled_on", "pk")
    made = visited(personas, first, **PROBLEM)
    photo = attach_evidence(
        subject=made,
        file=picture("现场.png"),
        actor=personas.fresh("pw11"),
        now=plan.opened_at,
        kind="photo",
    )
    kind = ContentType.objects.get_for_model(Visit)
    return {
        "visit:due": [second.pk],
        "visit:made": [made.pk],
        "visit_project": [made.project_id],
        "visit_evidence": [photo.pk],
        "visit_attach": [kind.pk, made.pk],
    }
