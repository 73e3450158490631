"""What looks like the complaint that is being entered: duplicates, earlier ones of the matter, nothing out of reach."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.models import Complaint
from tests.complaints.factories import EVENT, NOW, closed, entry, merged, registered
from tests.ledgers.factories import make_project
from tests.personas import Personas

URL = "/complaints/similar/"


def client_for(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas[login], backend="django.contrib.auth.backends.ModelBackend")
    return client


def ask(personas: Personas, project: Any, login: str = "uw1", **values: str) -> str:
    sent = {"project": str(getattr(project, "pk", project)), "kind": "warranty", "event": EVENT} | values
    return str(client_for(personas, login).post(URL, sent).content.decode())


@pytest.mark.clause("5.4.1")
def test_a_likely_duplicate_is_named_with_its_state(personas: Personas) -> None:
    complaint = registered(personas)
    page = ask(personas, complaint.project, event="地下室外墙渗水,车位用不了")
    assert "疑似重复" in page
    assert complaint.number in page
    assert f"/complaints/{complaint.pk}/" in page
    assert "已登记" in page
    assert "2026-03-10 10:00" in page
    assert complaint.event[:20] in page
    assert complaint.phone not in page
    assert complaint.complainant not in page


@pytest.mark.clause("5.8.2")
def test_an_earlier_one_of_the_matter_may_make_it_a_second(personas: Personas) -> None:
    complaint = closed(personas)
    page = ask(personas, complaint.project)
    assert "可能为二次投诉" in page
    assert "疑似重复" not in page, "what is closed is no duplicate"
    assert "可能为二次投诉" not in ask(personas, complaint.project, kind="safety")


def test_something_else_of_the_project_is_listed_without_a_mark(personas: Personas) -> None:
    complaint = registered(personas, event="塔吊夜间施工噪声扰民")
    page = ask(personas, complaint.project, event="电梯停运")
    assert complaint.number in page
    assert "疑似重复" not in page


def test_the_most_alike_come_first_and_merged_ones_not_at_all(personas: Personas) -> None:
    gone = merged(personas)
    project = gone.project
    alike = gone.merge_into
    other = registered(personas, project=project, event="电梯停运", now=NOW + timedelta(hours=1))
    page = ask(personas, project)
    assert gone.number not in page
    assert page.index(alike.number) < page.index(other.number)


@pytest.mark.clause("G2")
def test_nothing_out_of_reach_is_shown(personas: Personas) -> None:
    theirs = registered(personas, project=make_project(personas, unit="U2D1", actor="pw21"), actor="uw2")
    assert theirs.number not in ask(personas, theirs.project)
    assert theirs.number in ask(personas, theirs.project, "gw")
    assert theirs.number in ask(personas, theirs.project, "uw2")
    for login in ("pe11", "uh1", "ud1", "outsider"):
        assert client_for(personas, login).post(URL, {"project": theirs.project.pk}).status_code == 403


@pytest.mark.parametrize("project", ["", "0", "x", "²", "9" * 40, "\x00", "-1"])
def test_a_wrong_project_finds_nothing(personas: Personas, project: str) -> None:
    registered(personas)
    assert ask(personas, project).strip() == ""


@pytest.mark.parametrize("event", ["", "\x00" * 50, "渗" * 100_000, "<script>alert(1)</script>", "%' OR 1=1 --"])
def test_any_text_is_taken(personas: Personas, event: str) -> None:
    complaint = registered(personas, event="<b>渗水</b>")
    page = ask(personas, complaint.project, event=event)
    assert complaint.number in page
    assert "<b>渗水" not in page


def test_the_page_costs_the_same_for_two_and_for_many(personas: Personas) -> None:
    project = make_project(personas)
    client = client_for(personas, "uw1")

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.post(URL, {"project": project.pk, "event": EVENT})
        return len(caught)

    registered(personas, project=project)
    queries()
    one = queries()
    for _ in range(6):
        registered(personas, project=project)
    assert queries() == one
    assert one <= 8
    assert Complaint.objects.count() == 7


def test_the_registration_page_shows_them_after_an_error(personas: Personas) -> None:
    complaint = registered(personas)
    sent = entry(event=EVENT) | {
        "received_at": "", "project": complaint.project_id, "demands-TOTAL_FORMS": "0", "demands-INITIAL_FORMS": "0",
    }  # fmt: skip
    response = client_for(personas, "uw1").post("/complaints/new/", sent)
    assert response.status_code == 422
    assert "疑似重复" in str(response.content.decode())
