"""销项问题遗留记录台账 (R-3.3.4): the list, an item, and its steps."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from ledgers.filters import PunchFilter, units_offered
from ledgers.flow import PUNCH_FLOW
from ledgers.forms.ledger import RemarkForm
from ledgers.forms.projects import TRADES, FinishForm, PunchForm
from ledgers.models import Project, PunchItem, WarrantyCase
from ledgers.permissions import KEEP_PUNCH, KEEP_PUNCH_OF, VIEW_PROJECT, VIEW_PUNCH
from ledgers.selectors.cases import case_part
from ledgers.selectors.duties import balls, chips_of
from ledgers.selectors.projects import projects_to_inspect, visible_punch_items
from ledgers.services.punch import EDITABLE, add_punch_item, decide_punch_item, edit_punch_item, finish_punch_item
from organization.models import User
from organization.views.common import attempt
from workflow.errors import Conflict
from workflow.evidence import attachable_of
from workflow.flow import Step
from workflow.models import Evidence
from workflow.paging import counted_page, page_number
from workflow.selectors.evidence import upload_key
from workflow.selectors.timeline import history_of, timeline

from .common import PAGE_SIZES, StaffRequest, file_rows, may_attach, page_size, submitted, trail

HOME = ("销项问题", "ledgers:punch_list")
S = PunchItem.Status
TABS = (
    ("全部", ""),
    ("待整改", f"status={S.OPEN}"),
    ("待销项", f"status={S.DONE}"),
    ("已逾期", "overdue=on"),
    ("已销项", f"status={S.CLOSED}"),
)


@require_GET
def punch_list(request: StaffRequest) -> HttpResponse:
    VIEW_PUNCH.require_somewhere(request.user, fresh=False)
    filters = PunchFilter(request.GET, visible_punch_items(request.user))
    number, size = page_number(request.GET.get("page")), page_size(request.GET)
    total = filters.qs.count()
    number = min(number, max(1, -(-total // size)))
    items = list(filters.qs[(number - 1) * size : number * size])
    chips = chips_of(PunchItem, [item.pk for item in items])
    units = units_offered(request.user)
    context = {
        "page": counted_page([(item, chips.get(item.pk)) for item in items], number=number, count=total, per_page=size),
        "sizes": PAGE_SIZES,
        "size": size,
        "form": filters.form,
        "narrowed": filters.narrowed(),
        "chosen": request.GET,
        "tabs": TABS,
        "tab": request.GET.urlencode(),
        "units": units if len(units) > 1 else [],
        "may_add": KEEP_PUNCH_OF.held_by(request.user),
    }
    return render(request, "ledgers/punch_list.html", context)


@require_http_methods(["GET", "POST"])
def punch_new(request: StaffRequest) -> HttpResponse:
    """Register a problem; from a project's page the project is given (``?project=``)."""
    KEEP_PUNCH_OF.require_somewhere(request.user)
    project = _given_project(request)
    projects = None if project else projects_to_inspect(request.user)
    form = PunchForm(submitted(request), projects=projects, initial={"found_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        chosen = project or form.cleaned_data["project"]
        item = attempt(
            form,
            lambda: add_punch_item(project=chosen, values=form.item_values(), actor=request.user, now=timezone.now()),
        )
        if item is not None:
            messages.success(request, "已登记,请上传问题照片。")
            return redirect("ledgers:punch_detail", pk=item.pk)
    back = reverse("ledgers:project_detail", args=[project.pk]) if project else reverse("ledgers:punch_list")
    subject = f"工程:{project.name}" if project else ""
    return _form(request, form, "登记销项问题", back=back, trail=trail(HOME, ("登记", "")), intro=subject)


def _given_project(request: StaffRequest) -> Project | None:
    asked = request.GET.get("project", "")
    if not (asked.isascii() and asked.isdigit()):
        return None
    project = VIEW_PROJECT.get(request.user, Project.objects.all(), pk=int(asked[:18]))
    if not KEEP_PUNCH_OF.allows(request.user, project):
        raise PermissionDenied(f"您没有“{KEEP_PUNCH_OF.label}”的权限。")
    return project


@require_GET
def punch_detail(request: StaffRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)
    moves = history_of(item)
    files = list(Evidence.objects.about(item).select_related("uploaded_by", "withdrawn_by"))
    steps = PUNCH_FLOW.available(item, request.user, moves)
    context = {
        "item": item,
        "project": item.project,
        "balls": balls(item, request.user, timezone.localdate()),
        "steps": {step.name for step in steps},
        "part": case_part(request.user, item, WarrantyCase.Source.PUNCH),
        "files": file_rows(item, files),
        "attach_to": upload_key(item),
        "may_attach": may_attach(item, request.user),
        "kinds": attachable_of(PunchItem).kinds,
        "entries": timeline(
            item, transitions=moves, evidence=files, untold={"closed_by", "closed_at", "done_on", "measures", *EDITABLE}
        ),
        "trail": trail(HOME, (item.place, "")),
    }
    return render(request, "ledgers/punch_detail.html", context)


@require_http_methods(["GET", "POST"])
def punch_edit(request: StaffRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)
    _require(item, "edit", request.user)
    form = PunchForm(submitted(request), projects=None, initial={name: getattr(item, name) for name in EDITABLE})
    if request.method == "POST" and form.is_valid():
        saved = attempt(
            form,
            lambda: edit_punch_item(item_id=pk, values=form.item_values(), actor=request.user, now=timezone.now()),
        )
        if saved is not None:
            messages.success(request, "已保存。")
            return redirect("ledgers:punch_detail", pk=pk)
    return _form(request, form, "修改销项问题", back=_url(pk), trail=_trail(item, "修改"), draft=f"punch-{pk}")


@require_http_methods(["GET", "POST"])
def punch_finish(request: StaffRequest, pk: int) -> HttpResponse:
    item = _item(request, pk)
    _require(item, "finish", request.user)
    form = FinishForm(submitted(request), initial={"done_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        finished = attempt(
            form,
            lambda: finish_punch_item(item_id=pk, actor=request.user, now=timezone.now(), **form.cleaned_data),
        )
        if finished is not None:
            messages.success(request, "已登记整改完成,等待销项确认。")
            return redirect("ledgers:punch_detail", pk=pk)
    intro = f"{item.place}:{item.problem}"
    return _form(
        request, form, "整改完成", back=_url(pk), trail=_trail(item, "整改完成"), intro=intro, draft=f"finish-{pk}"
    )


def punch_close(request: StaffRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, "close", "已销项。")


def punch_reopen(request: StaffRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, "reopen", "已退回整改。")


def punch_void(request: StaffRequest, pk: int) -> HttpResponse:
    return _decide(request, pk, "void", "已作废,记录保留备查。")


@require_http_methods(["GET", "POST"])
def _decide(request: StaffRequest, pk: int, name: str, done: str) -> HttpResponse:
    """销项, 退回整改 or 作废; the last two need their reason."""
    item = _item(request, pk)
    step = PUNCH_FLOW.steps[name]
    if request.method == "GET":
        _require(item, name, request.user)
    label = f"{step.label}的理由" if step.remark else "销项意见"
    form = RemarkForm(submitted(request), label=label, required=step.remark)
    if request.method == "POST" and form.is_valid():
        remark = form.cleaned_data["remark"]
        try:
            decide_punch_item(item_id=pk, step=name, remark=remark, actor=request.user, now=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, done)
            return redirect("ledgers:punch_detail", pk=pk)
    intro = f"{item.place}:{item.problem}"
    return _form(request, form, step.label, back=_url(pk), trail=_trail(item, step.label), intro=intro, step=step)


def _form(
    request: StaffRequest,
    form: Any,
    heading: str,
    *,
    back: str,
    trail: Any,
    intro: str = "",
    draft: str = "",
    step: Step | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "heading": heading,
        "back": back,
        "trail": trail,
        "intro": intro,
        "draft": draft,
        "step": step,
        "trades": TRADES,
    }
    return render(request, "ledgers/punch_form.html", context, status=422 if form.errors else 200)


def _item(request: StaffRequest, pk: int) -> PunchItem:
    found = PunchItem.objects.select_related("project__department", "created_by", "closed_by")
    return VIEW_PUNCH.get(request.user, found, pk=pk)


def _require(item: PunchItem, name: str, user: User) -> None:
    step = PUNCH_FLOW.steps[name]
    if step.rule is None or not step.rule.allows(user, item):
        raise PermissionDenied(f"您没有“{step.rule.label if step.rule else KEEP_PUNCH.label}”的权限。")
    if item.status not in step.sources:
        raise Conflict(f"该问题当前为“{item.get_status_display()}”,不能进行“{step.label}”。")


def _url(pk: int) -> str:
    return reverse("ledgers:punch_detail", args=[pk])


def _trail(item: PunchItem, last: str) -> list[tuple[str, str]]:
    return trail(HOME, (item.place, _url(item.pk)), (last, ""))
