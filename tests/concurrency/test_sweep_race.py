"""Two sweeps at once: every reminder and notice exactly once."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import close_old_connections, connections, transaction
from django.db.models import QuerySet

from tests.personas import Personas, make_personas
from tests.workflow.helpers import at, make_clocks
from workflow.models import Channel, Clock, ClockReminder, Notice
from workflow.services import sweep
from workflow.services.sweep import SweepResult, sweep_clocks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

DUE = at("2026-03-13 00:00")
NUMBER = 120


@pytest.fixture
def clocks(db: None) -> list[Clock]:
    personas: Personas = make_personas()
    return make_clocks(personas, NUMBER, received_at=at("2026-03-10 09:20"))


def race(*work: Callable[[], Any]) -> list[Any]:
    """Run each in a thread and connection of its own, all at the same moment; their results, or the first error."""
    barrier = threading.Barrier(len(work))
    results: list[Any] = [None] * len(work)
    errors: list[BaseException] = []

    def run(index: int, call: Callable[[], Any]) -> None:
        close_old_connections()
        try:
            barrier.wait(timeout=20)
            results[index] = call()
        except BaseException as problem:
            errors.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if errors:
        raise errors[0]
    return results


def _sweep() -> SweepResult:
    return sweep_clocks(now=DUE, batch=10)


def _written_once() -> bool:
    reminders = ClockReminder.objects.filter(kind="overdue").count()
    notices = Notice.objects.filter(kind="overdue")
    by_mail = notices.filter(channel=Channel.MAIL).count()
    # PW and PM, each in the inbox and by mail.
    return (reminders, notices.count(), by_mail) == (NUMBER, 4 * NUMBER, 2 * NUMBER)


def test_without_the_lock_both_take_the_same_clocks(clocks: list[Clock], monkeypatch: pytest.MonkeyPatch) -> None:
    """The race is real: unlocked, one clock is worked on twice. Even then the unique keys keep the rows single."""
    both_have_read = threading.Barrier(2)
    real = sweep._due_clocks

    def read_together(*args: Any) -> Any:
        found = real(*args)
        with contextlib.suppress(threading.BrokenBarrierError):
            both_have_read.wait(timeout=5)
        return found

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    monkeypatch.setattr(sweep, "_due_clocks", read_together)
    first, second = race(lambda: sweep_clocks(now=DUE), lambda: sweep_clocks(now=DUE))
    assert first.clocks + second.clocks > NUMBER
    assert _written_once()


@pytest.mark.clause("G3")
def test_two_sweeps_share_the_work_and_write_everything_once(clocks: list[Clock]) -> None:
    first, second = race(_sweep, _sweep)
    assert first.clocks + second.clocks == NUMBER
    assert first.overdue + second.overdue == NUMBER
    assert _written_once()
    assert Clock.objects.filter(overdue_noted_at=DUE).count() == NUMBER


@pytest.mark.clause("G3")
def test_a_duty_done_while_the_sweep_runs_is_either_reminded_or_not_but_never_both(clocks: list[Clock]) -> None:
    """A clock that another transaction is stopping is left to it, not waited for."""
    stopping = threading.Event()
    swept = threading.Event()

    def stop() -> None:
        with transaction.atomic():
            Clock.objects.filter(pk=clocks[0].pk).update(stopped_at=DUE, next_at=None, next_kind="")
            stopping.set()
            swept.wait(timeout=20)

    def run() -> SweepResult:
        stopping.wait(timeout=20)
        result = _sweep()
        swept.set()
        return result

    _, result = race(stop, run)
    assert result.clocks == NUMBER - 1
    assert not ClockReminder.objects.filter(clock=clocks[0]).exists()
