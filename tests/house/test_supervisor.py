"""Restarting, giving up, stopping: with real processes that do nothing."""

import os
import signal
import time

import pytest

from config import supervisor
from config.supervisor import Child, Hopeless, Supervisor


def test_it_gives_up_on_a_child_that_never_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "HOPELESS_AFTER", 2)
    watcher = Supervisor([Child("web", ["false"], os.environ)])
    watcher.start()
    with pytest.raises(Hopeless, match="web"):
        watcher.run(until=lambda: False)


def test_the_pause_before_a_restart_doubles() -> None:
    child = Child("web", ["false"], os.environ)
    watcher = Supervisor([child])
    pauses = []
    for _ in range(3):
        child.start()
        assert child.process is not None
        child.process.wait()
        watcher.watch_once()
        pauses.append(round(child.restart_at - time.monotonic()))
    assert pauses == [1, 2, 4]


def test_a_child_that_ignores_sigterm_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.5)
    child = Child("web", ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done"], os.environ)
    watcher = Supervisor([child])
    watcher.start()
    time.sleep(0.3)
    watcher.stop()
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL
