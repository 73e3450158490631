"""Projects and punch items in reach."""

from itertools import pairwise
from typing import Any

from django.db.models import QuerySet

from ledgers.models import Project, PunchItem
from ledgers.permissions import KEEP_PUNCH_OF, REGISTER_IN, TRANSFER_TO, VIEW_PROJECT, VIEW_PUNCH
from organization.models import Unit, User
from organization.models.units import Tier


def visible_projects(user: User) -> QuerySet[Project]:
    """G2: the registry in the user's reach, under construction and completed alike."""
    return VIEW_PROJECT.narrow(user, Project.objects.select_related("department", "ledger"))


def departments_to_register_in(user: User) -> QuerySet[Unit]:
    """The living project departments for which the user keeps the register."""
    return REGISTER_IN.units(user).filter(tier=Tier.DEPARTMENT, dissolved_on__isnull=True)


def departments_to_transfer_to(user: User) -> QuerySet[Unit]:
    """The living project departments to which the user may hand a project."""
    return TRANSFER_TO.units(user).filter(tier=Tier.DEPARTMENT, dissolved_on__isnull=True)


def visible_punch_items(user: User) -> QuerySet[PunchItem]:
    return VIEW_PUNCH.narrow(user, PunchItem.objects.select_related("project__department"))


def projects_to_inspect(user: User) -> QuerySet[Project]:
    """The projects whose punch list the user keeps."""
    return KEEP_PUNCH_OF.narrow(user, Project.objects.order_by("name"))


def register_changes(project: Project) -> list[dict[str, Any]]:
    """The register's field history, the newest first: when, who, what."""
    rows = list(project.history.select_related("history_user", "department").order_by("-history_date", "-history_id"))
    found = []
    for newer, older in pairwise(rows):
        changes = [
            {"field": str(field.verbose_name), "old": _words(older, field.name), "new": _words(newer, field.name)}
            for field in Project._meta.concrete_fields
            if getattr(newer, field.attname) != getattr(older, field.attname)
        ]
        if changes:
            found.append(
                {"at": newer.history_date, "who": newer.history_user or "系统", "label": "修改登记", "changes": changes}
            )
    if rows:
        first = rows[-1]
        found.append(
            {"at": first.history_date, "who": project.created_by or "系统", "label": "登记工程", "changes": []}
        )
    return found


def _words(row: Any, name: str) -> str:
    display = getattr(row, f"get_{name}_display", None)
    value = display() if display else getattr(row, name)
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)
