"""Writing a rectification plan, and handing it in (clause 5.5.1)."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from complaints.flows.plan import PLAN_FLOW
from complaints.forms.plans import PlanDraft
from complaints.models import Plan
from complaints.selectors.plans import (
    Answer,
    asked,
    claimed,
    last_return,
    missing_of,
    plan_for,
    version_content,
)
from complaints.services.planning import save_plan, submit_plan
from complaints.services.versions import TEXTS, describe, differences, with_parts
from ledgers.forms.ledger import RemarkForm
from ledgers.views.common import StaffRequest, submitted
from workflow.errors import Conflict, Refused
from workflow.selectors.timeline import history_of

from .parts import page_of, trail_of


@require_http_methods(["GET", "POST"])
def plan_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """The plan on one page: saved whole or not; what is missing stands beside it. 保存并提交 goes on to PM."""
    plan = plan_for(request.user, pk)
    PLAN_FLOW.check("edit", plan, actor=request.user, now=timezone.now())
    draft = _draft(plan, request.POST if request.method == "POST" else None)
    if request.method == "GET":
        return _show(request, plan, draft)
    if not draft.is_valid():
        return _show(request, plan, draft, status=422)
    now = timezone.now()
    try:
        save_plan(plan_id=pk, revision=draft.revision, actor=request.user, now=now, **draft.values())
    except ValidationError as error:
        draft.refuse(error)
        return _show(request, plan, draft, status=422)
    except Conflict as conflict:
        return _show_newest(request, pk, draft, conflict)
    return _saved(request, pk)


def _saved(request: StaffRequest, pk: int) -> HttpResponse:
    if "submit" not in request.POST:
        plan = plan_for(request.user, pk)
        with_parts(plan.working)
        missing = missing_of(plan.working, claimed(plan.complaint), asked(plan.complaint))
        note = f",还缺 {len(missing)} 项" if missing else ",内容完整,可以提交"
        messages.success(request, f"已保存{note}。")
        return redirect("complaints:plan_edit", pk=pk)
    try:
        submit_plan(plan_id=pk, actor=request.user, now=timezone.now())
    except Refused as refused:
        messages.warning(request, f"已保存,但没有提交:还缺 {len(refused.reasons)} 项,见“填写情况”。")
        return redirect("complaints:plan_edit", pk=pk)
    messages.success(request, "已提交,等待项目经理审核。")
    return redirect("complaints:plan_detail", pk=pk)


def _draft(plan: Plan, data: Any) -> PlanDraft:
    demands, opinions = claimed(plan.complaint), asked(plan.complaint)
    version = plan.working
    with_parts(version)
    if version is not None:
        content = version_content(version, demands, opinions)
        return PlanDraft(
            texts={name: getattr(version, name) for name in TEXTS},
            milestones=content.milestones,
            demands=content.demands,
            opinions=content.opinions,
            revision=plan.revision,
            data=data,
        )
    return PlanDraft(
        texts={"overview": plan.complaint.event},  # what is known already
        milestones=[],
        demands=[Answer(each, None) for each in demands],
        opinions=[Answer(each, None) for each in opinions if each.status == each.Status.GIVEN],
        revision=plan.revision,
        data=data,
    )


def _show_newest(request: StaffRequest, pk: int, draft: PlanDraft, conflict: Conflict) -> HttpResponse:
    """Somebody was faster: what was typed stays in the form, the newest values stand beside it."""
    plan = plan_for(request.user, pk)
    with_parts(plan.working)
    newest = differences(draft.words(), describe(plan.working)) if plan.working is not None else []
    # Saved again, the form overwrites knowingly: it now knows of the newest revision.
    draft.texts.data = {**draft.texts.data.dict(), "revision": str(plan.revision)}  # type: ignore[attr-defined]
    return _show(request, plan, draft, status=409, conflict=conflict.message, newest=newest)


def _show(request: StaffRequest, plan: Plan, draft: PlanDraft, *, status: int = 200, **extra: Any) -> HttpResponse:
    opinions = asked(plan.complaint)
    context = {
        "plan": plan,
        "complaint": plan.complaint,
        "draft": draft,
        "parts": draft.parts(),
        "missing": missing_of(plan.working, claimed(plan.complaint), opinions) if plan.working else None,
        "waiting": [each for each in opinions if each.status == each.Status.ASKED],
        "returned": last_return(plan, history_of(plan)),
        "trail": trail_of(plan.complaint, ("专项整改方案", page_of("plan_detail", plan)), ("编制方案", "")),
        **extra,
    }
    return render(request, "complaints/plan_edit.html", context, status=status)


@require_http_methods(["GET", "POST"])
def plan_submit(request: StaffRequest, pk: int) -> HttpResponse:
    """Clause 5.5.1: the page lists what still lacks, and the flow refuses the same gaps."""
    plan = plan_for(request.user, pk)
    PLAN_FLOW.check("submit", plan, actor=request.user, now=timezone.now())
    form = RemarkForm(submitted(request), label="提交说明")
    reasons: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            submit_plan(plan_id=pk, actor=request.user, now=timezone.now(), remark=form.cleaned_data["remark"])
        except Refused as refused:
            reasons = refused.reasons
        else:
            messages.success(request, "已提交,等待项目经理审核。")
            return redirect("complaints:plan_detail", pk=pk)
    context = {
        "plan": plan,
        "complaint": plan.complaint,
        "form": form,
        "refused": bool(reasons),
        "reasons": reasons or missing_of(plan.working, claimed(plan.complaint), asked(plan.complaint)),
        "back_url": page_of("plan_detail", plan),
        "trail": trail_of(plan.complaint, ("专项整改方案", page_of("plan_detail", plan)), ("提交方案", "")),
    }
    status = 409 if reasons else 422 if form.errors else 200
    return render(request, "complaints/plan_submit.html", context, status=status)
