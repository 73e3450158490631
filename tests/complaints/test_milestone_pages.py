"""A milestone's pages: at the building site, by its posts, with photos; what they refuse, how many queries they ask."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from complaints.models import Milestone, Plan, Progress
from complaints.services.milestones import record_progress
from complaints.services.planning import change_plan, submit_plan
from tests.complaints.factories import NOW, decide, node, picture, rectifying, write_plan
from tests.complaints.pages import MOST, as_user, page, queries
from tests.personas import Personas
from workflow.models import Evidence, Transition

pytestmark = pytest.mark.django_db
M = Milestone.Status
READERS = ("pe11", "pm11", "pw11", "uw1", "uh1", "ul1", "ug1", "gw", "gh", "sub1")
DONE = {"done_on": "2026-03-10", "text": "自检合格"}
STEP = {"percent": "40", "text": "东侧完成"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def the_milestone(personas: Personas) -> Milestone:
    return Milestone.objects.get(plan_version__plan__complaint=rectifying(personas))


@pytest.mark.clause("5.6.1")
def test_the_post_can_and_every_other_cannot(personas: Personas) -> None:
    row = the_milestone(personas)
    before = Transition.objects.count()
    for login in READERS:
        client = as_user(personas, login)
        assert client.get(page("milestone_detail", row.pk)).status_code == 200, login
        for name, data in (("milestone_progress", STEP), ("milestone_finish", DONE)):
            expected = 200 if login == "pe11" else 403
            assert client.get(page(name, row.pk)).status_code == expected, (login, name)
            if login != "pe11":
                assert client.post(page(name, row.pk), data).status_code == 403, (login, name)
    for login in ("pe21", "pw12", "uw2", "ul2", "ud2", "auditor", "outsider"):
        client = as_user(personas, login)
        for name, data in (("milestone_detail", {}), ("milestone_progress", STEP), ("milestone_finish", DONE)):
            assert client.get(page(name, row.pk)).status_code == 404, (login, name)
            assert client.post(page(name, row.pk), data).status_code in (404, 405), (login, name)
    assert Transition.objects.count() == before


@pytest.mark.clause("5.6.1")
def test_progress_with_photos_from_the_phone(personas: Personas) -> None:
    row = the_milestone(personas)
    client = as_user(personas, "pe11")
    form = client.get(page("milestone_progress", row.pk)).content.decode()
    assert 'capture="environment"' in form
    assert "multipart/form-data" in form
    data: dict[str, Any] = STEP | {"photos": [picture("东.png"), picture("西.png")]}
    assert client.post(page("milestone_progress", row.pk), data).status_code == 302
    text = client.get(page("milestone_detail", row.pk)).content.decode()
    assert "东侧完成" in text
    assert "东.png" in text
    assert "西.png" in text
    assert client.post(page("milestone_finish", row.pk), DONE | {"photos": [picture("完.png")]}).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.percent) == (M.DONE, 100)
    for name, again in (("milestone_progress", STEP), ("milestone_finish", DONE)):
        assert client.get(page(name, row.pk)).status_code == 409
        assert client.post(page(name, row.pk), again).status_code == 409


@pytest.mark.parametrize(
    ("name", "data"),
    [("milestone_progress", STEP | {"percent": value}) for value in ("", "x", "-1", "101", "5.5", "9" * 500)]
    + [
        ("milestone_progress", STEP | {"text": ""}),
        ("milestone_progress", STEP | {"text": "a\x00b"}),
        ("milestone_progress", STEP | {"text": "长" * 2001}),
        ("milestone_finish", DONE | {"text": " "}),
        ("milestone_finish", DONE | {"done_on": ""}),
        ("milestone_finish", DONE | {"done_on": "2026-03-11"}),  # tomorrow
        ("milestone_finish", DONE | {"done_on": "2026-02-30"}),
        ("milestone_finish", DONE | {"done_on": "0001-01-01"}),
    ],
)
def test_hostile_input_gets_an_answer(personas: Personas, name: str, data: dict[str, str]) -> None:
    row = the_milestone(personas)
    answer = as_user(personas, "pe11").post(page(name, row.pk), data)
    assert answer.status_code == 422
    assert "error-summary" in answer.content.decode()
    assert not Progress.objects.exists()


def test_a_file_that_is_no_picture_refuses_the_whole_entry(personas: Personas) -> None:
    row = the_milestone(personas)
    wrong = SimpleUploadedFile("照片.png", b"MZ\x90\x00 this is a program")
    data: dict[str, Any] = STEP | {"photos": [picture(), wrong]}
    answer = as_user(personas, "pe11").post(page("milestone_progress", row.pk), data)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "照片.png" in text
    assert "东侧完成" in text  # what was typed is still there
    assert not Evidence.objects.about(row).exists()
    assert not Progress.objects.exists()


def test_the_milestone_of_an_old_version_leads_to_the_one_in_force(personas: Personas) -> None:
    old = the_milestone(personas)
    record_progress(
        milestone_id=old.pk, percent=30, text="已搭架", actor=personas.pe11, now=NOW, photos=[picture("架.png")]
    )
    plan = change_plan(plan_id=old.plan_version.plan_id, reason="材料推迟", actor=personas.pe11, now=NOW)
    assert plan.working is not None
    write_plan(personas, plan.complaint, nodes=[node(pk=plan.working.milestones.get().pk)])
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
    decide(personas, plan, "check", "review", "approve")
    new = Milestone.objects.get(status=M.RUNNING)
    client = as_user(personas, "pe11")
    before = client.get(page("milestone_detail", old.pk)).content.decode()
    assert "该节点不再执行" in before
    assert page("milestone_detail", new.pk) in before
    assert page("milestone_progress", old.pk) not in before
    after = client.get(page("milestone_detail", new.pk)).content.decode()
    assert "已搭架" in after
    assert "架.png" in after
    assert "以前版本中本节点的照片" in after
    assert Plan.objects.get(pk=plan.pk).effective_id == new.plan_version_id


def test_the_page_asks_the_same_whatever_happened(personas: Personas) -> None:
    row = the_milestone(personas)
    url = page("milestone_detail", row.pk)
    client = as_user(personas, "pe11")
    few = queries(client, url)
    for percent in range(10, 60, 10):
        record_progress(
            milestone_id=row.pk,
            percent=percent,
            text="进行",
            actor=personas.pe11,
            now=NOW,
            photos=[picture(), picture()],
        )
    assert queries(client, url) == few
    assert few <= MOST
