"""A complaint's page: every state opens for everybody who may see it, in few queries, and says what is to be done."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.models import Complaint
from tests.complaints.factories import NOW, complaint_in
from tests.personas import Personas

pytestmark = pytest.mark.django_db
S = Complaint.Status
SEEING = ("pw11", "pe11", "pm11", "uw1", "uh1", "ul1", "ug1", "gw", "gh", "gl")
MAX_QUERIES = 15


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def as_user(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(login))
    return client


def page(client: Client, name: str, pk: int, **headers: str) -> Any:
    return client.get(reverse(f"complaints:{name}", args=[pk]), headers=headers)


@pytest.mark.parametrize("status", S)
def test_a_complaint_opens_in_every_state(personas: Personas, status: str) -> None:
    complaint = complaint_in(personas, status)
    for login in SEEING:
        assert page(as_user(personas, login), "complaint_detail", complaint.pk).status_code == 200, login
    for name in ("complaint_handling", "complaint_timeline"):
        assert page(as_user(personas, "pe11"), name, complaint.pk).status_code == 200, name
    for login in ("uw2", "pw12", "outsider", "auditor"):
        assert page(as_user(personas, login), "complaint_detail", complaint.pk).status_code == 404, login


@pytest.mark.parametrize("status", S)
def test_the_pages_take_few_queries_in_every_state(personas: Personas, status: str) -> None:
    complaint = complaint_in(personas, status)
    told = []
    for login in ("pe11", "uw1", "uh1", "gw", "ud1"):
        client = as_user(personas, login)
        for name in ("complaint_detail", "complaint_handling", "complaint_timeline"):
            if page(client, name, complaint.pk).status_code == 404:
                continue
            with CaptureQueriesContext(connection) as captured:
                page(client, name, complaint.pk)
            if len(captured) > MAX_QUERIES:
                told.append((login, name, len(captured), [q["sql"][:300] for q in captured.captured_queries]))
    assert not told, told
