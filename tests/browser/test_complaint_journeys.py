"""Complaints from the owner's call to the end, in a browser, each duty by the post whose duty it is."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, expect

from complaints.models import Complaint, Plan
from ledgers.models import Project
from tests.browser.complaint_desk import Desk, in_days, pick, proof
from tests.ledgers.factories import make_project
from tests.personas import Personas, make_personas
from workflow.models import Clock, Transition

pytestmark = pytest.mark.django_db(transaction=True)

DEMANDS = ("彻底修复地下室渗漏", "书面说明渗漏原因")
S = Complaint.Status


@pytest.fixture
def personas(transactional_db: None) -> Personas:
    return make_personas()


@pytest.fixture
def desk(live_server: Any, browser: Browser, personas: Personas) -> Iterator[Desk]:
    made = Desk(browser, live_server.url)
    yield made
    made.close()


@pytest.fixture
def project(personas: Personas) -> Project:
    return make_project(personas, name="滨江花园二期")


def ended(complaint: Complaint) -> bool:
    return not Clock.objects.of_case(complaint).running().exists()


@pytest.mark.clause("5.4.1", "5.4.2", "5.4.2a")
def test_not_ours_is_explained_by_a_letter_and_closed(desk: Desk, project: Project) -> None:
    complaint = desk.register("uw1", project, level="unit", demands=DEMANDS)
    assert complaint.number in desk.pdf("uw1", reverse("reports:complaint_receipt", args=[complaint.pk]))
    desk.confirm("uw1", complaint)
    desk.rule(complaint, "not_ours", "待回函")
    page = desk.on("uw1", complaint, "reply/")
    page.fill("#id_reasons", "渗漏部位为业主自行开洞处\n该部位不在我方施工范围")
    page.fill("#id_proof", "现场照片 4 张\n竣工图")
    page.click("main form button[type=submit]")
    page = desk.on("uw1", complaint, "reply/dispatch/")
    pick(page.locator("input[name=method][value=courier]"))
    page.fill("#id_tracking", "SF1234567890")
    page.click("main form button[type=submit]")  # without the proof of dispatch it does not leave the state
    complaint.refresh_from_db()
    assert complaint.status == S.AWAITING_REPLY
    expect(page.locator("body")).to_contain_text("发出证明")
    page = desk.on("uw1", complaint, "reply/dispatch/")
    pick(page.locator("input[name=method][value=courier]"))
    page.fill("#id_tracking", "SF1234567890")
    page.set_input_files("input[name=files]", proof("快递底单.png"))  # type: ignore[arg-type]
    page.click("main form button[type=submit]")
    expect(page.locator(".head-facts").first).to_contain_text("已回函")
    assert "业主自行处理" in desk.pdf("uw1", reverse("reports:complaint_reply_pdf", args=[complaint.pk]))
    desk.close_case(complaint)
    assert ended(complaint)


@pytest.mark.clause("5.4.2b", "5.4.2c", "5.4.3", "5.5.1", "5.5.2", "5.5.3", "5.5.4", "5.6.1", "5.6.2", "5.6.3", "5.7")
def test_to_the_group_serious_and_on_a_key_project(desk: Desk, personas: Personas) -> None:
    project = make_project(personas, name="市民中心", key=True)
    complaint = desk.register("gw", project, level="group", demands=DEMANDS)
    desk.confirm("gw", complaint)
    desk.forward(complaint)
    desk.rule(complaint, "severe", "方案编制中")
    # Filing in parallel; opinions; the plan is returned by UH and by UL, then approved.
    filing = desk.file(complaint)
    desk.ask_and_answer(complaint)
    plan = Plan.objects.get(complaint=complaint)
    desk.write_plan(plan, ends_in=20)
    desk.decide("pm11", plan, "check", state="待审核")
    desk.decide("uh1", plan, "return_review", remark="请补充排水措施", state="拟订")
    desk.write_plan(plan, ends_in=18)
    desk.decide("pm11", plan, "check", state="待审核")
    desk.decide("uh1", plan, "review", state="待审批")
    desk.decide("ul1", plan, "return_approve", remark="工期偏长", state="拟订")
    desk.write_plan(plan, ends_in=15)
    desk.decide("pm11", plan, "check", state="待审核")
    desk.decide("uh1", plan, "review", state="待审批")
    desk.decide("ul1", plan, "approve", state="已批准")
    complaint.refresh_from_db()
    assert complaint.status == S.RECTIFYING
    plan.refresh_from_db()
    assert plan.round == 3
    # A date changes: the difference is shown, the whole approval is given again.
    page = desk.at("pe11", f"/complaints/plans/{plan.pk}/change/")
    page.locator("main form textarea").first.fill("连续降雨,工期顺延")
    page.click("main form button[type=submit]")
    desk.write_plan(plan, ends_in=25)
    page = desk.at("pm11", f"/complaints/plans/{plan.pk}/decide/")
    expect(page.locator("main")).to_contain_text("与现行版本的差异")
    expect(page.locator("main ins").first).to_be_visible()
    expect(page.locator("main")).to_contain_text(in_days(25))
    desk.decide("pm11", plan, "check", state="待审核")
    desk.decide("uh1", plan, "review", state="待审批")
    desk.decide("ul1", plan, "approve", state="已批准")
    assert "排水沟" in desk.pdf("ul1", reverse("reports:complaint_plan_pdf", args=[plan.pk]))
    # Work, tracking, an unsatisfied round, then a satisfied one.
    desk.weekly("uw1", filing, "report")
    desk.weekly("gw", filing, "track")
    for login in ("ul1", "ug1"):
        desk.supervise(login, filing, "process")
    desk.finish_milestones(complaint)
    desk.finish(complaint)
    desk.evaluate(complaint, grade=2, state="整改中")
    desk.finish(complaint)
    evaluation = desk.evaluate(complaint, grade=5, state="待结案")
    assert evaluation.round == 2
    assert "周业主" in desk.pdf("uw1", reverse("reports:complaint_evaluation_pdf", args=[evaluation.pk]))
    # It cannot be closed before the leaders and the group have had their say.
    page = desk.on("uw1", complaint, "close/")
    expect(page.locator(".checks")).to_contain_text("结果监督")
    for login in ("ul1", "ug1"):
        desk.supervise(login, filing, "result")
    desk.close_filing(filing)
    desk.close_case(complaint)
    assert ended(complaint)
    page = desk.on("gw", complaint, "timeline/")
    expect(page.locator(".timeline")).to_contain_text("审批退回")
    expect(page.locator(".timeline")).to_contain_text("客户不满意")


@pytest.mark.clause("5.4.2d", "5.7", "B2-14")
def test_minor_is_handled_directly(desk: Desk, project: Project) -> None:
    complaint = desk.register("uw1", project, level="unit", demands=DEMANDS[:1])
    desk.confirm("uw1", complaint)
    desk.rule(complaint, "minor", "直接处理中")
    assert not Plan.objects.filter(complaint=complaint).exists()
    filing = desk.file(complaint)
    desk.finish(complaint)
    desk.evaluate(complaint, grade=4, state="待结案")
    for login in ("ul1", "ug1"):
        for kind in ("process", "result"):
            desk.supervise(login, filing, kind)
    desk.close_filing(filing)
    desk.close_case(complaint)
    assert ended(complaint)


@pytest.mark.clause("5.4.1")
def test_a_duplicate_is_shown_while_typing_and_merged(desk: Desk, project: Project) -> None:
    first = desk.register("uw1", project, level="unit", demands=DEMANDS[:1])
    page = desk.at("uw1", f"/complaints/new/?project={project.pk}")
    page.locator("#id_event").press_sequentially("地下室外墙渗水,停车位无法使用")
    expect(page.locator("#similar")).to_contain_text(first.number)
    twin = desk.register("uw1", project, level="unit", demands=DEMANDS)
    page = desk.on("uw1", twin, "merge/")
    pick(page.locator(f"input[name=survivor][value='{first.pk}']"))
    page.fill("#id_remark", "同一业主重复来电")
    page.click("main form button[type=submit]")
    page = desk.on("uh1", twin, "merge/decide/")
    page.click("button[name=decision][value=yes]")
    expect(page.locator(".head-facts").first).to_contain_text("已合并")
    assert ended(twin)
    assert set(first.demands.values_list("text", flat=True)) == set(DEMANDS)  # no demand of an owner is lost


@pytest.mark.clause("5.8.2")
def test_a_second_complaint_is_suggested_and_confirmed(desk: Desk, project: Project) -> None:
    first = desk.register("uw1", project, level="unit", demands=DEMANDS[:1])
    desk.confirm("uw1", first)
    desk.rule(first, "minor", "直接处理中")
    later = desk.register("uw1", project, level="unit", demands=DEMANDS)
    assert (later.second_of_id, later.second) == (first.pk, Complaint.Second.SUGGESTED)
    page = desk.on("uh1", later, "second/decide/")
    expect(page.locator("main")).to_contain_text(first.number)
    page.click("button[name=decision][value=yes]")
    later.refresh_from_db()
    assert later.second == Complaint.Second.CONFIRMED
    page = desk.on("uw1", first)
    expect(page.locator("main")).to_contain_text(later.number)
    steps = Transition.objects.about(later).values_list("step", flat=True)
    assert "confirm_second" in steps
