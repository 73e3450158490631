"""Changes of the time limits that meet each other, or the sweep: one wins, and no clock is left between two rules."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError

from tests.concurrency.test_sweep_race import race
from tests.personas import Personas, make_personas
from tests.workflow.helpers import at, edited, make_clocks, make_rule
from workflow.due import Mode, due_at
from workflow.errors import Conflict
from workflow.models import Clock, ClockRule, ClockShift
from workflow.services import clock_rules
from workflow.services.calendar import calendar_in_force, set_calendar_day
from workflow.services.clock_rules import edit_clock_rule
from workflow.services.sweep import sweep_clocks

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

RECEIVED = at("2026-03-09 09:00")
DUE = at("2026-03-12 00:00")
SECOND = timedelta(seconds=1)
NUMBER = 60


@pytest.fixture
def personas(db: None) -> Personas:
    return make_personas()


def edit(personas: Personas, rule: ClockRule, **values: Any) -> Callable[[], str]:
    """What became of it: "" or why not."""

    def call() -> str:
        given = edited(rule, **values)
        try:
            edit_clock_rule(**given, actor=personas.fresh("gh"), now=DUE - SECOND, move_open=True)
        except (Conflict, IntegrityError) as problem:
            return type(problem).__name__
        return ""

    return call


def test_without_the_lock_the_database_has_to_stop_the_second(
    personas: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The race is real: both find version 1 in force."""
    rule = make_rule()
    both_have_read = threading.Barrier(2)
    real = clock_rules._problems

    def judge_together(*args: Any) -> list[str]:
        found = real(*args)
        both_have_read.wait(timeout=20)
        return found

    monkeypatch.setattr(clock_rules, "lock_time_limits", lambda: None)
    monkeypatch.setattr(clock_rules, "_problems", judge_together)
    assert sorted(race(edit(personas, rule), edit(personas, rule, days=4))) == ["", "IntegrityError"]


def test_of_two_edits_one_is_told_of_the_other(personas: Personas) -> None:
    rule = make_rule()
    clocks = make_clocks(personas, NUMBER, received_at=RECEIVED, rule=rule)
    assert sorted(race(edit(personas, rule), edit(personas, rule, days=4))) == ["", "Conflict"]
    new = ClockRule.objects.get(code=rule.code, current=True)
    assert new.version == 2
    dues = set(Clock.objects.filter(pk__in=[c.pk for c in clocks]).values_list("due_at", "rule"))
    assert dues == {(DUE + timedelta(days=new.days - 2), new.pk)}
    assert ClockShift.objects.count() == NUMBER


def test_a_clock_is_either_moved_or_a_fact(personas: Personas) -> None:
    rule = make_rule()
    make_clocks(personas, NUMBER, received_at=RECEIVED, rule=rule)
    race(edit(personas, rule), lambda: sweep_clocks(now=DUE, batch=5))
    moved = set(ClockShift.objects.values_list("clock", flat=True))
    noted = set(Clock.objects.filter(overdue_noted_at__isnull=False).values_list("pk", flat=True))
    assert not moved & noted
    assert len(moved | noted) == NUMBER
    assert set(Clock.objects.filter(pk__in=moved).values_list("due_at", flat=True)) <= {DUE + timedelta(days=1)}
    assert set(Clock.objects.filter(pk__in=noted).values_list("due_at", flat=True)) <= {DUE}


def test_a_rule_and_the_calendar_changed_together_both_hold(personas: Personas) -> None:
    rule = make_rule(mode="working")
    make_clocks(personas, NUMBER, received_at=RECEIVED, rule=rule)

    def declare() -> str:
        set_calendar_day(
            on=date(2026, 3, 11), is_workday=False, note="司庆", actor=personas.fresh("gh"), now=DUE - SECOND,
            move_open=True,
        )  # fmt: skip
        return ""

    assert race(edit(personas, rule, mode="working"), declare) == ["", ""]
    due = due_at(RECEIVED, 3, Mode.WORKING, calendar_in_force())
    assert set(Clock.objects.values_list("due_at", "rule__version")) == {(due, 2)}
