"""Registering a complaint on one page, the search for its project, and what looks like it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_http_methods

from complaints.forms.registration import Entry, RegistrationForm, typed_texts
from complaints.models import Complaint
from complaints.permissions import REGISTER_GROUP_IN, REGISTER_UNIT_IN
from complaints.selectors.registration import find_projects, levels_for, registrable_projects
from complaints.selectors.similar import similar_complaints
from complaints.services.registration import register_complaint
from ledgers.models import Project
from ledgers.selectors.picking import FoundProjects, project_label
from ledgers.views.common import StaffRequest, optional_url, trail
from organization.models import User

PK_MAX = 2**63 - 1


def _require_registrar(user: User) -> None:
    """GW and UW register (clause 5.4.1); who holds neither right is told by whom to ask."""
    if not REGISTER_GROUP_IN.held_by(user):
        REGISTER_UNIT_IN.require_somewhere(user, fresh=False)


@require_http_methods(["GET", "POST"])
def complaint_new(request: StaffRequest) -> HttpResponse:
    """Clause 5.4.1. Without scripts 查找 sends the form back with the projects found, and saves nothing."""
    _require_registrar(request.user)
    if request.method == "POST" and "find" not in request.POST:
        return _register(request)
    if request.method == "POST":
        found = find_projects(request.user, request.POST.get("project_text", ""))
        form = _form(request.user, initial=request.POST.dict())
        return _show(request, Entry(form, None, typed_texts(request.POST)), found)
    given = _project(request.user, request.GET.get("project", ""))
    initial: dict[str, Any] = {"project": given, "project_text": project_label(given)} if given else {}
    found = FoundProjects(rows=[given], chosen=given) if given else FoundProjects()
    return _show(request, Entry(_form(request.user, initial=initial), None), found)


def _form(user: User, *args: Any, **kwargs: Any) -> RegistrationForm:
    return RegistrationForm(*args, levels=levels_for(user), projects=registrable_projects(user), **kwargs)


def _project(user: User, pk: str) -> Project | None:
    """The project behind a number in an address or a form; None when there is none in the registrar's reach."""
    number = int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 20 else 0
    return registrable_projects(user).filter(pk=number).first() if 0 < number <= PK_MAX else None


def _register(request: StaffRequest) -> HttpResponse:
    form = _form(request.user, request.POST, request.FILES)
    entry = Entry(form, request.POST)
    valid = entry.is_valid()
    found = find_projects(request.user, form.cleaned_data.get("project_text", ""))
    form.take_project(found)
    chosen: Project | None = form.cleaned_data.get("project")
    if valid and not form.errors and chosen is not None:
        try:
            complaint = register_complaint(
                project=chosen,
                values=form.entry(),
                demands=entry.demands(),
                files=form.cleaned_data["files"],
                actor=request.user,
                now=timezone.now(),
            )
        except ValidationError as error:
            entry.refuse(error)
        else:
            messages.success(request, _done(complaint))
            return redirect("complaints:complaint_detail", pk=complaint.pk)
    if chosen is not None:
        found = FoundProjects(found.text, [chosen, *(row for row in found.rows if row.pk != chosen.pk)], chosen)
    return _show(request, entry, found, status=422)


def _done(complaint: Complaint) -> str | SafeString:
    said = format_html("已登记,投诉编号 <b>{}</b>。", complaint.number)
    if slip := optional_url("reports:complaint_receipt", complaint.pk):
        return format_html('{}<a href="{}">打印受理回执</a>', said, slip)
    return said


def _show(request: StaffRequest, entry: Entry, found: FoundProjects, *, status: int = 200) -> HttpResponse:
    data = request.POST if request.method == "POST" else {}
    context = {
        "entry": entry,
        "form": entry.form,
        "found": found,
        "similar": _similar(request.user, found.chosen, data) if found.chosen else [],
        "project": found.chosen,
        "trail": trail(("客户投诉", optional_url("complaints:complaint_list")), ("登记投诉", "")),
    }
    return render(request, "complaints/complaint_new.html", context, status=status)


@require_GET
def complaint_projects(request: StaffRequest) -> HttpResponse:
    """What the search for the project has found so far."""
    _require_registrar(request.user)
    found = find_projects(request.user, request.GET.get("project_text", ""))
    return render(request, "components/project_picks.html", {"found": found})


@require_http_methods(["GET", "POST"])
def complaint_similar(request: StaffRequest) -> HttpResponse:
    """Possible duplicates and earlier complaints of the project and matter, within the person's reach.

    The text comes by POST: it belongs in no address and no access log.
    """
    _require_registrar(request.user)
    data = request.POST if request.method == "POST" else request.GET
    project = _project(request.user, data.get("project", ""))
    similar = _similar(request.user, project, data) if project is not None else []
    return render(request, "complaints/_similar.html", {"similar": similar, "project": project})


def _similar(user: User, project: Project, data: Any) -> list[Complaint]:
    kind, event = data.get("kind", ""), data.get("event", "")[:2000]
    return similar_complaints(user, project, kind=kind, event=event)


def detail_trail(complaint: Complaint, last: str) -> list[tuple[str, str]]:
    return trail(
        ("客户投诉", optional_url("complaints:complaint_list")),
        (complaint.number, reverse("complaints:complaint_detail", args=[complaint.pk])),
        (last, ""),
    )
