"""批量编制: ordering, watching, stopping; a worker killed half-way; no plan is drafted twice (5.2.1, 5.2.2)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from ledgers.models import Project
from organization.models import Unit
from revisits.models import DraftJob, DraftTask, RevisitPlan, Visit
from revisits.services import jobs
from revisits.services.jobs import LEASE, order_drafts, run_next
from revisits.services.planning import LineData, add_line
from tests.personas import Personas
from workflow.models import Transition

from .factories import OPENED, a_ledger, drafted, started, submitted
from .pages import MOST, NEIGHBOURS, READERS, STRANGERS, as_user, page, queries, text_of

pytestmark = pytest.mark.django_db
S = DraftTask.State


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(OPENED, tick=False):
        yield


class Killed(BaseException):
    """What a worker dies of: nothing of the service may catch it."""


def order(personas: Personas, login: str = "uw1", unit: str = "U1") -> DraftJob:
    return order_drafts(unit=personas.unit(unit), year=2026, actor=personas[login], now=OPENED)


def run_all(now: datetime = OPENED) -> int:
    done = 0
    while run_next(now=now):
        done += 1
    return done


def states(job: DraftJob) -> list[str]:
    return list(job.tasks.order_by("pk").values_list("state", flat=True))


# --- ordering


@pytest.mark.clause("5.2.1", "5.2.2")
def test_the_unit_orders_its_own_drafts_and_its_departments(personas: Personas) -> None:
    a_ledger(personas)
    client = as_user(personas, "uw1")
    text = text_of(client, page("job_new"))
    assert "第1建筑公司" in text
    assert "第2建筑公司" not in text
    answer = client.post(page("job_new"), {"unit": personas.unit("U1").pk, "year": "2026"})
    job = DraftJob.objects.get()
    assert answer["Location"] == page("job_detail", job.pk)
    assert set(job.tasks.values_list("plan__unit__code", flat=True)) == {"U1", "U1D1"}
    text = text_of(client, page("job_detail", job.pk))
    assert 'hx-trigger="every 2s"' in text
    assert "0 / 2" in text
    assert run_all() == 2
    text = text_of(client, page("job_detail", job.pk))
    assert "已编制完毕" in text
    assert "hx-trigger" not in text.split('id="job-progress"')[1].split(">")[0]
    assert set(Visit.objects.values_list("plan__unit__code", flat=True)) == {"U1", "U1D1"}


@pytest.mark.clause("5.2.1")
def test_the_group_orders_for_everybody(personas: Personas) -> None:
    a_ledger(personas)
    client = as_user(personas, "gw")
    assert personas.unit("G").name in text_of(client, page("job_new"))
    client.post(page("job_new"), {"unit": personas.unit("G").pk, "year": "2026"})
    assert DraftJob.objects.get().total == 2
    assert run_all() == 2
    assert RevisitPlan.objects.filter(status="draft").count() == 2  # who drafts goes on: nothing is handed in


@pytest.mark.clause("G2")
def test_nobody_else_orders(personas: Personas) -> None:
    a_ledger(personas)
    data = {"unit": personas.unit("U1").pk, "year": "2026"}
    for login in (*sorted({*READERS} - {"uw1", "gw"}), *STRANGERS):
        assert as_user(personas, login).get(page("job_new")).status_code == 403, login
        assert as_user(personas, login).post(page("job_new"), data).status_code == 403, login
    for login, unit in (("uw2", "U1"), ("uw1", "G"), ("uw1", "U2"), ("uw1", "U1D1")):
        answer = as_user(personas, login).post(page("job_new"), {"unit": personas.unit(unit).pk, "year": "2026"})
        assert answer.status_code == 422, (login, unit)
    for data in ({}, {"unit": "x", "year": "2026"}, {"unit": personas.unit("U1").pk, "year": "1999"}):
        assert as_user(personas, "uw1").post(page("job_new"), data).status_code == 422, data
    assert not DraftJob.objects.exists()


def test_nothing_to_draft_is_said(personas: Personas) -> None:
    a_ledger(personas)
    drafted(personas)
    submitted(personas, unit="U1D1")
    answer = as_user(personas, "uw1").post(page("job_new"), {"unit": personas.unit("U1").pk, "year": "2026"})
    assert answer.status_code == 409
    assert "没有需要编制的计划" in answer.content.decode()


# --- watching


@pytest.mark.clause("G2")
def test_each_sees_their_part_of_a_job(personas: Personas) -> None:
    a_ledger(personas)
    job = order(personas, "gw", "G")
    run_all()
    for login in READERS:
        client = as_user(personas, login)
        assert page("job_detail", job.pk) in text_of(client, page("job_list")), login
        text = text_of(client, page("job_detail", job.pk))
        assert ("1 / 1" if login in ("pw11", "pm11", "pe11") else "2 / 2") in text, login
    for login in NEIGHBOURS:
        assert page("job_detail", job.pk) not in text_of(as_user(personas, login), page("job_list"))
        assert as_user(personas, login).get(page("job_detail", job.pk)).status_code == 404
        assert as_user(personas, login).post(page("job_stop", job.pk)).status_code == 404
    for login in STRANGERS:
        assert as_user(personas, login).get(page("job_list")).status_code == 403
        assert as_user(personas, login).get(page("job_detail", job.pk)).status_code == 404


def test_the_page_asks_for_the_progress_until_it_is_over(personas: Personas) -> None:
    a_ledger(personas)
    job = order(personas)
    client, url = as_user(personas, "uw1"), page("job_detail", job.pk)
    run_next(now=OPENED)
    answer = client.get(url, headers={"HX-Request": "true"})
    assert "1 / 2" in answer.content.decode()
    assert "<html" not in answer.content.decode()
    assert "HX-Refresh" not in answer.headers
    run_next(now=OPENED)
    assert client.get(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"


def test_the_pages_ask_the_same_for_two_plans_and_for_fifty(personas: Personas) -> None:
    a_ledger(personas)
    job = order(personas)
    client = as_user(personas, "uw1")
    few = [queries(client, page("job_list")), queries(client, page("job_detail", job.pk))]
    above = personas.unit("U1")
    for number in range(48):
        child = above.add_child(code=f"U1X{number}", name=f"项目经理部 {number}", tier="department")
        unit = Unit.objects.get(pk=child.pk)
        plan = RevisitPlan.objects.create(unit=unit, level="department", year=2026, opened_at=OPENED)
        DraftTask.objects.create(job=job, plan=plan)
        DraftJob.objects.create(year=2026, ordered_by=personas.uw1, ordered_at=OPENED).tasks.create(plan=plan)
    many = [queries(client, page("job_list")), queries(client, page("job_detail", job.pk))]
    assert many == few
    assert max(many) <= MOST


# --- stopping


def test_who_ordered_stops_what_has_not_begun(personas: Personas) -> None:
    a_ledger(personas)
    job = order(personas)
    run_next(now=OPENED)
    assert as_user(personas, "uh1").post(page("job_stop", job.pk)).status_code == 403
    assert as_user(personas, "gw").post(page("job_stop", job.pk)).status_code == 403
    client = as_user(personas, "uw1")
    assert page("job_stop", job.pk) in text_of(client, page("job_detail", job.pk))
    assert page("job_stop", job.pk) not in text_of(as_user(personas, "gw"), page("job_detail", job.pk))
    assert client.get(page("job_stop", job.pk)).status_code == 405
    assert client.post(page("job_stop", job.pk)).status_code == 302
    assert states(job) == [S.DONE, S.SKIPPED]
    assert run_all() == 0
    assert "已停止" in text_of(client, page("job_detail", job.pk))
    assert "已停止" in text_of(client, page("job_list"))
    assert order(personas).total == 1  # what was stopped may be ordered again


# --- a worker is killed


def test_killed_before_the_lines_are_written(personas: Personas, monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim grows stale; the next run drafts the plan, once."""
    a_ledger(personas)
    job = order(personas)

    def dies(**_: Any) -> RevisitPlan:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "draft_plan", dies)
        with pytest.raises(Killed):
            run_next(now=OPENED)
    assert states(job) == [S.RUNNING, S.WAITING]
    assert run_all() == 1  # the other plan; the first is still held
    later = OPENED + LEASE + timedelta(seconds=1)
    with time_machine.travel(later, tick=False):
        assert "第 1 次编制中断,将自动重新编制" in text_of(as_user(personas, "uw1"), page("job_detail", job.pk))
        assert run_all(later) == 1
        assert states(job) == [S.DONE, S.DONE]
        assert "第 2 次编制" in text_of(as_user(personas, "uw1"), page("job_detail", job.pk))
    assert prepared() == 2


