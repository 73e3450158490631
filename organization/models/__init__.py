"""Who: units (a tree), people, posts, appointments with substitutes, the authority matrix, the standard's edition."""

from .authority import AuthorityCell, Duty, Matter, UnitPermission
from .edition import StandardEdition
from .people import Appointment, Post, User
from .units import Unit

__all__ = [
    "Appointment",
    "AuthorityCell",
    "Duty",
    "Matter",
    "Post",
    "StandardEdition",
    "Unit",
    "UnitPermission",
    "User",
]
