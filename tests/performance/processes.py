"""Processes of the bench: tasks that are waited for with their memory, and servers that end with it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TASK_SECONDS = 900.0
READY_SECONDS = 60.0
STOP_SECONDS = 10.0


class TaskFailed(RuntimeError):
    """A task ended with an error; the message is the end of what it printed."""


@dataclass(frozen=True)
class Ended:
    """``peak_mb`` is the highest resident memory of the whole process, Python and Django included."""

    seconds: float
    peak_mb: float
    output: str


def run(command: Sequence[str], environment: Mapping[str, str], *, limit: float = TASK_SECONDS) -> Ended:
    """Run to the end. Raises TaskFailed for an exit code other than 0, or after ``limit`` seconds."""
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    pieces: list[bytes] = []
    pid, status, usage = 0, 0, None
    try:
        while not pid:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if not pid and time.monotonic() - began > limit:
                raise TaskFailed(f"{command}: not finished after {limit:.0f} s")
            pieces.append(process.stdout.read() or b"")
            if not pid:
                time.sleep(0.01)
    finally:
        if not pid:
            process.kill()
            process.wait()
        else:
            process.returncode = os.waitstatus_to_exitcode(status)
        process.stdout.close()
    text = b"".join(pieces).decode(errors="replace")
    if process.returncode or usage is None:
        raise TaskFailed(f"exit code {process.returncode}: {text.strip()[-2000:]}")
    return Ended(time.monotonic() - began, usage.ru_maxrss / 1024, text)


def task(name: str, environment: Mapping[str, str], **arguments: Any) -> dict[str, Any]:
    """One task of ``work.py`` in a process of its own; its answer, with the process's ``peak_mb``."""
    ended = run([sys.executable, "-m", "tests.performance.work", name, json.dumps(arguments)], environment)
    answer: dict[str, Any] = json.loads(ended.output.strip().splitlines()[-1])
    return {**answer, "peak_mb": ended.peak_mb}


@contextmanager
def gunicorn(application: str, environment: Mapping[str, str], log: Path) -> Iterator[int]:
    """The web processes as production runs them (config/gunicorn.py), on a free port of 127.0.0.1."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(512)
    port: int = listener.getsockname()[1]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", application, "--config", "python:config.gunicorn"),
                *("--bind", f"fd://{listener.fileno()}"),
            ],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
    try:
        _await(process, port, log)
        yield port
    finally:
        listener.close()
        stop(process)


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until something answers; TaskFailed with the end of the log when the process ended, or nothing came in time."""
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as link:
                link.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                if link.recv(1):
                    return
        except OSError:
            time.sleep(0.1)
    raise TaskFailed(f"the web processes did not start: {log.read_text(errors='replace').strip()[-2000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and what it started: its session is its own."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
