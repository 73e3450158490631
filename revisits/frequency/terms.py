"""The words of the frequency rules as plain data: what the ledger says, what the group sets, a visit, a requirement.

Every date is a day in Asia/Shanghai, every window includes both its days. Source: rules, section 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from .days import day_in

PHONE, ONSITE, OTHER = "phone", "onsite", "other"
ANY = frozenset({PHONE, ONSITE, OTHER})
UNIT, DEPARTMENT = "unit", "department"


@dataclass(frozen=True, slots=True)
class Season:
    """Month and day of the first and the last day. A season whose end lies before its start spans New Year."""

    start: tuple[int, int]
    end: tuple[int, int]

    def beginning_in(self, year: int) -> tuple[date, date]:
        """The season that begins in ``year``; 29 February means the month's last day."""
        return day_in(year, *self.start), day_in(year + (self.end < self.start), *self.end)


@dataclass(frozen=True, slots=True)
class Climate:
    """The seasons of a region or a city [D]."""

    rain: Season
    winter: Season
    summer: Season


_SUMMER = Season((6, 1), (8, 31))
NORTH = Climate(Season((6, 1), (9, 30)), Season((11, 15), (3, 15)), _SUMMER)
SOUTH = Climate(Season((4, 1), (10, 31)), Season((12, 1), (2, 29)), _SUMMER)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the group may set [D]; each plan keeps the one it was checked with.

    ``min_window_days``: a shorter window cannot be planned and is waived (1: the literal reading).
    ``onsite_counts_as_phone``: a visit on site also satisfies the quarter's telephone call (ambiguity 1).
    ``rain_for_all``: the rain duty holds for every project all through its warranty, not only in a key one's
    first years (ambiguity 3).
    ``climates``: by region, or by a city's own name where it departs from its region.
    """

    min_window_days: int = 7
    onsite_counts_as_phone: bool = False
    rain_for_all: bool = False
    climates: Mapping[str, Climate] = field(default_factory=lambda: MappingProxyType({"north": NORTH, "south": SOUTH}))


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger says of a project. ``start`` and ``end`` are the warranty, both days included.

    ``completed_on`` None: the warranty's start; ``serviced_until`` (保修完成) None: its end (ambiguity 13).
    ``region`` names a climate of the policy. ``ledger_approved_on``: windows past by then are 历史缺失.
    """

    start: date
    end: date
    completed_on: date | None = None
    serviced_until: date | None = None
    key: bool = False
    hvac: bool = False
    region: str = "north"
    ledger_approved_on: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A planned visit."""

    on: date
    method: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """``count`` visits by one of ``methods`` within the window, on different days."""

    code: str
    start: date
    end: date
    methods: frozenset[str]
    count: int
    clause: str

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def is_met_on(self, line: Line) -> bool:
        return line.method in self.methods and self.start <= line.on <= self.end

    def met_by(self, lines: Iterable[Line]) -> int:
        """On how many different days a line matches, at most ``count``."""
        return min(len({line.on for line in lines if self.is_met_on(line)}), self.count)


@dataclass(frozen=True, slots=True)
class Gap:
    """A requirement that the lines do not satisfy, and how many visits it still lacks."""

    requirement: Requirement
    missing: int

    def __str__(self) -> str:
        r = self.requirement
        how = {frozenset({PHONE}): "电话", frozenset({ONSITE}): "现场"}.get(r.methods, "回访")
        return f"{r.code}({r.clause}):{r.start} 至 {r.end} 缺{how} {self.missing} 次"


class Requirements(list[Requirement]):
    """What must be done; apart from it what was ``waived`` (too short a window), and ``missed`` (历史缺失: past when
    the ledger was approved; it blocks nothing and counts in the key figures)."""

    def __init__(
        self, due: Iterable[Requirement], waived: Sequence[Requirement] = (), missed: Sequence[Requirement] = ()
    ) -> None:
        super().__init__(due)
        self.waived = tuple(waived)
        self.missed = tuple(missed)
