"""A query that every page asks, compiled once a process.

Building and compiling a joined query costs the ORM more than the database needs to answer it. A ``Prepared`` keeps a
queryset with its SQL, and puts the values of each call where marks stood when it was compiled.
"""

from collections.abc import Callable
from copy import copy
from datetime import date
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

# What stands for the arguments while the query is compiled; sent nowhere.
MARKED_NUMBER = 2_147_000_000
MARKED_YEAR = 1001
MOST = 2**63  # what no column of numbers holds


_Value = int | str | date
_Kept = tuple[QuerySet[Any, Any], Any, str, list[tuple[str, Any]]]


class Prepared:
    """``Prepared(lambda user, today: …).rows(user=5, today=day)``: a list of what the queryset is made of.

    Arguments are numbers (ids), days, or texts compared as they are. The queryset must not branch on them, and a value
    that comes from the database (the id of a content type) must be one of them: a constant stays as it was at the first
    call. No prefetching.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._kept: _Kept | None = None

    def rows(self, **values: _Value) -> list[Any]:
        if any(isinstance(value, int) and not -MOST <= value < MOST for value in values.values()):
            return []  # an address may name any number
        queryset, compiler, sql, marks = self._kept or self._compile(values)
        connection = connections[DEFAULT_DB_ALIAS]
        # Of this thread and this call alone.
        mine = copy(compiler)
        mine.connection = connection
        params = tuple(_put(name, mark, values, connection) for name, mark in marks)
        mine.as_sql = lambda *args, **kwargs: (sql, params)
        asked = queryset.all()
        asked.query.get_compiler = lambda *args, **kwargs: mine  # type: ignore[method-assign]
        return list(asked)

    def _compile(self, values: dict[str, _Value]) -> _Kept:
        marked = {name: _mark(at, value) for at, (name, value) in enumerate(values.items())}
        queryset = self._build(**marked)
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        adapt = connections[DEFAULT_DB_ALIAS].ops.adapt_datefield_value
        names: dict[Any, str] = {adapt(mark) if isinstance(mark, date) else mark: name for name, mark in marked.items()}
        marks = [(names.get(param, "") if isinstance(param, _Value) else "", param) for param in params]
        if missing := marked.keys() - {name for name, _ in marks}:
            raise ValueError(f"a prepared query does not use its arguments: {', '.join(sorted(missing))}")
        self._kept = (queryset, compiler, sql, marks)
        return self._kept


def _mark(at: int, value: _Value) -> _Value:
    if isinstance(value, date):
        return date(MARKED_YEAR, 1, 1 + at)
    return f"{MARKED_NUMBER + at}" if isinstance(value, str) else MARKED_NUMBER + at


def _put(name: str, mark: Any, values: dict[str, _Value], connection: Any) -> Any:
    if not name:
        return mark
    value = values[name]
    # A number keeps the type that the driver was given for it, so that the statement stays the same one.
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else type(mark)(value)
