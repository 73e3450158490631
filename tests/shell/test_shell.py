"""The frame of every page: navigation by rights, counts, the substitute's banner, at a fixed cost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.context import NAVIGATION, Entry, Shell
from organization.models import User
from organization.rules import Rule
from tests.personas import Personas
from workflow.models import Channel, Notice

pytestmark = pytest.mark.django_db


def shell(user: User, path: str = "/") -> Shell:
    request: HttpRequest = RequestFactory().get(path)
    request.user = user
    return Shell(request)


def labels(user: User) -> list[str]:
    return [name for item in shell(user).nav for name in (item.label, *(child.label for child in item.children))]


def entries() -> list[Entry]:
    return [each for entry in NAVIGATION for each in (entry, *entry.children)]


def notify(user: User, number: int, **fields: object) -> None:
    now = timezone.now()
    Notice.objects.bulk_create(
        Notice(
            key=f"k{i}{sorted(fields)}",
            kind="test",
            recipient=user,
            channel=Channel.INBOX,
            title="t",
            created_at=now,
            not_before=now,
            **fields,
        )
        for i in range(number)
    )


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.label)
def test_every_entry_leads_to_a_page_and_asks_a_declared_action(entry: Entry) -> None:
    assert reverse(entry.url)
    assert set(entry.actions) <= set(Rule.registry)


def test_each_post_sees_its_own_work(personas: Personas) -> None:
    assert {"我的待办", "竣工台账", "信息台账", "项目登记", "销项问题"} <= set(labels(personas.pw11))
    assert "系统" not in labels(personas.pw11)
    assert "时限配置" in labels(personas.gw)


def test_administrators_see_no_business(personas: Personas) -> None:
    for login in ("sysadmin", "secadmin", "auditor"):
        assert "竣工台账" not in labels(personas[login])
        assert not shell(personas[login]).searches
    assert "运行状况" in labels(personas.sysadmin)


def test_an_outsider_sees_only_what_everybody_has(personas: Personas) -> None:
    assert labels(personas.outsider) == ["我的待办", "消息"]


def test_only_the_page_itself_is_marked(personas: Personas) -> None:
    nav = shell(personas.pw11, reverse("ledgers:punch_list")).nav
    marked = [each.label for item in nav for each in (item, *item.children) if each.active]
    assert marked == ["销项问题"]
    home = shell(personas.pw11, "/").nav
    assert [item.label for item in home if item.active] == ["我的待办"]


@pytest.mark.clause("G5")
def test_a_substitute_is_told_whom_they_stand_in_for(personas: Personas) -> None:
    (held,) = shell(personas.sub1).substituting
    assert held.substitute_for == personas.uh1.name
    assert held.ends_on is not None
    request = RequestFactory().get("/")
    request.user = personas.sub1
    page = render_to_string("base.html", {}, request=request)
    assert f"您正在代理 <b>{personas.uh1.name}</b>" in page
    assert f"至 {held.ends_on:%Y-%m-%d}" in page
    assert shell(personas.uh1).substituting == []


@pytest.mark.clause("G5")
def test_the_banner_goes_with_the_last_day(personas: Personas) -> None:
    appointment = personas.appointments["sub1"]
    appointment.ends_on = timezone.localdate() - timedelta(days=1)
    appointment.starts_on = appointment.ends_on
    appointment.save()
    assert shell(personas.fresh("sub1")).appointments == []


def test_unread_counts_ones_own_unopened_inbox(personas: Personas) -> None:
    notify(personas.uw1, 3)
    notify(personas.uw1, 2, read_at=timezone.now())
    notify(personas.uw2, 1)
    notify(personas.outsider, 4)
    assert shell(personas.uw1).unread == 3
    assert shell(personas.uw2).unread == 1
    assert shell(personas.outsider).unread == 4
    notify(personas.uh1, 120)
    assert shell(personas.uh1).unread_label == "99+"


def test_the_prepared_query_answers_for_who_asks(personas: Personas) -> None:
    for login in ("uw1", "pw21", "gh", "uw1"):
        (held,) = shell(personas[login]).appointments
        assert (held.post_code, held.unit) == (
            personas.appointments[login].post_id,
            personas.appointments[login].unit.name,
        )


def test_an_untouched_shell_asks_nothing(personas: Personas) -> None:
    from config.context import shell as processor

    request = RequestFactory().get("/")
    request.user = personas.fresh("uw1")
    with CaptureQueriesContext(connection) as queries:
        processor(request)
    assert len(queries) == 0


def test_the_frame_costs_two_queries(personas: Personas) -> None:
    notify(personas.sub1, 60)
    request = RequestFactory().get("/")
    request.user = personas.fresh("sub1")
    with CaptureQueriesContext(connection) as queries:
        render_to_string("base.html", {}, request=request)
    assert len(queries) == 2  # the rights, the appointments with their counts
