"""The calendar's moves: a warranty ends, a key project's year of after-care ends, the record is archived."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ledgers.flow import FLOW
from ledgers.models import Ledger, PunchItem
from ledgers.statutory import add_years

from .drafting import lock_ledger


def expire_warranties(*, now: datetime) -> dict[str, int]:
    """Run daily, idempotent, catching up after any pause. Returns how many ledgers took each step.

    The day after the end date: 保修期满. A day later key projects enter 期满回访期 for one year (5.2.1c);
    others are archived once no punch item is open. A change under way is left to finish first.
    """
    today = timezone.localdate(now)
    S = Ledger.Status
    # The last step first: one step a day, so that nobody finds a ledger archived without having seen it expire.
    due = {
        "archive": Ledger.objects.filter(_may_be_archived(today)).exclude(
            project__punch_items__status__in=(PunchItem.Status.OPEN, PunchItem.Status.DONE)
        ),
        "follow_up": Ledger.objects.filter(status=S.EXPIRED, project__key=True),
        "expire": Ledger.objects.filter(status=S.EFFECTIVE, warranty_end__lt=today),
    }
    taken = dict.fromkeys(due, 0)
    for step, ledgers in due.items():
        for pk in ledgers.order_by("pk").values_list("pk", flat=True):
            taken[step] += _step_if_due(pk, step, today, now)
    return taken


def _may_be_archived(today: date) -> Q:
    year_ago = add_years(today, -1)
    over = Q(serviced_until__isnull=True, warranty_end__lt=year_ago) | Q(serviced_until__lt=year_ago)
    return Q(status=Ledger.Status.EXPIRED, project__key=False, warranty_end__lt=today) | (
        Q(status=Ledger.Status.AFTERCARE) & over
    )


@transaction.atomic
def _step_if_due(pk: int, step: str, today: date, now: datetime) -> bool:
    """Lock, look again, move: another run, or a person, may have been faster."""
    ledger = lock_ledger(pk)
    if ledger.status not in FLOW.steps[step].sources or ledger.warranty_end is None or ledger.warranty_end >= today:
        return False
    FLOW.move(step, ledger, actor=None, now=now)
    return True
