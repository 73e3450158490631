"""Complaints multiplied by the database: each copy of a made one belongs to another project of the same department.

Set-based SQL that PostgreSQL and SQLite both understand. Copy ``k`` of a row has its id plus ``k`` times the span of
its model's made rows, and so have all its references to made rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import ForeignKey, Max, Min, Model

from complaints.models import Complaint, Demand, Filing, Milestone, Plan, PlanVersion, Ruling
from ledgers.models import Project
from workflow.bulk import record_history
from workflow.models import Clock, Transition

from .complaint_data import MODELS

RARE = "鹦鹉"  # in one complaint of five thousand
TURNS = "WITH RECURSIVE s(k) AS (SELECT {first} UNION ALL SELECT k + 1 FROM s WHERE k < {last})"
PLACES = """, places AS (
    SELECT id, name, code, department_id, row_number() OVER (PARTITION BY department_id ORDER BY id) - 1 AS at,
        count(*) OVER (PARTITION BY department_id) AS number
    FROM {project})"""


@dataclass(frozen=True)
class Span:
    """The ids of the rows that were made one by one."""

    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first + 1


def table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def spans_of(made_before: dict[type[Model], int]) -> dict[type[Any], Span]:
    """Of every model that has rows beyond ``made_before``, the last id there was."""
    spans = {}
    for model in MODELS:
        found = model._default_manager.filter(pk__gt=made_before[model]).aggregate(first=Min("pk"), last=Max("pk"))
        if found["first"] is not None:
            spans[model] = Span(found["first"], found["last"])
    return spans


def last_keys() -> dict[type[Model], int]:
    return {model: model._default_manager.aggregate(last=Max("pk"))["last"] or 0 for model in MODELS}


@transaction.atomic
def copy_all(spans: dict[type[Any], Span], *, first: int, last: int, models: Sequence[type[Any]] = MODELS) -> None:
    """Copies ``first`` to ``last`` of everything made; a complaint comes before what hangs on it."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            trust_the_keys(cursor)
        for model in models:
            if model in spans:
                cursor.execute(_statement(model, spans, first, last))
        for statement in connection.ops.sequence_reset_sql(no_style(), list(models)):
            cursor.execute(statement)


def trust_the_keys(cursor: Any) -> None:
    """Not one lookup a reference, where the server lets us: the copied rows refer to copied rows."""
    cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
    if cursor.fetchone()[0]:
        cursor.execute("SET LOCAL session_replication_role = replica")


def _statement(model: type[Any], spans: dict[type[Any], Span], first: int, last: int) -> str:
    columns = {field.column: _value(model, field, spans) for field in model._meta.concrete_fields}
    joins, changed = _special(model, spans)
    columns |= changed
    span = spans[model]
    turns = TURNS.format(first=first, last=last)
    if model is Complaint:
        turns += PLACES.format(project=table(Project))
    names = ", ".join(map(connection.ops.quote_name, columns))
    return (
        f"INSERT INTO {table(model)} ({names}) {turns} SELECT {', '.join(columns.values())} "
        f"FROM {table(model)} t CROSS JOIN s {joins} WHERE t.id BETWEEN {span.first} AND {span.last}"
    )


def _value(model: type[Any], field: Any, spans: dict[type[Any], Span]) -> str:
    column = f"t.{connection.ops.quote_name(field.column)}"
    target = model if field.primary_key else field.related_model if isinstance(field, ForeignKey) else None
    if target in spans:
        return f"{column} + s.k * {spans[target].size}"
    if field.name == "number" and field.get_internal_type() == "CharField":
        return f"{column} || '-' || s.k"
    return column


def _special(model: type[Any], spans: dict[type[Any], Span]) -> tuple[str, dict[str, str]]:
    """What a copy is joined with, and the columns that are more than the made row's."""
    if model is Complaint:
        return _complaint(spans)
    if model is Transition:
        return "", {"object_id": _moved("content_type_id", "object_id", spans)}
    if model is Clock:
        return _clock(spans)
    return "", {}


def _moved(type_column: str, id_column: str, spans: dict[type[Any], Span]) -> str:
    cases = " ".join(
        f"WHEN {ContentType.objects.get_for_model(model).pk} THEN {span.size}" for model, span in spans.items()
    )
    return f"t.{id_column} + s.k * CASE t.{type_column} {cases} ELSE 0 END"


def _complaint(spans: dict[type[Any], Span]) -> tuple[str, dict[str, str]]:
    new_id = f"t.id + s.k * {spans[Complaint].size}"
    rare = f"CASE WHEN ({new_id}) % 5000 = 7 THEN '{RARE}' ELSE '' END"
    text = "replace(replace(replace(t.search_text, lower(t.number), lower(t.number || '-' || s.k)), "
    text += "lower(t.project_name), lower(p.name)), lower(t.project_code), lower(p.code))"
    joins = "JOIN places p ON p.department_id = t.department_id AND p.at = (t.id + s.k) % p.number"
    earlier = (
        "t.received_at - s.k * interval '97 minutes'"
        if connection.vendor == "postgresql"
        else "strftime('%Y-%m-%d %H:%M:%f000', t.received_at, '-' || (s.k * 97) || ' minutes')"
    )
    return joins, {
        "project_id": "p.id",
        "project_name": "p.name",
        "project_code": "p.code",
        "received_at": earlier,
        "event": f"t.event || '(' || s.k || '号楼)' || {rare}",
        "search_text": f"{text} || ' (' || s.k || '号楼)' || {rare}",
    }


def _clock(spans: dict[type[Any], Span]) -> tuple[str, dict[str, str]]:
    complaint = table(Complaint)
    joins = (
        f"JOIN {complaint} c ON c.id = t.case_id JOIN {complaint} n ON n.id = t.case_id + s.k * {spans[Complaint].size}"
    )
    return joins, {
        "object_id": _moved("content_type_id", "object_id", spans),
        "case_id": f"t.case_id + s.k * {spans[Complaint].size}",
        "title": "replace(replace(t.title, c.number, n.number), c.project_name, n.project_name)",
    }


def million(spans: dict[type[Any], Span], *, rows: int) -> None:
    """Complaints with their demands up to ``rows``; the index of the search is built anew, as a load would do it."""
    models = (Complaint, Demand)
    # Beyond whatever was registered since.
    first = max((last_keys()[model] - spans[model].first) // spans[model].size + 1 for model in models)
    turns = (rows - Complaint.objects.count()) // spans[Complaint].size
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexdef LIKE '%%USING gin%%'",
            [Complaint._meta.db_table],
        )
        found = cursor.fetchall()
        for name, _ in found:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
        copy_all(spans, first=first, last=first + turns - 1, models=models)
        for _, definition in found:
            cursor.execute(definition)
        cursor.execute(f"VACUUM (ANALYZE) {table(Complaint)}, {table(Demand)}")


WITH_HISTORY = (Complaint, Demand, Ruling, Plan, PlanVersion, Milestone, Filing)


def write_histories(*, now: datetime) -> None:
    """The field history of everything, as its creation left it: one statement a model."""
    for model in WITH_HISTORY:
        record_history(model.objects.all(), actor=None, now=now - timedelta(days=30), created=True)
