"""kill -9 at random moments: of the worker in the middle of a draft job, of web and worker during 500 transitions of
plans and visits. Nothing half-done, nothing written twice, every notice delivered."""

import random
import time
from datetime import timedelta
from pathlib import Path

import pytest

from ledgers.models import WarrantyCase
from ledgers.services.transfer import transfer_project
from revisits import clocks as C
from revisits.models import DraftTask, RevisitPlan, Visit, VisitRecord
from revisits.services.jobs import LEASE, order_drafts
from tests.concurrency.crashes import kill_both_at_random
from tests.concurrency.worker import DRAFTS, TASKS, Worker, worker_at
from tests.personas import Personas, make_personas
from tests.revisits.factories import OPENED, YEAR, a_ledger, on
from tests.revisits.invariants import wrong_with
from tests.workflow.peer import smtp_peer
from workflow.models import Clock, Notice, Transition

pytestmark = pytest.mark.django_db(transaction=True)

KILLS = 2  # a plan is given up after three attempts
SEED = 20260104
PATIENCE = 120.0
S = DraftTask.State


@pytest.fixture
def personas(db: None) -> Personas:
    return make_personas()


def a_project_in_every_department(personas: Personas) -> int:
    """How many plans that makes, of departments and their units."""
    departments = personas.group.departments
    for department in departments:
        ledger = a_ledger(personas, key=True, hvac=True)
        if department.code != "U1D1":
            transfer_project(
                project_id=ledger.project_id, department=department, reason="调整", actor=personas.gh, now=on(1, 3)
            )
    return len(departments) + len({department.code[:2] for department in departments})


def kill_while_drafting(worker: Worker, after: int) -> None:
    """Once ``after`` plans are done, somewhere in the next one."""
    begun = time.monotonic()
    while DraftTask.objects.filter(state=S.DONE).count() < after:
        assert time.monotonic() - begun < PATIENCE, worker.log.read_text()[-3000:]
        time.sleep(0.002)
    worker.kill()
    assert worker.running == TASKS[DRAFTS], "it died with the job in its hand"


@pytest.mark.clause("5.2.1", "G1")
def test_a_job_whose_worker_is_killed_is_finished_by_the_next(personas: Personas, tmp_path: Path) -> None:
    expected = a_project_in_every_department(personas)
    job = order_drafts(unit=personas.unit("G"), year=YEAR, actor=personas.gw, now=OPENED)
    assert job.total == expected == 16
    chance, now, done = random.Random(SEED), OPENED, 0
    with smtp_peer() as (_, port), worker_at(tmp_path, port) as worker:
        for _ in range(KILLS):
            worker.set_clock(now)
            worker.start()
            worker.send(DRAFTS)
            kill_while_drafting(worker, done + chance.randrange(1, 5))
            done = DraftTask.objects.filter(state=S.DONE).count()
            assert done < expected, "killed on the way"
            for task in DraftTask.objects.select_related("plan"):  # the lines and the word are one fact
                assert task.plan.visits.exists() is (task.state == S.DONE), task
            now += LEASE + timedelta(minutes=1)
        worker.set_clock(now)
        worker.start()
        finished = tmp_path / "done" / worker.send(DRAFTS)
        worker.wait_for(finished.exists, "the rest of the job")
    assert set(job.tasks.values_list("state", flat=True)) == {S.DONE}, list(
        job.tasks.values("state", "attempt", "note")
    )
    assert max(job.tasks.values_list("attempt", flat=True)) <= 1 + KILLS
    for task in job.tasks.select_related("plan__working"):
        plan = task.plan
        assert plan.working is not None
        assert plan.visits.count() == task.lines == plan.working.lines
        assert not plan.working.report["gaps"]
        assert plan.visits.order_by().values("project", "planned_on", "method").distinct().count() == task.lines
        assert Transition.objects.about(plan).filter(step="prepare").count() == 1
        assert wrong_with(plan.pk) == []


def nothing_is_half_done() -> None:
    wrong = [each for pk in RevisitPlan.objects.values_list("pk", flat=True) for each in wrong_with(pk)]
    assert not wrong, "\n".join(wrong)
    assert not RevisitPlan.objects.filter(working=None).exists(), "a plan without its first version"
    assert not VisitRecord.objects.exclude(visit__status__in=("ok", "problem")).exists(), "a record of no visit"
    found = VisitRecord.objects.filter(quality="found", number=1).count()
    corrected = Transition.objects.filter(step__startswith="correct_to_problem").count()
    assert WarrantyCase.objects.count() == found + corrected, "a problem without its case, or a case without its visit"


def everybody_was_told() -> None:
    """Every limit has announced itself, except those of the visits, which are told with their plan."""
    keys = set(Notice.objects.values_list("key", flat=True))
    clocks = Clock.objects.exclude(code__in=C.VISIT.values()).filter(code__startswith="revisit.")
    assert {f"clock:{pk}:opened" for pk in clocks.values_list("pk", flat=True)} <= keys
    approved = Transition.objects.filter(step__startswith="approve_").values_list("pk", flat=True)
    assert {f"transition:{pk}" for pk in approved} <= keys
    assert approved
    assert Visit.objects.done().exists()


@pytest.mark.clause("G1", "G3", "5.2.4", "5.3.1", "5.3.2")
def test_killed_web_and_worker_leave_no_plan_and_no_visit_half_done(personas: Personas, tmp_path: Path) -> None:
    a_ledger(personas)
    Notice.objects.all().delete()
    kill_both_at_random(
        tmp_path,
        walker="tests.concurrency.revisit_walker",
        now=on(6, 15),
        seed=SEED,
        nothing_is_half_done=nothing_is_half_done,
        everybody_was_told=everybody_was_told,
    )
