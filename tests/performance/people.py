"""The bench's group: one tree of units with everybody in office, built with a handful of statements."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from config.demo import names
from organization.authority import sync_authority
from organization.models import Appointment, Post, Unit, User

from .rows import Keys, write

OFFICES = {
    "group": ("GW", "GH", "GL", "SYS", "SEC", "AUD"),
    "unit": ("UW", "UH", "UD", "UL", "UG"),
    "department": ("PW", "PM", "PE"),
}


@dataclass(slots=True)
class Group:
    """The tree by code (``G``, ``U1``, ``U1D1``), and who holds a post at a unit."""

    units: dict[str, Unit] = field(default_factory=dict)
    holders: dict[tuple[str, int], int] = field(default_factory=dict)

    @property
    def departments(self) -> list[Unit]:
        return [unit for unit in self.units.values() if unit.tier == "department"]

    def at_tier(self, department: Unit, tier: str) -> Unit:
        if tier == "department":
            return department
        return self.units["G" if tier == "group" else department.code.partition("D")[0]]


def group_there() -> Group:
    """The group as it stands in the database."""
    group = Group({unit.code: unit for unit in Unit.objects.all()})
    held = Appointment.objects.filter(substitute_for=None).values_list("post_id", "unit_id", "user_id")
    group.holders = {(post, unit): user for post, unit, user in held}
    return group


def login_of(post: str, unit: Unit) -> str:
    """``gw``, ``uw7``, ``pw7d12``: more departments than the demo's single digits."""
    return post.lower() + unit.code.lower().lstrip("gu")


def load_group(*, units: int, departments: int, today: date) -> Group:
    """``units`` second-tier units with ``departments`` each; one person to a post, in office for three years."""
    group = Group()
    root = Unit(code="G", name="华建集团有限公司", tier="group", depth=1, path=Unit._get_path("", 1, 1))
    _staff(group, [root], today)
    extend(group, root, units, today=today, sync=False)
    for unit in [unit for unit in group.units.values() if unit.tier == "unit"]:
        extend(group, unit, departments, today=today, sync=False)
    sync_authority(today=today)
    return group


def extend(group: Group, parent: Unit, count: int, *, today: date, sync: bool = True) -> None:
    """``count`` more units below ``parent``, of the next tier, with their people."""
    made = []
    for number in range(parent.numchild + 1, parent.numchild + count + 1):
        if parent.tier == "group":
            unit = Unit(code=f"U{number}", name=f"第{number}工程公司", tier="unit")
        else:
            unit = Unit(code=f"{parent.code}D{number}", name=f"{parent.name}第{number}项目经理部", tier="department")
        unit.depth, unit.path = parent.depth + 1, Unit._get_path(parent.path, parent.depth + 1, number)
        made.append(unit)
    parent.numchild += count
    Unit.objects.filter(pk=parent.pk).update(numchild=parent.numchild)
    _staff(group, made, today)
    if sync:
        sync_authority(today=today)


def _staff(group: Group, units: list[Unit], today: date) -> None:
    keys = Keys(Unit, User, Appointment)
    random = Random(len(group.units))
    posts = {post.pk: post for post in Post.objects.all()}
    people: list[User] = []
    appointments: list[Appointment] = []
    for unit in units:
        unit.pk = keys.take(Unit)
        group.units[unit.code] = unit
        for code in OFFICES[unit.tier]:
            login, key = login_of(code, unit), keys.take(User)
            user = User(
                pk=key,
                username=login,
                name=names.person(random),
                email=f"{login}@aftercare.example",
                phone=names.phone(random),
                employee_number=f"BJ{key:06d}",
                password="!",
            )
            people.append(user)
            appointments.append(
                Appointment(
                    pk=keys.take(Appointment),
                    user=user,
                    post=posts[code],
                    unit=unit,
                    starts_on=today - timedelta(days=3 * 365),
                )
            )
            group.holders[code, unit.pk] = user.pk
    write(units)
    write(people)
    write(appointments)
    keys.settle()
