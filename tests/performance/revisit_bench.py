"""Revisits: five years of them, the group's drafts as jobs with a worker killed, one large plan, its pages."""

import json
import os
import signal
import subprocess
import sys
import time

from .page_bench import PageBench
from .processes import ROOT, TaskFailed

WORKERS = 2  # as ``make run`` and the compose file have them
DIES_AT = 5  # plans that the killed worker had begun
JOB_SECONDS = 120.0


class RevisitBench(PageBench):
    loaded = False

    def _revisits(self) -> None:
        """The list and the detail of visits, the list of plans, the board of the large one once it is approved."""
        self._load_revisits()
        self._serve_and_measure("revisits")

    def _board(self) -> None:
        """The board of the large plan while it is drafted."""
        self._load_revisits()
        self._serve_and_measure("board")

    def _load_revisits(self) -> None:
        if self.loaded:
            return
        made = self._task("load_revisits", now=self.now, projects=self.options.visited)
        self.loaded = True
        title = (
            f"data: {made['projects']:,} ledgers in force, {made['plans']:,} plans, {made['visits']:,} visits of five "
            f"years ({made['due']:,} due)"
        )
        self.table.add(title, made["seconds"], "s", 240 if self.database.postgres else None)

    def _jobs(self) -> None:
        """Ordered by the group; two workers, of which one is killed and another takes its place."""
        self._load_revisits()
        ordered = self._task("revisit_order")
        self.table.add(f"ordering the drafts of {ordered['plans']:,} plans", ordered["seconds"], "s")
        until = time.time() + 5 * JOB_SECONDS
        workers = [self._worker(until, dies_at=DIES_AT if at == 0 else 0) for at in range(WORKERS)]
        try:
            if workers[0].wait(JOB_SECONDS) != -signal.SIGKILL:
                raise TaskFailed(f"the worker to be killed ended with {workers[0].returncode}")
            workers[0] = self._worker(until)
            for worker in workers:
                if worker.wait(5 * JOB_SECONDS):
                    raise TaskFailed(f"a drafting worker ended with {worker.returncode}")
        finally:
            for worker in workers:
                if worker.poll() is None:
                    os.killpg(worker.pid, signal.SIGKILL)
        made = self._task("revisit_drafted")
        title = (
            f"drafts of the whole group: {ordered['units']} units, {made['plans'] - ordered['units']} departments, "
            f"{made['lines']:,} lines, {WORKERS} workers, one killed ({made['retried']} drafted again)"
        )
        self.table.add(title, made["lasted"], "s", JOB_SECONDS if self.database.postgres else None)

    def _worker(self, until: float, *, dies_at: int = 0) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.performance.work",
                "revisit_work",
                json.dumps({"until": until, "dies_at": dies_at}),
            ],
            cwd=ROOT,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=None if self.options.show_log else subprocess.DEVNULL,
            start_new_session=True,
        )

    def _draft(self) -> None:
        limited = self.database.postgres
        made = self._task("revisit_draft", times=3)
        title = f"drafting one unit: {made['projects']:,} projects, {made['lines']:,} lines, median of 3"
        self.table.add(title, made["seconds"], "s", 5 if limited else None)
        made = self._task("revisit_check", times=5)
        title = f"checking its plan: {made['projects']:,} projects, {made['queries']} queries, median of 5"
        self.table.add(title, made["seconds"], "s", 1 if limited else None)

    def _appendix_d(self) -> None:
        made = self._task("revisit_appendix_d")
        if made.get("missing"):
            self.table.fail("Appendix D", "no such page")
            return
        title = f"Appendix D of {made['lines']:,} lines ({made['bytes'] / 1e6:.1f} MB)"
        self.table.add(title, made["seconds"], "s", 5 if self.database.postgres else None)
        self.table.add("Appendix D: peak memory of the whole process", made["mb"], "MB")
        self.table.add("Appendix D: of it Django before the request", made["before_mb"], "MB")

    def _approve(self) -> None:
        made = self._task("revisit_approve")
        self.table.add(f"submitting a plan of {made['lines']:,} lines", made["submitted"], "s")
        title = f"approving a plan of {made['lines']:,} lines with their clocks"
        self.table.add(title, made["seconds"], "s", 5 if self.database.postgres else None)
