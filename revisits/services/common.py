"""What the services of this app share: locks in one order, the moments of a day."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404
from django.utils import timezone

from ledgers.models import Project
from organization.models import Appointment, Unit, User
from revisits.models import PlanVersion, RevisitPlan, Visit
from revisits.permissions import VISIT
from workflow.errors import Conflict
from workflow.flow import Flow
from workflow.locking import hold, lock
from workflow.models import Transition


def lock_plan(pk: int) -> RevisitPlan:
    """The plan under a row lock. Always taken before its visits."""
    try:
        return lock(RevisitPlan, pk, "unit", "working__policy", "effective__policy")
    except ObjectDoesNotExist:
        raise Http404("没有找到该回访计划。") from None


def lock_visit(pk: int, *, with_project: bool = False) -> Visit:
    """The visit under a row lock. ``with_project``: its project first, whose row a warranty case is opened under; a
    project that changes hands is locked before its visits too."""
    try:
        if with_project and (project := Visit.objects.filter(pk=pk).values_list("project_id", flat=True).first()):
            hold(Project, project)
        return lock(
            Visit, pk, "plan__working__policy", "plan__effective__policy", "plan__unit", "unit", "project", "record"
        )
    except ObjectDoesNotExist:
        raise Http404("没有找到该回访。") from None


def move(flow: Flow[Any], step: str, obj: Any, **rest: Any) -> Transition:
    """Take the step of the record's own level: ``submit`` is ``submit_unit`` or ``submit_department``."""
    return flow.move(f"{step}_{obj.level}", obj, **rest)


def working_of(plan: RevisitPlan) -> PlanVersion:
    if plan.working is None:
        raise Conflict("当前没有可编辑的版本,请刷新页面。")
    return plan.working


def same_revision(obj: RevisitPlan | Visit, revision: int | None) -> None:
    """``revision`` is that of the page; None does not ask. Conflict when somebody changed the record in between."""
    if revision is not None and revision != obj.revision:
        what = "计划" if isinstance(obj, RevisitPlan) else "回访"
        raise Conflict(f"您打开页面之后,{what}又有修改。请刷新页面,核对最新内容后再办理。")


def morning_of(day: date) -> datetime:
    """00:00 of a day in Asia/Shanghai."""
    return timezone.make_aware(datetime.combine(day, time()))


def executors_of(level: str, unit: Unit, on: date) -> list[User]:
    """Who carries out the visits of a plan (A.4 rows 6 and 7), by name."""
    return sorted(VISIT[level].holders(unit, on), key=lambda user: (user.name, user.pk))


def visitors_of(unit: Unit, on: date) -> list[User]:
    """Whom a plan may name as visitor (计划回访人): everybody appointed at the unit itself that day, by name."""
    people = User.objects.filter(pk__in=Appointment.objects.active(on).filter(unit=unit).values("user"), is_active=True)
    return list(people.order_by("name", "pk"))


def must_be_given(texts: dict[str, tuple[str, str]]) -> None:
    """``{field: (label, text)}``: each of them says something."""
    blank = {field: f"请填写{label}。" for field, (label, text) in texts.items() if not text.strip()}
    if blank:
        raise ValidationError(blank)


def must_be_one_of(field: str, label: str, value: str, choices: Iterable[str]) -> None:
    if value not in choices:
        raise ValidationError({field: f"请选择{label}。"})


__all__ = [
    "executors_of", "lock_plan", "lock_visit", "morning_of", "move", "must_be_given", "must_be_one_of",
    "same_revision", "visitors_of", "working_of",
]  # fmt: skip
