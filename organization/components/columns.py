"""The columns of a list: which there are, which a person wants to see, and the rows of the table.

Cells are built as text: a page of 100 rows has a thousand of them. Every cell escapes what it shows.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

COOKIE_AGE = 365 * 24 * 3600
R = TypeVar("R")


@dataclass(frozen=True)
class ListColumn(Generic[R]):
    """``cell`` makes the markup of a row's cell. ``fixed``: always shown, the heading of a card on a phone."""

    key: str
    label: str
    cell: Callable[[R], str]
    sort: str = ""
    css: str = "tight"
    shown: bool = True
    fixed: bool = False


class Columns(Generic[R]):
    """What a list offers. A person's choice is kept in a cookie of this browser, for a year."""

    def __init__(self, cookie: str, columns: Sequence[ListColumn[R]]) -> None:
        self.cookie = cookie
        self.all = tuple(columns)
        self._usual = frozenset(column.key for column in columns if column.shown)
        self._keys = frozenset(column.key for column in columns)
        self._choices: dict[tuple[str, ...], SafeString] = {}

    def chosen(self, request: HttpRequest) -> list[ListColumn[R]]:
        """In the list's order; the fixed ones always, the usual ones by default."""
        cookie = request.COOKIES.get(self.cookie)
        keys = self._keys.intersection(cookie.split(".")) if cookie else frozenset()
        return [column for column in self.all if column.fixed or column.key in (keys or self._usual)]

    def keep(self, response: HttpResponse, keys: Iterable[str]) -> None:
        """Remember the choice; keys that are no column are dropped."""
        wanted = set(keys)
        value = ".".join(column.key for column in self.all if column.key in wanted)
        response.set_cookie(self.cookie, value, max_age=COOKIE_AGE, httponly=True, samesite="Lax")

    def choice(self, columns: Sequence[ListColumn[R]]) -> SafeString:
        """The checkboxes of the column menu, rendered once for each choice."""
        shown = tuple(column.key for column in columns)
        found = self._choices.get(shown)
        if found is None:
            if len(self._choices) >= 200:
                self._choices.clear()
            context = {"columns": columns, "all_columns": self.all}
            found = self._choices[shown] = render_to_string("components/_column_choice.html", context)
        return found

    def body(self, rows: Iterable[R], columns: Sequence[ListColumn[R]]) -> SafeString:
        """The rows of the table's body; every value is escaped by its cell."""
        # The first cell is the heading of a card on a phone: it needs no label.
        heads = [f'<td class="{c.css}"' + ("" if c.fixed else f' data-label="{c.label}"') + ">" for c in columns]
        lines = []
        for row in rows:
            cells = "".join(f"{head}{column.cell(row)}</td>" for head, column in zip(heads, columns, strict=True))
            lines.append(f"<tr>{cells}</tr>")
        return mark_safe("\n".join(lines))  # noqa: S308 - cells are escaped above
