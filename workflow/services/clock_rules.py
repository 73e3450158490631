"""The time-limit configuration: shipped once, then changed by the group as new versions."""

from django.db import transaction

from workflow.clocks import ClockDefault
from workflow.models import ClockRule


@transaction.atomic
def ship_defaults() -> None:
    """Create version 1 of every declared time limit that has no row yet. Rows the group changed are left alone."""
    known = set(ClockRule.objects.values_list("code", flat=True))
    ClockRule.objects.bulk_create(
        [
            ClockRule(
                code=d.code,
                sheet=d.sheet,
                number=d.number,
                stage=d.stage,
                content=d.content,
                post_id=d.post,
                days=d.days,
                mode=d.mode,
                record=d.record,
                supervisors=list(d.supervisors),
                escalate_24h=list(d.escalate_24h),
                escalate_48h=list(d.escalate_48h),
                clause=d.clause,
            )
            for d in ClockDefault.registry.values()
            if d.code not in known
        ]
    )
