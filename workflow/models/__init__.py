"""How things move: transitions, clocks, notices, evidence, running numbers, the work calendar, the heartbeat."""

from .calendar import CalendarDay
from .clocks import Clock, ClockReminder, ClockRule, Outcome
from .evidence import Evidence
from .heartbeat import Heartbeat
from .notices import Channel, Notice
from .series import Series
from .shifts import ClockShift
from .transitions import Transition

__all__ = [
    "CalendarDay",
    "Channel",
    "Clock",
    "ClockReminder",
    "ClockRule",
    "ClockShift",
    "Evidence",
    "Heartbeat",
    "Notice",
    "Outcome",
    "Series",
    "Transition",
]
