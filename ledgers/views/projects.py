"""The project registry."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from ledgers.filters import ProjectFilter, units_offered
from ledgers.forms.projects import COMMON_ZONES, CompletionForm, ProjectForm, TransferForm
from ledgers.hooks import sections_of
from ledgers.models import Project
from ledgers.permissions import KEEP_PUNCH_OF, OPEN_CASE_OF, REGISTER_IN, REGISTER_PROJECT, TRANSFER, VIEW_PROJECT
from ledgers.selectors.cases import cases_of_project
from ledgers.selectors.detail import open_punch_items
from ledgers.selectors.projects import (
    departments_to_register_in,
    departments_to_transfer_to,
    register_changes,
    visible_projects,
)
from ledgers.services.projects import EDITABLE, GOVERNED_BY_LEDGER, edit_project, record_completion, register_project
from ledgers.services.transfer import transfer_project
from organization.models import Unit
from organization.views.common import attempt
from workflow.errors import Conflict
from workflow.paging import counted_page, page_number

from .common import PAGE_SIZES, StaffRequest, page_size, submitted, trail

HOME = ("项目登记", "ledgers:project_list")


@require_GET
def project_list(request: StaffRequest) -> HttpResponse:
    VIEW_PROJECT.require_somewhere(request.user, fresh=False)
    filters = ProjectFilter(request.GET, visible_projects(request.user))
    number, size = page_number(request.GET.get("page")), page_size(request.GET)
    total = filters.qs.count()
    number = min(number, max(1, -(-total // size)))
    rows = list(filters.qs[(number - 1) * size : number * size])
    units = units_offered(request.user)
    context = {
        "page": counted_page(rows, number=number, count=total, per_page=size),
        "sizes": PAGE_SIZES,
        "size": size,
        "form": filters.form,
        "narrowed": filters.narrowed(),
        "chosen": request.GET,
        "units": units if len(units) > 1 else [],
        "may_register": REGISTER_IN.held_by(request.user),
    }
    return render(request, "ledgers/project_list.html", context)


@require_http_methods(["GET", "POST"])
def project_new(request: StaffRequest) -> HttpResponse:
    """R-1b: register a project; with an acceptance or delivery date its ledger opens at once."""
    REGISTER_IN.require_somewhere(request.user)
    departments = departments_to_register_in(request.user)
    only = departments[:2]
    initial = {"department": only[0].pk} if len(only) == 1 else {}
    form = ProjectForm(submitted(request), departments=departments, initial=initial)
    if request.method == "POST" and form.is_valid():
        project = attempt(
            form,
            lambda: register_project(
                department=form.cleaned_data["department"],
                values=form.clean_fields(),
                actor=request.user,
                now=timezone.now(),
            ),
        )
        if project is not None:
            messages.success(request, f"已登记“{project.name}”。")
            return redirect("ledgers:project_detail", pk=project.pk)
    return _form(request, form, "登记工程", back=reverse("ledgers:project_list"), trail=trail(HOME, ("登记工程", "")))


@require_GET
def project_detail(request: StaffRequest, pk: int) -> HttpResponse:
    project = _project(request, pk)
    ledger = getattr(project, "ledger", None)
    may_register = REGISTER_PROJECT.paths(request.user)
    context = {
        "project": project,
        "ledger": ledger,
        "may_edit": any(project.department.path.startswith(path) for path in may_register),
        "may_transfer": any(project.department.path.startswith(path) for path in TRANSFER.paths(request.user)),
        "may_inspect": any(project.department.path.startswith(path) for path in KEEP_PUNCH_OF.paths(request.user)),
        "punch_items": open_punch_items(project.pk),
        "sections": sections_of(request.user, project),
        "cases": cases_of_project(request.user, project),
        "may_report": OPEN_CASE_OF.covers(request.user, project.department),
        "changes": register_changes(project),
        "trail": trail(HOME, (project.name, "")),
    }
    return render(request, "ledgers/project_detail.html", context)


@require_http_methods(["GET", "POST"])
def project_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Correct the register. What a ledger in force governs is changed through the ledger."""
    project = _editable(request, pk)
    governed = _governed(project)
    form = ProjectForm(
        submitted(request), departments=None, initial={name: getattr(project, name) for name in EDITABLE}
    )
    for name in GOVERNED_BY_LEDGER if governed else ():
        form.fields[name].disabled = True
    if request.method == "POST" and form.is_valid():
        saved = attempt(
            form,
            lambda: edit_project(project_id=pk, values=form.clean_fields(), actor=request.user, now=timezone.now()),
        )
        if saved is not None:
            messages.success(request, "已保存。")
            return redirect("ledgers:project_detail", pk=pk)
    intro = "台账已生效:灰色的项由台账管理,请在台账中发起变更。" if governed else ""
    return _form(
        request,
        form,
        "修改登记",
        back=reverse("ledgers:project_detail", args=[pk]),
        trail=_trail(project, "修改登记"),
        intro=intro,
        draft=f"project-{pk}",
    )


