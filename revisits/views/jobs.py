"""批量编制: ordering the drafts of many plans, watching them, stopping them (5.2.1, 5.2.2)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ledgers.views.common import StaffRequest, submitted, trail
from organization.views.common import attempt, page_of
from revisits.forms.deciding import UnitYearForm
from revisits.models import DraftJob, DraftTask
from revisits.permissions import PREPARE_IN, VIEW
from revisits.selectors.jobs import (
    TONES,
    job_for,
    not_begun,
    note_of,
    progress_of,
    tasks_of,
    units_to_prepare,
    visible_jobs,
)
from revisits.services.jobs import order_drafts, stop_job

S = DraftTask.State
PER_PAGE = 50


@require_GET
def job_list(request: StaffRequest) -> HttpResponse:
    VIEW.require_somewhere(request.user, fresh=False)
    context = {
        "page": page_of(request, visible_jobs(request.user)),
        "may_prepare": PREPARE_IN.held_by(request.user),
        "trail": trail(("回访计划", "revisits:plan_list"), ("批量编制", "")),
    }
    return render(request, "revisits/jobs.html", context)


@require_http_methods(["GET", "POST"])
def job_new(request: StaffRequest) -> HttpResponse:
    """UW orders for the unit and its departments, GW for the group or one unit."""
    PREPARE_IN.require_somewhere(request.user)
    user, this_year = request.user, timezone.localdate().year
    years = (this_year, this_year + 1)
    form = UnitYearForm(
        submitted(request), units=units_to_prepare(user), years=years, label="范围", initial={"year": str(this_year)}
    )
    if request.method == "POST" and form.is_valid():
        job = attempt(form, lambda: order_drafts(actor=user, now=timezone.now(), **form.cleaned_data))
        if job is not None:
            messages.success(request, f"已开始批量编制 {job.total} 份计划,由后台进行。")
            return redirect("revisits:job_detail", pk=job.pk)
    context = {
        "form": form,
        "waiting": [(year, not_begun(user, year)) for year in years],
        "trail": trail(("回访计划", "revisits:plan_list"), ("批量编制", "revisits:job_list"), ("发起", "")),
    }
    return render(request, "revisits/job_new.html", context, status=422 if form.errors else 200)


@require_GET
def job_detail(request: StaffRequest, pk: int) -> HttpResponse:
    """What became of each plan; while a worker drafts, how far it is (asked for by the page itself)."""
    job = job_for(request.user, pk)
    progress = _progress(request, job)
    if request.headers.get("HX-Request"):
        response = render(request, "revisits/_job_progress.html", progress)
        if not progress["progress"].working:
            response["HX-Refresh"] = "true"
        return response
    state = request.GET.get("state", "")
    state = state if state in S.values else ""
    now = timezone.now()
    page = page_of(request, tasks_of(request.user, job, state), PER_PAGE)
    counts = progress["progress"].counts
    context = {
        "page": page,
        "rows": [(task, TONES[S(task.state)], note_of(task, now)) for task in page],
        "tabs": [("全部", "", progress["progress"].total, not state)]
        + [(label, value, counts.get(value, 0), state == value) for value, label in S.choices],
        "trail": trail(("回访计划", "revisits:plan_list"), ("批量编制", "revisits:job_list"), (str(job), "")),
        **progress,
    }
    return render(request, "revisits/job_detail.html", context)


def _progress(request: StaffRequest, job: DraftJob) -> dict[str, Any]:
    progress = progress_of(request.user, job)
    mine = job.ordered_by_id == request.user.pk
    return {"job": job, "progress": progress, "may_stop": mine and progress.working and job.stopped_at is None}


@require_POST
def job_stop(request: StaffRequest, pk: int) -> HttpResponse:
    job_for(request.user, pk)
    stop_job(job_id=pk, actor=request.user, now=timezone.now())
    messages.success(request, "已停止:尚未开始的计划不再编制,已编制的保留。")
    return redirect("revisits:job_detail", pk=pk)
