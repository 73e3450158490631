"""Progress and completion of a milestone (clause 5.6.1)."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from complaints.flows.plan import MILESTONE_FLOW
from complaints.models import Milestone, Progress
from organization.models import User

from .common import lock_part


def _lock(milestone_id: int) -> Milestone:
    return lock_part(
        Milestone,
        milestone_id,
        "plan_version__plan__complaint_id",
        "plan_version__plan__complaint__department",
        "plan_version__plan__complaint__project",
    )


@transaction.atomic
def record_progress(*, milestone_id: int, percent: int, text: str, actor: User, now: datetime) -> Progress:
    """Clause 5.6.1: what was done, as of now; evidence is attached to the milestone."""
    milestone = _lock(milestone_id)
    if not 0 <= percent <= 100:
        raise ValidationError({"percent": "完成比例应在 0 到 100 之间。"})
    MILESTONE_FLOW.move("progress", milestone, actor=actor, now=now, remark=f"{percent}%:{text.strip()}")
    milestone.percent = percent
    milestone.save()
    return Progress.objects.create(milestone=milestone, percent=percent, text=text.strip(), made_by=actor, made_at=now)


@transaction.atomic
def finish_milestone(*, milestone_id: int, done_on: date, text: str, actor: User, now: datetime) -> Milestone:
    milestone = _lock(milestone_id)
    if done_on > timezone.localdate(now):
        raise ValidationError({"done_on": "实际完成日期不能晚于今天。"})
    MILESTONE_FLOW.move("finish", milestone, actor=actor, now=now, remark=text)
    milestone.done_on, milestone.percent = done_on, 100
    milestone.save()
    Progress.objects.create(milestone=milestone, percent=100, text=text.strip(), made_by=actor, made_at=now)
    return milestone
