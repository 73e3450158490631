"""The work calendar. A changed day is previewed before it is confirmed when it would move an open clock."""

from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from organization.views.common import StaffRequest
from workflow.errors import Conflict
from workflow.forms import CalendarDayForm, CalendarScopeForm
from workflow.permissions import EDIT_CLOCK_RULES, VIEW_CLOCK_RULES
from workflow.selectors import clock_rules as selectors
from workflow.selectors.shifts import ShiftPreview, shift_preview, shifts_made
from workflow.services import calendar as services
from workflow.services.shifts import plan_calendar_shift
from workflow.views.clock_rules import BACK, CONFIRM


def calendar(request: StaffRequest) -> HttpResponse:
    """A year's working days; who may edit the time limits may depart from the state's calendar here."""
    VIEW_CLOCK_RULES.require_somewhere(request.user)
    form = CalendarDayForm(request.POST or None)
    if request.method == "POST":
        EDIT_CLOCK_RULES.require_somewhere(request.user)
        if request.POST.get("step") != BACK and form.is_valid():
            try:
                return _set_day(request, form)
            except Conflict as problem:
                form.add_error(None, problem.message)
    year = _year(request.GET.get("year", ""))
    in_force = services.calendar_in_force()
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


def _set_day(request: StaffRequest, form: CalendarDayForm) -> HttpResponse:
    scope = _scope(request)
    if not scope.is_valid():
        day = services.check_calendar_day(actor=request.user, **form.cleaned_data)
        preview = _preview(day.on, day.is_workday)
        if preview is not None:
            context = {"day": day, "form": form, "scope": scope, "preview": preview, "year": day.on.year}
            return render(request, "workflow/calendar_preview.html", context)
    now = timezone.now()
    day = services.set_calendar_day(actor=request.user, now=now, **_decision(scope), **form.cleaned_data)
    messages.success(request, f"已登记:{day}。{_moved(request, now)}")
    return _to_year(day.on.year)


@require_POST
def calendar_remove(request: StaffRequest, pk: int) -> HttpResponse:
    EDIT_CLOCK_RULES.require_somewhere(request.user)
    day = services.calendar_day(pk)
    scope = _scope(request)
    if not scope.is_valid() and (preview := _preview(day.on, None)) is not None:
        context = {"day": day, "scope": scope, "preview": preview, "year": day.on.year, "removing": True}
        return render(request, "workflow/calendar_preview.html", context)
    now = timezone.now()
    services.remove_calendar_day(day_id=pk, actor=request.user, now=now, **_decision(scope))
    messages.success(request, f"已取消该日的调整,按国家日历计算。{_moved(request, now)}")
    return _to_year(day.on.year)


def _preview(on: date, is_workday: bool | None) -> ShiftPreview | None:
    """None when no open clock would move: then there is nothing to decide."""
    now = timezone.now()
    shift = plan_calendar_shift(services.calendar_in_force(), services.calendar_with(on, is_workday), now=now)
    return shift_preview(shift, now=now) if shift.moving else None


def _scope(request: StaffRequest) -> CalendarScopeForm:
    return CalendarScopeForm(
        request.POST if request.POST.get("step") == CONFIRM else None, initial={"seen": services.calendar_version()}
    )


def _decision(scope: CalendarScopeForm) -> dict[str, Any]:
    return {"move_open": scope.move_open, "seen": scope.cleaned_data["seen"]} if scope.is_valid() else {}


def _moved(request: StaffRequest, now: datetime) -> str:
    moved = shifts_made(by=request.user, at=now)
    return f"已调整 {moved} 项在办事项的截止时间。" if moved else "已开始计时的事项截止时间不变。"


def _year(asked: str) -> int:
    return (
        int(asked) if asked.isascii() and asked.isdigit() and 2004 <= int(asked) <= 2100 else timezone.localdate().year
    )


def _to_year(year: int) -> HttpResponse:
    response = redirect("workflow:calendar")
    response["Location"] += f"?year={year}"
    return response
