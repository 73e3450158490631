"""Many records at once, set-based: taking one step, writing their history. What an import needs."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import EmptyResultSet, PermissionDenied
from django.db import connections, models
from django.db.models import QuerySet, Value
from django.utils import timezone

from organization.authority import acting_as
from organization.models import Appointment, Unit, User
from workflow.flow import Flow, Step
from workflow.models import Transition
from workflow.services.clocks import open_clocks


def enter_many(
    flow: Flow[Any],
    step_name: str,
    objs: Sequence[models.Model],
    *,
    actor: User | None,
    now: datetime,
    received_at: Mapping[int, datetime] | None = None,
    remarks: Mapping[int, str] | None = None,
) -> None:
    """Record a step for records that were just put into its target state: right, transition, clocks.

    A running clock of the same duty is kept. Nobody is told one by one. ``actor`` None is the command line, which has
    no post. ``received_at`` says for each record by its key when its duties began, when that is not now; ``remarks``
    what its history tells. Raises PermissionDenied when one record lies outside the actor's reach. A step with a guard,
    a separation or a stop needs ``Flow.move``.
    """
    step = flow.steps[step_name]
    if step.rule is None or step.apart or step.guard or step.stops or step.remark:
        raise ValueError(f"step {step_name!r} cannot be taken in bulk")
    owners = {owner.pk: owner for owner in map(flow.owner, objs)}
    acting = _acting(step, owners, actor, now)
    content_type = ContentType.objects.get_for_model(flow.model)
    source = step.sources[0]
    Transition.objects.bulk_create(
        [
            Transition(
                content_type=content_type,
                object_id=obj.pk,
                step=step.name,
                label=step.label,
                source=source,
                target=step.target,
                source_label=flow.labels[source],
                target_label=flow.labels[step.target],
                actor=actor,
                post=by.post if by else None,
                unit=by.unit if by else None,
                on_behalf_of=by.substitute_for.user if by and by.substitute_for else None,
                at=now,
                remark=(remarks or {}).get(obj.pk, ""),
                clause=step.clause,
            )
            for obj in objs
            for by in (acting[flow.owner(obj).pk],)
        ],
        batch_size=2000,
    )
    for code in step.starts:
        subjects = [(obj, flow.owner(obj), str(obj)) for obj in objs]
        open_clocks(code=code, subjects=subjects, received_at=received_at or now, now=now)


def _acting(step: Step, owners: dict[int, Unit], actor: User | None, now: datetime) -> dict[int, Appointment | None]:
    if actor is None or step.rule is None:
        return dict.fromkeys(owners)
    paths = step.rule.paths(actor, fresh=True)
    for owner in owners.values():
        if not any(owner.path.startswith(path) for path in paths):
            raise PermissionDenied(f"您没有在“{owner}”进行“{step.label}”的权限。")
    today = timezone.localdate(now)
    return {pk: acting_as(actor, step.rule.action, owner, today) for pk, owner in owners.items()}


def record_history(rows: QuerySet[Any], *, actor: User | None, now: datetime, created: bool) -> None:
    """Write the history of ``rows`` as they stand in the database: one statement instead of a row a record.

    The records have to be in the database already: created, or updated by a bulk statement.
    """
    history = rows.model.history.model
    names = [field.attname for field in history.tracked_fields]
    stamps: dict[str, Value] = {
        "history_type": Value("+" if created else "~"),
        "history_date": Value(now, output_field=models.DateTimeField()),
    }
    if actor is not None:
        stamps["history_user_id"] = Value(actor.pk, output_field=models.BigIntegerField())
    source = rows.order_by().annotate(**stamps).values_list(*names, *stamps)
    connection = connections[source.db]
    try:
        select, params = source.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:  # an IN list without a member
        return
    columns = [history._meta.get_field(name).column for name in (*names, *stamps)]
    quote = connection.ops.quote_name
    into = f"INSERT INTO {quote(history._meta.db_table)} ({', '.join(map(quote, columns))})"
    with connection.cursor() as cursor:
        cursor.execute(f"{into} {select}", params)
