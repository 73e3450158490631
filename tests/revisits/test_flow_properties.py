"""Random posts through random steps of plans and visits: no illegal state, every refusal of its kind, nothing lost.

Each example walks some thirty steps in a transaction that is undone. To look further than the suite does:
``WALKS=2000 pytest tests/revisits/test_flow_properties.py``.
"""

import contextlib
import os
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from revisits.models import RevisitPlan, Visit, Waiver
from tests.ledgers.factories import at
from tests.personas import Personas
from tests.revisits.walk import GAPS, OPERATIONS, STAGES, WALKERS, World

from .factories import a_ledger

P, V = RevisitPlan.Status, Visit.Status
WALKS = int(os.environ.get("WALKS", "0"))
STEPS = 30
# What a busy day brings in each state; named twice: taken more often.
LIKELY = {
    P.DRAFT: "draft draft add remove change_line ask_waiver submit submit repair drop decide_waiver",
    P.IN_APPROVAL: "approve approve approve return decide_waiver ask_waiver",
    P.RETURNED: "repair submit submit remove drop",
    P.APPROVED: "change settle VISIT VISIT VISIT VISIT",
    P.CLOSED: "submit VISIT VISIT",
}
OF_VISIT = {True: "record record unreachable move take_part", False: "correct correct take_part record"}


class Undone(Exception):
    """Every example starts from the same world."""


def next_step(data: st.DataObject, world: World) -> None:
    if data.draw(st.integers(0, 7)) == 0:
        world.wait(data.draw(st.sampled_from(GAPS)))
        return
    if data.draw(st.integers(0, 24)) == 0:
        day = world.today
        a_ledger(world.personas, now=at(day.day, month=day.month, year=day.year))
        world.log.append("a ledger comes into force")
        world.check()
        return
    plan = data.draw(st.sampled_from(world.plans))
    plan = RevisitPlan.objects.select_related("unit").get(pk=plan.pk)
    names = LIKELY[P(plan.status)].split()
    if data.draw(st.integers(0, 9)) == 0:
        names = list(OPERATIONS)
    if plan.waivers.filter(status=Waiver.Status.ASKED).exists():
        names = [*names, *["decide_waiver"] * 4]
    name = data.draw(st.sampled_from(names))
    subject: Any = plan
    if name == "VISIT" or (name in OPERATIONS and OPERATIONS[name].on is Visit):
        visits = plan.visits.exclude(status=V.CANCELLED).order_by("scheduled_on", "pk")[:6]
        if not (count := len(visits)):
            return
        subject = visits[data.draw(st.integers(0, count - 1))]
        if name == "VISIT":
            name = data.draw(st.sampled_from(OF_VISIT[subject.is_open].split()))
    operation = OPERATIONS[name]
    right = sorted(world.holders(plan, operation.whose))
    login = data.draw(st.sampled_from([*right * 6, *WALKERS]))
    odd = data.draw(st.sampled_from([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 9]))
    world.take(operation, subject, login, odd)


@pytest.mark.django_db
@pytest.mark.clause("5.2.3", "5.2.4", "5.3.1", "5.3.2", "G1", "G2", "G3", "G5")
def test_random_walks(personas: Personas) -> None:
    walked: set[str] = set()

    @settings(
        max_examples=WALKS or 25,
        deadline=None,
        database=None,
        derandomize=not WALKS,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def walk(data: st.DataObject) -> None:
        with contextlib.suppress(Undone), transaction.atomic():
            world = World(personas, stage=data.draw(st.sampled_from([*STAGES])))
            for _ in range(STEPS):
                next_step(data, world)
            walked.update(line.split()[3] for line in world.log if line.endswith("✓"))
            raise Undone

    walk()
    assert set(OPERATIONS) - walked <= {"settle", "drop", "correct"}, sorted(set(OPERATIONS) - walked)
