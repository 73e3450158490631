"""A complaint in each state of its life in unit 1 (department U1D1), and one of each record that belongs to one."""

from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from complaints.models import Complaint, ComplaintImport, Filing, Milestone, Plan, SavedFilter, Supervision, Verdict
from complaints.services.filing import file_complaint, track_complaint
from complaints.services.links import propose_merge, suggest_second
from complaints.services.opinions import ask_opinion
from complaints.services.planning import change_plan
from complaints.services.ruling import record_objection
from complaints.services.supervising import hand_over, urge_complaint
from ledgers.models import Project
from tests.complaints.factories import (
    awaiting_close,
    awaiting_ruling,
    confirm,
    decide,
    finish_all,
    give_evidence,
    handling,
    opinion_given,
    proposed,
    rectifying,
    registered,
    replied,
    ruled,
    submitted_plan,
    with_reply,
    write_plan,
)
from tests.ledgers.factories import make_project
from tests.personas import Personas

S = Complaint.Status


def complaint_args(personas: Personas, now: datetime) -> dict[str, list[Any]]:
    """``complaint:…`` by its state, ``plan:…`` and ``filing:…`` by theirs, and one of each of the rest."""
    project = make_project(personas, now=now)
    found = _states(personas, project, now)
    found |= _plans(personas, project, now)
    found |= _filings(personas, project, now)
    found |= _parts(personas, project, now)
    return {f"{name}": [value.pk] for name, value in found.items()} | _rest(
        personas, found["complaint:registered"], now
    )


def _states(p: Personas, project: Project, now: datetime) -> dict[str, Any]:
    made: dict[str, Any] = {"project": project, "now": now}
    drafting = ruled(p, Verdict.SEVERE, **made)
    opinion_given(p, drafting, now=now)
    reply = ruled(p, Verdict.NOT_OURS, **made)
    with_reply(p, reply, now=now)
    objected = replied(p, **made)
    record_objection(complaint_id=objected.pk, remark="不认可", actor=p.uw1, now=now)
    first = handling(p, received_at=now - timedelta(hours=2), **made)
    merge = registered(p, **made)
    propose_merge(complaint_id=merge.pk, survivor_id=first.pk, remark="同一事", actor=p.gw, now=now)
    again = registered(p, **(made | {"kind": "safety"}))
    suggest_second(complaint_id=again.pk, earlier_id=first.pk, actor=p.gw, now=now)
    return {
        "complaint:registered": registered(p, **(made | {"kind": "schedule"})),
        "complaint:group": registered(p, level="group", **made),
        "complaint:confirmed": confirm(p, registered(p, level="group", **made), now=now),
        "complaint:awaiting_ruling": awaiting_ruling(p, **made),
        "complaint:proposed": proposed(p, Verdict.MINOR, **made).complaint,
        "complaint:awaiting_reply": reply,
        "complaint:replied": replied(p, **made),
        "complaint:objected": objected,
        "complaint:drafting": drafting,
        "complaint:handling": first,
        "complaint:evaluation": finish_all(p, handling(p, **made), now=now),
        "complaint:merge": merge,
        "complaint:second": again,
        "plan:draft": write_plan(p, drafting, now=now),
    }


def _plans(p: Personas, project: Project, now: datetime) -> dict[str, Any]:
    made: dict[str, Any] = {"project": project, "now": now}
    changing = Plan.objects.get(complaint=rectifying(p, **made))
    change_plan(plan_id=changing.pk, reason="材料延后", actor=p.pe11, now=now)
    approved = rectifying(p, **made)
    return {
        "plan:check": submitted_plan(p, **made),
        "plan:review": decide(p, submitted_plan(p, **made), "check", now=now),
        "plan:approval": decide(p, submitted_plan(p, **made), "check", "review", now=now),
        "plan:approved": Plan.objects.get(complaint=approved),
        "plan:changing": changing,
        "complaint:rectifying": approved,
        "milestone": Milestone.objects.get(plan_version__plan__complaint=approved, status=Milestone.Status.RUNNING),
    }


def _filings(p: Personas, project: Project, now: datetime) -> dict[str, Any]:
    made: dict[str, Any] = {"project": project, "now": now}
    filed = Filing.objects.get(complaint=handling(p, **made))
    file_complaint(filing_id=filed.pk, note="", actor=p.gw, now=now)
    track_complaint(
        filing_id=filed.pk, kind="report", milestones="按期", resources="到位", progress="正常", percent=30,
        actor=p.uw1, now=now,
    )  # fmt: skip
    closing = awaiting_close(p, **made)
    return {
        "filing:awaiting": Filing.objects.get(complaint=handling(p, **made)),
        "filing:filed": filed,
        "filing:closing": Filing.objects.get(complaint=closing),
        "complaint:closing": closing,
        "evaluation": closing.evaluations.get(),
    }


def _parts(p: Personas, project: Project, now: datetime) -> dict[str, Any]:
    complaint = ruled(p, Verdict.SEVERE, project=project, now=now)
    due = timezone.localdate(now) + timedelta(days=3)
    order = {"complaint_id": complaint.pk, "task": "协调材料进场", "due_on": due, "actor": p.ul1, "now": now}
    return {
        "opinion": ask_opinion(
            complaint_id=complaint.pk, asked_of=p.ud1, question="可行否", actor=p.uw1, now=now
        ),
        "order": hand_over(charged=None, **order),
        "order:person": hand_over(charged=p.ud1, **order),
        "urge": urge_complaint(complaint_id=complaint.pk, text="请抓紧", actor=p.uh1, now=now),
        "case": complaint,
    }  # fmt: skip


def _rest(p: Personas, pk: list[Any] | Complaint, now: datetime) -> dict[str, list[Any]]:
    complaint = pk if isinstance(pk, Complaint) else Complaint.objects.get(pk=pk[0])
    kept = SavedFilter.objects.create(user=p.fresh("uw1"), name="保修", query="kind=warranty")
    upload = ComplaintImport.objects.create(
        name="投诉.xlsx",
        file=SimpleUploadedFile("投诉.xlsx", b"PK"),
        sha256="0" * 64,
        uploaded_by=p.fresh("uw1"),
        uploaded_at=now,
    )
    assert Supervision.objects.count() == 1
    return {
        "complaint_filter": [kept.pk],
        "complaint_import": [upload.pk],
        "complaint_evidence": [give_evidence(p, complaint, "origin", now=now).pk],
        "complaint_attach": [ContentType.objects.get_for_model(Complaint).pk, complaint.pk],
    }
