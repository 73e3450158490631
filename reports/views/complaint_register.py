"""客户投诉台账 as a workbook of exactly what the register's page shows for the same query."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from complaints.filters import RegisterFilter
from complaints.permissions import VIEW
from complaints.selectors.register import visible_complaints
from complaints.selectors.rows import complaint_rows

from ..documents.base import Footer
from ..documents.complaint_register import ComplaintRegisterWorkbook
from ..documents.list_sheet import list_scope
from ..selectors import current_edition, filters_in_words
from ..services import refuse_too_many
from .delivery import deliver


@require_http_methods(["GET", "HEAD", "POST"])
def complaint_register_xlsx(request: HttpRequest) -> HttpResponse | FileResponse:
    """R-2.2.2: each field of the registration, phones whole; so a purpose is asked and logged."""
    VIEW.require_somewhere(request.user)
    shown = visible_complaints(request.user)  # type: ignore[arg-type]  # LoginRequiredMiddleware lets nobody else in
    complaints = RegisterFilter(request.GET, shown, request=request).qs
    now = timezone.localtime()
    edition = current_edition(now.date())
    filters = filters_in_words(request.GET, RegisterFilter)
    count = complaints.order_by().count()
    refuse_too_many(count, "按单位、状态或接收日期")
    document = ComplaintRegisterWorkbook(
        lambda: complaint_rows(complaints),
        Footer.of(edition),
        scope=list_scope(count, filters),
        day=f"{now:%Y-%m-%d}",
        who=str(request.user),
        when=f"{now:%Y-%m-%d %H:%M}",
    )
    back = reverse("complaints:complaint_list")
    if query := request.GET.urlencode():
        back = f"{back}?{query}"
    trail = [("客户投诉台账", back)]
    return deliver(request, document, edition=edition, filters=filters, expected=count, back=back, trail=trail)
