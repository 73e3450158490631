"""``Step``: one line of a flow, as data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from organization.rules import Rule
from workflow.models import Outcome

Guard = Callable[[Any], list[str]]
# Why a step does not exist for this record ("该投诉由集团登记"); "" when it does.
Fits = Callable[[Any], str]


@dataclass(frozen=True)
class Step:
    """One line of a flow: ``source`` —(who holds ``rule``; ``guard`` finds nothing to object)→ ``target``.

    ``apart``: whoever took one of these steps in the same version may not take this one (G5).
    ``target`` "" leaves the state as it is. ``stops``/``starts``: codes of clocks.
    ``tells``: rules whose holders at the owning unit hear of the step; ``also_tells``: those of a rule too, when the
    record answers the question.
    ``fits``: why the record has no such step (another registrar's, another verdict's); it is then offered to nobody.
    ``new_round``: the step begins the next round (a return). ``rule`` None: a move of the calendar, nobody's button.
    """

    name: str
    source: str | tuple[str, ...]
    target: str
    rule: Rule | None
    label: str
    clause: str
    guard: Guard | None = None
    fits: Fits | None = None
    remark: bool = False
    apart: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    outcome: Outcome = Outcome.DONE
    tells: tuple[Rule, ...] = ()
    also_tells: tuple[tuple[Callable[[Any], bool], Rule], ...] = ()
    new_round: bool = False
    style: str = "primary"

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source,) if isinstance(self.source, str) else self.source
