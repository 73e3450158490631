"""A unit's year of revisits: its plan and those of its departments, and how they stand. A fixed number of queries."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone

from organization.models import Unit, User
from organization.models.units import Tier
from revisits.clocks import ONSITE, VISIT
from revisits.models import PlanVersion, RevisitPlan, Visit, Waiver
from revisits.models.visit import DONE_STATES
from revisits.permissions import VIEW_IN
from workflow.models import Clock, Outcome

from ..documents.appendix_d import Form, Line
from ..documents.base import Footer
from ..documents.revisit_year import Tally
from .revisits import form_of, lines_of

YEARS = range(2000, 2200)
NO_PLAN = "未编制"
FIGURES = ("lines", "projects", "planned", "due", "done", "problems")
_CODES = (*VISIT.values(), *ONSITE.values())


def unit_of_year(user: User, pk: int, year: int) -> Unit:
    """The second-tier unit in the user's reach; 404 for any other, and for a year no plan can be of."""
    if year not in YEARS:
        raise Http404("没有这个年度的回访计划。")
    units: QuerySet[Unit] = Unit.objects.filter(tier=Tier.UNIT)
    return VIEW_IN.get(user, units, pk=pk)


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan and the version that governs it, or the one being drafted."""

    plan: RevisitPlan
    version: PlanVersion


def plans_of(unit: Unit, year: int) -> list[Shown]:
    people = [f"{one}__{who}" for one in ("effective", "working") for who in ("submitted_by", "approved_by", "edition")]
    plans = RevisitPlan.objects.filter(year=year, unit__path__startswith=unit.path)
    found = []
    for plan in plans.select_related("unit", *people).order_by("unit__path"):
        version = plan.effective or plan.working
        if version is not None:
            found.append(Shown(plan, version))
    return found


def visits_of(unit: Unit, year: int) -> QuerySet[Visit]:
    """The lines of the shown versions of those plans."""
    shown = Coalesce("plan__effective__number", "plan__working__number")
    return (
        Visit.objects.filter(plan__year=year, plan__unit__path__startswith=unit.path)
        .annotate(shown=shown)
        .filter(Q(dropped_in__isnull=True) | Q(dropped_in__gt=F("shown")), added_in__lte=F("shown"))
    )


def forms_of(
    shown: list[Shown], visits: QuerySet[Visit], figures: dict[int, dict[str, int]], masked: bool
) -> Iterator[tuple[Form, Footer]]:
    """Each plan's form, in the order of the tree; the lines of all of them are one stream, so each is read in turn."""
    stream = _Stream(lines_of(visits, masked))
    for each in shown:
        pk = each.plan.pk
        form = form_of(
            each.plan,
            each.version,
            count=figures.get(pk, {}).get("lines", 0),
            lines=lambda pk=pk: stream.of(pk),
        )
        yield form, Footer.of(each.version.edition)


class _Stream:
    """Lines of several plans, handed out plan by plan."""

    def __init__(self, rows: Iterator[tuple[int, Line]]) -> None:
        self._rows = rows

    def of(self, plan: int) -> Iterator[Line]:
        for owner, line in self._rows:
            if owner != plan:
                self._rows = chain([(owner, line)], self._rows)
                return
            yield line


def figures_of(visits: QuerySet[Visit], now: datetime) -> dict[int, dict[str, int]]:
    """By plan: lines, projects, planned, due, done, problems."""
    alive = ~Q(status=Visit.Status.CANCELLED)
    done = Q(status__in=DONE_STATES)
    rows = (
        visits.order_by()
        .values("plan")
        .annotate(
            lines=Count("pk"),
            projects=Count("project", distinct=True, filter=alive),
            planned=Count("pk", filter=alive),
            due=Count("pk", filter=alive & (done | Q(scheduled_on__lte=timezone.localdate(now)))),
            done=Count("pk", filter=done),
            problems=Count("pk", filter=Q(status=Visit.Status.PROBLEM)),
        )
    )
    return {plan: dict(zip(FIGURES, counts, strict=True)) for plan, *counts in rows.values_list("plan", *FIGURES)}


def late_of(visits: QuerySet[Visit], now: datetime) -> dict[int, int]:
    """By unit: the visits with a limit that was missed, made up for or not. What was late is what the clocks say."""
    clocks = Clock.objects.filter(
        content_type=ContentType.objects.get_for_model(Visit),
        object_id__in=visits.order_by().values("pk"),
        code__in=_CODES,
    ).exclude(outcome=Outcome.CANCELLED)
    late = clocks.filter(Q(stopped_at__gte=F("due_at")) | Q(stopped_at__isnull=True, due_at__lte=now))
    rows = late.order_by().values_list("owner").annotate(count=Count("object_id", distinct=True))
    return dict(rows)


def tallies_of(unit: Unit, shown: list[Shown], figures: dict[int, dict[str, int]], late: dict[int, int]) -> list[Tally]:
    """One a unit, the second-tier unit first; a department that has no plan is named all the same."""
    by_unit = {each.plan.unit_id: each for each in shown}
    units = Unit.objects.under(unit).filter(Q(dissolved_on=None) | Q(pk__in=list(by_unit)))
    return [_tally(each, by_unit.get(each.pk), figures, late) for each in units]


def _tally(unit: Unit, shown: Shown | None, figures: dict[int, dict[str, int]], late: dict[int, int]) -> Tally:
    level = str(Tier(unit.tier).label)
    if shown is None:
        return Tally(unit.name, level, NO_PLAN)
    of_plan = {name: count for name, count in figures.get(shown.plan.pk, {}).items() if name != "lines"}
    report = shown.version.report
    gaps = [gap for gap in report.get("gaps", ()) if not gap.get("overseas")]
    waived = sum(gap.get("waiver") == Waiver.Status.GRANTED for gap in gaps)
    return Tally(
        unit.name,
        level,
        shown.plan.status_label,
        f"第{shown.version.number}版",
        late=late.get(unit.pk, 0),
        gaps=len(gaps) - waived,
        waived=waived,
        **of_plan,
    )
