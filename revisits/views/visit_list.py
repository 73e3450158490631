"""The visits as a list: what is to be made, the longest past first; on a phone cards to call from and to record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from ledgers.filters import units_offered
from ledgers.permissions import VIEW as VIEW_LEDGER
from ledgers.selectors.duties import chips_of
from ledgers.views.common import StaffRequest, keep_columns, optional_url, page_size
from revisits.filters_visits import CLOSING, OPEN, PROBLEM, RETRY, VisitFilter, period
from revisits.models import Visit
from revisits.models.visit import OPEN_STATES
from revisits.permissions import VIEW, VISIT
from revisits.selectors.visits import awaiting_closure, contacts_of, rows_of, visible_visits
from workflow.counting import COUNTED, Count, Kept, count_of, counts_of
from workflow.paging import counted_page, page_number

from .visit_columns import COLUMNS, Column, Row
from .visit_filters import filter_bar

HOME = "revisits:visit_list"
# Saved filters that everybody has: each is an ordinary query string, so that it can be bookmarked.
TABS = (
    ("待回访", ""),
    ("今天", "when=today"),
    ("本周", "when=week"),
    ("本月", "when=month"),
    ("逾期", "overdue=on"),
    ("改现场", f"state={RETRY}"),
    ("已回访", "state=done"),
    ("有问题", f"state={PROBLEM}"),
    ("待保修闭合", f"state={CLOSING}"),
    ("重点/战略", "flag=on"),
)


@require_GET
def visit_list(request: StaffRequest) -> HttpResponse:
    VIEW.require_somewhere(request.user, fresh=False)
    visible, today = visible_visits(request.user), timezone.localdate()
    kept = Kept(request.user)
    counts = kept.answer(
        f"visits:tabs:{today}",
        lambda: counts_of(request.user, {query: _filter(request, query, visible).qs for _, query in TABS}),
    )
    units = units_offered(request.user, VIEW)
    filters = _filter(request, request.GET, visible)
    found, narrowed = filters.qs, filters.narrowed()
    wrong = tuple(str(filters.filters[name].label) for name in filters.form.errors if name in filters.filters)
    count = kept.answer(f"visits:list:{today}:{_asked(request.GET)}", lambda: count_of(found))
    unsorted = count.more and bool(request.GET.get("sort", "").removeprefix("-") not in ("", "due", "visited"))
    if unsorted:
        found = found.order_by("scheduled_on", "pk")  # the whole of them would have to be read to be sorted
    size = page_size(request.GET)
    number = min(page_number(request.GET.get("page")), max(1, -(-count.number // size)))
    values = rows_of(found, (number - 1) * size, size)
    if number == 1 and len(values) < size:
        count = Count(len(values), more=False)  # a limit has passed since it was counted
    rows = _rows(request, values)
    page = counted_page(rows, number=number, count=count.number, per_page=size, more=count.more)
    columns = COLUMNS.chosen(request)
    by_day = filters.state_asked in (OPEN, RETRY) and request.GET.get("sort", "") in ("", "due")
    context = {
        "page": page,
        "count": count,
        "counted": COUNTED,
        "deepest": count.more and not page.has_next(),
        "unsorted": unsorted,
        "sections": sections(rows, columns, today if by_day else None),
        "columns": columns,
        "column_choice": COLUMNS.choice(columns),
        "default_sort": "-visited" if filters.made else "due",
        "filter_bar": filter_bar(request, units, narrowed=narrowed, wrong=wrong, size=size),
        "narrowed": narrowed,
        "wider": _wider(request.GET) if request.GET.get("q") and "state" not in request.GET else "",
        "tabs": _tabs(request.GET, counts),
        "plans_url": optional_url("revisits:plan_list"),
    }
    return render(request, "revisits/visit_list.html", context)


def _filter(request: StaffRequest, query: Any, visible: QuerySet[Visit]) -> VisitFilter:
    return VisitFilter(QueryDict(query) if isinstance(query, str) else query, visible, request=request)


def _rows(request: StaffRequest, values: list[dict[str, Any]]) -> list[Row]:
    """With four queries for what stands beside them: clocks, contacts, warranty cases."""
    user = request.user
    chips = chips_of(Visit, [row["pk"] for row in values if row["status"] in OPEN_STATES])
    ledgers = VIEW_LEDGER.paths(user)
    contacts = contacts_of([row["project_id"] for row in values if _within(row["project__department__path"], ledgers)])
    closing = awaiting_closure([row["pk"] for row in values if row["status"] == Visit.Status.PROBLEM])
    record = {level: rule.paths(user) for level, rule in VISIT.items()}
    csrf = get_token(request)
    return [
        Row(
            row,
            chips.get(row["pk"]),
            contacts.get(row["project_id"], ()),
            row["pk"] in closing,
            _within(row["unit__path"], record[row["level"]]),
            csrf,
        )
        for row in values
    ]


def _within(path: str, paths: Iterable[str]) -> bool:
    return any(path.startswith(each) for each in paths)


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of a part of the page, under a heading; a list in another order has one part without."""

    label: str
    late: bool
    body: SafeString


def sections(rows: Sequence[Row], columns: Sequence[Column], today: date | None) -> list[Section]:
    """``today`` None: the rows are not in the order of their days."""
    if today is None:
        return [Section("", False, COLUMNS.body(rows, columns))] if rows else []
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(_part(row.values["scheduled_on"], today), []).append(row)
    return [Section(label, label == PAST, COLUMNS.body(part, columns)) for label, part in parts.items()]


PAST = "日期已过"


def _part(day: date, today: date) -> str:
    if day < today:
        return PAST
    if day == today:
        return "今天"
    if day <= period("week", today)[1]:
        return "本周"
    return "本月" if day <= period("month", today)[1] else f"{day.year} 年 {day.month} 月"


def _asked(params: QueryDict) -> list[tuple[str, str]]:
    """What narrows the list now, for comparing with a tab's query."""
    return sorted((n, v) for n, given in params.lists() for v in given if v and n not in ("page", "per", "sort"))


def _tabs(params: QueryDict, counts: dict[str, Count]) -> list[dict[str, Any]]:
    now = _asked(params)
    return [
        {"label": label, "query": query, "count": counts[query], "current": now == sorted(parse_qsl(query))}
        for label, query in TABS
    ]


def _wider(params: QueryDict) -> str:
    """The same search over every state: what is looked for may have been made already."""
    asked = params.copy()
    asked.pop("page", None)
    asked["state"] = "all"
    return asked.urlencode()


@require_POST
def visit_columns(request: StaffRequest) -> HttpResponse:
    """Keep which columns the person wants to see, for a year, in this browser."""
    return keep_columns(request, COLUMNS, HOME)
