"""The bench's group: one tree of units with everybody in office, built with a handful of statements."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from config.demo import names
from organization.authority import sync_authority
from organization.models import Appointment, Post, Unit, User

from .rows import Keys, write

OFFICES = {
    "group": ("GW", "GH", "GL"),
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


def login_of(post: str, unit: Unit) -> str:
    """``gw``, ``uw7``, ``pw7d12``: more departments than the demo's single digits."""
    return post.lower() + unit.code.lower().lstrip("gu")


def load_group(*, units: int, departments: int, today: date) -> Group:
    """``units`` second-tier units with ``departments`` each; one person to a post, in office for three years."""
    random = Random(2018)
    keys = Keys(Unit, User, Appointment)
    group = Group()
    for unit in _tree(units, departments, keys):
        group.units[unit.code] = unit
    write(list(group.units.values()))
    people: list[User] = []
    appointments: list[Appointment] = []
    posts = {post.pk: post for post in Post.objects.all()}
    for unit in group.units.values():
        for code in OFFICES[unit.tier]:
            login = login_of(code, unit)
            user = User(
                pk=keys.take(User),
                username=login,
                name=names.person(random),
                email=f"{login}@aftercare.example",
                phone=names.phone(random),
                employee_number=f"BJ{len(people) + 1:06d}",
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
    write(people)
    write(appointments)
    keys.settle()
    sync_authority(today=today)
    return group


def _tree(units: int, departments: int, keys: Keys) -> Iterator[Unit]:
    root = Unit(pk=keys.take(Unit), code="G", name="华建集团有限公司", tier="group")
    root.depth, root.path, root.numchild = 1, Unit._get_path("", 1, 1), units
    yield root
    for i in range(1, units + 1):
        unit = Unit(pk=keys.take(Unit), code=f"U{i}", name=f"第{i}工程公司", tier="unit")
        unit.depth, unit.path, unit.numchild = 2, Unit._get_path(root.path, 2, i), departments
        yield unit
        for j in range(1, departments + 1):
            department = Unit(
                pk=keys.take(Unit), code=f"U{i}D{j}", name=f"第{i}工程公司第{j}项目经理部", tier="department"
            )
            department.depth, department.path = 3, Unit._get_path(unit.path, 3, j)
            yield department
