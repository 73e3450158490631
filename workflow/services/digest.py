"""The morning digest: once a day to everybody who has something overdue or due this week, until it is done."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from organization.models import User
from workflow.due import QUIET_HOURS, SHANGHAI
from workflow.holders import Duty, people_of
from workflow.horizon import Group, Horizon
from workflow.models import Clock, Heartbeat, Notice

from .heartbeat import DIGEST, note_heartbeat
from .notices import build_notices
from .outbox import insert_notices

AT = time(8, 30)


def send_digests(*, now: datetime) -> int:
    """Write today's digests and return how many people got one. Before 08:30 and in the quiet hours: nothing.

    Run again the same day it adds nothing (key ``digest:<date>``); run late it catches up, but never for yesterday. The
    counts are those of the worklist: open clocks of the posts one holds or stands in for, each counted once. The
    standard is silent on holidays and counts calendar days, so the digest goes out on every day.
    """
    local = now.astimezone(SHANGHAI)
    if local.time() < AT or local.time() in QUIET_HOURS:
        return 0
    horizon = Horizon.at(now)
    counts, stages = _duties(horizon)
    with transaction.atomic():
        notices: list[Notice] = []
        for user, duties in people_of(counts, local.date()):
            notices += _digest(user, duties, counts, stages, local.date(), now)
        insert_notices(notices)
        note_heartbeat(name=DIGEST, now=now, note=f"{len({n.recipient_id for n in notices})} 人")
    return len({notice.recipient_id for notice in notices})


def digests_missed(*, now: datetime) -> bool:
    """Whether today's digests are due and not yet written: the sweep asks, so a scheduler that slept is caught up."""
    local = now.astimezone(SHANGHAI)
    if local.time() < AT or local.time() in QUIET_HOURS:
        return False
    last = Heartbeat.objects.filter(name=DIGEST).values_list("beat_at", flat=True).first()
    return last is None or timezone.localdate(last, SHANGHAI) < local.date()


def _duties(horizon: Horizon) -> tuple[dict[Duty, Counter[Group]], dict[Duty, Counter[str]]]:
    """Open clocks per (post, unit, assignee): how many in each group, and how many of each stage. One statement."""
    late, today = Q(due_at__lte=horizon.now), Q(due_at__lte=horizon.today_ends)
    rows = (
        Clock.objects.running()
        .filter(due_at__lte=horizon.week_ends)
        .order_by()
        .values_list("post_id", "unit_id", "assignee_id", "rule__stage")
        .annotate(
            overdue=Count("pk", filter=late), today=Count("pk", filter=today & ~late), week=Count("pk", filter=~today)
        )
    )
    counts: dict[Duty, Counter[Group]] = defaultdict(Counter)
    stages: dict[Duty, Counter[str]] = defaultdict(Counter)
    for post, unit, assignee, stage, overdue, due_today, this_week in rows:
        duty = (post, unit, assignee)
        counts[duty].update({Group.OVERDUE: overdue, Group.TODAY: due_today, Group.WEEK: this_week})
        stages[duty][stage] += overdue + due_today + this_week
    return counts, stages


def _digest(
    user: User,
    duties: Iterable[Duty],
    counts: dict[Duty, Counter[Group]],
    stages: dict[Duty, Counter[str]],
    on: date,
    now: datetime,
) -> list[Notice]:
    total: Counter[Group] = Counter()
    by_stage: Counter[str] = Counter()
    for duty in duties:
        total.update(counts[duty])
        by_stage.update(stages[duty])
    words = [
        f"已逾期 {total[Group.OVERDUE]} 项",
        f"今天到期 {total[Group.TODAY]} 项",
        f"本周到期 {total[Group.WEEK]} 项",
    ]
    lines = [f"· {stage}:{count} 项" for stage, count in by_stage.most_common()]
    return build_notices(
        key=f"digest:{on.isoformat()}",
        kind="digest",
        recipients=[user],
        title=f"{on.month}月{on.day}日待办:{','.join(words)}",
        text=f"您有 {total.total()} 项待办:{','.join(words)}。\n" + "\n".join(lines),
        subject=None,
        url=reverse("workflow:worklist"),
        now=now,
    )
