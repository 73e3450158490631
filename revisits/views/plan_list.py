"""The list of plans by year and state, and the approval of several at once (clauses 5.2.3, 5.2.4)."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from ledgers.filters import Offered, units_offered
from ledgers.selectors.duties import chips_of
from ledgers.views.common import PAGE_SIZES, StaffRequest, page_size
from organization.middleware import return_address
from revisits.filters_plans import PlanFilter
from revisits.models import Level, RevisitPlan
from revisits.permissions import APPROVE, PREPARE_IN, VIEW
from revisits.selectors.plans import rows_of, visible_plans, years_of
from revisits.selectors.unplanned import drafts_somewhere
from revisits.services.deciding import Decided, approve_plans
from workflow.counting import Kept, count_of, counts_of
from workflow.paging import counted_page, page_number

P = RevisitPlan.Status
TABS: tuple[tuple[str, dict[str, str]], ...] = (
    ("全部", {}),
    ("待我审批", {"mine": "on"}),
    ("待审批", {"status": P.IN_APPROVAL}),
    ("编制中", {"status": P.DRAFT}),
    ("退回", {"status": P.RETURNED}),
    ("执行中", {"status": P.APPROVED}),
    ("有缺口", {"gaps": "on"}),
    ("受影响", {"affected": "on"}),
    ("已关闭", {"status": P.CLOSED}),
)
REFUSED_SHOWN = 10


@require_GET
def plan_list(request: StaffRequest) -> HttpResponse:
    """A year's plans in reach, each with what it has and lacks."""
    VIEW.require_somewhere(request.user, fresh=False)
    user, today = request.user, timezone.localdate()
    given = request.GET.copy()
    if not given.get("year"):
        given["year"] = str(today.year)
    visible, kept = visible_plans(user), Kept(user)
    deciding = any(rule.held_by(user) for rule in APPROVE.values())
    tabs = [(label, _query(given, more)) for label, more in TABS if deciding or "mine" not in more]
    counts = kept.answer(
        f"plans:{given['year']}",
        lambda: counts_of(user, {query: _filter(request, QueryDict(query), visible).qs for _, query in tabs}),
    )
    units = units_offered(user, VIEW)
    filters = _filter(request, given, visible)
    found, narrowed = filters.qs, filters.narrowed()
    count, size = count_of(found).number, page_size(given)
    number = min(page_number(given.get("page")), max(1, -(-count // size)))
    rows = _told(rows_of(found, (number - 1) * size, size, user), units)
    context = {
        "page": counted_page(rows, number=number, count=count, per_page=size),
        "bulk": sum(row["may_approve"] for row in rows) if deciding else 0,
        "narrowed": narrowed,
        "wrong": [str(filters.filters[name].label) for name in filters.form.errors if name in filters.filters],
        "chosen": given,
        "year": given["year"],
        "years": kept.answer("plan years", lambda: years_of(today)),
        "levels": Level.choices,
        "statuses": P.choices,
        "units": units if len(units) > 1 else [],
        "sizes": PAGE_SIZES,
        "size": size,
        "tabs": [(label, query, counts[query], _same(given, query)) for label, query in tabs],
        "may_start": drafts_somewhere(user),
        "may_prepare": PREPARE_IN.held_by(user),
    }
    return render(request, "revisits/plans.html", context)


def _filter(request: StaffRequest, params: QueryDict, visible: Any) -> PlanFilter:
    return PlanFilter(params, visible, request=request)


def _query(given: QueryDict, more: dict[str, str]) -> str:
    return urlencode({"year": given["year"], **more})


def _same(given: QueryDict, query: str) -> bool:
    """Whether the page shows this tab: its query, whatever the order and the size of pages."""
    now = {name: value for name, value in given.items() if value and name not in ("page", "per", "sort")}
    return now == QueryDict(query).dict()


def _told(rows: list[dict[str, Any]], units: Sequence[Offered]) -> list[dict[str, Any]]:
    """With the due moment and the name of the unit above a department."""
    chips = chips_of(RevisitPlan, [row["pk"] for row in rows])
    names = {unit.path: unit.name for unit in units} if len(units) > 1 else {}
    length, levels = len(next(iter(names), "")), dict(Level.choices)
    for row in rows:
        row["chip"] = chips.get(row["pk"])
        row["level_label"] = levels[row["level"]]
        above = names.get(row["unit__path"][:length], "")
        row["above"] = above if above != row["unit__name"] else ""
    return rows


@require_POST
def plans_approve(request: StaffRequest) -> HttpResponse:
    """``plan`` is ``pk:revision`` of each ticked row. Those with something missing stay as they are and are named."""
    VIEW.require_somewhere(request.user)
    revisions = _ticked(request.POST.getlist("plan"))
    back = return_address(request)
    if not revisions:
        messages.error(request, "请先勾选要审批的计划。")
        return redirect(back if back != "/" else "revisits:plan_list")
    mine = VIEW.narrow(request.user, RevisitPlan.objects.filter(pk__in=revisions)).order_by("unit__path")
    answers = approve_plans(
        plan_ids=list(mine.values_list("pk", flat=True)),
        revisions=revisions,
        actor=request.user,
        now=timezone.now(),
    )
    refused = [each for each in answers if each.refused]
    if approved := len(answers) - len(refused):
        messages.success(request, f"已审批通过 {approved} 份计划。")
    if refused:
        messages.error(request, _refusals(refused))
    elif not approved:
        messages.error(request, "所选计划不在您的可见范围内。")
    return redirect(back if back != "/" else "revisits:plan_list")


def _ticked(values: Sequence[str]) -> dict[int, int]:
    """``12:3`` → plan 12 as it was at revision 3. What is no such pair was not sent by the page."""
    found = {}
    for value in values[: max(PAGE_SIZES)]:
        pk, _, revision = value.partition(":")
        if pk.isdecimal() and revision.isdecimal() and len(pk) < 18 and len(revision) < 10:
            found[int(pk)] = int(revision)
    return found


def _refusals(refused: Sequence[Decided]) -> str:
    shown = [f"{each.plan}:{each.refused}" for each in refused[:REFUSED_SHOWN]]
    if len(refused) > REFUSED_SHOWN:
        shown.append(f"另有 {len(refused) - REFUSED_SHOWN} 份。")
    return f"以下 {len(refused)} 份计划没有审批:\n" + "\n".join(shown)
