"""The morning digest: 08:30, once a day, until done; its counts are the worklist's."""

from datetime import timedelta

import pytest

from tests.personas import Personas
from tests.workflow.helpers import at, make_clock, make_rule
from workflow.horizon import Group, Horizon
from workflow.models import Channel, Clock, Notice
from workflow.selectors.worklist import worklist
from workflow.services.digest import digests_missed, send_digests

pytestmark = pytest.mark.django_db

WEDNESDAY = at("2026-03-11 08:30")


def _one_of_each(personas: Personas) -> None:
    """Overdue, due today, due this week, due later, seen on Wednesday."""
    for received, days in (
        ("2026-03-07 09:00", 3),
        ("2026-03-09 09:00", 2),
        ("2026-03-11 08:00", 4),
        ("2026-03-11 08:00", 5),
    ):
        make_clock(personas, received_at=at(received), rule=make_rule(days=days))


def _digests(login: str) -> list[Notice]:
    return list(Notice.objects.filter(kind="digest", recipient__username=login, channel=Channel.MAIL).order_by("pk"))


def test_the_boundaries_of_today_and_this_week() -> None:
    horizon = Horizon.at(WEDNESDAY)
    second = timedelta(seconds=1)
    assert horizon.group(WEDNESDAY) is Group.OVERDUE
    assert horizon.group(WEDNESDAY + second) is Group.TODAY
    assert horizon.group(at("2026-03-12 00:00")) is Group.TODAY  # 24:00 of the 11th
    assert horizon.group(at("2026-03-12 00:00") + second) is Group.WEEK
    assert horizon.group(at("2026-03-16 00:00")) is Group.WEEK  # 24:00 of Sunday
    assert horizon.group(at("2026-03-16 00:00") + second) is Group.LATER
    assert Horizon.at(at("2026-03-15 23:59")).week_ends == at("2026-03-16 00:00")
    assert Horizon.at(at("2026-03-16 00:00")).week_ends == at("2026-03-23 00:00")


@pytest.mark.clause("G3")
def test_counts_match_the_worklist(personas: Personas) -> None:
    _one_of_each(personas)
    assert send_digests(now=WEDNESDAY) == 1
    [digest] = _digests("pw11")
    assert digest.title == "3月11日待办:已逾期 1 项,今天到期 1 项,本周到期 1 项"
    assert "您有 3 项待办" in digest.text
    counts = worklist(personas.pw11, now=WEDNESDAY).counts
    assert counts == {Group.OVERDUE: 1, Group.TODAY: 1, Group.WEEK: 1, Group.LATER: 1}


def test_one_second_before_half_past_eight_it_is_silent(personas: Personas) -> None:
    _one_of_each(personas)
    assert send_digests(now=WEDNESDAY - timedelta(seconds=1)) == 0
    assert not digests_missed(now=WEDNESDAY - timedelta(seconds=1))
    assert digests_missed(now=WEDNESDAY)


def test_once_a_day_and_again_tomorrow_until_done(personas: Personas) -> None:
    _one_of_each(personas)
    send_digests(now=WEDNESDAY)
    send_digests(now=WEDNESDAY + timedelta(hours=1))
    assert not digests_missed(now=WEDNESDAY + timedelta(hours=1))
    assert len(_digests("pw11")) == 1
    assert digests_missed(now=WEDNESDAY + timedelta(days=1))
    send_digests(now=WEDNESDAY + timedelta(days=1))
    assert len(_digests("pw11")) == 2
    Clock.objects.running().update(stopped_at=WEDNESDAY)
    assert send_digests(now=WEDNESDAY + timedelta(days=2)) == 0


def test_missed_in_the_morning_it_comes_later_that_day_but_never_at_night(personas: Personas) -> None:
    _one_of_each(personas)
    assert not digests_missed(now=at("2026-03-11 21:00"))
    assert send_digests(now=at("2026-03-11 21:00")) == 0
    assert digests_missed(now=at("2026-03-11 20:59"))
    assert send_digests(now=at("2026-03-11 20:59")) == 1


def test_who_has_nothing_due_this_week_gets_none(personas: Personas) -> None:
    make_clock(personas, received_at=WEDNESDAY, rule=make_rule(days=30))
    assert send_digests(now=WEDNESDAY) == 0


@pytest.mark.clause("G5")
def test_a_substitute_is_told_of_the_duties_they_stand_in_for(personas: Personas) -> None:
    make_clock(personas, received_at=at("2026-03-07 09:00"), rule=make_rule(post_id="UH", days=1), unit="U1")
    assert send_digests(now=WEDNESDAY) == 2
    assert _digests("sub1")[0].title == _digests("uh1")[0].title
