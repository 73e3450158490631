"""The work calendar in force: the state's, with the group's own rows over it."""

from workflow.models import CalendarDay
from workflow.workdays import Calendar


def calendar_in_force() -> Calendar:
    """A year counts as maintained when the library knows it or the group entered a row for it."""
    overrides = dict(CalendarDay.objects.values_list("on", "is_workday"))
    return Calendar.official(overrides, maintained={day.year for day in overrides})
