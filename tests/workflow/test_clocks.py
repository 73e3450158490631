"""Opening and stopping clocks; one of a kind per record; the rule of the day stays with them."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from tests.personas import Personas
from tests.workflow.helpers import at, make_clock, make_rule
from workflow.models import Clock, ClockRule, Notice, Outcome
from workflow.services.clock_rules import edit_clock_rule, ship_defaults
from workflow.services.clocks import note_done, open_clock, open_clocks, stop_clocks

pytestmark = pytest.mark.django_db

RECEIVED = at("2026-03-10 09:20")


def open_one(personas: Personas, rule: ClockRule, **values: object) -> Clock:
    unit = personas.unit("U1D1")
    given = {"subject": unit, "owner": unit, "title": "试验", "received_at": RECEIVED, "now": RECEIVED}
    return open_clock(code=rule.code, **(given | values))  # type: ignore[arg-type]


@pytest.mark.clause("rules-2")
def test_an_opened_clock_is_due_by_its_rule_and_its_holders_hear_of_it(personas: Personas) -> None:
    clock = open_one(personas, make_rule(), url="/ledgers/7/")
    assert clock.due_at == at("2026-03-13 00:00")
    assert (clock.next_kind, clock.next_at) == ("before_24h", at("2026-03-12 00:00"))
    notice = Notice.objects.get(key=f"clock:{clock.pk}:opened", channel="mail")
    assert (notice.recipient, notice.url) == (personas.pw11, "/ledgers/7/")
    assert "2026-03-12 24:00" in notice.text


def test_a_running_clock_of_the_kind_is_kept(personas: Personas) -> None:
    rule = make_rule()
    first = open_one(personas, rule)
    again = open_one(personas, rule, received_at=RECEIVED + timedelta(days=5))
    assert again.pk == first.pk
    assert Notice.objects.filter(channel="inbox").count() == 1


def test_the_database_itself_refuses_a_second_running_one(personas: Personas) -> None:
    rule = make_rule()
    make_clock(personas, received_at=RECEIVED, rule=rule)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_clock(personas, received_at=RECEIVED, rule=rule)


def test_after_a_stop_the_next_one_may_run(personas: Personas) -> None:
    rule = make_rule()
    first = open_one(personas, rule)
    unit = personas.unit("U1D1")
    stopped = stop_clocks(subject=unit, codes=[rule.code], outcome=Outcome.DONE, actor=personas.pw11, now=RECEIVED)
    assert stopped == 1
    assert stop_clocks(subject=unit, codes=[rule.code], outcome=Outcome.DONE, actor=None, now=RECEIVED) == 0
    first.refresh_from_db()
    assert (first.stopped_at, first.stopped_by, first.next_at) == (RECEIVED, personas.pw11, None)
    assert open_one(personas, rule).pk != first.pk


def test_a_plan_may_set_the_date_itself(personas: Personas) -> None:
    due = at("2026-06-30 00:00") + timedelta(days=1)
    assert open_one(personas, make_rule(), due=due).due_at == due


def test_many_at_once_are_due_alike_and_told_singly_to_nobody(personas: Personas) -> None:
    rule = make_rule()
    units = [personas.unit(code) for code in ("U1D1", "U1D2", "U2D1")]
    open_clocks(code=rule.code, subjects=[(u, u, str(u)) for u in units], received_at=RECEIVED, now=RECEIVED)
    clocks = Clock.objects.filter(code=rule.code)
    assert {clock.unit for clock in clocks} == set(units)
    assert {clock.due_at for clock in clocks} == {at("2026-03-13 00:00")}
    assert not Notice.objects.exists()


def test_quiet_opens_without_a_word(personas: Personas) -> None:
    open_one(personas, make_rule(), quiet=True)
    assert not Notice.objects.exists()


@pytest.mark.clause("G")
def test_open_clocks_keep_their_version_and_new_ones_take_the_new(personas: Personas) -> None:
    rule = make_rule()
    before = open_one(personas, rule)
    edit_clock_rule(
        code=rule.code, version=1, days=5, mode="working", content="试验", record="", supervisors=["PM"],
        escalate_24h=["UH"], escalate_48h=["GH"], reason="集团通知", actor=personas.fresh("gh"), now=RECEIVED,
    )  # fmt: skip
    before.refresh_from_db()
    assert (before.rule.version, before.due_at) == (1, at("2026-03-13 00:00"))
    other = personas.unit("U1D2")
    after = open_one(personas, rule, subject=other, owner=other)
    assert (after.rule.version, after.due_at) == (2, at("2026-03-18 00:00"))


def test_shipping_again_leaves_the_groups_changes_alone(personas: Personas) -> None:
    ClockRule.objects.filter(code="ledger.build").update(days=9)
    count = ClockRule.objects.count()
    ship_defaults()
    assert ClockRule.objects.count() == count
    assert ClockRule.objects.get(code="ledger.build").days == 9


@pytest.mark.clause("G3")
@pytest.mark.parametrize(("hours", "late"), [(1, False), (24 * 30, True)])
def test_what_is_done_when_it_is_known_of_is_kept_as_a_fact(personas: Personas, hours: int, late: bool) -> None:
    rule, unit, now = make_rule(), personas.unit("U1D1"), RECEIVED + timedelta(hours=hours)
    made = note_done(
        code=rule.code, subject=unit, owner=unit, title="试验", received_at=RECEIVED, actor=personas.pw11, now=now
    )
    clock = Clock.objects.get(pk=made.pk)
    assert (clock.stopped_at, clock.stopped_by, clock.outcome) == (now, personas.pw11, Outcome.DONE)
    assert (clock.next_kind, clock.next_at, clock.late) == ("", None, late)
    assert clock.overdue_noted_at == (now if late else None)
    assert not Notice.objects.exists()
