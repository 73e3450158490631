"""Scoped reads for the documents."""

from .ledgers import (
    appendix_c_form,
    current_edition,
    filters_in_words,
    importable_departments,
    printable_ledger,
    printed_version,
    visible_downloads,
)

__all__ = [
    "appendix_c_form",
    "current_edition",
    "filters_in_words",
    "importable_departments",
    "printable_ledger",
    "printed_version",
    "visible_downloads",
]
