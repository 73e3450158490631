"""The pages of a yearly plan: who sees and does what, what the board shows, how many queries (5.2.1 to 5.2.4)."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from revisits.models import RevisitPlan, Visit
from revisits.services.deciding import change_plan, decide_plan, submit_plan
from revisits.services.planning import change_line, remove_line, repair_plan
from revisits.services.waivers import ask_waiver, decide_waiver
from revisits.views.moving import nearest_day
from tests.personas import Personas
from workflow.models import Transition

from .factories import (
    OPENED,
    PROBLEM,
    a_ledger,
    approved,
    drafted,
    first_visit,
    on,
    returned,
    started,
    submitted,
    unreachable,
    visited,
)  # fmt: skip

pytestmark = pytest.mark.django_db
S, V = RevisitPlan.Status, Visit.Status
MOST = 15
READERS = ("uw1", "uh1", "ul1", "ug1", "gw", "gh", "gl", "sub1")
PAGES = ("plan_detail", "plan_report", "plan_timeline", "plan_versions")


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(OPENED, tick=False):
        yield


def as_user(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(login))
    return client


def page(name: str, *args: Any) -> str:
    return reverse(f"revisits:{name}", args=args)


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content.decode()[:500]
    return answer.content.decode()


def without(personas: Personas, plan: RevisitPlan, **lines: Any) -> RevisitPlan:
    """The drafted plan with some of its lines taken out."""
    for visit in plan.visits.filter(**lines):
        remove_line(plan_id=plan.pk, visit_id=visit.pk, actor=personas.uw1, now=OPENED)
    plan.refresh_from_db()
    return plan


def cell_of(html: str, project: int, month: int) -> str:
    """The cell of a project's month on the board."""
    row = next(each for each in html.split("<tr>") if f'href="projects/{project}/"' in each.partition("</th>")[0])
    return re.findall(r"<td.*?</td>", row, re.S)[month - 1]


# --- who


@pytest.mark.clause("G2")
def test_readers_read_and_neighbours_find_nothing(personas: Personas) -> None:
    project = a_ledger(personas).project_id
    plan = drafted(personas)
    for login in READERS:
        client = as_user(personas, login)
        for name in PAGES:
            assert client.get(page(name, plan.pk)).status_code == 200, (login, name)
        assert client.get(page("plan_project", plan.pk, project)).status_code == 200
    line = plan.visits.first()
    assert line is not None
    for login in (
        "pw11",
        "pm11",
        "uw2",
        "uh2",
        "pw21",
        "ud2",
        "sysadmin",
        "outsider",
    ):  # a unit's plan is not its departments'
        client = as_user(personas, login)
        for name in PAGES:
            assert client.get(page(name, plan.pk)).status_code == 404, (login, name)
        for url in (page("plan_project", plan.pk, project), page("line_edit", plan.pk, line.pk)):
            assert client.get(url).status_code == client.post(url).status_code == 404, (login, url)
        for name in ("plan_draft", "plan_repair", "plan_submit", "plan_change", "plan_drop", "plan_visitors"):
            assert client.post(page(name, plan.pk)).status_code == 404, (login, name)


def forged(plan: RevisitPlan, line: Visit) -> dict[str, dict[str, Any]]:
    """Every write of a plan's pages, as a browser would post it."""
    values = {"revision": plan.revision, "on": "2026-03-03", "method": "onsite", "visitor": ""}
    return {
        page("plan_draft", plan.pk): values,
        page("plan_repair", plan.pk): values | {"gap": ""},
        page("plan_submit", plan.pk): values | {"remark": ""},
        page("plan_visitors", plan.pk): values | {"visitor": line.visitor_id},
        page("plan_project", plan.pk, line.project_id): values,
        page("line_edit", plan.pk, line.pk): values,
        page("line_remove", plan.pk, line.pk): values,
        page("line_move", plan.pk, line.pk): values | {"month": "2"},
    }


