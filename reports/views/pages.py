"""Table 1 with what can be had of it today, and the log of what was taken out."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ledgers.permissions import VIEW, VIEW_CASE
from ledgers.views.common import optional_url
from organization.permissions import AUDIT
from revisits.permissions import VIEW as VIEW_PLANS

from ..documents.table_one import RECORDS
from ..selectors import current_edition, visible_downloads

PAGE_SIZE = 50


@require_safe
def report_index(request: HttpRequest) -> HttpResponse:
    """Clause 6.1: the six records with their codes in the edition in force."""
    edition = current_edition(timezone.localdate())
    links = _links(request)
    records = [(record, edition.form_code(record.suffix), links.get(record.suffix, [])) for record in RECORDS]
    return render(request, "reports/report_index.html", {"edition": edition, "records": records})


def _links(request: HttpRequest) -> dict[str, list[tuple[str, str]]]:
    """What this user may open or download, by code."""
    ledgers: list[tuple[str, str]] = []
    if VIEW.held_by(request.user):
        ledgers = [
            ("查看台账", reverse("ledgers:ledger_list")),
            ("导出汇总表", reverse("reports:ledger_list_xlsx")),
            ("下载导入模板", reverse("reports:ledger_template")),
        ]
    plans = optional_url("revisits:plan_list") if VIEW_PLANS.held_by(request.user) else ""
    cases: list[tuple[str, str]] = []
    if VIEW_CASE.held_by(request.user):
        cases = [
            ("查看保修记录", reverse("ledgers:case_list")),
            ("导出保修记录表", reverse("reports:case_list_xlsx")),
        ]
    return {"C028B4": cases, "C028B1": ledgers, "C028B2": [("查看回访计划", plans)] if plans else []}


@require_safe
def download_log(request: HttpRequest) -> HttpResponse:
    """Who took what out, when and what for: the auditor sees all of it, everyone else their own."""
    logs = visible_downloads(request.user)  # type: ignore[arg-type]
    page = Paginator(logs, PAGE_SIZE).get_page(request.GET.get("page"))
    trail = [("报告和记录", reverse("reports:report_index")), ("下载记录", "")]
    context = {"page": page, "all": AUDIT.held_by(request.user), "trail": trail}
    return render(request, "reports/download_log.html", context)
