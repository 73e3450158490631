"""Deciding on a plan: everything that the approver needs on one page (clause 5.2.4)."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ledgers.selectors.duties import balls
from ledgers.views.common import StaffRequest, submitted
from revisits.flow import PLAN_FLOW
from revisits.forms.deciding import DecisionForm, WaiverDecisionForm
from revisits.models import RevisitPlan, Waiver
from revisits.selectors.desk import earlier_return, numbers_of
from revisits.selectors.grid import Board, board_of
from revisits.selectors.naming import gap_label
from revisits.selectors.page import plan_for, plan_stages, steps_for, turns_of
from revisits.selectors.versions import CHANGES_SHOWN, changes_of
from revisits.services.deciding import decide_plan
from workflow.errors import Refused
from workflow.models import Transition

from .common import plan_trail
from .load import load_of
from .plan_page import grouped

GROUPS_SHOWN = 20
DONE = {"approve": "已审批通过,回访按计划日期进入待办。", "return": "已退回重编,编制人会收到通知。"}


@require_http_methods(["GET", "POST"])
def plan_decide(request: StaffRequest, pk: int) -> HttpResponse:
    """GH or UH: numbers, the check, the waivers asked for, the difference to the version in force, the hours left;
    approve or return. With a gap the approval is refused, by the page and by the service."""
    plan, now = plan_for(request.user, pk), timezone.now()
    turns = turns_of(plan, request.user)
    if "approve" not in steps_for(plan, request.user, turns):
        PLAN_FLOW.check(f"approve_{plan.level}", plan, actor=request.user, now=now)  # says why not
    form = DecisionForm(submitted(request), initial={"revision": plan.revision})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                decide_plan(plan_id=pk, actor=request.user, now=now, **form.cleaned_data)
            except Refused as refused:
                # What is missing stands above the form, which keeps what was typed.
                for reason in refused.reasons:
                    form.add_error(None, reason)
                status = 409
            else:
                messages.success(request, DONE[form.cleaned_data["decision"]])
                return redirect("revisits:plan_detail", pk=pk)
    return render(request, "revisits/decide.html", _context(request, plan, form, turns), status=status)


def _context(
    request: StaffRequest, plan: RevisitPlan, form: DecisionForm, turns: Sequence[Transition]
) -> dict[str, Any]:
    now = timezone.now()
    board = board_of(plan, now)
    report, changes = board.report, changes_of(plan) if plan.effective_id else []
    groups = grouped(plan, report.blocking, set())
    return {
        "plan": plan,
        "version": plan.working,
        "form": form,
        "report": report,
        "numbers": numbers_of(board),
        "groups": groups[:GROUPS_SHOWN],
        "more_groups": len(groups) - GROUPS_SHOWN,
        "approvable": report.passes and not report.repeated,
        "asked": _asked(board),
        "granted": sum(each.status == Waiver.Status.GRANTED for each in board.waivers),
        "changes": changes[:CHANGES_SHOWN],
        "change_count": len(changes),
        "load": load_of(board),
        "stages": plan_stages(plan, turns),
        "returned": earlier_return(plan, turns),
        "balls": balls(plan, request.user, timezone.localdate(now)),
        "trail": plan_trail(plan, ("审批", "")),
    }


def _asked(board: Board) -> list[tuple[Waiver, str, str, WaiverDecisionForm]]:
    """The waivers asked for: each with the gap it is of, its address and a form of its own."""
    gaps = {(g.project.pk, g.gap.requirement.code, g.gap.requirement.start): gap_label(g) for g in board.report.gaps}
    return [
        (
            waiver,
            gaps.get((waiver.project_id, waiver.code, waiver.start), ""),
            reverse("revisits:waiver_decide", args=[waiver.pk]),
            WaiverDecisionForm(auto_id=f"waiver-{waiver.pk}-%s"),
        )
        for waiver in board.waivers
        if waiver.status == Waiver.Status.ASKED
    ]
