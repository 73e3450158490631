"""The running clocks of records, and who holds them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Model, QuerySet
from django.utils import timezone

from organization.models import Appointment, User
from organization.prepared import Prepared
from workflow.holders import OF_APPOINTMENT, PRINCIPAL, belongs
from workflow.models import Clock, ClockRule

CHIP_FIELDS = ("case_id", "due_at", "received_at", "rule__stage", "rule__days", "rule__mode")


class Chip:
    """What a due chip shows of a clock, without a model instance: a list has up to a hundred."""

    def __init__(self, due_at: datetime, explanation: str) -> None:
        self.due_at = due_at
        self.explanation = explanation


@dataclass(slots=True)
class Ball:
    """A duty that runs, with the people who hold it: "等待 第一工程公司·回访保修管理岗 王某".

    ``about`` is the record it is a duty of, as (content type, id): the plan of a complaint, one of its milestones.
    """

    chip: Chip
    stage: str
    place: str
    mine: bool
    names: list[str] = field(default_factory=list)
    code: str = ""
    about: tuple[int, int] = (0, 0)


# Pages are of a few sizes: one prepared query each, filled up with ids that no record has.
_STEP = 25
_CHIPS: dict[int, Prepared] = {}


def _chips(kind: int, **ids: int) -> QuerySet[Clock, tuple[Any, ...]]:
    found = Clock.objects.running().filter(case_type=kind, case_id__in=list(ids.values()))
    return found.order_by().values_list(*CHIP_FIELDS)


def chips_of(model: type[Model], ids: Collection[int]) -> dict[int, Chip]:
    """The soonest running clock of each record and what belongs to it, as its chip; one query for a page of them."""
    if not ids:
        return {}
    wanted = {f"id{at}": pk for at, pk in enumerate(ids)}
    size = -(-len(wanted) // _STEP) * _STEP
    blank = {f"id{at}": -at for at in range(len(wanted), size)}  # matches nothing
    query = _CHIPS.setdefault(size, Prepared(_chips))
    rows = query.rows(kind=ContentType.objects.get_for_model(model).pk, **wanted, **blank)
    latest_first = sorted(rows, key=lambda row: row[1], reverse=True)
    return {
        subject: Chip(due, explain(stage, received, days, mode))
        for subject, due, received, stage, days, mode in latest_first
    }


def explain(stage: str, received: datetime, days: int, mode: str) -> str:
    return f"{stage} · 接收 {timezone.localtime(received):%Y-%m-%d %H:%M} · 时限 {_limit(days, mode)}"


@lru_cache(maxsize=256)
def _limit(days: int, mode: str) -> str:
    return ClockRule(days=days, mode=mode).limit


def balls(subject: Model, user: User, today: date) -> list[Ball]:
    """The record's running clocks, soonest first, each with its holders and their substitutes. Two queries at most."""
    about = {"kind": ContentType.objects.get_for_model(subject).pk, "subject": subject.pk}
    rows = _RUNNING.rows(**about)
    held = _holders(_HOLDERS.rows(**about, today=today) if rows else ())
    found = []
    for _, due, received, stage, days, mode, post, post_name, unit, unit_name, assignee, code, kind, pk in rows:
        people = [each for each in held.get((post, unit), ()) if belongs(assignee, each.principal)]
        found.append(
            Ball(
                Chip(due, explain(stage, received, days, mode)),
                stage,
                f"{unit_name}·{post_name.rpartition('·')[2]}",
                any(each.pk == user.pk for each in people),
                [each.name for each in people],
                code,
                (kind, pk),
            )
        )
    return found


def _running(kind: int, subject: int) -> QuerySet[Clock, tuple[Any, ...]]:
    return (
        Clock.objects.running()
        .filter(case_type=kind, case_id=subject)
        .order_by("due_at", "pk")
        .values_list(
            *CHIP_FIELDS,
            "post_id",
            "post__name",
            "unit_id",
            "unit__name",
            "assignee_id",
            "code",
            "content_type_id",
            "object_id",
        )
    )


def _holding(kind: int, subject: int, today: date) -> QuerySet[Appointment, tuple[Any, ...]]:
    """The appointments in force to which a running clock of the record belongs."""
    running = Clock.objects.running().filter(case_type=kind, case_id=subject)
    return (
        Appointment.objects.active(today)
        .filter(Exists(running.filter(OF_APPOINTMENT)))
        .order_by()
        .values_list(
            "substitute_for_id",
            "pk",
            "post_id",
            "unit_id",
            "user_id",
            "user__name",
            "substitute_for__user__name",
            PRINCIPAL,
        )
    )


_RUNNING, _HOLDERS = Prepared(_running), Prepared(_holding)


class _Holder(NamedTuple):
    pk: int
    name: str
    principal: int


def _holders(rows: Iterable[tuple[Any, ...]]) -> dict[tuple[str, int], list[_Holder]]:
    """(post, unit) → who holds it today, substitutes after those they stand in for."""
    found: dict[tuple[str, int], list[_Holder]] = {}
    ordered = sorted(rows, key=lambda row: (row[0] is not None, row[1]))
    for stands_in, _, post, unit, pk, name, behalf, principal in ordered:
        name = f"{name}(代 {behalf})" if stands_in else name
        found.setdefault((post, unit), []).append(_Holder(pk, name, principal))
    return found
