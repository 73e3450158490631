"""kill -9 of web and worker at random moments during 500 transitions: nothing half-done, every notice delivered."""

from pathlib import Path

import pytest

from complaints import clocks as C
from complaints.models import Complaint, Demand, Ruling
from complaints.models.complaint import ENDED
from tests.complaints.factories import NOW
from tests.complaints.invariants import wrong_with
from tests.concurrency.crashes import kill_both_at_random
from tests.ledgers.factories import make_project
from tests.personas import Personas, make_personas
from workflow.models import Clock, Notice, Series, Transition

pytestmark = pytest.mark.django_db(transaction=True)

SEED = 20260310
QUIET_CODES = (C.REGISTER_UNIT, C.REGISTER_GROUP)  # over when they are written: nobody is told


@pytest.fixture
def personas(db: None) -> Personas:
    return make_personas()


def nothing_is_half_done(looked_at: set[int]) -> None:
    """``looked_at``: those that had ended and were in order the last time."""
    left = Complaint.objects.exclude(pk__in=looked_at).values_list("pk", "status")
    wrong = [f"{pk}: {each}" for pk, _ in left for each in wrong_with(pk)]
    assert not wrong, "\n".join(wrong)
    looked_at.update(pk for pk, status in left if status in ENDED)
    assert not Complaint.objects.filter(demands=None).exists(), "registered without its demands"
    numbers = [int(number.rpartition("-")[2]) for number in Complaint.objects.values_list("number", flat=True)]
    taken = Series.objects.filter(name__startswith="TS-").values_list("last", flat=True)
    assert sum(taken) == len(numbers), "a number was taken without its complaint, or given twice"
    assert not Ruling.objects.filter(state="proposed").exclude(complaint__status="ruling_proposed").exists()
    assert (
        not Demand.objects.filter(complaint__status="closed", met=None).exclude(complaint__verdict="not_ours").exists()
    )


def everybody_was_told() -> None:
    """Every clock has announced itself, and the steps have left the notices that they must."""
    keys = set(Notice.objects.values_list("key", flat=True))
    clocks = Clock.objects.exclude(code__in=QUIET_CODES).values_list("pk", flat=True)
    assert {f"clock:{pk}:opened" for pk in clocks} <= keys
    registered = Transition.objects.filter(step__in=("register_unit", "register_group")).values_list("pk", flat=True)
    assert {f"transition:{pk}" for pk in registered} <= keys


@pytest.mark.clause("G1", "G3", "rules-2")
def test_killed_web_and_worker_leave_nothing_half_done_and_no_notice_behind(personas: Personas, tmp_path: Path) -> None:
    make_project(personas, now=NOW)
    Notice.objects.all().delete()
    looked_at: set[int] = set()
    kill_both_at_random(
        tmp_path,
        walker="tests.concurrency.complaint_walker",
        now=NOW,
        seed=SEED,
        nothing_is_half_done=lambda: nothing_is_half_done(looked_at),
        everybody_was_told=everybody_was_told,
    )
