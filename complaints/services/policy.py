"""The group's switches of the complaint flow [D]."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from complaints.models import ComplaintPolicy
from complaints.permissions import EDIT_POLICY
from organization.models import User

REASON_MAX = 100


@transaction.atomic
def set_complaint_policy(
    *, supervise_all: bool, reapprove_all: bool, reason: str, actor: User, now: datetime
) -> ComplaintPolicy:
    """Change the switches; what has begun goes on by what was called for when it began. The reason is kept."""
    EDIT_POLICY.require_somewhere(actor)
    if not reason.strip():
        raise ValidationError({"reason": "请填写调整的理由。"})
    policy = ComplaintPolicy.objects.select_for_update().order_by("pk").first() or ComplaintPolicy()
    if (policy.supervise_all, policy.reapprove_all) == (supervise_all, reapprove_all):
        raise ValidationError("设置没有变化,无需保存。")
    policy.supervise_all, policy.reapprove_all = supervise_all, reapprove_all
    _save_with_reason(policy, actor, reason.strip()[:REASON_MAX], now)
    return policy


def _save_with_reason(policy: Any, actor: User, reason: str, now: datetime) -> None:
    """simple-history takes who, why and when from attributes of the instance."""
    policy._history_user, policy._change_reason, policy._history_date = actor, reason, now
    policy.save()
