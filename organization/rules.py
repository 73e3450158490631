"""``Rule``: one action, declared once, asked by the list, the object, the template, the API and the service alike.

Which posts hold an action is data (the authority matrix); where a user holds it are rows of
``UnitPermission``. A rule only knows the path from a model to its owning unit.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils import timezone

from .models import Appointment, Unit, UnitPermission, User
from .prepared import Prepared

M = TypeVar("M", bound=Model)
Grants = dict[str, tuple[str, ...]]


def grants_of(user: Any, *, fresh: bool = False) -> Grants:
    """Action → the unit paths at which the user holds it today. One query, kept on the user object for the request.

    A row counts only while an appointment of the user at that unit is in force, so a substitute's right
    ends with its last day even if no task has run since (G5).
    """
    if not user.is_authenticated or not user.is_active:
        return {}
    cached: Grants | None = getattr(user, "_grants", None)
    if cached is not None and not fresh:
        return cached
    today = timezone.localdate()
    if user.authority_synced_on != today:
        from .authority import sync_authority  # the first request of a day brings the user's rights up to date

        sync_authority(users=[user.pk], today=today)
        user.authority_synced_on = today
    grants: dict[str, list[str]] = {}
    for action, path in _GRANTED.rows(user=user.pk, today=today):
        grants.setdefault(action, []).append(path)
    user._grants = {action: _outermost(paths) for action, paths in grants.items()}
    return user._grants  # type: ignore[no-any-return]


def _granted(*, user: int, today: date) -> QuerySet[UnitPermission, tuple[Any, ...]]:
    in_force = Appointment.objects.active(today).filter(user=user, unit=OuterRef("content_object"))
    return UnitPermission.objects.filter(Exists(in_force), user=user).values_list(
        "permission__codename", "content_object__path"
    )


_GRANTED = Prepared(_granted)


def _outermost(paths: Iterable[str]) -> tuple[str, ...]:
    kept: list[str] = []
    for path in sorted(paths):
        if not kept or not path.startswith(kept[-1]):
            kept.append(path)
    return tuple(kept)


_STANDING_IN = Prepared(
    lambda user, today: (
        Appointment.objects.active(today)
        .filter(user=user, substitute_for__isnull=False)
        .values_list("substitute_for__user_id", flat=True)
    )
)


def acted_for(user: Any) -> tuple[int, ...]:
    """The user and those the user stands in for today (G5). One query, kept on the user object for the request."""
    kept: tuple[int, ...] | None = getattr(user, "_acted_for", None)
    if kept is None:
        kept = user._acted_for = (user.pk, *_STANDING_IN.rows(user=user.pk, today=timezone.localdate()))
    return kept


def _holders(*, action: str, one: str, two: str, three: str, on: date) -> QuerySet[User]:
    grants = UnitPermission.objects.filter(
        user=OuterRef("pk"), permission__codename=action, content_object__path__in=(one, two, three)
    ).filter(Exists(Appointment.objects.active(on).filter(user=OuterRef("user"), unit=OuterRef("content_object"))))
    return User.objects.filter(Exists(grants), is_active=True)


_HOLDERS = Prepared(_holders)


@dataclass(frozen=True, slots=True)
class Assigned:
    """Rows within reach because they were assigned to the person (G2: UD sees only what is assigned).

    Whoever holds ``action`` at or above the owning unit reaches the rows whose ``through`` leads to the person, or to
    somebody the person stands in for. When it is the rule's own action, nothing else is within reach.
    """

    action: str
    through: str


class Rule:
    """``Rule("ledgers.review", unit="project__department", label="审核台账")``.

    ``unit`` is the lookup path from the model to its owning unit; "" means the model is a unit itself.
    """

    registry: ClassVar[dict[str, "Rule"]] = {}

    def __init__(self, action: str, *, unit: str, label: str, assigned: Assigned | None = None) -> None:
        app, _, verb = action.partition(".")
        if not app or not verb:
            raise ValueError(f"an action is 'app.verb', not {action!r}")
        known: Rule | None = self.registry.get(action)
        if known is not None and known.label != label:
            raise ValueError(f"action {action!r} is declared twice")
        self.action: str = action
        self.unit: str = unit
        self.label: str = label
        self.assigned = assigned
        self.registry.setdefault(action, self)

    def __repr__(self) -> str:
        return f"Rule({self.action!r})"

    def paths(self, user: Any, *, fresh: bool = False) -> tuple[str, ...]:
        return grants_of(user, fresh=fresh).get(self.action, ())

    def held_by(self, user: Any) -> bool:
        """Does the user hold the action anywhere? For menus, never for a record."""
        return bool(self.paths(user) or self._assigned_paths(user))

    def _assigned_paths(self, user: Any, *, fresh: bool = False) -> tuple[str, ...]:
        return grants_of(user, fresh=fresh).get(self.assigned.action, ()) if self.assigned else ()

    def units(self, user: Any) -> QuerySet[Unit]:
        """The units within which the user holds the action."""
        condition = Q()
        for path in self.paths(user):
            condition |= Q(path__startswith=path)
        found: QuerySet[Unit] = Unit.objects.filter(condition) if condition else Unit.objects.none()
        return found

    def narrow(self, user: Any, queryset: QuerySet[M], *, fresh: bool = False) -> QuerySet[M]:
        """G2: only the rows whose owning unit lies at or below a unit where the user holds the action.

        A scope that covers the whole tree adds no condition, so the group's lists pay nothing for it.
        """
        paths = self.paths(user, fresh=fresh)
        if self.assigned is not None:
            return self._narrow_assigned(user, queryset, paths, fresh=fresh)
        if not paths:
            return queryset.none()
        if any(len(path) == Unit.steplen for path in paths):
            return queryset
        return queryset.filter(self._within(paths))

    def _within(self, paths: Iterable[str]) -> Q:
        lookup = f"{self.unit}__path__startswith" if self.unit else "path__startswith"
        condition = Q()
        for path in paths:
            condition |= Q(**{lookup: path})
        return condition

    def _narrow_assigned(self, user: Any, queryset: QuerySet[M], paths: tuple[str, ...], *, fresh: bool) -> QuerySet[M]:
        """What lies within the paths of the action, and what was assigned to the person within those of the other."""
        assigned = self._assigned_paths(user, fresh=fresh)
        only = self.assigned is not None and self.assigned.action == self.action
        if any(len(path) == Unit.steplen for path in paths) and not only:
            return queryset
        condition = self._within(paths) if paths and not only else Q()
        if assigned and self.assigned is not None:
            mine = queryset.model._default_manager.filter(**{f"{self.assigned.through}__in": acted_for(user)})
            condition |= self._within(assigned) & Q(pk__in=mine.order_by().values("pk"))
        return queryset.filter(condition) if condition else queryset.none()

    def allows(self, user: Any, obj: Model, *, fresh: bool = False) -> bool:
        """``narrow`` on one primary key: the list and the object cannot disagree."""
        manager = type(obj)._default_manager
        return self.narrow(user, manager.filter(pk=obj.pk), fresh=fresh).exists()

    def require(self, user: Any, obj: Model) -> None:
        """403 in words when the user may not; always asks the database anew."""
        if not self.allows(user, obj, fresh=True):
            raise PermissionDenied(self._refusal())

    def require_of(self, user: Any, owner: Unit) -> None:
        """``require`` of a record whose owning unit was read under its lock: the same prefix test on fresh grants."""
        if not self.covers(user, owner, fresh=True):
            raise PermissionDenied(self._refusal())

    def _refusal(self) -> str:
        return f"您没有“{self.label}”的权限。如确需办理,请联系本单位负责人或安全管理员。"

    def require_somewhere(self, user: Any, *, fresh: bool = True) -> None:
        """403 when the user holds the action nowhere. A page that only reads may trust the request's grants."""
        if not self.paths(user, fresh=fresh) and not self._assigned_paths(user):
            raise PermissionDenied(f"您没有“{self.label}”的权限。如确需办理,请联系安全管理员。")

    def covers(self, user: Any, unit: Unit, *, fresh: bool = False) -> bool:
        """Does the user hold the action for things owned by ``unit``? For what does not exist yet."""
        return any(unit.path.startswith(path) for path in self.paths(user, fresh=fresh))

    def require_at(self, user: Any, unit: Unit) -> None:
        if not self.covers(user, unit, fresh=True):
            raise PermissionDenied(f"您没有在“{unit}”{self.label}的权限。如确需办理,请联系安全管理员。")

    def get(self, user: Any, queryset: QuerySet[M], **lookup: Any) -> M:
        """The one row, or 404 when it does not exist or lies outside the user's reach."""
        found = self.narrow(user, queryset).filter(**lookup).first()
        if found is None:
            raise Http404("没有找到该记录,或不在您的可见范围内。")
        return found

    def holders(self, unit: Unit, on: date) -> list[User]:
        """The people who hold the action for something owned by ``unit`` on a day."""
        paths = prefixes(unit.path)
        found: dict[int, User] = {}
        for start in range(0, len(paths), 3):  # the prepared query takes three, as many as there are tiers
            one, two, three = (paths[start : start + 3] + paths[:1] * 2)[:3]
            rows = _HOLDERS.rows(action=self.action, one=one, two=two, three=three, on=on)
            found.update((user.pk, user) for user in rows)
        return list(found.values())


def prefixes(path: str) -> list[str]:
    """The paths of a unit's ancestors and its own, outermost first."""
    return [path[:end] for end in range(Unit.steplen, len(path) + 1, Unit.steplen)]
