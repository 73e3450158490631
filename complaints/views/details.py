"""A complaint's page, and its parts that are fetched after it: the handling in short, the timeline."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from complaints.models import Complaint
from complaints.models.evaluation import GRADES
from complaints.selectors.actions import actions_for
from complaints.selectors.detail import (
    complaint_for,
    content_of,
    filing_of,
    kinds_of_fact,
    last_return,
    links_of,
    moves_of,
    plan_of,
    words_of_return,
)
from complaints.selectors.handling import handling_of
from complaints.selectors.stages import stages
from complaints.selectors.story import story_of
from ledgers.models import WarrantyCase
from ledgers.permissions import VIEW_PROJECT
from ledgers.selectors.cases import case_part
from ledgers.selectors.duties import balls
from ledgers.views.common import StaffRequest, file_rows, may_attach, optional_url
from workflow.evidence import attachable_of
from workflow.selectors.evidence import upload_key

from .common import case_trail, documents_of, with_documents

# Lines of the history beside the facts; the page of its own has them all.
SHOWN = 15


@require_GET
def complaint_detail(request: StaffRequest, pk: int) -> HttpResponse:
    complaint = complaint_for(request.user, pk)
    return render(request, "complaints/complaint_detail.html", detail_context(request, complaint))


def detail_context(request: StaffRequest, complaint: Complaint) -> dict[str, Any]:
    """What a complaint's page shows. Queries: demands, rulings, replies, evaluations, moves, clocks, holders, links,
    cases, files."""
    user, today = request.user, timezone.localdate()
    content, moves = content_of(complaint), moves_of(complaint)
    with_documents(content.evaluations)
    plan, filing = plan_of(complaint), filing_of(complaint)
    duties = balls(complaint, user, today)
    return {
        "complaint": complaint,
        "project": complaint.project,
        "may_see_project": VIEW_PROJECT.covers(user, complaint.department),
        "content": content,
        "facts": kinds_of_fact(complaint),
        "grade_words": dict(GRADES).get(complaint.grade or 0, ""),
        "plan": plan,
        "filing": filing,
        "returned": (returned := last_return(moves)),
        "returned_words": words_of_return(returned, content),
        "stages": stages(complaint, moves),
        "balls": duties,
        "actions": actions_for(complaint, user, moves, duties, has_draft=content.draft_reply is not None),
        "links": links_of(complaint, user),
        "part": case_part(user, complaint, WarrantyCase.Source.COMPLAINT),
        "documents": documents_of(complaint, content),
        "phone_url": optional_url("complaints:complaint_phone", complaint.pk),
        "files": file_rows(complaint),
        "attach_to": upload_key(complaint),
        "may_attach": may_attach(complaint, user),
        "kinds": attachable_of(Complaint).kinds,
        "trail": case_trail(),
    }


@require_GET
def complaint_handling(request: StaffRequest, pk: int) -> HttpResponse:
    """Plan, filing, supervision and orders in short; fetched by the complaint's page, and a page of its own."""
    complaint = complaint_for(request.user, pk)
    handling = handling_of(complaint)
    tracked = handling.filing if handling.filing is not None and handling.filing.last else None
    context = {
        "complaint": complaint,
        "handling": handling,
        "tracking_url": optional_url("reports:complaint_tracking_pdf", tracked.filing.pk) if tracked else "",
        "today": timezone.localdate(),
        "trail": case_trail(complaint, "处理情况"),
    }
    return _part(request, "handling", context)


@require_GET
def complaint_timeline(request: StaffRequest, pk: int) -> HttpResponse:
    """Everything that happened to the complaint and to what belongs to it; as ``complaint_handling``."""
    complaint = complaint_for(request.user, pk)
    events = story_of(complaint)
    shown = events[:SHOWN] if request.headers.get("HX-Request") else events
    context = {
        "complaint": complaint,
        "events": shown,
        "count": len(events),
        "trail": case_trail(complaint, "办理记录"),
    }
    return _part(request, "timeline", context)


def _part(request: StaffRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    page = "" if request.headers.get("HX-Request") else "complaint"
    return render(request, f"complaints/{page}_{name}.html", context)
