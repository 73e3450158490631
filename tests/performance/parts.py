"""What every part of the bench has: the database under test, the options, the table it fills."""

import argparse
import sys
from collections.abc import Callable
from typing import Any

from .databases import Database
from .http_load import WrongAnswer
from .processes import TaskFailed, task
from .tables import Table


class Part:
    def __init__(self, database: Database, options: argparse.Namespace) -> None:
        self.database = database
        self.options = options
        self.table = Table(database)
        self.environment = database.environment
        self.now = ""
        # Of the pages measured so far, by title: what a million rows are compared with.
        self.medians: dict[str, float] = {}

    def _say(self, what: str) -> None:
        print(f"{self.database.name}: {what} …", file=sys.stderr, flush=True)

    def _attempt(self, part: str, measure: Callable[[], None]) -> None:
        """What cannot be measured stands in the table as a failure; the other parts go on."""
        try:
            measure()
        except (TaskFailed, WrongAnswer, OSError) as problem:
            self.table.fail(part, "FAILED")
            print(f"{self.database.name}: {part}: {problem}", file=sys.stderr, flush=True)

    def _task(self, name: str, **arguments: Any) -> dict[str, Any]:
        return task(name, self.environment, **arguments)
