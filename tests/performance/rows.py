"""Instances straight into tables, hundreds of thousands of them: COPY on PostgreSQL, executemany elsewhere."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.core.management.color import no_style
from django.db import connection
from django.db.models import JSONField, Max, Model


def write(objs: Sequence[Model]) -> None:
    """Insert instances that carry their own primary keys. Only the table's constraints check them."""
    if not objs:
        return
    model = type(objs[0])
    fields = model._meta.concrete_fields
    _insert(model, [field.attname for field in fields], map(attrgetter(*(f.attname for f in fields)), objs))


def write_history(objs: Sequence[Any], *, at: datetime, by: int | None = None) -> None:
    """The field history (simple-history) of instances just written, as their creation would have left it."""
    if not objs:
        return
    history = type(objs[0]).history.model
    tracked = [field.attname for field in history.tracked_fields]
    read = attrgetter(*tracked)
    added = ("history_date", "history_change_reason", "history_type", "history_user_id")
    _insert(history, [*tracked, *added], ((*read(obj), at, None, "+", by) for obj in objs))


def _insert(model: type[Model], names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    quote = connection.ops.quote_name
    columns = ", ".join(quote(by_name[name].column) for name in names)
    into = f"{quote(model._meta.db_table)} ({columns})"
    documents = [at for at, name in enumerate(names) if isinstance(by_name[name], JSONField)]
    if documents:
        rows = (_with_text(row, documents) for row in rows)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {into} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            adapt = connection.ops.adapt_datetimefield_value
            marks = ", ".join(["%s"] * len(names))
            plain = ([adapt(v) if isinstance(v, datetime) else v for v in row] for row in rows)
            cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", list(plain))


def _with_text(row: tuple[Any, ...], documents: Sequence[int]) -> tuple[Any, ...]:
    changed = list(row)
    for at in documents:
        changed[at] = json.dumps(changed[at], ensure_ascii=False)
    return tuple(changed)


class Keys:
    """The next free primary key of each model; ``settle`` lets the database go on from there."""

    def __init__(self, *models: type[Model]) -> None:
        self._next = dict.fromkeys(models, 1)
        self.catch_up()

    def catch_up(self) -> None:
        """Others may have written since."""
        self._next = {m: (m._default_manager.aggregate(last=Max("pk"))["last"] or 0) + 1 for m in self._next}

    def take(self, model: type[Model]) -> int:
        key = self._next[model]
        self._next[model] = key + 1
        return key

    def put_back(self, model: type[Model], key: int) -> None:
        """``key`` and those after it were not used after all."""
        self._next[model] = key

    def settle(self) -> None:
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(self._next)):
                cursor.execute(statement)


def tidy() -> None:
    """Statistics for the planner and a visibility map, as autovacuum leaves a database in service."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)" if connection.vendor == "postgresql" else "ANALYZE")
