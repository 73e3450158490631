"""What the pages of a visit share: the way back, and ``Act``: one step, one form, one service."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ledgers.permissions import VIEW as VIEW_LEDGER
from ledgers.selectors.detail import open_punch_items
from ledgers.selectors.duties import balls
from ledgers.views.common import StaffRequest, submitted, trail
from organization.models import User
from organization.views.common import attempt
from revisits.flow import VISIT_FLOW
from revisits.forms.visits import VisitForm
from revisits.models import Visit
from revisits.selectors.visit_page import visit_for, windows_of
from revisits.selectors.visits import Contact, contacts_of
from workflow.errors import Conflict, Refused

Trail = list[tuple[str, str]]
HOME = ("回访实施", "revisits:visit_list")


def visit_trail(visit: Visit, last: str = "") -> Trail:
    """回访实施 › the project's name › the step; the page itself last, with the address ""."""
    if not last:
        return trail(HOME, (visit.project.name, ""))
    return trail(HOME, (visit.project.name, reverse("revisits:visit_detail", args=[visit.pk])), (last, ""))


def contacts_for(visit: Visit, user: User) -> list[Contact]:
    """The owner's people; whoever may not see the project's ledger sees none of them."""
    if not VIEW_LEDGER.covers(user, visit.project.department):
        return []
    return contacts_of([visit.project_id]).get(visit.project_id, [])


def purpose_of(visit_day: Any) -> str:
    """What a number is looked at for, as the log keeps it."""
    return f"工程回访(计划 {visit_day})"


@dataclass(frozen=True, slots=True)
class Act:
    """A step of a visit's life as a page. ``step`` is its name without the level; ``level_free`` where it has one name
    for both levels. ``run`` calls the one service; ``more`` gives the template what the brief lacks."""

    step: str
    heading: str
    form: type[VisitForm]
    run: Callable[[Visit, Any, User, datetime], Any]
    done: Callable[[Visit], str]
    body: str
    button: str = "提交"
    intro: str = ""
    level_free: bool = False
    more: Callable[[Visit, Any], dict[str, Any]] | None = None


def act(request: StaffRequest, pk: int, what: Act) -> HttpResponse:
    """404 out of reach, 403 without the right, 409 in another state, and only then the form; 422 when it is wrong."""
    visit = visit_for(request.user, pk)
    try:
        return _take(request, visit, what)
    except Conflict as conflict:
        conflict.back = reverse("revisits:visit_detail", args=[pk])  # the step's own page would refuse again
        raise


def _take(request: StaffRequest, visit: Visit, what: Act) -> HttpResponse:
    now = timezone.now()
    step = what.step if what.level_free else f"{what.step}_{visit.level}"
    VISIT_FLOW.check(step, visit, actor=request.user, now=now)
    contacts = contacts_for(visit, request.user)
    files = request.FILES if request.method == "POST" else None
    form = what.form(submitted(request), files, visit=visit, user=request.user, contacts=contacts)
    more = what.more(visit, form) if what.more else {}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = attempt(form, lambda: what.run(visit, form, request.user, now))
            except Refused as refused:
                # What is missing stands above the form, which keeps everything that was typed.
                for reason in refused.reasons:
                    form.add_error(None, reason)
                made, status = None, 409
            if made is not None:
                messages.success(request, what.done(visit_for(request.user, visit.pk)))
                return redirect("revisits:visit_detail", pk=visit.pk)
    context = {
        "visit": visit,
        "act": what,
        "form": form,
        "draft": f"{request.path}{visit.status}",
        "multipart": form.is_multipart(),
        "lost_files": bool(form.errors and request.FILES),
        "contacts": contacts,
        "purpose": purpose_of(visit.planned_on),
        "windows": windows_of(visit, timezone.localdate()),
        "punch_items": open_punch_items(visit.project_id),
        "balls": [ball for ball in balls(visit, request.user, timezone.localdate()) if ball.mine],
        "trail": visit_trail(visit, what.heading),
        **more,
    }
    return render(request, "revisits/visit_step.html", context, status=status)
