"""What the page tests of the desk share."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.personas import Personas

MOST = 15
READERS = ("pw11", "pm11", "pe11", "uw1", "uh1", "ul1", "ug1", "gw", "gh", "gl", "sub1")
NEIGHBOURS = ("uw2", "uh2", "ul2", "pw21", "pw12")
STRANGERS = ("ud1", "sysadmin", "secadmin", "auditor", "outsider")


def as_user(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(login))
    return client


def page(name: str, *args: Any) -> str:
    return reverse(f"revisits:{name}", args=args)


def text_of(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, (url, answer.status_code, answer.content.decode()[:800])
    found: str = answer.content.decode()
    return found


def queries(client: Client, url: str) -> int:
    """Of the second request: sessions and content types are warm, as they are in a running process."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as found:
        client.get(url)
    return len(found)
