"""A mark dropped on another month of the board: the date that follows from it (5.2.1; typing a date is ``lines``)."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ledgers.views.common import StaffRequest
from revisits.selectors.page import plan_for
from revisits.services.planning import change_line
from workflow.services.calendar import calendar_in_force

from .common import back_to_board, revision_of
from .lines import line_of, may_edit


@require_POST
def line_move(request: StaffRequest, pk: int, visit: int) -> HttpResponse:
    """Dropped on another month of the board: the same day there, or the nearest working day that is free."""
    plan = plan_for(request.user, pk)
    line = line_of(plan, visit)
    now = timezone.now()
    may_edit(plan, request.user, now)
    month = request.POST.get("month", "")
    if not (month.isdecimal() and 1 <= int(month) <= 12):
        return _words("请选择 1 至 12 月。")
    same = plan.visits.of_version(plan.version).filter(project=line.project_id, method=line.method)
    taken = set(same.exclude(pk=line.pk).values_list("planned_on", flat=True))
    day = nearest_day(date(plan.year, int(month), 1), line.planned_on.day, calendar_in_force().is_workday, taken)
    try:
        change_line(
            plan_id=pk, visit_id=visit, on=day, method=line.method, visitor=line.visitor_id, actor=request.user,
            now=now, revision=revision_of(request),
        )  # fmt: skip
    except ValidationError as refused:
        return _words(" ".join(refused.messages))
    if not request.headers.get("HX-Request"):  # the board shows it; a note would be lost with the rest of the page
        messages.success(request, f"已移至 {day}。")
    return back_to_board(request, plan)


def nearest_day(first: date, number: int, is_workday: Callable[[date], bool], taken: set[date]) -> date:
    """The day of the month of ``first`` nearest to the ``number``-th that is worked and not taken; without one, the
    nearest that is not taken."""
    last = monthrange(first.year, first.month)[1]
    wanted = min(number, last)
    days = [first.replace(day=each) for each in range(1, last + 1)]
    free = [day for day in days if day not in taken] or days
    return min((day for day in free if is_workday(day)), key=lambda day: abs(day.day - wanted), default=free[0])


def _words(text: str) -> HttpResponse:
    """Shown as a note; the board stays as it was."""
    return HttpResponse(text, status=400, content_type="text/plain; charset=utf-8")
