"""The work calendar in force: the state's, with the group's own rows over it."""

from datetime import date, datetime

from django.db import transaction

from organization.models import User
from workflow.errors import Conflict, Refused
from workflow.models import CalendarDay
from workflow.permissions import EDIT_CLOCK_RULES
from workflow.workdays import Calendar


def calendar_in_force() -> Calendar:
    """A year counts as maintained when the library knows it or the group entered a row for it."""
    overrides = dict(CalendarDay.objects.values_list("on", "is_workday"))
    return Calendar.official(overrides, maintained={day.year for day in overrides})


@transaction.atomic
def set_calendar_day(*, on: date, is_workday: bool, note: str, actor: User, now: datetime) -> CalendarDay:
    """Declare a day worked or free, whatever the state's calendar says. Open clocks keep their due moment."""
    EDIT_CLOCK_RULES.require_somewhere(actor)
    if not note.strip():
        raise Refused(["请填写调整说明(如通知文号)。"])
    day = CalendarDay.objects.select_for_update().filter(on=on).first() or CalendarDay(on=on)
    if day.pk and day.is_workday == is_workday and day.note == note.strip():
        raise Refused([f"{on:%Y-%m-%d} 已按此设置。"])
    day.is_workday, day.note = is_workday, note.strip()[:100]
    _sign(day, actor, now)
    day.save()
    return day


@transaction.atomic
def remove_calendar_day(*, day_id: int, actor: User, now: datetime) -> None:
    """The day follows the state's calendar again. The history keeps that it once did not."""
    EDIT_CLOCK_RULES.require_somewhere(actor)
    day = CalendarDay.objects.select_for_update().filter(pk=day_id).first()
    if day is None:
        raise Conflict("这一天的调整已被删除,请刷新页面。")
    _sign(day, actor, now)
    day.delete()


def _sign(day: CalendarDay, actor: User, now: datetime) -> None:
    """Who and when, for the row of the history that the save writes."""
    day._history_user, day._history_date = actor, now  # type: ignore[attr-defined]
