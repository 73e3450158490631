"""A person's inbox, and the outbox as operators see it."""

from django.db.models import Count, Q, QuerySet

from organization.models import User
from workflow.models import Channel, Notice


def inbox(user: User, *, unread_only: bool = False) -> QuerySet[Notice]:
    """What the person was told in the portal, newest first."""
    found = Notice.objects.filter(recipient=user, channel=Channel.INBOX)
    return found.filter(read_at__isnull=True) if unread_only else found


def unread_count(user: User) -> int:
    return inbox(user, unread_only=True).count()


def outbox(*, state: str = "", q: str = "") -> QuerySet[Notice]:
    """Mails and what came of them. ``state``: waiting, sent or failed; ``q``: recipient or title."""
    found = Notice.objects.filter(channel=Channel.MAIL).select_related("recipient").order_by("-created_at", "-pk")
    if state in Notice.State.values:
        found = found.filter(state=state)
    for word in q.split():
        found = found.filter(
            Q(recipient__name__icontains=word) | Q(recipient__username__icontains=word) | Q(title__icontains=word)
        )
    return found


def outbox_counts() -> dict[str, int]:
    """How many mails wait, and how many failed. Both are counted on their partial indexes."""
    unsent = Notice.objects.filter(channel=Channel.MAIL, state__in=(Notice.State.WAITING, Notice.State.FAILED))
    rows = dict(unsent.order_by().values_list("state").annotate(number=Count("pk")))
    return {state: rows.get(state, 0) for state in (Notice.State.WAITING, Notice.State.FAILED)}
