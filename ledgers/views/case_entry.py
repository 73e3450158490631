"""Entering a warranty case on one page, with what the ledger and earlier cases suggest; correcting it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledgers.flow import CASE_FLOW
from ledgers.forms.cases import EditCaseForm, NewCaseForm
from ledgers.forms.fields import Moment
from ledgers.forms.projects import TRADES
from ledgers.models import Project, WarrantyCase, WarrantyTerm
from ledgers.permissions import OPEN_CASE_OF
from ledgers.selectors.case_detail import People, alike, people_of
from ledgers.selectors.cases import case_for, judgement_of, projects_to_report_on
from ledgers.selectors.picking import FoundProjects, pick_projects, project_label
from ledgers.services.cases import edit_case, open_case
from ledgers.sources import CaseSource, subject_for
from organization.views.common import attempt
from workflow.errors import Conflict
from workflow.flow import flow_of

from .cases import HOME, case_trail, case_url
from .common import StaffRequest, submitted, trail

PK_MAX = 2**63 - 1
W = WarrantyCase


@require_http_methods(["GET", "POST"])
def case_new(request: StaffRequest) -> HttpResponse:
    """From a call; from a record (``?source=punch&subject=7``) whose fields are carried over; for a project
    (``?project=5``). Without scripts 查找 sends the form back with the projects found, and saves nothing."""
    OPEN_CASE_OF.require_somewhere(request.user)
    declared, subject = _origin(request)
    if request.method == "POST" and "find" not in request.POST:
        return _open(request, declared, subject)
    form = _form(request, declared, subject, initial=_initial(request, declared, subject))
    return _show(request, form, _found(request, form), subject)


def _origin(request: StaffRequest) -> tuple[CaseSource | None, Model | None]:
    """The record named in the address: 404 out of reach, 409 when it begins no case any more, 403 without the right."""
    source = request.GET.get("source", "")
    if not source:
        return None, None
    declared, subject = subject_for(request.user, source, request.GET.get("subject", ""))
    if not OPEN_CASE_OF.covers(request.user, declared.project(subject).department):
        raise PermissionDenied(f"您没有为该工程{OPEN_CASE_OF.label}的权限。")
    if reasons := declared.objections(subject):
        raise Conflict(";".join(reasons))
    return declared, subject


def _initial(request: StaffRequest, declared: CaseSource | None, subject: Model | None) -> dict[str, Any]:
    if request.method == "POST":
        return request.POST.dict()
    if declared is not None and subject is not None:
        return {name: value for name, value in declared.carries(subject).items() if name != "phone"}
    given = _project(request, request.GET.get("project", ""))
    return {"project": given, "project_text": project_label(given)} if given else {}


def _form(
    request: StaffRequest, declared: CaseSource | None, subject: Model | None, *args: Any, **kwargs: Any
) -> NewCaseForm:
    project = declared.project(subject) if declared is not None else None
    phone = str(declared.carries(subject).get("phone", "")) if declared is not None else ""
    projects = projects_to_report_on(request.user).select_related("department")
    return NewCaseForm(*args, projects=projects, given=project, phone=phone, **kwargs)


def _project(request: StaffRequest, pk: str) -> Project | None:
    """The project behind a number; None when there is none for which the person enters cases."""
    number = int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 20 else 0
    found = projects_to_report_on(request.user).select_related("department")
    return found.filter(pk=number).first() if 0 < number <= PK_MAX else None


def _found(request: StaffRequest, form: NewCaseForm) -> FoundProjects:
    if form.given is not None:
        return FoundProjects(rows=[form.given], chosen=form.given)
    if request.method == "POST":
        within = projects_to_report_on(request.user).select_related("department")
        return pick_projects(within, request.POST.get("project_text", ""))
    given: Project | None = form.initial.get("project")
    return FoundProjects(rows=[given], chosen=given) if given else FoundProjects()


def _open(request: StaffRequest, declared: CaseSource | None, subject: Model | None) -> HttpResponse:
    form = _form(request, declared, subject, request.POST, request.FILES)
    valid = form.is_valid()
    found = _found(request, form)
    chosen = form.chosen(found)
    if valid and not form.errors and chosen is not None:
        case = attempt(
            form,
            lambda: open_case(
                project=chosen,
                source=declared.source if declared is not None else W.Source.CALL,
                subject=subject,
                values=form.entry(),
                photos=form.cleaned_data["photos"],
                actor=request.user,
                now=timezone.now(),
            ),
        )
        if case is not None:
            messages.success(request, f"已登记,编号 {case.number},等待派单。")
            return redirect("ledgers:case_detail", pk=case.pk)
    if chosen is not None and form.given is None:
        found = FoundProjects(found.text, [chosen, *(row for row in found.rows if row.pk != chosen.pk)], chosen)
    return _show(request, form, found, subject, status=422)


def _show(
    request: StaffRequest, form: NewCaseForm, found: FoundProjects, subject: Model | None, *, status: int = 200
) -> HttpResponse:
    data = request.POST if request.method == "POST" else form.initial
    chosen = found.chosen
    context = {
        "form": form,
        "found": found,
        "project": chosen,
        "subject": subject,
        "subject_url": flow_of(subject).url(subject.pk) if subject is not None else "",
        "people": people_of(chosen) if chosen else People([], [], []),
        "trades": TRADES,
        **(_hints(chosen, data) if chosen else {}),
        "trail": trail(HOME, ("登记保修", "")),
    }
    return render(request, "ledgers/case_new.html", context, status=status)


@require_GET
def case_projects(request: StaffRequest) -> HttpResponse:
    """What the search for the project has found so far."""
    OPEN_CASE_OF.require_somewhere(request.user, fresh=False)
    within = projects_to_report_on(request.user).select_related("department")
    found = pick_projects(within, request.GET.get("project_text", ""))
    return render(request, "components/project_picks.html", {"found": found})


@require_POST
def case_hints(request: StaffRequest) -> HttpResponse:
    """Whether the ledger covers it, and cases of the project that look alike. The text comes by POST: it belongs in no
    address and no access log."""
    OPEN_CASE_OF.require_somewhere(request.user, fresh=False)
    project = _project(request, request.POST.get("project", ""))
    context = {"project": project, **(_hints(project, request.POST) if project else {})}
    return render(request, "ledgers/_case_hints.html", context)


def _hints(project: Project, data: Any) -> dict[str, Any]:
    part = str(data.get("part") or "")
    at = _moment(data.get("reported_at"))
    place, trade = str(data.get("place") or "")[:100], str(data.get("trade") or "")[:50]
    return {
        "judgement": judgement_of(project, part if part in WarrantyTerm.Part.values else "", at),
        "alike": alike(project, place.replace("\x00", ""), trade.replace("\x00", ""), at),
    }


def _moment(value: Any) -> Any:
    """The moment that was typed; now, while it is none."""
    try:
        return Moment("").clean(value)
    except ValidationError:
        return timezone.now()


@require_http_methods(["GET", "POST"])
def case_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Correct the entry of an open case."""
    case = case_for(request.user, pk)
    try:
        CASE_FLOW.check("edit", case, actor=request.user, now=timezone.now())
    except Conflict as conflict:
        conflict.back = case_url(pk)
        raise
    form = EditCaseForm(submitted(request), case=case)
    if request.method == "POST" and form.is_valid():
        saved = attempt(
            form,
            lambda: edit_case(
                case_id=pk, values=form.entry(), revision=form.opened_with, actor=request.user, now=timezone.now()
            ),
        )
        if saved is not None:
            messages.success(request, "已保存。")
            return redirect("ledgers:case_detail", pk=pk)
    context = {
        "case": case,
        "form": form,
        "people": people_of(case.project),
        "trades": TRADES,
        "trail": case_trail(case, "修改"),
    }
    return render(request, "ledgers/case_edit.html", context, status=422 if form.errors else 200)
