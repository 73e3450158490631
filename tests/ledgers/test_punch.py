"""R-3.3.4: a problem of the pre-acceptance, from its registration to 销项."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from ledgers import clocks as C
from ledgers.models import PunchItem
from ledgers.services.punch import decide_punch_item, edit_punch_item, finish_punch_item
from tests.ledgers.factories import NOW, at, finished, make_project, punch_item
from tests.personas import Personas
from workflow.errors import Conflict, Refused
from workflow.models import Clock, Outcome, Transition

pytestmark = [pytest.mark.django_db, pytest.mark.clause("3.3.4")]
S = PunchItem.Status


def clock_of(item: PunchItem, code: str = C.PUNCH) -> Clock:
    return Clock.objects.about(item).running().get(code=code)


def decide(personas: Personas, item: PunchItem, step: str, who: str, remark: str = "") -> PunchItem:
    return decide_punch_item(item_id=item.pk, step=step, remark=remark, actor=personas[who], now=NOW)


def test_the_clock_runs_to_the_end_of_the_required_day(personas: Personas) -> None:
    item = punch_item(personas, due_on=date(2026, 3, 20))
    assert clock_of(item).due_at == at(21, hour=0)


def test_finished_by_the_department_closed_by_the_unit(personas: Personas) -> None:
    item = finished(personas)
    assert item.status == S.DONE
    assert clock_of(item, C.PUNCH_CLOSE).post_id == "UW"
    item = decide(personas, item, "close", "uw1")
    assert (item.status, item.closed_by, item.closed_at) == (S.CLOSED, personas.uw1, NOW)
    assert not Clock.objects.about(item).running().exists()


def test_returned_in_a_new_round_with_its_reason(personas: Personas) -> None:
    item = finished(personas)
    with pytest.raises(Refused):
        decide(personas, item, "reopen", "uw1")
    item = decide(personas, item, "reopen", "uw1", "仍有渗水")
    assert (item.status, item.round, item.done_on) == (S.OPEN, 2, None)
    assert clock_of(item).round == 2


@pytest.mark.clause("G5")
def test_whoever_finished_it_does_not_close_it(personas: Personas) -> None:
    item = punch_item(personas, actor="pw11")
    finish_punch_item(item_id=item.pk, done_on=NOW.date(), measures="已整改", actor=personas.uw1, now=NOW)
    with pytest.raises(PermissionDenied, match="职责分离"):
        decide(personas, item, "close", "uw1")
    assert decide(personas, item, "close", "uh1").status == S.CLOSED


def test_a_new_due_date_moves_the_clock_and_keeps_the_old_one(personas: Personas) -> None:
    item = punch_item(personas)
    edit_punch_item(item_id=item.pk, values={"due_on": date(2026, 3, 25)}, actor=personas.uw1, now=NOW)
    assert clock_of(item).due_at == at(26, hour=0)
    old = Clock.objects.about(item).get(stopped_at__isnull=False)
    assert (old.outcome, old.due_at) == (Outcome.CANCELLED, at(21, hour=0))
    change = Transition.objects.about(item).get(step="reschedule").changes
    assert change == [{"field": "要求完成日期", "old": "2026-03-20", "new": "2026-03-25"}]


def test_an_edit_without_a_new_date_keeps_the_clock(personas: Personas) -> None:
    item = punch_item(personas)
    before = clock_of(item).pk
    edit_punch_item(item_id=item.pk, values={"place": "5#楼"}, actor=personas.uw1, now=NOW)
    assert clock_of(item).pk == before


@pytest.mark.parametrize(
    ("values", "field"),
    [({"found_on": date(2026, 3, 11)}, "found_on"), ({"due_on": date(2026, 2, 28)}, "due_on")],
)
def test_dates_that_cannot_be(personas: Personas, values: dict[str, date], field: str) -> None:
    with pytest.raises(ValidationError) as error:
        punch_item(personas, **values)
    assert field in error.value.message_dict
    assert not PunchItem.objects.exists()


@pytest.mark.parametrize("day", [date(2026, 3, 11), date(2026, 2, 28)])
def test_done_neither_tomorrow_nor_before_it_was_found(personas: Personas, day: date) -> None:
    item = punch_item(personas)
    with pytest.raises(ValidationError):
        finish_punch_item(item_id=item.pk, done_on=day, measures="x", actor=personas.pw11, now=NOW)
    item.refresh_from_db()
    assert (item.status, item.done_on) == (S.OPEN, None)


def test_void_keeps_the_record(personas: Personas) -> None:
    item = decide(personas, punch_item(personas), "void", "uw1", "重复登记")
    assert item.status == S.VOID
    with pytest.raises(Conflict):
        decide(personas, item, "close", "uw1")


@pytest.mark.clause("G2")
@pytest.mark.parametrize("who", ["pw21", "uw2", "ud1", "gw", "pm11"])
def test_only_the_units_own_posts_keep_the_list(personas: Personas, who: str) -> None:
    with pytest.raises(PermissionDenied):
        punch_item(personas, make_project(personas), actor=who)
