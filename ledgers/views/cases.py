"""保修记录 (Appendix F): a case's page, its history, the reporter's number."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from ledgers.forms.ledger import RevealForm
from ledgers.models import WarrantyCase
from ledgers.selectors.case_detail import actions_for, case_stages, case_story
from ledgers.selectors.cases import case_for
from ledgers.selectors.duties import balls
from ledgers.services.cases import reveal_reporter
from ledgers.sources import origin_of
from organization.views.common import attempt
from workflow.evidence import attachable_of
from workflow.models import Transition
from workflow.selectors.evidence import upload_key
from workflow.selectors.timeline import history_of

from .common import StaffRequest, file_rows, may_attach, optional_url, submitted, trail

HOME = ("保修记录", "ledgers:case_list")
PURPOSES = ("联系报修人", "约定上门时间", "核对维修情况")


def case_url(pk: int) -> str:
    return reverse("ledgers:case_detail", args=[pk])


def case_trail(case: WarrantyCase, last: str = "") -> list[tuple[str, str]]:
    """The way to a case's page, or to a page below it."""
    if not last:
        return trail(HOME, (case.number, ""))
    return trail(HOME, (case.number, case_url(case.pk)), (last, ""))


@require_GET
def case_detail(request: StaffRequest, pk: int) -> HttpResponse:
    case = case_for(request.user, pk)
    return render(request, "ledgers/case_detail.html", _context(request, case))


def _context(request: StaffRequest, case: WarrantyCase) -> dict[str, Any]:
    """What a case's page shows. Queries: moves, clocks, holders, origin, files."""
    moves = history_of(case)
    main, more = actions_for(case, request.user, moves)
    return {
        "case": case,
        "project": case.project,
        "stages": case_stages(case),
        "balls": balls(case, request.user, timezone.localdate()),
        "main": main,
        "more": more,
        "ended": _last(moves, "reject", "void") if case.ended else None,
        "returned": _last(moves, "rework") if case.status == WarrantyCase.Status.REWORK else None,
        "origin": origin_of(case, request.user),
        "files": file_rows(case),
        "attach_to": upload_key(case),
        "may_attach": may_attach(case, request.user),
        "kinds": attachable_of(WarrantyCase).kinds,
        "pdf_url": optional_url("reports:case_pdf", case.pk),
        "trail": case_trail(case),
    }


@require_GET
def case_timeline(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything that happened to the case; fetched by its page after the facts, and a page of its own."""
    case = case_for(request.user, pk)
    context = {"case": case, "entries": case_story(case), "trail": case_trail(case, "办理记录")}
    template = "ledgers/_timeline.html" if request.headers.get("HX-Request") else "ledgers/case_timeline.html"
    return render(request, template, context)


def _last(moves: list[Transition], *steps: str) -> Transition | None:
    return next((each for each in reversed(moves) if each.step in steps), None)


@require_http_methods(["GET", "POST"])
def case_phone(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask what the number is needed for; log it; then show it, once."""
    case = case_for(request.user, pk)
    form = RevealForm(submitted(request))
    revealed = None
    if request.method == "POST" and form.is_valid():
        purpose = form.cleaned_data["purpose"]
        revealed = attempt(
            form, lambda: reveal_reporter(case=case, purpose=purpose, actor=request.user, now=timezone.now())
        )
    context = {
        "case": case,
        "form": form,
        "revealed": revealed,
        "purposes": PURPOSES,
        "trail": case_trail(case, "查看电话"),
    }
    template = "ledgers/_case_phone.html" if request.headers.get("HX-Request") else "ledgers/case_phone.html"
    return render(request, template, context)
