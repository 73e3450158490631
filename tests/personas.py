"""Fixed people on the real matrix, shared by every test: ``personas.uw1``, ``personas["pw11"]``.

One per post in unit 1 (department U1D1), the same posts in unit 2 (the neighbours, U2D1), ``pw12`` of the
department next door, a substitute of ``uh1``, the three administrators and an outsider without any appointment.
The password of all of them is ``factories.PASSWORD``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from django.utils import timezone

from organization.authority import sync_authority
from organization.models import Appointment, Unit, User

from .factories import LONG_AGO, Group, appoint, make_group, make_user, substitute

# login → (name, post, unit)
PEOPLE: dict[str, tuple[str, str, str]] = {
    "gw": ("高文", "GW", "G"),
    "gh": ("郭恒", "GH", "G"),
    "gl": ("顾立", "GL", "G"),
    **{
        f"{post.lower()}{i}": (f"{name}{'一二'[i - 1]}", post, f"U{i}")
        for i in (1, 2)
        for post, name in (("UW", "吴维"), ("UH", "胡恒"), ("UD", "杜栋"), ("UL", "梁立"), ("UG", "葛功"))
    },
    **{
        f"{post.lower()}{i}1": (f"{name}{'一二'[i - 1]}", post, f"U{i}D1")
        for i in (1, 2)
        for post, name in (("PW", "王保"), ("PE", "彭程"), ("PM", "马明"))
    },
    "pw12": ("韦保", "PW", "U1D2"),
    "sysadmin": ("石系统", "SYS", "G"),
    "secadmin": ("安全员", "SEC", "G"),
    "auditor": ("沈计", "AUD", "G"),
}
SUBSTITUTE = "sub1"  # stands in for uh1
OUTSIDER = "outsider"
LOGINS = (*PEOPLE, SUBSTITUTE, OUTSIDER)


@dataclass(slots=True)
class Personas:
    group: Group
    people: dict[str, User] = field(default_factory=dict)
    appointments: dict[str, Appointment] = field(default_factory=dict)

    def __getattr__(self, login: str) -> User:
        try:
            return self.people[login]
        except KeyError:
            raise AttributeError(login) from None

    def __getitem__(self, login: str) -> User:
        return self.people[login]

    def __iter__(self) -> Iterator[User]:
        return iter(self.people.values())

    def unit(self, code: str) -> Unit:
        return self.group[code]

    def fresh(self, login: str) -> User:
        """The person read anew, as the next request would see them."""
        return User.objects.get(pk=self.people[login].pk)


def make_personas(group: Group | None = None) -> Personas:
    personas = Personas(group or make_group())
    for login, (name, post, code) in PEOPLE.items():
        user = personas.people[login] = make_user(login, name)
        personas.appointments[login] = appoint(user, post, personas.unit(code), starts_on=LONG_AGO, sync=False)
    stand_in = personas.people[SUBSTITUTE] = make_user(SUBSTITUTE, "戴丽")
    personas.people[OUTSIDER] = make_user(OUTSIDER, "外人")
    sync_authority(today=timezone.localdate())
    personas.appointments[SUBSTITUTE] = substitute(stand_in, personas.appointments["uh1"])
    # Read anew: the rights were brought in step behind these objects.
    personas.people = {login: User.objects.get(pk=user.pk) for login, user in personas.people.items()}
    return personas


@pytest.fixture
def group(db: None) -> Group:
    return make_group()


@pytest.fixture
def personas(db: None) -> Personas:
    return make_personas()
