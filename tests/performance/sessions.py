"""Sessions and clients of the measured tasks, and their memory."""

import time
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client
from django.utils.module_loading import import_string

from organization.models import User

# As a proxy in front hands it on.
LOOPBACK = {"HTTP_HOST": "127.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"}


def memory_mb(which: str = "VmHWM") -> float:
    """The highest (VmHWM) or present (VmRSS) resident memory of this process."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(which):
            return int(line.split()[1]) / 1024
    return 0.0


def login(user: User) -> SessionBase:
    """A session as the login page leaves it."""
    session: SessionBase = import_string(f"{settings.SESSION_ENGINE}.SessionStore")()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["active_at"] = int(time.time())
    session.save()
    return session


def client_of(username: str) -> Client:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(login(User.objects.get(username=username)).session_key)
    return client
