"""Revisit frequency (clauses 5.2.1, 5.2.2): what a project must get in a year, what a plan lacks, the fewest visits.

Pure: ``requirements``, ``check`` and ``draft`` take dates and give plain data; no database, no clock.
"""

from .drafting import draft
from .windows import (
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
    check,
    requirements,
)

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
    "Line",
    "Policy",
    "Requirement",
    "Requirements",
    "Season",
    "check",
    "draft",
    "requirements",
]
