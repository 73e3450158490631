"""Scoped reads of the ledgers: what one may see, and what a page shows of it."""

from .ledgers import LIST_FIELDS, ledger_data, tab_counts, visible_ledgers
from .rows import ledger_rows

__all__ = ["LIST_FIELDS", "ledger_data", "ledger_rows", "tab_counts", "visible_ledgers"]
