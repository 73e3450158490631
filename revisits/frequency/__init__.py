"""Revisit frequency (clauses 5.2.1, 5.2.2): what a project must get in a year, what a plan lacks, the fewest visits.

Pure: dates in, plain data out; no database, no clock. ``terms`` are the words, ``windows`` what is required,
``checking`` what a plan lacks, ``slots`` how few visits will do, ``drafting`` their days, ``spreading`` those of many
projects.
"""

from .checking import check, moves_within
from .drafting import draft, repair
from .spreading import Item, PlannedLine, draft_all
from .terms import (
    ANY,
    DEPARTMENT,
    NORTH,
    ONSITE,
    OTHER,
    PHONE,
    SOUTH,
    UNIT,
    Climate,
    Facts,
    Gap,
    Line,
    Policy,
    Requirement,
    Requirements,
    Season,
)
from .windows import requirements

__all__ = [
    "ANY",
    "DEPARTMENT",
    "NORTH",
    "ONSITE",
    "OTHER",
    "PHONE",
    "SOUTH",
    "UNIT",
    "Climate",
    "Facts",
    "Gap",
    "Item",
    "Line",
    "PlannedLine",
    "Policy",
    "Requirement",
    "Requirements",
    "Season",
    "check",
    "draft",
    "draft_all",
    "moves_within",
    "repair",
    "requirements",
]
