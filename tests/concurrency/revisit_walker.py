"""Plans and visits through random steps, one after the other, until the process is killed.

    python -m tests.concurrency.revisit_walker <seed>

Stands for the web: each step is one service in one transaction, as a request makes it. The two plans of U1 and U1D1 are
begun by whoever comes first; what one process left half-way the next goes on with.
"""

import contextlib
import random
import sys
from collections.abc import Callable

import django

django.setup()

from datetime import timedelta  # noqa: E402

from django.core.exceptions import ValidationError  # noqa: E402
from django.utils import timezone  # noqa: E402

from revisits.models import RevisitPlan, Visit  # noqa: E402
from revisits.services.deciding import change_plan, decide_plan, drop_change, submit_plan  # noqa: E402
from revisits.services.planning import change_line, draft_plan, repair_plan, start_plan  # noqa: E402
from revisits.services.visits import correct_record, record_unreachable, record_visit, reschedule_visit  # noqa: E402
from tests.concurrency.complaint_walker import people  # noqa: E402
from tests.personas import Personas  # noqa: E402
from tests.revisits.factories import DECIDER, PROBLEM, WRITER, YEAR, on, record_of  # noqa: E402
from workflow.errors import Conflict  # noqa: E402

NOW = on(6, 15)
P = RevisitPlan.Status
DAY = timedelta(days=1)


class Walker:
    def __init__(self, seed: int) -> None:
        self.chance, self.personas = random.Random(seed), people()

    def writer(self, plan: RevisitPlan) -> Personas:
        return self.personas[WRITER[plan.unit.code]]  # type: ignore[return-value]

    def begin(self) -> None:
        for code in ("U1", "U1D1"):
            with contextlib.suppress(Conflict):
                unit = self.personas.unit(code)
                start_plan(unit=unit, year=YEAR, actor=self.personas[WRITER[code]], now=NOW)

    def step(self) -> None:
        plan = self.chance.choice(list(RevisitPlan.objects.select_related("unit", "effective").order_by("pk")))
        who = {"plan_id": plan.pk, "actor": self.writer(plan), "now": NOW}
        steps: list[Callable[[], object]]
        if plan.status in (P.DRAFT, P.RETURNED):
            steps = [
                lambda: self.shift(plan),
                lambda: submit_plan(**who),
                lambda: (repair_plan if plan.effective_id else draft_plan)(**who),
            ]
            if plan.effective_id:
                steps.append(lambda: drop_change(reason="不改了", **who))
        elif plan.status == P.IN_APPROVAL:
            verdict = self.chance.choice(("approve", "approve", "return"))
            decider = who | {"actor": self.personas[DECIDER[plan.unit.code]]}
            steps = [lambda: decide_plan(decision=verdict, remark="意见", **decider)]
        else:
            steps = [*[lambda: self.visit(plan)] * 4, lambda: change_plan(reason="调整", **who)]
        self.chance.choice(steps)()

    def shift(self, plan: RevisitPlan) -> None:
        lines = list(plan.visits.of_version(plan.version).filter(record=None).order_by("pk"))
        if lines:
            line = self.chance.choice(lines)
            day = line.planned_on + self.chance.choice((-1, 1, 2)) * DAY
            change_line(
                plan_id=plan.pk, visit_id=line.pk, on=day, method=line.method, visitor=line.visitor_id,
                actor=self.writer(plan), now=NOW,
            )  # fmt: skip

    def visit(self, plan: RevisitPlan) -> None:
        visit: Visit = self.chance.choice(list(plan.visits.exclude(status=Visit.Status.CANCELLED).order_by("pk")))
        today = timezone.localdate(NOW)
        who = {"visit_id": visit.pk, "actor": self.writer(plan), "now": NOW}
        if not visit.is_open:
            values = record_of(visit, visited_on=visit.visited_on, situation=f"更正 {self.chance.random()}")
            correct_record(values=values, reason="笔误", **who)
            return
        day = min(visit.scheduled_on, today)
        problem = PROBLEM if self.chance.random() < 0.3 else {}
        steps: list[Callable[[], object]] = [
            lambda: record_visit(values=record_of(visit, visited_on=day, **problem), **who),
            lambda: reschedule_visit(to=max(today, visit.scheduled_on) + DAY, reason="业主出差", **who),
            lambda: record_unreachable(tried_on=today, reason="停机", moved_to=today + 2 * DAY, **who),
        ]
        self.chance.choice(steps)()


def walk(seed: int) -> None:
    walker = Walker(seed)
    walker.begin()
    while True:
        with contextlib.suppress(Conflict, ValidationError):
            walker.step()


if __name__ == "__main__":
    walk(int(sys.argv[1]))
