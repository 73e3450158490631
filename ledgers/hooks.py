"""What upper apps do when something of a ledger or a project changes. They add themselves when they are loaded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ledgers.models import Ledger, Project
from organization.models import User

# Called in the transaction that gave a project another name or code: upper apps keep copies for their search.
project_renamed: list[Callable[[Project], None]] = []
# Called in the transaction that gave a project another department: what is open of it follows.
project_moved: list[Callable[[Project, User, datetime], None]] = []
# Called in the transaction that put a ledger's version in force: what was planned by the earlier one may be affected.
ledger_in_force: list[Callable[[Ledger, datetime], None]] = []
# Called in the transaction that voided a ledger: what is planned of its project has no ground any more.
ledger_voided: list[Callable[[Ledger, datetime], None]] = []
# Called in the transaction that recorded another day for the end of the warranty service.
warranty_completed: list[Callable[[Ledger, datetime], None]] = []


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the pages of a project and of its ledger that an upper app fills: fetched after the page, from ``url``,
    which is a page of its own without scripts."""

    title: str
    url: str


# What upper apps show of a project to a person; None where the person may not see it.
project_sections: list[Callable[[User, Project], Section | None]] = []


def sections_of(user: User, project: Project) -> list[Section]:
    """``project`` with its department."""
    return [section for make in project_sections if (section := make(user, project)) is not None]


def tell_renamed(project: Project) -> None:
    for hook in project_renamed:
        hook(project)


def tell_in_force(ledger: Ledger, now: datetime) -> None:
    for hook in ledger_in_force:
        hook(ledger, now)
