"""Complaints in the search across everything (``ledgers.selectors.search``), within the person's reach."""

from urllib.parse import urlencode

from django.db.models.functions import Left
from django.urls import reverse

from complaints.models import Complaint
from complaints.models.complaint import COMPLAINT_TONES
from complaints.searching import fold, found
from ledgers.selectors.masking import mask_phones
from ledgers.selectors.search import Hit, Hits, first_of
from organization.models import User

from .register import EXCERPT, visible_complaints

SHOWN_OF_EVENT = 50


def find_complaints(user: User, text: str) -> Hits:
    """The newest complaints in whose register entry every word occurs. One query."""
    label = "客户投诉台账"
    if not fold(text):
        return Hits("hit", label, [], False)
    matching = found(visible_complaints(user), text).order_by("-received_at", "-pk")
    fields = ("pk", "number", "project_name", "status", "excerpt")
    rows, more = first_of(matching.annotate(excerpt=Left("event", EXCERPT)).values_list(*fields))
    hits = [
        Hit(
            url=reverse("complaints:complaint_detail", args=[pk]),
            title=project,
            status=str(Complaint.Status(status).label),
            tone=COMPLAINT_TONES[status],
            about=f"{number} · {mask_phones(' '.join(event.split()))[:SHOWN_OF_EVENT]}",
        )
        for pk, number, project, status, event in rows
    ]
    return Hits("hit", label, hits, more, f"{reverse('complaints:complaint_list')}?{urlencode({'q': text})}")
