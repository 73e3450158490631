"""投诉备案, 集团跟踪, 单位跟踪上报 (clauses 5.4.3, 5.6.2, 5.6.3; B.2 steps 9, 10, 12)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from complaints.flows.filing import FILING_FLOW
from complaints.models import Complaint, Filing, FollowUp
from organization.models import User

from .children import conclude_filing
from .common import lock_part, must_be_given, must_be_one_of, take_number


def _lock(filing_id: int) -> Filing:
    return lock_part(Filing, filing_id, "complaint_id", "complaint__department", "complaint__project")


@transaction.atomic
def file_complaint(*, filing_id: int, note: str, actor: User, now: datetime) -> Filing:
    """Clause 5.4.3: GW enters the complaint in the group's file; a number is given, the weekly tracking begins."""
    filing = _lock(filing_id)
    FILING_FLOW.move("file", filing, actor=actor, now=now, remark=note)
    filing.number, filing.filed_at = filing.number or take_number("BA", filing.complaint, now, of_group=True), now
    filing.note = note.strip()[:500]
    filing.save()
    if filing.complaint.status == Complaint.Status.AWAITING_CLOSE:
        conclude_filing(filing.complaint, now=now)
        filing.refresh_from_db()
    return filing


@transaction.atomic
def track_complaint(
    *,
    filing_id: int,
    kind: str,
    milestones: str,
    resources: str,
    progress: str,
    percent: int,
    actor: User,
    now: datetime,
) -> FollowUp:
    """Clauses 5.6.2, 5.6.3: the weekly entry of GW, or the unit's report to the group; the next week begins with it."""
    filing = _lock(filing_id)
    step = "track" if kind == FollowUp.Kind.TRACK else "report"
    FILING_FLOW.check(step, filing, actor=actor, now=now)
    must_be_one_of("kind", "类别", kind, FollowUp.Kind.values)
    if not 0 <= percent <= 100:
        raise ValidationError({"percent": "完成比例应在 0 到 100 之间。"})
    must_be_given(
        {
            "milestones": ("时间节点情况", milestones),
            "resources": ("资源到位情况", resources),
            "progress": ("整改进展情况", progress),
        }
    )
    FILING_FLOW.move(step, filing, actor=actor, now=now)
    return FollowUp.objects.create(
        filing=filing,
        kind=kind,
        milestones=milestones.strip(),
        resources=resources.strip(),
        progress=progress.strip(),
        percent=percent,
        made_by=actor,
        made_at=now,
    )


@transaction.atomic
def receive_reports(*, filing_id: int, actor: User, now: datetime) -> Filing:
    """R-5.6.3: the group signs for what the unit sent: sent and received both stand on record."""
    filing = _lock(filing_id)
    FILING_FLOW.move("receive", filing, actor=actor, now=now)
    filing.follow_ups.filter(kind=FollowUp.Kind.REPORT, received_at__isnull=True).update(
        received_by=actor, received_at=now
    )
    return filing


@transaction.atomic
def close_filing(*, filing_id: int, conclusion: str, actor: User, now: datetime) -> Filing:
    """The group's closing entry, without which the complaint is not closed."""
    filing = _lock(filing_id)
    FILING_FLOW.check("close", filing, actor=actor, now=now)
    filing.conclusion = conclusion.strip()[:500]
    FILING_FLOW.move("close", filing, actor=actor, now=now, remark=conclusion)
    filing.closed_at = now
    filing.save()
    return filing
