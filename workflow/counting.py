"""Counts that do not grow with the table.

Counting a million rows takes longer than any page may. So nothing is counted beyond what a person can use: tabs to
999, a list to 10,000, which is also how deep one can turn its pages.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.cache import cache
from django.db.models import IntegerField, QuerySet, Subquery

from organization.models import User
from organization.prepared import Prepared
from organization.rules import grants_of
from workflow.models import Transition

COUNTED = 10_000
COUNTED_ON_TABS = 999


@dataclass(frozen=True, slots=True)
class Count:
    """``more``: there are more than ``number``, which is then where the counting ended."""

    number: int
    more: bool

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.more else ''}"


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
        key = f"list:kept:{told}:{self._steps}"
        found: T | None = cache.get(key)
        if found is None:
            found = make()
            cache.set(key, found, KEPT_SECONDS)
        return found
