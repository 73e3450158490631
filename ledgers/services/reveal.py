"""Showing a whole phone number to somebody who says what for."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from ledgers.models import LedgerContact, PhoneReveal
from ledgers.permissions import VIEW
from organization.models import User

PURPOSE_MAX = 100


@transaction.atomic
def reveal_phone(*, contact: LedgerContact, purpose: str, actor: User, now: datetime) -> PhoneReveal:
    """Log who saw whose number, when and what for; only then may a page print it."""
    purpose = purpose.strip()
    if not purpose:
        raise ValidationError({"purpose": "请填写查看电话的用途。"})
    ledger = contact.version.ledger
    VIEW.require(actor, ledger)
    return PhoneReveal.objects.create(
        contact=contact, ledger=ledger, whose=str(contact)[:120], user=actor, purpose=purpose[:PURPOSE_MAX], at=now
    )
