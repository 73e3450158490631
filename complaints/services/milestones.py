"""Progress and completion of a milestone (clause 5.6.1)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from complaints.flows.plan import MILESTONE_FLOW
from complaints.models import Milestone, Progress
from organization.models import User
from workflow.services.evidence import keep_files

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
def record_progress(
    *,
    milestone_id: int,
    percent: int,
    text: str,
    actor: User,
    now: datetime,
    photos: "Sequence[File[Any]]" = (),
) -> Progress:
    """Clause 5.6.1: what was done, as of now, with its photos as evidence of the milestone."""
    milestone = _lock(milestone_id)
    MILESTONE_FLOW.check("progress", milestone, actor=actor, now=now)
    problems = {}
    if not 0 <= percent <= 100:
        problems["percent"] = "完成比例应在 0 到 100 之间。"
    if not text.strip():
        problems["text"] = "请填写进展情况。"
    if problems:
        raise ValidationError(problems)
    keep_files(milestone, photos, kind="other", actor=actor, now=now, field="photos")
    milestone.percent = percent
    MILESTONE_FLOW.move("progress", milestone, actor=actor, now=now, remark=f"{percent}%:{text.strip()}")
    milestone.save()
    return Progress.objects.create(milestone=milestone, percent=percent, text=text.strip(), made_by=actor, made_at=now)


@transaction.atomic
def finish_milestone(
    *,
    milestone_id: int,
    done_on: date,
    text: str,
    actor: User,
    now: datetime,
    photos: "Sequence[File[Any]]" = (),
) -> Milestone:
    """Clause 5.6.1: done, with the photos that show it; late if the day it was due is over (milestone.finish)."""
    milestone = _lock(milestone_id)
    MILESTONE_FLOW.check("finish", milestone, actor=actor, now=now)
    problems = {}
    if done_on > timezone.localdate(now):
        problems["done_on"] = "实际完成日期不能晚于今天。"
    if not text.strip():
        problems["text"] = "请填写完成情况。"
    if problems:
        raise ValidationError(problems)
    keep_files(milestone, photos, kind="after", actor=actor, now=now, field="photos")
    MILESTONE_FLOW.move("finish", milestone, actor=actor, now=now, remark=text)
    milestone.done_on, milestone.percent = done_on, 100
    milestone.save()
    Progress.objects.create(milestone=milestone, percent=100, text=text.strip(), made_by=actor, made_at=now)
    return milestone
