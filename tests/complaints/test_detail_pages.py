"""A complaint's page: open to everybody who may see it, in few queries; where it stands, and what is next."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.models import Complaint, Plan, Verdict
from complaints.selectors.detail import complaint_for, moves_of
from complaints.selectors.stages import Stage, stages
from complaints.selectors.story import story_of
from complaints.services.confirming import confirm_with_complainant, record_contact
from complaints.services.filing import file_complaint, receive_reports, track_complaint
from complaints.services.links import decide_second
from complaints.services.milestones import record_progress
from complaints.services.planning import decide_plan
from complaints.services.registration import edit_registration, reveal_complainant
from complaints.services.ruling import decide_ruling
from complaints.services.supervising import hand_over, supervise_complaint, urge_complaint
from ledgers.models import Project
from tests.complaints.factories import (
    NOW,
    closed,
    complaint_in,
    evaluate,
    finish_all,
    handling,
    merged,
    opinion_given,
    proposed,
    rectifying,
    registered,
    replied,
    ruled,
    submitted_plan,
)
from tests.complaints.pages import as_user, page
from tests.personas import Personas

pytestmark = pytest.mark.django_db
S = Complaint.Status
SEEING = ("pw11", "pe11", "pm11", "uw1", "uh1", "ul1", "ug1", "gw", "gh", "gl")
PAGES = ("complaint_detail", "complaint_handling", "complaint_timeline")
MAX_QUERIES = 15
PHONE = "13900001234"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def bar(personas: Personas, complaint: Complaint) -> list[Stage]:
    found = complaint_for(personas.gh, complaint.pk)
    return stages(found, moves_of(found))


def words(line: list[Stage]) -> str:
    marks = {"done": "✓", "current": ">", "todo": "", "returned": "!", "ended": "×"}
    return " ".join(f"{marks[stage.state]}{stage.label}" for stage in line)


def shown(personas: Personas, login: str, complaint: Complaint, name: str = "complaint_detail") -> str:
    answer = as_user(personas, login).get(page(name, complaint.pk))
    assert answer.status_code == 200
    return str(answer.content.decode())


def offered(personas: Personas, login: str, complaint: Complaint) -> list[str]:
    """The buttons of the page, the main one first."""
    answer = as_user(personas, login).get(page("complaint_detail", complaint.pk))
    actions = answer.context["actions"]
    return [action.label for action in [*actions.main, *actions.more]]


@pytest.mark.clause("G2")
@pytest.mark.parametrize("status", S)
def test_a_complaint_opens_in_every_state_within_few_queries(personas: Personas, status: str) -> None:
    complaint = complaint_in(personas, status)
    told = []
    for login in SEEING:
        client = as_user(personas, login)
        for name in PAGES if login in ("uw1", "uh1", "gw", "pe11") else PAGES[:1]:
            assert client.get(page(name, complaint.pk)).status_code == 200, (login, name)
            with CaptureQueriesContext(connection) as captured:
                client.get(page(name, complaint.pk))
            if len(captured) > MAX_QUERIES:
                told.append((login, name, len(captured)))
    assert not told
    for login in ("uw2", "pw12", "outsider", "auditor"):
        for name in PAGES:
            assert as_user(personas, login).get(page(name, complaint.pk)).status_code == 404, (login, name)


@pytest.mark.clause("G2")
def test_a_department_sees_what_it_was_drawn_into(personas: Personas) -> None:
    complaint = ruled(personas, Verdict.SEVERE)
    client = as_user(personas, "ud1")
    assert client.get(page("complaint_detail", complaint.pk)).status_code == 404
    hand_over(
        complaint_id=complaint.pk,
        task="协调材料",
        due_on=NOW.date() + timedelta(days=3),
        charged=personas.ud1,
        actor=personas.ul1,
        now=NOW,
    )
    client.get(page("complaint_detail", complaint.pk))
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(page("complaint_detail", complaint.pk))
    assert answer.status_code == 200
    assert len(captured) <= MAX_QUERIES
    assert offered(personas, "ud1", complaint)[0] == "办理交办事项"


@pytest.mark.clause("G2")
def test_a_linked_complaint_is_not_shown_to_who_was_not_drawn_into_it(personas: Personas) -> None:
    complaint = ruled(personas, Verdict.SEVERE)
    earlier = Project.objects.get(pk=complaint.project_id)
    later = registered(personas, project=earlier, now=NOW + timedelta(hours=1))
    opinion_given(personas, complaint)
    assert later.number in shown(personas, "uw1", complaint)
    assert later.number not in shown(personas, "ud1", complaint)


# --- the stage bar


@pytest.mark.clause("5.4.2")
def test_the_bar_takes_the_way_of_the_ruling(personas: Personas) -> None:
    assert words(bar(personas, registered(personas))) == "✓已登记 >二次确认 责任判定 处理或回函 结案"
    confirmed = complaint_in(personas, S.CONFIRMED)
    assert words(bar(personas, confirmed)) == "✓已登记 ✓二次确认 >转办 责任判定 处理或回函 结案"
    severe = ruled(personas, Verdict.SEVERE)
    assert words(bar(personas, severe)) == "✓已登记 ✓二次确认 ✓责任判定 >方案编制 整改 客户评价 结案"
    assert words(bar(personas, handling(personas))) == "✓已登记 ✓二次确认 ✓责任判定 >直接处理 客户评价 结案"
    assert words(bar(personas, replied(personas))) == "✓已登记 ✓二次确认 ✓责任判定 ✓回函 >结案"
    assert words(bar(personas, complaint_in(personas, S.RECONSIDERING))) == (
        "✓已登记 ✓二次确认 ✓责任判定 >复议 回函 结案"
    )
    ended = closed(personas)
    assert words(bar(personas, ended)) == "✓已登记 ✓二次确认 ✓责任判定 ✓直接处理 ✓客户评价 ✓结案"
    assert {stage.note for stage in bar(personas, ended)} == {"03-10"}


def test_what_was_sent_back_and_what_has_ended_shows_in_the_bar(personas: Personas) -> None:
    ruling = proposed(personas, Verdict.MINOR)
    assert bar(personas, ruling.complaint)[2] == Stage("责任判定", "current", "待负责人确认")
    decide_ruling(
        complaint_id=ruling.complaint_id,
        ruling_id=ruling.pk,
        confirm=False,
        remark="补依据",
        actor=personas.uh1,
        now=NOW,
    )
    assert bar(personas, ruling.complaint)[2] == Stage("责任判定", "returned", "判定已退回")
    assert "补依据" in shown(personas, "uw1", ruling.complaint)
    unsatisfied = finish_all(personas, handling(personas))
    evaluate(personas, unsatisfied, satisfied=False)
    assert "客户不满意,继续处理" in shown(personas, "pe11", unsatisfied)
    assert bar(personas, unsatisfied)[3] == Stage("直接处理", "returned", "第 2 轮·客户不满意")
    plan = submitted_plan(personas)
    decide_plan(plan_id=plan.pk, step="return_check", remark="缺资源", actor=personas.pm11, now=NOW)
    assert bar(personas, plan.complaint)[3] == Stage("方案编制", "returned", "方案退回,第 2 稿")
    assert words(bar(personas, merged(personas))) == "✓已登记 ×已合并"


# --- who may do what


@pytest.mark.clause("B.4")
def test_the_one_main_action_is_the_posts_own(personas: Personas) -> None:
    """Others are not offered it; the page names who has the ball."""
    complaint = registered(personas)
    assert offered(personas, "uw1", complaint)[0] == "二次确认"
    assert "二次确认" not in offered(personas, "uh1", complaint)
    assert "吴维一" in shown(personas, "uh1", complaint)
    assert "由您办理" in shown(personas, "uw1", complaint)
    for status, login, label in (
        (S.AWAITING_RULING, "uw1", "提出责任判定"),
        (S.RULING_PROPOSED, "uh1", "确认判定"),
        (S.RULING_PROPOSED, "sub1", "确认判定"),
        (S.AWAITING_REPLY, "uw1", "编制回函"),
        (S.RECONSIDERING, "uh1", "复议"),
        (S.DRAFTING_PLAN, "pe11", "编制方案"),
        (S.HANDLING, "pe11", "处理完成"),
        (S.AWAITING_EVALUATION, "pe11", "客户评价"),
        (S.AWAITING_CLOSE, "uw1", "结案"),
    ):
        other = complaint_in(personas, status)
        assert offered(personas, login, other)[0] == label, status
        for idle in ("pw11", "gl"):
            assert label not in offered(personas, idle, other), (idle, status)
    assert offered(personas, "uh1", merged(personas)) == []


def test_the_plans_turn_is_offered_to_its_post(personas: Personas) -> None:
    plan = submitted_plan(personas)
    assert offered(personas, "pm11", plan.complaint)[0] == "审核方案"
    decide_plan(plan_id=plan.pk, step="check", remark="", actor=personas.pm11, now=NOW)
    assert offered(personas, "uh1", plan.complaint)[0] == "审核方案"
    decide_plan(plan_id=plan.pk, step="review", remark="", actor=personas.uh1, now=NOW)
    assert offered(personas, "ul1", plan.complaint)[0] == "审批方案"
    decide_plan(plan_id=plan.pk, step="approve", remark="", actor=personas.ul1, now=NOW)
    assert offered(personas, "pe11", plan.complaint)[:2] == ["填报节点进展", "处理完成"]


@pytest.mark.clause("G5")
def test_whoever_proposed_the_ruling_is_not_offered_its_confirmation(personas: Personas) -> None:
    from tests.factories import LONG_AGO, appoint

    appoint(personas.uw1, "UH", personas.unit("U1"), starts_on=LONG_AGO)
    ruling = proposed(personas, Verdict.MINOR)
    assert "确认判定" not in offered(personas, "uw1", ruling.complaint)
    assert "确认判定" in offered(personas, "uh1", ruling.complaint)


def test_the_phone_is_masked_everywhere(personas: Personas) -> None:
    complaint = registered(personas)
    reveal_complainant(complaint=complaint, purpose="回电", actor=personas.uw1, now=NOW)
    said = {
        "method": "phone",
        "at": NOW,
        "person": "周业主",
        "text": f"请改拨 {PHONE}",
        "actor": personas.uw1,
        "now": NOW,
    }
    record_contact(complaint_id=complaint.pk, kind="feedback", **said)
    for name in ("complaint_detail", "complaint_timeline", "complaint_contact", "complaint_confirm"):
        assert PHONE not in shown(personas, "uw1", complaint, name), name
    assert "139****1234" in shown(personas, "uw1", complaint)
    assert "请改拨 139****1234" in shown(personas, "uw1", complaint, "complaint_timeline")


def test_every_document_of_the_page_opens(personas: Personas) -> None:
    complaint = closed(personas, severe=True, level="group")
    answer = as_user(personas, "gw").get(page("complaint_detail", complaint.pk))
    documents = dict(answer.context["documents"])
    documents["评价"] = answer.context["content"].evaluations[0].pdf_url
    assert documents["专项整改方案"].startswith(f"/reports/plans/{complaint.plan.pk}/")
    assert documents["投诉备案表"].startswith(f"/reports/filings/{complaint.filing.pk}/")
    client = as_user(personas, "gw")
    told = {label: client.get(url).status_code for label, url in documents.items()}
    assert set(told.values()) <= {200, 302}, told


def test_linked_complaints_stand_on_both_pages(personas: Personas) -> None:
    earlier = handling(personas)
    later = registered(personas, project=Project.objects.get(pk=earlier.project_id), now=NOW + timedelta(hours=1))
    assert later.second == Complaint.Second.SUGGESTED
    assert "疑似前次投诉" in shown(personas, "uw1", later)
    assert later.number in shown(personas, "uw1", earlier)
    decide_second(complaint_id=later.pk, confirm=False, remark="不同部位", actor=personas.uh1, now=NOW)
    assert earlier.number not in shown(personas, "uw1", later)
    assert later.number not in shown(personas, "uw1", earlier)


# --- the timeline


@pytest.mark.clause("G1")
def test_one_timeline_of_the_complaint_and_of_all_that_belongs_to_it(personas: Personas) -> None:
    complaint = rectifying(personas)
    filing, milestone = complaint.filing, complaint.plan.effective.milestones.get()
    file_complaint(filing_id=filing.pk, note="", actor=personas.gw, now=NOW)
    report = {"milestones": "按期", "resources": "到位", "progress": "过半", "percent": 60}
    track_complaint(filing_id=filing.pk, kind="report", actor=personas.uw1, now=NOW, **report)
    receive_reports(filing_id=filing.pk, actor=personas.gw, now=NOW)
    supervise_complaint(filing_id=filing.pk, kind="process", text="抓紧", actor=personas.ul1, now=NOW)
    urge_complaint(complaint_id=complaint.pk, text="限期完成", actor=personas.uh1, now=NOW)
    record_progress(milestone_id=milestone.pk, percent=30, text="开工", actor=personas.pe11, now=NOW)
    due = NOW.date() + timedelta(days=3)
    order = hand_over(complaint_id=complaint.pk, task="协调", due_on=due, charged=None, actor=personas.ul1, now=NOW)
    lines = {line["label"]: line for line in story_of(complaint_for(personas.gh, complaint.pk))}
    for label in (
        "登记投诉",
        "二次确认:周业主(电话)",
        "完成二次确认",
        "确认判定:我方责任·问题严重",
        "征求部门意见:杜栋一",
        "反馈部门意见:杜栋一",
        "提交方案",
        "审批通过",
        f"节点开始计时:{milestone.name}",
        f"填报进展:{milestone.name}",
        "登记备案",
        "签收单位上报",
        "分管领导监督过程",
        "督办",
        f"交办项目经理部:{order.number}",
        "上传佐证材料“照片.png”",
    ):
        assert label in lines, (label, sorted(lines))
    assert f"/reports/filings/{filing.pk}/tracking.pdf" in shown(personas, "gw", complaint, "complaint_handling")
    assert lines["上报跟踪情况"]["remark"] == "完成 60%\n节点:按期\n资源:到位\n进展:过半"
    assert (lines["督办"]["who"], lines["督办"]["post"]) == ("胡恒一", "二级单位工程部·负责人")


@pytest.mark.clause("G1")
def test_the_timeline_tells_contacts_and_corrections_once(personas: Personas) -> None:
    complaint = registered(personas)
    confirm_with_complainant(
        complaint_id=complaint.pk,
        method="phone",
        at=NOW,
        person="周业主",
        reached=False,
        text="无人接听",
        demands=[],
        actor=personas.uw1,
        now=NOW,
    )
    demands = list(complaint.demands.values_list("text", flat=True))
    edit_registration(
        complaint_id=complaint.pk,
        values={"event": "外墙渗水"},
        demands=demands,
        revision=0,
        actor=personas.uw1,
        now=NOW,
    )
    lines = story_of(complaint_for(personas.gh, complaint.pk))
    assert [line["label"] for line in lines] == ["更正登记", "二次确认:周业主(电话,未联系上)", "登记投诉"]
    assert lines[0]["changes"] == [
        {"field": "投诉事件", "old": "地下室外墙渗水,停车位无法使用,多次报修未彻底解决", "new": "外墙渗水"}
    ]
    assert lines[1]["remark"] == "无人接听"


def grow(personas: Personas, complaint: Complaint, times: int) -> None:
    """Contacts, follow-ups, progress, orders and new versions of the plan."""
    said = {"method": "phone", "at": NOW, "person": "周业主", "text": "进展", "actor": personas.uw1, "now": NOW}
    report = {"milestones": "按期", "resources": "到位", "progress": "过半", "percent": 60, "now": NOW}
    milestone = complaint.plan.effective.milestones.get()
    due = NOW.date() + timedelta(days=3)
    for _ in range(times):
        record_contact(complaint_id=complaint.pk, kind="talk", **said)
        track_complaint(filing_id=complaint.filing.pk, kind="track", actor=personas.gw, **report)
        record_progress(milestone_id=milestone.pk, percent=30, text="进展", actor=personas.pe11, now=NOW)
        supervise_complaint(filing_id=complaint.filing.pk, kind="process", text="看", actor=personas.ul1, now=NOW)
        hand_over(complaint_id=complaint.pk, task="办", due_on=due, charged=None, actor=personas.ul1, now=NOW)


def counted(client: Client, complaint: Complaint) -> dict[str, int]:
    found = {}
    for name in PAGES:
        client.get(page(name, complaint.pk))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page(name, complaint.pk)).status_code == 200
        found[name] = len(captured)
    return found


def test_an_old_complaint_costs_no_more_than_a_young_one(personas: Personas) -> None:
    complaint = rectifying(personas)
    file_complaint(filing_id=complaint.filing.pk, note="", actor=personas.gw, now=NOW)
    grow(personas, complaint, 1)
    client = as_user(personas, "uw1")
    young = counted(client, complaint)
    grow(personas, complaint, 12)
    assert counted(client, complaint) == young
    assert max(young.values()) <= MAX_QUERIES


def test_beside_the_facts_stand_the_newest_lines_and_the_way_to_all(personas: Personas) -> None:
    complaint = rectifying(personas)
    client = as_user(personas, "uw1")
    part = client.get(page("complaint_timeline", complaint.pk), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    count = len(story_of(complaint_for(personas.gh, complaint.pk)))
    assert f"全部 {count} 条办理记录" in part
    assert "登记投诉" not in part
    assert "登记投诉" in client.get(page("complaint_timeline", complaint.pk)).content.decode()


def test_the_plan_stands_on_the_page_with_its_milestones(personas: Personas) -> None:
    complaint = rectifying(personas)
    part = shown(personas, "gw", complaint, "complaint_handling")
    for text in ("外墙防水返工", "已批准", "杜栋一", "缺少分管领导的过程监督记录。"):
        assert text in part
    plan = Plan.objects.get(complaint=complaint)
    assert plan.effective_id is not None