@pytest.mark.clause("5.2.1", "5.2.3")
def test_only_who_drafts_may_write_by_page_and_by_forged_post(personas: Personas) -> None:
    a_ledger(personas)
    plan = drafted(personas)
    line = plan.visits.first()
    assert line is not None
    before = (Transition.objects.count(), list(plan.visits.order_by("pk").values_list("pk", "planned_on")))
    for login in (each for each in READERS if each != "uw1"):
        client = as_user(personas, login)
        for url, data in forged(plan, line).items():
            assert client.post(url, data).status_code == 403, (login, url)
        for url in (page("plan_submit", plan.pk), page("plan_visitors", plan.pk), page("line_edit", plan.pk, line.pk)):
            assert client.get(url).status_code == 403, (login, url)
    assert (Transition.objects.count(), list(plan.visits.order_by("pk").values_list("pk", "planned_on"))) == before


@pytest.mark.clause("5.2.4")
def test_what_is_submitted_or_in_force_is_locked(personas: Personas) -> None:
    a_ledger(personas)
    plan = submitted(personas)
    line = plan.visits.first()
    assert line is not None
    client = as_user(personas, "uw1")
    for url, data in forged(plan, line).items():
        assert client.post(url, data).status_code == 409, url
    decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=OPENED)
    for url, data in forged(plan, line).items():
        assert client.post(url, data).status_code == 409, url
    assert client.get(page("plan_drop", plan.pk)).status_code == 409
    assert client.get(page("plan_change", plan.pk)).status_code == 200


def test_a_reader_is_offered_nothing_to_press(personas: Personas) -> None:
    ledger = a_ledger(personas)
    plan = without(personas, drafted(personas), method="onsite")
    for login in ("gl", "uh1"):
        client = as_user(personas, login)
        html = text_of(client, page("plan_detail", plan.pk)) + text_of(
            client, page("plan_project", plan.pk, ledger.project_id)
        )
        for words in (
            "补齐</button>",
            "重新编制",
            "上报计划</a>",
            "data-movable",
            'href="lines/',
            "申请豁免",
            "新增</button>",
        ):
            assert words not in html, (login, words)
        assert "缺现场 1 次" in html


# --- the board and its check


@pytest.mark.clause("5.2.1a", "5.2.1b", "5.2.4")
def test_gaps_are_named_by_rule_window_and_clause_and_their_months_are_red(personas: Personas) -> None:
    ledger = a_ledger(personas)
    plan = without(personas, drafted(personas), method="onsite")
    html = text_of(as_user(personas, "uw1"), page("plan_detail", plan.pk))
    assert "上半年现场回访(H1,标准 5.2.1b):2026-01-02 至 2026-06-30,缺现场 1 次" in html
    for month in range(1, 13):
        assert 'class="g-gap"' in cell_of(html, ledger.project_id, month)
    assert "缺现" in cell_of(html, ledger.project_id, 1)
    assert "缺现" in cell_of(html, ledger.project_id, 7)
    assert "缺" not in cell_of(html, ledger.project_id, 9).partition(">")[2]


def test_a_mark_says_method_day_visitor_and_state(personas: Personas) -> None:
    ledger = a_ledger(personas)
    plan = approved(personas)
    ok, problem, failed, late = plan.visits.open().order_by("scheduled_on")[:4]
    visited(personas, ok)
    visited(personas, problem, **PROBLEM)
    if failed.method == "phone":
        unreachable(personas, failed, moved_to=failed.scheduled_on + timedelta(days=1))
    failed.refresh_from_db()
    html = text_of(as_user(personas, "uw1"), page("plan_detail", plan.pk))
    for visit, state, words in (
        (ok, "ok", "已回访·无问题"),
        (problem, "bad", "已回访·有问题"),
        (late, "due", "待回访"),
    ):
        cell = cell_of(html, ledger.project_id, visit.scheduled_on.month)
        assert f"d-{visit.method} s-{state}" in cell
        assert f"{visit.scheduled_on} " in cell
        assert f"吴维一 · {words}" in cell
    if failed.status == V.RETRY:
        assert "d-onsite s-failed" in cell_of(html, ledger.project_id, failed.scheduled_on.month)
    with time_machine.travel(on(12, 30), tick=False):
        html = text_of(as_user(personas, "uw1"), page("plan_detail", plan.pk))
    assert f"d-{late.method} s-late" in cell_of(html, ledger.project_id, late.scheduled_on.month)
    assert "逾期未回访" in cell_of(html, ledger.project_id, late.scheduled_on.month)


