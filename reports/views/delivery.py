"""Handing a document out: first the purpose, then the log, then the file."""

import tempfile
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from complaints.models import Complaint
from ledgers.models import Ledger, WarrantyCase
from organization.models import StandardEdition
from revisits.models import RevisitPlan

from ..documents.base import Document
from ..forms import PurposeForm
from ..models import DownloadLog
from ..services import record_download


def hand_out(document: Document) -> FileResponse:
    """The document as an attachment, written to a file that vanishes once it is sent. Never cached: it names people."""
    target = tempfile.TemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR)  # noqa: SIM115 - the response closes it
    try:
        document.render(target)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    response = FileResponse(target, as_attachment=True, filename=document.filename, content_type=document.content_type)
    response["Cache-Control"] = "private, no-store"
    return response


def deliver(
    request: HttpRequest,
    document: Document,
    *,
    edition: StandardEdition,
    back: str,
    trail: Sequence[tuple[str, str]] = (),
    ledger: Ledger | None = None,
    complaint: Complaint | None = None,
    plan: RevisitPlan | None = None,
    case: WarrantyCase | None = None,
    filters: dict[str, Any] | None = None,
    expected: int = 1,
) -> HttpResponse | FileResponse:
    """Ask the purpose, or — given one, by POST or ``?purpose=`` — log it and hand the document out.

    ``back`` is the page one came from; ``trail`` leads to it, the register of ledgers unless told otherwise.
    ``expected`` is the number of records shown on the page that asks. A document that cannot be written is not logged.
    """
    said = _said(request)
    form = PurposeForm(said)
    if said is None or not form.is_valid():
        context = {
            "document": document,
            "form": form,
            "purposes": [choice for choice in DownloadLog.Purpose.choices if choice[0] != DownloadLog.Purpose.OTHER],
            "expected": expected,
            "filters": filters or {},
            "back": back,
            "trail": [*(trail or [("竣工台账", back)]), (f"下载{document.title}", "")],
        }
        return render(request, "reports/download_purpose.html", context, status=200 if said is None else 422)
    response = hand_out(document)
    record_download(
        document=document.filename,
        code=edition.form_code(document.suffix) if document.suffix else "",
        subject=document.subject,
        rows=document.rows,
        filters=filters,
        ledger=ledger,
        complaint=complaint,
        plan=plan,
        case=case,
        actor=request.user,  # type: ignore[arg-type]  # LoginRequiredMiddleware lets nobody else in
        now=timezone.now(),
        **form.cleaned_data,
    )
    return response


def _said(request: HttpRequest) -> QueryDict | None:
    if request.method == "POST":
        return request.POST
    return request.GET if request.method == "GET" and "purpose" in request.GET else None
