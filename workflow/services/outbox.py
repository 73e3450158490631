"""Writing many outbox rows at once: the sweep tells thousands of people in a second."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from workflow.models import Channel, Notice


class Person(NamedTuple):
    """A recipient; without an address there is no mail, only the inbox."""

    pk: int
    has_mail: bool


@dataclass(frozen=True, slots=True)
class Telling:
    """One fact told to several people in the inbox and by mail; ``leaves_at`` is the mail's earliest moment."""

    key: str
    kind: str
    content_type_id: int
    object_id: int
    title: str
    text: str
    url: str
    urgent: bool
    leaves_at: datetime
    people: Sequence[Person]


def insert_notices(notices: Sequence[Notice]) -> None:
    """Insert; a row whose (key, recipient, channel) exists is left alone."""
    Notice.objects.bulk_create(notices, ignore_conflicts=True)


def insert_tellings(tellings: Sequence[Telling], *, now: datetime) -> int:
    """Write what is told, to each person by each channel; returns the rows meant to be there.

    PostgreSQL multiplies the facts by their people itself: the texts travel once and no row becomes a Python object
    (5,000 facts, 20,000 rows: 0.5 s instead of 1.3 s). Elsewhere the rows are built and inserted as usual.
    """
    meant = sum(1 + person.has_mail for telling in tellings for person in telling.people)
    if not meant:
        return 0
    if connection.vendor == "postgresql":
        _insert_multiplied(tellings, now)
    else:
        insert_notices(list(_rows(tellings, now)))
    return meant


def _rows(tellings: Sequence[Telling], now: datetime) -> Iterator[Notice]:
    for telling in tellings:
        common = {
            "key": telling.key,
            "kind": telling.kind,
            "content_type_id": telling.content_type_id,
            "object_id": telling.object_id,
            "title": telling.title,
            "text": telling.text,
            "url": telling.url,
            "urgent": telling.urgent,
            "created_at": now,
        }
        for person in telling.people:
            told = {**common, "recipient_id": person.pk}
            yield Notice(**told, channel=Channel.INBOX, not_before=now, state=Notice.State.SENT, sent_at=now)
            if person.has_mail:
                yield Notice(**told, channel=Channel.MAIL, not_before=telling.leaves_at)


# Columns with a default in the model have none in the database, so all are named.
_INSERT = """
INSERT INTO workflow_notice (
    key, kind, content_type_id, object_id, title, text, url, urgent,
    recipient_id, channel, created_at, not_before, state, sent_at, read_at, attempts, claimed_until, error
)
SELECT
    fact.key, fact.kind, fact.content_type_id, fact.object_id, fact.title, fact.text, fact.url, fact.urgent,
    person.pk, way.channel, %(now)s, CASE way.channel WHEN 'mail' THEN fact.leaves_at ELSE %(now)s END,
    CASE way.channel WHEN 'mail' THEN 'waiting' ELSE 'sent' END,
    CASE way.channel WHEN 'mail' THEN NULL ELSE %(now)s END, NULL, 0, NULL, ''
FROM unnest(
    %(key)s::text[], %(kind)s::text[], %(content_type_id)s::int[], %(object_id)s::bigint[], %(title)s::text[],
    %(text)s::text[], %(url)s::text[], %(urgent)s::boolean[], %(leaves_at)s::timestamptz[]
) WITH ORDINALITY AS fact (key, kind, content_type_id, object_id, title, text, url, urgent, leaves_at, number)
JOIN unnest(%(fact_number)s::int[], %(person)s::bigint[], %(has_mail)s::boolean[])
    AS person (number, pk, has_mail) ON person.number = fact.number
JOIN (VALUES ('inbox'), ('mail')) AS way (channel) ON way.channel = 'inbox' OR person.has_mail
ON CONFLICT DO NOTHING
"""


def _insert_multiplied(tellings: Sequence[Telling], now: datetime) -> None:
    columns = ("key", "kind", "content_type_id", "object_id", "title", "text", "url", "urgent", "leaves_at")
    people = [(number, *person) for number, telling in enumerate(tellings, 1) for person in telling.people]
    values: dict[str, Any] = {
        "now": now,
        **{name: [getattr(telling, name) for telling in tellings] for name in columns},
        **dict(zip(("fact_number", "person", "has_mail"), map(list, zip(*people, strict=True)), strict=True)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, values)
