"""Time limits as the apps declare them: a code, its stage and the value the software ships (Appendix G, A.2, B.2).

What is in force are the rows of ``ClockRule``; a declaration only fills in a row that does not exist yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from workflow.due import Mode


@dataclass(frozen=True)
class ClockDefault:
    """``sheet`` is the table it stands in: A.2 for revisits and ledgers, G for complaints."""

    code: str
    sheet: str
    number: int
    stage: str
    content: str
    post: str
    days: int
    mode: Mode
    record: str = ""
    supervisors: tuple[str, ...] = ()
    escalate_24h: tuple[str, ...] = ()
    escalate_48h: tuple[str, ...] = ("GH",)
    clause: str = ""

    registry: ClassVar[dict[str, "ClockDefault"]] = {}


def declare(*defaults: ClockDefault) -> Sequence[ClockDefault]:
    """Register an app's time limits; called once when the app is loaded."""
    for default in defaults:
        if ClockDefault.registry.setdefault(default.code, default) != default:
            raise ValueError(f"clock {default.code!r} is declared twice")
    return defaults
