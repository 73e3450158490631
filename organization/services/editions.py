"""Editions of the standard (R-2.1): footers take the one in force, archived documents keep theirs."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ..models import StandardEdition, User
from ..permissions import EDIT_MATRIX
from .common import lock_organization, required, save_with_reason


@transaction.atomic
def save_edition(
    *,
    edition_id: int | None,
    number: str,
    title: str,
    form_prefix: str,
    effective_on: date,
    reason: str,
    actor: User,
    now: datetime,
) -> StandardEdition:
    """A new edition comes into force on its day. An edition already in force keeps its day: documents rely on it."""
    lock_organization()
    EDIT_MATRIX.require_somewhere(actor)
    required(reason=reason)
    edition = StandardEdition() if edition_id is None else StandardEdition.objects.get(pk=edition_id)
    today = timezone.localdate(now)
    if edition_id is not None and edition.effective_on <= today and effective_on != edition.effective_on:
        raise ValidationError({"effective_on": "该版本已生效,生效日期不能再改。"})
    if edition_id is None and effective_on < today:
        raise ValidationError({"effective_on": "新版本的生效日期不能早于今天。"})
    edition.number, edition.title = number.strip(), title.strip()
    edition.form_prefix, edition.effective_on = form_prefix.strip(), effective_on
    save_with_reason(edition, actor=actor, reason=reason)
    return edition
