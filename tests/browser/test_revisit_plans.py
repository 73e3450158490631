"""A year's plan at its posts' browsers: drafted, broken, gaps named, repaired, submitted, decided (clause 5.2)."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from revisits.models import RevisitPlan, Visit, Waiver
from revisits.services.deciding import submit_plan
from revisits.services.planning import draft_plan, remove_line, start_plan
from tests.browser.portal import Portal
from tests.personas import Personas, make_personas
from tests.revisits.factories import a_ledger
from workflow.models import Clock, Transition

pytestmark = pytest.mark.django_db(transaction=True)

NAME, OTHER = "滨江医院门急诊综合楼", "城南中学体育馆"
S = RevisitPlan.Status


@pytest.fixture
def people(transactional_db: None) -> Personas:
    return make_personas()


@pytest.fixture
def portal(live_server: Any, browser: Browser) -> Iterator[Portal]:
    made = Portal(browser, live_server.url)
    yield made
    made.close()


def year() -> int:
    """The next one: all of its windows are still to come, whatever the day of the test."""
    return timezone.localdate().year + 1


def two_projects(people: Personas) -> tuple[int, int]:
    now = timezone.now() - timedelta(days=30)
    start, end = date(year() - 1, 1, 1), date(year() + 1, 12, 31)
    made = [a_ledger(people, now=now, start=start, end=end, name=name) for name in (NAME, OTHER)]
    return made[0].project_id, made[1].project_id


def confirm(page: Page, label: str) -> None:
    page.locator("dialog[open]").get_by_role("button", name=label).click()


def row(page: Page, name: str) -> Any:
    return page.locator(".board-grid tbody tr", has_text=name)


def gaps(page: Page) -> list[str]:
    return page.locator("#report .gaps ul li > span:first-child").all_inner_texts()


@pytest.mark.clause("5.2.1a", "5.2.1b", "5.2.3")
def test_a_unit_drafts_its_year_breaks_it_repairs_it_and_submits(portal: Portal, people: Personas) -> None:
    project, _ = two_projects(people)
    plan = start_plan(unit=people.unit("U1"), year=year(), actor=people.uw1, now=timezone.now())
    uw = portal.enter("uw1")
    uw.goto(portal.url(f"/revisits/plans/{plan.pk}/"))
    expect(uw.locator("main")).to_contain_text("还没有回访安排")
    assert len(gaps(uw)) == 12  # four calls and two visits each
    uw.click("button:has-text('一键编制')")
    expect(uw.locator("#report")).to_contain_text("满足频次要求")
    assert plan.visits.count() == 12

    # Broken: the visit of the first half-year goes; the gap is named by rule, window and clause, its months are red.
    row(uw, NAME).locator("th a").click()
    uw.locator("table.lines tr", has_text="现场").first.get_by_role("button", name="删除").click()
    confirm(uw, "删除")
    expect(uw.locator("body")).to_contain_text("已删除")
    uw.goto(portal.url(f"/revisits/plans/{plan.pk}/"))
    assert gaps(uw) == [f"上半年现场回访(H1,标准 5.2.1b):{year()}-01-01 至 {year()}-06-30,缺现场 1 次"]
    expect(row(uw, NAME).locator("td.g-gap")).to_have_count(6)
    expect(row(uw, OTHER).locator("td.g-gap")).to_have_count(0)
    uw.check("#id_gaps")
    uw.click("button:has-text('筛选')")
    expect(uw.locator(".board-grid tbody tr")).to_have_count(1)

    # Repaired with one press, then moved by hand: typed, and dragged to another month.
    uw.locator("#report").get_by_role("button", name="补齐", exact=False).last.click()
    expect(uw.locator("#report")).to_contain_text("满足频次要求")
    uw.goto(portal.url(f"/revisits/plans/{plan.pk}/"))
    call = plan.visits.filter(project=project, method="phone").order_by("planned_on")[0]
    type_a_date(uw, call, f"{year()}-05-20")
    uw.goto(portal.url(f"/revisits/plans/{plan.pk}/"))
    assert any("一季度电话回访" in each for each in gaps(uw))
    drag(uw, call, 2)
    expect(uw.locator("#report")).to_contain_text("满足频次要求")
    call.refresh_from_db()
    assert call.planned_on.month == 2

    uw.click("main a:has-text('上报计划')")
    uw.fill("[name=remark]", "请审批")
    uw.click("main button:has-text('上报计划')")
    expect(uw.locator(".head-facts").first).to_contain_text("待审批")
    plan.refresh_from_db()
    assert plan.status == S.IN_APPROVAL
    assert set(Clock.objects.about(plan).running().values_list("code", flat=True)) == {"revisit.approve_unit"}
    expect(uw.locator("button:has-text('补齐')")).to_have_count(0)


def type_a_date(page: Page, visit: Visit, day: str) -> None:
    page.locator(f".board-grid a[href='lines/{visit.pk}/']").click()
    page.fill("#id_on", day)
    page.click("main button:has-text('保存')")
    expect(page.locator("body")).to_contain_text("已调整为")


def drag(page: Page, visit: Visit, month: int) -> None:
    mark = page.locator(f"a[href='lines/{visit.pk}/']")
    mark.drag_to(page.locator(".board-grid tr").filter(has=mark).locator("td").nth(month - 1))


@pytest.mark.clause("5.2.4", "1a")
def test_the_group_refuses_while_a_gap_stands_and_approves_after_a_waiver(portal: Portal, people: Personas) -> None:
    plan = with_a_gap(people)
    gh, uw = portal.enter("gh"), portal.enter("uw1")
    gh.goto(portal.url(f"/revisits/plans/{plan.pk}/"))
    gh.click(".page-actions a:has-text('审批')")
    expect(gh.locator("main")).to_contain_text("上半年现场回访(H1,标准 5.2.1b)")
    expect(gh.locator("button[value=approve]")).to_be_disabled()
    answer = forge_approval(gh, portal, plan)
    assert answer["status"] == 409
    assert "H1(5.2.1b)" in answer["text"]
    plan.refresh_from_db()
    assert plan.status == S.IN_APPROVAL

    # The unit cannot close it and asks for a waiver, with its reason.
    uw.goto(portal.url(f"/revisits/plans/{plan.pk}/"))
    uw.click("#report a:has-text('申请豁免')")
    uw.fill("[name=reason]", "业主整栋装修停业,上半年不能进场")
    uw.click("main button:has-text('申请豁免')")
    expect(uw.locator("#report")).to_contain_text("待批准的豁免")
    assert forge_approval(gh, portal, plan)["status"] == 409

    gh.goto(portal.url(f"/revisits/plans/{plan.pk}/decide/"))
    gh.click("button:has-text('同意豁免')")
    expect(gh.locator("body")).to_contain_text("豁免")
    assert Waiver.objects.get().status == Waiver.Status.GRANTED
    gh.goto(portal.url(f"/revisits/plans/{plan.pk}/decide/"))
    gh.click("button[value=approve]")
    expect(gh.locator(".head-facts").first).to_contain_text("已审批·执行中")
    plan.refresh_from_db()
    assert plan.status == S.APPROVED
    assert plan.visits.filter(status=Visit.Status.DUE).count() == 11
    told = Transition.objects.about(plan).order_by("pk").values_list("step", flat=True)
    assert list(told)[-4:] == ["ask_waiver_unit", "decide_waiver_unit", "waivers_decided_unit", "approve_unit"]


def with_a_gap(people: Personas) -> RevisitPlan:
    """Submitted without the first half-year's visit to one of two projects."""
    project, _ = two_projects(people)
    now: datetime = timezone.now()
    plan = start_plan(unit=people.unit("U1"), year=year(), actor=people.uw1, now=now)
    draft_plan(plan_id=plan.pk, actor=people.uw1, now=now)
    gone = plan.visits.filter(project=project, method="onsite").order_by("planned_on")[0]
    remove_line(plan_id=plan.pk, visit_id=gone.pk, actor=people.uw1, now=now)
    return submit_plan(plan_id=plan.pk, actor=people.uw1, now=now)


