"""Complaints like another one: possible duplicates, and earlier ones of the same project and matter."""

from datetime import timedelta

from django.db.models import QuerySet

from complaints.models import Complaint
from complaints.permissions import VIEW
from complaints.searching import fold, pairs
from ledgers.models import Project
from organization.models import User

S = Complaint.Status
# Handling had begun: what comes back afterwards is a second complaint, before that it is a duplicate.
BEGUN = (S.RECTIFYING, S.HANDLING, S.AWAITING_EVALUATION, S.AWAITING_CLOSE, S.CLOSED, S.DRAFTING_PLAN)
WITHIN = timedelta(days=365)
LOOKED_AT = 50
SHOWN = 5
ALIKE = 0.3


def earlier_of_same_matter(complaint: Complaint) -> QuerySet[Complaint]:
    """R-5.8.2: same project and matter, ours, received within the 12 months before, handling begun; newest first."""
    return (
        Complaint.objects.filter(
            project=complaint.project_id,
            kind=complaint.kind,
            status__in=BEGUN,
            verdict__in=("severe", "minor"),
            received_at__lte=complaint.received_at,
            received_at__gte=complaint.received_at - WITHIN,
        )
        .exclude(pk=complaint.pk)
        .order_by("-received_at")
    )


def likeness(one: str, other: str) -> float:
    """How much two texts share of their pairs of characters, 0 to 1 (Dice)."""
    a, b = ({pair for word in fold(text).split() for pair in pairs(word)} for text in (one, other))
    return 2 * len(a & b) / (len(a) + len(b)) if a and b else 0.0


def similar_complaints(user: User, project: Project, *, kind: str = "", event: str = "") -> list[Complaint]:
    """What a registrar should look at before entering another one: complaints of the project that the user may see,
    the most alike first; without a text yet, the latest. ``likeness`` and ``begun`` are set on each."""
    recent = VIEW.narrow(user, Complaint.objects.filter(project=project).exclude(status=S.MERGED))
    found = list(recent.order_by("-received_at")[:LOOKED_AT])
    for each in found:
        each.likeness = likeness(event, each.event)  # type: ignore[attr-defined]
        each.begun = each.status in BEGUN and each.kind == kind  # type: ignore[attr-defined]
        each.duplicate = each.likeness >= ALIKE and not each.ended  # type: ignore[attr-defined]
    found.sort(key=lambda each: (-each.likeness, -each.received_at.timestamp()))  # type: ignore[attr-defined]
    return found[:SHOWN]
