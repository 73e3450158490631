"""The authority matrices A.4, B.4 and the supplement, edited by the security administrator; rights follow at once."""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ..matrix import ADMINISTRATIVE, ADMINISTRATORS, COMMON
from ..models import Appointment, AuthorityCell, Duty, Matter, Post, User
from ..permissions import EDIT_MATRIX
from ..rules import Rule
from .common import lock_organization, required, resync, save_with_reason


@transaction.atomic
def set_duties(
    *, matter_id: int, post_code: str, duties: Collection[str], reason: str, actor: User, now: datetime
) -> list[AuthorityCell]:
    """A.4, B.4: which duties a post has in a matter. A withdrawn cell keeps its actions, should the duty come back."""
    lock_organization()
    EDIT_MATRIX.require_somewhere(actor)
    required(reason=reason)
    unknown = set(duties) - set(Duty.values)
    if unknown:
        raise ValidationError({"duties": f"没有这样的职责:{'、'.join(sorted(unknown))}。"})
    matter, post = Matter.objects.get(pk=matter_id), Post.objects.get(pk=post_code)
    cells = {cell.duty: cell for cell in AuthorityCell.objects.select_for_update().filter(matter=matter, post=post)}
    changed = []
    for duty in Duty.values:
        cell = cells.get(duty)
        if duty in duties and (cell is None or cell.withdrawn):
            cell = cell or AuthorityCell(matter=matter, post=post, duty=duty, actions=[], shipped=[])
            cell.withdrawn = False
            cell.inferred = False
            check_actions(post, cell.actions)
        elif duty not in duties and cell is not None and not cell.withdrawn:
            cell.withdrawn = True
        else:
            continue
        save_with_reason(cell, actor=actor, reason=reason)
        changed.append(cell)
    _after_change(post, now)
    return changed


@transaction.atomic
def set_actions(
    *, cell_id: int, actions: Collection[str], inferred: bool, reason: str, actor: User, now: datetime
) -> AuthorityCell:
    """Which actions a cell opens; ``inferred`` = still marked †, because the group has not confirmed the cell."""
    lock_organization()
    EDIT_MATRIX.require_somewhere(actor)
    required(reason=reason)
    cell = AuthorityCell.objects.select_for_update(of=("self",)).select_related("post").get(pk=cell_id)
    if cell.withdrawn:
        raise ValidationError("该职责已撤销,请先恢复职责,再设置操作。")
    check_actions(cell.post, actions)
    # Actions of an app that is not installed here are not on the page; they stay as they are.
    dormant = {action for action in cell.actions if action not in Rule.registry}
    cell.actions = sorted(set(actions) | dormant)
    cell.inferred = inferred
    save_with_reason(cell, actor=actor, reason=reason)
    _after_change(cell.post, now)
    return cell


@transaction.atomic
def save_post(
    *, code: str, name: str, tier: str, order: int, new: bool, reason: str, actor: User, now: datetime
) -> Post:
    """A post of the group's own beside the standard's; a standard post keeps its code and tier."""
    lock_organization()
    EDIT_MATRIX.require_somewhere(actor)
    required(reason=reason)
    found = Post.objects.filter(pk=code.strip().upper()).first()
    if new and found is not None:
        raise ValidationError({"code": f"代码“{found.pk}”已用于“{found}”。"})
    if not new and found is None:
        raise ValidationError({"code": f"没有代码为“{code}”的岗位。"})
    post = found or Post(code=code.strip().upper(), standard=False)
    if found is not None and found.tier != tier:
        if found.standard:
            raise ValidationError({"tier": "标准岗位的层级由标准规定,不能修改。"})
        if Appointment.objects.filter(post=found).exists():
            raise ValidationError({"tier": "该岗位已有任职,层级不能再改。"})
    post.name, post.tier, post.order = name.strip(), tier, order
    save_with_reason(post, actor=actor, reason=reason)
    return post


def check_actions(post: Post, actions: Collection[str]) -> None:
    """三员分立: administrative actions only for the three administrators' posts, of one line each, without business."""
    held = set(actions)
    administrative = frozenset().union(*ADMINISTRATIVE.values())
    if post.pk not in ADMINISTRATORS:
        wrong = held & administrative
        if wrong:
            raise ValidationError({"actions": f"“{_labels(wrong)}”是管理员权限,不能授予业务岗位。"})
        return
    business = {action for action in held - administrative - COMMON if action in Rule.registry}
    if business:
        raise ValidationError({"actions": f"管理员岗位不得有业务权限:{_labels(business)}。"})


def allowed_actions(post: Post) -> list[str]:
    """The installed actions that a post may hold at all."""
    administrative = frozenset().union(*ADMINISTRATIVE.values())
    if post.pk in ADMINISTRATORS:
        return [action for action in Rule.registry if action in administrative | COMMON]
    return [action for action in Rule.registry if action not in administrative]


def _after_change(post: Post, now: datetime) -> None:
    """What must hold of the whole matrix afterwards; then the rights of everyone in the post."""
    _check_lines(post)
    _check_not_locked_out(now)
    holders = Appointment.objects.filter(post=post).not_over(timezone.localdate(now)).values_list("user_id", flat=True)
    resync(sorted(set(holders)), now)


def _check_lines(post: Post) -> None:
    cells = AuthorityCell.objects.filter(post=post, withdrawn=False).values_list("actions", flat=True)
    held = {action for actions in cells for action in actions}
    lines = [name for name, actions in ADMINISTRATIVE.items() if held & actions]
    if len(lines) > 1:
        raise ValidationError({"actions": f"三员分立:“{post}”不能同时有{'与'.join(lines)}权限。"})


def _check_not_locked_out(now: datetime) -> None:
    """Somebody must be able to edit the matrix and the appointments tomorrow as well."""
    cells = AuthorityCell.objects.filter(withdrawn=False).values_list("post_id", "actions")
    for action in ("organization.edit_matrix", "organization.edit_appointments"):
        posts = {post for post, actions in cells if action in actions}
        if not Appointment.objects.active(timezone.localdate(now)).filter(post__in=posts).exists():
            label = Rule.registry[action].label
            raise ValidationError({"actions": f"这样改后没有人能“{label}”,系统将无法再维护;请先让另一岗位持有该权限。"})


def _labels(actions: Collection[str]) -> str:
    return "、".join(sorted(Rule.registry[a].label if a in Rule.registry else a for a in actions))
