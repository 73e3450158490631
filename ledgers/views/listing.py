"""The ledger list and its choice of columns. The busiest page: what does not depend on the rows is built once."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from django.db.models import Count, QuerySet, Window
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from ledgers.filters import LedgerFilter, Offered, units_offered
from ledgers.models import Ledger
from ledgers.permissions import CONFIRM, IMPORT_INTO, REGISTER_IN, REVIEW, VIEW
from ledgers.selectors import LIST_FIELDS, visible_ledgers
from ledgers.selectors.counts import kept_tab_counts
from ledgers.selectors.duties import chips_of
from ledgers.selectors.ledgers import ENDING_DAYS, TabCounts
from workflow.paging import counted_page, page_number

from .common import PAGE_SIZES, StaffRequest, keep_columns, kept_markup, optional_url, page_size
from .list_columns import COLUMNS, Row

CHOICES = (
    ("region", "区域"),
    ("key", "重点工程"),
    ("strategic", "战略合作伙伴"),
    ("hvac", "供暖通风空调"),
    ("overseas", "海外工程"),
)
# The filters behind 更多条件: it opens when one of them is in use.
MORE = ("department", "missing", "overdue", *(name for name, _ in CHOICES))
S = Ledger.Status
NO_FILTER = frozenset({"page", "per"})


@require_GET
def ledger_list(request: StaffRequest) -> HttpResponse:
    VIEW.require_somewhere(request.user, fresh=False)
    counts = kept_tab_counts(request.user, timezone.localdate())
    units = units_offered(request.user)
    found, narrowed, wrong = _found(request)
    number, size = page_number(request.GET.get("page")), page_size(request.GET)
    values, total = page_of_rows(found, number, size, None if narrowed else counts.total)
    number = min(number, max(1, -(-total // size)))
    page = counted_page(_rows(values, units), number=number, count=total, per_page=size)
    columns = COLUMNS.chosen(request)
    export = request.GET.copy()
    for name in NO_FILTER:
        export.pop(name, None)
    context = {
        "page": page,
        "body": COLUMNS.body(page.object_list, columns),
        "columns": columns,
        "filter_bar": _filter_bar(request, units, narrowed, wrong, size),
        "column_choice": COLUMNS.choice(columns),
        "narrowed": narrowed,
        "tabs": _tabs(request, counts),
        "query": export.urlencode(),
        "export_url": optional_url("reports:ledger_list_xlsx"),
        "template_url": optional_url("reports:ledger_template"),
        "may_register": REGISTER_IN.held_by(request.user),
        "may_import": IMPORT_INTO.held_by(request.user),
    }
    return render(request, "ledgers/ledger_list.html", context)


def _found(request: StaffRequest) -> tuple[QuerySet[Ledger], bool, tuple[str, ...]]:
    """The filtered ledgers, whether anything narrows them, and the labels of filters that could not be taken."""
    visible = visible_ledgers(request.user).select_related(None)
    if NO_FILTER.issuperset(request.GET):
        return visible.order_by(LedgerFilter.DEFAULT_SORT), False, ()
    filters = LedgerFilter(request.GET, visible)
    found = filters.qs
    wrong = tuple(str(filters.filters[name].label) for name in filters.form.errors if name in filters.filters)
    return found, filters.narrowed(), wrong


def page_of_rows(
    found: QuerySet[Ledger], number: int, size: int, total: int | None
) -> tuple[list[dict[str, Any]], int]:
    """The rows of a page and how many there are in all; a page beyond the last gives the last."""
    start = (number - 1) * size
    if total is not None:
        start = min(start, max(0, (total - 1) // size) * size)
        return list(found.values(*LIST_FIELDS)[start : start + size]), total
    # One pass over the matching rows gives both.
    rows = list(found.annotate(total=Window(Count("pk"))).values(*LIST_FIELDS, "total")[start : start + size])
    if rows or start == 0:
        return rows, rows[0]["total"] if rows else 0
    return page_of_rows(found, number, size, found.count())


def _rows(values: list[dict[str, Any]], units: Sequence[Offered]) -> list[Row]:
    chips = chips_of(Ledger, [row["pk"] for row in values])
    names = {unit.path: unit.name for unit in units} if len(units) > 1 else {}
    length = len(next(iter(names), ""))
    return [Row(row, chips.get(row["pk"]), names.get(row["project__department__path"][:length], "")) for row in values]


def _filter_bar(
    request: StaffRequest, units: Sequence[Offered], narrowed: bool, wrong: tuple[str, ...], size: int
) -> SafeString:
    """The form of the filters: the same for the same query and the same units."""
    offered = tuple((unit.code, unit.name) for unit in units) if len(units) > 1 else ()
    query = request.GET.copy()
    query.pop("page", None)

    def make() -> str:
        context = {
            "units": offered,
            "statuses": S.choices,
            "chosen": request.GET,
            "chosen_statuses": request.GET.getlist("status"),
            "choices": _choices(request),
            "sizes": PAGE_SIZES,
            "size": size,
            "narrowed": narrowed,
            "wrong": wrong,
            "more": any(request.GET.get(name) for name in MORE),
            "path": request.path,
        }
        return render_to_string("ledgers/_ledger_filters.html", context)

    return kept_markup(("filters", request.path, query.urlencode(), offered, wrong), make)


def _choices(request: StaffRequest) -> list[tuple[str, str, tuple[str, str, bool], tuple[str, str, bool]]]:
    """The selects of two values: name, label, and each value with whether it is chosen."""
    found = []
    for name, label in CHOICES:
        given = request.GET.get(name, "")
        pair = (("north", "北方"), ("south", "南方")) if name == "region" else (("1", "是"), ("0", "否"))
        found.append((name, label, *((value, text, value == given) for value, text in pair)))
    return found  # type: ignore[return-value]


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
    return keep_columns(request, COLUMNS, "ledgers:ledger_list")
