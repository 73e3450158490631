"""Complaints of the demo: one of every state of every flow, made step by step by those whose work it is."""

import heapq
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from random import Random

from ledgers.models import Project
from organization.models import Unit, User

from . import stories_ruling, stories_work
from .matters import MATTERS, Matter
from .telling import STORIES, Story, Tell
from .works import Work

__all__ = ["Complaints", "stories_ruling", "stories_work"]  # importing them declares their stories

OTHERS = 2  # stories of every department but the first


class Complaints:
    """Tells the stories to the departments: all to the first (U1D1), a rotating part to each of the others.

    In the order of their first days, whoever they are of, so that the numbers given rise with the days.
    """

    def __init__(self, *, units: dict[str, Unit], random: Random, today: date) -> None:
        self.units, self.random, self.today = units, random, today
        self.people: dict[str, User] = {user.username: user for user in User.objects.all()}
        self.turn = count()
        self.agenda: list[tuple[date, int, Callable[[], None]]] = []
        self.taken: set[tuple[int, str]] = set()

    def load(self) -> None:
        departments = [unit for unit in self.units.values() if unit.tier == "department"]
        for index, department in enumerate(departments):
            stories = STORIES if not index else [STORIES[(index * 7 + k * 13) % len(STORIES)] for k in range(OTHERS)]
            projects = list(Project.objects.filter(department=department).select_related("department").order_by("pk"))
            for at, told in enumerate(stories):
                self._begin(told, department, projects, index + at)
        while self.agenda:
            heapq.heappop(self.agenda)[2]()

    def _begin(self, told: Story, department: Unit, projects: list[Project], at: int) -> None:
        project, matter = self._about(told.kind, projects, at)
        self._at(self.today - timedelta(days=told.days_ago), department, project, matter, told.tell)

    def _at(self, day: date, department: Unit, project: Project, matter: Matter, tell: Tell) -> None:
        def begin() -> None:
            tell(
                Work(
                    department=department,
                    project=project,
                    matter=matter,
                    people=self.people,
                    random=self.random,
                    began=day,
                    then=lambda days, more: self._at(day + timedelta(days=days), department, project, matter, more),
                )
            )

        heapq.heappush(self.agenda, (day, next(self.turn), begin))

    def _about(self, kind: str, projects: list[Project], at: int) -> tuple[Project, Matter]:
        """A matter and a project that fits it, none twice with the same kind: that would be a second complaint.

        The works of what is being built, the warranty of what is completed; when these are used up, whatever is left.
        """
        turned = MATTERS[at % len(MATTERS) :] + MATTERS[: at % len(MATTERS)]
        pairs = [(p, m) for m in turned for p in projects if kind in ("", m.kind) and (p.pk, m.kind) not in self.taken]
        project, matter = min(pairs, key=lambda pair: self._strangeness(*pair))
        self.taken |= {(project.pk, matter.kind), (project.department_id, matter.event)}
        return project, matter

    def _strangeness(self, project: Project, matter: Matter) -> tuple[bool, bool, bool]:
        completed, told = project.phase == Project.Phase.COMPLETED, (project.department_id, matter.event) in self.taken
        return completed and matter.kind == "schedule", told, completed != (matter.kind == "warranty")
