"""What a registrar chooses from: the projects in reach, the levels they may enter."""

from dataclasses import dataclass, field

from django.db.models import QuerySet

from complaints.models import Complaint
from complaints.permissions import REGISTER_GROUP, REGISTER_GROUP_IN, REGISTER_UNIT, REGISTER_UNIT_IN
from ledgers.columns import NAME_MAX, NUMBER_MAX
from ledgers.filters import matches
from ledgers.models import Project
from organization.models import User

SHOWN = 8
LONGEST = NAME_MAX + NUMBER_MAX + 2
L = Complaint.Level


@dataclass(frozen=True, slots=True)
class FoundProjects:
    """What was found; ``chosen`` when the text can only mean one; ``more`` when there is more than is shown."""

    text: str = ""
    rows: list[Project] = field(default_factory=list)
    chosen: Project | None = None
    more: bool = False


def levels_for(user: User) -> list[tuple[str, str]]:
    """接收层级 that the person enters: UW those to the unit, GW those to the group (clause 5.4.1)."""
    held = [*((L.GROUP, L.LEADER) if REGISTER_GROUP_IN.held_by(user) else ())]
    held += [L.UNIT] if REGISTER_UNIT_IN.held_by(user) else []
    return [(level.value, str(level.label)) for level in held]


def registrable_projects(user: User) -> QuerySet[Project]:
    """R-1b: every project in the registrar's reach, under construction or completed."""
    projects = Project.objects.select_related("department")
    return REGISTER_GROUP.narrow(user, projects) | REGISTER_UNIT.narrow(user, projects)


def project_label(project: Project) -> str:
    """A project in one line; the code in it makes it mean one project only."""
    return f"{project.name}({project.code})"


def find_projects(user: User, text: str) -> FoundProjects:
    """Projects whose name or code holds every word of the text. A whole code, or a label, means one of them."""
    text = text.replace("\x00", "").strip()[:LONGEST]
    if not text:
        return FoundProjects()
    within = registrable_projects(user)
    code = text[text.rindex("(") + 1 : -1] if "(" in text and text.endswith(")") else text
    exact = within.filter(code=code).first()
    if exact is not None and (code == text or project_label(exact) == text):
        return FoundProjects(text, [exact], exact)
    rows = list(within.filter(matches(text, "name", "code")).order_by("name", "pk")[: SHOWN + 1])
    return FoundProjects(text, rows[:SHOWN], rows[0] if len(rows) == 1 else None, len(rows) > SHOWN)
