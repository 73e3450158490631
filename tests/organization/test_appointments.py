"""Appointments and dated substitutes: rights begin and end on their days; the three administrators stay apart."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from organization.errors import Conflict
from organization.models import Appointment
from organization.rules import Rule, grants_of
from organization.services.appointments import appoint, end_appointment
from organization.services.people import deactivate_person, reactivate_person
from organization.services.substitutes import end_substitution, set_substitute
from organization.tasks import sync_authority

from ..factories import as_of_now
from ..personas import Personas

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 10, 9, 0, tzinfo=SHANGHAI)
TODAY = NOW.date()


def confirms(personas: Personas, login: str) -> bool:
    return Rule.registry["ledgers.confirm"].covers(personas.fresh(login), personas.unit("U1D1"))


def make(personas: Personas, login: str, post: str, unit: str, **changes: object) -> Appointment:
    values: dict[str, object] = {
        "user_id": personas[login].pk,
        "post_code": post,
        "unit_id": personas.unit(unit).pk,
        "starts_on": TODAY,
        "ends_on": None,
        "reason": "任职文件 12 号",
        "actor": personas.secadmin,
        "now": NOW,
    }
    return appoint(**(values | changes))  # type: ignore[arg-type]


def stand_in(personas: Personas, principal: str, login: str, **changes: object) -> Appointment:
    values: dict[str, object] = {
        "principal_id": personas.appointments[principal].pk,
        "user_id": personas[login].pk,
        "starts_on": TODAY,
        "ends_on": TODAY + timedelta(days=5),
        "reason": "出差",
        "actor": personas[principal],
        "now": NOW,
    }
    return set_substitute(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.clause("G5")
def test_substitute_acts_from_the_first_to_the_last_day_only(personas: Personas) -> None:
    """The day before the first, the first, the last, the day after; with no task run in between."""
    with time_machine.travel(NOW, tick=False):
        end_now(personas, "sub1")
        stand_in(personas, "uh1", "outsider", starts_on=date(2026, 3, 12), ends_on=date(2026, 3, 14))
    seen = {}
    for moment in (
        datetime(2026, 3, 11, 23, 59, 59, tzinfo=SHANGHAI),
        datetime(2026, 3, 12, 0, 0, 0, tzinfo=SHANGHAI),
        datetime(2026, 3, 14, 23, 59, 59, tzinfo=SHANGHAI),
        datetime(2026, 3, 15, 0, 0, 0, tzinfo=SHANGHAI),
    ):
        with time_machine.travel(moment, tick=False):
            seen[moment.isoformat()[:19]] = confirms(personas, "outsider")
    assert seen == {
        "2026-03-11T23:59:59": False,
        "2026-03-12T00:00:00": True,
        "2026-03-14T23:59:59": True,
        "2026-03-15T00:00:00": False,
    }


@pytest.mark.clause("G5")
def test_the_daily_task_takes_ended_rights_away(personas: Personas) -> None:
    from organization.models import UnitPermission

    with time_machine.travel(NOW, tick=False):
        stand_in(personas, "uw1", "outsider", ends_on=TODAY)
        assert UnitPermission.objects.filter(user=personas.outsider).exists()
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert sync_authority()[1] > 0
        assert not UnitPermission.objects.filter(user=personas.outsider).exists()
        assert sync_authority() == (0, 0)


@pytest.mark.clause("G5")
@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"login": "uh1"}, "user", "不能由本人代理本人"),
        ({"starts_on": TODAY - timedelta(days=1)}, "starts_on", "不能早于今天"),
        ({"ends_on": TODAY - timedelta(days=1)}, "ends_on", "不能早于开始日期"),
        ({"login": "auditor"}, "user", "必须分设"),
    ],
)
def test_substitution_is_refused_in_words(
    personas: Personas, changes: dict[str, object], field: str, words: str
) -> None:
    end_now(personas, "sub1")
    login = str(changes.get("login", "uw1"))
    changes = {key: value for key, value in changes.items() if key != "login"}
    with pytest.raises(ValidationError) as caught:
        stand_in(personas, "uh1", login, **changes)
    assert words in caught.value.message_dict[field][0]


def end_now(personas: Personas, login: str) -> None:
    end_substitution(
        substitution_id=personas.appointments[login].pk,
        last_day=TODAY - timedelta(days=1),
        reason="结束",
        actor=personas.secadmin,
        now=NOW,
    )


@pytest.mark.clause("G5")
def test_substitution_stays_within_the_principal_s_dates(personas: Personas) -> None:
    own = make(personas, "outsider", "UW", "U1", starts_on=TODAY + timedelta(days=2), ends_on=TODAY + timedelta(days=9))
    personas.appointments["outsider"] = own
    with pytest.raises(ValidationError, match="不能早于被代理人"):
        stand_in(personas, "outsider", "pw11")
    with pytest.raises(ValidationError, match="不能晚于被代理人"):
        stand_in(personas, "outsider", "pw11", starts_on=own.starts_on, ends_on=TODAY + timedelta(days=10))
    made = stand_in(personas, "outsider", "pw11", starts_on=own.starts_on, ends_on=own.ends_on)
    assert str(made) == "王保一 代 外人 · 第1建筑公司 · 二级单位工程部·回访保修管理岗"


@pytest.mark.clause("G5")
def test_one_substitute_at_a_time_and_none_of_a_substitute(personas: Personas) -> None:
    with pytest.raises(ValidationError, match="已由“戴丽”代理"):
        stand_in(personas, "uh1", "uw1")
    with pytest.raises(ValidationError, match="代理人不能再找人代理"):
        stand_in(personas, "sub1", "uw1", actor=personas.sub1)


@pytest.mark.clause("G5")
def test_only_the_holder_or_the_security_administrator_names_a_substitute(personas: Personas) -> None:
    for login in ("uh1", "gh", "sysadmin", "auditor", "uw2"):
        with pytest.raises(PermissionDenied):
            stand_in(personas, "uw1", "outsider", actor=personas[login])
    stand_in(personas, "uw1", "outsider", actor=personas.uw1)
    stand_in(personas, "pw11", "outsider", actor=personas.secadmin)
    with pytest.raises(PermissionDenied):
        stand_in(personas, "pm11", "secadmin", actor=personas.secadmin)


@pytest.mark.clause("G5")
def test_substitution_ends_with_the_principal_s_appointment(personas: Personas) -> None:
    with time_machine.travel(NOW, tick=False):
        assert confirms(personas, "sub1")
        end_appointment(
            appointment_id=personas.appointments["uh1"].pk,
            last_day=TODAY,
            reason="调动",
            actor=personas.secadmin,
            now=NOW,
        )
        assert confirms(personas, "sub1")  # the last day still counts
        personas.appointments["sub1"].refresh_from_db()
        assert personas.appointments["sub1"].ends_on == TODAY
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert not confirms(personas, "sub1")
        assert not confirms(personas, "uh1")


@pytest.mark.clause("G5")
def test_substitution_rests_while_the_principal_s_account_is_off(personas: Personas) -> None:
    with time_machine.travel(NOW, tick=False):
        deactivate_person(person_id=personas.uh1.pk, reason="离职", actor=personas.sysadmin, now=NOW)
        assert not confirms(personas, "sub1")
        reactivate_person(person_id=personas.uh1.pk, reason="返聘", actor=personas.sysadmin, now=NOW)
        assert confirms(personas, "sub1")


@pytest.mark.clause("G2")
def test_rights_follow_an_appointment_at_once(personas: Personas) -> None:
    with time_machine.travel(NOW, tick=False):
        assert grants_of(personas.fresh("outsider")) == {}
        made = make(personas, "outsider", "UH", "U2")
        assert Rule.registry["ledgers.confirm"].covers(personas.fresh("outsider"), personas.unit("U2D3"))
        assert not confirms(personas, "outsider")
        end_appointment(
            appointment_id=made.pk, last_day=TODAY - timedelta(days=1), reason="误设", actor=personas.secadmin, now=NOW
        )
        assert grants_of(personas.fresh("outsider")) == {}
        made.refresh_from_db()
        assert made.revoked  # it would have ended before it began
    assert [h.history_change_reason for h in made.history.order_by("history_id")] == ["任职文件 12 号", "误设"]
    assert {h.history_user for h in made.history.all()} == {personas.secadmin}


@pytest.mark.parametrize(
    ("login", "post", "unit", "changes", "field", "words"),
    [
        ("outsider", "UH", "U1D1", {}, "unit", "设在二级单位"),
        ("outsider", "PW", "U1", {}, "unit", "设在项目经理部"),
        ("outsider", "PW", "U1D1", {"starts_on": TODAY - timedelta(days=1)}, "starts_on", "不能早于今天"),
        ("outsider", "PW", "U1D1", {"ends_on": TODAY - timedelta(days=1)}, "ends_on", "不能早于开始日期"),
        ("uh1", "UH", "U1", {}, "user", "已任该岗位"),
        ("pw11", "SYS", "G", {}, "user", "必须分设"),
        ("sysadmin", "AUD", "G", {}, "user", "必须分设"),
        ("auditor", "GH", "G", {}, "user", "不得兼任业务岗位"),
    ],
)
def test_appointment_is_refused_in_words(
    personas: Personas, login: str, post: str, unit: str, changes: dict[str, object], field: str, words: str
) -> None:
    before = Appointment.objects.count()
    with pytest.raises(ValidationError) as caught:
        make(personas, login, post, unit, **changes)
    assert words in caught.value.message_dict[field][0]
    assert Appointment.objects.count() == before


def test_administrators_posts_may_follow_each_other_but_never_overlap(personas: Personas) -> None:
    make(personas, "outsider", "AUD", "G", ends_on=TODAY + timedelta(days=5))
    with pytest.raises(ValidationError, match="必须分设"):
        make(personas, "outsider", "SYS", "G", starts_on=TODAY + timedelta(days=5))
    make(personas, "outsider", "SYS", "G", starts_on=TODAY + timedelta(days=6))


def test_nobody_appoints_themselves(personas: Personas) -> None:
    with pytest.raises(PermissionDenied, match="不能为自己任职"):
        make(personas, "secadmin", "AUD", "G")


@pytest.mark.parametrize("login", ["uh1", "gh", "sysadmin", "auditor", "outsider"])
def test_only_the_security_administrator_appoints(personas: Personas, login: str) -> None:
    with pytest.raises(PermissionDenied):
        make(personas, "outsider", "PW", "U1D1", actor=personas[login])


def test_the_last_administrator_stays_until_a_successor_is_there(personas: Personas) -> None:
    other = make(personas, "outsider", "SEC", "G", ends_on=TODAY + timedelta(days=30))
    second = as_of_now(personas.outsider)

    def end() -> Appointment:
        return end_appointment(
            appointment_id=personas.appointments["secadmin"].pk, last_day=TODAY, reason="交接", actor=second, now=NOW
        )

    with time_machine.travel(NOW, tick=False):
        with pytest.raises(ValidationError, match="最后一位安全管理员"):
            end()
        Appointment.objects.filter(pk=other.pk).update(ends_on=None)
        end()


def test_an_ended_appointment_is_not_ended_again(personas: Personas) -> None:
    def end(last_day: date, now: datetime = NOW) -> Callable[[], Appointment]:
        return lambda: end_appointment(
            appointment_id=personas.appointments["pw11"].pk,
            last_day=last_day,
            reason="x",
            actor=personas.secadmin,
            now=now,
        )

    with pytest.raises(ValidationError, match="最早为昨天"):
        end(TODAY - timedelta(days=2))()
    end(TODAY)()
    with pytest.raises(ValidationError, match="不能晚于原结束日期"):
        end(TODAY + timedelta(days=3))()
    with pytest.raises(Conflict, match="已于 2026-03-10 结束"):
        end(TODAY + timedelta(days=3), NOW + timedelta(days=2))()
