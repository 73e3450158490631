"""kill -9 of a web process and of the worker at random moments, until enough was done: shared by every app's test."""

import contextlib
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings as django_settings
from django.db import connection, transaction

from tests.concurrency.worker import TASKS, Worker, worker_at
from tests.workflow.peer import smtp_peer
from workflow.mail import message_id
from workflow.models import Channel, Notice, Transition
from workflow.services.delivery import LEASE
from workflow.services.heartbeat import DELIVERY

WANTED = 500
KILLS = 3  # at least, of each
PATIENCE = 600.0  # seconds; for a machine that has much else to do


class Web:
    """The process that takes the steps: ``walker`` is the module that is run with a seed."""

    def __init__(self, worker: Worker, walker: str) -> None:
        self.walker = walker
        self.environment = worker.environment | {"DJANGO_SETTINGS_MODULE": "config.settings"}
        self.log = worker.folder / "web.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, seed: int) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.walker, str(seed)],
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
def web_beside(worker: Worker, walker: str) -> Iterator[Web]:
    web = Web(worker, walker)
    try:
        yield web
    finally:
        if web.process is not None:
            web.process.kill()
            web.process.wait(timeout=30)


@contextlib.contextmanager
def one_moment() -> Iterator[None]:
    """All that is read inside is of one moment: the server may still be ending what a killed process had sent it."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def kill_both_at_random(
    folder: Path, *, walker: str, now: datetime, seed: int, nothing_is_half_done: Callable[[], None],
    everybody_was_told: Callable[[], None],
) -> None:  # fmt: skip
    """Let the walker take ``WANTED`` transitions; kill it and the worker ``KILLS`` times each on the way. After each
    death nothing may be half-done; at the end every mail has come, repeated at most once a kill."""
    chance = random.Random(seed)
    with smtp_peer() as (peer, port), worker_at(folder, port) as worker, web_beside(worker, walker) as web:
        worker.set_clock(now + timedelta(hours=2))
        worker.start()
        web.start(chance.randrange(10**6))
        begun, kills = time.monotonic(), {"web": 0, "worker": 0}
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
            with one_moment():
                nothing_is_half_done()
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
        with one_moment():
            nothing_is_half_done()
            everybody_was_told()
        mails = Notice.objects.filter(channel=Channel.MAIL)
        for turn in range(1, 8):  # what a killed delivery had in hand is free again after its lease
            worker.wake(now + timedelta(hours=2) + turn * (LEASE + timedelta(minutes=1)), DELIVERY)
            if not mails.exclude(state=Notice.State.SENT).exists():
                break
    assert Transition.objects.count() >= WANTED
    assert not mails.exclude(state=Notice.State.SENT).exists(), mails.exclude(state=Notice.State.SENT).first()
    arrived = peer.ids()
    lost = [notice.key for notice in mails if not arrived[message_id(notice.pk, notice.created_at)]]
    assert not lost, f"{len(lost)} of {mails.count()} never came: {lost[:5]}"
    repeated = sum(times - 1 for times in arrived.values())
    assert repeated <= KILLS, f"{repeated} repeated: at most the one in hand at each kill"
