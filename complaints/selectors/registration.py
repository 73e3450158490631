"""What a registrar chooses from: the projects in reach, the levels they may enter."""

from django.db.models import QuerySet

from complaints.models import Complaint
from complaints.permissions import REGISTER_GROUP, REGISTER_GROUP_IN, REGISTER_UNIT, REGISTER_UNIT_IN
from ledgers.models import Project
from ledgers.selectors.picking import FoundProjects, pick_projects
from organization.models import User

L = Complaint.Level


def levels_for(user: User) -> list[tuple[str, str]]:
    """接收层级 that the person enters: UW those to the unit, GW those to the group (clause 5.4.1)."""
    held = [*((L.GROUP, L.LEADER) if REGISTER_GROUP_IN.held_by(user) else ())]
    held += [L.UNIT] if REGISTER_UNIT_IN.held_by(user) else []
    return [(level.value, str(level.label)) for level in held]


def registrable_projects(user: User) -> QuerySet[Project]:
    """R-1b: every project in the registrar's reach, under construction or completed."""
    projects = Project.objects.select_related("department")
    return REGISTER_GROUP.narrow(user, projects) | REGISTER_UNIT.narrow(user, projects)


def find_projects(user: User, text: str) -> FoundProjects:
    """The registrar's projects whose name or code holds every word of the text."""
    return pick_projects(registrable_projects(user), text)
