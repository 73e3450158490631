"""The group's switches of the complaint flow [D]."""

from datetime import datetime

from django.db import transaction

from complaints.models import ComplaintPolicy
from complaints.permissions import EDIT_POLICY
from organization.models import User


@transaction.atomic
def set_complaint_policy(
    *, supervise_all: bool, reapprove_all: bool, reason: str, actor: User, now: datetime
) -> ComplaintPolicy:
    """Change the switches; what has begun goes on by what was called for when it began. The reason is kept."""
    EDIT_POLICY.require_somewhere(actor)
    policy = ComplaintPolicy.objects.select_for_update().first() or ComplaintPolicy()
    policy.supervise_all, policy.reapprove_all = supervise_all, reapprove_all
    policy._history_user, policy._history_date = actor, now  # type: ignore[attr-defined]
    policy._change_reason = reason.strip()[:100]  # type: ignore[attr-defined]
    policy.save()
    return policy
