"""Projects, the completed-project ledger (Appendix C) with its versions, the punch list, imports."""

from .imports import LedgerImport, LedgerImportRow
from .ledger import Ledger, LedgerContact, LedgerVersion, WarrantyTerm
from .policy import LedgerPolicy
from .project import Project, Region
from .punch import PunchItem
from .reveal import PhoneReveal

__all__ = [
    "Ledger",
    "LedgerContact",
    "LedgerImport",
    "LedgerImportRow",
    "LedgerPolicy",
    "LedgerVersion",
    "PhoneReveal",
    "Project",
    "PunchItem",
    "Region",
    "WarrantyTerm",
]
