"""Child processes of one command: started together, restarted when they die, stopped together."""

import ctypes
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

logger = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1
STABLE_SECONDS = 30.0  # a child that lived this long starts its next backoff from the beginning
MAX_BACKOFF_SECONDS = 30.0
HOPELESS_AFTER = 5  # this many deaths in a row without a stable life: the command gives up
STOP_SECONDS = 20.0

_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(by: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel for a signal when the parent dies, even by kill -9 (Linux)."""
    _libc.prctl(PR_SET_PDEATHSIG, by, 0, 0, 0)


@dataclass
class Child:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    pass_fds: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0
    restart_at: float = field(default=0.0)

    def start(self) -> None:
        parent = os.getpid()

        def in_child() -> None:
            # Nobody is left to end it in order, and one that is just starting may not yet listen to a polite signal.
            die_with_parent(signal.SIGKILL)
            if os.getppid() != parent:  # the parent died between fork and prctl
                os._exit(1)

        # A session of its own: Ctrl-C reaches the parent alone, which then stops the children in order.
        self.process = subprocess.Popen(  # noqa: S603 - commands are constants of `serve`
            self.command,
            env=dict(self.environment),
            pass_fds=self.pass_fds,
            start_new_session=True,
            preexec_fn=in_child,
        )
        self.started_at = time.monotonic()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Hopeless(Exception):
    """A child cannot be kept alive."""


class Supervisor:
    """Keeps its children running until told to stop. Times are monotonic seconds."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = list(children)
        self.stopping = False

    def start(self) -> None:
        for child in self.children:
            child.start()

    def add(self, child: Child) -> None:
        """One more child of a running supervisor."""
        self.children.append(child)
        child.start()

    def watch_once(self) -> None:
        """Restart what died, each after 1, 2, 4 … 30 s; raise Hopeless after five deaths in a row."""
        now = time.monotonic()
        for child in self.children:
            if child.alive:
                continue
            if child.process is not None:
                code = child.process.returncode
                child.deaths = 1 if now - child.started_at > STABLE_SECONDS else child.deaths + 1
                child.process = None
                if child.deaths >= HOPELESS_AFTER:
                    raise Hopeless(f"{child.name} 连续 {child.deaths} 次启动失败(退出码 {code})")
                pause = min(2.0 ** (child.deaths - 1), MAX_BACKOFF_SECONDS)
                child.restart_at = now + pause
                logger.warning("%s ended with %s, restarting in %.0f s", child.name, code, pause)
            elif now >= child.restart_at:
                child.start()

    def run(self, until: Callable[[], bool] | None = None) -> None:
        """Watch until `stopping` is set, or until `until()` is true."""
        while not self.stopping and not (until and until()):
            self.watch_once()
            time.sleep(0.1)

    def stop(self) -> None:
        """SIGTERM to each child, SIGKILL to the whole session of one that does not end in time."""
        running = [child.process for child in self.children if child.process is not None and child.alive]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                logger.warning("process %s did not stop in time", process.pid)
            # What a child may have left behind in its session goes as well.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            process.wait()
