"""What the page tests of this app share."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.personas import Personas

MOST = 15


def as_user(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(login))
    return client


def page(name: str, *args: Any) -> str:
    return reverse(f"complaints:{name}", args=args)


def queries(client: Client, url: str) -> int:
    """Of the second request: sessions and content types are warm, as they are in a running process."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as found:
        client.get(url)
    return len(found)


def rows_of(prefix: str, rows: list[dict[str, Any]]) -> dict[str, str]:
    """A formset as a browser posts it."""
    data = {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": "0", f"{prefix}-MAX_NUM_FORMS": "40"}
    for index, row in enumerate(rows):
        data |= {f"{prefix}-{index}-{name}": "" if value is None else str(value) for name, value in row.items()}
    return data
