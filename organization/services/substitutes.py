"""Dated substitutes (代理, G5): the same post at the same unit, within the principal's dates, shown as "B 代 A"."""

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from ..models import Appointment, User
from ..permissions import EDIT_APPOINTMENTS
from .appointments import check_last_day, check_person, check_running, close, get_locked
from .common import lock_organization, required, resync, save_with_reason


@transaction.atomic
def set_substitute(
    *,
    principal_id: int,
    user_id: int,
    starts_on: date,
    ends_on: date,
    reason: str,
    actor: User,
    now: datetime,
) -> Appointment:
    """G5: somebody stands in for the holder of an appointment, both days included. One at a time.

    Set by the holder, for the own post, or by the security administrator.
    """
    lock_organization()
    principal = get_locked(principal_id)
    _require(actor, principal)
    user = User.objects.select_for_update().get(pk=user_id)
    today = timezone.localdate(now)
    if principal.substitute_for_id is not None:
        raise ValidationError({"principal": "代理人不能再找人代理。"})
    check_running(principal, today)
    if user.pk == principal.user_id:
        raise ValidationError({"user": "不能由本人代理本人。"})
    if user.pk == actor.pk and actor.pk != principal.user_id:
        raise PermissionDenied("不能指定自己为代理人,请由另一位安全管理员办理。")
    if starts_on < today:
        raise ValidationError({"starts_on": "开始日期不能早于今天:权限不能追溯。"})
    if ends_on < starts_on:
        raise ValidationError({"ends_on": "结束日期不能早于开始日期。"})
    if starts_on < principal.starts_on:
        raise ValidationError({"starts_on": f"代理不能早于被代理人的任职开始日期 {principal.starts_on}。"})
    if principal.ends_on is not None and ends_on > principal.ends_on:
        raise ValidationError({"ends_on": f"代理不能晚于被代理人的任职结束日期 {principal.ends_on}。"})
    other = principal.substitutes.overlapping(starts_on, ends_on).select_related("user").first()
    if other is not None:
        raise ValidationError({"starts_on": f"{other.starts_on} 至 {other.ends_on} 已由“{other.user}”代理,请先结束。"})
    check_person(user, principal.post, principal.unit, starts_on, ends_on)
    made = Appointment(
        user=user,
        post=principal.post,
        unit=principal.unit,
        starts_on=starts_on,
        ends_on=ends_on,
        substitute_for=principal,
        reason=reason.strip(),
    )
    save_with_reason(made, actor=actor, reason=reason.strip() or "代理")
    resync([user.pk], now)
    return made


@transaction.atomic
def end_substitution(*, substitution_id: int, last_day: date, reason: str, actor: User, now: datetime) -> Appointment:
    """By the principal, the substitute or the security administrator; what has not begun is revoked."""
    lock_organization()
    substitution = get_locked(substitution_id)
    principal = substitution.substitute_for
    if principal is None:
        raise ValidationError("这不是代理,请在任职页面结束。")
    if actor.pk != substitution.user_id:
        _require(actor, principal)
    required(reason=reason)
    today = timezone.localdate(now)
    check_running(substitution, today)
    check_last_day(substitution, last_day, today)
    close(substitution, last_day, actor=actor, reason=reason)
    resync([substitution.user_id], now)
    return substitution


def _require(actor: User, principal: Appointment) -> None:
    if actor.pk != principal.user_id:
        EDIT_APPOINTMENTS.require_at(actor, principal.unit)
