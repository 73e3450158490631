"""Whose duty a clock is. Lists, counts and mails all ask here, so they cannot disagree.

A clock belongs to whoever holds its post at its unit. Where it names a person (``assignee``: several people hold UD in
one unit, and each sees what is assigned to them, G2) it is that person's alone, or, by a dated substitution for that
person's own appointment of that post there, the substitute's (G5). So each appointment counts for its *principal*: its
own holder, or whom its substitute stands in for.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import OuterRef, Q
from django.db.models.functions import Coalesce

from organization.models import Appointment, User

Duty = tuple[str, int, int | None]  # post, unit, assignee

# Of an appointment, as an expression.
PRINCIPAL = Coalesce("substitute_for__user", "user")

# The clocks of an appointment: for a subquery about clocks inside a query about appointments.
OF_APPOINTMENT = Q(post=OuterRef("post"), unit=OuterRef("unit")) & (
    Q(assignee__isnull=True) | Q(assignee=Coalesce(OuterRef("substitute_for__user"), OuterRef("user")))
)


def belongs(assignee: int | None, principal: int) -> bool:
    """Whether an appointment of the clock's post and unit that counts for ``principal`` has the duty."""
    return assignee is None or assignee == principal


def duties_of(held: Iterable[tuple[str, int, int]]) -> Q:
    """The clocks of the appointments given as (post, unit, principal)."""
    principals: dict[tuple[str, int], set[int]] = defaultdict(set)
    for post, unit, principal in held:
        principals[post, unit].add(principal)
    condition = Q(pk__in=())
    for (post, unit), people in principals.items():
        theirs = Q(assignee__isnull=True) | Q(assignee__in=people)
        condition |= Q(post=post, unit=unit) & theirs
    return condition


def people_of(duties: Iterable[Duty], on: date) -> Iterable[tuple[User, set[Duty]]]:
    """Everybody who has some of the duties on a day, with theirs; substitutes too. One query."""
    wanted: dict[tuple[str, int], list[Duty]] = defaultdict(list)
    for duty in duties:
        wanted[duty[:2]].append(duty)
    found: dict[User, set[Duty]] = defaultdict(set)
    rows = (
        Appointment.objects.active(on)
        .filter(post__in={post for post, _ in wanted}, unit__in={unit for _, unit in wanted})
        .annotate(principal=PRINCIPAL)
        .select_related("user")
    )
    for held in rows:
        for duty in wanted.get((held.post_id, held.unit_id), ()):
            if belongs(duty[2], held.principal):
                found[held.user].add(duty)
    return found.items()
