"""A ledger's page, its history, its versions, and the phones of its people."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from ledgers.forms.ledger import RevealForm
from ledgers.hooks import sections_of
from ledgers.models import Ledger, LedgerContact
from ledgers.selectors.cases import cases_of_project
from ledgers.selectors.detail import (
    content_of,
    decisions,
    last_return,
    ledger_for,
    open_punch_items,
    open_steps,
    stages,
    story_of,
    version_rows,
)
from ledgers.selectors.duties import balls
from ledgers.services.reveal import reveal_phone
from ledgers.services.review import SUBMIT_STEPS
from organization.views.common import attempt
from workflow.evidence import attachable_of
from workflow.selectors.evidence import upload_key

from .common import StaffRequest, file_rows, may_attach, optional_url, submitted, trail
from .contact_table import contact_table

PURPOSES = ("工程回访", "处理保修问题", "核对台账信息", "联系业主或物业")


@require_GET
def ledger_detail(request: StaffRequest, pk: int) -> HttpResponse:
    ledger = ledger_for(request.user, pk)
    return render(request, "ledgers/ledger_detail.html", detail_context(request, ledger))


def detail_context(request: StaffRequest, ledger: Any) -> dict[str, Any]:
    """What a ledger's page shows. Queries: contacts, terms, clocks, holders, punch items, cases, evidence."""
    user, today = request.user, timezone.localdate()
    steps = open_steps(ledger, user)
    names = {step.name for step in steps}
    shown = ledger.shown
    changing = ledger.effective_id is not None and ledger.working_id != ledger.effective_id
    content = content_of(ledger.working if changing else shown) if shown else None
    return {
        "ledger": ledger,
        "project": ledger.project,
        "content": content,
        "contacts": contact_table(ledger.pk, content),
        "changing": changing,
        "returned": last_return(ledger),
        "stages": stages(ledger, today),
        "balls": balls(ledger, user, today),
        "steps": names,
        "decisions": decisions(steps),
        "may_edit": bool(names & {"draft", "edit"}),
        "may_submit": bool(names & SUBMIT_STEPS),
        "punch_items": open_punch_items(ledger.project_id),
        "cases": cases_of_project(user, ledger.project),
        "sections": sections_of(user, ledger.project),
        "files": file_rows(ledger),
        "attach_to": upload_key(ledger),
        "may_attach": may_attach(ledger, user),
        "kinds": attachable_of(Ledger).kinds,
        "xlsx_url": optional_url("reports:ledger_xlsx", ledger.pk),
        "pdf_url": optional_url("reports:ledger_pdf", ledger.pk),
        "trail": trail(("竣工台账", "ledgers:ledger_list"), (ledger.project.name, "")),
    }


@require_GET
def ledger_timeline(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything that happened to the ledger; fetched by its page after the facts, and a page of its own."""
    ledger = ledger_for(request.user, pk)
    context = {
        "ledger": ledger,
        "entries": story_of(ledger),
        "trail": trail(
            ("竣工台账", "ledgers:ledger_list"),
            (ledger.project.name, reverse("ledgers:ledger_detail", args=[pk])),
            ("办理记录", ""),
        ),
    }
    template = "ledgers/_timeline.html" if request.headers.get("HX-Request") else "ledgers/ledger_timeline.html"
    return render(request, template, context)


@require_GET
def ledger_versions(request: StaffRequest, pk: int) -> HttpResponse:
    """All versions, each with what it changed against the one that governed before."""
    ledger = ledger_for(request.user, pk)
    context = {
        "ledger": ledger,
        "versions": version_rows(ledger),
        "trail": trail(
            ("竣工台账", "ledgers:ledger_list"),
            (ledger.project.name, reverse("ledgers:ledger_detail", args=[pk])),
            ("版本与差异", ""),
        ),
    }
    return render(request, "ledgers/ledger_versions.html", context)


@require_http_methods(["GET", "POST"])
def contact_reveal(request: StaffRequest, pk: int, contact_pk: int) -> HttpResponse:
    """Ask what the number is needed for; log it; then show it, once."""
    ledger = ledger_for(request.user, pk)
    contact = get_object_or_404(LedgerContact.objects.filter(version__ledger=ledger), pk=contact_pk)
    form = RevealForm(submitted(request))
    revealed = None
    if request.method == "POST" and form.is_valid():
        revealed = attempt(
            form,
            lambda: reveal_phone(
                contact=contact, purpose=form.cleaned_data["purpose"], actor=request.user, now=timezone.now()
            ),
        )
    context = {
        "ledger": ledger,
        "contact": contact,
        "form": form,
        "revealed": revealed,
        "purposes": PURPOSES,
        "trail": trail(
            ("竣工台账", "ledgers:ledger_list"),
            (ledger.project.name, reverse("ledgers:ledger_detail", args=[pk])),
            ("查看电话", ""),
        ),
    }
    template = "ledgers/_contact_reveal.html" if request.headers.get("HX-Request") else "ledgers/contact_reveal.html"
    return render(request, template, context)
