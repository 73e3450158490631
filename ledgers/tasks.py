"""Periodic work of the ledgers; as thin as views."""

from celery import shared_task
from django.utils import timezone

from ledgers.services.expiry import expire_warranties as run


@shared_task
def expire_warranties() -> dict[str, int]:
    return run(now=timezone.now())
