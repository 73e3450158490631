"""The periodic work. Each task wakes a service whose truth stands in tables: one lost or repeated costs nothing."""

import time

from celery import shared_task
from django.utils import timezone

from workflow.services import delivery, digest, sweep
from workflow.services.heartbeat import BEAT, DELIVERY, SWEEP, note_heartbeat

DELIVERY_SECONDS = 240


@shared_task
def beat_heartbeat() -> None:
    note_heartbeat(name=BEAT, now=timezone.now())


@shared_task
def sweep_clocks() -> None:
    """Also writes the morning's digests when the scheduler slept at 08:30."""
    now = timezone.now()
    result = sweep.sweep_clocks(now=now)
    told = digest.send_digests(now=now) if digest.digests_missed(now=now) else 0
    note_heartbeat(name=SWEEP, now=now, note=f"提醒 {result.reminders} 条,新逾期 {result.overdue} 项")
    if result.notices or told:
        deliver_notices.delay()


@shared_task
def send_digests() -> None:
    if digest.send_digests(now=timezone.now()):
        deliver_notices.delay()


@shared_task
def deliver_notices() -> None:
    """Batch after batch, until nothing waits, the server is unusable, or it is the next run's turn."""
    started = time.monotonic()
    sent = failed = retried = 0
    outage = ""
    while time.monotonic() - started < DELIVERY_SECONDS:
        result = delivery.deliver_notices(now=timezone.now())
        sent, failed, retried = sent + result.sent, failed + result.failed, retried + result.retried
        outage = result.outage
        if outage or not result.handled:
            break
    note = outage or f"送达 {sent} 封,失败 {failed} 封,待重试 {retried} 封"
    note_heartbeat(name=DELIVERY, now=timezone.now(), note=note)
