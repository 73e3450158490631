"""Drafting a plan with one click, closing its gaps, handing it in, changing it, giving it up (5.2.1–5.2.3, A2-3)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ledgers.forms.ledger import RemarkForm
from ledgers.views.common import StaffRequest, submitted
from organization.views.common import attempt
from revisits.flow import PLAN_FLOW
from revisits.guards.plan import what_hinders
from revisits.models import RevisitPlan
from revisits.selectors.checking import check_plan
from revisits.selectors.page import open_issues, plan_for
from revisits.selectors.versions import CHANGES_SHOWN, changes_of
from revisits.services.deciding import change_plan, drop_change, submit_plan
from revisits.services.planning import draft_plan, repair_plan
from workflow.errors import Conflict, Refused

from .common import back_to_board, page_of, plan_trail, revision_of
from .plan_page import grouped

GROUPS_SHOWN = 12


@require_POST
def plan_draft(request: StaffRequest, pk: int) -> HttpResponse:
    """The whole year over all projects in scope."""
    plan_for(request.user, pk)
    plan = draft_plan(plan_id=pk, actor=request.user, now=timezone.now(), revision=revision_of(request))
    count = plan.visits.of_version(plan.version).count()
    messages.success(request, f"已编制,共 {count} 行回访安排。请核对后上报。")
    return redirect("revisits:plan_detail", pk=pk)


@require_POST
def plan_repair(request: StaffRequest, pk: int) -> HttpResponse:
    """补齐: ``gap`` is ``project|rule``, ``project|`` for all of a project, or empty for all. Back to where it was."""
    plan = plan_for(request.user, pk)
    project, _, rule = request.POST.get("gap", "").partition("|")
    if project and not (project.isdecimal() and len(project) < 18):
        raise Conflict("没有需要补齐的缺口,请刷新页面查看。")
    before = plan.visits.of_version(plan.version).count()
    plan = repair_plan(
        plan_id=pk, actor=request.user, now=timezone.now(), revision=revision_of(request), rule=rule[:12],
        project_id=int(project) if project else None,
    )  # fmt: skip
    added = plan.visits.of_version(plan.version).count() - before
    messages.success(request, f"已补齐,新增 {added} 行回访安排。")
    return back_to_board(request, plan)


@require_http_methods(["GET", "POST"])
def plan_submit(request: StaffRequest, pk: int) -> HttpResponse:
    """R-5.2.3: the page names what the approver will see; what hinders the submission is listed by the flow's guard."""
    plan = plan_for(request.user, pk)
    PLAN_FLOW.check(f"submit_{plan.level}", plan, actor=request.user, now=timezone.now())
    form = RemarkForm(submitted(request), label="上报说明")
    reasons: list[str] = []
    if request.method == "POST" and form.is_valid():
        try:
            submit_plan(
                plan_id=pk, actor=request.user, now=timezone.now(), remark=form.cleaned_data["remark"],
                revision=revision_of(request),
            )  # fmt: skip
        except Refused as refused:
            reasons = refused.reasons
        else:
            messages.success(request, "已上报,等待审批。")
            return redirect("revisits:plan_detail", pk=pk)
    report = check_plan(plan)
    groups = grouped(plan, report.blocking, set())
    changes = changes_of(plan) if plan.effective_id else []
    context = {
        "plan": plan,
        "form": form,
        "report": report,
        "groups": groups[:GROUPS_SHOWN],
        "more_groups": len(groups) - GROUPS_SHOWN,
        "changes": changes[:CHANGES_SHOWN],
        "change_count": len(changes),
        "refused": bool(reasons),
        "reasons": reasons or what_hinders(report),
        "back_url": page_of("plan_detail", plan),
        "trail": plan_trail(plan, ("上报计划", "")),
    }
    status = 409 if reasons else 422 if form.errors else 200
    return render(request, "revisits/plan_submit.html", context, status=status)


@require_http_methods(["GET", "POST"])
def plan_change(request: StaffRequest, pk: int) -> HttpResponse:
    """R-A2-3: the next version begins; the one in force governs until it is approved."""
    plan = plan_for(request.user, pk)
    return _step(
        request, plan, "change", "变更原因", "已开始变更。批准之前,现行版本继续有效,其回访继续计时。",
        intro="将以现行版本为底稿开始新一版。批准之前现行版本继续有效,已安排的回访照常实施。",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def plan_drop(request: StaffRequest, pk: int) -> HttpResponse:
    plan = plan_for(request.user, pk)
    return _step(
        request, plan, "drop", "放弃原因", "已放弃变更,现行版本不变。",
        intro="本版的全部调整将作废,不能恢复;引起变更的事项仍须处理。",
    )  # fmt: skip


def _step(request: StaffRequest, plan: RevisitPlan, name: str, label: str, done: str, intro: str) -> HttpResponse:
    """A step with its reason: right and state before the form is shown."""
    step = PLAN_FLOW.steps[f"{name}_{plan.level}"]
    PLAN_FLOW.check(step.name, plan, actor=request.user, now=timezone.now())
    form = RemarkForm(submitted(request), label=label, required=True)
    service = {"change": change_plan, "drop": drop_change}[name]
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["remark"]
        made = attempt(form, lambda: service(plan_id=plan.pk, reason=reason, actor=request.user, now=timezone.now()))
        if made is not None:
            messages.success(request, done)
            return redirect("revisits:plan_detail", pk=plan.pk)
    context = {
        "plan": plan,
        "form": form,
        "step": step,
        "intro": intro,
        "issues": open_issues(plan) if name == "change" else [],
        "changes": changes_of(plan)[:CHANGES_SHOWN] if name == "drop" else [],
        "back_url": page_of("plan_detail", plan),
        "trail": plan_trail(plan, (step.label, "")),
    }
    return render(request, "revisits/plan_act.html", context, status=422 if form.errors else 200)
