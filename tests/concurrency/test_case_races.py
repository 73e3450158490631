"""Two people, one warranty case: exactly one wins; numbers are given once. Real threads on PostgreSQL."""

from typing import Any

import pytest
from django.utils import timezone

from ledgers import clocks as C
from ledgers.models import WarrantyCase
from ledgers.services.case_steps import dispatch_case, record_arrival, return_repair, verify_repair
from ledgers.services.transfer import transfer_project
from tests.concurrency.test_ledger_races import as_new, race
from tests.ledgers.cases import dispatched, opened, photo, repaired, terms
from tests.ledgers.factories import make_project
from tests.personas import Personas, make_personas
from workflow.errors import Conflict
from workflow.models import Clock, Series, Transition

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True), pytest.mark.clause("5.3.3")]
S = WarrantyCase.Status


@pytest.fixture
def people(transactional_db: None) -> Personas:
    return make_personas()


def test_two_dispatch_at_once(people: Personas) -> None:
    now = timezone.now()
    case = opened(people, now=now)

    def dispatch(who: str, firm: str) -> Any:
        limits = terms(now, subcontractor=firm)
        return lambda: dispatch_case(
            case_id=case.pk, dispatch=limits, in_warranty=True, actor=as_new(people[who]), now=timezone.now()
        )

    results = race(dispatch("pm11", "甲"), dispatch("uw1", "乙"))
    winners = [each for each in results if isinstance(each, WarrantyCase)]
    assert len(winners) == 1, results
    assert sum(isinstance(each, Conflict) for each in results) == 1, results
    case.refresh_from_db()
    assert case.subcontractor == winners[0].subcontractor
    assert Clock.objects.about(case).running().get().code == C.CASE_ARRIVE
    assert Transition.objects.about(case).filter(step="dispatch").count() == 1


def test_confirmed_against_returned(people: Personas) -> None:
    now = timezone.now()
    case = repaired(people, now=now)
    day = terms(now).repair_by
    results = race(
        lambda: verify_repair(
            case_id=case.pk,
            client="张",
            satisfaction=5,
            signature=[photo()],
            actor=as_new(people.pw11),
            now=timezone.now(),
        ),
        lambda: return_repair(
            case_id=case.pk, reason="渗水", repair_by=day, actor=as_new(people.uw1), now=timezone.now()
        ),
    )
    assert sum(isinstance(each, Conflict) for each in results) == 1, results
    case.refresh_from_db()
    assert (case.status, case.rework_count) in {(S.DONE, 0), (S.REWORK, 1)}
    assert Clock.objects.about(case).running().count() == case.rework_count


def test_no_number_is_given_twice(people: Personas) -> None:
    now = timezone.now()
    projects = [make_project(people, now=now) for _ in range(4)]
    results = race(*(lambda project=project: opened(people, project, now=now) for project in projects))
    numbers = sorted(each.number for each in results)
    assert [number[-4:] for number in numbers] == ["0001", "0002", "0003", "0004"]
    assert Series.objects.get(name=numbers[0][:-5]).last == 4


def test_an_arrival_against_the_projects_transfer(people: Personas) -> None:
    """Whoever comes first: the clock that runs afterwards is the new department's."""
    now = timezone.now()
    case = dispatched(people, now=now)
    results = race(
        lambda: record_arrival(case_id=case.pk, actor=as_new(people.pe11), now=timezone.now()),
        lambda: transfer_project(
            project_id=case.project_id,
            department=people.unit("U1D2"),
            reason="撤并",
            actor=as_new(people.uh1),
            now=timezone.now(),
        ),
    )
    assert not isinstance(results[1], Exception), results
    case.refresh_from_db()
    clock = Clock.objects.about(case).running().get()
    assert clock.unit.code == "U1D2"
    assert clock.code == (C.CASE_REPAIR if case.status == S.HANDLING else C.CASE_ARRIVE)
