"""2.2.1: how timely (到场, 处理) and how thorough the repairs were, as the clocks keep it."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledgers.models import WarrantyCase
from ledgers.selectors.cases import CaseFigures, case_figures
from ledgers.services.case_steps import change_dispatch, record_arrival
from tests.ledgers.cases import (
    arrived,
    confirm,
    dispatched,
    finish,
    opened,
    rejected,
    repaired,
    returned,
    terms,
    verified,
    voided,
)
from tests.ledgers.factories import NOW
from tests.personas import Personas

pytestmark = [pytest.mark.django_db, pytest.mark.clause("2.2.1")]


@pytest.fixture
def an_hour_later() -> Iterator[None]:
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


def figures(start: date | None = None, end: date | None = None) -> CaseFigures:
    return case_figures(WarrantyCase.objects.all(), start, end)


def test_nothing_reported_is_nought_of_nought() -> None:
    assert figures() == CaseFigures(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


@pytest.mark.usefixtures("an_hour_later")
def test_counted_by_hand(personas: Personas) -> None:
    late = NOW + timedelta(days=20)
    opened(personas)
    dispatched(personas)  # its arrival is not due yet
    arrived(personas)  # in time; its repair is not due yet
    arrived(personas, now=NOW + timedelta(hours=25), dispatched_at=NOW)  # an hour late
    verified(personas, satisfaction=4)
    verified(personas, satisfaction=3)
    finish(personas, arrived(personas), now=late)  # in time at the site, late with the repair
    returned(personas)
    rejected(personas)
    voided(personas)
    assert figures() == CaseFigures(
        reported=9,
        arrived=6,
        arrived_in_time=5,
        repaired=4,
        repaired_in_time=3,
        reworked=1,
        rejected=1,
        confirmed=2,
        satisfied=1,
        voided=1,
    )


@pytest.mark.usefixtures("an_hour_later")
def test_a_limit_that_was_moved_after_it_was_missed_stays_missed(personas: Personas) -> None:
    case = dispatched(personas)
    now = NOW + timedelta(hours=30)
    dispatch = terms(arrive_by=now + timedelta(hours=9))
    change_dispatch(case_id=case.pk, dispatch=dispatch, reason="材料未到", actor=personas.pm11, now=now)
    record_arrival(case_id=case.pk, actor=personas.pe11, now=now + timedelta(hours=1))
    found = figures()
    assert (found.arrived, found.arrived_in_time) == (1, 0)


@pytest.mark.usefixtures("an_hour_later")
def test_an_arrival_that_is_due_and_not_made_counts_as_late(personas: Personas) -> None:
    dispatched(personas, now=NOW - timedelta(days=3))
    found = figures()
    assert (found.arrived, found.arrived_in_time) == (1, 0)


def test_by_the_day_of_the_report_in_beijing(personas: Personas) -> None:
    midnight = NOW.replace(hour=0)
    for moment in (midnight - timedelta(seconds=1), midnight, midnight + timedelta(days=1)):
        opened(personas, now=moment)
    assert figures(date(2026, 3, 10), date(2026, 3, 10)).reported == 1
    assert figures(None, date(2026, 3, 10)).reported == 2
    assert figures(date(2026, 3, 10), None).reported == 2


def test_one_query_whatever_there_is(personas: Personas) -> None:
    confirm(personas, repaired(personas))
    with CaptureQueriesContext(connection) as queries:
        figures()
    assert len(queries) == 1
