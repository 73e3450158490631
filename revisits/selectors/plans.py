"""The list of plans: what each has and lacks, without reading its report or its lines (clauses 5.2.1 to 5.2.4)."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from organization.models import User
from revisits.models import PlanIssue, RevisitPlan, Visit
from revisits.models.visit import DONE_STATES, OPEN_STATES
from revisits.permissions import APPROVE, VIEW

P = RevisitPlan.Status
COUNTS = ("projects", "lines", "gaps", "waived")
_FIELDS = (
    "pk", "level", "year", "status", "version", "round", "revision", "effective_id", "unit__name", "unit__path",
    *COUNTS,
)  # fmt: skip


def visible_plans(user: User) -> QuerySet[RevisitPlan]:
    """The plans in reach, each with the counts of the version being drafted or in force."""
    told = {name: Coalesce(F(f"working__{name}"), F(f"effective__{name}")) for name in COUNTS}
    return VIEW.narrow(user, RevisitPlan.objects.all()).annotate(**told)


def rows_of(plans: QuerySet[RevisitPlan], start: int, size: int, user: User) -> list[dict[str, Any]]:
    """A page of them, as dictionaries. Three queries: the plans, how many visits are done, what affects them."""
    rows: list[dict[str, Any]] = list(plans.values(*_FIELDS)[start : start + size])
    ids = [row["pk"] for row in rows]
    visits, issues = _visits(ids), _issues(ids)
    deciding = {level: rule.paths(user) for level, rule in APPROVE.items()}
    for row in rows:
        row["done"], row["due"] = visits.get(row["pk"], (0, 0))
        row["issues"] = issues.get(row["pk"], 0)
        plan = RevisitPlan(status=row["status"], effective_id=row["effective_id"])
        row["status_label"], row["tone"] = plan.status_label, plan.status_tone
        row["may_approve"] = row["status"] == P.IN_APPROVAL and row["unit__path"].startswith(deciding[row["level"]])
    return rows


def _visits(ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Plan → visits carried out, and all that its approved versions ask for."""
    if not ids:
        return {}
    rows = (
        Visit.objects.filter(plan__in=ids, status__in=(*OPEN_STATES, *DONE_STATES))
        .order_by()
        .values_list("plan")
        .annotate(done=Count("pk", filter=Q(status__in=DONE_STATES)), due=Count("pk"))
    )
    return {plan: (done, due) for plan, done, due in rows}


def _issues(ids: Collection[int]) -> dict[int, int]:
    if not ids:
        return {}
    rows = PlanIssue.objects.filter(plan__in=ids, settled_at__isnull=True).order_by().values_list("plan")
    return dict(rows.annotate(number=Count("pk")))


def years_of(today: date) -> list[int]:
    """The years to choose from, the newest first: those that have plans, this one and the next."""
    known = RevisitPlan.objects.order_by().values_list("year", flat=True).distinct()
    return sorted({*known, today.year, today.year + 1}, reverse=True)


def names_by_path(units: Sequence[Any]) -> dict[str, str]:
    return {unit.path: unit.name for unit in units}
