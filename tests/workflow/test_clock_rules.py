"""Appendix G on its page: versions, validation, lost races; the work calendar."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from tests.personas import Personas
from tests.workflow.helpers import at, edited, make_clock, make_rule
from workflow.errors import Conflict, Refused
from workflow.models import CalendarDay, ClockRule
from workflow.selectors.clock_rules import version_history
from workflow.services.calendar import calendar_in_force, remove_calendar_day, set_calendar_day
from workflow.services.clock_rules import edit_clock_rule

pytestmark = pytest.mark.django_db

NOW = at("2026-03-10 10:00")


def edit(personas: Personas, rule: ClockRule, login: str = "gh", **values: Any) -> ClockRule:
    return edit_clock_rule(**edited(rule, **values), actor=personas.fresh(login), now=NOW)


def client_of(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas[login], backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.clause("G")
def test_an_edit_is_a_new_version_with_who_when_and_why(personas: Personas) -> None:
    rule = make_rule()
    new = edit(personas, rule)
    assert (new.version, new.current, new.changed_by, new.changed_at) == (2, True, personas.gh, NOW)
    rule.refresh_from_db()
    assert (rule.current, rule.days) == (False, 2)
    [newest, oldest] = version_history(rule.code)
    assert newest.changes == [{"field": "时限(天)", "old": "2", "new": "3"}]
    assert oldest.changes == []


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"days": -1}, "0 到 365"),
        ({"days": 366}, "0 到 365"),
        ({"mode": "lunar"}, "计算方式"),
        ({"mode": "hours", "days": 0}, "至少 1 天"),
        ({"reason": "  "}, "变更原因"),
        ({"supervisors": ["XX"]}, "岗位代码不存在:XX"),
        ({"escalate_48h": []}, "48小时"),
        ({"days": 2}, "没有变化"),
    ],
)
def test_what_makes_no_sense_is_refused(personas: Personas, values: dict[str, Any], message: str) -> None:
    rule = make_rule()
    with pytest.raises(Refused, match=message):
        edit(personas, rule, **values)
    assert ClockRule.objects.filter(code=rule.code).count() == 1


@pytest.mark.parametrize("days", [0, 365])
def test_the_limits_themselves_are_allowed(personas: Personas, days: int) -> None:
    assert edit(personas, make_rule(), days=days).days == days


def test_who_saw_an_old_version_is_told_who_changed_it(personas: Personas) -> None:
    rule = make_rule()
    edit(personas, rule)
    with pytest.raises(Conflict, match=r"已由 郭恒 于 2026-03-10 10:00 修改为第 2 版"):
        edit(personas, rule, days=9)


@pytest.mark.parametrize("login", ["gw", "uh1", "sysadmin"])
def test_only_the_holder_of_the_right_edits(personas: Personas, login: str) -> None:
    with pytest.raises(PermissionDenied):
        edit(personas, make_rule(), login)


def test_the_pages(personas: Personas) -> None:
    rule = make_rule()
    make_clock(personas, received_at=NOW, rule=rule)
    gh, gw, uw1 = (client_of(personas, login) for login in ("gh", "gw", "uw1"))
    index, detail, change = (
        reverse("workflow:clock_rules"),
        reverse("workflow:clock_rule", args=[rule.code]),
        reverse("workflow:clock_rule_edit", args=[rule.code]),
    )
    assert "台账建立" in gw.get(index).content.decode()
    assert [gw.get(url).status_code for url in (index, detail, change)] == [200, 200, 403]
    assert [uw1.get(url).status_code for url in (index, detail, change)] == [403, 403, 403]
    assert "现在有 1 项正在计时" in gh.get(change).content.decode()
    assert gh.get(reverse("workflow:clock_rule", args=["no.such"])).status_code == 404
    form = {"version": 1, "days": 4, "mode": "working", "content": "试验", "escalate_48h": ["GH"], "reason": "通知"}
    assert gh.post(change, form | {"reason": ""}).status_code == 200
    assert gh.post(change, form | {"days": 400}).status_code == 200
    preview = gh.post(change, form)
    assert preview.status_code == 200
    assert ClockRule.objects.get(code=rule.code, current=True).days == 2  # nothing is in force before it is confirmed
    confirmed = form | {"step": "confirm", "scope": "new"}
    assert gh.post(change, confirmed).status_code == 302
    for late in (form, confirmed):
        again = gh.post(change, late | {"days": 6, "content": "键入的内容"})
        assert "修改为第 2 版" in again.content.decode()
        assert "键入的内容" in again.content.decode()  # nothing typed is lost
    assert gw.post(change, form | {"version": 2}).status_code == 403
    assert ClockRule.objects.get(code=rule.code, current=True).days == 4


# --- the work calendar


@pytest.mark.clause("rules-2")
def test_a_row_departs_from_the_states_calendar_and_its_history_stays(personas: Personas) -> None:
    day = date(2026, 3, 11)
    assert calendar_in_force().is_workday(day)
    row = set_calendar_day(on=day, is_workday=False, note="集团司庆", actor=personas.fresh("gh"), now=NOW)
    assert not calendar_in_force().is_workday(day)
    assert calendar_in_force().reason(day) == "日历调整放假"
    remove_calendar_day(day_id=row.pk, actor=personas.fresh("gh"), now=NOW)
    assert calendar_in_force().is_workday(day)
    assert list(CalendarDay.history.values_list("history_type", "history_user__username")) == [("-", "gh"), ("+", "gh")]
    with pytest.raises(Conflict):
        remove_calendar_day(day_id=row.pk, actor=personas.fresh("gh"), now=NOW)


def test_calendar_rows_need_the_right_a_note_and_a_difference(personas: Personas) -> None:
    values: dict[str, Any] = {"on": date(2026, 3, 11), "is_workday": False, "now": NOW}
    with pytest.raises(PermissionDenied):
        set_calendar_day(**values, note="x", actor=personas.fresh("gw"))
    with pytest.raises(Refused, match="说明"):
        set_calendar_day(**values, note=" ", actor=personas.fresh("gh"))
    set_calendar_day(**values, note="x", actor=personas.fresh("gh"))
    with pytest.raises(Refused, match="已按此设置"):
        set_calendar_day(**values, note="x", actor=personas.fresh("gh"))


def test_an_unannounced_year_warns_until_the_group_enters_a_row(personas: Personas) -> None:
    client = client_of(personas, "gh")
    url = reverse("workflow:calendar")
    assert "节假日日历未维护" in client.get(url, {"year": 2099}).content.decode()
    assert "节假日日历未维护" not in client.get(url, {"year": 2026}).content.decode()
    posted = client.post(url, {"on": "2099-01-01", "is_workday": "0", "note": "元旦"})
    assert posted["Location"] == f"{url}?year=2099"
    assert "节假日日历未维护" not in client.get(url, {"year": 2099}).content.decode()
    assert client.post(url, {"on": "2099-13-01", "is_workday": "0", "note": "x"}).status_code == 200
    for strange in ("abc", "-5", "99999", "²"):
        assert client.get(url, {"year": strange}).status_code == 200
    row = CalendarDay.objects.get()
    assert client_of(personas, "gw").post(reverse("workflow:calendar_remove", args=[row.pk])).status_code == 403
    assert client.post(reverse("workflow:calendar_remove", args=[row.pk]), {"year": "2099"}).status_code == 302
    assert client.post(reverse("workflow:calendar_remove", args=[row.pk])).status_code == 409
