"""Phones inside longer texts, as pages show them: differences and histories carry people with their numbers."""

import re
from collections.abc import Iterable

# A mobile, a landline with its area code, a 400/800 number: the spellings that a saved phone can have.
_PHONE = re.compile(r"(?<![\d-])(?:1\d{10}|0\d{2,3}-\d{7,8}|[48]00-\d{3}-\d{4})(?!\d)")
CHANGED = "(号码已改)"


def mask_phones(text: str) -> str:
    """Every phone in a text as 138****1234."""
    return _PHONE.sub(lambda found: f"{found[0][:3]}****{found[0][-4:]}", text)


def mask_changes(changes: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Differences with masked phones; where only the hidden digits differ, the words say that the number changed."""
    masked = []
    for change in changes:
        old, new = mask_phones(change["old"]), mask_phones(change["new"])
        if old == new:
            new = f"{new} {CHANGED}"
        masked.append({**change, "old": old, "new": new})
    return masked
