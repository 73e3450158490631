"""Projects, the completed-project ledger (Appendix C), the punch list, warranty cases (Appendix F), imports."""

from .case import CaseReveal, WarrantyCase
from .imports import LedgerImport, LedgerImportRow
from .ledger import Ledger, LedgerContact, LedgerVersion, WarrantyTerm
from .policy import LedgerPolicy
from .project import Project, Region
from .punch import PunchItem
from .reveal import PhoneReveal

__all__ = [
    "CaseReveal",
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
    "WarrantyCase",
    "WarrantyTerm",
]
