"""The group's switches for the ledger."""

from datetime import datetime

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
    if policy.pk is not None and policy.one_step_review == on:
        raise ValidationError("设置没有变化,无需保存。")
    if policy.pk is None and not on:
        raise ValidationError("当前已是两级审核,无需保存。")
    policy.one_step_review = on
    policy._history_user = actor
    policy._change_reason = reason.strip()[:REASON_MAX]
    policy._history_date = now
    policy.save()
    return policy