@require_http_methods(["GET", "POST"])
def project_completion(request: StaffRequest, pk: int) -> HttpResponse:
    """R-A2-1: record acceptance and delivery; the earlier one opens the ledger and its 3 days."""
    project = _editable(request, pk)
    if _governed(project):
        raise Conflict("台账已生效,验收与交付日期请在台账中“发起变更”,经审核后自动更新。")
    initial = {"accepted_on": project.accepted_on, "delivered_on": project.delivered_on}
    form = CompletionForm(submitted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        ledger = attempt(
            form,
            lambda: record_completion(project_id=pk, actor=request.user, now=timezone.now(), **form.cleaned_data),
        )
        if ledger is not None:
            messages.success(request, "已登记验收与交付日期,台账已开立,请在 3 天内建立。")
            return redirect("ledgers:ledger_detail", pk=ledger.pk)
    return _form(
        request,
        form,
        "登记验收与交付",
        back=reverse("ledgers:project_detail", args=[pk]),
        trail=_trail(project, "登记验收与交付"),
        intro="两个日期以先到者为准,开立竣工工程信息台账并开始 3 天计时。补登过去的日期时,计时仍从该日期起算。",
        draft=f"completion-{pk}",
    )


@require_http_methods(["GET", "POST"])
def project_transfer(request: StaffRequest, pk: int) -> HttpResponse:
    """A department is dissolved or rearranged: another one takes the project over, with everything open of it."""
    project = _project(request, pk)
    if not TRANSFER.allows(request.user, project):
        raise PermissionDenied(f"您没有“{TRANSFER.label}”的权限。")
    departments = departments_to_transfer_to(request.user)
    form = TransferForm(submitted(request), departments=departments)
    if request.method == "POST" and form.is_valid():
        moved = attempt(
            form,
            lambda: transfer_project(project_id=pk, actor=request.user, now=timezone.now(), **form.cleaned_data),
        )
        if moved is not None:
            messages.success(request, f"已转移到“{moved.department}”。")
            return redirect("ledgers:project_detail", pk=pk)
    return _form(
        request,
        form,
        "转移工程",
        back=reverse("ledgers:project_detail", args=[pk]),
        trail=_trail(project, "转移工程"),
        intro=f"现由“{project.department}”负责。",
        draft=f"transfer-{pk}",
        departments=departments,
    )


def _form(
    request: StaffRequest,
    form: Any,
    heading: str,
    *,
    back: str,
    trail: Any,
    intro: str = "",
    draft: str = "",
    departments: Iterable[Unit] = (),
) -> HttpResponse:
    context = {
        "form": form,
        "heading": heading,
        "back": back,
        "trail": trail,
        "intro": intro,
        "draft": draft,
        "zones": COMMON_ZONES,
        "departments": departments,
    }
    return render(request, "ledgers/project_form.html", context, status=422 if form.errors else 200)


def _project(request: StaffRequest, pk: int) -> Project:
    return VIEW_PROJECT.get(request.user, Project.objects.select_related("department", "ledger", "created_by"), pk=pk)


def _editable(request: StaffRequest, pk: int) -> Project:
    project = _project(request, pk)
    if not REGISTER_PROJECT.allows(request.user, project):
        raise PermissionDenied(f"您没有“{REGISTER_PROJECT.label}”的权限。")
    return project


def _governed(project: Project) -> bool:
    ledger = getattr(project, "ledger", None)
    return ledger is not None and ledger.effective_id is not None


def _trail(project: Project, last: str) -> list[tuple[str, str]]:
    return trail(HOME, (project.name, reverse("ledgers:project_detail", args=[project.pk])), (last, ""))
