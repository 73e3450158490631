"""What the pages of a complaint share: the way back, its documents, and ``Act``: one step, one form, one service."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from complaints.flows.complaint import FLOW
from complaints.forms.steps import StepForm
from complaints.models import Complaint, Evaluation
from complaints.selectors.detail import Content, complaint_for, demands_of, filing_of, plan_of
from ledgers.selectors.duties import balls
from ledgers.views.common import StaffRequest, file_rows, optional_url, submitted, trail
from organization.models import User
from organization.views.common import attempt
from workflow.errors import Conflict, Refused


def case_trail(complaint: Complaint | None = None, last: str = "") -> list[tuple[str, str]]:
    """The way to a complaint's page, or to a page below it."""
    home = ("客户投诉", optional_url("complaints:complaint_list"))
    if complaint is None:
        return trail(home, ("投诉详情", ""))
    return trail(home, (complaint.number, reverse("complaints:complaint_detail", args=[complaint.pk])), (last, ""))


def documents_of(complaint: Complaint, content: Content) -> list[tuple[str, str]]:
    """The documents that exist by now: (label, address)."""
    pk, plan, filing = complaint.pk, plan_of(complaint), filing_of(complaint)
    wanted = [("投诉受理回执", "complaint_receipt", pk)]
    if content.rulings:
        wanted.append(("责任判定单", "complaint_ruling_pdf", pk))
    if content.replies:
        wanted.append(("回函", "complaint_reply_pdf", pk))
    if plan is not None and (plan.effective_id or plan.working_id):
        wanted.append(("专项整改方案", "complaint_plan_pdf", plan.pk))
    if filing is not None and filing.filed_at:
        wanted.append(("投诉备案表", "complaint_filing_pdf", filing.pk))
    if complaint.status == Complaint.Status.AWAITING_EVALUATION:
        wanted.append(("空白评价表", "complaint_evaluation_blank", pk))
    found = [(label, optional_url(f"reports:{name}", of)) for label, name, of in wanted]
    return [(label, url) for label, url in found if url]


def with_documents(evaluations: Iterable[Evaluation]) -> list[Evaluation]:
    """Each evaluation with the address of its form, ``pdf_url``."""
    found = list(evaluations)
    for each in found:
        each.pdf_url = optional_url("reports:complaint_evaluation_pdf", each.pk)  # type: ignore[attr-defined]
    return found


@dataclass(frozen=True, slots=True)
class Act:
    """A step of the complaint's life as a page.

    ``step`` names the step whose right, state and separation of duty are asked before the form is shown or read;
    ``run`` calls the one service; ``body`` and ``aside`` are templates of the form's fields and of what stands beside;
    ``more`` gives them what the brief lacks.
    """

    step: Callable[[Complaint], str]
    heading: str
    form: type[StepForm]
    run: Callable[[Complaint, Any, User, datetime], Any]
    done: str
    intro: str = ""
    button: str = "提交"
    tone: str = "primary"
    body: str = "complaints/_step_fields.html"
    aside: str = ""
    more: Callable[[Complaint, User], dict[str, Any]] | None = None


def act(request: StaffRequest, pk: int, what: Act) -> HttpResponse:
    """404 out of reach, 403 without the right, 409 in another state, and only then the form; 422 when it is wrong."""
    complaint = complaint_for(request.user, pk)
    try:
        return _take(request, complaint, what)
    except Conflict as conflict:
        conflict.back = reverse("complaints:complaint_detail", args=[pk])  # the step's own page would refuse again
        raise


def _take(request: StaffRequest, complaint: Complaint, what: Act) -> HttpResponse:
    now = timezone.now()
    FLOW.check(what.step(complaint), complaint, actor=request.user, now=now)
    files = request.FILES if request.method == "POST" else None
    form = what.form(submitted(request), files, complaint=complaint, user=request.user)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                done = attempt(form, lambda: what.run(complaint, form, request.user, now))
            except Refused as refused:
                # What is missing stands above the form, which keeps everything that was typed.
                for reason in refused.reasons:
                    form.add_error(None, reason)
                done, status = None, 409
            if done is not None:
                messages.success(request, what.done)
                return redirect("complaints:complaint_detail", pk=complaint.pk)
    return render(request, "complaints/complaint_step.html", _context(request, complaint, what, form), status=status)


def _context(request: StaffRequest, complaint: Complaint, what: Act, form: StepForm) -> dict[str, Any]:
    context = {
        "complaint": complaint,
        "act": what,
        "form": form,
        "draft": f"{request.path}{complaint.round}",
        "multipart": form.is_multipart(),
        "demands": demands_of(complaint),
        "balls": [ball for ball in balls(complaint, request.user, timezone.localdate()) if ball.mine],
        "files": file_rows(complaint),
        "trail": case_trail(complaint, what.heading),
    }
    return context | (what.more(complaint, request.user) if what.more else {})
