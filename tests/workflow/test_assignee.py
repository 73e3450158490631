"""A duty of one named person among several who hold the same post at a unit (G2): whoever asks, the answer is one."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from config.context import BADGE, Shell
from ledgers.selectors.duties import balls
from organization.models import Appointment, User
from tests.factories import appoint, make_user, substitute
from tests.ledgers.factories import submitted
from tests.personas import Personas
from tests.workflow.helpers import at, make_clock, make_rule, told
from workflow.models import Channel, Clock, ClockReminder, Notice, Transition
from workflow.selectors.worklist import waiting_for_others, worklist
from workflow.services.clocks import open_clock
from workflow.services.digest import send_digests
from workflow.services.sweep import sweep_clocks

pytestmark = [pytest.mark.django_db, pytest.mark.clause("G2")]

RECEIVED = at("2026-03-10 09:20")  # two days: due 2026-03-13 00:00
DUE = at("2026-03-13 00:00")
NOW = at("2026-03-11 10:00")


@pytest.fixture
def second(personas: Personas) -> User:
    """Another person of unit 1's departments."""
    user = make_user("ud1b", "邓工")
    personas.appointments["ud1b"] = appoint(user, "UD", personas.unit("U1"))
    personas.people["ud1b"] = User.objects.get(pk=user.pk)
    return personas.people["ud1b"]


@pytest.fixture
def stand_in(personas: Personas, second: User) -> User:
    """Stands in for ud1, not for the colleague."""
    user = make_user("sub2", "宋代")
    substitute(user, personas.appointments["ud1"])
    return User.objects.get(pk=user.pk)


def department_rule(**values: Any) -> Any:
    return make_rule(post_id="UD", supervisors=["UW"], **values)


def assigned(personas: Personas, who: User | None, **values: Any) -> Clock:
    given: dict[str, Any] = {"received_at": RECEIVED, "rule": department_rule(), "unit": "U1"}
    return make_clock(personas, **(given | values), assignee=who)


def titles(user: User, now: Any = NOW) -> list[str]:
    return [duty.clock.title for section in worklist(user, now=now).sections for duty in section.duties]


def badge(user: User) -> int:
    request = RequestFactory().get("/")
    request.user = User.objects.get(pk=user.pk)
    return Shell(request).open_count


def test_the_worklist_its_counts_and_the_badge(personas: Personas, second: User, stand_in: User) -> None:
    mine = assigned(personas, personas.ud1)
    everybodys = assigned(personas, None)
    assert titles(personas.ud1) == titles(stand_in) == [mine.title, everybodys.title]
    assert titles(second) == [everybodys.title]
    assert titles(personas.ud2) == titles(personas.uw1) == []
    for user, number in ((personas.ud1, 2), (stand_in, 2), (second, 1), (personas.ud2, 0)):
        assert worklist(user, now=NOW).total == badge(user) == number


def test_counts_of_a_long_list_are_right_too(personas: Personas, second: User) -> None:
    rule = department_rule(days=30)
    for number in range(30):
        clock = assigned(personas, personas.ud1 if number < 27 else second, rule=rule, subject=personas.people["gw"])
        Clock.objects.filter(pk=clock.pk).update(object_id=1_000_000 + number)
    assert worklist(personas.ud1, now=NOW).total == badge(personas.ud1) == 27
    assert worklist(second, now=NOW).total == badge(second) == 3


def test_a_badge_counts_no_further_than_it_tells(personas: Personas) -> None:
    rule = department_rule(days=30)
    for number in range(BADGE + 3):
        clock = assigned(personas, personas.ud1, rule=rule, subject=personas.people["gw"])
        Clock.objects.filter(pk=clock.pk).update(object_id=1_000_000 + number)
    assert worklist(personas.ud1, now=NOW).total == BADGE + 3
    assert badge(personas.ud1) == BADGE + 1


@pytest.mark.clause("G5")
def test_a_substitute_has_it_on_behalf_and_only_within_the_dates(personas: Personas, second: User) -> None:
    user = make_user("sub3", "孙代")
    substitute(user, personas.appointments["ud1"], starts_on=date(2026, 3, 11), ends_on=date(2026, 3, 11))
    mine = assigned(personas, personas.ud1)
    [section] = worklist(user, now=NOW).sections
    assert [(duty.clock.pk, duty.behalf) for duty in section.duties] == [(mine.pk, "代 杜栋一")]
    assert titles(user, NOW - timedelta(days=1)) == titles(user, NOW + timedelta(days=1)) == []


@pytest.mark.clause("G5")
def test_standing_in_at_the_same_post_counts_each_duty_once(personas: Personas, second: User) -> None:
    substitute(second, personas.appointments["ud1"])
    for who in (None, personas.ud1, second):
        assigned(personas, who)
    found = [duty for section in worklist(second, now=NOW).sections for duty in section.duties]
    assert sorted(duty.behalf for duty in found) == ["", "", "代 杜栋一"]
    assert worklist(second, now=NOW).total == badge(second) == 3
    assert worklist(personas.ud1, now=NOW).total == badge(personas.ud1) == 2


def test_waiting_names_the_assignee_and_the_substitute(personas: Personas, stand_in: User) -> None:
    ledger = submitted(personas)
    assigned(personas, personas.ud1, subject=ledger)
    holders = {duty.clock.post_id: duty.holders for duty in waiting_for_others(personas.pw11, now=NOW)}
    assert holders["UD"] == "杜栋一、宋代(代 杜栋一)"
    Appointment.objects.filter(user=stand_in).delete()
    Appointment.objects.filter(user=personas.ud1).delete()
    holders = {duty.clock.post_id: duty.holders for duty in waiting_for_others(personas.pw11, now=NOW)}
    assert holders["UD"] == "岗位空缺"  # the colleague has nothing to do with it