def test_killed_between_the_lines_and_the_word_that_they_are_written(
    personas: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are one fact: nothing of the first run is left, so the second does not draft the plan twice."""
    a_ledger(personas)
    job = order(personas)

    def dies(*_: Any) -> bool:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "_finish", dies)
        with pytest.raises(Killed):
            run_next(now=OPENED)
    assert not Visit.objects.exists()
    assert run_all(OPENED + LEASE + timedelta(seconds=1)) == 2
    assert states(job) == [S.DONE, S.DONE]
    assert prepared() == 2


def test_a_slow_worker_whose_plan_was_taken_over_takes_its_lines_back(
    personas: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_ledger(personas)
    job = order(personas)
    claim = jobs._claim

    def slow(now: datetime) -> DraftTask | None:
        task = claim(now)
        assert task is not None
        DraftTask.objects.filter(pk=task.pk).update(attempt=2)  # its lease ran out, and another took it
        return task

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "_claim", slow)
        assert run_next(now=OPENED)
    first = job.tasks.order_by("pk")[0]
    assert first.state == S.RUNNING  # the other's
    assert not first.plan.visits.exists()


def test_a_plan_that_fails_again_and_again_is_given_up_and_named(
    personas: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_ledger(personas)
    job = order(personas)
    bad = job.tasks.order_by("pk")[0].plan_id
    draft = jobs.draft_plan

    def dies(**given: Any) -> RevisitPlan:
        if given["plan_id"] == bad:
            raise Killed
        return draft(**given)

    monkeypatch.setattr(jobs, "draft_plan", dies)
    now = OPENED
    for _ in range(jobs.ATTEMPTS):
        with pytest.raises(Killed):
            run_next(now=now)
        now += LEASE + timedelta(seconds=1)
    assert run_all(now) == 1
    assert states(job) == [S.FAILED, S.DONE]
    with time_machine.travel(now, tick=False):
        text = text_of(as_user(personas, "uw1"), f"{page('job_detail', job.pk)}?state=failed")
    assert "多次尝试都没有完成" in text
    assert "共尝试 3 次" in text


def test_what_somebody_wrote_meanwhile_is_left_alone(personas: Personas) -> None:
    a_ledger(personas)
    plan = started(personas)
    job = order(personas)
    line = LineData(Project.objects.get().pk, OPENED.date().replace(month=5), "phone", personas.uw1.pk)
    add_line(plan_id=plan.pk, line=line, actor=personas.uw1, now=OPENED)
    run_all()
    task = job.tasks.get(plan=plan)
    assert (task.state, task.note) == (S.SKIPPED, "计划中已有回访安排,没有改动。")
    assert plan.visits.count() == 1
    assert "已有回访安排" in text_of(as_user(personas, "uw1"), page("job_detail", job.pk))


def prepared() -> int:
    """How often a plan was drafted by a job, as its history tells."""
    return Transition.objects.filter(step="prepare").count()
