"""Who holds which post, where, from when to when (G2, G5); the three administrators stay apart (三员分立)."""

from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from ..errors import Conflict
from ..matrix import ADMINISTRATORS
from ..models import Appointment, Post, Unit, User
from ..permissions import EDIT_APPOINTMENTS
from .common import lock_organization, required, resync, save_with_reason


@transaction.atomic
def appoint(
    *,
    user_id: int,
    post_code: str,
    unit_id: int,
    starts_on: date,
    ends_on: date | None,
    reason: str,
    actor: User,
    now: datetime,
) -> Appointment:
    """Give a person a post at a unit of the post's tier, from today at the earliest; rights follow at once."""
    lock_organization()
    unit, post = Unit.objects.get(pk=unit_id), Post.objects.get(pk=post_code)
    EDIT_APPOINTMENTS.require_at(actor, unit)
    user = User.objects.select_for_update().get(pk=user_id)
    today = timezone.localdate(now)
    if user.pk == actor.pk:
        raise PermissionDenied("不能为自己任职,请由另一位安全管理员办理。")
    if starts_on < today:
        raise ValidationError({"starts_on": "开始日期不能早于今天:权限不能追溯。"})
    if ends_on is not None and ends_on < starts_on:
        raise ValidationError({"ends_on": "结束日期不能早于开始日期。"})
    check_place(post, unit)
    check_person(user, post, unit, starts_on, ends_on)
    made = Appointment(user=user, post=post, unit=unit, starts_on=starts_on, ends_on=ends_on, reason=reason.strip())
    save_with_reason(made, actor=actor, reason=reason.strip() or "任职")
    resync([user.pk], now)
    return made


@transaction.atomic
def end_appointment(*, appointment_id: int, last_day: date, reason: str, actor: User, now: datetime) -> Appointment:
    """The last day in force: yesterday (ends at once), today or later. What has not begun is revoked instead.

    Substitutions for it end with it. The last holder of an administrator's post stays until a successor is there.
    """
    lock_organization()
    appointment = get_locked(appointment_id)
    if appointment.substitute_for_id is not None:
        raise ValidationError("这是代理,请在代理页面结束。")
    EDIT_APPOINTMENTS.require_at(actor, appointment.unit)
    required(reason=reason)
    today = timezone.localdate(now)
    check_running(appointment, today)
    check_last_day(appointment, last_day, today)
    if appointment.post_id in ADMINISTRATORS:
        _check_successor(appointment, last_day)
    stand_ins = [appointment, *appointment.substitutes.filter(revoked=False).select_related("user", "post", "unit")]
    for each in stand_ins:
        close(each, last_day, actor=actor, reason=reason)
    resync([each.user_id for each in stand_ins], now)
    return appointment


def close(appointment: Appointment, last_day: date, *, actor: User, reason: str) -> None:
    """Shorten to ``last_day``; revoke what would then never have been in force."""
    if appointment.starts_on > last_day:
        appointment.revoked = True
    elif appointment.ends_on is None or appointment.ends_on > last_day:
        appointment.ends_on = last_day
    else:
        return
    save_with_reason(appointment, actor=actor, reason=reason)


def get_locked(appointment_id: int) -> Appointment:
    found = Appointment.objects.select_for_update(of=("self",)).select_related("user", "post", "unit")
    return found.get(pk=appointment_id)


def check_running(appointment: Appointment, today: date) -> None:
    if appointment.revoked:
        raise Conflict(f"“{appointment}”已撤销。")
    if appointment.ends_on is not None and appointment.ends_on < today:
        raise Conflict(f"“{appointment}”已于 {appointment.ends_on} 结束。")


def check_last_day(appointment: Appointment, last_day: date, today: date) -> None:
    if last_day < today - timedelta(days=1):
        raise ValidationError({"last_day": "最后一天最早为昨天(立即失效):已经行使的权限不能追溯取消。"})
    if appointment.ends_on is not None and last_day > appointment.ends_on:
        raise ValidationError({"last_day": f"最后一天不能晚于原结束日期 {appointment.ends_on}。"})


def check_place(post: Post, unit: Unit) -> None:
    if post.tier != unit.tier:
        raise ValidationError({"unit": f"“{post}”设在{post.get_tier_display()},“{unit}”是{unit.get_tier_display()}。"})
    if unit.dissolved_on:
        raise ValidationError({"unit": f"“{unit}”已于 {unit.dissolved_on} 撤销。"})


def check_person(user: User, post: Post, unit: Unit, starts_on: date, ends_on: date | None) -> None:
    """Active; not twice the same post; never an administrator's post beside any other post."""
    if not user.is_active:
        raise ValidationError({"user": f"“{user}”的账号已停用。"})
    running = Appointment.objects.filter(user=user).overlapping(starts_on, ends_on).select_related("post", "unit")
    for other in running:
        if other.post_id == post.pk and other.unit_id == unit.pk:
            until = other.ends_on or "长期"
            raise ValidationError({"user": f"“{user}”在此期间已任该岗位({other.starts_on} 至 {until})。"})
        if other.post_id != post.pk and (post.pk in ADMINISTRATORS or other.post_id in ADMINISTRATORS):
            raise ValidationError(
                {"user": f"“{user}”在此期间任“{other.post}”。系统、安全、审计管理员必须分设,且不得兼任业务岗位。"}
            )


def _check_successor(appointment: Appointment, last_day: date) -> None:
    after = last_day + timedelta(days=1)
    others = Appointment.objects.filter(post=appointment.post_id, substitute_for__isnull=True).exclude(
        pk=appointment.pk
    )
    if not others.active(after).filter(ends_on__isnull=True).exists():
        raise ValidationError(f"“{appointment.user}”是最后一位{appointment.post},请先任命接任者(长期)。")
