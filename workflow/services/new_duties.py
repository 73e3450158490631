"""Who hears that a duty has begun."""

from collections.abc import Iterable
from datetime import datetime

from django.utils import timezone

from organization.authority import holders_of
from organization.models import User
from workflow.due import shown
from workflow.models import Clock, Notice
from workflow.services.notices import build_notices, send


def tell_new_duty(clock: Clock, *, url: str, now: datetime) -> None:
    """A duty has begun: its holders hear of it."""
    send(new_duty_notices([clock], url=url, now=now))


def new_duty_notices(clocks: Iterable[Clock], *, url: str, now: datetime) -> list[Notice]:
    """Unsaved, for one insert. Mails carry no phone and no text of the case, only a link."""
    today = timezone.localdate(now)
    holders: dict[tuple[str, int, int | None], list[User]] = {}
    notices: list[Notice] = []
    for clock in clocks:
        place = (clock.post_id, clock.unit_id, clock.assignee_id)
        if place not in holders:
            holders[place] = holders_of(clock.post_id, clock.unit, today, principal=clock.assignee_id)
        notices += build_notices(
            key=f"clock:{clock.pk}:opened",
            kind="duty",
            recipients=holders[place],
            title=f"新待办:{clock.rule.stage} — {clock.title}",
            text=f"请于 {shown(clock.due_at)} 前办理({clock.rule.stage},时限 {clock.rule.limit})。",
            subject=clock,
            url=url,
            now=now,
        )
    return notices
