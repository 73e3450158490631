"""Appointments and substitutions as lists (G5): running, coming, past."""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from ..models import Appointment, Unit, User
from ..permissions import VIEW_APPOINTMENTS

STATES = (("running", "在任"), ("coming", "未开始"), ("past", "已结束"), ("revoked", "已撤销"))


def in_state(found: QuerySet[Appointment], state: str, on: date) -> QuerySet[Appointment]:
    if state == "running":
        return found.filter(pk__in=Appointment.objects.active(on).values("pk"))
    if state == "coming":
        return found.filter(starts_on__gt=on, revoked=False)
    if state == "past":
        return found.filter(ends_on__lt=on, revoked=False)
    if state == "revoked":
        return found.filter(revoked=True)
    return found


def appointment_list(
    user: User, *, on: date, substitutes: bool, q: str = "", unit: Unit | None = None, post: str = "", state: str = ""
) -> QuerySet[Appointment]:
    """The visible appointments, or the substitutions; each row complete, no query per row."""
    found = VIEW_APPOINTMENTS.narrow(user, Appointment.objects.filter(substitute_for__isnull=not substitutes))
    for word in q.split():
        found = found.filter(
            Q(user__name__icontains=word)
            | Q(user__username__icontains=word)
            | Q(substitute_for__user__name__icontains=word)
            | Q(substitute_for__user__username__icontains=word)
        )
    if unit is not None:
        found = found.filter(unit__path__startswith=unit.path)
    if post:
        found = found.filter(post=post)
    found = in_state(found, state, on)
    covered = Appointment.objects.active(on).filter(substitute_for=OuterRef("pk"))
    return (
        found.annotate(covered=Exists(covered))
        .select_related("user", "post", "unit", "substitute_for__user")
        .order_by("revoked", "unit__path", "post__order", "-starts_on", "pk")
    )


def state_of(appointment: Appointment, on: date) -> str:
    """The code of ``STATES``, or "suspended": the dates run, but an account is switched off."""
    if appointment.revoked:
        return "revoked"
    if appointment.starts_on > on:
        return "coming"
    if appointment.ends_on is not None and appointment.ends_on < on:
        return "past"
    principal = appointment.substitute_for
    alive = appointment.user.is_active and (principal is None or principal.user.is_active)
    return "running" if alive else "suspended"


def own_appointments(user: User) -> QuerySet[Appointment]:
    found = Appointment.objects.filter(user=user)
    return found.select_related("user", "post", "unit", "substitute_for__user").order_by("revoked", "-starts_on", "-pk")


def substitutes_of(user: User) -> QuerySet[Appointment]:
    """Who stands, stood or will stand in for this user."""
    found = Appointment.objects.filter(substitute_for__user=user)
    return found.select_related("user", "post", "unit", "substitute_for__user").order_by("revoked", "-starts_on", "-pk")


def principals_of(user: User, *, on: date) -> QuerySet[Appointment]:
    """The user's own posts for which a substitute may be named."""
    found = Appointment.objects.not_over(on).filter(user=user, substitute_for__isnull=True)
    return found.select_related("post", "unit", "user").order_by("post__order", "pk")
