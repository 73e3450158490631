"""The queue: tasks only wake what stands in tables, so a lost message costs a minute and never a fact."""

import os
import signal
import warnings
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import worker_process_init

from config.broker import install
from config.supervisor import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# It warns root of pickled messages; only JSON is accepted here, and the container does not run as root.
warnings.filterwarnings("ignore", category=SecurityWarning)

install()
app = Celery("aftercare")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def _end_with_the_worker(**_: Any) -> None:
    """A pool process does not outlive its worker, however that dies; its task is found again in the tables."""
    die_with_parent(signal.SIGKILL)
