"""The register (客户投诉台账): what is in reach, and a page of it.

How many there are: ``workflow.counting``. The export and its purpose page count exactly.
"""

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Left

from complaints.models import Complaint, SavedFilter
from complaints.permissions import VIEW
from organization.models import User
from organization.prepared import Prepared

EXCERPT = 80  # of the event, before phones are masked and it is cut for the page

LIST_FIELDS = (
    "pk", "number", "project_name", "project_code", "kind", "party", "channel", "level", "cause", "complainant",
    "phone", "received_at", "registered_at", "status", "round", "verdict", "second", "grade", "handle_by", "closed_at",
    "legacy", "department__name", "department__path", "project__key", "project__strategic", "filing__number",
    "filing__status", "excerpt",
)  # fmt: skip


def visible_complaints(user: User) -> QuerySet[Complaint]:
    """G2: the complaints in the user's reach; of a department's person those that were assigned."""
    return VIEW.narrow(user, Complaint.objects.order_by())


_STEP = 25
_PAGES: dict[int, Prepared] = {}


def _page(**ids: int) -> QuerySet[Complaint, dict[str, Any]]:
    rows = Complaint.objects.filter(pk__in=list(ids.values())).order_by().annotate(excerpt=Left("event", EXCERPT))
    found: QuerySet[Complaint, dict[str, Any]] = rows.values(*LIST_FIELDS)
    return found


def rows_of(found: QuerySet[Complaint], start: int, size: int) -> list[dict[str, Any]]:
    """The rows of a page, in the order of ``found``. First the keys, from the indexes alone: what a page shows beside
    them is only read for the rows that it shows, not for those that it skips."""
    ids = list(found.values_list("pk", flat=True)[start : start + size])
    if not ids:
        return []
    wanted = {f"id{at}": pk for at, pk in enumerate(ids)}
    blanks = {f"id{at}": -at for at in range(len(ids), -(-len(ids) // _STEP) * _STEP)}  # ids that no record has
    query = _PAGES.setdefault(len(wanted) + len(blanks), Prepared(_page))
    rows = {row["pk"]: row for row in query.rows(**wanted, **blanks)}
    return [rows[pk] for pk in ids if pk in rows]


_SAVED = Prepared(lambda user: SavedFilter.objects.filter(user=user).order_by("pk"))


def saved_filters(user: User) -> list[SavedFilter]:
    return _SAVED.rows(user=user.pk)
