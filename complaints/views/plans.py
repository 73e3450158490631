"""A rectification plan: its page, its history and its versions (clause 5.5)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from complaints.models import Milestone, Plan
from complaints.permissions import ASK_OPINION
from complaints.selectors.parts import Duties
from complaints.selectors.plans import (
    asked,
    claimed,
    last_return,
    missing_of,
    plan_decisions,
    plan_for,
    plan_stages,
    plan_steps,
    version_content,
    version_rows,
)
from complaints.services.opinions import ASKED_IN
from complaints.services.versions import describe, differences, with_parts
from ledgers.views.common import StaffRequest, optional_url
from workflow.selectors.timeline import history_of, timeline

from .parts import page_of, trail_of

# What the steps tell already.
UNTOLD = {"effective", "working", "opened_at"}


@require_GET
def plan_detail(request: StaffRequest, pk: int) -> HttpResponse:
    plan = plan_for(request.user, pk)
    context = plan_context(request, plan)
    context["trail"] = trail_of(plan.complaint, ("专项整改方案", ""))
    return render(request, "complaints/plan_detail.html", context)


def plan_context(request: StaffRequest, plan: Plan) -> dict[str, Any]:
    """What the pages of a plan show. Queries: history, duties (2), demands, opinions, the versions' parts."""
    user, complaint = request.user, plan.complaint
    history = history_of(plan)
    duties = Duties(complaint, user, timezone.localdate())
    steps = plan_steps(plan, user, history)
    names = {step.name for step in steps}
    returned = last_return(plan, history)
    demands, opinions, clocks = claimed(complaint), asked(complaint), duties.by_record(Milestone)
    working = plan.working
    effective = plan.effective if plan.effective_id != plan.working_id else None
    with_parts(working, effective)
    content = version_content(working, demands, opinions) if working else None
    governing = version_content(effective, demands, opinions, complete=False) if effective else None
    for milestone in (*(content.milestones if content else ()), *(governing.milestones if governing else ())):
        vars(milestone)["ball"] = clocks.get(milestone.pk)  # its running limit, for the template
    return {
        "plan": plan,
        "complaint": complaint,
        "steps": names,
        "decisions": plan_decisions(steps),
        "stages": plan_stages(plan, history, returned),
        "returned": returned,
        "balls": duties.about(plan),
        "content": content,
        "governing": governing,
        "changes": differences(describe(effective), describe(working)) if working and effective else [],
        "opinions": opinions,
        "missing": missing_of(working, demands, opinions) if "submit" in names else [],
        "may_ask": complaint.status in ASKED_IN and ASK_OPINION.covers(user, complaint.department),
        "pdf_url": optional_url("reports:complaint_plan_pdf", complaint.pk),
    }


@require_GET
def plan_timeline(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything that happened to the plan; fetched by its page, and a page of its own."""
    plan = plan_for(request.user, pk)
    context = {
        "record": plan.complaint,
        "entries": timeline(plan, untold=UNTOLD),
        "back": page_of("plan_detail", plan),
        "trail": trail_of(plan.complaint, ("专项整改方案", page_of("plan_detail", plan)), ("办理记录", "")),
    }
    template = "ledgers/_timeline.html" if request.headers.get("HX-Request") else "complaints/part_timeline.html"
    return render(request, template, context)


@require_GET
def plan_versions(request: StaffRequest, pk: int) -> HttpResponse:
    """All versions, each with its content and what it changed against the one that governed before."""
    plan = plan_for(request.user, pk)
    context = {
        "plan": plan,
        "complaint": plan.complaint,
        "versions": version_rows(plan),
        "trail": trail_of(plan.complaint, ("专项整改方案", page_of("plan_detail", plan)), ("版本与差异", "")),
    }
    return render(request, "complaints/plan_versions.html", context)
