"""Warranty cases in reach, those of a record, how timely and thorough they were, what the ledger says of the term."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, F, Model, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from ledgers import clocks as C
from ledgers.models import LedgerVersion, Project, WarrantyCase, WarrantyTerm
from ledgers.models.case import OPEN_CASE_STATES, SATISFIED_FROM
from ledgers.permissions import OPEN_CASE_OF, VIEW_CASE
from ledgers.sources import CaseSource
from ledgers.statutory import Term
from ledgers.warranty import Judgement, judge
from organization.models import User
from workflow.models import Clock, Outcome

S = WarrantyCase.Status


def visible_cases(user: User) -> QuerySet[WarrantyCase]:
    """G2: the cases in the user's reach, with the project and its department."""
    return VIEW_CASE.narrow(user, WarrantyCase.objects.select_related("project__department"))


def case_for(user: User, pk: int) -> WarrantyCase:
    """The case with its project, or 404 when it is out of the user's reach."""
    return VIEW_CASE.get(
        user,
        WarrantyCase.objects.select_related("project__department", "created_by", "verified_by"),
        pk=pk,
    )


def projects_to_report_on(user: User) -> QuerySet[Project]:
    """The projects for which the user enters cases."""
    return OPEN_CASE_OF.narrow(user, Project.objects.order_by("name"))


PAGE_SHOWS = 8


def cases_of_project(user: User, project: Project) -> list[WarrantyCase] | None:
    """What a project's page shows: the latest of its cases; None where the person sees none at all. One query."""
    if not VIEW_CASE.covers(user, project.department):
        return None
    return list(WarrantyCase.objects.filter(project=project)[:PAGE_SHOWS])


@dataclass(frozen=True, slots=True)
class CasePart:
    """The cases of a record on its page, and the address that begins another; empty where the person may not."""

    cases: list[WarrantyCase]
    new_url: str


def case_part(user: User, subject: Model, source: str) -> CasePart:
    """One query."""
    declared = CaseSource.registry[source]
    project = declared.project(subject)
    may_open = OPEN_CASE_OF.covers(user, project.department) and not declared.objections(subject)
    url = f"{reverse('ledgers:case_new')}?source={source}&subject={subject.pk}" if may_open else ""
    return CasePart(list(VIEW_CASE.narrow(user, cases_of(subject))[:PAGE_SHOWS]), url)


def cases_of(subject: Model) -> QuerySet[WarrantyCase]:
    """The cases that came from a record (a visit, a complaint, a punch item), the latest first."""
    about = ContentType.objects.get_for_model(subject)
    return WarrantyCase.objects.filter(content_type=about, object_id=subject.pk)


def open_cases_of(subject: Model) -> QuerySet[WarrantyCase]:
    """Those not yet 已完成, 非保修 or 作废: the record they came from is not over before them."""
    return cases_of(subject).filter(status__in=OPEN_CASE_STATES)


@dataclass(frozen=True, slots=True)
class CaseFigures:
    """到场及时性, 处理及时性, 处理有效性 (2.2.1) of the cases reported in a period; of voided ones only their number.

    ``arrived``: those whose arrival was due or made; ``arrived_in_time``: made before its due moment, no earlier limit
    of it missed. ``repaired`` likewise, over all rounds. ``confirmed``: by the client; ``satisfied``: 很满意 or 满意.
    """

    reported: int
    arrived: int
    arrived_in_time: int
    repaired: int
    repaired_in_time: int
    reworked: int
    rejected: int
    confirmed: int
    satisfied: int
    voided: int


def case_figures(queryset: QuerySet[WarrantyCase], start: date | None, end: date | None) -> CaseFigures:
    """The figures of ``queryset``'s cases reported from ``start`` to ``end`` (both included; None: open). One query.

    What was late is what the clocks say: a limit that was cancelled or moved after it had been missed stays missed.
    """
    now = timezone.now()
    cases, counted = queryset.order_by(), ~Q(status=S.VOID)
    if start is not None:
        cases = cases.filter(reported_at__gte=_midnight(start))
    if end is not None:
        cases = cases.filter(reported_at__lt=_midnight(end + timedelta(days=1)))
    about = ContentType.objects.get_for_model(WarrantyCase)

    def of(code: str, condition: Q) -> Exists:
        clocks = Clock.objects.filter(condition, content_type=about, object_id=OuterRef("pk"), code=code)
        return Exists(clocks.order_by())

    missed = Q(stopped_at__gte=F("due_at")) | Q(stopped_at__isnull=True, due_at__lte=now)
    made = Q(outcome=Outcome.DONE)
    marked = cases.annotate(
        arrival_missed=of(C.CASE_ARRIVE, missed),
        arrival_made=of(C.CASE_ARRIVE, made),
        repair_missed=of(C.CASE_REPAIR, missed),
        repair_made=of(C.CASE_REPAIR, made),
    )
    counts: dict[str, Any] = marked.aggregate(
        reported=Count("pk", filter=counted),
        arrived=Count("pk", filter=counted & (Q(arrival_missed=True) | Q(arrival_made=True))),
        arrived_in_time=Count("pk", filter=counted & Q(arrival_missed=False, arrival_made=True)),
        repaired=Count("pk", filter=counted & (Q(repair_missed=True) | Q(repair_made=True))),
        repaired_in_time=Count("pk", filter=counted & Q(repair_missed=False, repair_made=True)),
        reworked=Count("pk", filter=counted & Q(rework_count__gte=1)),
        rejected=Count("pk", filter=Q(status=S.NOT_COVERED)),
        confirmed=Count("pk", filter=Q(status=S.DONE)),
        satisfied=Count("pk", filter=Q(status=S.DONE, satisfaction__gte=SATISFIED_FROM)),
        voided=Count("pk", filter=~counted),
    )
    return CaseFigures(**counts)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def judgement_of(project: Project, part: str, reported_at: datetime) -> Judgement:
    """保修范围内, as the ledger in force suggests it: the part's term, else the header's end date (ambiguity 15)."""
    version = LedgerVersion.objects.filter(ledger__project=project, pk=F("ledger__effective_id")).first()
    if version is None:
        return Judgement(None, "该工程尚无已生效的台账,请人工核定。")
    terms = [
        Term(term.part, term.get_part_display(), term.unit, term.amount, term.ends_on)
        for term in WarrantyTerm.objects.filter(version=version)
    ]
    label = str(dict(WarrantyTerm.Part.choices).get(part, ""))
    on = timezone.localdate(reported_at)
    return judge(part, label, terms, version.warranty_start, version.warranty_end, on)
