"""Appendix F: the filtered list as a workbook, one case as a sheet. Phones whole with a logged purpose."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from ledgers.filters_cases import CaseFilter
from ledgers.permissions import VIEW_CASE
from ledgers.selectors.case_rows import case_rows
from ledgers.selectors.cases import visible_cases

from ..documents.base import Footer
from ..documents.case_list import CaseListWorkbook
from ..documents.case_pdf import CasePdf
from ..documents.list_sheet import list_scope
from ..selectors import current_edition, filters_in_words
from ..selectors.cases import case_record
from ..services import refuse_too_many
from .delivery import deliver

Response = HttpResponse | FileResponse


@require_http_methods(["GET", "HEAD", "POST"])
def case_list_xlsx(request: HttpRequest) -> Response:
    VIEW_CASE.require_somewhere(request.user)
    cases = CaseFilter(request.GET, visible_cases(request.user)).qs  # type: ignore[arg-type]  # logged in, by the middleware
    now = timezone.localtime()
    edition = current_edition(now.date())
    filters = filters_in_words(request.GET, CaseFilter)
    count = cases.order_by().count()
    refuse_too_many(count, "按单位、状态或报修日期")
    document = CaseListWorkbook(
        lambda: case_rows(cases),
        Footer.of(edition),
        scope=f"表号:{edition.form_code(CaseListWorkbook.suffix)}    {list_scope(count, filters)}",
        day=f"{now:%Y-%m-%d}",
        who=str(request.user),
        when=f"{now:%Y-%m-%d %H:%M}",
    )
    back = reverse("ledgers:case_list")
    if query := request.GET.urlencode():
        back = f"{back}?{query}"
    trail = [("保修记录", back)]
    return deliver(request, document, edition=edition, filters=filters, expected=count, back=back, trail=trail)


@require_http_methods(["GET", "HEAD", "POST"])
def case_pdf(request: HttpRequest, pk: int) -> Response:
    record, edition = case_record(request.user, pk)  # type: ignore[arg-type]
    printed = f"{request.user} {timezone.localtime():%Y-%m-%d %H:%M}"
    document = CasePdf(record, Footer.of(edition), printed=printed)
    page = reverse("ledgers:case_detail", args=[pk])
    trail = [("保修记录", reverse("ledgers:case_list")), (record.case.number, page)]
    return deliver(request, document, edition=edition, case=record.case, back=page, trail=trail)
