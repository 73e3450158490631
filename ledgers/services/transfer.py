"""Handing a project with everything open of it to another project department (a unit is dissolved or rearranged)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, Q

from ledgers.hooks import project_moved
from ledgers.models import Ledger, Project, PunchItem, WarrantyCase
from ledgers.models.case import OPEN_CASE_STATES
from ledgers.permissions import TRANSFER, TRANSFER_TO
from ledgers.selectors.counts import ledgers_changed
from organization.models import Unit, User
from organization.models.units import Tier
from workflow.flow import flow_of
from workflow.locking import lock
from workflow.services.clocks import renew_clocks

# A project whose ledger ended in one of these asks nothing of its department any more.
_OVER = Q(ledger__status__in=(Ledger.Status.ARCHIVED, Ledger.Status.VOID))


def projects_left(unit: Unit) -> list[str]:
    """A department that still answers for projects is not dissolved: they are handed over first."""
    left = Project.objects.filter(department=unit).exclude(_OVER).count()
    return [f"“{unit}”名下还有 {left} 个工程,请先在“项目登记”中转移到其他项目经理部。"] if left else []


@transaction.atomic
def transfer_project(*, project_id: int, department: Unit, reason: str, actor: User, now: datetime) -> Project:
    """Another project department of the actor's reach answers for the project from now on.

    Due moments stay as they are; what runs passes to the posts of the new department and its unit. Upper apps follow by
    ``project_moved`` (the open complaints of the project).
    """
    project = lock(Project, project_id, "department")
    TRANSFER.require(actor, project)
    TRANSFER_TO.require(actor, department)
    if not reason.strip():
        raise ValidationError({"reason": "请填写转移原因。"})
    if department.tier != Tier.DEPARTMENT or department.dissolved_on is not None:
        raise ValidationError({"department": "请选择在册的项目经理部。"})
    if department.pk == project.department_id:
        raise ValidationError({"department": "该工程已在这个项目经理部名下。"})
    project.department = department
    project._history_user, project._history_date = actor, now  # type: ignore[attr-defined]
    project._change_reason = reason.strip()[:100]  # type: ignore[attr-defined]
    project.save()
    ledgers_changed()
    for subject in _open_parts(project):
        renew_clocks(subject=subject, owner=department, now=now, url=flow_of(subject).url(subject.pk))
    for hook in project_moved:
        hook(project, actor, now)
    return project


def _open_parts(project: Project) -> list[Model]:
    ledgers = Ledger.objects.filter(project=project).select_related("project__department")
    items = PunchItem.objects.filter(
        project=project, status__in=(PunchItem.Status.OPEN, PunchItem.Status.DONE)
    ).select_related("project__department")
    cases = WarrantyCase.objects.filter(project=project, status__in=OPEN_CASE_STATES).order_by("pk")
    # Under their locks: a step taken meanwhile would start its clock at the department that is left.
    held = [lock(WarrantyCase, pk, "project__department") for pk in cases.values_list("pk", flat=True)]
    return [*ledgers, *items, *(case for case in held if not case.ended)]
