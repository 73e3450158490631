"""The frame in a real browser: nothing typed is lost, the keyboard reaches everything, no axe finding."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD
from tests.personas import Personas, make_personas

pytestmark = pytest.mark.django_db(transaction=True)

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def people(transactional_db: None) -> Personas:
    return make_personas()


@pytest.fixture
def portal(live_server: Any, people: Personas, page: Page) -> Iterator[Page]:
    """A page on the live server; an error of a script or of the content policy fails the test."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    page.set_default_timeout(10_000)
    page.base = str(live_server.url)  # type: ignore[attr-defined]
    yield page
    assert wrong == []


def address(page: Page, path: str) -> str:
    return f"{page.base}{path}"  # type: ignore[attr-defined]


def enter(page: Page, login: str, path: str) -> None:
    page.goto(address(page, path))
    page.fill("#id_login", login)
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(address(page, path))


def findings(page: Page) -> list[str]:
    # Through the debugger: the page's own policy would refuse the script.
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE})
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{each['id']}: {each['nodes'][0]['target']}" for each in result["violations"]]


def leave_without_question(page: Page) -> None:
    page.on("dialog", lambda dialog: dialog.accept())


def test_what_was_typed_survives_a_lost_session(portal: Page) -> None:
    path = reverse("ledgers:punch_new")
    enter(portal, "pw11", path)
    box = portal.locator("form[data-draft] textarea, form[data-draft] input[type=text]").first
    name = box.get_attribute("name")
    box.fill("三层东侧吊顶渗水")
    box.blur()
    portal.wait_for_timeout(600)
    leave_without_question(portal)
    portal.context.clear_cookies()
    portal.goto(address(portal, path))
    assert "/accounts/login/" in portal.url
    portal.fill("#id_login", "pw11")
    portal.fill("#id_password", PASSWORD)
    portal.click("button[type=submit]")
    portal.wait_for_url(address(portal, path))
    expect(portal.locator(f"[name={name}]")).to_have_value("三层东侧吊顶渗水")
    expect(portal.locator(".draft-note")).to_contain_text("已恢复")
    portal.click("text=放弃恢复的内容")
    expect(portal.locator(".draft-note")).to_have_count(0)
    expect(portal.locator(f"[name={name}]")).to_have_value("")


def test_a_page_left_with_unsaved_text_asks(portal: Page) -> None:
    enter(portal, "pw11", reverse("ledgers:punch_new"))
    portal.locator("form[data-draft] textarea, form[data-draft] input[type=text]").first.fill("渗水")
    asked: list[str] = []
    portal.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    portal.click(".nav-brand")
    portal.wait_for_url(address(portal, "/"))
    assert asked == ["beforeunload"]


def test_the_idle_page_warns_and_stays_on_request(portal: Page) -> None:
    portal.clock.install()
    enter(portal, "uw1", reverse("workflow:notices"))
    portal.clock.fast_forward((settings.IDLE_LOGOUT_MINUTES * 60 - 90) * 1000)
    warning = portal.locator("dialog[open]")
    expect(warning).to_contain_text("即将自动退出")
    with portal.expect_response(lambda answer: answer.request.method == "HEAD") as asked:
        warning.get_by_role("button", name="继续使用").click()
    assert asked.value.status == 200
    portal.clock.fast_forward(60_000)
    expect(portal.locator("dialog[open]")).to_have_count(0)


def test_the_idle_page_ends_at_the_login(portal: Page) -> None:
    portal.clock.install()
    enter(portal, "uw1", reverse("workflow:notices"))
    portal.context.clear_cookies()  # the server's side of it: tests/organization
    portal.clock.fast_forward((settings.IDLE_LOGOUT_MINUTES * 60 + 10) * 1000)
    portal.wait_for_url("**/accounts/login/?next=**")


def test_the_phone_navigation_by_keyboard(portal: Page) -> None:
    portal.set_viewport_size({"width": 360, "height": 740})
    enter(portal, "uw1", "/")
    nav = portal.locator("#shell-nav")
    expect(nav).not_to_be_visible()
    portal.keyboard.press("Tab")
    expect(portal.locator(".skip-link")).to_be_focused()
    portal.keyboard.press("Tab")
    portal.keyboard.press("Enter")
    expect(nav).to_be_visible()
    expect(nav.locator("a").first).to_be_focused()
    portal.keyboard.press("Escape")
    expect(nav).not_to_be_visible()
    expect(portal.locator("[data-nav-toggle]")).to_be_focused()
    assert portal.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1440, 390])
def test_account_and_error_pages_have_no_finding(portal: Page, width: int) -> None:
    portal.set_viewport_size({"width": width, "height": 844})
    portal.goto(address(portal, "/accounts/login/"))
    assert findings(portal) == []
    portal.fill("#id_login", "uw1")
    portal.fill("#id_password", "wrong")
    portal.click("button[type=submit]")
    expect(portal.locator("[data-error-summary]")).to_be_focused()
    assert findings(portal) == []
    enter(portal, "sub1", "/accounts/password/change/")
    for path in ("/accounts/password/change/", "/accounts/logout/", "/no/such/page/"):
        portal.goto(address(portal, path))
        assert findings(portal) == [], path
        assert portal.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
