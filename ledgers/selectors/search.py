"""Search across everything of the ledgers one may see (G2: the same rules as the lists)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet
from django.urls import reverse

from ledgers.filters import SEARCH_MAX, matches
from ledgers.models import LedgerContact
from ledgers.permissions import VIEW_CONTACTS
from organization.models import User

from .cases import visible_cases
from .ledgers import visible_ledgers
from .masking import mask_phones
from .projects import visible_projects, visible_punch_items

SHOWN = 20
SHOWN_OF_PROBLEM = 50


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found of one kind; ``more`` when there is more than is shown, all of it at ``all_url``."""

    kind: str
    label: str
    rows: list[Any]
    more: bool
    all_url: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One record of an upper app: where it stands, what it is called, its state, and a line about it."""

    url: str
    title: str
    status: str
    tone: str
    about: str


# What upper apps find for a person and a text, within that person's reach. They add themselves when they are loaded.
finders: list[Callable[[User, str], Hits]] = []


def search_everything(user: User, text: str) -> list[Hits]:
    """Ledgers and projects by name, number and address, punch items and warranty cases by their words, people of the
    ledgers by name, and what the upper apps find.

    Two Chinese characters are enough. One query a kind.
    """
    text = text.replace("\x00", "").strip()[:SEARCH_MAX]
    if not text:
        return []
    found = matches(text, "project__name", "project__code", "project__address", "number")
    ledgers = visible_ledgers(user).filter(found).order_by("-pk")
    projects = visible_projects(user).filter(matches(text, "name", "code", "address"), ledger__isnull=True)
    words = ("project__name", "place", "trade", "problem", "responsible", "subcontractor")
    punch = visible_punch_items(user).filter(matches(text, *words)).order_by("due_on")
    return [
        _hits("ledger", "台账", ledgers),
        _hits("project", "工程(未建台账)", projects.order_by("-pk")),
        _hits("punch", "销项问题", punch),
        _cases(user, text),
        _hits("contact", "联系人", _people(user, text)),
        *(find(user, text) for find in finders),
    ]


def _cases(user: User, text: str) -> Hits:
    """Warranty cases, the newest first; a phone inside a problem is masked before it is cut."""
    words = ("number", "project__name", "place", "trade", "problem", "reporter", "subcontractor")
    rows, more = first_of(visible_cases(user).filter(matches(text, *words)).order_by("-reported_at", "-pk"))
    hits = [
        Hit(
            url=reverse("ledgers:case_detail", args=[case.pk]),
            title=f"{case.number} {case.place}",
            status=str(case.get_status_display()),
            tone=case.status_tone,
            about=f"{case.project.name} · {mask_phones(' '.join(case.problem.split()))[:SHOWN_OF_PROBLEM]}",
        )
        for case in rows
    ]
    return Hits("hit", "保修记录", hits, more, f"{reverse('ledgers:case_list')}?{urlencode({'q': text})}")


def _people(user: User, text: str) -> QuerySet[LedgerContact]:
    """Of the version in force, or of the draft while none is: an earlier version's people have gone."""
    shown = Q(version=F("version__ledger__effective")) | Q(
        version__ledger__effective__isnull=True, version=F("version__ledger__working")
    )
    found = LedgerContact.objects.filter(shown, matches(text, "name", "title", "remark")).select_related(
        "version__ledger__project"
    )
    return VIEW_CONTACTS.narrow(user, found).order_by("-version__ledger", "order")


def first_of(rows: QuerySet[Any]) -> tuple[list[Any], bool]:
    """The rows that are shown, and whether there are more."""
    found = list(rows[: SHOWN + 1])
    return found[:SHOWN], len(found) > SHOWN


def _hits(kind: str, label: str, rows: QuerySet[Any]) -> Hits:
    return Hits(kind, label, *first_of(rows))
