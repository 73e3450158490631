"""The register (客户投诉台账): what is in reach, a page of it, and counts that do not grow with the table.

Counting a million rows takes longer than any page may. So nothing is counted beyond what a person can use: tabs to
999, the list to 10,000, which is also how deep one can turn its pages. The export and its purpose page count exactly.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import IntegerField, QuerySet, Subquery
from django.db.models.functions import Left

from complaints.models import Complaint, SavedFilter
from complaints.permissions import VIEW
from organization.models import User
from organization.prepared import Prepared
from organization.rules import grants_of
from workflow.models import Transition

COUNTED = 10_000
COUNTED_ON_TABS = 999
EXCERPT = 80  # of the event, before phones are masked and it is cut for the page

LIST_FIELDS = (
    "pk", "number", "project_name", "project_code", "kind", "party", "channel", "level", "cause", "complainant",
    "phone", "received_at", "registered_at", "status", "round", "verdict", "second", "grade", "handle_by", "closed_at",
    "legacy", "department__name", "department__path", "project__key", "project__strategic", "filing__number",
    "filing__status", "excerpt",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Count:
    """``more``: there are more than ``number``, which is then where the counting ended."""

    number: int
    more: bool

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.more else ''}"


def visible_complaints(user: User) -> QuerySet[Complaint]:
    """G2: the complaints in the user's reach; of a department's person those that were assigned."""
    return VIEW.narrow(user, Complaint.objects.order_by())


def count_of(queryset: QuerySet[Any], most: int = COUNTED) -> Count:
    """How many rows there are, counted no further than ``most``."""
    return _count(queryset.order_by().values("pk")[: most + 1].count(), most)


def _count(found: int, most: int) -> Count:
    return Count(min(found, most), found > most)


class _Counted(Subquery):
    """The number of rows of a subquery that is limited itself."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()
    empty_result_set_value = 0  # of what nobody can see, without asking


def counts_of(user: User, queries: Mapping[str, QuerySet[Any]]) -> dict[str, Count]:
    """Each of the querysets counted up to ``COUNTED_ON_TABS``; all of them in one query."""
    most = COUNTED_ON_TABS
    told = {f"n{at}": _Counted(q.order_by().values("pk")[: most + 1]) for at, q in enumerate(queries.values())}
    row = User.objects.filter(pk=user.pk).values_list(*told.values()).get()
    return {name: _count(found, most) for name, found in zip(queries, row, strict=True)}


T = TypeVar("T")
KEPT_SECONDS = 60
_LAST_STEP = Prepared(lambda: Transition.objects.order_by("-pk").values_list("pk", flat=True)[:1])


class Kept:
    """Answers of counting, kept for a minute while nobody in the group takes a step: then for the same person with the
    same rights they can only differ by a limit that has just passed. One query, however many answers are asked for."""

    def __init__(self, user: User) -> None:
        self._steps = next(iter(_LAST_STEP.rows()), None)
        self._of = (user.pk, sorted(grants_of(user).items()))

    def answer(self, about: str, make: Callable[[], T]) -> T:
        """What ``make`` finds. ``about`` tells everything that it depends on beside the person and the rights."""
        told = hashlib.sha256(repr((about, self._of)).encode()).hexdigest()[:32]
        key = f"complaints:kept:{told}:{self._steps}"
        found: T | None = cache.get(key)
        if found is None:
            found = make()
            cache.set(key, found, KEPT_SECONDS)
        return found


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
