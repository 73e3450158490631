"""The tree of units as one may see it, and a unit's page. Six queries whatever its size."""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, QuerySet

from ..models import Appointment, Post, Unit, User
from ..permissions import VIEW_APPOINTMENTS, VIEW_DIRECTORY


@dataclass(slots=True)
class Branch:
    """A unit with what hangs below it; ``people`` counts the running appointments at the unit itself."""

    unit: Unit
    people: int
    children: list["Branch"] = field(default_factory=list)
    total: int = 0  # units below, dissolved ones apart


@dataclass(frozen=True, slots=True)
class PostHolders:
    post: Post
    appointments: list[Appointment]


def visible_units(user: User) -> QuerySet[Unit]:
    return VIEW_DIRECTORY.narrow(user, Unit.objects.all())


def unit_tree(user: User, *, on: date, with_dissolved: bool = False) -> list[Branch]:
    """The visible units as nested branches; one query for the units, one for the counts."""
    units = visible_units(user)
    if not with_dissolved:
        units = units.filter(dissolved_on__isnull=True)
    counted = VIEW_APPOINTMENTS.narrow(user, Appointment.objects.active(on)).order_by().values_list("unit")
    counts: dict[int, int] = dict(counted.annotate(Count("pk")))
    roots: list[Branch] = []
    trail: list[Branch] = []
    for unit in units.order_by("path"):
        branch = Branch(unit, counts.get(unit.pk, 0))
        while trail and not unit.path.startswith(trail[-1].unit.path):
            trail.pop()
        (trail[-1].children if trail else roots).append(branch)
        if unit.dissolved_on is None:
            for above in trail:
                above.total += 1
        trail.append(branch)
    return roots


def post_holders(unit: Unit, *, on: date) -> list[PostHolders]:
    """Every post of the unit's tier with who holds it, each holder followed by the substitutes; empty posts too."""
    found = Appointment.objects.active(on).filter(unit=unit).select_related("user", "post", "substitute_for__user")
    by_post: dict[str, list[Appointment]] = {}
    for appointment in sorted(
        found, key=lambda a: (a.substitute_for_id or a.pk, a.substitute_for_id is not None, a.pk)
    ):
        by_post.setdefault(appointment.post_id, []).append(appointment)
    posts = Post.objects.filter(tier=unit.tier)
    return [PostHolders(post, by_post.get(post.pk, [])) for post in posts]


def possible_parents(unit: Unit, among: QuerySet[Unit]) -> QuerySet[Unit]:
    """Where a unit may hang: living units of a fitting tier outside itself."""
    tiers = {"unit": ["group", "unit"], "department": ["unit"]}.get(unit.tier, [])
    return among.filter(tier__in=tiers, dissolved_on__isnull=True).exclude(path__startswith=unit.path)
