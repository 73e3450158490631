"""Periodic work of the revisits; as thin as views."""

from celery import shared_task
from django.utils import timezone

from revisits.services.issues import find_affected_by_settings
from revisits.services.jobs import run_next
from revisits.services.opening import turn_the_year as turn


@shared_task
def turn_the_year() -> dict[str, int]:
    return turn(now=timezone.now())


@shared_task
def run_drafts() -> int:
    """Whatever waits in the table, and the plans that changed settings affect."""
    done = 0
    while run_next(now=timezone.now()):
        done += 1
    return done + find_affected_by_settings(now=timezone.now())
