"""Periodic work of the ledgers; as thin as views."""

from celery import shared_task
from django.utils import timezone

from ledgers.services.expiry import expire_warranties as run
from ledgers.services.import_jobs import run_next


@shared_task
def expire_warranties() -> dict[str, int]:
    return run(now=timezone.now())


@shared_task
def run_imports() -> int:
    """Whatever waits in the table: confirmed imports too large for a request, those a killed worker left, markings."""
    done = 0
    while run_next(now=timezone.now()):
        done += 1
    return done
