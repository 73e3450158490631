"""What the pages of plans share: the way back, and an act that is refused without losing the page."""

from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from ledgers.views.common import StaffRequest, optional_url, trail
from organization.middleware import return_address
from revisits.models import RevisitPlan

Trail = list[tuple[str, str]]


def plan_trail(plan: RevisitPlan, *steps: tuple[str, str]) -> Trail:
    """回访 › the plan › …; the page itself last, with the address ""."""
    home = ("回访计划", optional_url("revisits:plan_list"))
    name = f"{plan.unit} {plan.year} 年度"
    return trail(home, (name, page_of("plan_detail", plan) if steps else ""), *steps)


def page_of(name: str, plan: RevisitPlan, *args: object) -> str:
    return reverse(f"revisits:{name}", args=[plan.pk, *args])


def revision_of(request: StaffRequest) -> int:
    """The revision of the page that posted; one that does not say counts as older than anything."""
    given = request.POST.get("revision", "")
    return int(given) if given.isdecimal() and len(given) < 10 else -1


def back_to_board(request: StaffRequest, plan: RevisitPlan) -> HttpResponse:
    """To the page of the plan, or below it, that posted; filtered as it was."""
    home, back = page_of("plan_detail", plan), return_address(request)
    return HttpResponseRedirect(back if back.startswith(home) else home)


def waiver_url(plan: RevisitPlan, project: int, rule: str) -> str:
    """Where the waiver of a gap is asked for."""
    return f"{page_of('waiver_ask', plan)}?{urlencode({'project': project, 'rule': rule})}"
