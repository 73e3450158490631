"""What the services of this app share: one lock, the reason in the history, the fields checked in words."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils import timezone

from ..authority import sync_authority
from ..models import Unit, User


def lock_organization() -> Unit:
    """One change of units, appointments or the matrix at a time.

    An appointment made while a cell changes must not miss the change, nor the change the appointment; locking
    the root's row puts them in line. Reads and business writes do not wait (a key-share lock passes).
    """
    root: Unit | None = Unit.objects.select_for_update(no_key=True).filter(depth=1).first()
    if root is None:
        raise ValidationError("尚未建立集团公司,请先在服务器上执行 manage.py init_group。")
    return root


def save_with_reason(obj: Model, *, actor: User | None, reason: str) -> None:
    """Save with who and why in the field history; every field is checked first, messages stand by field name."""
    obj.full_clean()
    obj._history_user = actor  # type: ignore[attr-defined]
    obj._change_reason = reason[:100]  # type: ignore[attr-defined]
    obj.save()


def resync(users: Collection[int], now: datetime) -> None:
    sync_authority(users=users, today=timezone.localdate(now))


def required(**texts: str) -> None:
    """``required(reason="…")``: each must hold more than spaces."""
    missing: dict[str, Any] = {field: "请填写此项。" for field, text in texts.items() if not text.strip()}
    if missing:
        raise ValidationError(missing)
