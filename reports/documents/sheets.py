"""A printed form as data: labelled facts, tables, texts, signatures. One template prints all of them.

Pure: no database, no clock. Everything here is text already; ``said`` puts values into words.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from organization.components.values import day, moment

NOTHING = "—"
TICKED, UNTICKED = "☑", "☐"
# Longer than this, a cell may go over to the next page; shorter rows stay whole.
LONG = 420
_BLANK_LINES = re.compile(r"(?:[ \t]*\r?\n)+[ \t]*\r?\n")
# Room to write a date by hand.
BLANK_DAY = "\u3000\u3000年\u3000\u3000月\u3000\u3000日"


def said(value: Any) -> str:
    """A value in words: Beijing time, 是/否, a dash for nothing."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return _BLANK_LINES.sub("\n", str(value))


def lines(text: str) -> tuple[str, ...]:
    """The lines of a typed text that say something."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def tick(checked: bool, label: str) -> str:
    return f"{TICKED if checked else UNTICKED} {label}"


def ticks(*given: tuple[bool, str]) -> str:
    """Several boxes on a line, set apart by wide spaces, which do not collapse."""
    return "\u3000\u3000".join(tick(checked, label) for checked, label in given)


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    wide: bool = False

    @property
    def long(self) -> bool:
        return _is_long(self.value)


def fact(label: str, value: Any, *, wide: bool = False) -> Fact:
    return Fact(label, said(value), wide)


def wide(label: str, value: Any) -> Fact:
    """A fact with a line of its own."""
    return fact(label, value, wide=True)


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and values, two to a line. A value that has no neighbour takes the whole line."""

    template: ClassVar[str] = "reports/documents/_facts.html"
    facts: tuple[Fact, ...]
    title: str = ""

    @property
    def whole(self) -> bool:
        """Short enough to stay on one page."""
        return sum(len(one.value) for one in self.facts) < LONG

    @property
    def rows(self) -> list[tuple[Fact, ...]]:
        rows: list[tuple[Fact, ...]] = []
        waiting: Fact | None = None
        for one in self.facts:
            if one.wide:
                rows += [(waiting,)] if waiting else []
                rows.append((one,))
                waiting = None
            elif waiting:
                rows.append((waiting, one))
                waiting = None
            else:
                waiting = one
        return rows + ([(waiting,)] if waiting else [])


def facts(title: str, *given: Fact) -> Facts:
    return Facts(given, title)


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` in hundredths of the table; the style sheet has a class for each that is used."""

    label: str
    width: int
    centre: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    centre: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """A table; its head stands on every page it runs over. Without rows it says ``empty``."""

    template: ClassVar[str] = "reports/documents/_grid.html"
    title: str
    columns: tuple[Column, ...]
    lines: tuple[tuple[str, ...], ...]
    empty: str = "无"
    whole: bool = False

    @property
    def rows(self) -> list[tuple[bool, list[Cell]]]:
        """May the row be broken, and its cells."""
        return [
            (
                any(map(_is_long, line)),
                [Cell(text, column.centre) for text, column in zip(line, self.columns, strict=True)],
            )
            for line in self.lines
        ]


def grid(title: str, columns: Iterable[Column], rows: Iterable[Sequence[Any]], *, empty: str = "无") -> Grid:
    return Grid(title, tuple(columns), tuple(tuple(map(said, row)) for row in rows), empty)


@dataclass(frozen=True, slots=True)
class Prose:
    template: ClassVar[str] = "reports/documents/_prose.html"
    title: str
    paragraphs: tuple[str, ...]
    small: bool = False

    @property
    def whole(self) -> bool:
        return not _is_long("\n".join(self.paragraphs))


def prose(title: str, text: str) -> Prose:
    return Prose(title, lines(text) or (NOTHING,))


@dataclass(frozen=True, slots=True)
class Boxes:
    """Room to sign by hand, side by side, never parted from what stands before them."""

    template: ClassVar[str] = "reports/documents/_boxes.html"
    title: str
    labels: tuple[str, ...]


Block = Facts | Grid | Prose | Boxes

SIGNED = (
    Column("环节", 14, centre=True),
    Column("岗位", 31, centre=True),
    Column("姓名", 13, centre=True),
    Column("时间", 18, centre=True),
    Column("意见", 24),
)


def signatures(title: str, rows: Iterable[Sequence[Any]]) -> Grid:
    """Who did what, by which post, when: 环节, 岗位, 姓名, 时间, 意见."""
    return Grid(title, SIGNED, tuple(tuple(map(said, row)) for row in rows), whole=True)


def _is_long(text: str) -> bool:
    return len(text) + 30 * text.count("\n") > LONG