def forge_approval(page: Page, portal: Portal, plan: RevisitPlan) -> dict[str, Any]:
    """The post that the page's disabled button would have made."""
    plan.refresh_from_db()
    page.goto(portal.url(f"/revisits/plans/{plan.pk}/decide/"))
    token = page.locator("[name=csrfmiddlewaretoken]").first.input_value()
    answer = page.request.post(
        portal.url(f"/revisits/plans/{plan.pk}/decide/"),
        form={"csrfmiddlewaretoken": token, "decision": "approve", "remark": "", "revision": str(plan.revision)},
        headers={"Referer": portal.url("/")},
    )
    return {"status": answer.status, "text": re.sub(r"\s+", " ", answer.text())}


@pytest.mark.clause("5.2.2")
def test_the_board_reads_as_a_list_on_a_phone(live_server: Any, browser: Browser, people: Personas) -> None:
    two_projects(people)
    plan = start_plan(unit=people.unit("U1D1"), year=year(), actor=people.pw11, now=timezone.now())
    draft_plan(plan_id=plan.pk, actor=people.pw11, now=timezone.now())
    portal = Portal(browser, live_server.url, width=390)
    page = portal.enter("pw11")
    page.goto(portal.url(f"/revisits/plans/{plan.pk}/"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    marks = row(page, NAME).locator("a.d")
    assert marks.count() == 12
    box = marks.first.bounding_box()
    assert box is not None
    assert box["height"] >= 30
    assert 0 <= box["x"] <= 390 - box["width"]
    marks.first.click()
    expect(page.locator("h1")).to_contain_text("调整回访安排")
    portal.close()
