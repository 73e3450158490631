"""Daily: appointments begin and end by their dates; stale failure counters go."""

from celery import shared_task
from django.utils import timezone

from . import authority
from .services.login import purge_counters


@shared_task(name="organization.tasks.sync_authority")
def sync_authority() -> tuple[int, int]:
    """Idempotent. Late or missed runs do no harm: a user's first request of a day does the same for that user."""
    purge_counters(now=timezone.now())
    return authority.sync_authority(today=timezone.localdate())