def test_what_is_a_colleagues_is_waited_for(personas: Personas, second: User) -> None:
    ledger = submitted(personas)
    Clock.objects.running().delete()
    assigned(personas, personas.ud1, subject=ledger)
    Transition.objects.create(
        content_type=ContentType.objects.get_for_model(ledger), object_id=ledger.pk, step="opinion", label="意见",
        source="x", target="x", source_label="x", target_label="x", actor=second, at=RECEIVED,
    )  # fmt: skip
    assert [duty.holders for duty in waiting_for_others(second, now=NOW)] == ["杜栋一"]
    Clock.objects.running().update(assignee=None)
    assert waiting_for_others(second, now=NOW) == []  # then it is theirs


def test_a_record_says_whose_ball_it_is(personas: Personas, second: User, stand_in: User) -> None:
    ledger = submitted(personas)
    Clock.objects.running().delete()
    assigned(personas, personas.ud1, subject=ledger)
    assigned(personas, second, subject=ledger)
    today = timezone.localdate()
    shown = [(ball.names, ball.mine) for ball in balls(ledger, second, today)]
    assert shown == [(["杜栋一", "宋代(代 杜栋一)"], False), (["邓工"], True)]
    assert [ball.mine for ball in balls(ledger, stand_in, today)] == [True, False]
    assert [ball.mine for ball in balls(ledger, personas.uw1, today)] == [False, False]


@pytest.mark.clause("G3")
def test_digests_count_what_the_worklist_counts(personas: Personas, second: User, stand_in: User) -> None:
    for who in (personas.ud1, personas.ud1, second, None):
        assigned(personas, who, received_at=at("2026-03-07 09:00"), rule=department_rule(days=1))
    now = at("2026-03-11 08:30")
    assert send_digests(now=now) == 3
    for user, number in ((personas.ud1, 3), (stand_in, 3), (second, 2)):
        digest = Notice.objects.get(kind="digest", recipient=user, channel=Channel.INBOX)
        assert f"已逾期 {number} 项" in digest.title
        assert worklist(user, now=now).total == number


@pytest.mark.clause("G3")
def test_reminders_and_the_overdue_mail_reach_the_assignee_alone(
    personas: Personas, second: User, stand_in: User
) -> None:
    clock = assigned(personas, personas.ud1)
    everybodys = assigned(personas, None)
    sweep_clocks(now=DUE - timedelta(hours=4))
    sweep_clocks(now=DUE)
    assert told(clock, "before_4h") == ["sub2", "ud1"]
    assert told(clock, "overdue", Channel.MAIL) == ["sub2", "ud1", "uw1"]
    assert told(everybodys, "overdue", Channel.MAIL) == ["sub2", "ud1", "ud1b", "uw1"]
    mail = Notice.objects.get(key=f"clock:{clock.pk}:overdue", channel=Channel.MAIL, recipient=personas.uw1)
    assert "办理人 杜栋一" in mail.text


@pytest.mark.clause("G3")
def test_an_assignee_who_left_is_a_vacancy_although_colleagues_hold_the_post(personas: Personas, second: User) -> None:
    clock = assigned(personas, personas.ud1)
    personas.appointments["ud1"].delete()
    sweep_clocks(now=DUE - timedelta(hours=4))
    assert told(clock, "before_4h") == ["uw1"]  # at once the next level
    note = ClockReminder.objects.get(clock=clock, kind="before_4h").note
    assert note == "岗位空缺:二级单位各相关部门(杜栋一);已上报上一级"
    assert titles(second) == []


def test_the_sweep_costs_the_same_for_many_assignees(personas: Personas, second: User) -> None:
    def statements(number: int) -> int:
        Clock.objects.all().delete()
        rule = department_rule()
        for at_, who in enumerate([personas.ud1, second] * number):
            clock = assigned(personas, who, rule=rule, subject=who)
            Clock.objects.filter(pk=clock.pk).update(object_id=1_000_000 + at_)
        with CaptureQueriesContext(connection) as captured:
            sweep_clocks(now=DUE)
        return len(captured)

    assert statements(1) == statements(4)


def test_a_new_duty_is_told_to_the_assignee_and_the_substitute(
    personas: Personas, second: User, stand_in: User
) -> None:
    unit = personas.unit("U1")
    given: dict[str, Any] = {
        "subject": unit, "owner": unit, "title": "试验", "received_at": RECEIVED, "now": RECEIVED
    }  # fmt: skip
    clock = open_clock(code=department_rule().code, **given, assignee=personas.ud1)
    assert clock.assignee == personas.ud1
    assert told(clock, "opened") == ["sub2", "ud1"]
    shared = open_clock(code=department_rule().code, **given)
    assert told(shared, "opened") == ["sub2", "ud1", "ud1b"]


@pytest.mark.clause("G5")
@pytest.mark.parametrize(("moment", "who"), [("2026-03-10 23:59", ["pw11"]), ("2026-03-11 00:00", ["pw11", "sub4"])])
def test_a_new_duty_is_told_to_who_holds_the_post_that_day_in_beijing(
    personas: Personas, moment: str, who: list[str]
) -> None:
    """At midnight in Beijing it is still yesterday in UTC: the substitute of the new day hears of it."""
    substitute(make_user("sub4", "申代"), personas.appointments["pw11"], starts_on=date(2026, 3, 11))
    clock = make_clock(personas, received_at=at(moment), told=True)
    assert told(clock, "opened") == who
