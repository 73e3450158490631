"""Finding one project among those in reach by a few words of its name or code."""

from dataclasses import dataclass, field

from django.db.models import QuerySet

from ledgers.columns import NAME_MAX, NUMBER_MAX
from ledgers.filters import matches
from ledgers.models import Project

SHOWN = 8
LONGEST = NAME_MAX + NUMBER_MAX + 2


@dataclass(frozen=True, slots=True)
class FoundProjects:
    """What was found; ``chosen`` when the text can only mean one; ``more`` when there is more than is shown."""

    text: str = ""
    rows: list[Project] = field(default_factory=list)
    chosen: Project | None = None
    more: bool = False


def project_label(project: Project) -> str:
    """A project in one line; the code in it makes it mean one project only."""
    return f"{project.name}({project.code})"


def pick_projects(within: QuerySet[Project], text: str) -> FoundProjects:
    """Projects whose name or code holds every word of the text. A whole code, or a label, means one of them."""
    text = text.replace("\x00", "").strip()[:LONGEST]
    if not text:
        return FoundProjects()
    code = text[text.rindex("(") + 1 : -1] if "(" in text and text.endswith(")") else text
    exact = within.filter(code=code).first()
    if exact is not None and (code == text or project_label(exact) == text):
        return FoundProjects(text, [exact], exact)
    rows = list(within.filter(matches(text, "name", "code")).order_by("name", "pk")[: SHOWN + 1])
    return FoundProjects(text, rows[:SHOWN], rows[0] if len(rows) == 1 else None, len(rows) > SHOWN)
