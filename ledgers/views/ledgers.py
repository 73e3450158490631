"""The ledger list, its choice of columns, and a ledger's page."""

from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledgers.filters import LedgerFilter, units_offered
from ledgers.forms.ledger import RevealForm
from ledgers.models import Ledger, LedgerContact
from ledgers.permissions import CONFIRM, IMPORT_INTO, REGISTER_IN, REVIEW, VIEW
from ledgers.selectors import LIST_FIELDS, tab_counts, visible_ledgers
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
from ledgers.selectors.duties import balls, clocks_of
from ledgers.selectors.ledgers import ENDING_DAYS, TabCounts
from ledgers.services.reveal import reveal_phone
from ledgers.services.review import SUBMIT_STEPS
from organization.middleware import return_address
from organization.views.common import attempt
from workflow.evidence import attachable_of
from workflow.paging import counted_page, page_number
from workflow.selectors.evidence import upload_key

from .common import PAGE_SIZES, StaffRequest, file_rows, may_attach, optional_url, page_size, submitted, trail
from .list_columns import COLUMNS, COOKIE, COOKIE_AGE, Row, chosen_columns, render_rows

PURPOSES = ("工程回访", "处理保修问题", "核对台账信息", "联系业主或物业")
CHOICES = (
    ("region", "区域"),
    ("key", "重点工程"),
    ("strategic", "战略合作伙伴"),
    ("hvac", "供暖通风空调"),
    ("overseas", "海外工程"),
)
# The filters behind 更多条件: it opens when one of them is in use.
MORE = ("department", "missing", "overdue", "per", *(name for name, _ in CHOICES))
S = Ledger.Status


@require_GET
def ledger_list(request: StaffRequest) -> HttpResponse:
    VIEW.require_somewhere(request.user, fresh=False)
    today = timezone.localdate()
    counts = tab_counts(request.user, today)
    units = list(units_offered(request))
    filters = LedgerFilter(request.GET, visible_ledgers(request.user), request=request)
    found = filters.qs
    number, size = page_number(request.GET.get("page")), page_size(request.GET)
    total = found.count() if filters.narrowed() else counts.total
    number = min(number, max(1, -(-total // size)))
    values = list(found.select_related(None).values(*LIST_FIELDS)[(number - 1) * size : number * size])
    page = counted_page(_rows(values, units), number=number, count=total, per_page=size)
    columns = chosen_columns(request.COOKIES.get(COOKIE))
    export = request.GET.copy()
    for name in ("page", "per"):
        export.pop(name, None)
    context = {
        "page": page,
        "body": render_rows(list(page.object_list), columns),
        "columns": columns,
        "all_columns": COLUMNS,
        "sizes": PAGE_SIZES,
        "size": size,
        "filters": filters,
        "form": filters.form,
        "narrowed": filters.narrowed(),
        "units": units if len(units) > 1 else [],
        "statuses": S.choices,
        "chosen": request.GET,
        "chosen_statuses": request.GET.getlist("status"),
        "choices": _choices(request),
        "wrong": [str(filters.filters[name].label) for name in filters.form.errors if name in filters.filters],
        "more": any(request.GET.get(name) for name in MORE),
        "tabs": _tabs(request, counts),
        "query": export.urlencode(),
        "export_url": optional_url("reports:ledger_list_xlsx"),
        "template_url": optional_url("reports:ledger_template"),
        "may_register": REGISTER_IN.held_by(request.user),
        "may_import": IMPORT_INTO.held_by(request.user),
    }
    return render(request, "ledgers/ledger_list.html", context)


def _choices(request: StaffRequest) -> list[tuple[str, str, tuple[str, str, bool], tuple[str, str, bool]]]:
    """The selects of two values: name, label, and each value with whether it is chosen."""
    found = []
    for name, label in CHOICES:
        given = request.GET.get(name, "")
        pair = (("north", "北方"), ("south", "南方")) if name == "region" else (("1", "是"), ("0", "否"))
        found.append((name, label, *((value, text, value == given) for value, text in pair)))
    return found  # type: ignore[return-value]


def _rows(values: list[dict[str, Any]], units: list[Any]) -> list[Row]:
    clocks = clocks_of(Ledger, [row["pk"] for row in values])
    names = {unit.path: unit.name for unit in units} if len(units) > 1 else {}
    return [
        Row(
            row,
            clocks.get(row["pk"]),
            next((n for p, n in names.items() if row["project__department__path"].startswith(p)), ""),
        )
        for row in values
    ]


def _tabs(request: StaffRequest, counts: TabCounts) -> list[dict[str, Any]]:
    """Saved filters: each is an ordinary query string, so that it can be bookmarked and exported."""
    waiting = [
        *((S.IN_REVIEW, S.CHANGE_REVIEW) if REVIEW.held_by(request.user) else ()),
        *((S.IN_CONFIRM, S.CHANGE_CONFIRM) if CONFIRM.held_by(request.user) else ()),
    ]
    returned = (S.RETURNED, S.CHANGE_RETURNED)
    tabs = [
        ("全部", "", counts.total),
        ("待建账", "status=pending", counts.of(S.PENDING)),
        ("编制中", "status=drafting&status=changing", counts.of(S.DRAFTING, S.CHANGING)),
        ("退回补充", "&".join(f"status={s}" for s in returned), counts.of(*returned)),
        ("缺项", "missing=on", counts.missing),
        (f"{ENDING_DAYS} 天内到期", f"ending={ENDING_DAYS}", counts.ending),
    ]
    if waiting:
        tabs.insert(2, ("待我审核", "&".join(f"status={s}" for s in waiting), counts.of(*waiting)))
    now = sorted(
        (key, value)
        for key, given in request.GET.lists()
        for value in given
        if value and key not in ("page", "per", "sort")
    )
    return [
        {"label": label, "query": query, "count": count, "current": now == sorted(parse_qsl(query))}
        for label, query, count in tabs
    ]


@require_POST
def ledger_columns(request: StaffRequest) -> HttpResponse:
    """Keep which columns the person wants to see, for a year, in this browser."""
    keys = [column.key for column in COLUMNS if column.key in request.POST.getlist("columns")]
    back = return_address(request)
    response = HttpResponseRedirect(back if back != "/" else reverse("ledgers:ledger_list"))
    response.set_cookie(COOKIE, ".".join(keys), max_age=COOKIE_AGE, httponly=True, samesite="Lax")
    return response


@require_GET
def ledger_detail(request: StaffRequest, pk: int) -> HttpResponse:
    ledger = ledger_for(request.user, pk)
    return render(request, "ledgers/ledger_detail.html", detail_context(request, ledger))


def detail_context(request: StaffRequest, ledger: Any) -> dict[str, Any]:
    """What a ledger's page shows. Queries: contacts, terms, clocks, holders, punch items, evidence."""
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
        "changing": changing,
        "returned": last_return(ledger),
        "stages": stages(ledger, today),
        "balls": balls(ledger, user, today),
        "steps": names,
        "decisions": decisions(steps),
        "may_edit": bool(names & {"draft", "edit"}),
        "may_submit": bool(names & SUBMIT_STEPS),
        "punch_items": list(open_punch_items(ledger.project_id)[:20]),
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
