"""A visit's page, its history, and the visits of a project, which the pages of lower apps show too."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from ledgers.models import Project
from ledgers.permissions import VIEW_PROJECT
from ledgers.selectors.detail import open_punch_items
from ledgers.selectors.duties import balls
from ledgers.views.common import StaffRequest, file_rows, may_attach, optional_url, trail
from revisits.models import Visit
from revisits.selectors.naming import rule_label
from revisits.selectors.visit_page import (
    actions_for,
    content_of,
    facts_of,
    stages,
    standing,
    story_of,
    visit_for,
    visits_of_project,
    windows_of,
)
from workflow.evidence import attachable_of
from workflow.selectors.evidence import upload_key

from .visit_common import HOME, contacts_for, purpose_of, visit_trail

# Lines of the history beside the facts; the page of its own has them all.
SHOWN = 12


@require_GET
def visit_detail(request: StaffRequest, pk: int) -> HttpResponse:
    visit = visit_for(request.user, pk)
    return render(request, "revisits/visit_detail.html", detail_context(request, visit))


def detail_context(request: StaffRequest, visit: Visit) -> dict[str, Any]:
    """What a visit's page shows. Queries: contacts, the ledger for the windows, records, failed calls, the group's
    part, cases, clocks, holders, punch items, files."""
    user, today = request.user, timezone.localdate()
    content = content_of(visit)
    windows = windows_of(visit, today)
    return {
        "visit": visit,
        "project": visit.project,
        "may_see_project": VIEW_PROJECT.covers(user, visit.project.department),
        "content": content,
        "standing": standing(visit, len(content.open_cases)),
        "items": facts_of(visit.record) if visit.record is not None else [],
        "windows": [(rule_label(each.code), each) for each in windows.served],
        "stages": stages(visit, content),
        "balls": balls(visit, user, today),
        "actions": actions_for(visit, user),
        "contacts": contacts_for(visit, user),
        "purpose": purpose_of(visit.planned_on),
        "punch_items": open_punch_items(visit.project_id),
        "plan_url": optional_url("revisits:plan_detail", visit.plan_id),
        "form_url": optional_url("reports:appendix_d", visit.plan_id, "xlsx"),
        "cases": [(case, optional_url("ledgers:case_detail", case.pk)) for case in content.cases],
        "files": file_rows(visit),
        "attach_to": upload_key(visit),
        "may_attach": may_attach(visit, user),
        "camera": True,
        "kinds": attachable_of(Visit).kinds,
        "trail": visit_trail(visit),
    }


@require_GET
def visit_timeline(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything that happened to the visit; fetched by its page after the facts, and a page of its own."""
    visit = visit_for(request.user, pk)
    events, fragment = story_of(visit), bool(request.headers.get("HX-Request"))
    context = {
        "visit": visit,
        "events": events[:SHOWN] if fragment else events,
        "count": len(events),
        "trail": visit_trail(visit, "办理记录"),
    }
    template = "revisits/_visit_timeline.html" if fragment else "revisits/visit_timeline.html"
    return render(request, template, context)


@require_GET
def project_visits(request: StaffRequest, pk: int) -> HttpResponse:
    """The visits of a project: a part of the pages of its ledger, its register and its visits, and a page of its own.
    ``?visit=`` is the visit on whose page it stands."""
    project = VIEW_PROJECT.get(request.user, Project.objects.select_related("department"), pk=pk)
    given = request.GET.get("visit", "")
    context = {
        "project": project,
        "visits": visits_of_project(request.user, project.pk),
        "here": int(given) if given.isdecimal() and len(given) < 19 else 0,
        "list_url": f"{reverse(HOME[1])}?state=all&project={project.code}",
        "trail": trail(HOME, (f"{project.name}的回访", "")),
    }
    fragment = bool(request.headers.get("HX-Request"))
    template = "revisits/_project_visits.html" if fragment else "revisits/project_visits.html"
    return render(request, template, context)
