"""Asking the departments, and their answers (clause 5.5.1; B.3 C04)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from complaints.flows.plan import OPINION_FLOW
from complaints.forms.plans import AskForm, OpinionForm
from complaints.models import Opinion, Plan
from complaints.selectors.parts import Duties
from complaints.selectors.plans import asked, claimed, complaint_for, opinion_for
from complaints.services.opinions import ask_opinions, cancel_opinion, give_opinion, giving_step, must_be_askable
from complaints.services.supervising import department_people
from ledgers.forms.ledger import RemarkForm
from ledgers.views.common import StaffRequest, submitted
from organization.views.common import attempt
from workflow.selectors.timeline import timeline

from .parts import page_of, step_page, trail_of

UNTOLD = {"text", "follower", "given_at", "question", "asked_by", "asked_at", "asked_of"}


@require_http_methods(["GET", "POST"])
def opinion_ask(request: StaffRequest, pk: int) -> HttpResponse:
    """One or several people of the unit's departments, the same question."""
    complaint, now = complaint_for(request.user, pk), timezone.now()
    must_be_askable(complaint, request.user)
    people, opinions = department_people(complaint, now), asked(complaint)
    plan = Plan.objects.filter(complaint=complaint).first()
    back = page_of("plan_detail", plan) if plan else page_of("complaint_detail", complaint)
    form = AskForm(submitted(request), people=people)
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: ask_opinions(
                complaint_id=pk,
                people=form.cleaned_data["asked_of"],
                question=form.cleaned_data["question"],
                actor=request.user,
                now=now,
            ),
        )
        if made is not None:
            messages.success(request, f"已向 {'、'.join(str(each.asked_of) for each in made)} 征求意见。")
            return redirect(back)
    context = {
        "complaint": complaint,
        "form": form,
        "people": people,
        "opinions": opinions,
        "demands": claimed(complaint),
        "back": back,
        "trail": trail_of(complaint, *([("专项整改方案", back)] if plan else []), ("征求部门意见", "")),
    }
    return render(request, "complaints/opinion_ask.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def opinion_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """For the person asked: the facts, the demands, the question, and the place for the answer."""
    opinion = opinion_for(request.user, pk)
    if request.method == "POST":
        OPINION_FLOW.check(giving_step(opinion), opinion, actor=request.user, now=timezone.now())
    names = {step.name for step in OPINION_FLOW.available(opinion, request.user)}
    form = None
    if names & {"give", "revise"} and not opinion.complaint.ended:
        form = OpinionForm(submitted(request), initial={"text": opinion.text, "follower": opinion.follower})
    if request.method == "POST" and form is None:
        raise PermissionDenied("该意见不能再修改。")
    if form is not None and request.method == "POST" and form.is_valid():
        given = attempt(
            form,
            lambda: give_opinion(opinion_id=pk, actor=request.user, now=timezone.now(), **form.cleaned_data),
        )
        if given is not None:
            messages.success(request, "已反馈部门意见。")
            return redirect("complaints:opinion_detail", pk=pk)
    return _show(request, opinion, form, names)


def _show(request: StaffRequest, opinion: Opinion, form: Any, names: set[str]) -> HttpResponse:
    complaint = opinion.complaint
    context = {
        "opinion": opinion,
        "complaint": complaint,
        "demands": claimed(complaint),
        "form": form,
        "may_cancel": "cancel" in names,
        "balls": Duties(complaint, request.user, timezone.localdate()).about(opinion),
        "entries": timeline(opinion, untold=UNTOLD, evidence=()),
        "trail": trail_of(complaint, ("部门意见", "")),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "complaints/opinion_detail.html", context, status=status)


@require_http_methods(["GET", "POST"])
def opinion_cancel(request: StaffRequest, pk: int) -> HttpResponse:
    opinion = opinion_for(request.user, pk)
    return step_page(
        request,
        OPINION_FLOW,
        "cancel",
        opinion,
        RemarkForm(submitted(request), label="取消的理由", required=True),
        lambda **given: cancel_opinion(opinion_id=pk, **given),
        back=page_of("opinion_detail", opinion),
        done="已取消征求。",
        trail=trail_of(opinion.complaint, ("部门意见", page_of("opinion_detail", opinion)), ("取消征求", "")),
        intro=f"向 {opinion.asked_of} 征求:{opinion.question}",
    )
