"""Signs of life of the periodic tasks."""

from datetime import datetime

from workflow.models import Heartbeat

BEAT = "beat"
SWEEP = "sweep"
DELIVERY = "delivery"
DIGEST = "digest"


def note_heartbeat(*, name: str, now: datetime, note: str = "") -> None:
    """The task ``name`` ran to its end at ``now``; ``note`` says what it found, in words for the operations page."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beat_at": now, "note": note[:200]})
