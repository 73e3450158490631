"""Registering a complaint in a browser: the project searched for while typing, what looks alike, demands in place."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from complaints.models import Complaint
from tests.browser.portal import Portal
from tests.complaints.factories import picture, registered
from tests.factories import PASSWORD
from tests.ledgers.factories import make_project
from tests.personas import Personas, make_personas

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def portal(browser: Browser, live_server: Any) -> Iterator[Portal]:
    opened = Portal(browser, live_server.url)
    yield opened
    opened.close()


@pytest.fixture
def people(transactional_db: None) -> Personas:
    return make_personas()


def fill(page: Page) -> None:
    page.fill("#id_project_text", "星河湾")
    page.get_by_label("星河湾二期住宅").check()
    page.fill("#id_event", "地下室外墙渗水,停车位无法使用")
    page.get_by_label("保修", exact=True).check()
    page.get_by_label("资源配置不到位").check()
    page.fill("#id_complainant", "周业主")
    page.fill("#id_phone", "13900001234")
    page.get_by_label("小业主").check()
    page.get_by_label("电话", exact=True).check()


@pytest.mark.clause("5.4.1", "2.2.2")
def test_a_complaint_is_entered_by_somebody_in_a_hurry(portal: Portal, people: Personas) -> None:
    now = timezone.now()
    make_project(people, name="星河湾一期住宅", code="XH-1", now=now)
    second = make_project(people, name="星河湾二期住宅", code="XH-2", now=now)
    earlier = registered(people, project=second, now=now - timedelta(hours=2))
    page = portal.enter("uw1")
    page.goto(portal.url("/complaints/new/"))
    expect(page.locator("#id_late_reason")).to_be_hidden()
    fill(page)
    expect(page.locator("#id_project_text")).to_have_value("星河湾二期住宅(XH-2)")
    similar = page.locator("#similar")
    expect(similar).to_contain_text("疑似重复")
    expect(similar).to_contain_text(earlier.number)
    page.fill("#id_demands-0-text", "修好渗漏")
    page.get_by_role("button", name="增加一项诉求").click()
    page.fill("#id_demands-1-text", "赔偿损失")
    # A receipt of two days ago asks for its reason.
    before = timezone.localtime(now - timedelta(days=2))
    page.fill("#id_received_at", f"{before:%Y-%m-%dT%H:%M}")
    expect(page.locator("#id_late_reason")).to_be_visible()
    # What was typed outlives a reload, the project with it.
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator(".draft-note")).to_be_visible()
    expect(page.locator('[name="project"]:checked')).to_have_value(str(second.pk))
    page.fill("#id_late_reason", "物业转来较晚")
    shot = picture("来函.png")
    page.set_input_files("#id_files", {"name": "来函.png", "mimeType": "image/png", "buffer": shot.read()})
    page.get_by_role("button", name="登记并编号").click()
    page.wait_for_url("**/complaints/*/")
    complaint = Complaint.objects.latest("pk")
    assert complaint.project == second
    assert [demand.text for demand in complaint.demands.all()] == ["修好渗漏", "赔偿损失"]
    assert complaint.late_reason == "物业转来较晚"
    expect(page.locator(".notes")).to_contain_text(complaint.number)


def test_without_scripts_it_can_be_entered_too(browser: Browser, live_server: Any, people: Personas) -> None:
    now = timezone.now()
    for code in ("XH-1", "XH-2"):
        make_project(people, name=f"星河湾{code}住宅", code=code, now=now)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("#id_login", "uw1")
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")
    page.goto(f"{live_server.url}/complaints/new/")
    page.fill("#id_project_text", "星河湾")
    page.fill("#id_complainant", "周业主")
    page.get_by_role("button", name="查找").click()
    page.get_by_label("星河湾XH-2住宅").check()
    expect(page.locator("#id_complainant")).to_have_value("周业主")
    page.fill("#id_event", "电梯停运")
    page.fill("#id_phone", "13900001234")
    page.locator("[name=kind][value=warranty]").check()
    page.locator("[name=cause][value=other]").check()
    page.locator("[name=party][value=owner]").check()
    page.locator("[name=channel][value=phone]").check()
    page.fill("#id_demands-0-text", "尽快修好")
    page.get_by_role("button", name="登记并编号").click()
    page.wait_for_url("**/complaints/*/")
    assert Complaint.objects.get().project_code == "XH-2"
    context.close()
