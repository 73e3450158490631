"""The pages of the ledgers: who sees and does what, how many queries they ask, what they say."""

from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from tests.ledgers.factories import NOW, changing, effective, finished, make_ledger, make_project, punch_item, submitted, write
from tests.personas import Personas

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def as_user(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(login))
    return client


def test_every_page_opens(personas: Personas) -> None:
    """Each page of each state answers 200 to somebody who may see it."""
    pending, review, force, change = make_ledger(personas), submitted(personas), effective(personas), changing(personas)
    open_item, done_item = punch_item(personas), finished(personas)
    project = make_project(personas)
    client = as_user(personas, "pw11")
    uw, uh, gh = (as_user(personas, login) for login in ("uw1", "uh1", "gh"))
    for each in (pending, review, force, change):
        for name in ("ledger_detail", "ledger_timeline", "ledger_versions"):
            for who in (client, uw, gh):
                assert who.get(reverse(f"ledgers:{name}", args=[each.pk])).status_code == 200, (name, each.status)
    pages = [
        (client, reverse("ledgers:ledger_list")),
        (client, reverse("ledgers:ledger_edit", args=[pending.pk])),
        (client, reverse("ledgers:ledger_edit", args=[change.pk])),
        (client, reverse("ledgers:ledger_submit", args=[change.pk])),
        (client, reverse("ledgers:ledger_withdraw", args=[change.pk])),
        (client, reverse("ledgers:ledger_change", args=[force.pk])),
        (uw, reverse("ledgers:ledger_decide", args=[review.pk])),
        (uh, reverse("ledgers:ledger_void", args=[force.pk])),
        (client, reverse("ledgers:project_list")),
        (client, reverse("ledgers:project_new")),
        (client, reverse("ledgers:project_detail", args=[project.pk])),
        (client, reverse("ledgers:project_edit", args=[project.pk])),
        (client, reverse("ledgers:project_completion", args=[project.pk])),
        (client, reverse("ledgers:punch_list")),
        (client, reverse("ledgers:punch_new")),
        (client, reverse("ledgers:punch_new") + f"?project={project.pk}"),
        (client, reverse("ledgers:punch_detail", args=[open_item.pk])),
        (client, reverse("ledgers:punch_edit", args=[open_item.pk])),
        (client, reverse("ledgers:punch_finish", args=[open_item.pk])),
        (uw, reverse("ledgers:punch_close", args=[done_item.pk])),
        (uw, reverse("ledgers:punch_reopen", args=[done_item.pk])),
        (uw, reverse("ledgers:punch_void", args=[open_item.pk])),
        (gh, reverse("ledgers:ledger_settings")),
        (uw, reverse("search") + "?q=中学"),
        (uw, reverse("search") + "?q=地漏"),
    ]
    for who, url in pages:
        response = who.get(url)
        assert response.status_code == 200, (url, response.content[:3000].decode())
