"""保修记录 (Appendix F): a case's page and its history."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from ledgers.models import WarrantyCase
from ledgers.selectors.cases import case_for
from ledgers.selectors.duties import balls
from workflow.evidence import attachable_of
from workflow.selectors.evidence import upload_key

from .common import StaffRequest, file_rows, may_attach, trail


@require_GET
def case_detail(request: StaffRequest, pk: int) -> HttpResponse:
    case = case_for(request.user, pk)
    context = {
        "case": case,
        "project": case.project,
        "balls": balls(case, request.user, timezone.localdate()),
        "files": file_rows(case),
        "attach_to": upload_key(case),
        "may_attach": may_attach(case, request.user),
        "kinds": attachable_of(WarrantyCase).kinds,
        "trail": trail((case.number, "")),
    }
    return render(request, "ledgers/case_detail.html", context)
