"""What affects approved plans: the list, and the word that nothing needs to change (R-A2-3, rules 9 and 10)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from ledgers.filters import units_offered
from ledgers.views.common import PAGE_SIZES, StaffRequest, page_size, submitted, trail
from organization.views.common import attempt
from revisits.filters_plans import IssueFilter
from revisits.flow import PLAN_FLOW
from revisits.forms.deciding import SettleForm
from revisits.models import PlanIssue, RevisitPlan
from revisits.permissions import DRAFT, VIEW
from revisits.selectors.desk import blocking_of, issue_for, visible_issues
from revisits.selectors.plans import years_of
from revisits.services.issues import settle_issue
from workflow.counting import Kept, count_of, counts_of
from workflow.errors import Refused
from workflow.paging import counted_page, page_number

from .common import page_of, plan_trail

TABS = (("待处理", "state=open"), ("已处理", "state=settled"), ("全部", "state="))
GAPS_SHOWN = 12


@require_GET
def issue_list(request: StaffRequest) -> HttpResponse:
    """What changed after the approval, and what became of it. Opened without a filter: what is still open."""
    VIEW.require_somewhere(request.user, fresh=False)
    user = request.user
    given = request.GET.copy()
    given.setdefault("state", "open")
    visible = visible_issues(user)
    still = visible.filter(settled_at__isnull=True)
    counts = Kept(user).answer(
        "issues", lambda: counts_of(user, {"open": still, "settled": visible.exclude(settled_at=None), "": visible})
    )
    filters = IssueFilter(given, visible)
    found, size = filters.qs, page_size(given)
    count = count_of(found).number
    number = min(page_number(given.get("page")), max(1, -(-count // size)))
    rows = found.select_related("plan__unit", "project", "settled_by")[(number - 1) * size : number * size]
    units = units_offered(user, VIEW)
    writes = {level: rule.paths(user) for level, rule in DRAFT.items()}
    context = {
        "page": counted_page([_row(issue, writes) for issue in rows], number=number, count=count, per_page=size),
        "narrowed": any(given.get(name) for name in ("q", "year", "unit", "kind")),
        "wrong": [str(filters.filters[name].label) for name in filters.form.errors if name in filters.filters],
        "chosen": given,
        "kinds": PlanIssue.Kind.choices,
        "years": years_of(timezone.localdate()),
        "units": units if len(units) > 1 else [],
        "sizes": PAGE_SIZES,
        "size": size,
        "tabs": [(label, query, counts[query[6:]], given["state"] == query[6:]) for label, query in TABS],
        "trail": trail(("回访计划", "revisits:plan_list"), ("受影响事项", "")),
    }
    return render(request, "revisits/issues.html", context)


def _row(issue: PlanIssue, writes: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """``may_settle``: this person drafts the plan, and the plan is not being changed already."""
    plan = issue.plan
    mine = plan.unit.path.startswith(writes[plan.level])
    return {
        "issue": issue,
        "blocking": sum(not gap["overseas"] and gap["waiver"] != "granted" for gap in issue.gaps),
        "may_settle": mine and issue.settled_at is None and plan.status == RevisitPlan.Status.APPROVED,
    }


@require_http_methods(["GET", "POST"])
def issue_settle(request: StaffRequest, pk: int) -> HttpResponse:
    """确认无需调整, with the reason; refused while the check finds a gap, which the page names."""
    issue = issue_for(request.user, pk)
    plan = issue.plan
    PLAN_FLOW.check(f"settle_{plan.level}", plan, actor=request.user, now=timezone.now())
    form = SettleForm(submitted(request))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = attempt(
                    form,
                    lambda: settle_issue(
                        issue_id=pk, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now()
                    ),
                )
            except Refused as refused:
                for reason in refused.reasons:
                    form.add_error(None, reason)
                made, status = None, 409
            if made is not None:
                messages.success(request, "已确认无需调整。")
                return redirect("revisits:plan_detail", pk=plan.pk)
    blocking = blocking_of(issue)
    context = {
        "plan": plan,
        "issue": issue,
        "form": form,
        "blocking": blocking[:GAPS_SHOWN],
        "more": len(blocking) - GAPS_SHOWN,
        "change_url": page_of("plan_change", plan),
        "back_url": page_of("plan_detail", plan),
        "trail": plan_trail(plan, ("受影响事项", "revisits:issue_list"), ("确认无需调整", "")),
    }
    return render(request, "revisits/issue_settle.html", context, status=status)
