"""Writing many outbox rows at once."""

from collections.abc import Sequence

from workflow.models import Notice


def insert_notices(notices: Sequence[Notice]) -> None:
    """Insert; a row whose (key, recipient, channel) exists is left alone."""
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
