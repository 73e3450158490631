"""Import of registers of earlier complaints: upload and dry run, preview, decision, the marked workbook."""

from io import BytesIO

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from complaints.forms.imports import XLSX, ImportForm
from complaints.models import ComplaintImport
from complaints.permissions import IMPORT_INTO
from complaints.selectors.imports import own_import, own_imports, rows_of
from complaints.services import import_jobs
from ledgers.imports.values import WorkbookRefused
from ledgers.views.common import StaffRequest, trail
from workflow.errors import Refused

S = ComplaintImport.State
PAGE_ROWS = 50
EARLIER_ROWS = 10


@require_http_methods(["GET", "POST"])
def import_new(request: StaffRequest) -> HttpResponse:
    """Upload a register for its dry run; below, one's earlier imports."""
    IMPORT_INTO.require_somewhere(request.user)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ImportForm(*sent)
    if sent and (job := _start(request, form)):
        return redirect("complaints:import_detail", job.pk)
    context = {
        "form": form,
        "page": Paginator(own_imports(request.user), EARLIER_ROWS).get_page(request.GET.get("page")),
        "trail": trail(("客户投诉", "complaints:complaint_list"), ("导入", "")),
    }
    return render(request, "complaints/import_new.html", context, status=422 if form.errors else 200)


def _start(request: StaffRequest, form: ImportForm) -> ComplaintImport | None:
    """The dry run; what is wrong with the file as a whole stands beside its field."""
    if not form.is_valid():
        return None
    try:
        return import_jobs.start_import(file=form.cleaned_data["file"], actor=request.user, now=timezone.now())
    except WorkbookRefused as refusal:
        form.add_error("file", refusal.message)
        return None


@require_GET
def import_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """What was found, row by row, and the decision."""
    job = own_import(request.user, pk)
    tabs = {"errors": ("有错误", job.rejected), "ok": ("可导入", job.accepted), "open": ("其中未结案", job.unfinished)}
    asked = request.GET.get("tab", "")
    tab = asked if asked in tabs else "errors" if job.rejected else "ok"
    context = {
        "job": job,
        "tabs": [(key, label, count, key == tab) for key, (label, count) in tabs.items()],
        "page": Paginator(rows_of(job, tab), PAGE_ROWS).get_page(request.GET.get("page")),
        "undecided": job.state == S.PREVIEW,
        "gone": job.state == S.DISCARDED,
        "trail": trail(("客户投诉", "complaints:complaint_list"), ("导入", "complaints:import_new"), (job.name, "")),
    }
    return render(request, "complaints/import_detail.html", context)


@require_POST
def import_save(request: StaffRequest, pk: int) -> HttpResponse:
    """Confirm: all rows, or only the good ones."""
    own_import(request.user, pk)
    partial = request.POST.get("partial") == "1"
    try:
        job = import_jobs.confirm_import(import_id=pk, partial=partial, actor=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("complaints:import_detail", pk)
    if job.state == S.SAVED:
        left = f",其中 {job.unfinished} 项未结案,已进入办理" if job.unfinished else ""
        messages.success(request, f"已导入 {job.saved} 项投诉{left}。")
    return redirect("complaints:import_detail", pk)


@require_POST
def import_discard(request: StaffRequest, pk: int) -> HttpResponse:
    job = own_import(request.user, pk)
    import_jobs.discard_import(import_id=pk, actor=request.user)
    messages.success(request, f"已放弃“{job.name}”,没有导入任何数据。")
    return redirect("complaints:import_new")


@require_GET
def import_marked(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The workbook with its bad cells marked, to be corrected and sent again."""
    job = own_import(request.user, pk)
    try:
        content = import_jobs.marked_workbook(job)
    except WorkbookRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("complaints:import_detail", pk)
    return _hand_out(content, import_jobs.marked_name(job))


@require_GET
def import_template(request: StaffRequest) -> HttpResponseBase:
    """The empty register. It names nobody, so no purpose is asked."""
    from complaints.imports.template import register_template  # loads openpyxl: 20 MB that no page needs

    IMPORT_INTO.require_somewhere(request.user)
    return _hand_out(register_template(), "客户投诉台账(导入模板).xlsx")


def _hand_out(content: bytes, name: str) -> FileResponse:
    response = FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type=XLSX)
    response["Cache-Control"] = "private, no-store"
    return response
