"""The register as a list (R-3.3.2: one register, read by 回访与保修系统 and by 工程进度系统), and its saved filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from complaints.filters import RegisterFilter
from complaints.forms.saved_filters import SavedFilterForm
from complaints.models import Complaint
from complaints.permissions import IMPORT_INTO, REGISTER_GROUP_IN, REGISTER_UNIT_IN, VIEW
from complaints.selectors.register import rows_of, saved_filters, visible_complaints
from complaints.services.saved_filters import delete_filter, save_filter, tidy_query
from ledgers.filters import Offered, units_offered
from ledgers.selectors.duties import chips_of
from ledgers.views.common import (
    StaffRequest,
    keep_columns,
    optional_url,
    page_size,
    submitted,
    trail,
)
from organization.views.common import attempt
from workflow.counting import COUNTED, Count, Kept, count_of, counts_of
from workflow.paging import counted_page, page_number

from .filter_bar import filter_bar
from .list_columns import COLUMNS, Row

HOME = ("客户投诉台账", "complaints:complaint_list")
NO_FILTER = frozenset({"page", "per"})
K = Complaint.Kind


@dataclass(frozen=True)
class View:
    """A reading of the register: ``kind`` is the one kind of complaint that it holds, "" for all."""

    title: str
    url_name: str
    kind: str = ""


REGISTER = View("客户投诉台账", "complaints:complaint_list")
SCHEDULE = View("工程进度系统投诉(工期履约)", "complaints:schedule_register", K.SCHEDULE)
# Saved filters that everybody has: each is an ordinary query string, so that it can be bookmarked and exported.
TABS = (
    ("全部", ""),
    ("待我办理", "mine=on"),
    ("待判定", f"status={Complaint.Status.AWAITING_RULING}"),
    ("即将超期", "soon=on"),
    ("已逾期", "overdue=on"),
    ("二次投诉", f"second={Complaint.Second.CONFIRMED}"),
    ("集团备案", "filed=1"),
    ("我方责任", "verdict=severe&verdict=minor"),
    ("已结案", f"status={Complaint.Status.CLOSED}"),
)


@require_GET
def complaint_list(request: StaffRequest) -> HttpResponse:
    return _list(request, REGISTER)


@require_GET
def schedule_register(request: StaffRequest) -> HttpResponse:
    """R-3.3.2: the complaints about 工期履约, for those who steer the schedule."""
    return _list(request, SCHEDULE)


def _list(request: StaffRequest, view: View) -> HttpResponse:
    VIEW.require_somewhere(request.user, fresh=False)
    visible = visible_complaints(request.user)
    if view.kind:
        visible = visible.filter(kind=view.kind)
    kept = Kept(request.user)
    counts = kept.answer(f"tabs:{view.url_name}", lambda: counts_of(request.user, _tab_queries(request, visible)))
    units = units_offered(request.user, VIEW)
    filters = _filter(request, request.GET, visible)
    found, narrowed = filters.qs, filters.narrowed()
    wrong = tuple(str(filters.filters[name].label) for name in filters.form.errors if name in filters.filters)
    count = kept.answer(f"list:{view.url_name}:{_asked(request.GET)}", lambda: count_of(found))
    unsorted = count.more and bool(request.GET.get("sort", "").removeprefix("-") not in ("", "received"))
    if unsorted:
        found = found.order_by("-received_at", "-pk")  # the whole of them would have to be read to be sorted
    size = page_size(request.GET)
    number = min(page_number(request.GET.get("page")), max(1, -(-count.number // size)))
    values = rows_of(found, (number - 1) * size, size)
    if number == 1 and len(values) < size:
        count = Count(len(values), more=False)  # a limit has passed since it was counted
    page = counted_page(_rows(values, units), number=number, count=count.number, per_page=size, more=count.more)
    columns = COLUMNS.chosen(request)
    query = _query(request.GET, view)
    context = {
        "view": view,
        "page": page,
        "count": count,
        "counted": COUNTED,
        "deepest": count.more and not page.has_next(),
        "unsorted": unsorted,
        "body": COLUMNS.body(page.object_list, columns),
        "columns": columns,
        "column_choice": COLUMNS.choice(columns),
        "filter_bar": filter_bar(request, units, narrowed=narrowed, wrong=wrong, size=size, fixed_kind=bool(view.kind)),
        "narrowed": narrowed,
        "tabs": _tabs(request.GET, counts),
        "saved": _saved(request),
        "query": tidy_query(request.GET.urlencode()),
        "export_url": _with_query(optional_url("reports:complaint_register_xlsx"), query),
        **_actions(request),
    }
    return render(request, "complaints/complaint_list.html", context)


def _tab_queries(request: StaffRequest, visible: QuerySet[Complaint]) -> dict[str, QuerySet[Complaint]]:
    return {query: _filter(request, query, visible).qs for _, query in TABS}


def _filter(request: StaffRequest, query: Any, visible: QuerySet[Complaint]) -> RegisterFilter:
    return RegisterFilter(QueryDict(query) if isinstance(query, str) else query, visible, request=request)


def _rows(values: list[dict[str, Any]], units: Sequence[Offered]) -> list[Row]:
    chips = chips_of(Complaint, [row["pk"] for row in values])
    names = {unit.path: unit.name for unit in units} if len(units) > 1 else {}
    length = len(next(iter(names), ""))
    return [Row(row, chips.get(row["pk"]), names.get(row["department__path"][:length], "")) for row in values]


def _query(params: QueryDict, view: View) -> str:
    """What the export is asked with: the page's own query, and the kind that the view fixes."""
    kept = params.copy()
    for name in NO_FILTER:
        kept.pop(name, None)
    if view.kind:
        kept["kind"] = view.kind
    return kept.urlencode()


