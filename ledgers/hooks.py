"""What upper apps do when something of a ledger or a project changes. They add themselves when they are loaded."""

from collections.abc import Callable
from datetime import datetime

from ledgers.models import Project
from organization.models import User

# Called in the transaction that gave a project another name or code: upper apps keep copies for their search.
project_renamed: list[Callable[[Project], None]] = []
# Called in the transaction that gave a project another department: what is open of it follows.
project_moved: list[Callable[[Project, User, datetime], None]] = []


def tell_renamed(project: Project) -> None:
    for hook in project_renamed:
        hook(project)
