"""Changing a limit or a day of the calendar in two steps: the preview, and the confirmation."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.personas import Personas
from tests.workflow.helpers import make_clock, make_clocks, make_rule
from workflow.models import CalendarDay, Clock, ClockRule, ClockShift
from workflow.services.calendar import calendar_in_force, set_calendar_day

pytestmark = pytest.mark.django_db

FORM: dict[str, Any] = {
    "version": 1, "days": 4, "mode": "natural", "content": "试验<b>", "escalate_48h": ["GH", "GW"], "reason": "通知3号"
}  # fmt: skip


@pytest.fixture
def gh(personas: Personas) -> Client:
    return client_of(personas, "gh")


def client_of(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas[login], backend="django.contrib.auth.backends.ModelBackend")
    return client


def edit_url(rule: ClockRule) -> str:
    return reverse("workflow:clock_rule_edit", args=[rule.code])


def html(response: HttpResponse) -> str:
    assert response.status_code == 200
    return response.content.decode()


def said(response: HttpResponse) -> str:
    assert response.status_code == 302, response.content.decode()
    return "".join(str(message) for message in get_messages(response.wsgi_request))  # type: ignore[attr-defined]


def hidden(page: str, name: str) -> str:
    """The value that the page carries on."""
    field = page.split(f'name="{name}"')[1].split(">")[0]
    return field.split('value="')[1].split('"')[0]


def received_now(personas: Personas, rule: ClockRule) -> Clock:
    return make_clock(personas, received_at=timezone.now(), rule=rule)


# --- a time limit


def test_the_preview_shows_and_carries_on_and_saves_nothing(personas: Personas, gh: Client) -> None:
    rule = make_rule()
    clock = received_now(personas, rule)
    page = html(gh.post(edit_url(rule), FORM))
    assert "现在有 1 项该环节事项正在计时。如同时调整,1 项的截止时间会变动" in page
    assert clock.title in page
    assert "<del>2</del> → <ins>4</ins>" in page
    assert "仅对新事项生效" in page
    assert "同时调整未逾期的在办事项" in page
    assert page.split('value="new"')[1].split(">")[0].strip().endswith("checked")  # the default
    assert (hidden(page, "days"), hidden(page, "reason"), hidden(page, "content")) == (
        "4",
        "通知3号",
        "试验&lt;b&gt;",
    )
    assert page.count('name="escalate_48h"') == 2
    assert ClockRule.objects.get(code=rule.code).version == 1


@pytest.mark.parametrize(
    ("scope", "moved", "words"),
    [("new", 0, "已开始计时的事项仍按原时限。"), ("open", 1, "已调整 1 项在办事项的截止时间。")],
)
def test_either_decision_is_confirmed(personas: Personas, gh: Client, scope: str, moved: int, words: str) -> None:
    rule = make_rule()
    clock = received_now(personas, rule)
    answer = gh.post(edit_url(rule), FORM | {"step": "confirm", "scope": scope})
    assert said(answer) == f"“试验环节”第 2 版已生效。{words}"
    clock.refresh_from_db()
    assert (clock.rule.version, ClockShift.objects.count()) == (1 + moved, moved)
    assert ("同时调整在办 1 项" in html(gh.get(answer["Location"]))) == bool(moved)


def test_a_decision_that_is_none_is_asked_again(personas: Personas, gh: Client) -> None:
    rule = make_rule()
    received_now(personas, rule)
    for scope in ({}, {"scope": "everything"}):
        page = html(gh.post(edit_url(rule), FORM | {"step": "confirm"} | scope))
        assert "适用范围:" in page
        assert hidden(page, "days") == "4"
    assert not ClockRule.objects.filter(code=rule.code, version=2).exists()


def test_the_way_back_keeps_what_was_typed(personas: Personas, gh: Client) -> None:
    page = html(gh.post(edit_url(make_rule()), FORM | {"step": "back"}))
    assert "下一步:预览影响" in page
    assert "试验&lt;b&gt;" in page
    assert "通知3号" in page
    assert "error-summary" not in page


def test_what_is_wrong_at_the_confirmation_leads_back_to_the_form(personas: Personas, gh: Client) -> None:
    rule = make_rule()
    page = html(gh.post(edit_url(rule), FORM | {"step": "confirm", "scope": "open", "days": 400}))
    assert "下一步:预览影响" in page
    assert "试验&lt;b&gt;" in page
    page = html(gh.post(edit_url(rule), FORM | {"mode": "hours", "days": 0}))
    assert "按小时计算时,时限至少 1 天" in page


def test_what_stays_is_listed_with_its_reason(personas: Personas, gh: Client) -> None:
    rule = make_rule()
    overdue = make_clock(personas, received_at=timezone.now() - timedelta(days=9), rule=rule)
    planned = make_clock(
        personas, received_at=timezone.now(), rule=rule, due=timezone.now() + timedelta(days=90), subject=personas.gw
    )
    page = html(gh.post(edit_url(rule), FORM))
    for words in (overdue.title, planned.title, "逾期事实不变", "按要求日期", "没有事项的截止时间会变动"):
        assert words in page
    assert "同时调整未逾期的在办事项" not in page  # nothing to decide
    said(gh.post(edit_url(rule), FORM | {"step": "confirm", "scope": "new"}))


def test_the_first_fifty_and_how_many_there_are(personas: Personas, gh: Client) -> None:
    rule = make_rule(days=5)
    make_clocks(personas, 60, received_at=timezone.now() - timedelta(days=3), rule=rule)
    page = html(gh.post(edit_url(rule), FORM | {"days": 1}))
    assert "其中 60 项立即逾期" in page
    assert page.count('class="is-late"') == 50
    assert "列出截止最早的 50 项,共 60 项" in page


def test_only_the_holder_of_the_right_is_served(personas: Personas) -> None:
    rule = make_rule()
    for login in ("gw", "uh1", "sysadmin", "auditor", "outsider"):
        for more in ({}, {"step": "confirm", "scope": "open"}, {"step": "back"}):
            assert client_of(personas, login).post(edit_url(rule), FORM | more).status_code == 403
    assert ClockRule.objects.filter(code=rule.code).count() == 1


# --- the calendar


@pytest.fixture
def over(personas: Personas) -> Clock:
    """Ten working days from now: any working day of the next week lies within."""
    return received_now(personas, make_rule(mode="working", days=10))


@pytest.fixture
def day(over: Clock) -> dict[str, Any]:
    on = calendar_in_force().next_workday(timezone.localdate() + timedelta(days=1))
    return {"on": on.isoformat(), "is_workday": "0", "note": "司庆<i>"}


CALENDAR = "/calendar/"


@pytest.mark.parametrize(("scope", "moved"), [("new", 0), ("open", 1)])
def test_a_day_is_previewed_and_confirmed(
    personas: Personas, gh: Client, over: Clock, day: dict[str, Any], scope: str, moved: int
) -> None:
    page = html(gh.post(CALENDAR, day))
    assert "确认登记" in page
    assert over.title in page
    assert hidden(page, "note") == "司庆&lt;i&gt;"
    assert not CalendarDay.objects.exists()
    confirmed = day | {"step": "confirm", "scope": scope, "seen": hidden(page, "seen")}
    words = "已调整 1 项在办事项的截止时间。" if moved else "已开始计时的事项截止时间不变。"
    assert words in said(gh.post(CALENDAR, confirmed))
    due: datetime = over.due_at
    over.refresh_from_db()
    assert (over.due_at > due) == bool(moved)
    # And back again: the removal is previewed when it moves something.
    removal = reverse("workflow:calendar_remove", args=[CalendarDay.objects.get().pk])
    answer = gh.post(removal)
    if moved:
        page = html(answer)
        assert "确认取消调整" in page
        answer = gh.post(removal, {"step": "confirm", "scope": "open", "seen": hidden(page, "seen")})
        assert "已调整 1 项" in said(answer)
    assert answer["Location"] == f"{CALENDAR}?year={day['on'][:4]}"
    assert not CalendarDay.objects.exists()
    over.refresh_from_db()
    assert over.due_at == due


def test_a_day_that_moves_nothing_is_declared_at_once(personas: Personas, gh: Client) -> None:
    make_clock(personas, received_at=timezone.now())  # natural days
    assert "截止时间不变" in said(gh.post(CALENDAR, {"on": "2030-01-01", "is_workday": "0", "note": "元旦"}))


def test_the_way_back_to_the_calendar_keeps_what_was_typed(gh: Client, day: dict[str, Any]) -> None:
    page = html(gh.post(CALENDAR, day | {"step": "back"}))
    assert "登记调整" in page
    assert "司庆&lt;i&gt;" in page
    assert not CalendarDay.objects.exists()


def test_a_calendar_changed_by_somebody_else_leads_back_to_the_form(
    personas: Personas, gh: Client, over: Clock, day: dict[str, Any]
) -> None:
    seen = hidden(html(gh.post(CALENDAR, day)), "seen")
    other = {"actor": personas.fresh("gh"), "now": timezone.now(), "note": "另一天", "is_workday": False}
    row = set_calendar_day(on=timezone.localdate() + timedelta(days=400), **other)
    page = html(gh.post(CALENDAR, day | {"step": "confirm", "scope": "open", "seen": seen}))
    assert "工作日历已由 郭恒 于" in page
    assert "司庆&lt;i&gt;" in page
    removal = reverse("workflow:calendar_remove", args=[row.pk])
    assert gh.post(removal, {"step": "confirm", "scope": "new", "seen": seen}).status_code == 409
    assert list(CalendarDay.objects.all()) == [row]
    assert not ClockShift.objects.exists()


def test_the_calendar_is_changed_by_the_holder_of_the_right(personas: Personas, day: dict[str, Any]) -> None:
    row = CalendarDay.objects.create(on="2030-01-01", is_workday=False, note="元旦")
    for login in ("gw", "uh1", "sysadmin", "outsider"):
        client = client_of(personas, login)
        confirmed = {"step": "confirm", "scope": "open", "seen": "0"}
        assert client.post(CALENDAR, day).status_code == 403
        assert client.post(CALENDAR, day | confirmed).status_code == 403
        assert client.post(reverse("workflow:calendar_remove", args=[row.pk]), confirmed).status_code == 403
    assert list(CalendarDay.objects.all()) == [row]
