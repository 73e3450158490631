"""The pages of warranty cases: who is served, what a forged post gets, what a list costs, what is hidden."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledgers.models import CaseReveal, LedgerPolicy, WarrantyCase
from tests.ledgers.cases import (
    CASE,
    arrived,
    dispatched,
    opened,
    photo,
    rejected,
    repaired,
    returned,
    terms,
    verified,
    voided,
)
from tests.ledgers.factories import NOW, effective, finished, make_project, punch_item
from tests.personas import Personas
from workflow.models import Clock, Evidence, Transition

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.3.3")]
S = WarrantyCase.Status
ENTRY = {
    **{name: value for name, value in CASE.items() if name != "reported_at"},
    "reported_at": "2026-03-10T09:00",
    "covered": "",
}
LIMITS = {
    "subcontractor": "宏源防水",
    "responsible": "李工",
    "arrive_by": "2026-03-11T10:00",
    "repair_by": "2026-03-20",
    "covered": "1",
    "remark": "",
}


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def as_user(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(login), "django.contrib.auth.backends.ModelBackend")
    return client


def page(name: str, case: WarrantyCase) -> str:
    return reverse(f"ledgers:case_{name}", args=[case.pk])


def text(response: Any) -> str:
    return str(response.content.decode())


# --- the whole way on the pages


def test_from_the_call_to_the_clients_signature(personas: Personas) -> None:
    project = effective(personas).project
    answer = as_user(personas, "pw11").post(
        reverse("ledgers:case_new"), ENTRY | {"project": project.pk, "photos": [photo()]}
    )
    case = WarrantyCase.objects.get()
    assert answer.status_code == 302
    assert (case.source, case.in_warranty, case.phone) == ("call", True, "13812345678")
    assert Evidence.objects.about(case).get().kind == "before"
    assert as_user(personas, "pm11").post(page("dispatch", case), LIMITS).status_code == 302
    assert as_user(personas, "pe11").post(page("arrive", case)).status_code == 302  # one tap
    finish = {"measures": "重做防水层", "cost": "1,200.5", "charged": "", "photos": [photo(), photo()]}
    assert as_user(personas, "pe11").post(page("finish", case), finish).status_code == 302
    verify = {"client": "张经理", "satisfaction": "4", "signature": [photo()]}
    assert as_user(personas, "uw1").post(page("verify", case), verify).status_code == 302
    case.refresh_from_db()
    assert (case.status, str(case.cost), case.charged_to_subcontractor) == (S.DONE, "1200.50", None)
    assert [step.step for step in Transition.objects.about(case).order_by("pk")] == [
        "open",
        "dispatch",
        "arrive",
        "finish",
        "verify",
    ]
    assert "客户确认完成" in text(as_user(personas, "gw").get(page("timeline", case)))
    shown = text(as_user(personas, "gw").get(page("detail", case)))
    assert "138****5678" in shown
    assert "13812345678" not in shown


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(personas: Personas) -> None:
    project = make_project(personas)
    entry = ENTRY | {"project": project.pk, "phone": "12", "reported_at": "昨天", "problem": ""}
    answer = as_user(personas, "pw11").post(reverse("ledgers:case_new"), entry)
    shown = text(answer)
    assert answer.status_code == 422
    assert "不是日期和时间" in shown
    assert CASE["place"] in shown
    assert not WarrantyCase.objects.exists()


@pytest.mark.parametrize("words", ["", "没有这项工程", "中学"])
def test_a_text_that_means_no_one_project(personas: Personas, words: str) -> None:
    make_project(personas), make_project(personas)
    answer = as_user(personas, "pw11").post(reverse("ledgers:case_new"), ENTRY | {"project_text": words})
    assert answer.status_code == 422
    assert not WarrantyCase.objects.exists()


def test_the_project_may_be_found_by_its_code(personas: Personas) -> None:
    project = make_project(personas)
    assert (
        as_user(personas, "pw11").post(reverse("ledgers:case_new"), ENTRY | {"project_text": project.code}).status_code
        == 302
    )
    assert WarrantyCase.objects.get().project == project


@pytest.mark.clause("G2")
def test_a_project_of_others_is_no_choice(personas: Personas) -> None:
    theirs = make_project(personas, actor="pw21", unit="U2D1")
    client = as_user(personas, "pw11")
    assert client.post(reverse("ledgers:case_new"), ENTRY | {"project": theirs.pk}).status_code == 422
    hints = client.post(reverse("ledgers:case_hints"), {"project": theirs.pk, "part": "waterproofing"})
    assert "选择工程后" in text(hints)
    assert not WarrantyCase.objects.exists()


def test_the_hints_judge_the_term_and_show_what_looks_alike(personas: Personas) -> None:
    project = effective(personas).project
    earlier = opened(personas, project)
    url = reverse("ledgers:case_hints")
    given = {"project": project.pk, "part": "", "reported_at": "2031-03-10T08:00", "place": CASE["place"]}
    shown = text(as_user(personas, "pw11").post(url, given))
    assert "已超过保修期" in shown
    assert earlier.number in shown
    assert "在保修期内" in text(as_user(personas, "pw11").post(url, given | {"reported_at": "不知道"}))


# --- from a punch item


def test_an_open_punch_item_becomes_a_case_with_its_fields(personas: Personas) -> None:
    item = punch_item(personas)
    shown = text(as_user(personas, "pw11").get(reverse("ledgers:punch_detail", args=[item.pk])))
    url = f"{reverse('ledgers:case_new')}?source=punch&subject={item.pk}"
    assert url.replace("&", "&amp;") in shown
    form = text(as_user(personas, "pw11").get(url))
    assert item.problem in form
    assert as_user(personas, "pw11").post(url, ENTRY | {"phone": ""}).status_code == 302
    case = WarrantyCase.objects.get()
    assert (case.source, case.object_id, case.project) == ("punch", item.pk, item.project)
    listed = text(as_user(personas, "gw").get(reverse("ledgers:punch_detail", args=[item.pk])))
    assert case.number in listed


@pytest.mark.clause("G2")
def test_a_forged_source_is_404_403_or_409(personas: Personas) -> None:
    url = reverse("ledgers:case_new")
    item = punch_item(personas)
    for query in (f"?source=punch&subject={item.pk}99", "?source=punch&subject=x", "?source=whim&subject=1",
                  "?source=visit", "?source=punch"):  # fmt: skip
        assert as_user(personas, "pw11").post(url + query, ENTRY).status_code == 404, query
    query = f"?source=punch&subject={item.pk}"
    assert as_user(personas, "pw21").post(url + query, ENTRY).status_code == 404
    assert as_user(personas, "uh1").post(url + query, ENTRY).status_code == 403
    closed = finished(personas)
    from ledgers.services.punch import decide_punch_item

    decide_punch_item(item_id=closed.pk, step="close", remark="", actor=personas.uw1, now=NOW)
    assert as_user(personas, "pw11").post(f"{url}?source=punch&subject={closed.pk}", ENTRY).status_code == 409
    assert not WarrantyCase.objects.exists()


# --- refusals of the steps' pages

PAGES = {
    "dispatch": (opened, LIMITS, "pm11"),
    "reassign": (dispatched, LIMITS | {"subcontractor": "另一家", "remark": "换"}, "pm11"),
    "arrive": (dispatched, {}, "pe11"),
    "finish": (arrived, {"measures": "重做"}, "pe11"),
    "verify": (repaired, {"client": "张", "satisfaction": "5"}, "pw11"),
    "rework": (repaired, {"reason": "渗水", "repair_by": "2026-03-20"}, "pw11"),
    "reject": (opened, {"reason": "使用不当"}, "uh1"),
    "void": (opened, {"reason": "重复"}, "uh1"),
}
PROOF = {"finish": "photos", "verify": "signature", "reject": "proof"}


def posted(name: str) -> dict[str, Any]:
    data: dict[str, Any] = dict(PAGES[name][1])
    return data | ({PROOF[name]: [photo()]} if name in PROOF else {})


@pytest.mark.parametrize("name", list(PAGES))
def test_a_forged_post_changes_nothing(personas: Personas, name: str) -> None:
    """404 out of reach, 403 without the right, 409 in another state; then it is taken once, and only once."""
    make, _, who = PAGES[name]
    case = make(personas)
    before = Transition.objects.about(case).count()
    for other, status in (("pw21", 404), ("uw2", 404), ("gw", 403), ("ul1", 403), ("sysadmin", 404)):
        assert as_user(personas, other).post(page(name, case), posted(name)).status_code == status, other
        assert as_user(personas, other).get(page(name, case)).status_code == status, other
    done = verified(personas)
    assert as_user(personas, who).post(page(name, done), posted(name)).status_code == 409
    assert Transition.objects.about(case).count() == before
    assert as_user(personas, who).get(page(name, case)).status_code == 200
    assert as_user(personas, who).post(page(name, case), posted(name)).status_code == 302
    assert Transition.objects.about(case).count() == before + 1


@pytest.mark.parametrize("name", list(PROOF))
def test_without_its_proof_the_form_comes_back_with_what_was_typed(personas: Personas, name: str) -> None:
    make, data, who = PAGES[name]
    answer = as_user(personas, who).post(page(name, make(personas)), data)
    assert answer.status_code == 409
    assert "请上传" in text(answer) or "请先上传" in text(answer)
    assert str(next(iter(data.values()))) in text(answer)


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("dispatch", {"arrive_by": "2026-03-10T09:59"}, "要求到场时间须晚于现在"),
        ("dispatch", {"arrive_by": "\x00"}, "请写成"),
        ("dispatch", {"repair_by": "2026-02-30"}, "日期"),
        ("dispatch", {"covered": ""}, "请从列表中选择"),
        ("dispatch", {"subcontractor": "宏" * 101}, "最多 100 个字"),
        ("finish", {"cost": "很多"}, "请填写金额"),
        ("finish", {"cost": "-1"}, "不能为负数"),
        ("finish", {"cost": "1e400"}, "金额"),
        ("finish", {"cost": "NaN"}, "请填写金额"),
        ("finish", {"charged": "99999999999999"}, "金额过大"),
        ("verify", {"satisfaction": "6"}, "不在列表中"),
        ("rework", {"repair_by": "2026-03-09"}, "不能早于今天"),
    ],
)
def test_bad_input_gets_words_and_never_an_error(
    personas: Personas, name: str, changes: dict[str, str], words: str
) -> None:
    make, _, who = PAGES[name]
    answer = as_user(personas, who).post(page(name, make(personas)), posted(name) | changes)
    assert answer.status_code == 422
    assert words in text(answer)


def test_the_page_offers_what_this_person_may_do_now(personas: Personas) -> None:
    case = dispatched(personas)
    mine = text(as_user(personas, "pe11").get(page("detail", case)))
    assert "我已到场" in mine
    assert "由您办理" in mine
    others = text(as_user(personas, "gw").get(page("detail", case)))
    assert "我已到场" not in others
    assert f"等待 {personas.unit('U1D1').name}·工程管理岗 彭程一" in others
    back = text(as_user(personas, "pe11").get(page("detail", returned(personas))))
    assert "仍有渗水" in back


def test_the_suggested_arrival_is_the_groups_hours(personas: Personas) -> None:
    """[D] urgent 4 hours, else 24; the group edits both."""
    from ledgers.services.policy import change_policy

    client = as_user(personas, "pm11")
    assert "2026-03-11T10:00" in text(client.get(page("dispatch", opened(personas))))
    urgent = opened(personas, urgency="urgent")
    assert "2026-03-10T14:00" in text(client.get(page("dispatch", urgent)))
    change_policy(values={"case_urgent_hours": 2}, reason="集团要求", actor=personas.gh, now=NOW)
    assert "2026-03-10T12:00" in text(client.get(page("dispatch", urgent)))


def test_the_groups_hours_are_set_on_the_page(personas: Personas) -> None:
    client, url = as_user(personas, "gh"), reverse("ledgers:ledger_settings")
    given = {"one_step_review": "0", "reason": "集团要求", "case_urgent_hours": "6", "case_normal_hours": "4"}
    assert client.post(url, given).status_code == 422  # urgent later than the rest
    assert client.post(url, given | {"case_normal_hours": "x"}).status_code == 422
    assert client.post(url, given | {"case_normal_hours": "48"}).status_code == 302
    policy = LedgerPolicy.current()
    assert (policy.case_urgent_hours, policy.case_normal_hours) == (6, 48)


def test_an_edit_over_anothers_is_409(personas: Personas) -> None:
    case = opened(personas)
    entry = ENTRY | {"phone": "", "revision": "0", "place": "1#楼"}
    client = as_user(personas, "pw11")
    assert client.post(page("edit", case), entry).status_code == 302
    assert client.post(page("edit", case), entry | {"place": "2#楼"}).status_code == 409
    assert client.post(page("edit", case), entry | {"revision": ""}).status_code == 409
    case.refresh_from_db()
    assert (case.place, case.phone) == ("1#楼", "13812345678")


# --- phones


def test_a_whole_phone_is_shown_to_who_says_what_for(personas: Personas) -> None:
    case = opened(personas)
    client = as_user(personas, "pe11")
    assert client.post(page("phone", case), {"purpose": " "}).status_code == 200
    assert not CaseReveal.objects.exists()
    shown = text(client.post(page("phone", case), {"purpose": "约定上门"}))
    assert "13812345678" in shown
    assert CaseReveal.objects.get().purpose == "约定上门"
    story = text(client.get(page("timeline", case)))
    assert "约定上门" in story
    assert "13812345678" not in story
    assert as_user(personas, "pw21").post(page("phone", case), {"purpose": "好奇"}).status_code == 404


# --- the list


def rows_of(client: Client, query: str) -> set[str]:
    shown = text(client.get(f"{reverse('ledgers:case_list')}?{query}"))
    return {case.number for case in WarrantyCase.objects.all() if case.number in shown}


def test_the_list_is_filtered_and_says_what_it_could_not_take(personas: Personas) -> None:
    first = opened(personas, place="屋面", urgency="urgent")
    second = verified(personas, place="地下室", satisfaction=2)
    third = returned(personas, place="外墙")
    others = {rejected(personas).number, voided(personas).number}
    client = as_user(personas, "uw1")
    assert rows_of(client, "") == {first.number, second.number, third.number} | others
    assert rows_of(client, "q=屋面") == {first.number}
    assert rows_of(client, "open=on") == {first.number, third.number}
    assert rows_of(client, "status=done") == {second.number}
    assert rows_of(client, "urgency=urgent") == {first.number}
    assert rows_of(client, "grade=2") == {second.number}
    assert rows_of(client, "reworked=on") == {third.number}
    assert rows_of(client, f"project={second.project_id}") == {second.number}
    assert rows_of(client, "covered=0") == {number for number in others if "0004" in number}
    assert rows_of(client, "reported_after=2026-03-11") == set()
    wrong = text(client.get(f"{reverse('ledgers:case_list')}?status=unknown&reported_after=x&sort=drop&page=-4&per=9"))
    assert "没有采用" in wrong


@pytest.mark.clause("G2")
def test_the_search_finds_a_case_within_reach(personas: Personas) -> None:
    case = opened(personas, problem="水泵异响,请致电13912345678")
    found = text(as_user(personas, "uw1").get(reverse("search"), {"q": "异响"}))
    assert page("detail", case) in found
    assert "13912345678" not in found
    assert page("detail", case) not in text(as_user(personas, "uw2").get(reverse("search"), {"q": "异响"}))


@pytest.mark.clause("G2")
def test_the_list_holds_what_is_within_reach(personas: Personas) -> None:
    mine = opened(personas)
    theirs = opened(personas, make_project(personas, actor="pw21", unit="U2D1"), actor="pw21")
    for who, seen in {
        "pw11": {mine.number},
        "uw1": {mine.number},
        "uw2": {theirs.number},
        "gw": {mine.number, theirs.number},
        "pw12": set(),
    }.items():
        assert rows_of(as_user(personas, who), "") == seen, who
        assert (as_user(personas, who).get(page("detail", theirs)).status_code == 200) is (theirs.number in seen)
    assert as_user(personas, "sysadmin").get(reverse("ledgers:case_list")).status_code == 403


def test_overdue_is_what_the_clocks_say(personas: Personas) -> None:
    late = dispatched(personas, now=NOW - timedelta(days=3))
    dispatched(personas)
    assert rows_of(as_user(personas, "uw1"), "overdue=on") == {late.number}


def test_a_list_takes_the_same_queries_for_2_rows_and_for_30(personas: Personas) -> None:
    client = as_user(personas, "gw")
    counts = []
    for many in (2, 28):
        for _ in range(many):
            opened(personas)
        client.get(reverse("ledgers:case_list"))  # what a process reads once
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{reverse('ledgers:case_list')}?per=50")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12, counts


@pytest.mark.parametrize("make", [opened, returned, verified])
def test_a_cases_page_takes_few_queries(personas: Personas, make: Any) -> None:
    case, client = make(personas), as_user(personas, "uw1")
    client.get(page("detail", case))
    with CaptureQueriesContext(connection) as queries:
        client.get(page("detail", case))
    assert len(queries) <= 12, len(queries)


def test_a_project_and_its_ledger_show_its_cases(personas: Personas) -> None:
    ledger = effective(personas)
    case = opened(personas, ledger.project)
    client = as_user(personas, "gw")
    for url in (
        reverse("ledgers:project_detail", args=[ledger.project_id]),
        reverse("ledgers:ledger_detail", args=[ledger.pk]),
    ):
        assert case.number in text(client.get(url))


def test_another_firm_by_the_page_keeps_the_seconds_of_the_limit(personas: Personas) -> None:
    """The form shows minutes: what was not touched does not move the clock."""
    arrive_by = NOW + timedelta(hours=24, seconds=30)
    case = dispatched(personas, arrive_by=arrive_by)
    before = Clock.objects.about(case).running().get().pk
    data = LIMITS | {"subcontractor": "另一家", "remark": "换", "arrive_by": f"{arrive_by:%Y-%m-%dT%H:%M}"}
    assert as_user(personas, "pm11").post(page("reassign", case), data).status_code == 302
    assert Clock.objects.about(case).running().get().pk == before
    case.refresh_from_db()
    assert (case.arrive_by, case.subcontractor) == (arrive_by, "另一家")
    assert terms().subcontractor == "宏源防水"
