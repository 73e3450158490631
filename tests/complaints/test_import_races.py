"""One import confirmed twice at once, two of the same register, one against a registration: real threads."""

from collections.abc import Callable
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from complaints.models import Complaint, ComplaintImport
from complaints.services import import_jobs
from complaints.services.registration import register_complaint
from organization.models import User
from tests.complaints.factories import NOW, entry
from tests.complaints.test_import import start
from tests.complaints.workbooks import finished, unfinished, write_register
from tests.concurrency.test_ledger_races import race
from tests.ledgers.factories import make_project
from tests.personas import Personas, make_personas
from workflow.errors import Conflict

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
S = ComplaintImport.State


@pytest.fixture
def people(transactional_db: None) -> Personas:
    return make_personas()


@pytest.fixture
def read_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have read the file before either locks anything."""
    barrier, real = Barrier(2), import_jobs._read_again

    def read(*given: Any) -> Any:
        register = real(*given)
        barrier.wait(timeout=20)
        return register

    monkeypatch.setattr(import_jobs, "_read_again", read)


def confirm(job: ComplaintImport, actor: User) -> Callable[[], ComplaintImport]:
    return lambda: import_jobs.confirm_import(
        import_id=job.pk, partial=False, actor=User.objects.get(pk=actor.pk), now=NOW
    )


@pytest.mark.clause("5.4.1")
@pytest.mark.usefixtures("read_together")
def test_confirmed_twice_at_once_is_saved_once(people: Personas, tmp_path: Path) -> None:
    rows = [finished(make_project(people), number=str(n), complainant=f"业主{n}") for n in range(20)]
    job = start(people, write_register(tmp_path / "a.xlsx", rows))
    results = race(confirm(job, people.uw1), confirm(job, people.uw1))
    assert sorted(type(result).__name__ for result in results) == ["ComplaintImport", "Conflict"], results
    assert Complaint.objects.count() == 20


@pytest.mark.clause("5.4.1")
@pytest.mark.usefixtures("read_together")
@pytest.mark.parametrize("numbered", [True, False])
def test_the_same_register_from_two_people_is_saved_once(people: Personas, tmp_path: Path, numbered: bool) -> None:
    projects = [make_project(people) for _ in range(5)]
    rows = [
        finished(projects[n % 5], number=str(n) if numbered else "", complainant=f"业主{n}", level="二级单位")
        for n in range(20)
    ]
    one = start(people, write_register(tmp_path / "a.xlsx", rows))
    other = start(people, write_register(tmp_path / "b.xlsx", rows[::-1]), "gw")
    results = race(confirm(one, people.uw1), confirm(other, people.gw))
    states = [result.state for result in results if isinstance(result, ComplaintImport)]
    assert states.count(S.SAVED) == 1, results
    assert all(isinstance(result, Conflict) or result.state in (S.SAVED, S.PREVIEW) for result in results)
    assert Complaint.objects.count() == 20


@pytest.mark.clause("5.4.1")
def test_an_import_against_the_registration_of_the_same_complaint(people: Personas, tmp_path: Path) -> None:
    """Whoever is first has it; the import then shows the row, and the register holds the complaint once, or it was
    registered by hand after the import, as a person may."""
    project = make_project(people)
    same = {"received_at": "2026-03-10 09:00", "complainant": "周业主"}
    job = start(people, write_register(tmp_path / "a.xlsx", [unfinished(project, number="", **same)]))

    def register() -> Complaint:
        actor = User.objects.get(pk=people.uw1.pk)
        return register_complaint(project=project, values=entry(), demands=["修好"], actor=actor, now=NOW)

    imported, made = race(confirm(job, people.uw1), register)
    assert isinstance(made, Complaint)
    numbers = list(Complaint.objects.order_by("number").values_list("number", flat=True))
    assert len(set(numbers)) == len(numbers)
    if imported.state == S.PREVIEW:
        assert numbers == [made.number]
        assert "再次检查" in imported.note
    else:
        assert numbers == ["TS-U1-2026-0001", "TS-U1-2026-0002"]
