"""One's own uploads of plans. Nobody else sees them: a rejected row may hold anything."""

from typing import Any

from django.db.models import QuerySet

from organization.models import User
from revisits.models import PlanImport, RevisitPlan
from revisits.permissions import VIEW, VIEW_PART


def importable_plan(user: User, pk: int) -> RevisitPlan:
    """The plan in the user's reach, or 404."""
    return VIEW.get(user, RevisitPlan.objects.select_related("unit"), pk=pk)


def own_imports(user: User, plan: RevisitPlan) -> QuerySet[PlanImport]:
    return PlanImport.objects.filter(uploaded_by=user.pk, plan=plan).defer("rows", "layouts", "warnings")


def own_import(user: User, pk: int) -> PlanImport:
    """The upload, 404 when it is another's or its plan is out of reach."""
    found = PlanImport.objects.filter(uploaded_by=user.pk).select_related("plan__unit", "plan__working")
    return VIEW_PART.get(user, found, pk=pk)


def rows_of(job: PlanImport, tab: str) -> list[dict[str, Any]]:
    """The rows of a tab: errors, ok, known (lines that the plan has already)."""
    if tab == "errors":
        return [row for row in job.rows if row["errors"]]
    accepted = [row for row in job.rows if not row["errors"]]
    return accepted if tab == "ok" else [row for row in accepted if row["known"]]
