"""The ladder over a real SMTP peer: the right posts, exactly once, also killed with -9 and with two sweeps at once."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connections, transaction
from django.db.models import QuerySet

from config.celery import app
from tests.concurrency.ladder import OPENED, STAGES, Got, Stage, arrived, each_once, leaves_at, to_build, to_rework
from tests.concurrency.slow_peer import SlowPeer, slow_smtp_peer
from tests.concurrency.test_sweep_race import race
from tests.concurrency.worker import TASKS, Worker, worker_at
from tests.personas import Personas, make_personas
from tests.workflow.helpers import at, stages
from tests.workflow.peer import Peer, smtp_peer, use_smtp
from workflow import tasks
from workflow.models import Channel, Clock, ClockReminder, Notice
from workflow.services.delivery import LEASE, deliver_notices
from workflow.services.heartbeat import SWEEP
from workflow.services.sweep import sweep_clocks

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = timedelta(seconds=1)
Opened = Callable[[Personas], Clock]
by_duty = pytest.mark.parametrize("opened", [to_build, to_rework], ids=["due at midnight", "due in the afternoon"])


@pytest.fixture
def personas(db: None) -> Personas:
    return make_personas()


@pytest.fixture
def peer(settings: Any) -> Iterator[Peer]:
    with smtp_peer() as (peer, port):
        use_smtp(settings, port, timeout=20)
        yield peer


def deliver(now: datetime) -> int:
    sent = 0
    while (result := deliver_notices(now=now, batch=4)).handled:
        assert (result.failed, result.retried, result.outage) == (0, 0, "")
        sent += result.sent
    return sent


def tick(now: datetime) -> None:
    sweep_clocks(now=now)
    deliver(now)


# --- the clock moved


@pytest.mark.clause("G3", "rules-2")
@by_duty
def test_each_stage_reaches_the_right_posts_at_its_moment_and_no_second_before(
    personas: Personas, peer: Peer, opened: Opened
) -> None:
    clock = opened(personas)
    deliver(OPENED)
    assert "新待办" in str(peer.mails[-1]["Subject"])
    expected: Got = Counter()
    for stage in STAGES:
        moment, leaves = clock.due_at + stage.offset, leaves_at(clock, stage)
        for before in (moment - SECOND, leaves - SECOND):
            tick(before)
            assert arrived(peer, clock) == expected, f"{stage.kind} came before its moment"
        assert ((stage.kind, False) in stages(clock)) is (leaves > moment)
        expected += stage.mails()
        for _ in range(2):
            tick(leaves)
            assert arrived(peer, clock) == expected
    tick(clock.due_at + timedelta(days=30))
    assert arrived(peer, clock) == expected
    assert each_once(peer)
    assert stages(clock) == [(stage.kind, False) for stage in STAGES]


@pytest.mark.clause("G3", "rules-2")
@by_duty
def test_half_hour_by_half_hour_through_the_tasks_nothing_else_comes_and_nights_are_quiet(
    personas: Personas, peer: Peer, opened: Opened
) -> None:
    """As beat runs them, digests included. The mails of the whole life, each with the moment it came."""
    clock = opened(personas)
    deliver(OPENED)
    peer.mails.clear()
    came: dict[tuple[str, str], list[datetime]] = {}
    known: Got = Counter()
    app.conf.task_always_eager = True
    try:
        now = OPENED
        while now < clock.due_at + timedelta(hours=60):
            with time_machine.travel(now, tick=False):
                tasks.sweep_clocks()
                tasks.deliver_notices()
            got = arrived(peer, clock)
            for key in (got - known).elements():
                came.setdefault(key, []).append(now)
            known = got
            now += timedelta(minutes=30)
    finally:
        app.conf.task_always_eager = False
    digests = came.pop(("pw11", "digest"))
    assert came == {(login, stage.kind): [leaves_at(clock, stage)] for stage in STAGES for login in stage.who}
    assert digests == [at("2026-03-10 14:30"), *(at(f"2026-03-{day} 08:30") for day in (11, 12, 13, 14, 15))]
    assert len(peer.mails) == len(digests) + sum(len(stage.who) for stage in STAGES)
    assert each_once(peer)


# --- the worker killed with -9


@pytest.fixture
def slow_peer() -> Iterator[tuple[SlowPeer, int]]:
    with slow_smtp_peer() as pair:
        yield pair


@contextlib.contextmanager
def sweep_held_up(clock: Clock, stage: Stage) -> Iterator[None]:
    """Another one has the reminder's key (on SQLite the writer's place) in hand, and then gives it up."""
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with contextlib.suppress(InterruptedError), transaction.atomic():
            ClockReminder.objects.create(clock=clock, kind=stage.kind, moment=clock.due_at, at=clock.due_at)
            held.set()
            let_go.wait(timeout=60)
            raise InterruptedError
        connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert held.wait(timeout=60)
        yield
    finally:
        let_go.set()
        holder.join(timeout=60)


def die_while_sweeping(worker: Worker, clock: Clock, stage: Stage) -> None:
    with sweep_held_up(clock, stage):
        worker.set_clock(clock.due_at + stage.offset)
        worker.send(SWEEP)
        worker.wait_for(lambda: worker.running == TASKS[SWEEP], "the sweep has begun")
        time.sleep(0.5)  # and waits for what is held
        assert worker.running == TASKS[SWEEP]
        worker.kill()
    assert stage.kind not in dict(stages(clock)), "what a killed sweep began is undone"
    worker.start()


@pytest.mark.clause("G3", "rules-2")
def test_a_worker_killed_at_every_stage_and_started_again_loses_nothing_and_doubles_nothing(
    personas: Personas, slow_peer: tuple[SlowPeer, int], tmp_path: Path
) -> None:
    """A real worker and its queue. At each stage kill -9 hits it while the peer keeps its answer back, where several
    are told when one of them has got it; once only the process of the pool dies, and once the sweep dies as well."""
    peer, port = slow_peer
    peer.answering.set()
    clock = to_rework(personas)
    expected: Got = Counter()
    with worker_at(tmp_path, port) as worker:
        worker.start()
        worker.wake(OPENED)
        for number, stage in enumerate(STAGES):
            moment = clock.due_at + stage.offset
            worker.wake(moment - SECOND)
            days = {OPENED.date(), *((clock.due_at + each.offset).date() for each in STAGES[: number + 1])}
            expected["pw11", "digest"] = len(days)  # it went out with the first tick of each day
            assert arrived(peer, clock) == expected

            if stage.kind == "after_48h":
                die_while_sweeping(worker, clock, stage)
            accepted = 1 if len(stage.who) > 1 else 0
            peer.become_slow(quick=accepted)
            worker.set_clock(moment)
            worker.send(SWEEP)  # it wakes the delivery
            worker.wait_for(peer.asked.is_set, f"{stage.kind} reaches the peer")
            if stage.kind == "after_24h":
                worker.kill_pool()
            else:
                worker.kill()
                worker.start()
            mails = Notice.objects.filter(key=f"clock:{clock.pk}:{stage.kind}", channel=Channel.MAIL)
            assert mails.count() == len(stage.who)
            assert mails.filter(state=Notice.State.SENT).count() == accepted
            leased = mails.filter(state=Notice.State.WAITING, claimed_until=moment + LEASE)
            assert leased.count() == len(stage.who) - accepted

            assert arrived(peer, clock).total() == expected.total() + accepted, "what hung was not taken"
            peer.answering.set()
            worker.wake(moment + timedelta(minutes=1))  # the dead one's lease still stands
            assert arrived(peer, clock).total() == expected.total() + accepted
            expected += stage.mails()
            worker.wake(moment + LEASE)
            assert arrived(peer, clock) == expected
            worker.wake(moment + LEASE + timedelta(minutes=1))
            assert arrived(peer, clock) == expected
    assert each_once(peer)
    assert stages(clock) == [(stage.kind, False) for stage in STAGES]
    assert not Notice.objects.filter(channel=Channel.MAIL).exclude(state=Notice.State.SENT).exists()


# --- two sweeps and two deliveries at once

NUMBER = 6


def _once_each(clocks: list[Clock], stage: Stage) -> None:
    """One reminder a clock, one notice a recipient, channel and clock."""
    ids = [clock.pk for clock in clocks]
    assert ClockReminder.objects.filter(clock__in=ids, kind=stage.kind, skipped=False).count() == len(ids)
    told = Notice.objects.filter(key__in=[f"clock:{pk}:{stage.kind}" for pk in ids])
    rows = Counter(told.values_list("key", "recipient__username", "channel"))
    assert rows == {
        (f"clock:{pk}:{stage.kind}", login, channel): 1
        for pk in ids
        for login in stage.who
        for channel in (Channel.INBOX, Channel.MAIL)
    }


@pytest.mark.postgres
@pytest.mark.clause("G3", "rules-2")
@by_duty
def test_two_sweeps_and_two_deliveries_race_at_each_stage(personas: Personas, peer: Peer, opened: Opened) -> None:
    clocks = [opened(personas) for _ in range(NUMBER)]
    deliver(OPENED)
    expected: Got = Counter()
    for stage in STAGES:
        moment, leaves = clocks[0].due_at + stage.offset, leaves_at(clocks[0], stage)
        assert {clock.due_at for clock in clocks} == {clocks[0].due_at}

        def sweep(now: datetime = moment) -> int:
            return sweep_clocks(now=now, batch=1).reminders

        def send(now: datetime = leaves) -> int:
            return deliver(now)

        first, second, *_ = race(sweep, sweep, send, send)  # the deliveries meet what the sweeps have just written
        assert first + second == NUMBER
        _once_each(clocks, stage)
        race(send, send, sweep)
        expected += stage.mails(NUMBER)
        assert arrived(peer, *clocks) == expected
        assert each_once(peer)
        _once_each(clocks, stage)
    assert not Notice.objects.filter(channel=Channel.MAIL).exclude(state=Notice.State.SENT).exists()


@pytest.mark.postgres
def test_without_the_lock_two_deliveries_send_the_same_mails(
    personas: Personas, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is real, and these tests would see it: unlocked, both claim the same rows and each mail goes twice."""
    clock = to_rework(personas)
    deliver(OPENED)
    peer.mails.clear()
    moment = clock.due_at + timedelta(hours=24)
    sweep_clocks(now=clock.due_at)
    deliver(clock.due_at)
    peer.mails.clear()
    sweep_clocks(now=moment)
    both_have_read = threading.Barrier(2)
    real = QuerySet.update

    def update(self: "QuerySet[Any]", **values: Any) -> int:
        if self.model is Notice and values.get("claimed_until"):
            with contextlib.suppress(threading.BrokenBarrierError):
                both_have_read.wait(timeout=10)
        return real(self, **values)

    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    monkeypatch.setattr(QuerySet, "update", update)
    race(lambda: deliver_notices(now=moment), lambda: deliver_notices(now=moment))
    after_24h = STAGES[3]
    assert arrived(peer, clock) == after_24h.mails(2)
    assert not each_once(peer)