def test_a_waived_an_overseas_and_a_missed_window_look_different(personas: Personas) -> None:
    waived = a_ledger(personas).project_id
    abroad = a_ledger(personas, overseas=True, local_requirements="按当地规定").project_id
    late = a_ledger(personas, now=on(8, 20), start=date(2026, 3, 1), end=date(2028, 2, 29)).project_id
    plan = without(personas, drafted(personas, now=on(8, 21)), method="onsite")
    waiver = ask_waiver(plan_id=plan.pk, project_id=waived, rule="H1", reason="停业", actor=personas.uw1, now=OPENED)
    html = text_of(as_user(personas, "uw1"), page("plan_detail", plan.pk))
    assert 'class="g-asked"' in cell_of(html, waived, 2)
    assert 'class="g-warned"' in cell_of(html, abroad, 2)
    assert 'class="g-missed"' in cell_of(html, late, 4)
    assert "历史缺失,不影响审批" in cell_of(html, late, 4)
    decide_waiver(waiver_id=waiver.pk, grant=True, remark="", actor=personas.gh, now=OPENED)
    html = text_of(as_user(personas, "uw1"), page("plan_detail", plan.pk))
    assert 'class="g-granted"' in cell_of(html, waived, 2)
    assert "已批准豁免 1 项" in html
    assert "境外提醒 2 处" in html


@pytest.mark.clause("5.2.4")
def test_facts_that_changed_since_the_last_save_are_checked_anew(personas: Personas) -> None:
    a_ledger(personas)
    plan = drafted(personas)
    assert plan.working is not None
    later = a_ledger(personas)
    html = text_of(as_user(personas, "gh"), page("plan_detail", plan.pk))
    assert plan.working.report["passes"] is True  # as it was when it was saved
    assert "满足频次要求" not in html
    assert "缺电" in cell_of(html, later.project_id, 1)


def test_names_are_escaped(personas: Personas) -> None:
    a_ledger(personas, name="<b>甲</b>\"'楼&")
    plan = drafted(personas)
    html = text_of(as_user(personas, "uw1"), page("plan_detail", plan.pk))
    assert "<b>甲" not in html
    assert "&lt;b&gt;甲&lt;/b&gt;&quot;&#x27;楼&amp;" in html


def test_the_board_is_narrowed_by_gap_city_and_name(personas: Personas) -> None:
    north = a_ledger(personas, name="北苑", city="北京")
    south = a_ledger(personas, name="南苑", city="南京")
    plan = without(personas, drafted(personas), method="onsite", project=south.project_id)
    client = as_user(personas, "uw1")
    url = page("plan_detail", plan.pk)
    for query, shown in (("gaps=on", south), ("city=北京", north), ("q=南", south), (f"q={north.project.code}", north)):
        html = text_of(client, f"{url}?{query}")
        rows = set(re.findall(r'<th scope="row"><a href="projects/(\d+)/"', html))
        assert rows == {str(shown.project_id)}, query
    assert "没有符合条件的工程" in text_of(client, f"{url}?q=无此工程")
    assert "所填的值不在列表中" in text_of(client, f"{url}?city=火星")


