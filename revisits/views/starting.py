"""Beginning a year's plan: who has something to visit and no plan yet (clauses 5.2.1, 5.2.2)."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ledgers.views.common import StaffRequest, submitted, trail
from organization.views.common import attempt, page_of
from revisits.forms.deciding import UnitYearForm
from revisits.permissions import DRAFT_UNIT, VIEW
from revisits.selectors.unplanned import drafting_units, drafts_somewhere, plans_begun, unplanned_units
from revisits.services.planning import start_plan


@require_http_methods(["GET", "POST"])
def plan_start(request: StaffRequest) -> HttpResponse:
    """The units without a plan of the year: everybody in reach may look, who drafts for one begins it here."""
    VIEW.require_somewhere(request.user)
    user, this_year = request.user, timezone.localdate().year
    if request.method == "POST" and not drafts_somewhere(user):
        raise PermissionDenied(f"您没有“{DRAFT_UNIT.label}”的权限,也不编制项目经理部的计划。")
    years = (this_year, this_year + 1)
    asked = request.POST.get("year") or request.GET.get("year")
    year = years[1] if asked == str(years[1]) else this_year
    units = drafting_units(user)
    begun = plans_begun(units, year)
    form = UnitYearForm(submitted(request), units=units, years=years, initial={"year": str(year)})
    if request.method == "POST" and form.is_valid():
        plan = attempt(form, lambda: start_plan(actor=user, now=timezone.now(), **form.cleaned_data))
        if plan is not None:
            messages.success(request, f"已开始编制“{plan}”。可以一键编制全年安排,也可以逐项添加。")
            return redirect("revisits:plan_detail", pk=plan.pk)
    context = {
        "form": form,
        "may_start": len(begun) < len(units),
        "begun": begun,
        "year": year,
        "years": years,
        "page": page_of(request, unplanned_units(user, year)),
        "trail": trail(("回访计划", "revisits:plan_list"), ("开始编制", "")),
    }
    return render(request, "revisits/start.html", context, status=422 if form.errors else 200)
