"""The ledger's documents: Appendix C as workbook and PDF, the filtered list, the empty list."""

from typing import TYPE_CHECKING

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ledgers.filters import LedgerFilter
from ledgers.permissions import VIEW
from ledgers.selectors import ledger_rows, visible_ledgers

from ..documents.appendix_c_pdf import AppendixCPdf
from ..documents.base import Footer
from ..documents.ledger_list import LedgerListWorkbook
from ..documents.list_sheet import list_scope
from ..selectors import (
    appendix_c_form,
    current_edition,
    filters_in_words,
    importable_departments,
    printable_ledger,
    printed_version,
)
from ..services import refuse_too_many
from .delivery import deliver, hand_out

if TYPE_CHECKING:
    from ..documents.appendix_c_xlsx import AppendixCWorkbook

Response = HttpResponse | FileResponse
ask_or_deliver = require_http_methods(["GET", "HEAD", "POST"])


@ask_or_deliver
def ledger_xlsx(request: HttpRequest, pk: int) -> Response:
    from ..documents.appendix_c_xlsx import AppendixCWorkbook  # loads openpyxl: 20 MB that no page needs

    return _appendix_c(request, pk, AppendixCWorkbook)


@ask_or_deliver
def ledger_pdf(request: HttpRequest, pk: int) -> Response:
    return _appendix_c(request, pk, AppendixCPdf)


def _appendix_c(request: HttpRequest, pk: int, kind: "type[AppendixCWorkbook | AppendixCPdf]") -> Response:
    ledger = printable_ledger(request.user, pk)  # type: ignore[arg-type]
    asked = request.GET.get("version")
    version = printed_version(ledger, asked)
    form, footer = appendix_c_form(ledger, version)
    document = kind(form, footer, label=f"第{version.number}版" if asked else "")
    return deliver(
        request,
        document,
        edition=version.edition,
        ledger=ledger,
        filters={"版本": str(version.number)},
        back=resolve_url("ledgers:ledger_detail", pk=pk),
    )


@ask_or_deliver
def ledger_list_xlsx(request: HttpRequest) -> Response:
    VIEW.require_somewhere(request.user)
    # The list page's own filter, asked the same way: what is on the screen is what is written.
    shown = visible_ledgers(request.user)  # type: ignore[arg-type]
    ledgers = LedgerFilter(request.GET, shown, request=request).qs
    now = timezone.localtime()
    edition = current_edition(now.date())
    filters = filters_in_words(request.GET)
    count = ledgers.order_by().count()
    refuse_too_many(count)
    document = LedgerListWorkbook(
        lambda: ledger_rows(ledgers),
        Footer.of(edition),
        scope=list_scope(count, filters),
        day=f"{now:%Y-%m-%d}",
        who=str(request.user),
        when=f"{now:%Y-%m-%d %H:%M}",
    )
    back = resolve_url("ledgers:ledger_list")
    return deliver(request, document, edition=edition, filters=filters, expected=count, back=back)


@require_safe
def ledger_template(request: HttpRequest) -> Response:
    """The empty list. It names nobody, so no purpose is asked; it offers the departments the user may import into."""
    from ..documents.ledger_template import LedgerTemplateWorkbook  # loads openpyxl

    VIEW.require_somewhere(request.user)
    edition = current_edition(timezone.localdate())
    departments = importable_departments(request.user)  # type: ignore[arg-type]
    return hand_out(LedgerTemplateWorkbook(Footer.of(edition), departments))
