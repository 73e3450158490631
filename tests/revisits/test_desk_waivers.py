"""豁免 and what affects approved plans, by their pages (clause 5.2.4, R-A2-3)."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine

from organization.models import User
from revisits.models import PlanIssue, RevisitPlan, Waiver
from revisits.services.issues import find_affected_by_settings
from revisits.services.planning import repair_plan
from revisits.services.policy import DAYS, change_policy
from revisits.services.waivers import decide_waiver
from tests.personas import Personas
from workflow.models import Transition

from .factories import OPENED, a_ledger, approved, on
from .pages import MOST, NEIGHBOURS, READERS, STRANGERS, as_user, page, queries, text_of
from .test_desk_pages import asked_for, lacking

pytestmark = pytest.mark.django_db
S, W = RevisitPlan.Status, Waiver.Status
REASON = {"reason": "业主封闭管理,本季度不接待"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(OPENED, tick=False):
        yield


def ask_url(plan: RevisitPlan) -> str:
    assert plan.working is not None
    plan.working.refresh_from_db()
    gap = plan.working.report["gaps"][0]
    return f"{page('waiver_ask', plan.pk)}?project={gap['project']}&rule={gap['rule']}"


# --- waivers


@pytest.mark.clause("5.2.4")
def test_who_drafts_asks_and_the_gap_is_named(personas: Personas) -> None:
    a_ledger(personas)
    plan = lacking(personas, submit=False)
    client, url = as_user(personas, "uw1"), ask_url(plan)
    text = text_of(client, url)
    assert "一季度电话回访" in text
    assert client.post(url, {"reason": "  "}).status_code == 422
    assert client.post(url, {"reason": "长" * 501}).status_code == 422
    assert not Waiver.objects.exists()
    assert client.post(url, REASON).status_code == 302
    waiver = Waiver.objects.get()
    assert (waiver.code, waiver.status, waiver.asked_by.username) == ("Q1", W.ASKED, "uw1")
    assert client.get(url).status_code == 409  # asked for already
    assert client.post(url, REASON).status_code == 409


def test_what_is_no_gap_cannot_be_waived(personas: Personas) -> None:
    a_ledger(personas)
    plan = lacking(personas, submit=False)
    client, base = as_user(personas, "uw1"), page("waiver_ask", plan.pk)
    pk = RevisitPlan.objects.get().visits.all()[0].project_id
    for query, status in (
        ("", 404),
        ("?project=x&rule=Q1", 404),
        ("?project=&rule=Q1", 404),
        (f"?project={'9' * 40}&rule=Q1", 404),
        (f"?project={pk}&rule=Q3", 409),
        (f"?project={pk}&rule={'Q' * 500}", 409),
        (f"?project={pk + 999}&rule=Q1", 409),
    ):
        assert client.get(base + query).status_code == status, query
        assert client.post(base + query, REASON).status_code == status, query
    repair_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    assert client.post(f"{base}?project={pk}&rule=Q1", REASON).status_code == 409
    assert not Waiver.objects.exists()


@pytest.mark.clause("5.2.4", "G2", "G6")
def test_only_who_drafts_asks_and_only_who_approves_decides(personas: Personas) -> None:
    a_ledger(personas)
    plan = lacking(personas, "U1D1", submit=False)
    url = ask_url(plan)
    for login in sorted({*READERS} - {"pw11"}):
        assert as_user(personas, login).post(url, REASON).status_code == 403, login
    for login in (*NEIGHBOURS, *STRANGERS):
        assert as_user(personas, login).post(url, REASON).status_code == 404, login
    assert not Waiver.objects.exists()
    as_user(personas, "pw11").post(url, REASON)
    waiver = Waiver.objects.get()
    decide = page("waiver_decide", waiver.pk)
    for login in sorted({*READERS} - {"uh1", "sub1"}):
        assert as_user(personas, login).get(decide).status_code == 403, login
        assert as_user(personas, login).post(decide, {"grant": "1"}).status_code == 403, login
    for login in (*NEIGHBOURS, *STRANGERS):
        assert as_user(personas, login).post(decide, {"grant": "1"}).status_code == 404, login
    waiver.refresh_from_db()
    assert waiver.status == W.ASKED
    client = as_user(personas, "uh1")
    assert "业主封闭管理" in text_of(client, decide)
    answer = client.post(decide, {"grant": "1", "remark": "情况属实"})
    assert answer["Location"] == page("plan_detail", plan.pk)  # not handed in yet: nothing to decide beside it
    waiver.refresh_from_db()
    assert (waiver.status, waiver.remark) == (W.GRANTED, "情况属实")
    assert client.post(decide, {"grant": "0", "remark": "x"}).status_code == 409


@pytest.mark.clause("5.2.4")
def test_a_refusal_says_why_and_leads_back_to_the_decision(personas: Personas) -> None:
    a_ledger(personas)
    plan = lacking(personas)
    waiver = asked_for(personas, plan)
    client, url = as_user(personas, "gh"), page("waiver_decide", waiver.pk)
    for data in ({}, {"grant": "2"}, {"grant": "0"}, {"grant": "0", "remark": "  "}):
        assert client.post(url, data).status_code == 422, data
    answer = client.post(url, {"grant": "0", "remark": "可以改为二月"})
    assert answer["Location"] == page("plan_decide", plan.pk)
    waiver.refresh_from_db()
    assert (waiver.status, waiver.remark) == (W.REFUSED, "可以改为二月")
    text = text_of(client, url)  # decided: shown, without a form
    assert "可以改为二月" in text
    assert 'name="grant"' not in text
    assert asked_for(personas, plan).pk != waiver.pk  # a refused one may be asked for again


@pytest.mark.clause("G5")
def test_nobody_grants_what_they_asked_for(personas: Personas) -> None:
    a_ledger(personas)
    plan = lacking(personas)
    waiver = asked_for(personas, plan)
    Waiver.objects.filter(pk=waiver.pk).update(asked_by=User.objects.get(username="gh"))
    assert as_user(personas, "gh").post(page("waiver_decide", waiver.pk), {"grant": "1"}).status_code == 403


# --- what affects approved plans


def affected(personas: Personas) -> PlanIssue:
    """A ledger that came into force after the approval of both plans."""
    a_ledger(personas)
    approved(personas)
    a_ledger(personas, now=on(3, 1))
    return PlanIssue.objects.get(plan__unit__code="U1")


@pytest.mark.clause("A2-3")
def test_a_ledger_of_mid_year_stands_on_the_list_until_it_is_dealt_with(personas: Personas) -> None:
    issue = affected(personas)
    for login in ("uw1", "uh1", "gw", "gh"):
        text = text_of(as_user(personas, login), page("issue_list"))
        assert "新生效台账" in text, login
        assert (page("issue_settle", issue.pk) in text) is (login == "uw1"), login
        assert (page("plan_change", issue.plan_id) in text) is (login == "uw1"), login
    for login in (*NEIGHBOURS, "pw11"):
        assert "没有受影响的计划" in text_of(as_user(personas, login), page("issue_list")), login
    for login in STRANGERS:
        assert as_user(personas, login).get(page("issue_list")).status_code == 403, login
    client = as_user(personas, "gw")
    for query, shown in (
        ("kind=new_ledger", True),
        ("kind=policy", False),
        ("state=settled", False),
        ("year=2026&state=", True),
        ("year=2025", False),
        ("q=nothing-like-it", False),
    ):
        text = text_of(client, f"{page('issue_list')}?{query}")
        assert (page("plan_detail", issue.plan_id) in text) is shown, query
    assert "没有采用:原因" in text_of(client, f"{page('issue_list')}?kind=x")


@pytest.mark.clause("A2-3", "5.2.4")
def test_settling_is_refused_while_the_check_finds_a_gap(personas: Personas) -> None:
    issue = affected(personas)
    client, url = as_user(personas, "uw1"), page("issue_settle", issue.pk)
    text = text_of(client, url)
    assert "不能确认无需调整" in text
    before = Transition.objects.count()
    answer = client.post(url, {"reason": "已电话沟通"})
    assert answer.status_code == 409
    assert "已电话沟通" in answer.content.decode()
    assert "仍有缺口" in answer.content.decode()
    issue.refresh_from_db()
    assert issue.settled_at is None
    assert Transition.objects.count() == before


@pytest.mark.clause("A2-3", "G2", "G6")
def test_who_drafts_settles_what_lacks_nothing(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    issue = PlanIssue.objects.create(plan=plan, kind="changed", text="台账变更", found_at=OPENED)
    url = page("issue_settle", issue.pk)
    for login in sorted({*READERS} - {"uw1", "pw11", "pm11", "pe11"}):
        assert as_user(personas, login).get(url).status_code == 403, login
        assert as_user(personas, login).post(url, {"reason": "无需"}).status_code == 403, login
    for login in ("pw11", *NEIGHBOURS, *STRANGERS):
        assert as_user(personas, login).post(url, {"reason": "无需"}).status_code == 404, login
    client = as_user(personas, "uw1")
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "日期变化不影响安排"}).status_code == 302
    issue.refresh_from_db()
    assert issue.settlement == "日期变化不影响安排"
    assert client.post(url, {"reason": "再次"}).status_code == 409
    assert "日期变化不影响安排" in text_of(client, f"{page('issue_list')}?state=settled")


def test_the_list_of_issues_asks_the_same_for_two_and_for_fifty(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    project = plan.visits.all()[0].project

    def grow(number: int) -> None:
        PlanIssue.objects.bulk_create(
            PlanIssue(plan=plan, project=project, kind="changed", text="台账变更", found_at=OPENED)
            for _ in range(number)
        )

    grow(2)
    client, url = as_user(personas, "uw1"), f"{page('issue_list')}?per=50"
    few = queries(client, url)
    grow(48)
    assert queries(client, url) == few <= MOST


# --- changed settings


def ten_days_without_a_visit(plan: RevisitPlan) -> dict[str, str]:
    """A rain season in which the plan has no visit, so that the new settings lack one, wherever the draft put them."""
    days = set(plan.visits.values_list("planned_on", flat=True))
    start = date(2026, 4, 1)
    while days & {start + timedelta(days=each) for each in range(10)}:
        start += timedelta(days=1)
    return {"rain_start": f"{start:%m-%d}", "rain_end": f"{start + timedelta(days=9):%m-%d}"}


@pytest.mark.clause("5.2.4")
def test_changed_settings_name_the_plans_that_lack_something(personas: Personas) -> None:
    """Rule: nothing changes by itself; the plan keeps its version and is named."""
    a_ledger(personas)
    plan = approved(personas)
    policy = plan.effective and plan.effective.policy
    assert policy is not None
    dry = ten_days_without_a_visit(plan)
    rows = [{name: getattr(row, name) for name in ("place", *DAYS)} | dry for row in policy.climates.all()]
    change_policy(
        settings={"min_window_days": 7, "onsite_counts_as_phone": False, "rain_for_all": True},
        climates=rows, reason="集团决定雨季全覆盖", number=1, actor=personas.gh, now=OPENED,
    )  # fmt: skip
    text = text_of(as_user(personas, "gh"), page("policy"))
    assert "<b>1</b> 份正在等待按现行设置核对" in text
    assert find_affected_by_settings(now=OPENED) == 1
    assert find_affected_by_settings(now=OPENED) == 0
    text = text_of(as_user(personas, "gh"), page("policy"))
    assert "1 份受影响,待处理" in text
    assert "频次设置 v2 生效" in text_of(as_user(personas, "uw1"), f"{page('issue_list')}?kind=policy")
    plan.refresh_from_db()
    assert plan.effective is not None
    assert plan.effective.policy.number == 1


def test_a_waiver_granted_is_counted_on_the_list(personas: Personas) -> None:
    a_ledger(personas)
    plan = lacking(personas)
    waiver = asked_for(personas, plan)
    decide_waiver(waiver_id=waiver.pk, grant=True, remark="", actor=personas.gh, now=OPENED)
    assert plan.working is not None
    plan.working.refresh_from_db()
    assert (plan.working.gaps, plan.working.waived) == (0, 1)
    text = text_of(as_user(personas, "gh"), page("plan_list"))
    assert 'data-label="豁免">1<' in text
