"""The group's switches for the ledger."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from ledgers.models import LedgerPolicy
from ledgers.permissions import EDIT_POLICY
from organization.models import User

REASON_MAX = 100


@transaction.atomic
def set_one_step_review(*, on: bool, reason: str, actor: User, now: datetime) -> LedgerPolicy:
    """A.4 row 1: one 审核 or two. Holds from the next decision; who changed it and why stands in its history."""
    EDIT_POLICY.require_somewhere(actor)
    if not reason.strip():
        raise ValidationError({"reason": "请填写调整的理由。"})
    policy = LedgerPolicy.objects.select_for_update().order_by("pk").first() or LedgerPolicy()
    if policy.one_step_review == on:
        raise ValidationError("设置没有变化,无需保存。")
    policy.one_step_review = on
    _save_with_reason(policy, actor, reason.strip()[:REASON_MAX], now)
    return policy


def _save_with_reason(policy: Any, actor: User, reason: str, now: datetime) -> None:
    """simple-history takes who, why and when from attributes of the instance."""
    policy._history_user, policy._change_reason, policy._history_date = actor, reason, now
    policy.save()
