"""豁免: asking for one, deciding on it (clause 5.2.4)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ledgers.views.common import StaffRequest, submitted
from organization.views.common import attempt
from revisits.flow import PLAN_FLOW
from revisits.forms.deciding import WaiverDecisionForm, WaiverForm
from revisits.models import RevisitPlan
from revisits.selectors.desk import gap_of, waiver_for
from revisits.selectors.naming import rule_label
from revisits.selectors.page import plan_for
from revisits.services.waivers import ask_waiver, decide_waiver

from .common import page_of, plan_trail


@require_http_methods(["GET", "POST"])
def waiver_ask(request: StaffRequest, pk: int) -> HttpResponse:
    """``?project=&rule=`` name the gap as the check does; why it cannot be closed is written here."""
    plan = plan_for(request.user, pk)
    PLAN_FLOW.check(f"ask_waiver_{plan.level}", plan, actor=request.user, now=timezone.now())
    given = request.POST if request.method == "POST" and "project" in request.POST else request.GET
    project, rule = given.get("project", ""), given.get("rule", "")[:12]
    if not (project.isdecimal() and len(project) < 18):
        raise Http404("没有指明要豁免的工程和规则,请从计划的检查报告中选择“申请豁免”。")
    gap = gap_of(plan, int(project), rule)
    form = WaiverForm(submitted(request))
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: ask_waiver(
                plan_id=pk,
                project_id=int(project),
                rule=rule,
                reason=form.cleaned_data["reason"],
                actor=request.user,
                now=timezone.now(),
            ),
        )
        if made is not None:
            messages.success(request, "已申请豁免,等待审批人决定。")
            return redirect("revisits:plan_detail", pk=pk)
    context = {
        "plan": plan,
        "gap": gap,
        "rule_label": rule_label(rule),
        "form": form,
        "project": project,
        "rule": rule,
        "back_url": page_of("plan_detail", plan),
        "trail": plan_trail(plan, ("申请豁免", "")),
    }
    return render(request, "revisits/waiver_ask.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def waiver_decide(request: StaffRequest, pk: int) -> HttpResponse:
    """Granted or refused; then back to the plan that waits for the decision."""
    waiver = waiver_for(request.user, pk)
    plan = waiver.plan
    PLAN_FLOW.check(f"decide_waiver_{plan.level}", plan, actor=request.user, now=timezone.now())
    form = WaiverDecisionForm(submitted(request))
    if request.method == "POST" and form.is_valid():
        grant = form.cleaned_data["grant"] == "1"
        made = attempt(
            form,
            lambda: decide_waiver(
                waiver_id=pk,
                grant=grant,
                remark=form.cleaned_data["remark"],
                actor=request.user,
                now=timezone.now(),
            ),
        )
        if made is not None:
            messages.success(request, "已同意豁免。" if grant else "已决定不予豁免,编制人会收到通知。")
            return redirect(_next(plan), pk=plan.pk)
    context: dict[str, Any] = {
        "plan": plan,
        "waiver": waiver,
        "rule_label": rule_label(waiver.code),
        "open": waiver.status == waiver.Status.ASKED,
        "form": form,
        "back_url": page_of("plan_detail", plan),
        "trail": plan_trail(plan, ("豁免审批", "")),
    }
    return render(request, "revisits/waiver_decide.html", context, status=422 if form.errors else 200)


def _next(plan: RevisitPlan) -> str:
    return "revisits:plan_decide" if plan.status == plan.Status.IN_APPROVAL else "revisits:plan_detail"
