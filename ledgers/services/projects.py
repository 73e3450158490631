"""The project registry: register, correct, record acceptance and delivery (which opens the ledger)."""

from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from ledgers.flow import FLOW
from ledgers.hooks import tell_renamed
from ledgers.models import Ledger, Project
from ledgers.permissions import REGISTER_IN, REGISTER_PROJECT
from ledgers.selectors.counts import ledgers_changed
from organization.models import Unit, User
from workflow.errors import Conflict
from workflow.locking import lock

from .words import field_label

EDITABLE = (
    "code", "name", "address", "overseas", "local_requirements", "time_zone",
    "key", "strategic", "hvac", "region", "city",
)  # fmt: skip
GOVERNED_BY_LEDGER = ("name", "address", "key", "strategic", "hvac", "region", "city")


@transaction.atomic
def register_project(*, department: Unit, values: dict[str, Any], actor: User, now: datetime) -> Project:
    """R-1b: register a project, under construction or completed; an acceptance or delivery date opens its ledger."""
    REGISTER_IN.require(actor, department)
    if department.tier != "department":
        raise ValidationError({"department": "请选择项目经理部(不能选二级单位或集团)。"})
    dates = {name: values.get(name) for name in ("accepted_on", "delivered_on")}
    project = Project(
        department=department,
        created_at=now,
        created_by=actor,
        **{name: values[name] for name in EDITABLE if name in values},
    )
    _check(project)
    _save(project)
    if any(dates.values()):
        record_completion(project_id=project.pk, actor=actor, now=now, **dates)
        project.refresh_from_db()
    return project


@transaction.atomic
def edit_project(*, project_id: int, values: dict[str, Any], actor: User, now: datetime) -> Project:
    """Correct the register. Once a ledger version governs, its fields change through a ledger change only."""
    project = _lock(project_id)
    REGISTER_PROJECT.require(actor, project)
    governed = Ledger.objects.filter(project=project, effective__isnull=False).exists()
    for name in EDITABLE:
        if name not in values or values[name] == getattr(project, name):
            continue
        if governed and name in GOVERNED_BY_LEDGER:
            label = field_label(Project, name)
            raise Conflict(f"台账已生效,“{label}”请在台账中“发起变更”,经审核后自动更新。")
        setattr(project, name, values[name])
    _check(project)
    _save(project)
    tell_renamed(project)
    return project


@transaction.atomic
def record_completion(
    *, project_id: int, accepted_on: date | None = None, delivered_on: date | None = None, actor: User, now: datetime
) -> Ledger:
    """A.2 step 1: 四方验收合格 or 正式交付使用, whichever is first, opens the ledger with its 3 days.

    The clock starts on the earlier date, also when it is recorded later: the duty is then born as late as it is.
    """
    project = _lock(project_id)
    REGISTER_PROJECT.require(actor, project)
    today = timezone.localdate(now)
    for name, day in (("accepted_on", accepted_on), ("delivered_on", delivered_on)):
        if day is None:
            continue
        if day > today:
            label = field_label(Project, name)
            raise ValidationError({name: f"{label}不能晚于今天({today:%Y-%m-%d})。"})
        setattr(project, name, day)
    if project.completed_on is None:
        raise ValidationError("请至少填写四方验收合格日期或正式交付使用日期之一。")
    project.phase = Project.Phase.COMPLETED
    _save(project)
    existing = Ledger.objects.filter(project=project).first()
    if existing is not None:
        return existing
    ledgers_changed()
    ledger = Ledger(project=project, created_at=now, updated_at=now)
    ledger.save()
    received = timezone.make_aware(datetime.combine(project.completed_on, time()))
    FLOW.move("open", ledger, actor=actor, now=now, received_at=received)
    return ledger


def _lock(project_id: int) -> Project:
    return lock(Project, project_id, "department")


def _check(project: Project) -> None:
    if project.overseas and not project.local_requirements.strip():
        raise ValidationError({"local_requirements": "海外工程必须填写当地政府要求(标准第1章)。"})


def _save(project: Project) -> None:
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError as error:
        if Project.objects.filter(code=project.code).exclude(pk=project.pk).exists():
            raise ValidationError({"code": f"工程编号“{project.code}”已被使用,请核对。"}) from error
        raise
