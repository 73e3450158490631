"""保修完成 (ambiguity 13): the certificate that the warranty service ended on another day than the warranty itself."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ledgers.flow import FLOW
from ledgers.hooks import warranty_completed
from ledgers.models import Ledger
from organization.models import User

from .drafting import lock_ledger


@transaction.atomic
def record_completion_of_service(*, ledger_id: int, on: date, reason: str, actor: User, now: datetime) -> Ledger:
    """Clause 5.2.1c 保修完成后第一年 counts from ``on``, no longer from the end date. By UH, the certificate attached,
    within the warranty or the year after it, and not ahead of time. Upper apps follow by ``warranty_completed``."""
    ledger = lock_ledger(ledger_id)
    FLOW.check("complete_service", ledger, actor=actor, now=now)
    if ledger.warranty_start is None or on <= ledger.warranty_start:
        raise ValidationError({"on": "保修完成日期必须晚于保修开始日期。"})
    if on > timezone.localdate(now):
        raise ValidationError({"on": f"保修完成日期不能晚于今天({timezone.localdate(now):%Y-%m-%d})。"})
    before = ledger.serviced_until or ledger.warranty_end
    if on == before:
        raise ValidationError({"on": "与现有的保修完成日期相同,无需登记。"})
    change = {"field": "保修完成日期", "old": f"{before:%Y-%m-%d}" if before else "", "new": f"{on:%Y-%m-%d}"}
    ledger.serviced_until = on
    ledger.updated_at = now
    FLOW.move("complete_service", ledger, actor=actor, now=now, remark=reason, changes=[change])
    ledger.save()
    for hook in warranty_completed:
        hook(ledger, now)
    return ledger
