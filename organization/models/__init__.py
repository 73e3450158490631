"""Who: units (a tree), people, posts, appointments with substitutes, the authority matrix, the standard's edition."""

from .authority import AuthorityCell, Duty, Matter, UnitPermission
from .edition import StandardEdition
from .people import Appointment, Post, User
from .security import LoginGuard, SecurityEvent
from .units import Unit

__all__ = [
    "Appointment",
    "AuthorityCell",
    "Duty",
    "LoginGuard",
    "Matter",
    "Post",
    "SecurityEvent",
    "StandardEdition",
    "Unit",
    "UnitPermission",
    "User",
]
