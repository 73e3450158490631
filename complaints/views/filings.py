"""投诉备案: the list, its page, and its steps (clauses 5.4.3, 5.6.2, 5.6.3; B.2 steps 9, 10, 12)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from complaints.filters_filings import FilingFilter
from complaints.flows.filing import FILING_FLOW
from complaints.forms.filings import CloseFilingForm, FileForm, FollowUpForm
from complaints.models import Filing, FollowUp
from complaints.permissions import VIEW
from complaints.selectors.filings import (
    counts_by_status,
    filing_for,
    follow_ups,
    known_of,
    orders,
    owed_supervision,
    page_ids,
    rows_of,
    soonest,
    supervisions,
    visible_filings,
)
from complaints.selectors.parts import Duties
from complaints.selectors.plans import claimed
from complaints.services.filing import close_filing, file_complaint, receive_reports, track_complaint
from ledgers.filters import units_offered
from ledgers.views.common import PAGE_SIZES, StaffRequest, optional_url, page_size, submitted, trail
from workflow.counting import Kept
from workflow.paging import counted_page, page_number
from workflow.selectors.timeline import history_of, timeline

from .parts import page_of, step_page, trail_of

F = Filing.Status
TABS = (
    ("全部", (), ""),
    ("待备案", (F.AWAITING,), f"status={F.AWAITING}"),
    ("已备案", (F.FILED,), f"status={F.FILED}"),
    ("跟踪中", (F.TRACKING,), f"status={F.TRACKING}"),
    ("待结案", (F.AWAITING_CLOSE,), f"status={F.AWAITING_CLOSE}"),
    ("已结案", (F.CLOSED,), f"status={F.CLOSED}"),
)
UNTOLD = {"number", "filed_at", "note", "conclusion", "closed_at", "opened_at"}


@require_GET
def filing_list(request: StaffRequest) -> HttpResponse:
    """What the group follows: what waits to be filed, when it was last tracked, how far it is, what is late."""
    VIEW.require_somewhere(request.user, fresh=False)
    filters = FilingFilter(request.GET, visible_filings(request.user))
    found, size = filters.qs, page_size(request.GET)
    kept, units = Kept(request.user), units_offered(request.user)
    counts = kept.answer("filings", lambda: counts_by_status(request.user))
    total = found.count() if filters.narrowed() else sum(counts.values())  # the tabs have counted them all
    number = min(page_number(request.GET.get("page")), max(1, -(-total // size)))
    rows = rows_of(found, page_ids(found, (number - 1) * size, size))
    chips, labels = soonest([row["pk"] for row in rows]), dict(F.choices)
    for row in rows:
        row["chip"] = chips.get(row["pk"])
        row["status_label"], row["tone"] = labels[row["status"]], Filing(status=row["status"]).status_tone
    chosen = request.GET.urlencode()
    context = {
        "page": counted_page(rows, number=number, count=total, per_page=size),
        "sizes": PAGE_SIZES,
        "size": size,
        "narrowed": filters.narrowed(),
        "wrong": [str(filters.filters[name].label) for name in filters.form.errors if name in filters.filters],
        "chosen": request.GET,
        "statuses": F.choices,
        "units": units if len(units) > 1 else [],
        "tabs": [
            (label, query, sum(counts.get(each, 0) for each in states or F.values), query == chosen)
            for label, states, query in TABS
        ],
        "trail": trail(("投诉", optional_url("complaints:complaint_list")), ("备案与跟踪", "")),
    }
    return render(request, "complaints/filing_list.html", context)


@require_GET
def filing_detail(request: StaffRequest, pk: int) -> HttpResponse:
    filing = filing_for(request.user, pk)
    complaint, history = filing.complaint, history_of(filing)
    made, entries = supervisions(complaint), follow_ups(filing)
    steps = {step.name for step in FILING_FLOW.available(filing, request.user, history)}
    context = {
        "filing": filing,
        "complaint": complaint,
        "demands": claimed(complaint),
        "steps": steps,
        "may_supervise": bool(steps & {"supervise_ul", "supervise_ug", "result_ul", "result_ug"}),
        "unread": any(each.kind == FollowUp.Kind.REPORT and each.received_at is None for each in entries),
        "balls": Duties(complaint, request.user, timezone.localdate()).about(filing),
        "follow_ups": entries,
        "owed": owed_supervision(filing, made, history),
        "supervisions": made,
        "orders": orders(complaint),
        "pdfs": _documents(filing),
        "trail": trail_of(complaint, ("投诉备案", "")),
    }
    return render(request, "complaints/filing_detail.html", context)


def _documents(filing: Filing) -> list[tuple[str, str]]:
    if filing.filed_at is None:
        return []
    named = (("投诉备案表", "complaint_filing_pdf"), ("跟踪表", "complaint_tracking_pdf"))
    found = [(label, optional_url(f"reports:{name}", filing.complaint_id)) for label, name in named]
    return [(label, url) for label, url in found if url]


@require_GET
def filing_timeline(request: StaffRequest, pk: int) -> HttpResponse:
    filing = filing_for(request.user, pk)
    context = {
        "record": filing.complaint,
        "entries": timeline(filing, untold=UNTOLD, evidence=()),
        "trail": trail_of(filing.complaint, ("投诉备案", page_of("filing_detail", filing)), ("办理记录", "")),
    }
    template = "ledgers/_timeline.html" if request.headers.get("HX-Request") else "complaints/part_timeline.html"
    return render(request, template, context)


def _page(
    request: StaffRequest, filing: Filing, step: str, form: Any, service: Any, done: str, **more: Any
) -> HttpResponse:
    back = page_of("filing_detail", filing)
    label = FILING_FLOW.steps[step].label
    where = trail_of(filing.complaint, ("投诉备案", back), (label, ""))
    beside: dict[str, Any] = {"beside": "complaints/_case_facts.html", "complaint": filing.complaint}
    return step_page(
        request, FILING_FLOW, step, filing, form, service, back=back, done=done, trail=where, **beside, **more
    )


@require_http_methods(["GET", "POST"])
def filing_file(request: StaffRequest, pk: int) -> HttpResponse:
    filing = filing_for(request.user, pk)
    return _page(
        request,
        filing,
        "file",
        FileForm(submitted(request)),
        lambda **given: file_complaint(filing_id=pk, **given),
        "已登记备案。",
        intro="登记后给出备案编号,开始每周跟踪。",
    )


def filing_track(request: StaffRequest, pk: int) -> HttpResponse:
    return _weekly(request, pk, FollowUp.Kind.TRACK, "已登记跟踪情况。", "每周掌握整改起止节点、资源匹配和进展。")


def filing_report(request: StaffRequest, pk: int) -> HttpResponse:
    return _weekly(
        request, pk, FollowUp.Kind.REPORT, "已上报集团工程部。", "每周向集团工程部上报节点、资源到位和整改情况。"
    )


@require_http_methods(["GET", "POST"])
def _weekly(request: StaffRequest, pk: int, kind: str, done: str, intro: str) -> HttpResponse:
    """The entry begins with what the plan in force says of milestones and resources."""
    filing = filing_for(request.user, pk)
    known = known_of(filing.complaint) if request.method == "GET" else None
    form = FollowUpForm(submitted(request), initial=_initial(known))
    return _page(
        request,
        filing,
        "track" if kind == FollowUp.Kind.TRACK else "report",
        form,
        lambda **given: track_complaint(filing_id=pk, kind=kind, **given),
        done,
        intro=intro,
        button="提交",
    )


def _initial(known: Any) -> dict[str, Any]:
    if known is None:
        return {}
    return {"milestones": known.milestones, "resources": known.resources, "percent": known.percent}


@require_POST
def filing_receive(request: StaffRequest, pk: int) -> HttpResponse:
    filing = filing_for(request.user, pk)
    receive_reports(filing_id=filing.pk, actor=request.user, now=timezone.now())
    messages.success(request, "已签收单位上报。")
    return redirect("complaints:filing_detail", pk=pk)


@require_http_methods(["GET", "POST"])
def filing_close(request: StaffRequest, pk: int) -> HttpResponse:
    filing = filing_for(request.user, pk)
    return _page(
        request,
        filing,
        "close",
        CloseFilingForm(submitted(request), initial={"conclusion": filing.conclusion}),
        lambda **given: close_filing(filing_id=pk, **given),
        "备案已结案。",
        intro="客户已满意,投诉处理完毕。填写集团工程部的结案意见后,二级单位方可结案。",
    )
