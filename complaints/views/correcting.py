"""Correcting an entry before its ruling, and showing the complainant's whole number."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from complaints.flows.complaint import FLOW
from complaints.forms.registration import CorrectionForm, Entry
from complaints.models import Complaint, Demand
from complaints.permissions import VIEW
from complaints.services.registration import (
    CORRECTABLE,
    edit_registration,
    is_fixed,
    reveal_complainant,
    value_in_words,
)
from ledgers.forms.ledger import RevealForm
from ledgers.services.words import field_label
from ledgers.views.common import StaffRequest, submitted
from organization.views.common import attempt
from workflow.errors import Conflict

from .registering import detail_trail

PURPOSES = ("二次确认", "过程反馈", "现场查勘联系", "满意度评价", "核对登记信息")


def _complaint(request: StaffRequest, pk: int) -> Complaint:
    return VIEW.get(request.user, Complaint.objects.select_related("department", "project"), pk=pk)


@require_http_methods(["GET", "POST"])
def complaint_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Correct what was entered, while nobody has ruled on it. Confirmed demands stand; others may be changed."""
    complaint = _complaint(request, pk)
    _require_open(complaint, request)
    demands = list(complaint.demands.all())
    fixed = [demand for demand in demands if is_fixed(demand)]
    data = submitted(request)
    form = CorrectionForm(data, complaint=complaint)
    entry = Entry(form, data, [demand.text for demand in demands if not is_fixed(demand)])
    if data is None:
        return _show(request, complaint, entry, fixed)
    if not entry.is_valid():
        return _show(request, complaint, entry, fixed, status=422)
    try:
        edit_registration(
            complaint_id=pk,
            values=form.entry(),
            demands=[*(demand.text for demand in fixed), *entry.demands()],
            revision=form.opened_with,
            actor=request.user,
            now=timezone.now(),
        )
    except ValidationError as error:
        entry.refuse(error)
        return _show(request, complaint, entry, fixed, status=422)
    except Conflict as conflict:
        return _show_newest(request, complaint, entry, fixed, conflict)
    messages.success(request, "已更正登记内容,改动已记入办理记录。")
    return redirect("complaints:complaint_detail", pk=pk)


def _require_open(complaint: Complaint, request: StaffRequest) -> None:
    """Before the page asks for anything: 403 without the right, 409 in a state that has no such step."""
    step = FLOW.steps["edit_group" if complaint.to_group else "edit_unit"]
    if step.rule is None or not step.rule.allows(request.user, complaint):
        raise PermissionDenied(f"您没有“{step.rule.label if step.rule else step.label}”的权限。")
    if complaint.status not in step.sources:
        raise Conflict(f"投诉当前为“{complaint.get_status_display()}”,登记内容不能再更正;如需补充,请记录沟通情况。")


def _show_newest(
    request: StaffRequest, complaint: Complaint, entry: Entry, fixed: list[Demand], conflict: Conflict
) -> HttpResponse:
    """Somebody was faster: what was typed stays in the form, the newest values stand beside it.

    A complaint that has left the states of a correction meanwhile is a plain conflict.
    """
    complaint = _complaint(request, complaint.pk)
    _require_open(complaint, request)
    # Saved again, the form overwrites knowingly: it now knows of the newest revision.
    entry.form.data = {**request.POST.dict(), "revision": str(complaint.revision)}
    newest = _newer_values(complaint, entry, fixed)
    return _show(request, complaint, entry, fixed, status=409, conflict=conflict.message, newest=newest)


def _newer_values(complaint: Complaint, entry: Entry, fixed: list[Demand]) -> list[dict[str, str]]:
    typed = entry.form.entry()
    changes = [
        {
            "field": field_label(Complaint, name),
            "old": value_in_words(name, typed[name]),
            "new": value_in_words(name, getattr(complaint, name)),
        }
        for name in CORRECTABLE
        if typed[name] != getattr(complaint, name)
    ]
    stored = [demand.text for demand in complaint.demands.all()]
    kept = {*entry.demands(), *(demand.text for demand in fixed)}
    changes += [{"field": "诉求", "old": "", "new": text} for text in stored if text not in kept]
    changes += [{"field": "诉求", "old": text, "new": ""} for text in entry.demands() if text not in stored]
    return changes


def _show(
    request: StaffRequest,
    complaint: Complaint,
    entry: Entry,
    fixed: list[Demand],
    *,
    status: int = 200,
    **extra: Any,
) -> HttpResponse:
    context = {
        "complaint": complaint,
        "entry": entry,
        "form": entry.form,
        "fixed": fixed,
        "trail": detail_trail(complaint, "更正登记"),
        **extra,
    }
    return render(request, "complaints/complaint_edit.html", context, status=status)


@require_http_methods(["GET", "POST"])
def complaint_phone(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask what the number is needed for; log it; then show it, once."""
    complaint = _complaint(request, pk)
    form = RevealForm(submitted(request))
    revealed = None
    if request.method == "POST" and form.is_valid():
        revealed = attempt(
            form,
            lambda: reveal_complainant(
                complaint=complaint, purpose=form.cleaned_data["purpose"], actor=request.user, now=timezone.now()
            ),
        )
    context = {
        "complaint": complaint,
        "form": form,
        "revealed": revealed,
        "purposes": PURPOSES,
        "trail": detail_trail(complaint, "查看电话"),
    }
    template = (
        "complaints/_complaint_phone.html" if request.headers.get("HX-Request") else "complaints/complaint_phone.html"
    )
    response = render(request, template, context, status=422 if form.errors else 200)
    response["Cache-Control"] = "private, no-store"
    return response
