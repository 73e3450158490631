"""我的待办."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from organization.views.common import StaffRequest
from workflow.horizon import Group
from workflow.paging import page_number
from workflow.selectors import worklist as selectors


@require_safe
def worklist(request: StaffRequest) -> HttpResponse:
    """Everybody's first page: the duties of the posts one holds, soonest first."""
    asked = request.GET.get("group", "")
    group = Group(asked) if asked in Group.__members__.values() else None
    found = selectors.worklist(
        request.user, now=timezone.now(), number=page_number(request.GET.get("page")), group=group
    )
    context = {
        "worklist": found,
        "tabs": [(each, found.counts[each]) for each in Group],
        "group": group,
        "stages": [] if found.total else selectors.expected_stages(found.posts),
    }
    return render(request, "workflow/worklist.html", context)


@require_safe
def waiting(request: StaffRequest) -> HttpResponse:
    """等待他人, fetched by the worklist when it has arrived, or read as a page of its own."""
    duties = selectors.waiting_for_others(request.user, now=timezone.now())
    part = "workflow/_waiting.html" if request.headers.get("HX-Request") else "workflow/waiting.html"
    return render(request, part, {"duties": duties, "shown": selectors.WAITING_SHOWN})
