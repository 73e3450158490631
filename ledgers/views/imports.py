"""Import of workbooks: upload and dry run, preview, decision, the marked workbook."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledgers.forms.imports import ImportForm
from ledgers.imports.values import WorkbookRefused
from ledgers.models import LedgerImport, LedgerImportRow
from ledgers.permissions import IMPORT_INTO
from ledgers.selectors.imports import import_choices, own_import, own_imports, rows_of
from ledgers.services import import_jobs
from workflow.errors import Refused

from .common import StaffRequest, optional_url, trail

F = LedgerImportRow.Finding
S = LedgerImport.State
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PAGE_ROWS = 50
EARLIER_ROWS = 10
TABS = (
    ("errors", "有错误", (F.ERROR,)),
    ("ok", "可导入", (F.COMPLETE, F.GAPS)),
    ("gaps", "缺项", (F.GAPS,)),
)


@require_http_methods(["GET", "POST"])
def import_new(request: StaffRequest) -> HttpResponse:
    """Upload a workbook for its dry run; below, one's earlier imports."""
    IMPORT_INTO.require_somewhere(request.user)
    departments, groups = import_choices(request.user)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ImportForm(*sent, departments=departments, groups=groups)
    if sent and (job := _start(request, form)):
        return redirect("ledgers:import_detail", job.pk)
    context = {
        "form": form,
        "page": Paginator(own_imports(request.user), EARLIER_ROWS).get_page(request.GET.get("page")),
        "template_url": optional_url("reports:ledger_template"),
        "trail": trail(("竣工台账", "ledgers:ledger_list"), ("导入", "")),
    }
    return render(request, "ledgers/import_new.html", context, status=400 if form.errors else 200)


def _start(request: StaffRequest, form: ImportForm) -> LedgerImport | None:
    """The dry run; what is wrong with the file as a whole stands beside its field."""
    if not form.is_valid():
        return None
    try:
        return import_jobs.start_import(
            file=form.cleaned_data["file"],
            department=form.cleaned_data["department"],
            actor=request.user,
            now=timezone.now(),
        )
    except WorkbookRefused as refusal:
        form.add_error("file", refusal.message)
        return None


@require_GET
def import_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """What was found, row by row; while a worker saves, how far it is (asked for by the page itself)."""
    job = own_import(request.user, pk)
    progress = _progress(job)
    if request.headers.get("HX-Request"):
        response = render(request, "ledgers/_import_progress.html", progress)
        if not progress["working"]:
            response["HX-Refresh"] = "true"
        return response
    counts = {"errors": job.rejected, "ok": job.accepted, "gaps": job.incomplete}
    asked = request.GET.get("tab", "")
    tab = asked if asked in counts else "errors" if job.rejected else "ok"
    findings = next(found for key, _, found in TABS if key == tab)
    rows = Paginator(rows_of(job, findings), PAGE_ROWS)
    rows.__dict__["count"] = 0 if job.state == S.DISCARDED else counts[tab]  # known already
    context = {
        "job": job,
        "tabs": [(key, label, counts[key], key == tab) for key, label, _ in TABS],
        "page": rows.get_page(request.GET.get("page")),
        "undecided": job.state == S.PREVIEW,
        "gone": job.state == S.DISCARDED,
        "marks_at_once": bool(job.marked) or job.rows_total <= import_jobs.INLINE_ROWS,
        "template_url": optional_url("reports:ledger_template"),
        "trail": trail(("竣工台账", "ledgers:ledger_list"), ("导入", "ledgers:import_new"), (job.name, "")),
        **progress,
    }
    return render(request, "ledgers/import_detail.html", context)


def _progress(job: LedgerImport) -> dict[str, Any]:
    done, total = import_jobs.progress_of(job)
    saving = job.state in (S.QUEUED, S.RUNNING)
    return {"job": job, "done": done, "total": total, "saving": saving, "working": saving or job.marking_at is not None}


@require_POST
def import_save(request: StaffRequest, pk: int) -> HttpResponse:
    """Confirm: saved at once when small, else by the worker within seconds."""
    job = own_import(request.user, pk)
    partial = request.POST.get("partial") == "1"
    try:
        job = import_jobs.confirm_import(import_id=pk, partial=partial, actor=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("ledgers:import_detail", pk)
    if job.rows_total <= import_jobs.INLINE_ROWS:
        import_jobs.run_import(import_id=pk, now=timezone.now())
        job.refresh_from_db()
        if job.state == S.SAVED:
            messages.success(request, f"已导入 {job.saved} 份台账,状态为“编制中”,请补全缺项后提交审核。")
    return redirect("ledgers:import_detail", pk)


@require_POST
def import_discard(request: StaffRequest, pk: int) -> HttpResponse:
    job = own_import(request.user, pk)
    import_jobs.discard_import(import_id=pk, actor=request.user, now=timezone.now())
    messages.success(request, f"已放弃“{job.name}”,没有导入任何数据。")
    return redirect("ledgers:import_new")


@require_http_methods(["GET", "POST"])
def import_marked(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The workbook with its bad cells marked: made while one waits when small, else ordered (POST) from the worker."""
    job = own_import(request.user, pk)
    small = job.rows_total <= import_jobs.INLINE_ROWS
    if job.state == S.DISCARDED or request.method == "POST" or not (small or job.marked):
        if request.method == "POST":
            import_jobs.order_marked(import_id=pk, actor=request.user, now=timezone.now())
        return redirect("ledgers:import_detail", pk)
    try:
        job = import_jobs.make_marked(import_id=pk, now=timezone.now())
    except WorkbookRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("ledgers:import_detail", pk)
    name = import_jobs.marked_name(job)
    response = FileResponse(job.marked.open("rb"), as_attachment=True, filename=name, content_type=XLSX)
    response["Cache-Control"] = "private, no-store"
    return response
