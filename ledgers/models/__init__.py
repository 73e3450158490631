"""Projects, the completed-project ledger (Appendix C) with its versions, the punch list, imports."""

from .imports import LedgerImport
from .ledger import Ledger, LedgerContact, LedgerVersion, WarrantyTerm
from .policy import LedgerPolicy
from .project import Project, Region
from .punch import PunchItem

__all__ = [
    "Ledger",
    "LedgerContact",
    "LedgerImport",
    "LedgerPolicy",
    "LedgerVersion",
    "Project",
    "PunchItem",
    "Region",
    "WarrantyTerm",
]
