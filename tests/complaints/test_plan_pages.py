"""The pages of a rectification plan: who sees and does what, what they say, how many queries they ask."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from complaints.models import Complaint, Milestone, Plan, PlanVersion
from complaints.services.milestones import record_progress
from complaints.services.planning import change_plan, decide_plan, submit_plan
from tests.complaints.factories import (
    NOW,
    TEXTS,
    complaint_in,
    decide,
    node,
    opinion_given,
    rectifying,
    submitted_plan,
    write_plan,
)
from tests.complaints.pages import MOST, as_user, page, queries, rows_of
from tests.factories import appoint
from tests.personas import Personas
from workflow.models import Transition

pytestmark = pytest.mark.django_db
S = Complaint.Status
PAGES = (
    "plan_detail",
    "plan_timeline",
    "plan_versions",
    "plan_edit",
    "plan_submit",
    "plan_decide",
    "plan_change",
    "plan_drop",
)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def drafting(personas: Personas, **values: Any) -> Plan:
    complaint = complaint_in(personas, S.DRAFTING_PLAN, **values)
    return Plan.objects.get(complaint=complaint)


def changing(personas: Personas) -> Plan:
    """An approved plan whose milestone is put off by a week, not submitted yet."""
    plan = Plan.objects.get(complaint=rectifying(personas))
    plan = change_plan(plan_id=plan.pk, reason="材料到货推迟", actor=personas.pe11, now=NOW)
    return put_off(personas, plan)


def put_off(personas: Personas, plan: Plan, days: int = 27) -> Plan:
    assert plan.working is not None
    row = plan.working.milestones.get()
    return write_plan(
        personas, plan.complaint, nodes=[node(pk=row.pk, ends_on=date(2026, 3, 10) + timedelta(days=days))]
    )


def form_of(plan: Plan, **changes: Any) -> dict[str, str]:
    """The editor as a browser posts it, whole unless told otherwise."""
    data = {**TEXTS, "revision": str(plan.revision)}
    data |= {f"d{pk}-measure": "按方案返工" for pk in plan.complaint.demands.values_list("pk", flat=True)}
    for pk in plan.complaint.opinions.filter(status="given").values_list("pk", flat=True):
        data |= {f"o{pk}-measure": "增设排水沟", f"o{pk}-adopted": "1"}
    return data | rows_of("nodes", [dict(node())]) | changes


def test_every_page_opens_for_its_posts(personas: Personas) -> None:
    draft, check, change = drafting(personas), submitted_plan(personas), changing(personas)
    approved = Plan.objects.get(complaint=rectifying(personas))
    review = decide(personas, submitted_plan(personas), "check")
    approval = decide(personas, submitted_plan(personas), "check", "review")
    readers = ("pe11", "pm11", "pw11", "uw1", "uh1", "ul1", "ug1", "gw", "gh", "sub1")
    for plan in (draft, check, change, approved, review, approval):
        for name in ("plan_detail", "plan_timeline", "plan_versions"):
            for login in readers:
                assert as_user(personas, login).get(page(name, plan.pk)).status_code == 200, (name, login, plan.status)
    for login, name, plan in (
        ("pe11", "plan_edit", draft),
        ("pe11", "plan_submit", draft),
        ("pe11", "plan_edit", change),
        ("pe11", "plan_submit", change),
        ("pe11", "plan_drop", change),
        ("pe11", "plan_change", approved),
        ("pm11", "plan_decide", check),
        ("uh1", "plan_decide", review),
        ("sub1", "plan_decide", review),
        ("ul1", "plan_decide", approval),
    ):
        answer = as_user(personas, login).get(page(name, plan.pk))
        assert answer.status_code == 200, (login, name, answer.content.decode()[:800])


@pytest.mark.clause("G2")
def test_the_neighbours_find_nothing(personas: Personas) -> None:
    plan = submitted_plan(personas)
    for login in ("pw12", "pe21", "pm21", "uw2", "uh2", "ul2", "ud2", "sysadmin", "outsider"):
        client = as_user(personas, login)
        for name in PAGES:
            assert client.get(page(name, plan.pk)).status_code == 404, (login, name)
            assert client.post(page(name, plan.pk), {"remark": "x"}).status_code in (404, 405), (login, name)
    assert as_user(personas, "ud1").get(page("plan_detail", plan.pk)).status_code == 200  # was asked
    with_nobody = drafting(personas)
    assert as_user(personas, "ud1").get(page("plan_detail", with_nobody.pk)).status_code == 404


@pytest.mark.clause("5.5.1", "5.5.2", "5.5.3")
def test_every_other_post_is_refused(personas: Personas) -> None:
    """B.4 row 4 by page and by forged POST: 403 for whoever has no such duty, and nothing moves."""
    draft = drafting(personas)
    doers = {
        "plan_edit": ({"pe11"}, draft),
        "plan_submit": ({"pe11"}, draft),
        "plan_change": ({"pe11"}, Plan.objects.get(complaint=rectifying(personas))),
        "plan_drop": ({"pe11"}, changing(personas)),
        "plan_decide": ({"pm11", "uh1", "sub1", "ul1"}, submitted_plan(personas)),
    }
    before = Transition.objects.count()
    for name, (allowed, plan) in doers.items():
        for login in ("pe11", "pm11", "pw11", "uw1", "uh1", "ul1", "ug1", "gw", "gh", "sub1"):
            if login not in allowed:
                client = as_user(personas, login)
                data = form_of(plan) | {"remark": "x", "step": "check"}
                assert client.get(page(name, plan.pk)).status_code == 403, (login, name)
                assert client.post(page(name, plan.pk), data).status_code == 403, (login, name)
    assert Transition.objects.count() == before


def test_the_right_post_in_the_wrong_state_is_told_so(personas: Personas) -> None:
    plan = submitted_plan(personas)
    for login, name in (("pe11", "plan_edit"), ("pe11", "plan_submit"), ("pe11", "plan_change"), ("pe11", "plan_drop")):
        assert as_user(personas, login).get(page(name, plan.pk)).status_code == 409, name
    draft = drafting(personas)
    for login in ("pm11", "uh1", "ul1"):  # nothing to decide yet
        assert as_user(personas, login).get(page("plan_decide", draft.pk)).status_code == 409


@pytest.mark.clause("5.5.1", "5.5.2", "5.5.3")
def test_a_decider_whose_turn_is_to_come_has_no_right_yet_and_one_whose_turn_is_over_is_told_who_decided(
    personas: Personas,
) -> None:
    plan = submitted_plan(personas)
    turns = (("check", "pm11"), ("review", "uh1"), ("approve", "ul1"))
    for at, (step, _) in enumerate(turns):
        for other, (_, login) in enumerate(turns):
            if other == at:
                continue
            client = as_user(personas, login)
            data = {"step": step, "remark": "", "revision": plan.revision}
            answers = [client.get(page("plan_decide", plan.pk)), client.post(page("plan_decide", plan.pk), data)]
            assert {answer.status_code for answer in answers} == ({409} if other < at else {403}), (step, login)
            said = answers[0].content.decode()
            assert ("已由" in said) if other < at else ("尚未轮到您" in said)
        assert Plan.objects.get(pk=plan.pk).status == plan.status
        plan = decide(personas, plan, step)


@pytest.mark.clause("5.5.1", "B3-C03")
def test_the_plan_is_written_saved_unfinished_and_submitted(personas: Personas) -> None:
    plan = drafting(personas)
    client = as_user(personas, "pe11")
    opened = client.get(page("plan_edit", plan.pk)).content.decode()
    assert plan.complaint.event in opened  # the overview begins with what is known
    part = {"overview": "外墙渗水", "revision": "0"} | rows_of("nodes", [{"name": "返工", "ends_on": "2026-03-20"}, {}])
    saved = client.post(page("plan_edit", plan.pk), part, follow=True)
    assert saved.status_code == 200
    text = saved.content.decode()
    assert "已保存,还缺" in text
    assert "第 1 个节点“返工”缺少:开始日期、责任人、验收标准、资源配置(人、材、机)、资源配置依据。" in text
    assert "第 1 项诉求没有对应措施。" in text
    assert "请先征求二级单位相关部门意见。" in text
    plan.refresh_from_db()
    assert plan.working is not None
    assert [m.ends_on for m in plan.working.milestones.all()] == [date(2026, 3, 20)]
    refused = client.post(page("plan_submit", plan.pk))
    assert refused.status_code == 409
    assert "没有提交" in refused.content.decode()

    opinion_given(personas, plan.complaint)
    row = plan.working.milestones.get()
    whole = form_of(plan) | rows_of("nodes", [dict(node(pk=row.pk)), dict(node(name="恢复车位"))]) | {"submit": "1"}
    answer = client.post(page("plan_edit", plan.pk), whole, follow=True)
    assert answer.redirect_chain[-1][0] == page("plan_detail", plan.pk), answer.content.decode()
    plan.refresh_from_db()
    assert plan.status == Plan.Status.IN_CHECK
    assert plan.working is not None
    assert [m.name for m in plan.working.milestones.all()] == ["外墙防水返工", "恢复车位"]
    assert plan.working.milestones.first() == row  # the row was changed, not made anew


def test_saving_and_submitting_what_is_not_whole_keeps_it_and_says_what_lacks(personas: Personas) -> None:
    plan = drafting(personas)
    answer = as_user(personas, "pe11").post(page("plan_edit", plan.pk), form_of(plan, submit="1"), follow=True)
    assert "没有提交:还缺 1 项" in answer.content.decode()
    plan.refresh_from_db()
    assert (plan.status, plan.revision) == (Plan.Status.DRAFT, 1)


def test_a_removed_row_goes_and_a_blank_one_is_none(personas: Personas) -> None:
    plan = drafting(personas)
    client = as_user(personas, "pe11")
    client.post(page("plan_edit", plan.pk), form_of(plan) | rows_of("nodes", [dict(node()), dict(node(name="二"))]))
    plan.refresh_from_db()
    assert plan.working is not None
    second = plan.working.milestones.get(name="二")
    rows = [dict.fromkeys(("pk", *node()), ""), dict(node(pk=second.pk, name="二"))]  # as the browser empties a row
    client.post(page("plan_edit", plan.pk), form_of(plan) | rows_of("nodes", rows))
    assert [(m.pk, m.number) for m in plan.working.milestones.all()] == [(second.pk, 1)]


def test_two_people_edit_and_nothing_typed_is_lost(personas: Personas) -> None:
    plan = drafting(personas)
    client = as_user(personas, "pe11")
    assert client.post(page("plan_edit", plan.pk), form_of(plan)).status_code == 302
    late = client.post(page("plan_edit", plan.pk), form_of(plan, cause="另一个原因") | {"revision": "0"})
    text = late.content.decode()
    assert late.status_code == 409
    assert "您的修改没有覆盖它" in text
    assert "另一个原因" in text  # typed
    assert TEXTS["cause"] in text  # stored
    assert 'name="revision" value="1"' in text
    version = PlanVersion.objects.get(plan=plan)
    assert version.cause == TEXTS["cause"]


HOSTILE = (
    {"revision": "x"},
    {"revision": "9" * 400},
    {"cause": "长" * 3000},
    {"cause": "a\x00b"},
    {"nodes-TOTAL_FORMS": "99999999"},
    {"nodes-TOTAL_FORMS": "x"},
    {"nodes-TOTAL_FORMS": ""},
    {"nodes-0-pk": "9" * 30},
    {"nodes-0-pk": "abc"},
    {"nodes-0-starts_on": "2026-02-30"},
    {"nodes-0-starts_on": "99999-01-01"},
    {"nodes-0-ends_on": "2026-01-01"},
    {"nodes-0-name": "名" * 201},
    {"nodes-0-responsible": "\x00"},
)


@pytest.mark.parametrize("bad", HOSTILE, ids=lambda bad: next(iter(bad)) + str(bad)[:30])
def test_hostile_input_gets_an_answer(personas: Personas, bad: dict[str, str]) -> None:
    plan = drafting(personas)
    client = as_user(personas, "pe11")
    answer = client.post(page("plan_edit", plan.pk), form_of(plan) | bad)
    assert answer.status_code in (302, 409, 422), answer.status_code
    if answer.status_code == 422:
        assert "error-summary" in answer.content.decode()


def test_a_number_that_no_record_has_is_not_found(personas: Personas) -> None:
    client = as_user(personas, "uw1")
    names = (*PAGES, "milestone_detail", "opinion_ask", "opinion_detail", "filing_detail", "order_detail")
    for name in (*names, "filing_track", "filing_receive", "complaint_urge"):
        for pk in (0, 999_999, 2**63, 10**30):
            assert client.post(page(name, pk)).status_code in (404, 405), (name, pk)
            assert client.get(page(name, pk)).status_code in (404, 405), (name, pk)


def test_a_milestone_of_another_plan_is_not_taken_over(personas: Personas) -> None:
    other = Milestone.objects.get(plan_version__plan=submitted_plan(personas))
    plan = drafting(personas)
    client = as_user(personas, "pe11")
    client.post(page("plan_edit", plan.pk), form_of(plan) | rows_of("nodes", [dict(node(pk=other.pk, name="抢"))]))
    other.refresh_from_db()
    assert other.name != "抢"
    assert Milestone.objects.filter(plan_version__plan=plan).exclude(pk=other.pk).count() == 1


@pytest.mark.clause("5.5.1", "5.5.2", "5.5.3")
def test_the_chain_by_its_pages(personas: Personas) -> None:
    plan = submitted_plan(personas)
    for login, step, status in (
        ("pm11", "check", Plan.Status.IN_REVIEW),
        ("uh1", "review", Plan.Status.IN_APPROVAL),
        ("ul1", "approve", Plan.Status.APPROVED),
    ):
        client = as_user(personas, login)
        shown = client.get(page("plan_decide", plan.pk)).content.decode()
        assert "外墙防水返工" in shown
        assert "由您办理" in shown  # the chip with the hours left
        data = {"step": step, "remark": "", "revision": plan.revision}
        assert client.post(page("plan_decide", plan.pk), data).status_code == 302
        plan.refresh_from_db()
        assert plan.status == status
    assert Complaint.objects.get(pk=plan.complaint_id).status == S.RECTIFYING


@pytest.mark.clause("G5")
def test_whoever_checked_is_not_shown_the_review(personas: Personas) -> None:
    appoint(personas.pm11, "UH", personas.unit("U1"))
    plan = decide(personas, submitted_plan(personas), "check")
    client = as_user(personas, "pm11")
    refused = client.get(page("plan_decide", plan.pk))
    assert refused.status_code == 403
    assert "职责分离" in refused.content.decode()
    data = {"step": "review", "remark": "", "revision": plan.revision}
    assert client.post(page("plan_decide", plan.pk), data).status_code == 403
    assert page("plan_decide", plan.pk) not in client.get(page("plan_detail", plan.pk)).content.decode()


@pytest.mark.clause("5.5.2")
def test_a_return_needs_a_reason_and_shows_it_on_top(personas: Personas) -> None:
    plan = decide(personas, submitted_plan(personas), "check")
    client = as_user(personas, "uh1")
    blank = client.post(page("plan_decide", plan.pk), {"step": "return_review", "revision": plan.revision})
    assert blank.status_code == 422
    assert "退回时请写明理由" in blank.content.decode()
    data = {"step": "return_review", "remark": "节点过长,请压缩", "revision": plan.revision}
    assert client.post(page("plan_decide", plan.pk), data).status_code == 302
    for name in ("plan_detail", "plan_edit"):
        shown = as_user(personas, "pe11").get(page(name, plan.pk)).content.decode()
        assert "节点过长,请压缩" in shown
    plan.refresh_from_db()
    assert plan.round == 2
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
    assert "节点过长" not in as_user(personas, "pm11").get(page("plan_detail", plan.pk)).content.decode()


def test_what_was_changed_since_it_was_read_is_not_approved_unseen(personas: Personas) -> None:
    plan = submitted_plan(personas)
    seen = plan.revision
    decide_plan(plan_id=plan.pk, step="return_check", remark="补充", actor=personas.pm11, now=NOW)
    write_plan(personas, plan.complaint, cause="改了原因")
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
    data = {"step": "check", "remark": "", "revision": seen}
    answer = as_user(personas, "pm11").post(page("plan_decide", plan.pk), data)
    assert answer.status_code == 409
    assert Plan.objects.get(pk=plan.pk).status == Plan.Status.IN_CHECK


@pytest.mark.parametrize("step", ["", "edit", "submit", "cancel", "open", "approve", "nonsense"])
def test_a_decision_that_is_none_of_theirs_is_refused(personas: Personas, step: str) -> None:
    plan = submitted_plan(personas)
    answer = as_user(personas, "pm11").post(
        page("plan_decide", plan.pk), {"step": step, "remark": "x", "revision": plan.revision}
    )
    assert answer.status_code == 422
    assert Plan.objects.get(pk=plan.pk).status == Plan.Status.IN_CHECK


@pytest.mark.clause("5.5.4")
def test_an_approved_version_is_locked_against_a_forged_post(personas: Personas) -> None:
    plan = Plan.objects.get(complaint=rectifying(personas))
    client = as_user(personas, "pe11")
    before = list(Milestone.objects.values_list("pk", "ends_on", "name"))
    row = Milestone.objects.get()
    forged = form_of(plan) | rows_of("nodes", [dict(node(pk=row.pk, ends_on=date(2026, 12, 31)))])
    assert client.post(page("plan_edit", plan.pk), forged).status_code == 409
    assert client.post(page("plan_submit", plan.pk)).status_code == 409
    change_plan(plan_id=plan.pk, reason="推迟", actor=personas.pe11, now=NOW)
    plan.refresh_from_db()
    # The form of the change names the approved version's row: it makes a row of the new version.
    forged["revision"] = str(plan.revision)
    assert client.post(page("plan_edit", plan.pk), forged).status_code == 302
    assert list(Milestone.objects.filter(plan_version=plan.effective).values_list("pk", "ends_on", "name")) == before


@pytest.mark.clause("5.5.4")
def test_a_change_shows_the_difference_to_the_version_in_force(personas: Personas) -> None:
    plan = changing(personas)
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
    for login, step in (("pm11", "check"), ("uh1", "review"), ("ul1", "approve")):
        client = as_user(personas, login)
        for name in ("plan_detail", "plan_decide"):
            text = client.get(page(name, plan.pk)).content.decode()
            assert "<del>2026-03-10 至 2026-03-30</del>" in text, (login, name)
            assert "<ins>2026-03-10 至 2026-04-06</ins>" in text, (login, name)
            assert "第 1 版继续有效" in text
        decide(personas, plan, step)
    versions = as_user(personas, "pe11").get(page("plan_versions", plan.pk)).content.decode()
    assert "<ins>2026-03-10 至 2026-04-06</ins>" in versions
    assert "已被替代" in versions
    assert "现行版本" in versions


@pytest.mark.clause("5.5.4")
def test_a_change_is_begun_with_its_reason_and_given_up(personas: Personas) -> None:
    plan = Plan.objects.get(complaint=rectifying(personas))
    client = as_user(personas, "pe11")
    assert client.post(page("plan_change", plan.pk), {"remark": ""}).status_code == 422
    begun = client.post(page("plan_change", plan.pk), {"remark": "材料推迟"})
    assert (begun.status_code, begun["Location"]) == (302, page("plan_edit", plan.pk))
    detail = client.get(page("plan_detail", plan.pk)).content.decode()
    assert "变更拟订" in detail
    assert "材料推迟" in detail
    assert client.post(page("plan_drop", plan.pk), {"remark": "材料已到"}).status_code == 302
    plan.refresh_from_db()
    assert plan.status == Plan.Status.APPROVED
    assert plan.working_id == plan.effective_id
    assert "已放弃" in client.get(page("plan_versions", plan.pk)).content.decode()


def test_the_pages_ask_the_same_whatever_the_plan_holds(personas: Personas) -> None:
    plan = changing(personas)
    urls = [page(name, plan.pk) for name in ("plan_detail", "plan_edit", "plan_versions", "plan_timeline")]
    client = as_user(personas, "pe11")
    few = [queries(client, url) for url in urls]
    for _ in range(3):
        opinion_given(personas, plan.complaint)
        write_plan(personas, plan.complaint, nodes=[node(name=f"节点{n}") for n in range(8)])
    many = [queries(client, url) for url in urls]
    assert many == few
    assert max(many[:1] + many[2:]) <= MOST, many
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
    for login, step in (("pm11", "check"), ("uh1", "review"), ("ul1", "approve")):
        client = as_user(personas, login)
        counted = {name: queries(client, page(name, plan.pk)) for name in ("plan_detail", "plan_decide")}
        assert max(counted.values()) <= MOST, (login, counted)
        decide(personas, plan, step)


@pytest.mark.clause("5.6.1")
def test_a_late_milestone_stands_out_on_the_plan(personas: Personas) -> None:
    """The version in force reminds on the plan's page too, while a change of it is under way."""
    plan = changing(personas)
    with time_machine.travel(NOW + timedelta(days=21), tick=False):
        text = as_user(personas, "uw1").get(page("plan_detail", plan.pk)).content.decode()
    assert "现行第 1 版节点" in text
    assert re.search(r">03-30 24:00</time><span class=\"due-left\" data-due-left>已逾期", text)
    assert "已逾期" not in as_user(personas, "uw1").get(page("plan_versions", plan.pk)).content.decode()


def test_progress_of_a_milestone_goes_over_to_the_next_version(personas: Personas) -> None:
    plan = changing(personas)
    assert plan.effective is not None
    row = plan.effective.milestones.get()
    record_progress(milestone_id=row.pk, percent=60, text="已完成东侧", actor=personas.pe11, now=NOW)
    submit_plan(plan_id=plan.pk, actor=personas.pe11, now=NOW)
    plan = decide(personas, plan, "check", "review", "approve")
    assert plan.effective is not None
    later = plan.effective.milestones.get()
    assert later.percent == 60
    assert "已完成东侧" in as_user(personas, "pe11").get(page("milestone_detail", later.pk)).content.decode()
