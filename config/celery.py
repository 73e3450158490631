"""The queue: tasks only wake what stands in tables, so a lost message costs a minute and never a fact."""

import os
import warnings

from celery import Celery
from celery.platforms import SecurityWarning

from config.broker import install

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# It warns root of pickled messages; only JSON is accepted here, and the container does not run as root.
warnings.filterwarnings("ignore", category=SecurityWarning)

install()
app = Celery("aftercare")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
