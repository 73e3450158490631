"""A query that every page asks, compiled once a process.

Building and compiling a joined query costs the ORM more than the database needs to answer it. A ``Prepared`` keeps the
SQL of a ``values_list`` and puts the values of each call where marks stood when it was compiled.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet

# Values that no row has: what stands at their places is the argument's.
MARKED_ID = -987_654_321
MARKED_DAY = date(1, 2, 3)


class Prepared:
    """``Prepared(lambda user, today: …values_list(…)).rows(user=…, today=…)``: ``user`` an id, ``today`` a day.

    The queryset must not branch on its arguments, and must use columns whose raw value needs no conversion.
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]]) -> None:
        self._build = build
        self._compiled: tuple[str, list[Any]] | None = None

    def rows(self, *, user: int, today: date) -> list[tuple[Any, ...]]:
        sql, marks = self._compiled or self._compile()
        values = {MARKED_ID: user, MARKED_DAY: connection.ops.adapt_datefield_value(today)}
        with connection.cursor() as cursor:
            cursor.execute(sql, [values.get(mark, mark) for mark in marks])
            return list(cursor.fetchall())

    def _compile(self) -> tuple[str, list[Any]]:
        queryset = self._build(user=MARKED_ID, today=MARKED_DAY)
        sql, params = queryset.query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        day = connection.ops.adapt_datefield_value(MARKED_DAY)
        marks = [MARKED_DAY if each == day else each for each in params]
        if MARKED_ID not in marks:
            raise ValueError("a prepared query names the user it is about")
        self._compiled = (sql, marks)
        return self._compiled
