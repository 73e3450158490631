"""The groups of a worklist: 已逾期, 今天, 本周, 以后. Pure; page and digest share them, so their counts agree."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from workflow.due import SHANGHAI


class Group(StrEnum):
    OVERDUE = "overdue"
    TODAY = "today"
    WEEK = "week"
    LATER = "later"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {Group.OVERDUE: "已逾期", Group.TODAY: "今天", Group.WEEK: "本周", Group.LATER: "以后"}


@dataclass(frozen=True, slots=True)
class Horizon:
    """The boundaries at one moment. ``due_at`` is the first late moment, so 24:00 of today still belongs to today."""

    now: datetime
    today_ends: datetime
    week_ends: datetime

    @classmethod
    def at(cls, now: datetime) -> "Horizon":
        """``now`` aware; days and weeks (Monday to Sunday) are those of Asia/Shanghai."""
        local = now.astimezone(SHANGHAI)
        tomorrow = datetime.combine(local.date() + timedelta(days=1), time.min, SHANGHAI)
        return cls(now, tomorrow, tomorrow + timedelta(days=6 - local.weekday()))

    def group(self, due_at: datetime) -> Group:
        if due_at <= self.now:
            return Group.OVERDUE
        if due_at <= self.today_ends:
            return Group.TODAY
        return Group.WEEK if due_at <= self.week_ends else Group.LATER
