"""What upper apps do when something of a ledger or a project changes. They add themselves when they are loaded."""

from collections.abc import Callable

from ledgers.models import Project

# Called in the transaction that gave a project another name or code: upper apps keep copies for their search.
project_renamed: list[Callable[[Project], None]] = []


def tell_renamed(project: Project) -> None:
    for hook in project_renamed:
        hook(project)
