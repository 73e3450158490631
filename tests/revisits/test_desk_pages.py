"""The list of plans, beginning one, deciding on one and on several (clauses 5.2.1 to 5.2.4)."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import cache

from organization.models import Unit
from revisits.models import PlanVersion, RevisitPlan, Waiver
from revisits.services.deciding import change_plan, submit_plan
from revisits.services.planning import change_line, remove_line
from revisits.services.waivers import ask_waiver
from tests.personas import Personas
from workflow.models import Transition

from .factories import (
    OPENED,
    YEAR,
    a_ledger,
    approved,
    drafted,
    first_visit,
    started,
    submitted,
    visited,
)  # fmt: skip
from .pages import MOST, NEIGHBOURS, READERS, STRANGERS, as_user, page, queries, text_of

pytestmark = pytest.mark.django_db
S = RevisitPlan.Status


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(OPENED, tick=False):
        yield


def lacking(personas: Personas, unit: str = "U1", *, submit: bool = True) -> RevisitPlan:
    """A drafted plan from which one visit was taken out, handed in with that gap."""
    plan = drafted(personas, unit=unit)
    writer = {"U1": "uw1", "U1D1": "pw11"}[unit]
    line = plan.visits.order_by("planned_on")[0]
    remove_line(plan_id=plan.pk, visit_id=line.pk, actor=personas[writer], now=OPENED)
    return submit_plan(plan_id=plan.pk, actor=personas[writer], now=OPENED) if submit else plan


def asked_for(personas: Personas, plan: RevisitPlan, writer: str = "uw1") -> Waiver:
    assert plan.working is not None
    plan.working.refresh_from_db()
    gap = plan.working.report["gaps"][0]
    return ask_waiver(
        plan_id=plan.pk,
        project_id=gap["project"],
        rule=gap["rule"],
        reason="业主封闭管理,本季度不接待",
        actor=personas[writer],
        now=OPENED,
    )


def tab(text: str, label: str) -> int:
    found = re.search(rf">{label}<span class=\"count\">(\d+)", text)
    assert found is not None, label
    return int(found[1])


# --- the list


@pytest.mark.clause("5.2.1", "5.2.2", "G2")
def test_the_list_shows_each_person_the_plans_in_reach(personas: Personas) -> None:
    a_ledger(personas)
    unit, department = approved(personas), lacking(personas, "U1D1")
    for login in READERS:
        text = text_of(as_user(personas, login), page("plan_list"))
        assert (page("plan_detail", unit.pk) in text) is (login not in ("pw11", "pm11", "pe11")), login
        assert page("plan_detail", department.pk) in text, login
    for login in NEIGHBOURS:
        text = text_of(as_user(personas, login), page("plan_list"))
        assert page("plan_detail", unit.pk) not in text
        assert page("plan_detail", department.pk) not in text
    for login in STRANGERS:
        assert as_user(personas, login).get(page("plan_list")).status_code == 403, login


def test_the_tabs_count_by_state_and_by_what_is_missing(personas: Personas) -> None:
    a_ledger(personas)
    plan, waiting = approved(personas), lacking(personas, "U1D1")
    client = as_user(personas, "uh1")
    text = text_of(client, page("plan_list"))
    wanted = {"全部": 2, "待我审批": 1, "待审批": 1, "编制中": 0, "执行中": 1, "有缺口": 1, "受影响": 0, "已关闭": 0}
    assert {label: tab(text, label) for label in wanted} == wanted
    for query, found in (
        ("status=approved", plan),
        ("status=in_approval", waiting),
        ("gaps=on", waiting),
        ("mine=on", waiting),
        ("level=unit", plan),
        ("q=第一项目", None),
        ("affected=on", None),
        ("year=2027", None),
    ):
        text = text_of(client, f"{page('plan_list')}?{query}")
        rows = set(re.findall(r"/revisits/plans/(\d+)/\"", text))
        if query.startswith("q="):
            continue
        assert rows == ({str(found.pk)} if found else set()), query
    assert "待我审批" not in text_of(as_user(personas, "uw1"), page("plan_list"))


def test_a_row_tells_lines_gaps_waivers_and_what_is_done(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    visited(personas, first_visit(plan))
    text = text_of(as_user(personas, "gw"), page("plan_list"))
    row = text[text.index(page("plan_detail", plan.pk)) :]
    assert re.search(r'data-label="工程">1<.*?data-label="安排">6<.*?data-label="缺口">0<', row, re.S)
    assert 'data-label="已访 / 应访">1 / 6<' in row
    version = PlanVersion.objects.get(plan=plan)
    assert (version.projects, version.lines, version.gaps, version.waived) == (1, 6, 0, 0)


def test_a_wrong_filter_is_named_and_narrows_nothing(personas: Personas) -> None:
    a_ledger(personas)
    plan = started(personas)
    client = as_user(personas, "uw1")
    for query in ("status=nothing", "level=%00", "unit=nowhere", "page=x", "per=7", "sort=password"):
        text = text_of(client, f"{page('plan_list')}?{query}")
        assert page("plan_detail", plan.pk) in text or "没有采用" in text, query
    assert "没有采用:年度" in text_of(client, f"{page('plan_list')}?year=abc")


def test_the_list_asks_the_same_for_two_plans_and_for_fifty(personas: Personas) -> None:
    a_ledger(personas)
    submitted(personas)
    submitted(personas, unit="U1D1")
    client = as_user(personas, "gh")
    few = queries(client, page("plan_list"))
    above = personas.unit("U1")
    for number in range(48):
        unit = above.add_child(code=f"U1X{number}", name=f"项目经理部 {number}", tier="department")
        plan = RevisitPlan.objects.create(
            unit=Unit.objects.get(pk=unit.pk), level="department", year=YEAR, opened_at=OPENED
        )
        plan.working = PlanVersion.objects.create(
            plan=plan, number=1, created_at=OPENED, policy=PlanVersion.objects.all()[0].policy,
            edition=PlanVersion.objects.all()[0].edition, report={"projects": 1, "lines": 2},
        )  # fmt: skip
        plan.save()
    cache.clear()
    many = queries(client, f"{page('plan_list')}?per=50")
    assert few <= MOST
    assert many <= few


# --- beginning


@pytest.mark.clause("5.2.1", "5.2.2")
def test_who_has_no_plan_is_named_and_who_drafts_begins_it(personas: Personas) -> None:
    a_ledger(personas)
    for login in ("gw", "gh", "uh1"):
        text = text_of(as_user(personas, login), page("plan_start"))
        assert personas.unit("U1").name in text
        assert personas.unit("U1D1").name in text
        assert "开始编制 2026 年度计划" not in text
        answer = as_user(personas, login).post(page("plan_start"), {"unit": personas.unit("U1").pk, "year": "2026"})
        assert answer.status_code == 403, login
    client = as_user(personas, "uw1")
    assert "开始编制 2026 年度计划" in text_of(client, page("plan_start"))
    answer = client.post(page("plan_start"), {"unit": personas.unit("U1").pk, "year": "2026"})
    plan = RevisitPlan.objects.get()
    assert answer["Location"] == page("plan_detail", plan.pk)
    assert (plan.unit_id, plan.year, plan.status) == (personas.unit("U1").pk, 2026, S.DRAFT)
    text = text_of(client, page("plan_start"))
    assert "已经开始" in text
    assert "开始编制 2026 年度计划" not in text
    assert client.post(page("plan_start"), {"unit": personas.unit("U1").pk, "year": "2026"}).status_code == 409


@pytest.mark.clause("G2")
def test_nobody_begins_the_plan_of_another(personas: Personas) -> None:
    a_ledger(personas)
    for login, code in (("uw1", "U1D1"), ("uw1", "U2"), ("pw11", "U1"), ("pw11", "U1D2"), ("uw1", "G")):
        answer = as_user(personas, login).post(page("plan_start"), {"unit": personas.unit(code).pk, "year": "2026"})
        assert answer.status_code == 422, (login, code)
    for login in STRANGERS:
        answer = as_user(personas, login).post(page("plan_start"), {"unit": personas.unit("U1").pk, "year": "2026"})
        assert answer.status_code == 403, login
    client = as_user(personas, "uw1")
    for data in ({}, {"unit": "x"}, {"unit": personas.unit("U1").pk, "year": "2031"}):
        assert client.post(page("plan_start"), data).status_code == 422, data
    assert not RevisitPlan.objects.exists()


def test_next_year_is_begun_early_and_due_with_its_opening(personas: Personas) -> None:
    a_ledger(personas)
    client = as_user(personas, "pw11")
    assert "2027 年度尚未编制计划的单位" in text_of(client, f"{page('plan_start')}?year=2027")
    client.post(page("plan_start"), {"unit": personas.unit("U1D1").pk, "year": "2027"})
    assert RevisitPlan.objects.get().year == 2027


# --- deciding


@pytest.mark.clause("5.2.4", "A2-6.2")
def test_the_decide_page_has_what_the_approver_needs(personas: Personas) -> None:
    a_ledger(personas)
    plan = lacking(personas)
    waiver = asked_for(personas, plan)
    text = text_of(as_user(personas, "gh"), page("plan_decide", plan.pk))
    for words in ("数量与频次", "检查报告", "一季度电话回访", "待决定的豁免", "业主封闭管理", "现在不能批准", "剩 1天"):
        assert words in text, words
    assert page("waiver_decide", waiver.pk) in text
    assert re.search(r'value="approve" disabled', text)


@pytest.mark.clause("5.2.4")
def test_the_page_and_a_forged_post_refuse_a_plan_with_a_gap(personas: Personas) -> None:
    a_ledger(personas)
    plan = lacking(personas)
    client = as_user(personas, "gh")
    before = Transition.objects.count()
    data = {"decision": "approve", "revision": str(plan.revision), "remark": "同意上报内容"}
    answer = client.post(page("plan_decide", plan.pk), data)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Q1" in text
    assert "同意上报内容" in text  # nothing typed is lost
    plan.refresh_from_db()
    assert plan.status == S.IN_APPROVAL
    assert Transition.objects.count() == before
    client.post(page("waiver_decide", asked_for(personas, plan).pk), {"grant": "1"})
    plan.refresh_from_db()
    answer = client.post(page("plan_decide", plan.pk), data)
    assert answer.status_code == 302, answer.content.decode()[:800]
    plan.refresh_from_db()
    assert plan.status == S.APPROVED
    assert "已豁免" not in text_of(client, page("plan_list")) or PlanVersion.objects.get(plan=plan).waived == 1


@pytest.mark.clause("5.2.4", "G6")
def test_only_the_approver_decides(personas: Personas) -> None:
    """403 within reach, 404 outside it; the state stays."""
    a_ledger(personas)
    for unit, deciders in (("U1", {"gh"}), ("U1D1", {"uh1", "sub1"})):
        plan = submitted(personas, unit=unit)
        url, data = page("plan_decide", plan.pk), {"decision": "approve", "revision": str(plan.revision)}
        inside = {*READERS} - deciders - (set() if unit == "U1D1" else {"pw11", "pm11", "pe11"})
        for login in sorted(inside):
            assert as_user(personas, login).get(url).status_code == 403, (unit, login)
            assert as_user(personas, login).post(url, data).status_code == 403, (unit, login)
        for login in (*NEIGHBOURS, *STRANGERS):
            assert as_user(personas, login).post(url, data).status_code == 404, (unit, login)
        plan.refresh_from_db()
        assert plan.status == S.IN_APPROVAL
        assert as_user(personas, sorted(deciders)[0]).post(url, data).status_code == 302
        assert as_user(personas, sorted(deciders)[0]).post(url, data).status_code == 409


@pytest.mark.clause("5.2.4")
def test_a_return_needs_its_reason_which_the_next_round_shows(personas: Personas) -> None:
    a_ledger(personas)
    plan = submitted(personas)
    client, url = as_user(personas, "gh"), page("plan_decide", plan.pk)
    answer = client.post(url, {"decision": "return", "revision": str(plan.revision), "remark": " "})
    assert answer.status_code == 422
    assert "退回时请写明理由" in answer.content.decode()
    for data in ({}, {"decision": "close", "revision": "1"}, {"decision": "return", "remark": "x"}):
        assert client.post(url, data).status_code == 422, data
    assert client.post(url, {"decision": "return", "revision": "0", "remark": "请核对"}).status_code == 409
    answer = client.post(url, {"decision": "return", "revision": str(plan.revision), "remark": "二季度过于集中"})
    assert answer.status_code == 302
    plan.refresh_from_db()
    assert (plan.status, plan.round) == (S.RETURNED, 2)
    submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    assert "二季度过于集中" in text_of(client, url)


@pytest.mark.clause("A2-3", "5.2.4")
def test_a_change_is_decided_on_its_difference(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    change_plan(plan_id=plan.pk, reason="业主改了时间", actor=personas.uw1, now=OPENED)
    line = plan.visits.filter(method="phone").order_by("-planned_on")[0]
    change_line(
        plan_id=plan.pk,
        visit_id=line.pk,
        on=line.planned_on.replace(day=20),
        method="phone",
        visitor=line.visitor_id,
        actor=personas.uw1,
        now=OPENED,
    )
    submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    text = text_of(as_user(personas, "gh"), page("plan_decide", plan.pk))
    assert "变更的第 2 版" in text
    assert "业主改了时间" in text
    assert f"<del>{line.planned_on}" in text
    assert queries(as_user(personas, "gh"), page("plan_decide", plan.pk)) <= MOST


# --- several at once


@pytest.mark.clause("5.2.4")
def test_bulk_approval_leaves_and_names_what_lacks_something(personas: Personas) -> None:
    a_ledger(personas)
    whole = submitted(personas, unit="U1D1")
    a_ledger(personas)
    lacks = lacking(personas)
    client = as_user(personas, "uh1")
    text = text_of(client, page("plan_list"))
    assert f'value="{whole.pk}:{whole.revision}"' in text
    assert f'value="{lacks.pk}:' not in text  # the unit's plan is the group's to decide
    answer = client.post(
        page("plans_approve"), {"plan": [f"{whole.pk}:{whole.revision}", f"{lacks.pk}:1"]}, follow=True
    )
    text = answer.content.decode()
    assert "以下 2 份计划没有审批" in text or "以下 1 份计划没有审批" in text
    lacks.refresh_from_db()
    assert lacks.status == S.IN_APPROVAL


@pytest.mark.clause("5.2.4")
def test_bulk_approval_approves_the_others(personas: Personas) -> None:
    a_ledger(personas)
    lacks, whole = lacking(personas, "U1D1"), submitted(personas)
    gh, uh = as_user(personas, "gh"), as_user(personas, "uh1")
    text = gh.post(page("plans_approve"), {"plan": [f"{whole.pk}:{whole.revision}"]}, follow=True).content.decode()
    assert "已审批通过 1 份计划" in text
    text = uh.post(page("plans_approve"), {"plan": [f"{lacks.pk}:{lacks.revision}"]}, follow=True).content.decode()
    assert f"{lacks}:缺口" in text
    whole.refresh_from_db()
    lacks.refresh_from_db()
    assert (whole.status, lacks.status) == (S.APPROVED, S.IN_APPROVAL)


def test_bulk_approval_of_what_changed_since_the_list_was_read(personas: Personas) -> None:
    a_ledger(personas)
    plan = submitted(personas)
    text = as_user(personas, "gh").post(
        page("plans_approve"), {"plan": [f"{plan.pk}:{plan.revision - 1}"]}, follow=True
    ).content.decode()  # fmt: skip
    assert "又有修改" in text
    plan.refresh_from_db()
    assert plan.status == S.IN_APPROVAL


@pytest.mark.clause("G2", "G6")
def test_bulk_approval_tells_nothing_of_plans_out_of_reach(personas: Personas) -> None:
    a_ledger(personas)
    plan = submitted(personas, unit="U1D1")
    for login in NEIGHBOURS:
        text = as_user(personas, login).post(
            page("plans_approve"), {"plan": [f"{plan.pk}:{plan.revision}"]}, follow=True
        ).content.decode()  # fmt: skip
        assert "不在您的可见范围内" in text
        assert str(plan.unit) not in text or login == "pw12"
    for login in ("pw11", "uw1", "gh"):
        text = as_user(personas, login).post(
            page("plans_approve"), {"plan": [f"{plan.pk}:{plan.revision}"]}, follow=True
        ).content.decode()  # fmt: skip
        assert "没有审批" in text, login
    client = as_user(personas, "uh1")
    for value in ("", "x", "1", "1:x", "9" * 40 + ":1", "-1:1", "²:1"):
        answer = client.post(page("plans_approve"), {"plan": [value]}, follow=True)
        assert "请先勾选" in answer.content.decode(), value
    for login in STRANGERS:
        assert as_user(personas, login).post(page("plans_approve"), {}).status_code == 403, login
    plan.refresh_from_db()
    assert plan.status == S.IN_APPROVAL


def test_bulk_approval_answers_in_time_and_says_what_is_left(
    personas: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_ledger(personas)
    plan = submitted(personas)
    monkeypatch.setattr("revisits.services.deciding.BULK_SECONDS", -1)
    text = as_user(personas, "gh").post(
        page("plans_approve"), {"plan": [f"{plan.pk}:{plan.revision}"]}, follow=True
    ).content.decode()  # fmt: skip
    assert "尚未处理" in text
    plan.refresh_from_db()
    assert plan.status == S.IN_APPROVAL
