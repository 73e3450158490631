"""Visits at their posts' browsers: a plan approved, a visit recorded on a phone, its case closed, a failed call."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from ledgers.models import Ledger, PhoneReveal, WarrantyCase
from ledgers.selectors.cases import cases_of
from revisits.models import RevisitPlan, Visit
from tests.browser.portal import Portal
from tests.factories import PASSWORD
from tests.ledgers.cases import arrived, finish, photo
from tests.personas import Personas, make_personas
from tests.revisits.factories import a_ledger, approved, first_visit, on, submitted
from workflow.models import Evidence

pytestmark = pytest.mark.django_db(transaction=True)
V = Visit.Status
NAME = "滨江医院门急诊综合楼"
PHONE, DESK = 390, 1440


@pytest.fixture
def people(transactional_db: None) -> Personas:
    return make_personas()


@pytest.fixture
def portals(live_server: Any, browser: Browser) -> Iterator[dict[int, Portal]]:
    made = {width: Portal(browser, live_server.url, width=width) for width in (PHONE, DESK)}
    yield made
    for portal in made.values():
        portal.close()


def this_year() -> dict[str, int]:
    return {"year": timezone.localdate().year}


def ledger_of_january(people: Personas) -> Ledger:
    return a_ledger(people, name=NAME, now=on(1, 2, **this_year()))


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE


def take_photo(page: Page, name: str) -> None:
    shot = photo(name)
    page.set_input_files("#id_files", {"name": name, "mimeType": "image/png", "buffer": shot.read()})


@pytest.mark.clause("5.2.4", "5.3.2", "5.3.3", "2.2.1", "A2-8", "A2-10")
def test_a_monthly_visit_from_the_approval_to_the_clients_confirmation(
    portals: dict[int, Portal], people: Personas
) -> None:
    ledger_of_january(people)
    plan = submitted(people, unit="U1D1", now=on(1, 4, **this_year()), **this_year())
    uh = portals[DESK].enter("uh1")
    uh.goto(portals[DESK].url(f"/revisits/plans/{plan.pk}/decide/"))
    uh.click("button[value=approve]")
    expect(uh.locator(".head-facts").first).to_contain_text("已审批·执行中")
    visit = first_visit(plan)

    pw = portals[PHONE].enter("pw11")
    pw.goto(portals[PHONE].url("/revisits/visits/"))
    fits(pw)
    card = pw.locator(".visits tr", has=pw.locator(f"a[href='/revisits/visits/{visit.pk}/']"))
    # Calling is one tap, and leaves its purpose.
    assert pw.locator("a[href^='tel:']").count() == 0
    card.get_by_role("button", name="拨打").click()
    expect(card.locator("a[href^='tel:']")).to_be_visible()
    assert PhoneReveal.objects.get().purpose == f"工程回访(计划 {visit.planned_on})"

    card.get_by_role("link", name="记录").click()
    pw.wait_for_url("**/record/")
    fits(pw)
    expect(pw.locator("#id_visited_on")).to_have_value(str(timezone.localdate()))
    expect(pw.locator("#id_visitor")).to_have_value("王保一")
    expect(pw.locator("#id_place")).to_be_hidden()
    told = pw.locator("[data-fill]").first
    respondent = told.get_attribute("data-value") or ""
    assert respondent.endswith("(物业经理)")
    told.click()
    pw.get_by_role("button", name="本期未发生保修").click()
    pw.get_by_label("有质量问题").check()
    expect(pw.locator("#id_place")).to_be_visible()
    take_photo(pw, "渗水.png")
    take_photo(pw, "渗水近景.png")
    expect(pw.locator(".drop-list li")).to_have_count(2)
    pw.get_by_role("button", name="保存记录").click()
    expect(pw.locator(".error-summary")).to_contain_text("问题部位")
    # What was typed stands; the photos have to be taken out of the album again, and the page says so.
    expect(pw.get_by_label("有质量问题")).to_be_checked()
    expect(pw.locator("#id_respondent")).to_have_value(respondent)
    expect(pw.locator("main")).to_contain_text("重新选择照片")
    pw.fill("#id_place", "3#楼屋面")
    pw.fill("#id_trade", "防水")
    pw.fill("#id_problem", "女儿墙根部渗水")
    take_photo(pw, "渗水.png")
    take_photo(pw, "渗水近景.png")
    pw.get_by_role("button", name="保存记录").click()
    pw.wait_for_url(f"**/revisits/visits/{visit.pk}/")
    fits(pw)
    expect(pw.locator(".head-facts").first).to_contain_text("待保修闭合")
    expect(pw.locator(".files .file")).to_have_count(2)
    visit.refresh_from_db()
    assert visit.status == V.PROBLEM
    assert Evidence.objects.about(visit).count() == 2
    (case,) = cases_of(visit)
    assert (case.place, case.source) == ("3#楼屋面", WarrantyCase.Source.VISIT)
    assert case.phone

    # Dispatch, arrival and repair are the case's own journey; the client confirms on the phone.
    now = timezone.now()
    finish(people, arrived(people, case=case, now=now), now=now)
    pw.get_by_role("link", name=case.number).click()
    pw.goto(portals[PHONE].url(f"/ledgers/cases/{case.pk}/verify/"))
    pw.fill("[name=client]", "物业李经理")
    pw.locator("[name=satisfaction][value='5']").check()
    signed = photo("签字.png")
    pw.set_input_files("[name=signature]", {"name": "签字.png", "mimeType": "image/png", "buffer": signed.read()})
    pw.locator("main form button[type=submit]").last.click()
    pw.wait_for_url(f"**/cases/{case.pk}/")
    pw.goto(portals[PHONE].url(f"/revisits/visits/{visit.pk}/"))
    expect(pw.locator(".head-facts").first).to_contain_text("已闭合")
    open_appendix_d(pw, plan)


def open_appendix_d(page: Page, plan: RevisitPlan) -> None:
    """Appendix D is asked for with its purpose, downloaded and opened: the visit's line tells what was found."""
    page.get_by_role("link", name="附录 D").click()
    with page.expect_download() as waiting:
        page.locator("button[name=purpose][value=archive]").click()
    sheet = openpyxl.load_workbook(BytesIO(waiting.value.path().read_bytes())).worksheets[0]
    assert sheet["A1"].value == "年度工程回访计划和回访记录表"
    line = next(row for row in sheet.iter_rows(min_row=4, values_only=True) if row[5])
    assert line[1] == NAME
    assert line[5].date() == timezone.localdate()
    assert line[6] == "王保一"


