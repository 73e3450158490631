"""The stories that the demo tells of complaints, and how one is declared."""

from collections.abc import Callable
from dataclasses import dataclass

from .works import Work

Tell = Callable[[Work], None]
GROUP, LEADER = {"level": "group", "channel": "letter"}, {"level": "leader", "channel": "courier"}


@dataclass(frozen=True)
class Story:
    """``days_ago``: its first day. ``kind``: only a matter of this kind fits."""

    tell: Tell
    days_ago: int
    kind: str = ""


STORIES: list[Story] = []


def story(days_ago: int, kind: str = "") -> Callable[[Tell], Tell]:
    def keep(tell: Tell) -> Tell:
        STORIES.append(Story(tell, days_ago, kind))
        return tell

    return keep
