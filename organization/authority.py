"""From appointments and the matrix to permissions on units: ``sync_matrix``, ``sync_authority``, ``acting_as``.

Idempotent: run after every migrate, on every change of an appointment or a cell, and each day (dates pass).
"""

from collections.abc import Collection, Iterable
from datetime import date

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from .matrix import DEFAULTS, POSTS
from .models import Appointment, AuthorityCell, Matter, Post, Unit, UnitPermission, User
from .prepared import Prepared
from .rules import Rule


@transaction.atomic
def sync_matrix() -> None:
    """Create the standard's posts, matters and cells where missing; carry later additions of the software over."""
    for order, (code, name, tier) in enumerate(POSTS, 1):
        Post.objects.get_or_create(code=code, defaults={"name": name, "tier": tier, "order": order, "standard": True})
    cells = {(c.matter.code, c.post_id, c.duty): c for c in AuthorityCell.objects.select_related("matter")}
    for spec in DEFAULTS:
        matter, _ = Matter.objects.update_or_create(
            code=spec.code,
            defaults={"sheet": spec.sheet, "number": spec.number, "name": spec.name, "department": spec.department},
        )
        for default in spec.cells:
            shipped = list(default.actions)
            cell = cells.get((spec.code, default.post, default.duty))
            if cell is None:
                AuthorityCell.objects.create(
                    matter=matter,
                    post_id=default.post,
                    duty=default.duty,
                    actions=shipped,
                    shipped=shipped,
                    inferred=default.inferred,
                )
            elif cell.shipped != shipped:
                gone = set(cell.shipped) - set(shipped)
                cell.actions = sorted((set(cell.actions) - gone) | (set(shipped) - set(cell.shipped)))
                cell.shipped = shipped
                cell.save()


def actions_by_post() -> dict[str, set[str]]:
    """Which actions each post holds, by the cells in force. Actions that no installed app declares are left out."""
    held: dict[str, set[str]] = {}
    for post, actions in AuthorityCell.objects.filter(withdrawn=False).values_list("post_id", "actions"):
        held.setdefault(post, set()).update(action for action in actions if action in Rule.registry)
    return held


@transaction.atomic
def sync_authority(*, users: Collection[int] | None = None, today: date) -> tuple[int, int]:
    """Bring ``UnitPermission`` in step with the appointments in force on ``today``; returns (granted, withdrawn).

    ``users`` limits the work to some people. Locks their rows first, so that two runs cannot interleave.
    """
    people = User.objects.all() if users is None else User.objects.filter(pk__in=users)
    locked = list(people.select_for_update().order_by("pk").values_list("pk", flat=True))
    permissions = _permissions()
    held = actions_by_post()
    appointments = Appointment.objects.active(today)
    rows = UnitPermission.objects.all()
    if users is not None:
        appointments, rows = appointments.filter(user__in=locked), rows.filter(user__in=locked)
    wanted = {
        (user, unit, permissions[action])
        for user, unit, post in appointments.values_list("user_id", "unit_id", "post_id")
        for action in held.get(post, ())
    }
    present = {
        (user, unit, permission): pk
        for pk, user, unit, permission in rows.values_list("pk", "user_id", "content_object_id", "permission_id")
    }
    stale = [pk for key, pk in present.items() if key not in wanted]
    for start in range(0, len(stale), 500):
        UnitPermission.objects.filter(pk__in=stale[start : start + 500]).delete()
    fresh = [
        UnitPermission(user_id=user, content_object_id=unit, permission_id=permission)
        for user, unit, permission in sorted(wanted - present.keys())
    ]
    UnitPermission.objects.bulk_create(fresh, batch_size=2000, ignore_conflicts=True)
    people.update(authority_synced_on=today)
    return len(fresh), len(stale)


def _permissions() -> dict[str, int]:
    """The permission rows behind the declared actions, created when an app brings a new one."""
    content_type = ContentType.objects.get_for_model(Unit)
    known = dict(Permission.objects.filter(content_type=content_type).values_list("codename", "pk"))
    new = [
        Permission(content_type=content_type, codename=rule.action, name=rule.label)
        for rule in Rule.registry.values()
        if rule.action not in known
    ]
    if new:
        Permission.objects.bulk_create(new, ignore_conflicts=True)
        known = dict(Permission.objects.filter(content_type=content_type).values_list("codename", "pk"))
    return known


_IN_OFFICE = Prepared(
    lambda user, on: (
        Appointment.objects.active(on).filter(user=user).select_related("post", "unit", "substitute_for__user")
    )
)
_ACTIONS = Prepared(
    lambda post: AuthorityCell.objects.filter(withdrawn=False, post=post).values_list("actions", flat=True)
)
_HOLDING = Prepared(
    lambda post, unit, on: (
        Appointment.objects.active(on).filter(post=post, unit=unit).select_related("user", "substitute_for")
    )
)


def acting_as(user: User, action: str, unit: Unit, on: date) -> Appointment | None:
    """G1, G5: the appointment by which a user does an action on something owned by ``unit``.

    Their own post comes before a substitution, the nearest unit before a higher one.
    """
    above: list[Appointment] = [a for a in _IN_OFFICE.rows(user=user.pk, on=on) if unit.path.startswith(a.unit.path)]
    above.sort(key=lambda a: (a.substitute_for_id is not None, -a.unit.depth, a.pk))
    return next((a for a in above if _may(a.post_id, action)), None)


def _may(post: str, action: str) -> bool:
    return any(action in actions for actions in _ACTIONS.rows(post=post))


def holders_of(post: str, unit: Unit, on: date, *, principal: int | None = None) -> list[User]:
    """Who holds a post at a unit on a day, the substitutes after the holders.

    ``principal`` (a user's id) leaves that one holder and who stands in for them there (G5).
    """
    found: list[Appointment] = _HOLDING.rows(post=post, unit=unit.pk, on=on)
    if principal is not None:
        found = [a for a in found if (a.substitute_for or a).user_id == principal]
    ordered = sorted(found, key=lambda a: (a.substitute_for_id is not None, a.pk))
    return list(dict.fromkeys(a.user for a in ordered))


def unit_of_post(post: Post, owner: Unit) -> Unit | None:
    """The unit at which a post is held for something owned by ``owner``: the same branch, the post's tier."""
    return owner.at_tier(post.tier)


def undeclared(actions: Iterable[str]) -> list[str]:
    return sorted(action for action in actions if action not in Rule.registry)
