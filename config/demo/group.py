"""The demo's units, people and appointments, named as the contract says: ``uw1``, ``pw11``, …"""

from datetime import date, timedelta
from random import Random

from django.contrib.auth.hashers import make_password

from organization.authority import sync_authority
from organization.models import Appointment, Unit, User

from . import names

UNITS, DEPARTMENTS = 4, 3
ORDINAL = "一二三四五六七八九"


def build_group(*, password: str, random: Random, today: date) -> dict[str, Unit]:
    """Create the tree and its people, all in office for four years; returns the units by code."""
    root = Unit.objects.add_root({"code": "G", "name": "华建集团有限公司", "tier": "group"})
    for i in range(1, UNITS + 1):
        name = f"第{ORDINAL[i - 1]}工程公司"
        unit = Unit.objects.add_child(root, {"code": f"U{i}", "name": name, "tier": "unit"})
        for j in range(1, DEPARTMENTS + 1):
            city = names.CITIES[(i * DEPARTMENTS + j) % len(names.CITIES)][0]
            name = f"{city.removesuffix('市')}第{ORDINAL[j - 1]}项目经理部"
            Unit.objects.add_child(unit, {"code": f"U{i}D{j}", "name": name, "tier": "department"})
    units = {unit.code: unit for unit in Unit.objects.all()}
    hashed = make_password(password)
    office = [(login, post, units[code]) for login, post, code in _offices()]
    people = {}
    for number, (login, _, _) in enumerate(office, 1):
        people[login] = User.objects.create(
            username=login,
            name=names.person(random),
            email=f"{login}@aftercare.example",
            phone=names.phone(random),
            employee_number=f"HJ{number:05d}",
            password=hashed,
        )
    since = today - timedelta(days=4 * 365)
    for login, post, unit in office:
        Appointment.objects.create(user=people[login], post_id=post, unit=unit, starts_on=since)
    _substitution(people, today)
    sync_authority(today=today)
    return units


def _substitution(people: dict[str, User], today: date) -> None:
    """ul2 is away: ug2 stands in for a fortnight, so that the demo shows a 代理."""
    principal = Appointment.objects.get(user=people["ul2"])
    Appointment.objects.create(
        user=people["ug2"],
        post=principal.post,
        unit=principal.unit,
        starts_on=today - timedelta(days=3),
        ends_on=today + timedelta(days=11),
        substitute_for=principal,
        reason="外出学习",
    )


def _offices() -> list[tuple[str, str, str]]:
    rows = [("gw", "GW", "G"), ("gh", "GH", "G"), ("gl", "GL", "G")]
    for i in range(1, UNITS + 1):
        rows += [(f"{post.lower()}{i}", post, f"U{i}") for post in ("UW", "UH", "UL", "UG", "UD")]
        for j in range(1, DEPARTMENTS + 1):
            rows += [(f"{post.lower()}{i}{j}", post, f"U{i}D{j}") for post in ("PW", "PE", "PM")]
    return [*rows, ("sysadmin", "SYS", "G"), ("secadmin", "SEC", "G"), ("auditor", "AUD", "G")]
