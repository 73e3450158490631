"""The counts above the ledger list, kept between requests until a ledger changes.

Counting 20,000 rows takes longer than the rest of the page. Whatever writes a ledger calls ``ledgers_changed``; the
kept counts are of an older generation then and are counted anew. The generation lives in the cache that all
processes share.
"""

import hashlib
import secrets
from datetime import date

from django.core.cache import cache
from django.db import transaction

from ledgers.permissions import VIEW
from organization.models import User

from .ledgers import TabCounts, tab_counts

GENERATION = "ledgers:generation"
KEPT_SECONDS = 60


def kept_tab_counts(user: User, today: date) -> TabCounts:
    """``tab_counts`` of the same reach on the same day, at most a minute old and never older than the last change."""
    reach = hashlib.sha256(",".join(VIEW.paths(user)).encode()).hexdigest()[:16]
    generation = cache.get(GENERATION) or _next_generation()
    key = f"ledgers:tabs:{generation}:{today}:{reach}"
    kept: TabCounts | None = cache.get(key)
    if kept is None:
        kept = tab_counts(user, today)
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def ledgers_changed() -> None:
    """Call in the transaction that writes a ledger: once it is committed, no kept count is used any more."""
    _next_generation()
    transaction.on_commit(_next_generation)  # what others counted between the two did not see the change


def _next_generation() -> str:
    generation = secrets.token_hex(8)
    cache.set(GENERATION, generation, None)
    return generation
