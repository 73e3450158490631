"""Two deliveries at once, and a worker killed with -9 at the worst moments."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections, transaction
from django.utils import timezone

from tests.concurrency.test_sweep_race import race
from tests.personas import Personas, make_personas
from tests.workflow.helpers import mails, make_clock, make_rule
from tests.workflow.peer import Peer, smtp_peer, use_smtp
from workflow.models import Channel, Clock, Notice
from workflow.services.delivery import LEASE, deliver_notices
from workflow.services.heartbeat import DIGEST, note_heartbeat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def personas(db: None) -> Personas:
    return make_personas()


@pytest.fixture
def peer_at() -> Iterator[tuple[Peer, int]]:
    with smtp_peer() as pair:
        yield pair


@pytest.mark.postgres
def test_two_deliveries_send_each_mail_once(personas: Personas, peer_at: tuple[Peer, int], settings: Any) -> None:
    peer, port = peer_at
    use_smtp(settings, port, timeout=5)
    now = timezone.now()
    for _ in range(6):
        mails(personas, ["pw11", "pm11", "uw1", "uh1", "gw"], now=now, urgent=True)

    def deliver() -> int:
        sent = 0
        while (result := deliver_notices(now=timezone.now(), batch=4)).handled:
            sent += result.sent
        return sent

    first, second = race(deliver, deliver)
    assert first + second == 30
    assert set(peer.ids().values()) == {1}
    assert len(peer.mails) == 30


# --- kill -9: a process of its own, with the same command that an operator runs by hand


def start_worker(port: int, folder: Path) -> "subprocess.Popen[bytes]":
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("AFTERCARE", "PYTEST", "DJANGO"))},
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": database_url(),
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
        "EMAIL_TIMEOUT": "30",
        "VAR_DIR": str(folder),
        "REDIS_URL": "",
    }
    return subprocess.Popen(
        [sys.executable, str(django_settings.BASE_DIR / "manage.py"), "tick"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def database_url() -> str:
    wanted = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{wanted['NAME']}"
    login = f"{wanted['USER']}:{wanted['PASSWORD']}" if wanted["PASSWORD"] else wanted["USER"]
    return f"postgres://{login}@{wanted['HOST']}:{wanted['PORT'] or 5432}/{wanted['NAME']}"


def kill(worker: "subprocess.Popen[bytes]") -> None:
    worker.send_signal(signal.SIGKILL)
    worker.wait(timeout=10)
    if worker.stdout and worker.stderr:
        worker.stdout.close()
        worker.stderr.close()


def finish(worker: "subprocess.Popen[bytes]") -> str:
    out, err = worker.communicate(timeout=60)
    assert worker.returncode == 0, err.decode()
    return out.decode()


def overdue_now(personas: Personas) -> Clock:
    """A clock whose overdue fact is due at this very moment: mail to PW and PM, allowed at any hour."""
    due = timezone.now() - timedelta(seconds=1)
    note_heartbeat(name=DIGEST, now=timezone.now())  # today's digests are out: only the fact is to be mailed
    clock = make_clock(personas, received_at=due - timedelta(days=2), rule=make_rule(), due=due)
    Clock.objects.filter(pk=clock.pk).update(next_kind="overdue", next_at=due)
    return clock


def end_leases() -> None:
    Notice.objects.filter(claimed_until__isnull=False).update(claimed_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.clause("G3")
def test_killed_before_the_peer_took_it_nothing_is_lost_and_nothing_doubled(
    personas: Personas, peer_at: tuple[Peer, int], tmp_path: Path
) -> None:
    peer, port = peer_at
    clock = overdue_now(personas)
    peer.behaviour = dict.fromkeys(("pw11@example.com", "pm11@example.com"), "hang at data")
    worker = start_worker(port, tmp_path)
    assert peer.arrived.wait(timeout=60), "the worker never reached the peer"
    kill(worker)
    claimed = Notice.objects.filter(key=f"clock:{clock.pk}:overdue", channel=Channel.MAIL)
    assert [n.state for n in claimed] == [Notice.State.WAITING] * 2
    assert all(n.claimed_until and n.claimed_until > timezone.now() for n in claimed)
    assert peer.mails == []

    peer.behaviour.clear()
    finish(start_worker(port, tmp_path))  # restarted at once: the lease of the dead one still protects the mails
    assert peer.mails == []
    end_leases()
    assert "送达 2 封" in finish(start_worker(port, tmp_path))
    assert peer.recipients == ["pm11", "pw11"]
    assert set(peer.ids().values()) == {1}
    assert set(claimed.values_list("state", flat=True)) == {Notice.State.SENT}


class Blocker:
    """Holds what a worker needs to write its mark: the row on PostgreSQL, the writer's place on SQLite."""

    def __init__(self, notice_key: str) -> None:
        self.key = notice_key
        self.held, self.let_go = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._hold)

    def _hold(self) -> None:
        with transaction.atomic():
            list(Notice.objects.select_for_update().filter(key=self.key, channel=Channel.MAIL))
            self.held.set()
            self.let_go.wait(timeout=60)
        connections.close_all()


@pytest.mark.clause("G3")
def test_killed_between_taken_and_marked_the_repetition_is_recognisable(
    personas: Personas, peer_at: tuple[Peer, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one moment in which a mail can go out twice: the peer has it, the mark is not yet written."""
    peer, port = peer_at
    clock = overdue_now(personas)
    blocker = Blocker(f"clock:{clock.pk}:overdue")
    real = Peer.handle_DATA

    async def take(self: Peer, *args: Any) -> str:
        if not blocker.thread.is_alive() and not blocker.held.is_set():
            blocker.thread.start()
            blocker.held.wait(timeout=20)
        return await real(self, *args)

    monkeypatch.setattr(Peer, "handle_DATA", take)
    worker = start_worker(port, tmp_path)
    try:
        assert peer.arrived.wait(timeout=60), "the worker never reached the peer"
        time.sleep(1)  # the worker has its answer and waits to write the mark
        assert worker.poll() is None
        kill(worker)
    finally:
        blocker.let_go.set()
        blocker.thread.join(timeout=60)
    assert len(peer.mails) == 1
    assert Notice.objects.filter(channel=Channel.MAIL, state=Notice.State.WAITING).count() == 2

    end_leases()
    finish(start_worker(port, tmp_path))
    assert not Notice.objects.filter(channel=Channel.MAIL).exclude(state=Notice.State.SENT).exists()
    assert sorted(peer.ids().values()) == [1, 2]  # two mails; the one in hand came twice under one Message-ID
    assert Notice.objects.filter(key=f"clock:{clock.pk}:overdue").count() == 4


def test_the_lease_is_longer_than_any_answer(settings: Any) -> None:
    assert timedelta(seconds=3 * settings.EMAIL_TIMEOUT) < LEASE
