"""The work calendar in force: the state's, with the group's own rows over it."""

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from organization.models import User
from workflow.errors import Conflict, Refused
from workflow.models import CalendarDay
from workflow.permissions import EDIT_CLOCK_RULES
from workflow.services.shifts import lock_time_limits, move_clocks, plan_calendar_shift
from workflow.workdays import Calendar


def calendar_in_force() -> Calendar:
    """A year counts as maintained when the library knows it or the group entered a row for it."""
    return _calendar(_overrides())


def calendar_with(on: date, is_workday: bool | None) -> Calendar:
    """The calendar as it would be with a day declared worked or free, or (None) following the state's again."""
    overrides = _overrides()
    overrides.pop(on, None)
    return _calendar(overrides if is_workday is None else overrides | {on: is_workday})


def calendar_version() -> int:
    """Grows with every change of the calendar: who confirms a change says which calendar the preview was made with."""
    newest: int | None = CalendarDay.history.order_by("-history_id").values_list("history_id", flat=True).first()
    return newest or 0


def check_calendar_day(*, on: date, is_workday: bool, note: str, actor: User) -> CalendarDay:
    """The day as it would be declared, unsaved. Raises Refused for what makes no sense."""
    EDIT_CLOCK_RULES.require_somewhere(actor)
    if not note.strip():
        raise Refused(["请填写调整说明(如通知文号)。"])
    day = CalendarDay.objects.filter(on=on).first() or CalendarDay(on=on)
    if day.pk and day.is_workday == is_workday and day.note == note.strip():
        raise Refused([f"{on:%Y-%m-%d} 已按此设置。"])
    day.is_workday, day.note = is_workday, note.strip()[:100]
    return day


@transaction.atomic
def set_calendar_day(
    *,
    on: date,
    is_workday: bool,
    note: str,
    actor: User,
    now: datetime,
    move_open: bool = False,
    seen: int | None = None,
) -> CalendarDay:
    """Declare a day worked or free, whatever the state's calendar says.

    Open clocks keep their due moment unless ``move_open``: then those that are not overdue are counted anew. ``seen``
    is the version of the calendar the person decided by: when it is not the one in force, the race is lost.
    """
    lock_time_limits()
    day = check_calendar_day(on=on, is_workday=is_workday, note=note, actor=actor)
    _check_version(seen)
    before = calendar_in_force()
    _sign(day, actor, now)
    day.save()
    if move_open:
        _move(before, f"工作日历:{day}({day.note})", actor, now)
    return day


@transaction.atomic
def remove_calendar_day(
    *, day_id: int, actor: User, now: datetime, move_open: bool = False, seen: int | None = None
) -> None:
    """The day follows the state's calendar again. The history keeps that it once did not. For the rest as above."""
    EDIT_CLOCK_RULES.require_somewhere(actor)
    lock_time_limits()
    day = calendar_day(day_id)
    _check_version(seen)
    before = calendar_in_force()
    _sign(day, actor, now)
    day.delete()
    if move_open:
        _move(before, f"工作日历:取消 {day.on} 的调整", actor, now)


def calendar_day(pk: int) -> CalendarDay:
    day = CalendarDay.objects.filter(pk=pk).first()
    if day is None:
        raise Conflict("这一天的调整已被删除,请刷新页面。")
    return day


def _overrides() -> dict[date, bool]:
    return dict(CalendarDay.objects.values_list("on", "is_workday"))


def _calendar(overrides: Mapping[date, bool]) -> Calendar:
    return Calendar.official(overrides, maintained={day.year for day in overrides})


def _check_version(seen: int | None) -> None:
    if seen is None or seen == calendar_version():
        return
    last = CalendarDay.history.select_related("history_user").order_by("-history_id")[0]
    raise Conflict(
        f"工作日历已由 {last.history_user or '系统'} 于 {timezone.localtime(last.history_date):%Y-%m-%d %H:%M} 修改,"
        "受影响的事项可能不同,请重新提交并核对。"
    )


def _move(before: Calendar, reason: str, actor: User, now: datetime) -> None:
    shift = plan_calendar_shift(before, calendar_in_force(), now=now, lock=True)
    move_clocks(shift, reason=reason, actor=actor, now=now)


def _sign(day: CalendarDay, actor: User, now: datetime) -> None:
    """Who and when, for the row of the history that the save writes."""
    day._history_user, day._history_date = actor, now  # type: ignore[attr-defined]
