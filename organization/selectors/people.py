"""People as one may see them (G2): whoever holds a post within one's scope; all, when that is the whole group."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from ..models import Appointment, Unit, User
from ..permissions import VIEW_APPOINTMENTS, VIEW_DIRECTORY
from ..rules import Rule

SORTS = {
    "name": ("name", "username"),
    "username": ("username",),
    "employee_number": ("employee_number", "username"),
    "last_login": ("last_login", "username"),
}


def covers_everything(user: User, rule: Rule = VIEW_DIRECTORY) -> bool:
    """One root is all there is: its path is one step long."""
    return any(len(path) == Unit.steplen for path in rule.paths(user))


def visible_people(user: User, *, on: date) -> QuerySet[User]:
    """People with a running or coming appointment in the user's scope, and oneself."""
    if covers_everything(user):
        return User.objects.all()
    appointments = VIEW_APPOINTMENTS.narrow(user, Appointment.objects.not_over(on)).filter(user=OuterRef("pk"))
    return User.objects.filter(Exists(appointments) | Q(pk=user.pk))


def people_list(
    user: User, *, on: date, q: str = "", unit: Unit | None = None, post: str = "", state: str = "", sort: str = ""
) -> QuerySet[User]:
    """Search by name, account, number; filter by unit (and below), post, state; each row with its appointments."""
    people = visible_people(user, on=on)
    for word in q.split():
        people = people.filter(
            Q(name__icontains=word) | Q(username__icontains=word) | Q(employee_number__icontains=word)
        )
    running = VIEW_APPOINTMENTS.narrow(user, Appointment.objects.not_over(on)).filter(user=OuterRef("pk"))
    if unit is not None:
        people = people.filter(Exists(running.filter(unit__path__startswith=unit.path)))
    if post:
        people = people.filter(Exists(running.filter(post=post)))
    if state == "active":
        people = people.filter(is_active=True)
    elif state == "inactive":
        people = people.filter(is_active=False)
    elif state == "without":
        people = people.exclude(Exists(Appointment.objects.not_over(on).filter(user=OuterRef("pk"))))
    field = sort.removeprefix("-")
    order = SORTS.get(field, ("username",))
    if sort.startswith("-"):
        order = tuple(f"-{name}" for name in order)
    shown = (
        VIEW_APPOINTMENTS.narrow(user, Appointment.objects.active(on))
        .select_related("post", "unit", "substitute_for__user")
        .order_by("post__order", "unit__path")
    )
    return people.order_by(*order).prefetch_related(Prefetch("appointments", shown, to_attr="shown_appointments"))


def appointments_of(person: User, viewer: User) -> QuerySet[Appointment]:
    """All of a person's appointments, running ones and those of the past, as far as the viewer's scope goes."""
    found: QuerySet[Appointment] = Appointment.objects.filter(user=person)
    if person.pk != viewer.pk:
        found = VIEW_APPOINTMENTS.narrow(viewer, found)
    return found.select_related("post", "unit", "substitute_for__user").order_by("revoked", "-starts_on", "-pk")


@dataclass(frozen=True, slots=True)
class Found:
    """The outcome of resolving what somebody typed for a person."""

    person: User | None
    error: str = ""


def find_person(text: str, among: QuerySet[User]) -> Found:
    """By account, by employee number, by "姓名(账号)" as the suggestions write it, or by a name that is unique."""
    typed = text.strip()
    if typed.endswith((")", ")")):
        typed = typed[:-1].replace("(", "(").rpartition("(")[2].strip()
    exact = among.filter(Q(username__iexact=typed) | Q(employee_number=typed))[:1]
    for person in exact:
        return Found(person)
    named = list(among.filter(name=typed)[:2])
    if len(named) == 1:
        return Found(named[0])
    if named:
        return Found(None, f"有多位“{typed}”,请填写账号或工号。")
    return Found(None, f"没有找到“{typed}”,请填写账号、工号或完整姓名。")


def suggestions(q: str, among: QuerySet[User]) -> list[str]:
    typed = q.strip()
    if not typed:
        return []
    found = among.filter(
        Q(name__icontains=typed) | Q(username__istartswith=typed) | Q(employee_number__istartswith=typed)
    )
    return [f"{p.name}({p.username})" for p in found.order_by("name", "username")[:20]]


def candidates_for(principal: Appointment, *, on: date) -> QuerySet[User]:
    """Who may stand in when the holder chooses: active people of the same second-tier unit, at the group everybody."""
    branch = principal.unit.at_tier("unit")
    within = {} if branch is None else {"unit__path__startswith": branch.path}
    active = Appointment.objects.active(on).filter(user=OuterRef("pk"), **within)
    return User.objects.filter(Exists(active), is_active=True).exclude(pk=principal.user_id)
