"""Writing to the outbox, in the transaction of the fact."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models

from organization.models import User
from workflow.due import quiet_until
from workflow.models import Channel, Clock, Notice


def notify(
    *,
    key: str,
    kind: str,
    recipients: Iterable[User],
    title: str,
    text: str,
    subject: models.Model,
    url: str,
    now: datetime,
    urgent: bool = False,
    mail: bool = True,
) -> None:
    """Tell people once, in the inbox and by mail. ``urgent`` ignores the quiet hours (the overdue fact alone may)."""
    send(
        build_notices(
            key=key,
            kind=kind,
            recipients=recipients,
            title=title,
            text=text,
            subject=subject,
            url=url,
            now=now,
            urgent=urgent,
            mail=mail,
        )
    )


def send(notices: list[Notice]) -> None:
    """Into the outbox, in one statement; what was told already is not told again."""
    if notices:
        Notice.objects.bulk_create(notices, ignore_conflicts=True)


def build_notices(
    *,
    key: str,
    kind: str,
    recipients: Iterable[User],
    title: str,
    text: str,
    subject: models.Model | None,
    url: str,
    now: datetime,
    urgent: bool = False,
    mail: bool = True,
) -> list[Notice]:
    """Unsaved rows: an inbox one for everybody, a mail one for those who have an address. A clock: its subject."""
    about: tuple[int | None, int | None] = (None, None)
    if isinstance(subject, Clock):
        about = (subject.content_type_id, subject.object_id)
    elif subject is not None:
        about = (ContentType.objects.get_for_model(subject).pk, subject.pk)
    common: dict[str, Any] = {
        "key": key,
        "kind": kind,
        "content_type_id": about[0],
        "object_id": about[1],
        "title": title[:250],
        "text": text,
        "url": url,
        "created_at": now,
        "urgent": urgent,
    }
    leaves_at = now if urgent else quiet_until(now)
    rows: list[Notice] = []
    for user in recipients:
        rows.append(
            Notice(
                **common, recipient=user, channel=Channel.INBOX, not_before=now, state=Notice.State.SENT, sent_at=now
            )
        )
        if mail and user.email:
            rows.append(Notice(**common, recipient=user, channel=Channel.MAIL, not_before=leaves_at))
    return rows
