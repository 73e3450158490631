"""What operators look at: do the periodic tasks run, do mails leave, is the calendar kept, is a post vacant?"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet

from workflow.models import Clock, ClockReminder, Heartbeat
from workflow.services.calendar import calendar_in_force
from workflow.services.heartbeat import BEAT, DELIVERY, DIGEST, SWEEP

# name → what it is, and how old a healthy sign of life may be
EXPECTED: dict[str, tuple[str, timedelta]] = {
    BEAT: ("调度器", timedelta(seconds=settings.HEARTBEAT_MAX_AGE_SECONDS)),
    SWEEP: ("时限扫描", timedelta(minutes=5)),
    DELIVERY: ("邮件投递", timedelta(minutes=15)),
    DIGEST: ("每日待办晨报", timedelta(hours=25)),
}


@dataclass(frozen=True, slots=True)
class Sign:
    """``healthy`` is None before the first sign of life."""

    label: str
    at: datetime | None
    note: str
    healthy: bool | None


def signs_of_life(now: datetime) -> list[Sign]:
    found = {heartbeat.name: heartbeat for heartbeat in Heartbeat.objects.all()}
    signs = []
    for name, (label, limit) in EXPECTED.items():
        heartbeat = found.get(name)
        healthy = None if heartbeat is None else now - heartbeat.beat_at <= limit
        at = heartbeat.beat_at if heartbeat else None
        signs.append(Sign(label, at, heartbeat.note if heartbeat else "", healthy))
    return signs


def calendar_warnings(today: date) -> list[str]:
    """节假日日历未维护, for this year and, from November on when the state announces it, for the next."""
    last = date(today.year + 1, 12, 31) if today.month >= 11 else date(today.year, 12, 31)
    return list(calendar_in_force().warnings((today, last)))


def vacant_posts(now: datetime) -> QuerySet[ClockReminder]:
    """Reminders of the last seven days that met a vacant post."""
    recent = ClockReminder.objects.filter(at__gte=now - timedelta(days=7)).exclude(note="")
    return recent.select_related("clock__rule", "clock__post", "clock__unit").order_by("-at")


def overdue_count(now: datetime) -> int:
    return Clock.objects.running().filter(due_at__lte=now).count()


def sweep_backlog(now: datetime) -> int:
    """Clocks whose next reminder should have been written five minutes ago: zero while the sweep runs."""
    return Clock.objects.running().filter(next_at__lte=now - timedelta(minutes=5)).count()
