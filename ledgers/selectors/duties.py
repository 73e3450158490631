"""The running clocks of records, and who holds them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.utils import timezone

from organization.models import Appointment, User
from workflow.models import Clock, ClockRule


@dataclass(slots=True)
class Ball:
    """A duty that runs, with the people who hold it: "等待 第一工程公司·回访保修管理岗 王某"."""

    clock: Clock
    mine: bool
    names: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"{self.clock.unit}·{self.clock.post.name.rpartition('·')[2]}"


def clocks_of(model: type[Model], ids: Collection[int]) -> dict[int, Clock]:
    """The soonest running clock of each record; one query for a page of them."""
    if not ids:
        return {}
    found = (
        Clock.objects.running()
        .filter(content_type=ContentType.objects.get_for_model(model), object_id__in=ids)
        .select_related("rule")
        .only("object_id", "due_at", "received_at", "rule__days", "rule__mode", "rule__stage")
        .order_by("-due_at")
    )
    return {clock.object_id: clock for clock in found}


class Chip:
    """What a due chip shows of a clock, without a model instance: a list has up to a hundred."""

    def __init__(self, due_at: datetime, explanation: str) -> None:
        self.due_at = due_at
        self.explanation = explanation


def chips_of(model: type[Model], ids: Collection[int]) -> dict[int, Chip]:
    """As ``clocks_of``, only what a chip needs."""
    if not ids:
        return {}
    rows = (
        Clock.objects.running()
        .filter(content_type=ContentType.objects.get_for_model(model), object_id__in=ids)
        .order_by()
        .values_list("object_id", "due_at", "received_at", "rule__stage", "rule__days", "rule__mode")
    )
    latest_first = sorted(rows, key=lambda row: row[1], reverse=True)
    return {
        subject: Chip(due, f"{stage} · 接收 {timezone.localtime(received):%Y-%m-%d %H:%M} · 时限 {_limit(days, mode)}")
        for subject, due, received, stage, days, mode in latest_first
    }


@lru_cache(maxsize=256)
def _limit(days: int, mode: str) -> str:
    return ClockRule(days=days, mode=mode).limit


def balls(subject: Model, user: User, today: date) -> list[Ball]:
    """The record's running clocks, soonest first, each with its holders and their substitutes. Two queries."""
    clocks = list(Clock.objects.about(subject).running().select_related("rule", "post", "unit").order_by("due_at"))
    held = _holders(clocks, today)
    found = []
    for clock in clocks:
        people = held.get((clock.post_id, clock.unit_id), [])
        names = [f"{a.user}(代 {a.substitute_for.user})" if a.substitute_for else str(a.user) for a in people]
        found.append(Ball(clock, any(a.user_id == user.pk for a in people), names))
    return found


def _holders(clocks: Iterable[Clock], today: date) -> dict[tuple[str, int], list[Appointment]]:
    pairs = {(clock.post_id, clock.unit_id) for clock in clocks}
    if not pairs:
        return {}
    rows = (
        Appointment.objects.active(today)
        .filter(post__in={post for post, _ in pairs}, unit__in={unit for _, unit in pairs})
        .select_related("user", "substitute_for__user")
    )
    found: dict[tuple[str, int], list[Appointment]] = {}
    for held in sorted(rows, key=lambda a: (a.substitute_for_id is not None, a.pk)):
        found.setdefault((held.post_id, held.unit_id), []).append(held)
    return found
