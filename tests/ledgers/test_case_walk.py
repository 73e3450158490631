"""Random posts taking random steps of random cases: no illegal state, every refusal of its kind, nothing lost (G1).

To look further than the suite does: ``WALKS=2000 pytest tests/ledgers/test_case_walk.py``.
"""

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ledgers import clocks as C
from ledgers.flow import CASE_FLOW
from ledgers.models import WarrantyCase
from ledgers.selectors.cases import case_figures
from ledgers.services.case_steps import (
    Dispatch,
    change_dispatch,
    dispatch_case,
    finish_repair,
    record_arrival,
    reject_case,
    return_repair,
    verify_repair,
    void_case,
)
from ledgers.services.cases import edit_case
from organization.models import User
from tests.ledgers.cases import opened, photo
from tests.ledgers.factories import NOW
from tests.personas import Personas
from workflow.errors import Conflict
from workflow.models import Clock, Evidence, Transition
from workflow.services.sweep import sweep_clocks

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.3.3", "G1", "G2", "G5")]
WALKS = int(os.environ.get("WALKS", "0"))
S = WarrantyCase.Status
Refusal = (PermissionDenied, Conflict, ValidationError)
WALKERS = "pw11 pe11 pm11 uw1 uh1 sub1 ud1 ul1 gw gh pw12 pw21 uw2 uh2 auditor outsider".split()
HOLDERS: dict[str, str] = {
    "edit": "pw11 pe11 uw1",
    "dispatch": "pm11 uw1",
    "change": "pm11 uw1",
    "arrive": "pe11",
    "finish": "pe11",
    "verify": "pw11 uw1",
    "rework": "pw11 uw1",
    "reject": "uh1 sub1",
    "void": "uh1 sub1",
}
# The one clock that runs in each state.
RUNNING: dict[str, str] = {
    S.TO_DISPATCH: C.CASE_DISPATCH,
    S.TO_ARRIVE: C.CASE_ARRIVE,
    S.HANDLING: C.CASE_REPAIR,
    S.TO_VERIFY: C.CASE_VERIFY,
    S.REWORK: C.CASE_REPAIR,
}
GAPS = (timedelta(minutes=1), timedelta(hours=3), timedelta(hours=25), timedelta(days=5))


def call(name: str, case: WarrantyCase, actor: User, now: datetime, odd: bool) -> Callable[[], Any]:
    """The service with plausible arguments, or with what it must refuse."""
    given: dict[str, Any] = {"case_id": case.pk, "actor": actor, "now": now}
    files = [] if odd else [photo()]
    limits = Dispatch(
        "" if odd else f"分包{now:%H%M}", "李", now + timedelta(hours=9), (now + timedelta(days=3)).date()
    )
    revision = 99 if odd else case.revision
    calls: dict[str, Callable[[], Any]] = {
        "edit": lambda: edit_case(values={"place": f"部位{now:%d%H%M}"}, revision=revision, **given),
        "dispatch": lambda: dispatch_case(dispatch=limits, in_warranty=True, **given),
        "change": lambda: change_dispatch(dispatch=limits, reason="换", **given),
        "arrive": lambda: record_arrival(**given),
        "finish": lambda: finish_repair(measures="重做", photos=files, **given),
        "verify": lambda: verify_repair(client="张", satisfaction=4, signature=files, **given),
        "rework": lambda: return_repair(reason="" if odd else "渗水", repair_by=limits.repair_by, **given),
        "reject": lambda: reject_case(reason="使用不当", proof=files, **given),
        "void": lambda: void_case(reason="" if odd else "重复", **given),
    }
    return calls[name]


def wrong_with(case: WarrantyCase, now: datetime) -> list[str]:
    """What must hold of every case at every moment."""
    found = []
    clocks = list(Clock.objects.about(case).order_by("pk"))
    running = [clock.code for clock in clocks if clock.stopped_at is None]
    if running != ([RUNNING[case.status]] if case.status in RUNNING else []):
        found.append(f"{case.status}: {running} run")
    steps = list(Transition.objects.about(case).order_by("pk"))
    for earlier, later in pairwise(steps):
        if earlier.target != later.source:
            found.append(f"{later.step} begins where {earlier.step} did not end")
    if steps[-1].target != case.status:
        found.append("the history ends elsewhere")
    reworks = sum(step.step == "rework" for step in steps)
    if not reworks == case.rework_count == case.round - 1:
        found.append(f"{reworks} reworks, {case.rework_count} counted, round {case.round}")
    if any(clock.overdue_noted_at and clock.overdue_noted_at < clock.due_at for clock in clocks):
        found.append("overdue before it was due")
    if case.status == S.DONE:
        last = {step.step: step for step in steps}
        if last["finish"].actor_id == case.verified_by_id:
            found.append("verified by who finished it")
        if not Evidence.objects.about(case).filter(kind="signature").exists():
            found.append("done without a signature")
    if case.arrived_at and not (case.dispatched_at and case.dispatched_at <= case.arrived_at <= now):
        found.append("arrived before the dispatch")
    return found


@settings(
    max_examples=WALKS or 12,
    deadline=None,
    derandomize=not WALKS,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_random_posts_through_random_steps(personas: Personas, data: st.DataObject) -> None:
    mark = transaction.savepoint()
    try:
        walk(personas, data)
    finally:
        transaction.savepoint_rollback(mark)


def walk(personas: Personas, data: st.DataObject) -> None:
    cases, now, log = [opened(personas), opened(personas)], NOW, []
    for _ in range(24):
        now += data.draw(st.sampled_from(GAPS))
        case = WarrantyCase.objects.get(pk=data.draw(st.sampled_from([case.pk for case in cases])))
        fitting = [step.name for step in CASE_FLOW.steps.values() if case.status in step.sources]
        likely = [name for name in HOLDERS if name in fitting] or list(HOLDERS)
        name = data.draw(st.sampled_from(likely + likely + list(HOLDERS)))
        right = HOLDERS[name].split()
        login = data.draw(st.sampled_from(right * 4 + WALKERS))
        odd = data.draw(st.sampled_from((False, False, False, True)))
        before = Transition.objects.count()
        log.append(f"{login} {name} {case.pk} {case.status} odd={odd}")
        try:
            with transaction.atomic():
                call(name, case, personas.fresh(login), now, odd)()
            refused = None
        except Refusal as refusal:
            refused = refusal
        log[-1] += f" {type(refused).__name__}"
        # 403 for who holds no right, and only for them: here nobody holds two posts that G5 keeps apart.
        assert isinstance(refused, PermissionDenied) is (login not in right), log
        assert Transition.objects.count() == before + (refused is None), log
        sweep_clocks(now=now)
        for each in WarrantyCase.objects.filter(pk__in=[case.pk for case in cases]):
            assert not wrong_with(each, now), (wrong_with(each, now), log)
    figures = case_figures(WarrantyCase.objects.filter(pk__in=[case.pk for case in cases]), None, None)
    assert figures.reported + figures.voided == len(cases)
    assert figures.arrived_in_time <= figures.arrived <= figures.reported
    assert figures.repaired_in_time <= figures.repaired <= figures.arrived
