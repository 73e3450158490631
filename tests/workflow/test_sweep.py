"""The ladder of reminders: right moment, right people, once, and caught up after any pause (G3)."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import appoint, make_user, substitute
from tests.personas import Personas
from tests.workflow.helpers import at, make_clock, make_clocks, make_rule, stages, told
from workflow.models import Channel, Clock, ClockReminder, Notice, Outcome
from workflow.services.clocks import stop_clocks
from workflow.services.sweep import sweep_clocks

pytestmark = pytest.mark.django_db

RECEIVED = at("2026-03-10 09:20")  # two days: due 2026-03-13 00:00
DUE = at("2026-03-13 00:00")
SECOND = timedelta(seconds=1)

LADDER = [
    ("before_24h", timedelta(hours=-24), ["pw11"]),
    ("before_4h", timedelta(hours=-4), ["pw11"]),
    ("overdue", timedelta(0), ["pm11", "pw11"]),
    ("after_24h", timedelta(hours=24), ["sub1", "uh1"]),
    ("after_48h", timedelta(hours=48), ["gh"]),
]


@pytest.mark.clause("G3", "rules-2")
@pytest.mark.parametrize(("index", "kind", "offset", "who"), [(i, *rung) for i, rung in enumerate(LADDER)])
def test_each_stage_one_second_either_side(
    personas: Personas, index: int, kind: str, offset: timedelta, who: list[str]
) -> None:
    clock = make_clock(personas, received_at=RECEIVED)
    for _, earlier, _ in LADDER[:index]:
        sweep_clocks(now=DUE + earlier)
    result = sweep_clocks(now=DUE + offset - SECOND)
    assert result.reminders == 0
    assert told(clock, kind) == []
    result = sweep_clocks(now=DUE + offset)
    assert result.reminders == 1
    assert told(clock, kind) == who
    assert told(clock, kind, Channel.MAIL) == who


@pytest.mark.clause("G3")
def test_the_whole_ladder_reaches_everybody_once(personas: Personas) -> None:
    clock = make_clock(personas, received_at=RECEIVED)
    now = RECEIVED
    while now < DUE + timedelta(hours=60):
        sweep_clocks(now=now)
        now += timedelta(minutes=20)
    assert stages(clock) == [(kind, False) for kind, _, _ in LADDER]
    for kind, _, who in LADDER:
        assert told(clock, kind) == who
    clock.refresh_from_db()
    assert (clock.next_kind, clock.next_at) == ("", None)
    assert clock.overdue_noted_at == DUE
    assert sweep_clocks(now=DUE + timedelta(days=30)).clocks == 0


@pytest.mark.clause("rules-2")
def test_one_day_limit_has_no_reminder_a_day_ahead(personas: Personas) -> None:
    clock = make_clock(personas, received_at=RECEIVED, rule=make_rule(days=1))
    sweep_clocks(now=at("2026-03-15 00:00"))
    assert "before_24h" not in dict(stages(clock))


@pytest.mark.clause("G3")
def test_a_pause_is_caught_up_in_one_sweep_and_untrue_reminders_are_not_sent(personas: Personas) -> None:
    clock = make_clock(personas, received_at=RECEIVED)
    now = at("2026-03-16 09:00")
    result = sweep_clocks(now=now)
    assert stages(clock) == [
        ("before_24h", True),
        ("before_4h", True),
        ("overdue", False),
        ("after_24h", False),
        ("after_48h", False),
    ]
    assert (result.reminders, result.skipped, result.overdue) == (3, 2, 1)
    assert told(clock, "before_24h") == told(clock, "before_4h") == []
    assert told(clock, "after_48h") == ["gh"]
    clock.refresh_from_db()
    assert clock.overdue_noted_at == now


def test_of_two_reminders_ahead_missed_together_only_the_nearer_is_sent(personas: Personas) -> None:
    clock = make_clock(personas, received_at=RECEIVED)
    sweep_clocks(now=DUE - timedelta(hours=3))
    assert stages(clock) == [("before_24h", True), ("before_4h", False)]
    assert told(clock, "before_4h") == ["pw11"]


@pytest.mark.clause("rules-2")
def test_born_overdue_is_noted_by_the_first_sweep(personas: Personas) -> None:
    clock = make_clock(personas, received_at=RECEIVED)
    Clock.objects.filter(pk=clock.pk).update(opened_at=at("2026-03-13 09:00"))
    sweep_clocks(now=at("2026-03-13 09:00"))
    assert stages(clock)[-1] == ("overdue", False)


def test_a_stopped_clock_is_silent(personas: Personas) -> None:
    clock = make_clock(personas, received_at=RECEIVED)
    stop_clocks(
        subject=personas.unit("U1D1"),
        codes=[clock.code],
        outcome=Outcome.DONE,
        actor=personas.pw11,
        now=DUE - timedelta(days=2),
    )
    assert sweep_clocks(now=DUE + timedelta(days=9)).clocks == 0
    assert stages(clock) == []


@pytest.mark.clause("G3", "rules-2")
@pytest.mark.parametrize(("done", "late"), [(DUE - SECOND, False), (DUE, True)])
def test_done_late_before_any_sweep_is_a_fact_all_the_same(personas: Personas, done: object, late: bool) -> None:
    clock = make_clock(personas, received_at=RECEIVED)
    stop_clocks(subject=personas.unit("U1D1"), codes=[clock.code], outcome=Outcome.DONE, actor=personas.pw11, now=done)
    clock.refresh_from_db()
    assert clock.late is late
    assert clock.overdue_noted_at == (done if late else None)


@pytest.mark.clause("rules-2")
def test_only_the_overdue_fact_leaves_in_the_quiet_hours(personas: Personas) -> None:
    clock = make_clock(personas, received_at=RECEIVED)
    sweep_clocks(now=DUE - timedelta(hours=24))  # 00:00: quiet
    ahead = Notice.objects.get(key=f"clock:{clock.pk}:before_24h", channel=Channel.MAIL)
    assert (ahead.not_before, ahead.urgent) == (at("2026-03-12 08:00"), False)
    sweep_clocks(now=DUE - timedelta(hours=4))  # 20:00: not quiet
    near = Notice.objects.get(key=f"clock:{clock.pk}:before_4h", channel=Channel.MAIL)
    assert near.not_before == DUE - timedelta(hours=4)
    sweep_clocks(now=DUE)
    fact = Notice.objects.get(key=f"clock:{clock.pk}:overdue", channel=Channel.MAIL, recipient=personas.pw11)
    assert (fact.not_before, fact.urgent) == (DUE, True)
    sweep_clocks(now=DUE + timedelta(hours=24))
    ladder = Notice.objects.filter(key=f"clock:{clock.pk}:after_24h", channel=Channel.MAIL)
    assert {(n.not_before, n.urgent) for n in ladder} == {(at("2026-03-14 08:00"), False)}


@pytest.mark.clause("G5")
def test_a_dated_substitute_hears_it_too_and_only_within_the_dates(personas: Personas) -> None:
    stand_in = make_user("sub2", "代班")
    substitute(stand_in, personas.appointments["pw11"], starts_on=date(2026, 3, 11), ends_on=date(2026, 3, 12))
    clock = make_clock(personas, received_at=RECEIVED)
    sweep_clocks(now=DUE - timedelta(hours=24))
    assert told(clock, "before_24h") == ["pw11", "sub2"]
    sweep_clocks(now=DUE)  # the 13th: the substitution has ended
    assert told(clock, "overdue") == ["pm11", "pw11"]


@pytest.mark.clause("G2")
def test_the_neighbours_hear_nothing(personas: Personas) -> None:
    make_clock(personas, received_at=RECEIVED)
    sweep_clocks(now=DUE + timedelta(days=3))
    logins = set(Notice.objects.values_list("recipient__username", flat=True))
    assert logins == {"pw11", "pm11", "uh1", "sub1", "gh"}


@pytest.mark.clause("G3")
def test_a_vacant_post_goes_to_the_next_level_at_once_and_is_noted(personas: Personas) -> None:
    personas.appointments["pw11"].delete()
    clock = make_clock(personas, received_at=RECEIVED)
    result = sweep_clocks(now=DUE - timedelta(hours=24))
    assert told(clock, "before_24h") == ["pm11"]
    assert result.vacant == 1
    note = ClockReminder.objects.get(clock=clock, kind="before_24h").note
    assert note == "岗位空缺:项目经理部·回访保修管理岗;已上报上一级"
    assert note in Notice.objects.filter(key=f"clock:{clock.pk}:before_24h").values_list("text", flat=True)[0]
    sweep_clocks(now=DUE)
    assert told(clock, "overdue") == ["pm11"]


@pytest.mark.clause("G3")
def test_with_the_supervisor_vacant_too_it_climbs_further(personas: Personas) -> None:
    personas.appointments["pw11"].delete()
    personas.appointments["pm11"].delete()
    clock = make_clock(personas, received_at=RECEIVED)
    sweep_clocks(now=DUE)
    assert told(clock, "overdue") == ["sub1", "uh1"]
    for login in ("sub1", "uh1"):
        personas.appointments[login].delete()
    sweep_clocks(now=DUE + timedelta(hours=24))
    assert told(clock, "after_24h") == ["gh"]


def test_when_nobody_is_left_the_reminder_says_so(personas: Personas) -> None:
    for login in ("pw11", "pm11", "sub1", "uh1", "gh"):
        personas.appointments[login].delete()
    clock = make_clock(personas, received_at=RECEIVED)
    sweep_clocks(now=DUE)
    assert ClockReminder.objects.get(clock=clock, kind="overdue").note.endswith("无人接收")
    assert not Notice.objects.exists()
    assert Clock.objects.get(pk=clock.pk).overdue_noted_at == DUE


@pytest.mark.clause("G3")
def test_a_rule_without_a_next_level_still_reaches_the_group(personas: Personas) -> None:
    clock = make_clock(personas, received_at=RECEIVED, rule=make_rule(escalate_24h=[], escalate_48h=[]))
    sweep_clocks(now=DUE + timedelta(hours=48))
    assert told(clock, "after_24h") == told(clock, "after_48h") == ["gh"]


def test_who_has_no_address_is_told_in_the_inbox_only(personas: Personas) -> None:
    type(personas.pw11).objects.filter(pk=personas.pw11.pk).update(email="")
    clock = make_clock(personas, received_at=RECEIVED)
    sweep_clocks(now=DUE - timedelta(hours=24))
    assert told(clock, "before_24h") == ["pw11"]
    assert told(clock, "before_24h", Channel.MAIL) == []


def test_an_inactive_holder_is_not_told(personas: Personas) -> None:
    type(personas.pw11).objects.filter(pk=personas.pw11.pk).update(is_active=False)
    second = make_user("pw11b")
    appoint(second, "PW", personas.unit("U1D1"))
    clock = make_clock(personas, received_at=RECEIVED)
    sweep_clocks(now=DUE - timedelta(hours=24))
    assert told(clock, "before_24h") == ["pw11b"]


def test_small_batches_do_all(personas: Personas) -> None:
    make_clocks(personas, 25, received_at=RECEIVED)
    result = sweep_clocks(now=DUE, batch=4)
    assert (result.clocks, result.overdue) == (25, 25)
    assert ClockReminder.objects.filter(kind="overdue").count() == 25


def test_a_reminder_that_exists_is_not_written_again(personas: Personas) -> None:
    clock = make_clock(personas, received_at=RECEIVED)
    sweep_clocks(now=DUE)
    written = Notice.objects.count()
    Clock.objects.filter(pk=clock.pk).update(next_kind="overdue", next_at=DUE)
    sweep_clocks(now=DUE + SECOND)
    assert Notice.objects.count() == written
    assert ClockReminder.objects.filter(clock=clock, kind="overdue").count() == 1


def _queries(personas: Personas, number: int) -> int:
    make_clocks(personas, number, received_at=RECEIVED)
    with CaptureQueriesContext(connection) as captured:
        sweep_clocks(now=DUE)
    # SQLite takes 999 values a statement, so a long INSERT comes in pieces there.
    return sum(not query["sql"].startswith("INSERT") for query in captured)


def test_the_number_of_queries_does_not_grow_with_the_clocks(personas: Personas) -> None:
    few = _queries(personas, 2)
    Clock.objects.all().delete()
    assert _queries(personas, 50) == few


def test_nothing_due_is_one_query_without_a_lock(personas: Personas) -> None:
    make_clocks(personas, 5, received_at=RECEIVED)
    with CaptureQueriesContext(connection) as captured:
        sweep_clocks(now=RECEIVED)
    assert len(captured) == 1
    assert "FOR UPDATE" not in captured[0]["sql"]


def test_wording_names_matter_due_and_post_and_no_phone(personas: Personas) -> None:
    clock = make_clock(personas, received_at=RECEIVED)
    sweep_clocks(now=DUE)
    notice = Notice.objects.filter(key=f"clock:{clock.pk}:overdue", channel=Channel.MAIL)[0]
    assert notice.title == f"已逾期:试验环节 — {clock.title}"
    assert "应于 2026-03-12 24:00 前办理(时限 2天)" in notice.text
    assert "责任岗位:项目经理部·回访保修管理岗(第1建筑公司第1项目经理部)" in notice.text
    assert personas.pw11.phone not in notice.title + notice.text
