"""What a cell can hold once it is read, and the one refusal that ends the reading of a whole workbook."""

from dataclasses import dataclass
from datetime import date, time
from typing import Self


class WorkbookRefused(Exception):
    """The file cannot be imported at all. ``message`` is Chinese, for the user, and says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that is computed. ``cached`` is what the last program to save the file saw in it."""

    cached: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A cell that holds an error value (#REF!, #N/A) or a number beyond all bounds."""

    text: str


class Timed(date):
    """A day whose cell shows a time of day too. To everybody who asks for a day it is that day."""

    clock: time

    @classmethod
    def at(cls, day: date, clock: time) -> Self:
        made = cls(day.year, day.month, day.day)
        made.clock = clock
        return made


Value = str | float | bool | date | Formula | Fault
Cells = dict[int, Value]
"""The filled cells of one row by column index, counted from 0; blank ones are absent."""


@dataclass(frozen=True, slots=True)
class Row:
    """``number`` is the row as Excel shows it, counted from 1."""

    number: int
    cells: Cells
