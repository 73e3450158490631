"""Makers of people and units for every test. What has a life of its own is made by its service, never by its status."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from organization.authority import sync_authority
from organization.models import Appointment, Post, Unit, User
from organization.models.units import Tier

PASSWORD = "portal-demo-2026"
LONG_AGO = date(2015, 1, 1)
FAR_AHEAD = date(2099, 12, 31)


@dataclass(slots=True)
class Group:
    """The tree, by code: ``group["U1D1"]``."""

    root: Unit
    by_code: dict[str, Unit] = field(default_factory=dict)

    def __getitem__(self, code: str) -> Unit:
        return self.by_code[code]

    @property
    def departments(self) -> list[Unit]:
        return [unit for unit in self.by_code.values() if unit.tier == Tier.DEPARTMENT]


def make_group(units: int = 4, departments: int = 3) -> Group:
    """The demo's shape: ``G``, its units ``U1`` …, their project departments ``U1D1`` …"""
    root = Unit.objects.add_root({"code": "G", "name": "中天建设集团公司", "tier": Tier.GROUP})
    for i in range(1, units + 1):
        unit = Unit.objects.add_child(root, {"code": f"U{i}", "name": f"第{i}建筑公司", "tier": Tier.UNIT})
        for j in range(1, departments + 1):
            name = f"第{i}建筑公司第{j}项目经理部"
            Unit.objects.add_child(unit, {"code": f"U{i}D{j}", "name": name, "tier": Tier.DEPARTMENT})
    return Group(Unit.objects.get(pk=root.pk), {u.code: u for u in Unit.objects.all()})


def make_user(username: str, name: str = "", **fields: object) -> User:
    values: dict[str, object] = {
        "name": name or username,
        "email": f"{username}@example.com",
        "password": make_password(PASSWORD),
        "employee_number": f"E-{username}",
        "phone": "13800001234",
    }
    return User.objects.create(username=username, **(values | fields))


def make_users(usernames: Iterable[str]) -> list[User]:
    """Many people in one statement, for tests of size; without history."""
    password = make_password(PASSWORD)
    return User.objects.bulk_create(
        User(username=u, name=f"人员{u}", email=f"{u}@example.com", password=password) for u in usernames
    )


def appoint(
    user: User,
    post: str,
    unit: Unit,
    *,
    starts_on: date = LONG_AGO,
    ends_on: date | None = None,
    substitute_for: Appointment | None = None,
    sync: bool = True,
) -> Appointment:
    """Appoint without asking anybody's leave, and bring the rights of the user in step."""
    made = Appointment.objects.create(
        user=user,
        post=Post.objects.get(pk=post),
        unit=unit,
        starts_on=starts_on,
        ends_on=ends_on,
        substitute_for=substitute_for,
    )
    if sync:
        sync_authority(users=[user.pk], today=timezone.localdate())
    return made


def substitute(
    user: User, principal: Appointment, *, starts_on: date = LONG_AGO, ends_on: date = FAR_AHEAD
) -> Appointment:
    """``user`` stands in for the holder of an appointment (G5)."""
    return appoint(
        user, principal.post_id, principal.unit, starts_on=starts_on, ends_on=ends_on, substitute_for=principal
    )


def as_of_now(user: User) -> User:
    """The same person read anew: nothing of an earlier request is remembered."""
    return User.objects.get(pk=user.pk)
