"""People: create, edit, deactivate, reactivate, reset the password, reveal a phone number."""

import secrets
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from ..errors import Conflict
from ..matrix import ADMINISTRATORS
from ..models import Appointment, SecurityEvent, User
from ..permissions import EDIT_PEOPLE
from ..selectors.people import visible_people
from .common import required, resync, save_with_reason

# Without letters and digits that look alike: an initial password is read out and typed.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def make_password() -> str:
    """Four groups of four characters: 79 bits, easy to read out."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4))


@transaction.atomic
def create_person(
    *, username: str, name: str, employee_number: str, phone: str, email: str, actor: User, now: datetime
) -> tuple[User, str]:
    """A new account without any right; the initial password is returned once and must be changed at the first login."""
    EDIT_PEOPLE.require_somewhere(actor)
    password = make_password()
    user = User(
        username=username.strip(),
        name=name.strip(),
        employee_number=employee_number.strip() or None,
        phone=phone.strip(),
        email=email.strip(),
        must_change_password=True,
    )
    user.set_password(password)
    _check_username(user)
    save_with_reason(user, actor=actor, reason="新建人员")
    return user, password


@transaction.atomic
def edit_person(
    *,
    person_id: int,
    username: str,
    name: str,
    employee_number: str,
    phone: str,
    email: str,
    reason: str,
    actor: User,
    now: datetime,
) -> User:
    person = _editable(person_id, actor, now)
    required(reason=reason)
    person.username, person.name, person.phone = username.strip(), name.strip(), phone.strip()
    person.employee_number, person.email = employee_number.strip() or None, email.strip()
    _check_username(person)
    save_with_reason(person, actor=actor, reason=reason)
    return person


@transaction.atomic
def deactivate_person(*, person_id: int, reason: str, actor: User, now: datetime) -> User:
    """The account can no longer log in, and every right ends with this transaction; records keep the name."""
    person = _editable(person_id, actor, now)
    required(reason=reason)
    if person.pk == actor.pk:
        raise ValidationError("不能停用自己的账号。")
    if not person.is_active:
        raise Conflict(f"“{person}”的账号已停用。")
    person.is_active = False
    save_with_reason(person, actor=actor, reason=reason)
    resync(_dependents(person), now)
    return person


@transaction.atomic
def reactivate_person(*, person_id: int, reason: str, actor: User, now: datetime) -> User:
    person = _editable(person_id, actor, now)
    required(reason=reason)
    if person.is_active:
        raise Conflict(f"“{person}”的账号没有停用。")
    person.is_active = True
    save_with_reason(person, actor=actor, reason=reason)
    resync(_dependents(person), now)
    return person


@transaction.atomic
def reset_password(*, person_id: int, actor: User, now: datetime) -> tuple[User, str]:
    """A new initial password, returned once; all sessions of the person end because the password hash changed."""
    person = _editable(person_id, actor, now)
    if person.pk == actor.pk:
        raise ValidationError("请在“修改密码”页面修改自己的密码。")
    password = make_password()
    person.set_password(password)
    person.must_change_password = True
    save_with_reason(person, actor=actor, reason="重置密码")
    SecurityEvent.objects.create(at=now, kind=SecurityEvent.Kind.PASSWORD_RESET, account=person.username, actor=actor)
    return person, password


@transaction.atomic
def reveal_phone(*, person_id: int, actor: User, now: datetime) -> str:
    """Whoever may see the person may see the number; that they looked is kept."""
    person = visible_people(actor, on=timezone.localdate(now)).filter(pk=person_id).first()
    if person is None:
        raise PermissionDenied("您不能查看该人员的手机号。")
    SecurityEvent.objects.create(at=now, kind=SecurityEvent.Kind.PHONE_REVEALED, account=person.username, actor=actor)
    return person.phone


def is_administrator(person: User, on: datetime) -> bool:
    posts = Appointment.objects.filter(user=person, post__in=ADMINISTRATORS).not_over(timezone.localdate(on))
    return posts.exists()


def is_editable(person: User, *, actor: User, now: datetime) -> bool:
    """三员分立: one administrator does not touch another's account, or could log in as the other."""
    return person.pk == actor.pk or not (person.is_superuser or is_administrator(person, now))


def require_editable(person: User, *, actor: User, now: datetime) -> None:
    if not is_editable(person, actor=actor, now=now):
        raise PermissionDenied(
            "三员账号之间互不维护。请先由安全管理员结束其管理员任职;"
            "忘记密码时由运维人员在服务器上执行 manage.py changepassword。"
        )


def _editable(person_id: int, actor: User, now: datetime) -> User:
    EDIT_PEOPLE.require_somewhere(actor)
    person = User.objects.select_for_update().get(pk=person_id)
    require_editable(person, actor=actor, now=now)
    return person


def _dependents(person: User) -> list[int]:
    """The person and whoever stands in for them."""
    stand_ins = Appointment.objects.filter(substitute_for__user=person).values_list("user_id", flat=True)
    return [person.pk, *stand_ins]


def _check_username(person: User) -> None:
    """Two accounts that differ in case only would share one failure counter and confuse whoever types them."""
    if User.objects.filter(username__iexact=person.username).exclude(pk=person.pk).exists():
        raise ValidationError({"username": f"账号“{person.username}”已被使用。"})