def test_an_empty_plan_says_what_to_do_and_a_plan_of_nothing_why(personas: Personas) -> None:
    plan = started(personas)
    client = as_user(personas, "uw1")
    assert "本年度没有需要回访的竣工工程" in text_of(client, page("plan_detail", plan.pk))
    a_ledger(personas)
    html = text_of(client, page("plan_detail", plan.pk))
    assert "还没有回访安排" in html
    assert "一键编制" in html
    client.post(page("plan_draft", plan.pk), {"revision": plan.revision})
    assert plan.visits.count() == 6
    assert "一键编制" not in text_of(client, page("plan_detail", plan.pk)).replace("点“一键编制”", "")


def test_the_load_counts_every_line_once(personas: Personas) -> None:
    a_ledger(personas)
    a_ledger(personas)
    plan = drafted(personas)
    html = text_of(as_user(personas, "gh"), page("plan_detail", plan.pk))
    weeks = [int(each) for each in re.findall(r"<title>[^<]*:(\d+) 次</title>", html)]
    assert sum(weeks) == plan.visits.count()
    assert f"吴维一<small>{plan.visits.count()} 次" in html


# --- closing gaps


@pytest.mark.clause("5.2.4")
@pytest.mark.parametrize(("gap", "left"), [("{0}|H1", 3), ("{0}|", 2), ("", 0)])
def test_gaps_are_closed_one_by_one_by_project_or_all(personas: Personas, gap: str, left: int) -> None:
    first = a_ledger(personas).project_id
    a_ledger(personas)
    plan = without(personas, drafted(personas), method="onsite")
    client = as_user(personas, "uw1")
    answer = client.post(page("plan_repair", plan.pk), {"revision": plan.revision, "gap": gap.format(first)})
    assert answer.status_code == 302
    plan.refresh_from_db()
    assert plan.working is not None
    assert len(plan.working.report["gaps"]) == left
    again = client.post(page("plan_repair", plan.pk), {"revision": plan.revision, "gap": gap.format(first)})
    assert again.status_code == 409
    assert client.post(page("plan_repair", plan.pk), {"gap": "x|H1", "revision": plan.revision}).status_code == 409


def test_a_page_that_grew_old_writes_nothing(personas: Personas) -> None:
    a_ledger(personas)
    plan = drafted(personas)
    line = plan.visits.first()
    assert line is not None
    client = as_user(personas, "uw1")
    before = list(plan.visits.order_by("pk").values_list("pk", "planned_on", "method"))
    for revision in (str(plan.revision - 1), "", "x"):
        for url, data in forged(plan, line).items():
            assert client.post(url, data | {"revision": revision}).status_code in (409, 422), (url, revision)
    assert list(plan.visits.order_by("pk").values_list("pk", "planned_on", "method")) == before


# --- lines by hand


def test_a_line_is_added_changed_and_removed(personas: Personas) -> None:
    project = a_ledger(personas).project_id
    plan = drafted(personas)
    client = as_user(personas, "uw1")
    values = {"revision": plan.revision, "on": "2026年3月3日", "method": "other", "visitor": personas.uw1.pk}
    assert client.post(page("plan_project", plan.pk, project), values).status_code == 302
    line = plan.visits.get(planned_on=date(2026, 3, 3))
    assert (line.method, line.visitor_id) == ("other", personas.uw1.pk)
    plan.refresh_from_db()
    values |= {"revision": plan.revision, "on": "2026-03-04", "method": "onsite", "visitor": ""}
    assert client.post(page("line_edit", plan.pk, line.pk), values).status_code == 302
    line.refresh_from_db()
    assert (line.planned_on, line.method, line.visitor_id) == (date(2026, 3, 4), "onsite", None)
    plan.refresh_from_db()
    assert client.post(page("line_remove", plan.pk, line.pk), {"revision": plan.revision}).status_code == 302
    assert not plan.visits.filter(pk=line.pk).exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"on": "2027-01-01"}, "计划回访日期须在 2026 年内"),
        ({"on": "明天"}, "明天"),
        ({"on": ""}, "请填写此项"),
        ({"method": "letter"}, "所填的值不在列表中"),
        ({"visitor": "999999"}, "不在本单位在任人员中"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    personas: Personas, wrong: dict[str, str], words: str
) -> None:
    project = a_ledger(personas).project_id
    plan = drafted(personas)
    line = plan.visits.filter(method="phone").first()
    assert line is not None
    client = as_user(personas, "uw1")
    values = {"revision": plan.revision, "on": "2026-03-03", "method": "other", "visitor": personas.uw1.pk} | wrong
    for url in (page("plan_project", plan.pk, project), page("line_edit", plan.pk, line.pk)):
        answer = client.post(url, values)
        html = answer.content.decode()
        assert answer.status_code == 422
        assert words in html
        assert f'value="{values["on"]}"' in html or not values["on"]
    assert not plan.visits.filter(method="other").exists()


