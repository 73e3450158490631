"""Two imports of the same numbers, two runs of the same job: real threads on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from ledgers.models import Ledger, LedgerVersion, Project
from ledgers.services import import_jobs, importing
from ledgers.services.import_jobs import confirm_import, run_import
from ledgers.services.importing import import_ledgers
from organization.models import User
from tests.ledgers.factories import NOW
from tests.ledgers.test_import_service import upload
from tests.ledgers.workbooks import ledger, write_list
from tests.personas import Personas, make_personas

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(transactional_db: None) -> Personas:
    return make_personas()


def together(*calls: Callable[[], Any]) -> list[Any]:
    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result(timeout=60) for done in [pool.submit(run, call) for call in calls]]


@pytest.mark.clause("5.1.1")
@pytest.mark.parametrize("registered", [False, True])
def test_two_imports_of_the_same_numbers(
    people: Personas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registered: bool
) -> None:
    """Both have checked the same state; one saves all, the other reads which numbers are taken. Opposite orders."""
    if registered:
        from tests.ledgers.factories import make_ledger

        for n in range(20):
            make_ledger(people, code=f"P-{n:02}")
    rows = [ledger(f"P-{n:02}") for n in range(20)]
    paths = write_list(tmp_path / "a.xlsx", rows), write_list(tmp_path / "b.xlsx", rows[::-1])
    start, real = Barrier(2), importing.check_workbook
    waited: list[int] = []

    def check(**given: Any) -> Any:
        parsed = real(**given)
        if len(waited) < 2:
            waited.append(1)
            start.wait(timeout=20)
        return parsed

    monkeypatch.setattr(importing, "check_workbook", check)
    monkeypatch.setattr(importing, "CHUNK", 5)
    actors = [User.objects.get(pk=people[login].pk) for login in ("pw11", "uw1")]
    done = together(
        *(
            lambda path=path, actor=actor: import_ledgers(path=path, department=None, actor=actor, now=NOW)
            for path, actor in zip(paths, actors, strict=True)
        )
    )
    assert sorted(each.saved for each in done) == [0, 20]
    loser = next(each for each in done if not each.saved)
    assert all("已经存在" in row.errors[0].message for row in loser.parsed.rows)
    assert Project.objects.count() == Ledger.objects.count() == LedgerVersion.objects.count() == 20


def test_two_runs_of_one_job(people: Personas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow run whose claim grew stale, and the one that took it over: one of them saves."""
    job = upload(write_list(tmp_path / "a.xlsx", [ledger(f"P-{n}") for n in range(5)]), people.pw11)
    confirm_import(import_id=job.pk, partial=False, actor=people.pw11, now=NOW)
    both, real = Barrier(2), importing.check_workbook

    def check(**given: Any) -> Any:
        parsed = real(**given)
        both.wait(timeout=20)
        return parsed

    monkeypatch.setattr(importing, "check_workbook", check)
    later = NOW + import_jobs.LEASE + timedelta(seconds=1)

    def second() -> None:
        while not job.__class__.objects.filter(pk=job.pk, attempt=1).exists():
            pass
        run_import(import_id=job.pk, now=later)

    together(lambda: run_import(import_id=job.pk, now=NOW), second)
    job.refresh_from_db()
    assert (job.state, job.attempt, job.saved, Ledger.objects.count()) == ("saved", 2, 5, 5)
