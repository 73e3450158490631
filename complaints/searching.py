"""Search by any two neighbouring characters, in a million complaints, on both databases.

``search_text`` holds everything that is searched, folded (NFKC, lower case, single spaces). A word is found where it
occurs in it. PostgreSQL narrows first by an index over the pairs of neighbouring characters
(``aftercare_bigrams(search_text)``, migration 0002); SQLite reads the text.
"""

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


def found(queryset: QuerySet[Complaint], text: str) -> QuerySet[Complaint]:
    """The complaints in whose text every word of ``text`` occurs."""
    for word in fold(text)[:LONGEST].split():
        queryset = queryset.filter(Q(search_text__contains=word))
        if connection.vendor == "postgresql" and len(word) > 1:
            wanted = Value(pairs(word), output_field=ArrayField(models.TextField()))
            queryset = queryset.filter(_HasPairs(F("search_text"), wanted))
    return queryset