def _with_query(url: str, query: str) -> str:
    return f"{url}?{query}" if url and query else url


def _asked(params: QueryDict) -> list[tuple[str, str]]:
    """What narrows the list now, for comparing with a saved query."""
    return sorted((n, v) for n, given in params.lists() for v in given if v and n not in ("page", "per", "sort"))


def _tabs(params: QueryDict, counts: dict[str, Count]) -> list[dict[str, Any]]:
    now = _asked(params)
    return [
        {"label": label, "query": query, "count": counts[query], "current": now == sorted(parse_qsl(query))}
        for label, query in TABS
    ]


def _saved(request: StaffRequest) -> list[dict[str, Any]]:
    """The person's own filters, and which of them is in use."""
    now = _asked(request.GET)
    return [
        {"filter": each, "current": bool(now) and now == _asked(QueryDict(each.query))}
        for each in saved_filters(request.user)
    ]


def _actions(request: StaffRequest) -> dict[str, Any]:
    user = request.user
    registers = REGISTER_UNIT_IN.held_by(user) or REGISTER_GROUP_IN.held_by(user)
    return {
        "new_url": optional_url("complaints:complaint_new") if registers else "",
        "import_url": optional_url("complaints:import_new") if IMPORT_INTO.held_by(user) else "",
        "assigned_only": not VIEW.paths(user),
    }


@require_POST
def complaint_columns(request: StaffRequest) -> HttpResponse:
    """Keep which columns the person wants to see, for a year, in this browser."""
    return keep_columns(request, COLUMNS, HOME[1])


@require_http_methods(["GET", "POST"])
def filter_save(request: StaffRequest) -> HttpResponse:
    """Keep the register's query under a name; without one in ``?query=`` there is nothing to keep."""
    VIEW.require_somewhere(request.user)
    query = tidy_query(request.POST.get("query", request.GET.get("query", "")))
    form = SavedFilterForm(submitted(request), initial={"query": query})
    if request.method == "POST" and form.is_valid():
        name = form.cleaned_data["name"]
        kept = attempt(form, lambda: save_filter(name=name, query=query, actor=request.user))
        if kept is not None:
            messages.success(request, f"已保存常用筛选“{kept.name}”。")
            return redirect(f"{reverse(HOME[1])}?{kept.query}")
    context = {
        "form": form,
        "back_url": f"{reverse(HOME[1])}?{query}",
        "trail": trail(HOME, ("保存常用筛选", "")),
    }
    return render(request, "complaints/filter_save.html", context, status=422 if form.errors else 200)


@require_POST
def filter_delete(request: StaffRequest, pk: int) -> HttpResponse:
    if not delete_filter(pk=pk, actor=request.user):
        raise Http404("没有这个常用筛选,可能已经删除。")
    messages.success(request, "已删除常用筛选。")
    return redirect(HOME[1])
