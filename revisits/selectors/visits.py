"""Visits in reach, and a page of them: the rows of the list with what stands beside them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, Q, QuerySet

from ledgers.models import LedgerContact, WarrantyCase
from ledgers.models.case import OPEN_CASE_STATES
from organization.models import User
from organization.prepared import Prepared
from revisits.models import Visit
from revisits.permissions import VIEW

LIST_FIELDS = (
    "pk", "status", "level", "method", "planned_on", "scheduled_on", "visited_on", "project_id", "project__name",
    "project__code", "project__city", "project__key", "project__strategic", "project__overseas",
    "project__department__name", "project__department__path", "unit__name", "unit__path", "visitor__name",
    "record__visitor", "record__respondent", "plan_id",
)  # fmt: skip
OWNER = "owner"  # the third group of Appendix C: 业主方或接收方
# Who is asked first: whoever lives with the building.
_FIRST = ("property_manager", "owner_engineer")
_STEP = 25


def visible_visits(user: User) -> QuerySet[Visit]:
    """G2: the visits of the plans in the user's reach."""
    return VIEW.narrow(user, Visit.objects.order_by())


@dataclass(frozen=True, slots=True)
class Contact:
    """A person of the owner's side, from the ledger in force. ``phone`` is whole: pages show it masked."""

    pk: int
    ledger: int
    label: str
    name: str
    phone: str
    post: str


class _Pages:
    """A query for the rows of a list's page, prepared for each of the few sizes that pages have."""

    def __init__(self, build: Any) -> None:
        self._build = build
        self._kept: dict[int, Prepared] = {}

    def rows(self, ids: Collection[int], **more: int) -> list[Any]:
        if not ids:
            return []
        wanted = {f"id{at}": pk for at, pk in enumerate(ids)}
        blanks = {f"id{at}": -at for at in range(len(ids), -(-len(ids) // _STEP) * _STEP)}  # ids that no record has
        size = len(wanted) + len(blanks)
        return self._kept.setdefault(size, Prepared(self._build)).rows(**wanted, **blanks, **more)


_ROWS = _Pages(lambda **ids: Visit.objects.filter(pk__in=list(ids.values())).order_by().values(*LIST_FIELDS))
_IN_FORCE = Q(version=F("version__ledger__effective"))
_PEOPLE = _Pages(
    lambda **ids: (
        LedgerContact.objects.filter(
            _IN_FORCE, version__ledger__project__in=list(ids.values()), group=OWNER, absent=False
        )
        .exclude(name="")
        .select_related(None)
        .annotate(project=F("version__ledger__project"), ledger=F("version__ledger"))
        .order_by("order", "pk")
        .values_list("project", "ledger", "pk", "post", "title", "name", "phone")
    )
)
_OPEN_CASES = _Pages(
    lambda kind, **ids: (
        WarrantyCase.objects.filter(content_type=kind, object_id__in=list(ids.values()), status__in=OPEN_CASE_STATES)
        .order_by()
        .values_list("object_id", flat=True)
    )
)


def rows_of(found: QuerySet[Visit], start: int, size: int) -> list[dict[str, Any]]:
    """The rows of a page, in the order of ``found``. First the keys: what a page shows beside them is only read for
    the rows that it shows. Two queries."""
    ids = list(found.values_list("pk", flat=True)[start : start + size])
    rows = {row["pk"]: row for row in _ROWS.rows(ids)}
    return [rows[pk] for pk in ids if pk in rows]


def contacts_of(projects: Collection[int]) -> dict[int, list[Contact]]:
    """The owner's people of each project by the ledger in force, those with a phone first. One query."""
    found: dict[int, list[Contact]] = {}
    for project, ledger, pk, post, title, name, phone in _PEOPLE.rows(sorted(set(projects))):
        label = LedgerContact(post=post, title=title).label
        found.setdefault(project, []).append(Contact(pk, ledger, label, name, phone, post))
    return {project: sorted(people, key=_rank) for project, people in found.items()}


def _rank(contact: Contact) -> tuple[bool, int]:
    place = _FIRST.index(contact.post) if contact.post in _FIRST else len(_FIRST)
    return not contact.phone, place


def awaiting_closure(visits: Sequence[int]) -> set[int]:
    """R-A2-10: those of the visits whose warranty cases are not over. One query."""
    kind = ContentType.objects.get_for_model(Visit).pk
    return set(_OPEN_CASES.rows(visits, kind=kind))
