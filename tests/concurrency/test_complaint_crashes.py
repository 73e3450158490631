"""kill -9 of web and worker at random moments during 500 transitions: nothing half-done, every notice delivered."""

import contextlib
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from complaints import clocks as C
from complaints.models import Complaint, Demand, Ruling
from complaints.models.complaint import ENDED
from tests.complaints.factories import NOW
from tests.complaints.invariants import wrong_with
from tests.concurrency.worker import TASKS, Worker, worker_at
from tests.ledgers.factories import make_project
from tests.personas import Personas, make_personas
from tests.workflow.peer import smtp_peer
from workflow.mail import message_id
from workflow.models import Channel, Clock, Notice, Series, Transition
from workflow.services.delivery import LEASE
from workflow.services.heartbeat import DELIVERY

pytestmark = pytest.mark.django_db(transaction=True)

WANTED = 500
KILLS = 3  # at least, of each
PATIENCE = 600.0  # seconds; for a machine that has much else to do
SEED = 20260310
QUIET_CODES = (C.REGISTER_UNIT, C.REGISTER_GROUP)  # over when they are written: nobody is told


@pytest.fixture
def personas(db: None) -> Personas:
    return make_personas()


class Web:
    """The process that takes the steps."""

    def __init__(self, worker: Worker) -> None:
        self.environment = worker.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        self.log = worker.folder / "web.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, seed: int) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.concurrency.complaint_walker", str(seed)],
                env=self.environment,
                cwd=django_settings.BASE_DIR,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        if self.process is not None:
            assert self.runs, self.log.read_text()[-3000:]
            self.process.kill()
            self.process.wait(timeout=30)
            self.process = None


@contextlib.contextmanager
def web_beside(worker: Worker) -> Iterator[Web]:
    web = Web(worker)
    try:
        yield web
    finally:
        if web.process is not None:
            web.process.kill()
            web.process.wait(timeout=30)


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


def everybody_was_told() -> set[str]:
    """Every clock has announced itself; the keys of the notices that the steps must have left."""
    keys = set(Notice.objects.values_list("key", flat=True))
    clocks = Clock.objects.exclude(code__in=QUIET_CODES).values_list("pk", flat=True)
    assert {f"clock:{pk}:opened" for pk in clocks} <= keys
    registered = Transition.objects.filter(step__in=("register_unit", "register_group")).values_list("pk", flat=True)
    assert {f"transition:{pk}" for pk in registered} <= keys
    return keys


@pytest.mark.clause("G1", "G3", "rules-2")
def test_killed_web_and_worker_leave_nothing_half_done_and_no_notice_behind(personas: Personas, tmp_path: Path) -> None:
    make_project(personas, now=NOW)
    Notice.objects.all().delete()
    chance = random.Random(SEED)
    with smtp_peer() as (peer, port), worker_at(tmp_path, port) as worker, web_beside(worker) as web:
        worker.set_clock(NOW + timedelta(hours=2))
        worker.start()
        web.start(chance.randrange(10**6))
        begun, kills = time.monotonic(), {"web": 0, "worker": 0}
        looked_at: set[int] = set()
        while min(kills.values()) < KILLS or Transition.objects.count() < WANTED:
            assert time.monotonic() - begun < PATIENCE, f"{kills}, {Transition.objects.count()} transitions"
            before = Transition.objects.count()
            worker.send(DELIVERY)
            while Transition.objects.count() < before + chance.randrange(5, 120):
                time.sleep(chance.uniform(0.01, 0.2))
                assert web.runs, web.log.read_text()[-3000:]
                assert time.monotonic() - begun < PATIENCE
            web.kill()
            kills["web"] += 1
            nothing_is_half_done(looked_at)
            web.start(chance.randrange(10**6))
            if kills["worker"] < KILLS:
                if worker.running != TASKS[DELIVERY]:
                    worker.send(DELIVERY)
                    worker.wait_for(lambda: worker.running == TASKS[DELIVERY] or bool(peer.mails), "a delivery")
                time.sleep(chance.uniform(0, 0.3))
                worker.kill()
                kills["worker"] += 1
                worker.start()
        web.kill()
        nothing_is_half_done(looked_at)
        everybody_was_told()
        mails = Notice.objects.filter(channel=Channel.MAIL)
        for turn in range(1, 8):  # what a killed delivery had in hand is free again after its lease
            worker.wake(NOW + timedelta(hours=2) + turn * (LEASE + timedelta(minutes=1)), DELIVERY)
            if not mails.exclude(state=Notice.State.SENT).exists():
                break
    assert Transition.objects.count() >= WANTED
    assert not mails.exclude(state=Notice.State.SENT).exists(), mails.exclude(state=Notice.State.SENT).first()
    arrived = peer.ids()
    lost = [notice.key for notice in mails if not arrived[message_id(notice.pk, notice.created_at)]]
    assert not lost, f"{len(lost)} of {mails.count()} never came: {lost[:5]}"
    repeated = sum(times - 1 for times in arrived.values())
    assert repeated <= KILLS, f"{repeated} repeated: at most the one in hand at each kill"
