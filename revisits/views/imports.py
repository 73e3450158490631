"""Import of an Appendix D made elsewhere: upload and dry run, preview, decision, the marked workbook."""

from io import BytesIO

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledgers.imports.values import WorkbookRefused
from ledgers.views.common import StaffRequest
from revisits.forms.imports import XLSX, ImportForm
from revisits.models import Method, PlanImport, RevisitPlan, Waiver
from revisits.selectors.imports import importable_plan, own_import, own_imports, rows_of
from revisits.selectors.naming import rule_label
from revisits.services import import_jobs
from workflow.errors import Refused

from .common import page_of, plan_trail, revision_of

S = PlanImport.State
PAGE_ROWS = 50
EARLIER_ROWS = 10
GAPS_SHOWN = 12
METHODS = {str(value): str(label) for value, label in Method.choices}


@require_http_methods(["GET", "POST"])
def plan_import(request: StaffRequest, pk: int) -> HttpResponse:
    """Upload a plan for its dry run; below, one's earlier imports into it."""
    plan = importable_plan(request.user, pk)
    import_jobs.require_open(plan, request.user, timezone.now())
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ImportForm(*sent)
    if sent and (job := _start(request, form, plan)):
        return redirect("revisits:import_detail", job.pk)
    context = {
        "plan": plan,
        "form": form,
        "page": Paginator(own_imports(request.user, plan), EARLIER_ROWS).get_page(request.GET.get("page")),
        "trail": plan_trail(plan, ("导入", "")),
    }
    return render(request, "revisits/import_new.html", context, status=422 if form.errors else 200)


def _start(request: StaffRequest, form: ImportForm, plan: RevisitPlan) -> PlanImport | None:
    """The dry run; what is wrong with the file as a whole stands beside its field."""
    if not form.is_valid():
        return None
    now = timezone.now()
    try:
        return import_jobs.start_import(plan=plan, file=form.cleaned_data["file"], actor=request.user, now=now)
    except WorkbookRefused as refusal:
        form.add_error("file", refusal.message)
        return None


@require_GET
def import_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """What was found, row by row, and the decision; once saved, what the check says of the plan."""
    job = own_import(request.user, pk)
    tabs = {"errors": ("有错误", job.rejected), "ok": ("可导入", job.accepted), "known": ("计划中已有", job.known)}
    asked = request.GET.get("tab", "")
    tab = asked if asked in tabs else "errors" if job.rejected else "ok"
    page = Paginator(rows_of(job, tab), PAGE_ROWS).get_page(request.GET.get("page"))
    for row in page.object_list:
        row["method_label"] = METHODS.get(row["method"], "")
    gaps = _gaps(job)
    context = {
        "job": job,
        "plan": job.plan,
        "tabs": [(key, label, count, key == tab) for key, (label, count) in tabs.items()],
        "page": page,
        "undecided": job.state == S.PREVIEW,
        "gone": job.state == S.DISCARDED,
        "existing": job.state == S.PREVIEW and job.plan.visits.of_version(job.plan.version).count(),
        "gaps": gaps[:GAPS_SHOWN],
        "more_gaps": max(len(gaps) - GAPS_SHOWN, 0),
        "trail": plan_trail(job.plan, ("导入", page_of("plan_import", job.plan)), (job.name, "")),
    }
    return render(request, "revisits/import_detail.html", context)


def _gaps(job: PlanImport) -> list[str]:
    """What the plan lacks by its last check, in words, while the version that was imported into is being drafted."""
    version = job.plan.working
    if job.state != S.SAVED or version is None:
        return []
    return [
        f"{gap['name']}({gap['code']}) {rule_label(gap['rule'])}({gap['rule']},标准 {gap['clause']}):"
        f"{gap['start']} 至 {gap['end']},缺 {gap['missing']} 次{',境外工程,仅提醒' if gap['overseas'] else ''}"
        for gap in version.report.get("gaps", ())
        if gap["waiver"] != Waiver.Status.GRANTED
    ]


@require_POST
def import_save(request: StaffRequest, pk: int) -> HttpResponse:
    """Confirm: in the place of the plan's lines or beside them; all rows, or only the good ones."""
    own_import(request.user, pk)
    try:
        job = import_jobs.confirm_import(
            import_id=pk,
            mode=request.POST.get("mode", ""),
            partial=request.POST.get("partial") == "1",
            revision=revision_of(request),
            actor=request.user,
            now=timezone.now(),
        )
    except (Refused, ValidationError) as refusal:
        said = refusal.messages if isinstance(refusal, ValidationError) else [str(refusal)]
        messages.error(request, "".join(said))
        return redirect("revisits:import_detail", pk)
    if job.state == S.SAVED:
        messages.success(request, f"已导入 {job.saved} 行回访安排({job.get_mode_display()})。")
    return redirect("revisits:import_detail", pk)


@require_POST
def import_discard(request: StaffRequest, pk: int) -> HttpResponse:
    job = own_import(request.user, pk)
    import_jobs.discard_import(import_id=job.pk, actor=request.user)
    messages.success(request, f"已放弃“{job.name}”,没有导入任何数据。")
    return redirect("revisits:plan_detail", job.plan_id)


@require_GET
def import_marked(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The workbook with its bad cells marked, to be corrected and sent again."""
    job = own_import(request.user, pk)
    try:
        content = import_jobs.marked_workbook(job)
    except WorkbookRefused as refusal:
        messages.error(request, refusal.message)
        return redirect("revisits:import_detail", pk)
    name = import_jobs.marked_name(job)
    response = FileResponse(BytesIO(content), as_attachment=True, filename=name, content_type=XLSX)
    response["Cache-Control"] = "private, no-store"
    return response
