"""The group's switches for ledgers and warranty cases."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from ledgers.models import LedgerPolicy
from ledgers.permissions import EDIT_POLICY
from organization.models import User

from .words import field_label

REASON_MAX = 100
HOURS_MAX = 720
SWITCHES = ("one_step_review", "case_urgent_hours", "case_normal_hours")


@transaction.atomic
def change_policy(*, values: dict[str, Any], reason: str, actor: User, now: datetime) -> LedgerPolicy:
    """A.4 row 1: one 审核 or two; the hours in which somebody is to arrive at a warranty case.

    ``values`` are some of ``SWITCHES``. Holds from the next decision or dispatch; who changed it and why stands in its
    history.
    """
    EDIT_POLICY.require_somewhere(actor)
    if not reason.strip():
        raise ValidationError({"reason": "请填写调整的理由。"})
    policy = LedgerPolicy.objects.select_for_update().order_by("pk").first() or LedgerPolicy()
    before = {name: getattr(policy, name) for name in SWITCHES}
    for name in SWITCHES:
        setattr(policy, name, values.get(name, before[name]))
    for name in ("case_urgent_hours", "case_normal_hours"):
        if not 1 <= getattr(policy, name) <= HOURS_MAX:
            raise ValidationError({name: f"{field_label(policy, name)}应为 1 至 {HOURS_MAX} 小时。"})
    if policy.case_urgent_hours > policy.case_normal_hours:
        raise ValidationError({"case_urgent_hours": "紧急报修的到场时限不能长于一般报修。"})
    if before == {name: getattr(policy, name) for name in SWITCHES}:
        raise ValidationError("设置没有变化,无需保存。")
    _save_with_reason(policy, actor, reason.strip()[:REASON_MAX], now)
    return policy


def _save_with_reason(policy: Any, actor: User, reason: str, now: datetime) -> None:
    """simple-history takes who, why and when from attributes of the instance."""
    policy._history_user, policy._change_reason, policy._history_date = actor, reason, now
    policy.save()
