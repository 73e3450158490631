"""The product's own worker, with one thing added: inside a task the clock stands where a file says.

    celery -A tests.concurrency.moved_worker worker

Only the bodies of tasks travel; the queue, its time-outs and the process itself live in real time. The file is read
anew for each task, so one worker can be led through days. Beside it stand the name
of the task that runs and the ids of those that are done.
"""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import time_machine
from celery.signals import task_postrun, task_prerun

from config.celery import app

__all__ = ["app"]

CLOCK_FILE = Path(os.environ["MOVED_CLOCK_FILE"])
RUNNING_FILE = CLOCK_FILE.with_name("running")
DONE_FOLDER = CLOCK_FILE.with_name("done")
if prefix := os.environ.get("MOVED_QUEUE_PREFIX"):  # Redis is shared: a queue of its own
    app.conf.broker_transport_options = {**app.conf.broker_transport_options, "global_keyprefix": prefix}

_travel: time_machine.travel | None = None


@task_prerun.connect  # type: ignore[untyped-decorator]
def leave(task: Any, **_: Any) -> None:
    global _travel
    RUNNING_FILE.write_text(task.name)
    _travel = time_machine.travel(datetime.fromisoformat(CLOCK_FILE.read_text()), tick=False)
    _travel.start()


@task_postrun.connect  # type: ignore[untyped-decorator]
def come_back(task_id: str, **_: Any) -> None:
    global _travel
    RUNNING_FILE.unlink(missing_ok=True)
    (DONE_FOLDER / task_id).touch()
    if _travel is not None:
        _travel.stop()
        _travel = None
