"""The register as a list: reach, filters, tabs, counts that do not grow, saved filters, columns, the schedule view."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from complaints.filters import RegisterFilter
from complaints.models import Complaint, SavedFilter, Verdict
from complaints.selectors import register
from complaints.selectors.register import Count, count_of, counts_of, rows_of, visible_complaints
from tests.complaints.factories import NOW, awaiting_ruling, closed, handling, registered, replied, ruled
from tests.ledgers.factories import make_project
from tests.personas import Personas

pytestmark = pytest.mark.django_db
LIST = reverse("complaints:complaint_list") if False else "/complaints/"
S = Complaint.Status


def login(personas: Personas, who: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(who), "django.contrib.auth.backends.ModelBackend")
    return client


def numbers(personas: Personas, who: str, query: str = "", page: str = LIST) -> set[str]:
    """The numbers of the complaints that the page shows."""
    response = login(personas, who).get(f"{page}?{query}")
    assert response.status_code == 200
    return set(re.findall(r"TS-[A-Z0-9]+-\d{4}-\d{4}", response.content.decode().partition("<tbody>")[2]))


def test_a(personas: Personas) -> None:
    one = registered(personas)
    two = registered(personas, level="group", kind="schedule")
    assert numbers(personas, "uw1") == {one.number, two.number}
    assert numbers(personas, "gw", "kind=schedule") == {two.number}
    assert numbers(personas, "uw2") == set()
    assert numbers(personas, "uw1", "q=渗水") == {one.number, two.number}
    assert numbers(personas, "uw1", "mine=on") == {one.number}
    assert numbers(personas, "uw1", "overdue=on") == {one.number, two.number}
    for name in ("filed=1", "satisfied=yes", "satisfied=no", "satisfied=none", "state=open", "state=ended", "soon=on",
                 "verdict=none", "key=1", "legacy=0", "sort=grade", "sort=-closed", "unit=U1", "department=U1D1", "project=P-00001"):
        numbers(personas, "gw", name)
    assert numbers(personas, "gw", page="/complaints/schedule/") == {two.number}
