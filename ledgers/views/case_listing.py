"""The list of warranty cases, with how timely and thorough the repairs were."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from ledgers.filters import Offered, units_offered
from ledgers.filters_cases import CaseFilter
from ledgers.models import WarrantyCase
from ledgers.models.case import GRADES
from ledgers.permissions import (
    DISPATCH_CASE,
    OPEN_CASE_OF,
    REPAIR_CASE,
    VERIFY_CASE,
    VIEW_CASE,
    VIEW_CASE_IN,
)
from ledgers.selectors.cases import CaseFigures, case_figures, visible_cases
from ledgers.selectors.duties import chips_of
from organization.rules import Rule
from workflow.paging import counted_page, page_number

from .case_columns import CASE_COLUMNS, Row
from .common import PAGE_SIZES, StaffRequest, keep_columns, optional_url, page_size

S = WarrantyCase.Status
# The filters behind 更多条件: it opens when one of them is in use.
MORE = ("department", "source", "urgency", "part", "covered", "grade", "reworked", "overdue", "per")
# status → who moves it on: the tab 待我办理.
_MINE: tuple[tuple[str, Rule], ...] = (
    (S.TO_DISPATCH, DISPATCH_CASE),
    (S.TO_ARRIVE, REPAIR_CASE),
    (S.HANDLING, REPAIR_CASE),
    (S.REWORK, REPAIR_CASE),
    (S.TO_VERIFY, VERIFY_CASE),
)


@require_GET
def case_list(request: StaffRequest) -> HttpResponse:
    VIEW_CASE.require_somewhere(request.user, fresh=False)
    filters = CaseFilter(request.GET, visible_cases(request.user))
    found = filters.qs
    units = units_offered(request.user, VIEW_CASE_IN)
    figures = case_figures(found, None, None)
    total = figures.reported + figures.voided
    number, size = page_number(request.GET.get("page")), page_size(request.GET)
    number = min(number, max(1, -(-total // size)))
    page = counted_page(_rows(found, units, number, size), number=number, count=total, per_page=size)
    columns = CASE_COLUMNS.chosen(request)
    export = request.GET.copy()
    for name in ("page", "per"):
        export.pop(name, None)
    context = {
        "page": page,
        "body": CASE_COLUMNS.body(page.object_list, columns),
        "columns": columns,
        "column_choice": CASE_COLUMNS.choice(columns),
        "figures": _tiles(figures),
        "narrowed": filters.narrowed(),
        "wrong": [str(filters.filters[name].label) for name in filters.form.errors if name in filters.filters],
        "chosen": request.GET,
        "statuses": S.choices,
        "chosen_statuses": request.GET.getlist("status"),
        "choices": _choices(request),
        "more": any(request.GET.get(name) for name in MORE),
        "units": units if len(units) > 1 else [],
        "sizes": PAGE_SIZES,
        "size": size,
        "tabs": _tabs(request),
        "query": export.urlencode(),
        "export_url": optional_url("reports:case_list_xlsx"),
        "may_open": OPEN_CASE_OF.held_by(request.user),
    }
    return render(request, "ledgers/case_list.html", context)


def _rows(found: QuerySet[WarrantyCase], units: list[Offered], number: int, size: int) -> list[Row]:
    cases = list(found[(number - 1) * size : number * size])
    chips = chips_of(WarrantyCase, [case.pk for case in cases])
    names = {unit.path: unit.name for unit in units} if len(units) > 1 else {}
    length = len(next(iter(names), ""))
    return [Row(case, chips.get(case.pk), names.get(case.project.department.path[:length], "")) for case in cases]


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure: ``part`` of ``whole``; a zero denominator shows no rate."""

    label: str
    part: int
    whole: int | None = None
    tone: str = ""

    @property
    def rate(self) -> str:
        return f"{self.part * 100 / self.whole:.1f}%" if self.whole else "—"


def _tiles(figures: CaseFigures) -> list[Tile]:
    return [
        Tile("报修", figures.reported),
        Tile("到场及时", figures.arrived_in_time, figures.arrived),
        Tile("处理及时", figures.repaired_in_time, figures.repaired),
        Tile("有返修", figures.reworked, tone="bad" if figures.reworked else ""),
        Tile("非保修", figures.rejected),
        Tile("客户满意", figures.satisfied, figures.confirmed),
    ]


def _choices(request: StaffRequest) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """The selects: name, label, and each value with whether it is chosen."""
    W = WarrantyCase
    offered: tuple[tuple[str, str, Any], ...] = (
        ("source", "来源", W.Source.choices),
        ("urgency", "紧急程度", W.Urgency.choices),
        ("part", "保修部位", W._meta.get_field("part").flatchoices),
        ("covered", "保修范围内", (("1", "是"), ("0", "否"))),
        ("grade", "满意度", GRADES),
    )
    return [
        (name, label, [(str(value), str(text), str(value) == request.GET.get(name)) for value, text in values])
        for name, label, values in offered
    ]


def _tabs(request: StaffRequest) -> list[dict[str, Any]]:
    """Saved filters: each is an ordinary query string, so that it can be bookmarked and exported."""
    mine = [status for status, rule in _MINE if rule.held_by(request.user)]
    tabs = [
        ("全部", ""),
        ("未办结", "open=on"),
        ("待派单", f"status={S.TO_DISPATCH}"),
        ("待到场", f"status={S.TO_ARRIVE}"),
        ("处理中", f"status={S.HANDLING}&status={S.REWORK}"),
        ("待验证", f"status={S.TO_VERIFY}"),
        ("已逾期", "overdue=on"),
    ]
    if mine:
        tabs.insert(2, ("待我办理", "&".join(f"status={status}" for status in mine)))
    now = sorted(
        (key, value)
        for key, given in request.GET.lists()
        for value in given
        if value and key not in ("page", "per", "sort")
    )
    return [{"label": label, "query": query, "current": now == sorted(parse_qsl(query))} for label, query in tabs]


@require_POST
def case_columns(request: StaffRequest) -> HttpResponse:
    """Keep which columns the person wants to see, for a year, in this browser."""
    return keep_columns(request, CASE_COLUMNS, "ledgers:case_list")