def test_the_same_visit_twice_is_refused_by_name(personas: Personas) -> None:
    a_ledger(personas)
    plan = drafted(personas)
    one, other = plan.visits.filter(method="phone")[:2]
    values = {"revision": plan.revision, "on": one.planned_on, "method": "phone", "visitor": ""}
    answer = as_user(personas, "uw1").post(page("line_edit", plan.pk, other.pk), values)
    assert answer.status_code == 422
    assert "已有同一方式的回访安排" in answer.content.decode()


def test_who_was_slower_keeps_what_they_typed_and_may_send_it_again(personas: Personas) -> None:
    a_ledger(personas)
    plan = drafted(personas)
    line, other = plan.visits.all()[:2]
    stale = plan.revision
    remove_line(plan_id=plan.pk, visit_id=other.pk, actor=personas.uw1, now=OPENED)
    client = as_user(personas, "uw1")
    values = {"revision": stale, "on": "2026-05-06", "method": line.method, "visitor": ""}
    answer = client.post(page("line_edit", plan.pk, line.pk), values)
    html = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="2026-05-06"' in html
    found = re.search(r'name="revision" value="(\d+)"', html)
    assert found is not None
    assert client.post(page("line_edit", plan.pk, line.pk), values | {"revision": found[1]}).status_code == 302


@pytest.mark.clause("5.3.2")
def test_a_department_is_offered_visits_on_site_only(personas: Personas) -> None:
    project = a_ledger(personas).project_id
    plan = drafted(personas, unit="U1D1")
    html = text_of(as_user(personas, "pw11"), page("plan_project", plan.pk, project))
    assert '<option value="onsite"' in html
    assert '<option value="phone"' not in html


def test_a_dropped_mark_moves_to_the_nearest_working_day_of_the_month(personas: Personas) -> None:
    a_ledger(personas)
    plan = drafted(personas)
    line = plan.visits.filter(method="phone").order_by("planned_on").first()
    assert line is not None
    client = as_user(personas, "uw1")
    url = page("line_move", plan.pk, line.pk)
    answer = client.post(
        url,
        {"month": "2", "revision": plan.revision},
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{page('plan_detail', plan.pk)}?q=x"},
    )
    assert (answer.status_code, answer["Location"]) == (302, f"{page('plan_detail', plan.pk)}?q=x")
    line.refresh_from_db()
    plan.refresh_from_db()
    assert line.planned_on.month == 2
    for month in ("0", "13", "", "x"):
        assert client.post(url, {"month": month, "revision": plan.revision}).status_code == 400


def test_the_nearest_day_avoids_what_is_taken_and_ends_with_the_month() -> None:
    def weekday(day: date) -> bool:
        return day.weekday() < 5

    assert nearest_day(date(2026, 2, 1), 31, weekday, set()) == date(2026, 2, 27)
    assert nearest_day(date(2026, 5, 1), 5, weekday, {date(2026, 5, 5)}) == date(2026, 5, 4)
    assert nearest_day(date(2026, 5, 1), 5, lambda _: False, {date(2026, 5, 1)}) == date(2026, 5, 2)


