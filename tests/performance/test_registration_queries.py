"""A registration costs the same few queries, whoever makes it; so do the clocks and notices of one step."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from complaints.models import Complaint
from complaints.services.registration import register_complaint
from tests.complaints.factories import DEMANDS, NOW, entry, registered
from tests.ledgers.factories import make_project
from tests.personas import Personas
from workflow.models import Clock, Notice

pytestmark = pytest.mark.django_db

MAX_QUERIES = 26


@pytest.mark.parametrize(("login", "level"), [("uw1", "unit"), ("gw", "group")])
def test_a_registration(personas: Personas, login: str, level: str) -> None:
    registered(personas, level=level)  # what is remembered per process
    project = make_project(personas, now=NOW)
    with CaptureQueriesContext(connection) as queries:
        complaint = register_complaint(
            project=project, values=entry(level=level), demands=DEMANDS * 5, actor=personas[login], now=NOW
        )
    assert Clock.objects.of_case(complaint).running().count() == 2
    assert Notice.objects.filter(object_id=complaint.pk, kind="duty").exists()
    assert Notice.objects.filter(object_id=complaint.pk, kind="step").exists()
    assert len(queries) <= MAX_QUERIES, [query["sql"][:100] for query in queries]


def test_no_more_with_many_complaints_there(personas: Personas) -> None:
    def count(number: int) -> int:
        for _ in range(number):
            registered(personas)
        project = make_project(personas, now=NOW)
        with CaptureQueriesContext(connection) as queries:
            register_complaint(project=project, values=entry(), demands=DEMANDS, actor=personas.uw1, now=NOW)
        return len(queries)

    assert count(1) == count(10)
    assert Complaint.objects.count() == 13
