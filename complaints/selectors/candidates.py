"""Which complaints a complaint may be merged into or linked to, which departments may take it over."""

from datetime import timedelta

from django.db.models import Q, QuerySet

from complaints.models import Complaint, Verdict
from complaints.models.complaint import OPEN
from complaints.permissions import VIEW
from complaints.selectors.similar import BEGUN, WITHIN
from organization.models import Unit, User
from organization.models.units import Tier

SHOWN = 30
NEAR = timedelta(days=31)


def same_matter(complaint: Complaint) -> QuerySet[Complaint]:
    """What a duplicate may be merged into: a complaint of the same project; or, where the wrong project was entered,
    one of the same complainant in the same second-tier unit, received within the same month."""
    near = (complaint.received_at - NEAR, complaint.received_at + NEAR)
    unit = complaint.department.path[: 2 * Unit.steplen]
    again = Q(
        phone=complaint.phone,
        complainant=complaint.complainant,
        received_at__range=near,
        department__path__startswith=unit,
    )
    return Complaint.objects.filter(Q(project=complaint.project_id) | again).exclude(pk=complaint.pk)


def merge_candidates(complaint: Complaint, user: User) -> QuerySet[Complaint]:
    """The open complaints it may be a duplicate of, as far as the person may see them, none to be merged itself."""
    found = same_matter(complaint).filter(status__in=OPEN, merge_into=None)
    return VIEW.narrow(user, found.exclude(pk=complaint.pk)).order_by("-received_at", "-pk")[:SHOWN]


def earlier_candidates(complaint: Complaint, user: User) -> QuerySet[Complaint]:
    """R-5.8.2: ours, of the project and of the 12 months before, whose handling had begun; the matter is judged by a
    person."""
    found = Complaint.objects.filter(
        project=complaint.project_id,
        status__in=BEGUN,
        verdict__in=(Verdict.SEVERE, Verdict.MINOR),
        received_at__lte=complaint.received_at,
        received_at__gte=complaint.received_at - WITHIN,
    )
    return VIEW.narrow(user, found.exclude(pk=complaint.pk)).order_by("-received_at", "-pk")[:SHOWN]


def departments_to_take_over(complaint: Complaint) -> QuerySet[Unit]:
    """The project departments in existence, but for the one that answers now."""
    found: QuerySet[Unit] = Unit.objects.filter(tier=Tier.DEPARTMENT, dissolved_on=None)
    return found.exclude(pk=complaint.department_id).order_by("path")
