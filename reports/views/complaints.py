"""The letters and forms of complaints. Reach is the complaint's own; each asks for the purpose and is logged."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ledgers.views.common import optional_url
from organization.edition import edition_on
from organization.models import User

from ..documents.base import Footer
from ..documents.complaint_evaluation import BlankEvaluationPdf, EvaluationPdf
from ..documents.complaint_filing import FilingPdf, TrackingPdf
from ..documents.complaint_order import OrderPdf, UrgePdf
from ..documents.complaint_pdf import ComplaintPdf
from ..documents.complaint_plan import PlanPdf
from ..documents.complaint_receipt import ReceiptPdf
from ..documents.complaint_reply import ReplyPdf
from ..documents.complaint_ruling import RulingPdf
from ..selectors import complaints, filings, rectification
from .delivery import deliver

Response = HttpResponse | FileResponse
ask_or_deliver = require_http_methods(["GET", "HEAD", "POST"])


@ask_or_deliver
def complaint_receipt(request: HttpRequest, pk: int) -> Response:
    record = complaints.receipt_of(_user(request), pk, timezone.localdate())
    return _hand_over(request, record, ReceiptPdf)


@ask_or_deliver
def complaint_ruling_pdf(request: HttpRequest, pk: int) -> Response:
    return _hand_over(request, complaints.ruling_of(_user(request), pk), RulingPdf)


@ask_or_deliver
def complaint_reply_pdf(request: HttpRequest, pk: int) -> Response:
    return _hand_over(request, complaints.reply_of(_user(request), pk), ReplyPdf)


@ask_or_deliver
def complaint_plan_pdf(request: HttpRequest, pk: int) -> Response:
    record = rectification.plan_record_of(_user(request), pk, request.GET.get("version"))
    return _hand_over(request, record, PlanPdf, ("专项整改方案", resolve_url("complaints:plan_detail", pk=pk)))


@ask_or_deliver
def complaint_filing_pdf(request: HttpRequest, pk: int) -> Response:
    return _hand_over(request, filings.filing_of(_user(request), pk), FilingPdf, _filing_page(pk))


@ask_or_deliver
def complaint_tracking_pdf(request: HttpRequest, pk: int) -> Response:
    return _hand_over(request, filings.tracking_of(_user(request), pk), TrackingPdf, _filing_page(pk))


@ask_or_deliver
def complaint_order_pdf(request: HttpRequest, pk: int) -> Response:
    record = filings.order_of(_user(request), pk, timezone.localdate())
    return _hand_over(request, record, OrderPdf, ("交办单", resolve_url("complaints:order_detail", pk=pk)))


@ask_or_deliver
def complaint_urge_pdf(request: HttpRequest, pk: int) -> Response:
    return _hand_over(request, filings.urge_of(_user(request), pk), UrgePdf)


@ask_or_deliver
def complaint_evaluation_pdf(request: HttpRequest, pk: int) -> Response:
    return _hand_over(request, filings.evaluation_of(_user(request), pk), EvaluationPdf)


@ask_or_deliver
def complaint_evaluation_blank(request: HttpRequest, pk: int) -> Response:
    record = filings.blank_evaluation_of(_user(request), pk, timezone.localdate())
    return _hand_over(request, record, BlankEvaluationPdf)


def _user(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]  # LoginRequiredMiddleware lets nobody else in


def _filing_page(pk: int) -> tuple[str, str]:
    return "投诉备案", resolve_url("complaints:filing_detail", pk=pk)


def _hand_over(
    request: HttpRequest, record: Any, kind: type[ComplaintPdf[Any]], page: tuple[str, str] | None = None
) -> Response:
    """R-2.1: the footer is that of the edition in force on the day the content was written.

    ``page`` is the one the document belongs to, where that is not the complaint's own.
    """
    now = timezone.localtime()
    edition = edition_on(record.written_on)
    document = kind(record, Footer.of(edition), printed=f"{request.user} {now:%Y-%m-%d %H:%M}")
    complaint = record.complaint
    trail = [(complaint.number, resolve_url("complaints:complaint_detail", pk=complaint.pk))]
    if register := optional_url("complaints:complaint_list"):
        trail.insert(0, ("投诉台账", register))
    if page is not None:
        trail.append(page)
    return deliver(
        request,
        document,
        edition=edition,
        complaint=complaint,
        filters={"版次": document.version} if document.version else {},
        back=trail[-1][1],
        trail=trail,
    )