@pytest.mark.clause("A3-C03")
def test_a_failed_call_becomes_an_on_site_line(portals: dict[int, Portal], people: Personas) -> None:
    ledger_of_january(people)
    visit = first_visit(approved(people, now=on(1, 4, **this_year()), **this_year()), "phone")
    uw = portals[PHONE].enter("uw1")
    uw.goto(portals[PHONE].url(f"/revisits/visits/{visit.pk}/"))
    uw.get_by_role("link", name="未联系上").click()
    fits(uw)
    expect(uw.locator("main")).to_contain_text("最迟")
    uw.get_by_label("无人接听").check()
    moved = uw.locator("#id_moved_to").input_value()
    uw.get_by_role("button", name="改为现场回访").click()
    uw.wait_for_url(f"**/revisits/visits/{visit.pk}/")
    expect(uw.locator(".head-facts").first).to_contain_text("改现场待回访")
    visit.refresh_from_db()
    assert (visit.status, str(visit.scheduled_on)) == (V.RETRY, moved)
    uw.goto(portals[PHONE].url("/revisits/visits/?state=retry"))
    expect(uw.locator(".visits")).to_contain_text("现场(改)")
    # The duty stands until the visit on site is made.
    uw.get_by_role("link", name="记录").click()
    expect(uw.locator("[name=method]")).to_have_value("onsite")
    uw.fill("#id_respondent", "物业值班员")
    uw.get_by_role("button", name="本期未发生保修").click()
    uw.get_by_label("无质量问题").check()
    uw.fill("#id_visited_on", str(timezone.localdate()))
    uw.get_by_role("button", name="保存记录").click()
    uw.wait_for_url(f"**/revisits/visits/{visit.pk}/")
    expect(uw.locator(".head-facts").first).to_contain_text("已回访·无问题")


def test_without_scripts_a_visit_is_recorded_too(browser: Browser, live_server: Any, people: Personas) -> None:
    ledger_of_january(people)
    visit = first_visit(approved(people, unit="U1D1", now=on(1, 4, **this_year()), **this_year()))
    context = browser.new_context(java_script_enabled=False, viewport={"width": PHONE, "height": 800})
    page = context.new_page()
    page.goto(f"{live_server.url}/accounts/login/")
    page.fill("#id_login", "pw11")
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")
    page.goto(f"{live_server.url}/revisits/visits/{visit.pk}/record/")
    page.fill("#id_respondent", "物业李经理")
    page.locator("[name=quality][value=good]").check()
    for name in ("arrival", "timeliness", "effectiveness"):
        page.locator(f"[name={name}][value=none]").check()
    page.get_by_role("button", name="保存记录").click()
    page.wait_for_url(f"**/revisits/visits/{visit.pk}/")
    visit.refresh_from_db()
    assert visit.status == V.OK
    page.goto(f"{live_server.url}/revisits/visits/?state=all")
    page.get_by_role("button", name="拨打").first.click()
    expect(page.locator("a[href^='tel:']")).to_be_visible()
    context.close()
