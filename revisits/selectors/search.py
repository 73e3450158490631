"""Visits in what lower apps show: the search across everything, and the pages of a project."""

from urllib.parse import urlencode

from django.urls import reverse

from ledgers.filters import matches
from ledgers.hooks import Section
from ledgers.models import Project
from ledgers.selectors.search import Hit, Hits, first_of
from organization.models import User
from revisits.models import Method, Visit
from revisits.models.visit import VISIT_TONES
from revisits.permissions import VIEW

from .visits import visible_visits

METHOD = dict(Method.choices)


def find_visits(user: User, text: str) -> Hits:
    """The visits that are to be made of the projects by whose name or number they are looked for, the soonest first;
    those that were made stand in the list. One query."""
    label = "待回访"
    projects = Project.objects.filter(matches(text, "name", "code")).order_by().values("pk")
    found = visible_visits(user).open().filter(project__in=projects)  # type: ignore[attr-defined]
    fields = ("pk", "project__name", "status", "scheduled_on", "method", "unit__name")
    rows, more = first_of(found.order_by("scheduled_on", "pk").values_list(*fields))
    hits = [
        Hit(
            url=reverse("revisits:visit_detail", args=[pk]),
            title=name,
            status=str(Visit.Status(status).label),
            tone=VISIT_TONES[status],
            about=f"{on:%Y-%m-%d} {METHOD[method]} · {unit}",
        )
        for pk, name, status, on, method, unit in rows
    ]
    return Hits("hit", label, hits, more, f"{reverse('revisits:visit_list')}?{urlencode({'q': text, 'state': 'all'})}")


def visits_section(user: User, project: Project) -> Section | None:
    """回访 on the pages of a project and of its ledger, for whoever may see visits there (G2)."""
    if not VIEW.covers(user, project.department):
        return None
    return Section("本工程的回访", reverse("revisits:project_visits", args=[project.pk]))