def test_one_visitor_for_all_lines_without_one(personas: Personas) -> None:
    project = a_ledger(personas).project_id
    plan = drafted(personas)
    client = as_user(personas, "uw1")
    values = {"revision": plan.revision, "on": "2026-03-03", "method": "other", "visitor": ""}
    client.post(page("plan_project", plan.pk, project), values)
    plan.refresh_from_db()
    assert "1 行没有计划回访人" in text_of(client, page("plan_detail", plan.pk))
    answer = client.post(page("plan_submit", plan.pk), {"revision": plan.revision, "remark": ""})
    assert answer.status_code == 409
    assert "计划回访人" in answer.content.decode()
    url = page("plan_visitors", plan.pk)
    assert client.post(url, {"revision": plan.revision, "visitor": ""}).status_code == 422
    assert client.post(url, {"revision": plan.revision, "visitor": personas.uw2.pk}).status_code == 422
    assert client.post(url, {"revision": plan.revision, "visitor": personas.uw1.pk}).status_code == 302
    assert not plan.visits.filter(visitor__isnull=True).exists()


def test_what_belongs_to_another_plan_or_project_is_not_found(personas: Personas) -> None:
    a_ledger(personas)
    plan, other = drafted(personas), drafted(personas, unit="U1D1")
    foreign = other.visits.first()
    assert foreign is not None
    client = as_user(personas, "uw1")
    assert client.get(page("line_edit", plan.pk, foreign.pk)).status_code == 404
    assert client.post(page("line_remove", plan.pk, foreign.pk), {"revision": plan.revision}).status_code == 404
    assert client.get(page("plan_project", plan.pk, 999999)).status_code == 404
    assert client.get(page("plan_detail", 999999)).status_code == 404


# --- the steps


@pytest.mark.clause("5.2.3")
def test_submitting_shows_the_gaps_and_is_stamped(personas: Personas) -> None:
    a_ledger(personas)
    plan = without(personas, drafted(personas), method="onsite")
    client = as_user(personas, "uw1")
    html = text_of(client, page("plan_submit", plan.pk))
    assert "还有 2 处缺口" in html
    answer = client.post(page("plan_submit", plan.pk), {"revision": plan.revision, "remark": "请审批"})
    assert answer.status_code == 302
    plan.refresh_from_db()
    assert plan.status == S.IN_APPROVAL
    assert plan.working is not None
    assert plan.working.submitted_at == OPENED


@pytest.mark.clause("5.2.4")
def test_a_return_is_shown_with_its_reason(personas: Personas) -> None:
    a_ledger(personas)
    plan = returned(personas)
    html = text_of(as_user(personas, "uw1"), page("plan_detail", plan.pk))
    assert "退回重编" in html
    assert "请核对" in html
    assert "stage-returned" in html


@pytest.mark.clause("A2-3")
def test_a_change_is_told_in_words_and_can_be_given_up(personas: Personas) -> None:
    ledger = a_ledger(personas)
    plan = approved(personas)
    client = as_user(personas, "uw1")
    assert client.post(page("plan_change", plan.pk), {"remark": ""}).status_code == 422
    assert client.post(page("plan_change", plan.pk), {"remark": "业主要求"}).status_code == 302
    plan.refresh_from_db()
    moved, gone = plan.visits.open().filter(method="phone").order_by("planned_on")[:2]
    day = moved.planned_on + timedelta(days=1)
    change_line(
        plan_id=plan.pk, visit_id=moved.pk, on=day, method="phone", visitor=None, actor=personas.uw1, now=OPENED
    )
    remove_line(plan_id=plan.pk, visit_id=gone.pk, actor=personas.uw1, now=OPENED)
    for name in ("plan_detail", "plan_versions", "plan_submit"):
        html = text_of(client, page(name, plan.pk))
        assert f"<del>{moved.planned_on} 电话 · 吴维一</del>" in html, name
        assert f"<ins>{day} 电话 · 未定回访人</ins>" in html, name
        assert f"<del>{gone.planned_on} 电话 · 吴维一</del>" in html, name
    html = text_of(client, page("plan_detail", plan.pk))
    assert "s-gone" in cell_of(html, ledger.project_id, moved.planned_on.month)
    assert "d-new" in cell_of(html, ledger.project_id, day.month)
    assert client.post(page("plan_drop", plan.pk), {"remark": "不改了"}).status_code == 302
    html = text_of(client, page("plan_versions", plan.pk))
    assert "已放弃" in html
    assert "<ins>" not in html


