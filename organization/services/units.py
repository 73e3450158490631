"""The tree of units: create, rename, move, dissolve, restore. One root: the group (G2)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ..errors import Conflict
from ..hooks import dissolve_objections
from ..models import Appointment, Unit, User
from ..models.units import Tier
from ..permissions import EDIT_UNITS
from .common import lock_organization, required, save_with_reason

# What may stand under what; a second-tier unit may have branches of its own.
_PARENTS = {Tier.UNIT: (Tier.GROUP, Tier.UNIT), Tier.DEPARTMENT: (Tier.UNIT,)}


@transaction.atomic
def create_root(*, code: str, name: str) -> Unit:
    """The group itself, once, from the command line: a second root would void every scope (``Rule.narrow``)."""
    if Unit.objects.filter(depth=1).exists():
        raise Conflict("集团公司已存在,只能有一个根单位。")
    root: Unit = Unit.objects.add_root({"code": code, "name": name, "tier": Tier.GROUP})
    return root


@transaction.atomic
def create_unit(*, parent_id: int, code: str, name: str, tier: str, actor: User, now: datetime) -> Unit:
    """A second-tier unit under the group (or a branch under one), a project department under a second-tier unit."""
    lock_organization()
    parent: Unit = Unit.objects.get(pk=parent_id)
    EDIT_UNITS.require(actor, parent)
    _check_place(tier, parent)
    unit = Unit(code=code.strip(), name=name.strip(), tier=tier)
    unit.full_clean(exclude=["path", "depth", "numchild"])
    unit._history_user = actor
    unit._change_reason = "新建单位"
    Unit.objects.add_child(parent, instance=unit)
    return unit


@transaction.atomic
def rename_unit(*, unit_id: int, code: str, name: str, reason: str, actor: User, now: datetime) -> Unit:
    lock_organization()
    unit: Unit = Unit.objects.get(pk=unit_id)
    EDIT_UNITS.require(actor, unit)
    required(reason=reason)
    unit.code, unit.name = code.strip(), name.strip()
    save_with_reason(unit, actor=actor, reason=reason)
    return unit


@transaction.atomic
def move_unit(*, unit_id: int, parent_id: int, reason: str, actor: User, now: datetime) -> Unit:
    """Hang a unit with all below it elsewhere. Scopes follow at once, because they are path prefixes."""
    lock_organization()
    unit: Unit = Unit.objects.get(pk=unit_id)
    parent: Unit = Unit.objects.get(pk=parent_id)
    EDIT_UNITS.require(actor, unit)
    EDIT_UNITS.require(actor, parent)
    required(reason=reason)
    if unit.is_root():
        raise ValidationError({"parent": "集团公司是根单位,不能移动。"})
    if unit.covers(parent):
        raise ValidationError({"parent": "不能移到本单位或其下级单位之下。"})
    if parent.pk == Unit.objects.get_parent(unit).pk:
        raise ValidationError({"parent": f"“{unit}”已经在“{parent}”之下。"})
    _check_place(unit.tier, parent)
    Unit.objects.move(unit, parent, pos="last-child")
    moved: Unit = Unit.objects.get(pk=unit.pk)
    save_with_reason(moved, actor=actor, reason=reason)
    return moved


@transaction.atomic
def dissolve_unit(*, unit_id: int, reason: str, actor: User, now: datetime) -> Unit:
    """The unit keeps its records and history; it takes no new appointments. Its people are moved away first."""
    lock_organization()
    unit: Unit = Unit.objects.get(pk=unit_id)
    EDIT_UNITS.require(actor, unit)
    required(reason=reason)
    today = timezone.localdate(now)
    if unit.is_root():
        raise ValidationError("集团公司是根单位,不能撤销。")
    if unit.dissolved_on:
        raise Conflict(f"“{unit}”已于 {unit.dissolved_on} 撤销。")
    living = Unit.objects.get_children(unit).filter(dissolved_on__isnull=True).count()
    if living:
        raise ValidationError(f"“{unit}”还有 {living} 个未撤销的下级单位,请先撤销或移走它们。")
    held = Appointment.objects.filter(unit=unit).not_over(today).count()
    if held:
        raise ValidationError(f"“{unit}”还有 {held} 条未结束的任职,请先由安全管理员结束。")
    if objections := [text for objection in dissolve_objections for text in objection(unit)]:
        raise ValidationError(objections)
    unit.dissolved_on = today
    save_with_reason(unit, actor=actor, reason=reason)
    return unit


@transaction.atomic
def restore_unit(*, unit_id: int, reason: str, actor: User, now: datetime) -> Unit:
    lock_organization()
    unit: Unit = Unit.objects.get(pk=unit_id)
    EDIT_UNITS.require(actor, unit)
    required(reason=reason)
    if unit.dissolved_on is None:
        raise Conflict(f"“{unit}”没有撤销,无需恢复。")
    parent = Unit.objects.get_parent(unit)
    if parent is not None and parent.dissolved_on:
        raise ValidationError(f"上级单位“{parent}”已撤销,请先恢复上级单位。")
    unit.dissolved_on = None
    save_with_reason(unit, actor=actor, reason=reason)
    return unit


def _check_place(tier: str, parent: Unit) -> None:
    allowed = _PARENTS.get(Tier(tier))
    if allowed is None:
        raise ValidationError({"tier": "集团公司只有一个,不能再建。"})
    if parent.tier not in allowed:
        names = "或".join(Tier(value).label for value in allowed)
        raise ValidationError(
            {"parent": f"{Tier(tier).label}只能设在{names}之下,“{parent}”是{parent.get_tier_display()}。"}
        )
    if parent.dissolved_on:
        raise ValidationError({"parent": f"“{parent}”已于 {parent.dissolved_on} 撤销,不能再设下级单位。"})
