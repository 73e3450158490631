"""`manage.py serve` as a process: it takes its port first, and whatever ends it ends everything it started."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 150.0  # a busy machine; idle it takes three
STOP_SECONDS = 60.0


def environment(var: Path, port: int) -> dict[str, str]:
    """A clean environment of the embedded mode, its own folder, one process each."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return inherited | {
        "VAR_DIR": str(var),
        "PORT": str(port),
        "DEMO": "0",
        "WEB_CONCURRENCY": "1",
        "WORKER_CONCURRENCY": "1",
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.1)
    pytest.fail(f"not within {seconds} s: {what}")


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def gone(processes: list[psutil.Process]) -> bool:
    return all(not process.is_running() or process.status() == psutil.STATUS_ZOMBIE for process in processes)


def roles(parent: psutil.Process) -> dict[str, psutil.Process]:
    """The direct children by what they do; one that is just being started has no name yet."""
    found = {}
    for child in parent.children():
        try:
            line = child.cmdline()
        except psutil.NoSuchProcess:
            continue
        for role, word in (("web", "gunicorn"), ("worker", "worker"), ("beat", "beat")):
            if word in line:
                found[role] = child
    return found


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose database and static files are ready, so that each start is a second start."""
    var = tmp_path_factory.mktemp("prepared")
    script = (
        "import django; django.setup()\n"
        "from django.core.management.base import BaseCommand\n"
        "from config.management.commands import serve\n"
        "serve.prepare_database(BaseCommand()); assert serve.collect_static(); assert not serve.collect_static()\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment(var, 1), check=True, timeout=400)
    return var


@pytest.fixture
def portal(prepared: Path, tmp_path: Path) -> Iterator[tuple[psutil.Process, int]]:
    """A running portal and its port; whatever the test leaves of it is killed."""
    var = tmp_path / "var"
    shutil.copytree(prepared, var)
    port = free_port()
    log = (tmp_path / "log").open("wb")
    started = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=environment(var, port),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    process = psutil.Process(started.pid)
    family: list[psutil.Process] = []
    try:
        wait_for(
            lambda: started.poll() is not None or "门户已启动" in (tmp_path / "log").read_text(encoding="utf-8"),
            START_SECONDS,
            "the portal announces itself",
        )
        assert started.poll() is None, (tmp_path / "log").read_text(encoding="utf-8")
        wait_for(lambda: set(roles(process)) == {"web", "worker", "beat"}, 60, "three children")
        family = process.children(recursive=True)
        yield process, port
    finally:
        started.kill()
        started.wait()
        for member in family:
            if member.is_running():
                member.kill()


def test_a_taken_port_gives_one_line_and_starts_nothing(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        var = tmp_path / "var"
        result = subprocess.run(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=environment(var, port),
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert str(port) in result.stderr
    assert "PORT=" in result.stderr
    assert not (var / "aftercare.sqlite3").exists()


@pytest.mark.parametrize("value", ["abc", "0", "70000"])
def test_a_port_that_is_no_port_is_refused(value: str, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env=environment(tmp_path / "var", 1) | {"PORT": value},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 1
    assert "PORT" in result.stderr
    assert "Traceback" not in result.stderr


def test_sigterm_stops_every_process(portal: tuple[psutil.Process, int]) -> None:
    process, port = portal
    assert answers(port)
    family = process.children(recursive=True)
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_SECONDS) == 0
    wait_for(lambda: gone(family), 2, "all children gone with the parent")
    assert not answers(port)


def test_a_killed_child_comes_back_and_a_killed_parent_leaves_nobody(portal: tuple[psutil.Process, int]) -> None:
    process, port = portal
    before = roles(process)
    for child in before.values():
        child.kill()

    def all_new() -> bool:
        now = roles(process)
        return all(name in now and now[name].pid != old.pid for name, old in before.items())

    wait_for(all_new, 60, "each killed child is started again")
    wait_for(lambda: answers(port), 60, "the portal answers again")

    wait_for(lambda: len(process.children(recursive=True)) >= 5, 60, "web and worker have their own children")
    family = process.children(recursive=True)
    process.kill()
    wait_for(lambda: gone(family), STOP_SECONDS, "nobody outlives kill -9 of the parent")


def test_readyz_turns_green_when_worker_and_beat_run(portal: tuple[psutil.Process, int]) -> None:
    """The heartbeat is written by a real worker from a real beat's tick, over the file broker."""
    _, port = portal

    def ready() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.HTTPError, OSError):
            return False

    wait_for(ready, 90, "/readyz is green")