@pytest.mark.clause("A2-3")
def test_open_issues_stand_on_top(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    a_ledger(personas, now=on(8, 20), start=date(2026, 3, 1), end=date(2028, 2, 29), name="年中工程")
    html = text_of(as_user(personas, "uw1"), page("plan_detail", plan.pk))
    assert "计划受影响" in html
    assert html.index("年中工程") < html.index('id="board"')


# --- queries


def queries(client: Client, url: str) -> int:
    """Of the second request: sessions and content types are warm, as they are in a running process."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as found:
        client.get(url)
    return len(found)


def submit_a_change(personas: Personas, plan: RevisitPlan, count: int) -> RevisitPlan:
    """A change under way, submitted with ``count`` more projects, each with a gap whose waiver is asked for."""
    added = [a_ledger(personas).project_id for _ in range(count)]
    repair_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    for project in added:
        line = plan.visits.filter(project=project, method="onsite").first()
        assert line is not None
        remove_line(plan_id=plan.pk, visit_id=line.pk, actor=personas.uw1, now=OPENED)
        rule = "H1" if line.planned_on.month < 7 else "H2"
        ask_waiver(plan_id=plan.pk, project_id=project, rule=rule, reason="停业", actor=personas.uw1, now=OPENED)
    return submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)


@pytest.mark.parametrize("login", ["gh", "uw1"])
def test_the_queries_of_a_page_do_not_grow_with_its_rows(personas: Personas, login: str) -> None:
    """The state that shows most: a change of a plan in force, in approval, with waivers, issues and late visits."""
    a_ledger(personas)
    plan = approved(personas)
    change_plan(plan_id=plan.pk, reason="调整", actor=personas.uw1, now=OPENED)
    counts = []
    for count in (2, 12):
        plan = submit_a_change(personas, plan, count)
        project = plan.visits.values_list("project_id", flat=True)[0]
        with time_machine.travel(on(11, 30), tick=False):
            client = as_user(personas, login)
            urls = [page(name, plan.pk) for name in PAGES] + [page("plan_project", plan.pk, project)]
            counts.append([queries(client, url) for url in urls])
        decide_plan(plan_id=plan.pk, decision="return", remark="重编", actor=personas.gh, now=OPENED)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= MOST, counts


@pytest.mark.parametrize("name", ["plan_submit", "plan_change", "plan_visitors"])
def test_the_step_pages_ask_few_questions(personas: Personas, name: str) -> None:
    a_ledger(personas)
    plan = approved(personas) if name == "plan_change" else drafted(personas)
    assert queries(as_user(personas, "uw1"), page(name, plan.pk)) <= MOST


def test_a_line_page_asks_few_questions(personas: Personas) -> None:
    a_ledger(personas)
    plan = drafted(personas)
    assert queries(as_user(personas, "uw1"), page("line_edit", plan.pk, plan.visits.all()[0].pk)) <= MOST


def test_a_failed_call_is_shown_on_site_where_it_was_moved(personas: Personas) -> None:
    ledger = a_ledger(personas)
    plan = approved(personas)
    call = first_visit(plan, "phone")
    moved = call.scheduled_on + timedelta(days=2)
    unreachable(personas, call, moved_to=moved)
    html = text_of(as_user(personas, "uw1"), page("plan_detail", plan.pk))
    cell = cell_of(html, ledger.project_id, moved.month)
    assert "d-onsite s-failed" in cell
    assert f"{moved}(计划 {call.planned_on})" in cell
