"""销项问题: register, put right, close or return (R-3.3.4)."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ledgers.flow import PUNCH_FLOW
from ledgers.models import Project, PunchItem
from organization.models import User
from workflow.locking import lock

from .words import field_label

EDITABLE = ("found_on", "place", "trade", "problem", "responsible", "subcontractor", "due_on")


@transaction.atomic
def add_punch_item(*, project: Project, values: dict[str, Any], actor: User, now: datetime) -> PunchItem:
    """A problem of the pre-acceptance goes on the list; its clock runs to the end of the required day."""
    item = PunchItem(
        project=project, created_by=actor, created_at=now, **{name: values[name] for name in EDITABLE if name in values}
    )
    _check_dates(item, timezone.localdate(now))
    item.save()
    PUNCH_FLOW.move("add", item, actor=actor, now=now, due=end_of(item.due_on))
    return item


@transaction.atomic
def edit_punch_item(*, item_id: int, values: dict[str, Any], actor: User, now: datetime) -> PunchItem:
    """Correct an open item. A new due date moves its running clock: the old one is kept as cancelled."""
    item = _lock(item_id)
    changes = []
    for name in EDITABLE:
        if name in values and values[name] != (old := getattr(item, name)):
            label = field_label(PunchItem, name)
            changes.append({"field": label, "old": str(old or ""), "new": str(values[name] or "")})
            setattr(item, name, values[name])
    _check_dates(item, timezone.localdate(now))
    moved = any(change["field"] == "要求完成日期" for change in changes)
    step = "reschedule" if moved else "edit"
    PUNCH_FLOW.move(step, item, actor=actor, now=now, changes=changes, due=end_of(item.due_on) if moved else None)
    item.save()
    return item


@transaction.atomic
def finish_punch_item(*, item_id: int, done_on: date, measures: str, actor: User, now: datetime) -> PunchItem:
    item = _lock(item_id)
    if done_on > timezone.localdate(now):
        raise ValidationError({"done_on": "实际完成日期不能晚于今天。"})
    if done_on < item.found_on:
        raise ValidationError({"done_on": "实际完成日期不能早于预验收日期。"})
    item.done_on, item.measures = done_on, measures
    PUNCH_FLOW.move("finish", item, actor=actor, now=now)
    return item


@transaction.atomic
def decide_punch_item(*, item_id: int, step: str, remark: str, actor: User, now: datetime) -> PunchItem:
    """销项, 退回整改 or 作废; whoever finished an item does not close it (G5)."""
    if step not in {"close", "reopen", "void"}:
        raise ValueError(f"{step!r} is no decision")
    item = _lock(item_id)
    if step == "close":
        item.closed_by, item.closed_at = actor, now
    if step == "reopen":
        item.done_on = None
    PUNCH_FLOW.move(step, item, actor=actor, now=now, remark=remark, due=end_of(item.due_on))
    return item


def end_of(day: date) -> datetime:
    """24:00 of a day: the first late moment of a duty due on it."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))


def _lock(item_id: int) -> PunchItem:
    return lock(PunchItem, item_id, "project__department")


def _check_dates(item: PunchItem, today: date) -> None:
    if item.found_on > today:
        raise ValidationError({"found_on": "预验收日期不能晚于今天。"})
    if item.due_on < item.found_on:
        raise ValidationError({"due_on": "要求完成日期不能早于预验收日期。"})
