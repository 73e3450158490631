"""Clocks and mails for tests of the kernel: duties of U1D1's warranty officer, opened by the services."""

from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

from django.db import models

from organization.models import Unit
from tests.personas import Personas
from workflow.due import SHANGHAI
from workflow.models import Channel, Clock, ClockReminder, ClockRule, Notice
from workflow.services.clocks import build_clock
from workflow.services.new_duties import tell_new_duty

_numbers = count(1)


def at(text: str) -> datetime:
    """``at("2026-03-10 09:20")``: a moment in Beijing."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def make_rule(**values: Any) -> ClockRule:
    """A time limit of two days for PW: PM supervises, UH hears after a day, GH after two."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "code": f"test.duty{number}",
        "stage": "试验环节",
        "content": "试验",
        "post_id": "PW",
        "days": 2,
        "mode": "natural",
        "supervisors": ["PM"],
        "escalate_24h": ["UH"],
        "escalate_48h": ["GH"],
    }
    return ClockRule.objects.create(**(defaults | values))


def make_clock(
    personas: Personas,
    *,
    received_at: datetime,
    rule: ClockRule | None = None,
    unit: str = "U1D1",
    subject: models.Model | None = None,
    told: bool = False,
    **values: Any,
) -> Clock:
    """A running clock; its holders hear of it only when ``told``."""
    owner: Unit = personas.unit(unit)
    number = next(_numbers)
    clock = build_clock(
        rule=rule or make_rule(),
        subject=subject or owner,
        owner=owner,
        title=values.pop("title", f"试验工程{number}"),
        received_at=received_at,
        now=received_at,
        **values,
    )
    clock.save()
    if told:
        tell_new_duty(clock, url="/ledgers/1/", now=received_at)
    return clock


def make_clocks(
    personas: Personas, number: int, *, received_at: datetime, rule: ClockRule | None = None
) -> list[Clock]:
    """Many clocks of one rule, each about a subject of its own."""
    rule = rule or make_rule()
    owner = personas.unit("U1D1")
    clocks = []
    for pk in range(1, number + 1):
        clock = build_clock(
            rule=rule, subject=owner, owner=owner, title=f"试验工程{pk}", received_at=received_at, now=received_at
        )
        clock.object_id = 1_000_000 + pk
        clocks.append(clock)
    return Clock.objects.bulk_create(clocks)


def edited(rule: ClockRule, **values: Any) -> dict[str, Any]:
    """What a person enters who changes a rule of ``make_rule``: three days, seen at version 1."""
    given: dict[str, Any] = {
        "code": rule.code, "version": 1, "days": 3, "mode": "natural", "content": "试验", "record": "",
        "supervisors": ["PM"], "escalate_24h": ["UH"], "escalate_48h": ["GH"], "reason": "集团通知〔2026〕3号",
    }  # fmt: skip
    return given | values


def told(clock: Clock, kind: str, channel: str = Channel.INBOX) -> list[str]:
    """The logins that heard of a stage of the clock, sorted."""
    rows = Notice.objects.filter(key=f"clock:{clock.pk}:{kind}", channel=channel)
    return sorted(rows.values_list("recipient__username", flat=True))


def stages(clock: Clock) -> list[tuple[str, bool]]:
    """(kind, skipped) of the reminders written so far, in the order of the ladder."""
    return list(ClockReminder.objects.filter(clock=clock).order_by("moment").values_list("kind", "skipped"))


def mails(personas: Personas, logins: Sequence[str], *, now: datetime, urgent: bool = False) -> list[Notice]:
    """Waiting mails, one to each login."""
    return [
        Notice.objects.create(
            key=f"test:{next(_numbers)}",
            kind="step",
            recipient=personas[login],
            channel=Channel.MAIL,
            title=f"通知 {login}",
            text="请办理。",
            url="/ledgers/1/",
            created_at=now,
            not_before=now,
            urgent=urgent,
        )
        for login in logins
    ]
