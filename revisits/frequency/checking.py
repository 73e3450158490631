"""What a plan lacks, and where a visit may move (rules, section 1, rules 8 and 10). Pure."""

from collections.abc import Iterable
from datetime import date

from .terms import Gap, Line, Requirement


def check(lines: Iterable[Line], requirements: Iterable[Requirement]) -> list[Gap]:
    """Rule 8: a line satisfies every requirement it matches, once each; identical lines count once. For a winter across
    New Year the lines of the other year's plan belong among ``lines``."""
    known = set(lines)
    gaps = ((each, each.count - each.met_by(known)) for each in requirements)
    return [Gap(each, missing) for each, missing in gaps if missing > 0]


def moves_within(line: Line, day: date, requirements: Iterable[Requirement]) -> list[Requirement]:
    """The windows that ``line`` serves and would leave on ``day``. Empty: it may move there (改期)."""
    moved = Line(day, line.method)
    return [each for each in requirements if each.is_met_on(line) and not each.is_met_on(moved)]
