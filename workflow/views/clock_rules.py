"""时限配置 (Appendix G, A.2) and the work calendar."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from organization.views.common import StaffRequest
from workflow.errors import Conflict, Refused
from workflow.forms import CalendarDayForm, ClockRuleForm
from workflow.permissions import EDIT_CLOCK_RULES, VIEW_CLOCK_RULES
from workflow.selectors import clock_rules as selectors
from workflow.services.calendar import calendar_in_force, remove_calendar_day, set_calendar_day
from workflow.services.clock_rules import edit_clock_rule

OPEN_SHOWN = 20


@require_safe
def clock_rules(request: StaffRequest) -> HttpResponse:
    VIEW_CLOCK_RULES.require_somewhere(request.user)
    context = {"sheets": selectors.rules_by_sheet(), "may_edit": EDIT_CLOCK_RULES.held_by(request.user)}
    return render(request, "workflow/clock_rules.html", context)


@require_safe
def clock_rule(request: StaffRequest, code: str) -> HttpResponse:
    """One row with all its versions."""
    VIEW_CLOCK_RULES.require_somewhere(request.user)
    versions = selectors.version_history(code)
    if not versions:
        raise Http404("没有这项时限。")
    clocks = selectors.open_clocks_of(code)
    context = {
        "rule": versions[0].rule,
        "versions": versions,
        "clocks": clocks[:OPEN_SHOWN],
        "open_count": clocks.count(),
        "may_edit": EDIT_CLOCK_RULES.held_by(request.user),
    }
    return render(request, "workflow/clock_rule.html", context)


def clock_rule_edit(request: StaffRequest, code: str) -> HttpResponse:
    EDIT_CLOCK_RULES.require_somewhere(request.user)
    rule = selectors.rule_versions(code).first()
    if rule is None:
        raise Http404("没有这项时限。")
    form = ClockRuleForm(request.POST or None, rule=rule)
    if request.method == "POST" and form.is_valid():
        try:
            new = edit_clock_rule(code=code, actor=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as problem:
            for reason in problem.reasons:
                form.add_error(None, reason)
        except Conflict as problem:
            form.add_error(None, problem.message)
        else:
            messages.success(request, f"“{new.stage}”第 {new.version} 版已生效。已开始计时的事项仍按原时限。")
            return redirect("workflow:clock_rule", code)
    context = {"rule": rule, "form": form, "open_count": selectors.open_clocks_of(code).count()}
    return render(request, "workflow/clock_rule_edit.html", context)


def calendar(request: StaffRequest) -> HttpResponse:
    """A year's working days; who may edit the time limits may depart from the state's calendar here."""
    VIEW_CLOCK_RULES.require_somewhere(request.user)
    this_year = timezone.localdate().year
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and 2004 <= int(asked) <= 2100 else this_year
    form = CalendarDayForm(request.POST or None)
    if request.method == "POST":
        EDIT_CLOCK_RULES.require_somewhere(request.user)
        if form.is_valid():
            try:
                day = set_calendar_day(actor=request.user, now=timezone.now(), **form.cleaned_data)
            except Refused as problem:
                form.add_error(None, problem.message)
            else:
                messages.success(request, f"已登记:{day}。已开始计时的事项截止时间不变。")
                return _to_year(day.on.year)
    in_force = calendar_in_force()
    context = {
        "year": year,
        "months": selectors.year_view(year, in_force),
        "warnings": in_force.warnings(year),
        "overrides": selectors.overrides_of(year),
        "history": selectors.override_history(year),
        "form": form,
        "may_edit": EDIT_CLOCK_RULES.held_by(request.user),
    }
    return render(request, "workflow/calendar.html", context)


@require_POST
def calendar_remove(request: StaffRequest, pk: int) -> HttpResponse:
    remove_calendar_day(day_id=pk, actor=request.user, now=timezone.now())
    messages.success(request, "已取消该日的调整,按国家日历计算。")
    asked = request.POST.get("year", "")
    return _to_year(int(asked) if asked.isascii() and asked.isdigit() else timezone.localdate().year)


def _to_year(year: int) -> HttpResponse:
    response = redirect("workflow:calendar")
    response["Location"] += f"?year={year}"
    return response
