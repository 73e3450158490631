"""Deciding on a plan, changing an approved one, giving a change up (clauses 5.5.1 to 5.5.4)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from complaints.flows.plan import PLAN_FLOW
from complaints.forms.plans import PlanDecisionForm
from complaints.models import Plan
from complaints.permissions import APPROVE_PLAN, CHECK_PLAN, REVIEW_PLAN
from complaints.selectors.plans import plan_for
from complaints.services.planning import change_plan, decide_plan, drop_change
from ledgers.forms.ledger import RemarkForm
from ledgers.views.common import StaffRequest, submitted

from .parts import first_allowed, page_of, step_page, trail_of
from .plans import plan_context

DECIDERS = (CHECK_PLAN, REVIEW_PLAN, APPROVE_PLAN)
# In the order of the flow, each with the two that fit its state: refused, one of them says why.
PASSING = ("check", "check_final", "review", "approve")


@require_http_methods(["GET", "POST"])
def plan_decide(request: StaffRequest, pk: int) -> HttpResponse:
    """PM, UH or UL: the content, how it differs from the version in force, the hours left; approve or return."""
    plan = plan_for(request.user, pk)
    if not any(rule.covers(request.user, plan.complaint.department) for rule in DECIDERS):
        raise PermissionDenied(f"您没有“{REVIEW_PLAN.label}”的权限。")
    context = plan_context(request, plan)
    steps = context["decisions"]
    if not steps:
        _refuse(request, plan)
    form = PlanDecisionForm(submitted(request), steps=steps, initial={"revision": plan.revision})
    if request.method == "POST" and form.is_valid():
        step = form.cleaned_data.pop("step")
        decide_plan(plan_id=pk, step=step, actor=request.user, now=timezone.now(), **form.cleaned_data)
        messages.success(request, f"已办理“{PLAN_FLOW.steps[step].label}”。")
        return redirect("complaints:plan_detail", pk=pk)
    context |= {
        "form": form,
        "approve": next((step for step in steps if not step.remark), None),
        "refuse": next((step for step in steps if step.remark), None),
        "trail": trail_of(plan.complaint, ("专项整改方案", page_of("plan_detail", plan)), ("审核", "")),
    }
    return render(request, "complaints/plan_decide.html", context, status=422 if form.errors else 200)


def _refuse(request: StaffRequest, plan: Plan) -> None:
    """Nothing to decide for this person now: their turn is still to come (403), is over, or there is none (409)."""
    held = [name for name in PASSING if _held(name, request, plan)]
    waiting = [name for name in PASSING if plan.status in PLAN_FLOW.steps[name].sources]
    mine = [name for name in waiting if name in held]
    past = [name for name in held if waiting and PASSING.index(name) < PASSING.index(waiting[0])]
    if waiting and not mine and not past:
        raise PermissionDenied(f"该方案{plan.get_status_display()},尚未轮到您办理。轮到您时,会在“我的待办”中提醒。")
    first_allowed(PLAN_FLOW, tuple(mine or past or held), plan, request)


def _held(name: str, request: StaffRequest, plan: Plan) -> bool:
    rule = PLAN_FLOW.steps[name].rule
    return rule is not None and rule.covers(request.user, plan.complaint.department)


@require_http_methods(["GET", "POST"])
def plan_change(request: StaffRequest, pk: int) -> HttpResponse:
    """Clause 5.5.4: an approved plan is changed by a version of its own, with the whole approval."""
    plan = plan_for(request.user, pk)
    form = RemarkForm(submitted(request), label="调整原因", required=True)
    return step_page(
        request,
        PLAN_FLOW,
        "change",
        plan,
        form,
        lambda remark, **given: change_plan(plan_id=pk, reason=remark, **given),
        back=page_of("plan_edit", plan) if request.method == "POST" else page_of("plan_detail", plan),
        done="已开始调整,请修改后提交。",
        trail=trail_of(plan.complaint, ("专项整改方案", page_of("plan_detail", plan)), ("调整方案", "")),
        intro="将从现行版本复制出新版本供您修改。新版本须重新经过审核、审批;批准之前现行版本继续有效,原节点继续计时和提醒。",
    )


@require_http_methods(["GET", "POST"])
def plan_drop(request: StaffRequest, pk: int) -> HttpResponse:
    plan = plan_for(request.user, pk)
    form = RemarkForm(submitted(request), label="放弃调整的理由", required=True)
    return step_page(
        request,
        PLAN_FLOW,
        "drop_change",
        plan,
        form,
        lambda remark, **given: drop_change(plan_id=pk, reason=remark, **given),
        back=page_of("plan_detail", plan),
        done="已放弃调整,现行版本继续有效。",
        trail=trail_of(plan.complaint, ("专项整改方案", page_of("plan_detail", plan)), ("放弃调整", "")),
        intro="现行版本不变;调整中的内容保留在版本记录里,不再生效。",
    )
