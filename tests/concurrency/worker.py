"""A Celery worker as a process of its own, on the broker of the running mode, that can be killed with -9."""

import contextlib
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import pytest
from celery import Celery
from django.conf import settings as django_settings

from config.broker import Transport
from tests.concurrency.test_delivery_race import database_url
from workflow.models import Heartbeat
from workflow.services.heartbeat import DELIVERY, SWEEP

PATIENCE = 90.0  # seconds; for a machine that has much else to do
DRAFTS = "drafts"
TASKS = {
    SWEEP: "workflow.tasks.sweep_clocks",
    DELIVERY: "workflow.tasks.deliver_notices",
    DRAFTS: "revisits.tasks.run_drafts",
}


def _wait_until_dead(processes: list[psutil.Process]) -> None:
    """A dead one whose new parent has not yet asked for it (a zombie) does nothing any more."""
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                assert time.monotonic() < deadline, f"process {process.pid} survived"
                time.sleep(0.02)


class Worker:
    """``kill`` ends it as an operator or the kernel would: no handler runs. ``wake`` stands for beat."""

    def __init__(self, folder: Path, smtp_port: int) -> None:
        self.folder = folder
        self.clock = folder / "clock"
        self.log = folder / "worker.log"
        (folder / "done").mkdir()
        self.redis = os.environ.get("REDIS_URL", "")
        self.prefix = f"aftercare-test-{uuid.uuid4().hex[:12]}:"
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("AFTERCARE", "PYTEST", "DJANGO"))},
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": database_url(),
            "REDIS_URL": self.redis,
            "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}",
            "EMAIL_TIMEOUT": "60",
            "VAR_DIR": str(folder),
            "MOVED_CLOCK_FILE": str(self.clock),
            "MOVED_QUEUE_PREFIX": self.prefix if self.redis else "",
        }
        self.queue = Celery("waker", broker=self.redis or "filesystem://", set_as_current=False)
        self.queue.conf.broker_transport_options = self._transport()
        Transport.global_state.clear()  # kombu remembers queues by name, and this folder is a new one
        with self.queue.connection_for_write() as connection:  # before the worker, so that they do not meet over it
            self.queue.amqp.queues["celery"](connection.default_channel).declare()
        self.process: subprocess.Popen[bytes] | None = None
        self.family: list[psutil.Process] = []

    def _transport(self) -> dict[str, Any]:
        if self.redis:
            return {"global_keyprefix": self.prefix}
        broker = self.folder / "broker"
        (broker / "control").mkdir(parents=True, exist_ok=True)
        return {
            "data_folder_in": str(broker),
            "data_folder_out": str(broker),
            "control_folder": str(broker / "control"),
        }

    # --- its life

    def start(self) -> None:
        """With the arguments of ``manage.py serve``, one task at a time."""
        command = [sys.executable, "-m", "celery", "--quiet", "-A", "tests.concurrency.moved_worker", "worker"]
        options = ["--loglevel", "WARNING", "--concurrency", "1"]
        lean = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *options, *lean],
                env=self.environment,
                cwd=django_settings.BASE_DIR,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.family = [psutil.Process(self.process.pid)]

    def kill(self) -> None:
        """kill -9 of the worker: the kernel takes the processes of its pool along (PR_SET_PDEATHSIG)."""
        assert self.process is not None
        pool = self._pool()
        self.process.kill()
        self.process.wait(timeout=PATIENCE)
        self.process = None
        _wait_until_dead(pool)

    def kill_pool(self) -> None:
        """kill -9 of the process that runs the task, as the kernel does when memory is short. The worker stays."""
        pool = self._pool()
        assert pool
        for child in pool:
            child.kill()
        _wait_until_dead(pool)

    def end(self) -> None:
        """Whatever is left of it, by its processes' ids."""
        if self.process is not None:
            with contextlib.suppress(psutil.NoSuchProcess):  # it may have ended by itself
                self._pool()
            self.process.kill()
            self.process.wait(timeout=PATIENCE)
        for process in self.family[1:]:
            if process.is_running():
                process.kill()
        self.queue.close()
        if self.redis:
            import redis

            with redis.Redis.from_url(self.redis) as server:
                for key in server.scan_iter(f"{self.prefix}*", count=1000):
                    server.delete(key)

    def _pool(self) -> list[psutil.Process]:
        children: list[psutil.Process] = self.family[0].children(recursive=True)
        self.family += children
        return children

    # --- what beat does

    def set_clock(self, now: datetime) -> None:
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(now.isoformat())
        fresh.replace(self.clock)

    @property
    def running(self) -> str:
        """The name of the task in hand, or of the one it died with."""
        file = self.folder / "running"
        return file.read_text() if file.exists() else ""

    def send(self, name: str) -> str:
        return str(self.queue.send_task(TASKS[name]).id)

    def wake(self, now: datetime, *names: str) -> None:
        """Set the clock, queue the tasks one after the other, wait for each: what was queued before is done too."""
        self.set_clock(now)
        for name in names or (SWEEP, DELIVERY):
            done = self.folder / "done" / self.send(name)
            self.wait_for(done.exists, f"{name} at {now}")
            assert Heartbeat.objects.get(name=name).beat_at == now, self.log.read_text()[-3000:]

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"not within {PATIENCE:.0f} s: {what}\n{self.log.read_text()[-3000:]}")
            if self.process is not None and self.process.poll() is not None:
                pytest.fail(f"the worker ended with {self.process.returncode}\n{self.log.read_text()[-3000:]}")
            time.sleep(0.05)


@contextlib.contextmanager
def worker_at(folder: Path, smtp_port: int) -> Iterator[Worker]:
    worker = Worker(folder, smtp_port)
    try:
        yield worker
    finally:
        worker.end()
