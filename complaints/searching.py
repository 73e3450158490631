"""Search by any two neighbouring characters, in a million complaints, on both databases.

``search_text`` holds everything that is searched, folded (NFKC, lower case, single spaces). A word is found where it
occurs in it. PostgreSQL narrows first by an index over the pairs of neighbouring characters
(``aftercare_bigrams(search_text)``, migration 0002); SQLite reads the text.

The index leads to every row with the pair. Where somebody looks in a part of the register only and the pair stands in a
larger part of it, reading that part is the shorter way, and asking the index's function of each row a waste.
"""

import time
import unicodedata
from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import F, Func, Q, QuerySet, Value

from complaints.models import Complaint

LONGEST = 100


def fold(text: str) -> str:
    """The one spelling in which text and question meet: full width, case and spaces do not matter."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().replace("\x00", "").split())


def text_of(complaint: Complaint, demands: Iterable[str]) -> str:
    """Everything the search looks in; no phone, so that nobody finds a person by a number they may not see."""
    parts = (complaint.number, complaint.project_name, complaint.project_code, complaint.complainant, complaint.event)
    return fold(" ".join((*parts, *demands)))


def pairs(word: str) -> list[str]:
    """The pairs of neighbouring characters of a folded word, in order, each once."""
    return list(dict.fromkeys(word[at : at + 2] for at in range(len(word) - 1)))


class _HasPairs(Func):
    """``aftercare_bigrams(search_text) @> ARRAY[…]``: answered by the index."""

    template = "aftercare_bigrams(%(expressions)s)"
    arg_joiner = ") @> ("
    output_field = models.BooleanField()


# A unit is about a thirtieth of the group: what occurs more often than that is looked for by reading the unit's rows.
COMMON = 0.03
_STATISTICS_LAST = 600
_common: tuple[float, frozenset[str]] = (float("-inf"), frozenset())


def common_pairs() -> frozenset[str]:
    """The pairs that occur in more than ``COMMON`` of the rows, by PostgreSQL's statistics; asked anew now and then."""
    global _common
    asked, kept = _common
    if time.monotonic() - asked > _STATISTICS_LAST:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pair FROM pg_stats,"
                " unnest(most_common_elems::text::text[], most_common_elem_freqs) AS t(pair, share)"
                " WHERE tablename = 'complaint_bigrams' AND pair IS NOT NULL AND share > %s",
                [COMMON],
            )
            kept = frozenset(pair for (pair,) in cursor.fetchall())
        _common = (time.monotonic(), kept)
    return kept


def found(queryset: QuerySet[Complaint], text: str, *, in_part: bool = False) -> QuerySet[Complaint]:
    """The complaints in whose text every word of ``text`` occurs. ``in_part``: the queryset is a unit's or less."""
    for word in fold(text)[:LONGEST].split():
        queryset = queryset.filter(Q(search_text__contains=word))
        if connection.vendor == "postgresql" and (wanted := pairs(word)):
            if in_part and common_pairs().issuperset(wanted):
                continue
            queryset = queryset.filter(
                _HasPairs(F("search_text"), Value(wanted, output_field=ArrayField(models.TextField())))
            )
    return queryset
