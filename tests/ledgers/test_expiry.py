"""The calendar's moves, one day either side: a warranty ends, a key project's year of after-care ends."""

from datetime import date, timedelta

import pytest

from ledgers.models import Ledger
from ledgers.services.expiry import expire_warranties
from ledgers.services.punch import decide_punch_item, finish_punch_item
from ledgers.services.review import propose_change
from tests.ledgers.factories import END, NOW, at, effective, punch_item
from tests.personas import Personas
from workflow.models import Transition

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.1.1", "5.2.1c")]
S = Ledger.Status


def on(day: date) -> Ledger:
    """Run as the beat does, ten past midnight; the only ledger afterwards."""
    expire_warranties(now=at(day.day, 0, day.month, day.year) + timedelta(minutes=10))
    return Ledger.objects.get()


def run_until(first: date, days: int = 4) -> Ledger:
    for offset in range(days):
        ledger = on(first + timedelta(days=offset))
    return ledger


def test_the_last_day_still_counts_and_the_next_expires(personas: Personas) -> None:
    effective(personas)
    assert on(END).status == S.EFFECTIVE
    ledger = on(END + timedelta(days=1))
    assert ledger.status in {S.EXPIRED, S.ARCHIVED}
    step = Transition.objects.about(ledger).get(step="expire")
    assert step.actor is None
    assert step.who == "系统"


def test_an_ordinary_project_is_archived_after_expiry(personas: Personas) -> None:
    effective(personas)
    assert run_until(END + timedelta(days=1)).status == S.ARCHIVED


def test_a_key_project_stays_for_a_year(personas: Personas) -> None:
    effective(personas, header={"key": True})
    assert run_until(END + timedelta(days=1)).status == S.AFTERCARE
    year_later = END.replace(year=END.year + 1)
    assert on(year_later).status == S.AFTERCARE, "the last day of the year of after-care"
    assert on(year_later + timedelta(days=1)).status == S.ARCHIVED


def test_an_open_punch_item_keeps_it_from_the_archive(personas: Personas) -> None:
    ledger = effective(personas)
    item = punch_item(personas, ledger.project)
    assert run_until(END + timedelta(days=1)).status == S.EXPIRED
    finish_punch_item(item_id=item.pk, done_on=NOW.date(), measures="已整改", actor=personas.pw11, now=NOW)
    assert run_until(END + timedelta(days=10)).status == S.EXPIRED, "finished is not closed yet"
    decide_punch_item(item_id=item.pk, step="close", remark="", actor=personas.uw1, now=NOW)
    assert run_until(END + timedelta(days=20)).status == S.ARCHIVED


def test_a_pause_is_caught_up_and_a_second_run_changes_nothing(personas: Personas) -> None:
    effective(personas)
    late = END + timedelta(days=200)
    assert run_until(late).status == S.ARCHIVED
    before = Transition.objects.count()
    assert expire_warranties(now=at(1, 0, 12, 2031)) == {"expire": 0, "follow_up": 0, "archive": 0}
    assert Transition.objects.count() == before


def test_a_change_under_way_finishes_first(personas: Personas) -> None:
    ledger = effective(personas)
    propose_change(ledger_id=ledger.pk, reason="延长保修期", actor=personas.pw11, now=NOW)
    assert on(END + timedelta(days=5)).status == S.CHANGING
