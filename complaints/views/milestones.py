"""A milestone at the building site: what is to be done, by when, progress with photos, done (clause 5.6.1)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from complaints.flows.plan import MILESTONE_FLOW
from complaints.forms.plans import MilestoneDoneForm, ProgressForm
from complaints.models import Milestone, Progress
from complaints.selectors.parts import Duties, pictures_of
from complaints.selectors.plans import line_of, milestone_for, successor_of
from complaints.services.milestones import finish_milestone, record_progress
from ledgers.views.common import StaffRequest, may_attach, submitted
from workflow.evidence import attachable_of
from workflow.selectors.evidence import upload_key
from workflow.selectors.timeline import timeline

from .parts import Trail, page_of, step_page, trail_of

UNTOLD = {"percent", "done_on", "origin", "number", "plan_version"}


@require_GET
def milestone_detail(request: StaffRequest, pk: int) -> HttpResponse:
    milestone = milestone_for(request.user, pk)
    plan = milestone.plan_version.plan
    line = line_of(milestone)
    files = pictures_of(Milestone, line)
    context = {
        "milestone": milestone,
        "plan": plan,
        "complaint": plan.complaint,
        "successor": successor_of(milestone),
        "steps": {step.name for step in MILESTONE_FLOW.available(milestone, request.user)},
        "balls": Duties(plan.complaint, request.user, timezone.localdate()).about(milestone),
        "progress": Progress.objects.filter(milestone__in=line).select_related("made_by").order_by("-made_at", "-pk"),
        "files": [row for row in files if row["object_id"] == pk],
        "earlier_files": [row for row in files if row["object_id"] != pk],
        "attach_to": upload_key(milestone),
        "may_attach": may_attach(milestone, request.user),
        "kinds": attachable_of(Milestone).kinds,
        "entries": timeline(milestone, untold=UNTOLD, evidence=()),
        "trail": _trail(milestone),
    }
    return render(request, "complaints/milestone_detail.html", context)


@require_http_methods(["GET", "POST"])
def milestone_progress(request: StaffRequest, pk: int) -> HttpResponse:
    milestone = milestone_for(request.user, pk)
    return step_page(
        request,
        MILESTONE_FLOW,
        "progress",
        milestone,
        ProgressForm(submitted(request), request.FILES or None, initial={"percent": milestone.percent}),
        lambda **given: record_progress(milestone_id=pk, **given),
        back=page_of("milestone_detail", milestone),
        done="已填报进展。",
        trail=_trail(milestone, "填报进展"),
        intro=f"验收标准:{milestone.criterion}",
    )


@require_http_methods(["GET", "POST"])
def milestone_finish(request: StaffRequest, pk: int) -> HttpResponse:
    milestone = milestone_for(request.user, pk)
    return step_page(
        request,
        MILESTONE_FLOW,
        "finish",
        milestone,
        MilestoneDoneForm(submitted(request), request.FILES or None, initial={"done_on": timezone.localdate()}),
        lambda **given: finish_milestone(milestone_id=pk, **given),
        back=page_of("milestone_detail", milestone),
        done="节点已完成。",
        trail=_trail(milestone, "节点完成"),
        intro=f"验收标准:{milestone.criterion}。要求完成日期 {milestone.ends_on}。",
    )


def _trail(milestone: Milestone, last: str = "") -> Trail:
    plan = milestone.plan_version.plan
    above = ("专项整改方案", page_of("plan_detail", plan))
    if not last:
        return trail_of(plan.complaint, above, (milestone.name, ""))
    return trail_of(plan.complaint, above, (milestone.name, page_of("milestone_detail", milestone)), (last, ""))
