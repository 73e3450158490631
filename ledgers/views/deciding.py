"""Reviewing a ledger, and the steps that need a reason: change, withdrawal of a change, voiding."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ledgers.flow import FLOW
from ledgers.forms.ledger import CompletionForm, DecisionForm, RemarkForm
from ledgers.models import Ledger
from ledgers.permissions import CONFIRM, REVIEW
from ledgers.selectors.detail import content_of, decisions, ledger_for, open_steps
from ledgers.selectors.masking import mask_changes
from ledgers.services.completion import record_completion_of_service
from ledgers.services.review import (
    change_of,
    decide_ledger,
    propose_change,
    void_ledger,
    withdraw_change,
)
from workflow.errors import Conflict
from workflow.flow import Step

from .common import StaffRequest, file_rows, submitted, trail
from .contact_table import contact_table


@require_http_methods(["GET", "POST"])
def ledger_decide(request: StaffRequest, pk: int) -> HttpResponse:
    """Clause 5.1.2: approve, or return with what is wrong, beside the list of what is missing."""
    ledger = ledger_for(request.user, pk)
    if not REVIEW.allows(request.user, ledger) and not CONFIRM.allows(request.user, ledger):
        raise PermissionDenied(f"您没有“{REVIEW.label}”的权限。")
    steps = decisions(open_steps(ledger, request.user))
    form = DecisionForm(submitted(request), steps=steps, initial={"revision": ledger.revision})
    if request.method == "POST":
        step = form.asked_step()
        if form.is_valid():
            decide_ledger(
                ledger_id=pk,
                step=step,
                remark=form.cleaned_data["remark"],
                actor=request.user,
                now=timezone.now(),
                revision=form.cleaned_data["revision"],
            )
            messages.success(request, f"已办理“{FLOW.steps[step].label}”。")
            return redirect("ledgers:ledger_detail", pk=pk)
    elif not steps:
        _refuse(ledger, request)
    content = content_of(ledger.working) if ledger.working else None
    changing = ledger.effective_id is not None and ledger.working_id != ledger.effective_id
    context = {
        "ledger": ledger,
        "project": ledger.project,
        "content": content,
        "contacts": contact_table(pk, content),
        "changing": changing,
        "changes": mask_changes(change_of(ledger)) if changing else [],
        "form": form,
        "approve": next((step for step in steps if not step.remark), None),
        "refuse": next((step for step in steps if step.remark), None),
        "files": file_rows(ledger),
        "trail": trail(
            ("竣工台账", "ledgers:ledger_list"),
            (ledger.project.name, reverse("ledgers:ledger_detail", args=[pk])),
            ("审核", ""),
        ),
    }
    return render(request, "ledgers/ledger_decide.html", context, status=422 if form.errors else 200)


def _refuse(ledger: Ledger, request: StaffRequest) -> None:
    """Why there is nothing to decide: the separation of duty (403), or the state (409)."""
    if decisions(FLOW.available(ledger, request.user)):
        raise PermissionDenied("职责分离:您已办理过本版本的编制或审核,不能再由同一人审核,请由其他人员办理。")
    raise Conflict(f"台账当前为“{ledger.get_status_display()}”,没有等待您审核的内容。")


@dataclass(frozen=True, slots=True)
class Act:
    """A step with a reason: its service, what the page says of its consequences, what is said when it is done."""

    step: str
    service: Callable[..., Ledger]
    intro: str
    done: str
    url: str = "ledgers:ledger_detail"
    form: type[RemarkForm] = RemarkForm


CHANGE = Act(
    "propose_change",
    propose_change,
    "将从现行版本复制出一个新版本供您修改。变更经二级单位审核、负责人批准后生效,在此之前现行版本继续有效。",
    "已发起变更,请修改台账内容后提交。",
    "ledgers:ledger_edit",
)
WITHDRAW = Act(
    "withdraw_change",
    withdraw_change,
    "现行版本不变,变更中的内容保留在版本记录里,不再生效。",
    "已撤回变更,现行版本继续有效。",
)
VOID = Act(
    "void",
    void_ledger,
    "作废后台账不能恢复,记录永久保留。只有没有回访记录的台账可以作废。",
    "已作废,记录保留备查。",
)
COMPLETE_SERVICE = Act(
    "complete_service",
    record_completion_of_service,
    "请先在台账页面上传“保修完成证明”。重点工程“保修完成后第一年”的现场回访从这一天起算;没有登记的,从保修截止日期起算。",
    "已登记保修完成日期,受影响的回访计划已列明。",
    form=CompletionForm,
)


def ledger_complete_service(request: StaffRequest, pk: int) -> HttpResponse:
    """Ambiguity 13: the day the warranty service ended, by its certificate."""
    return _act(request, pk, COMPLETE_SERVICE)


def ledger_change(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, CHANGE)


def ledger_withdraw(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, WITHDRAW)


def ledger_void(request: StaffRequest, pk: int) -> HttpResponse:
    return _act(request, pk, VOID)


@require_http_methods(["GET", "POST"])
def _act(request: StaffRequest, pk: int, act: Act) -> HttpResponse:
    ledger = ledger_for(request.user, pk)
    step = FLOW.steps[act.step]
    form = act.form(submitted(request), label=f"{step.label}的理由", required=True)
    if step.rule is None or not step.rule.allows(request.user, ledger):
        raise PermissionDenied(f"您没有“{step.rule.label if step.rule else step.label}”的权限。")
    if request.method == "POST":
        if form.is_valid() and _acted(act, pk, form, request):
            messages.success(request, act.done)
            return redirect(act.url, pk=pk)
    else:
        require_open(ledger, step, request)
    context = {
        "ledger": ledger,
        "step": step,
        "act": act,
        "form": form,
        "trail": trail(
            ("竣工台账", "ledgers:ledger_list"),
            (ledger.project.name, reverse("ledgers:ledger_detail", args=[pk])),
            (step.label, ""),
        ),
    }
    return render(request, "ledgers/ledger_act.html", context, status=422 if form.errors else 200)


def _acted(act: Act, pk: int, form: RemarkForm, request: StaffRequest) -> bool:
    """Call the service with what the form says; what it finds wrong stands beside the field."""
    values = dict(form.cleaned_data)
    reason = values.pop("remark")
    try:
        act.service(ledger_id=pk, reason=reason, actor=request.user, now=timezone.now(), **values)
    except ValidationError as problem:
        form.add_error(None, problem)
        return False
    return True


def require_open(ledger: Ledger, step: Step, request: StaffRequest) -> None:
    """Before a page asks for a reason: 403 without the right, 409 in a state that has no such step."""
    if step.rule is None or not step.rule.allows(request.user, ledger):
        raise PermissionDenied(f"您没有“{step.rule.label if step.rule else step.label}”的权限。")
    if ledger.status not in step.sources:
        raise Conflict(f"台账当前为“{ledger.get_status_display()}”,不能进行“{step.label}”。")
