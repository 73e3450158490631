"""Which projects a plan answers for, and what the ledger says of each (rules, section 1)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Min, Q, QuerySet
from django.utils import timezone

from ledgers.models import Ledger
from organization.models import Unit
from organization.prepared import Prepared
from revisits.frequency import DEPARTMENT, Facts, Line, Policy, Requirements, requirements
from revisits.models import Level, RevisitPlan, Visit

# Nothing of a plan year reaches further back than the year after the warranty's completion, and its winter.
_REACH = 2


@dataclass(frozen=True, slots=True)
class InScope:
    """A project whose ledger is in force, and its facts. ``climate`` is the key of its seasons in the policy."""

    pk: int
    code: str
    name: str
    city: str
    overseas: bool
    key: bool
    strategic: bool
    department: str
    facts: Facts


_FIELDS = (
    "project_id", "project__code", "effective__name", "effective__city", "project__overseas", "effective__key",
    "effective__strategic", "project__department__name", "effective__warranty_start", "effective__warranty_end",
    "effective__accepted_on", "effective__delivered_on", "effective__hvac", "effective__region", "serviced_until",
)  # fmt: skip


def projects_of(unit: Unit, year: int, policy: Policy, *, only: Iterable[int] | None = None) -> list[InScope]:
    """Every project at or below ``unit`` whose ledger was approved and may ask for something in ``year``, by code.

    ``facts.region`` is the city's own climate where the policy has one, else the region's.
    """
    found = _ledgers(year).filter(project__department__path__startswith=unit.path)
    if only is not None:
        found = found.filter(project_id__in=list(only))
    rows = found.annotate(first_approved=Min("versions__approved_at")).order_by("project__code")
    return [_in_scope(row, policy) for row in rows.values_list(*_FIELDS, "first_approved")]


def projects_by_department(departments: Iterable[int], year: int, policy: Policy) -> dict[int, list[InScope]]:
    """``projects_of`` of many project departments at once, by the department's id. One query."""
    found: dict[int, list[InScope]] = defaultdict(list)
    rows = _ledgers(year).filter(project__department__in=list(departments))
    rows = rows.annotate(first_approved=Min("versions__approved_at")).order_by("project__code")
    for department, *row in rows.values_list("project__department_id", *_FIELDS, "first_approved"):
        found[department].append(_in_scope(row, policy))
    return found


def project_of(unit: Unit, project: int, year: int, policy: Policy) -> InScope | None:
    """``projects_of`` for one project; None where the plan has nothing to do with it."""
    first, last = _reach(year)
    for path, *row in _ONE.rows(project=project, first=first, last=last):
        return _in_scope(row, policy) if path.startswith(unit.path) else None
    return None


_ONE = Prepared(
    lambda project, first, last: (
        _ledgers_between(first, last)
        .filter(project=project)
        .annotate(first_approved=Min("versions__approved_at"))
        .order_by()
        .values_list("project__department__path", *_FIELDS, "first_approved")
    )
)


def _reach(year: int) -> tuple[date, date]:
    return date(year - _REACH, 1, 1), date(year, 12, 31)


def _ledgers(year: int) -> QuerySet[Ledger]:
    return _ledgers_between(*_reach(year))


def _ledgers_between(long_ago: date, last: date) -> QuerySet[Ledger]:
    return (
        Ledger.objects.filter(effective__isnull=False, effective__warranty_start__isnull=False)
        .filter(effective__warranty_start__lte=last)
        .filter(Q(effective__warranty_end__gte=long_ago) | Q(serviced_until__gte=long_ago))
        .exclude(status=Ledger.Status.VOID)
    )


def _in_scope(row: Sequence[object], policy: Policy) -> InScope:
    pk, code, name, city, overseas, key, strategic, department, start, end, accepted, delivered, hvac, region = row[:14]
    serviced_until, first = row[14:]
    completed = min((day for day in (accepted, delivered) if isinstance(day, date)), default=None)
    approved = timezone.localdate(first) if isinstance(first, datetime) else None
    facts = Facts(
        start=start,  # type: ignore[arg-type]
        end=end,  # type: ignore[arg-type]
        completed_on=completed,
        serviced_until=serviced_until,  # type: ignore[arg-type]
        key=bool(key),
        hvac=bool(hvac),
        region=str(city) if city in policy.climates else str(region),
        ledger_approved_on=approved,
    )
    return InScope(
        pk,  # type: ignore[arg-type]
        str(code),
        str(name),
        str(city),
        bool(overseas),
        bool(key),
        bool(strategic),
        str(department),
        facts,
    )


def asked_of(project: InScope, year: int, level: str, policy: Policy) -> Requirements:
    return requirements(project.facts, year, level, policy)


def neighbouring_lines(plan: RevisitPlan, projects: Iterable[int] | None = None) -> dict[int, list[Line]]:
    """Of the same level's plans of the years beside this one: a winter across New Year may be served there (rule 5).

    Lines that govern, or were carried out. One query.
    """
    if plan.level == DEPARTMENT:
        return {}
    year = plan.year
    near = Q(scheduled_on__range=(date(year - 1, 7, 1), date(year - 1, 12, 31))) | Q(
        scheduled_on__range=(date(year + 1, 1, 1), date(year + 1, 6, 30))
    )
    rows = (
        Visit.objects.filter(near, unit=plan.unit_id, level=Level.UNIT)
        .exclude(status__in=(Visit.Status.PLANNED, Visit.Status.CANCELLED))
        .order_by()
    )
    if projects is not None:
        rows = rows.filter(project_id__in=list(projects))
    return _by_project(rows.values_list("project_id", "scheduled_on", "method"))


def lines_of(plan: RevisitPlan, version: int, projects: Iterable[int] | None = None) -> dict[int, list[Line]]:
    """The lines of a version, by project, as the rules take them."""
    rows = plan.visits.of_version(version).exclude(status=Visit.Status.CANCELLED).order_by()
    if projects is not None:
        rows = rows.filter(project_id__in=list(projects))
    return _by_project(rows.values_list("project_id", "planned_on", "method"))


def _by_project(rows: Iterable[tuple[int, date, str]]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for project, on, method in rows:
        found[project].append(Line(on, method))
    return found
