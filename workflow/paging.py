"""Pages of a list whose count is already known."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Page, Paginator

PAGE_SIZE = 25


class _Counted(Paginator):
    def __init__(self, count: int, per_page: int, more: bool) -> None:
        super().__init__((), per_page)
        self._count = count
        self.more = more

    @property
    def count(self) -> int:
        return self._count


def page_number(text: str | None) -> int:
    """The page a query string asks for; anything that is no page is the first one."""
    return max(1, min(int(text), 1_000_000)) if text and text.isascii() and text.isdigit() else 1


def counted_page(
    rows: Sequence[Any], *, number: int, count: int, per_page: int = PAGE_SIZE, more: bool = False
) -> Page[Any]:
    """``rows`` are those of page ``number`` already; ``count`` is how many there are in all, or with ``more`` how many
    of them can be turned to."""
    return Page(rows, number, _Counted(count, per_page, more))
