"""What the pages of a complaint's parts share: where they hang, and a step with a form."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from complaints.models import Complaint
from ledgers.views.common import StaffRequest, optional_url, trail
from organization.views.common import attempt
from workflow.flow import Flow

Trail = list[tuple[str, str]]


def trail_of(complaint: Complaint, *steps: tuple[str, str]) -> Trail:
    """投诉 › its number › …; the page itself last, with the address ""."""
    return trail(
        ("投诉", optional_url("complaints:complaint_list")),
        (complaint.number, reverse("complaints:complaint_detail", args=[complaint.pk])),
        *steps,
    )


def page_of(name: str, record: Model) -> str:
    return reverse(f"complaints:{name}", args=[record.pk])


def step_page(
    request: StaffRequest,
    flow: Flow[Any],
    step: str,
    record: Any,
    form: forms.Form,
    service: Callable[..., Any],
    *,
    back: str,
    done: str,
    trail: Trail,
    template: str = "complaints/part_act.html",
    **context: Any,
) -> HttpResponse:
    """A step that needs a form: right (403) and state (409) before it is shown, then what it says (422), then the one
    service, called with the form's values."""
    flow.check(step, record, actor=request.user, now=timezone.now())
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: service(actor=request.user, now=timezone.now(), **form.cleaned_data))
        if made is not None:
            messages.success(request, done)
            return redirect(back)
    shown = {
        "form": form,
        "step": flow.steps[step],
        "record": record,
        "heading": flow.steps[step].label,
        "back": back,
        "trail": trail,
        "draft": f"{step}-{record.pk}",
        **context,
    }
    return render(request, template, shown, status=422 if form.errors else 200)


def first_allowed(flow: Flow[Any], steps: tuple[str, ...], record: Any, request: StaffRequest) -> str:
    """The one of several steps that this person may take now, else why none of them: 403 for the right, 409 for the
    state."""
    refused: Exception | None = None
    for step in steps:
        try:
            flow.check(step, record, actor=request.user, now=timezone.now())
        except PermissionDenied as problem:
            refused = refused or problem
        else:
            return step
    raise refused or PermissionDenied("没有可办理的步骤。")
