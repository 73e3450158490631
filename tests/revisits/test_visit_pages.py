"""The pages of visits: the list, a visit, its steps, what other pages show of them (clauses 2.2.1, 5.3, 3.1.3, A.3)."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ledgers.models import PhoneReveal, WarrantyCase
from ledgers.selectors.cases import cases_of, open_cases_of
from revisits.models import FailedAttempt, Participation, Visit
from revisits.services.visits import latest_follow_up
from tests.ledgers.factories import punch_item
from tests.personas import Personas
from tests.security.scene import PNG
from workflow.models import Evidence

from .factories import PROBLEM, a_ledger, approved, first_visit, on, record_of, unreachable, visited

pytestmark = pytest.mark.django_db
LIST = "/revisits/visits/"
MOST = 15
V = Visit.Status


def as_user(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(login), "django.contrib.auth.backends.ModelBackend")
    return client


def page(name: str, visit: Visit) -> str:
    return reverse(f"revisits:visit_{name}", args=[visit.pk])


def text_of(personas: Personas, who: str, url: str, status: int = 200) -> str:
    answer = as_user(personas, who).get(url)
    assert answer.status_code == status
    return answer.content.decode()


def shown(personas: Personas, who: str, query: str = "") -> list[int]:
    """The visits of the page's table, in its order."""
    text = text_of(personas, who, f"{LIST}?{query}").partition("<table")[2]
    return [int(pk) for pk in re.findall(r'<td class="cell-main"><div><a href="/revisits/visits/(\d+)/">', text)]


def tabs(text: str) -> dict[str, str]:
    return dict(re.findall(r'<li><a href="\?[^"]*"[^>]*>([^<]+)<span class="count">([^<]+)</span>', text))


def posted(visit: Visit, **changes: Any) -> dict[str, Any]:
    """The record form as a browser posts it."""
    values = record_of(visit, revision=visit.revision, **changes)
    problem = values.pop("problem")  # type: ignore[misc]
    return {**values, **problem}


@pytest.fixture
def visit(personas: Personas) -> Visit:
    a_ledger(personas)
    return first_visit(approved(personas, unit="U1D1"))


@pytest.fixture
def call(personas: Personas) -> Visit:
    a_ledger(personas)
    return first_visit(approved(personas), "phone")


def at(visit: Visit, days: int = 0) -> Any:
    """The clock of everybody stands at nine of the visit's day, or some days after."""
    day = visit.scheduled_on + timedelta(days=days)
    return time_machine.travel(on(day.month, day.day, year=day.year), tick=False)


# --- the list


@pytest.mark.clause("G2", "5.3.1")
def test_everybody_finds_their_own_reach_in_list_counts_and_search(personas: Personas) -> None:
    here = a_ledger(personas, name="星河湾一号楼")
    approved(personas, unit="U1D1")
    own = set(Visit.objects.filter(unit__code="U1D1").values_list("pk", flat=True))
    with time_machine.travel(on(6, 1)):
        for who in ("pw11", "pm11", "uw1", "uh1", "ul1", "gw", "gh"):
            assert set(shown(personas, who)) == own, who
        for who in ("uw2", "pw21", "pw12"):
            text = text_of(personas, who, LIST)
            assert set(tabs(text).values()) == {"0"}, who
            assert here.project.name not in text
            assert here.project.name not in text_of(personas, who, f"{LIST}?q=星河&state=all").partition("<table")[2]
            assert here.project.name not in text_of(personas, who, f"{reverse('search')}?q=星河")
        assert "待回访" in text_of(personas, "pw11", f"{reverse('search')}?q=星河")
        for who in ("auditor", "outsider"):
            text_of(personas, who, LIST, 403)


@pytest.mark.clause("5.3.2")
def test_what_is_past_stands_first_and_each_part_has_its_heading(personas: Personas, visit: Visit) -> None:
    with time_machine.travel(on(3, 10)):
        text = text_of(personas, "pw11", LIST)
    rows = list(Visit.objects.order_by("scheduled_on").values_list("pk", flat=True))
    with time_machine.travel(on(3, 10)):
        assert shown(personas, "pw11") == rows
    headings = re.findall(r'<th scope="rowgroup"[^>]*>([^<]+)</th>', text)
    assert headings[0] == "日期已过"
    assert headings[-1] == "2026 年 12 月"
    assert headings.index("日期已过") < headings.index("2026 年 4 月")


def test_tabs_count_what_they_show(personas: Personas, call: Visit) -> None:
    made = visited(personas, first_visit(approved(personas, unit="U1D1")), **PROBLEM)
    retry = unreachable(personas, call, moved_to=call.scheduled_on + timedelta(days=5))
    with time_machine.travel(on(12, 20)):
        text = text_of(personas, "uw1", LIST)
        counted = tabs(text)
        for label, query in re.findall(r'<li><a href="\?([^"]*)"[^>]*>([^<]+)<span', text):
            found = shown(personas, "uw1", f"{label.replace('&amp;', '&')}&per=100")
            assert len(found) == int(counted[query]), query
        assert shown(personas, "uw1", "state=retry") == [retry.pk]
        assert shown(personas, "uw1", "state=problem") == shown(personas, "uw1", "state=closing") == [made.pk]
        assert retry.pk in shown(personas, "uw1", "overdue=on")
        assert made.pk not in shown(personas, "uw1", "overdue=on")
    assert counted["重点/战略"] == "0"


def test_filters_narrow_by_what_they_say(personas: Personas) -> None:
    one = a_ledger(personas, name="星河湾一号楼", key=True, city="沈阳")
    two = a_ledger(personas, name="锦绣园二号楼", code="JX-2", city="大连")
    approved(personas)
    approved(personas, unit="U1D1")
    with time_machine.travel(on(1, 10)):

        def projects(query: str) -> set[str]:
            pks = shown(personas, "uw1", f"{query}&per=100")
            return set(Visit.objects.filter(pk__in=pks).values_list("project__name", flat=True))

        assert projects("q=星河") == projects("city=沈阳") == projects("flag=on") == {one.project.name}
        assert projects("project=JX-2") == {two.project.name}
        assert projects("q=没有这个") == set()
        for query, told in (
            ("level=unit", {"level": "unit"}),
            ("method=phone", {"method": "phone"}),
            ("unit=U1", {}),
            ("month=2026-03", {"scheduled_on__month": 3}),
        ):
            wanted = Visit.objects.filter(**told)  # type: ignore[misc]
            assert set(shown(personas, "uw1", f"{query}&per=100")) <= set(wanted.values_list("pk", flat=True))
            assert shown(personas, "uw1", f"{query}&per=100")
        assert shown(personas, "uw1", "unit=U2&per=100") == []
        planned = Visit.objects.filter(visitor__isnull=False).first()
        assert planned is not None
        assert planned.visitor is not None
        assert planned.pk in shown(
            personas, "uw1", f"visitor={planned.visitor.name}&per=100&month={planned.scheduled_on:%Y-%m}"
        )
        assert shown(personas, "gw", "mine=on") == []
        today = text_of(personas, "uw1", f"{LIST}?when=month&per=100")
        assert "2026 年 2 月" not in today


@pytest.mark.parametrize(
    "query",
    ["state=x", "when=x", "month=2026-13", "unit=ZZ", "page=99", "page=x", "per=7", "sort=x", "q=%00", "level='"],
)
def test_a_hostile_query_gets_an_answer(personas: Personas, visit: Visit, query: str) -> None:
    assert as_user(personas, "pw11").get(f"{LIST}?{query}").status_code == 200


def test_a_search_leads_on_to_what_was_made_already(personas: Personas, visit: Visit) -> None:
    visited(personas, visit)
    name = visit.project.name[:2]
    with at(visit):
        assert shown(personas, "pw11", f"q={name}&when=today") == []
        assert visit.pk in shown(personas, "pw11", f"q={name}&state=all&per=100")
    text = text_of(personas, "pw11", f"{LIST}?q=没有这个")
    assert "在全部回访中查找" in text
    assert "state=all" in text


@pytest.mark.clause("5.1.1", "G2")
def test_the_owners_phone_is_masked_and_shown_for_a_logged_purpose(personas: Personas, visit: Visit) -> None:
    with at(visit):
        text = text_of(personas, "pw11", LIST)
        assert "tel:" not in text
        assert "****" in text
        (url, *_) = re.findall(r'action="(/ledgers/\d+/contacts/\d+/[^"]*)"', text) or re.findall(
            r'<form method="post" action="([^"]+)" hx-post="[^"]+" hx-target="closest .call-number"', text
        )
        purpose = re.findall(r'name="purpose" value="([^"]+)"', text)[0]
        answer = as_user(personas, "pw11").post(url, {"purpose": purpose}, headers={"hx-request": "true"})
        assert 'href="tel:' in answer.content.decode()
        assert PhoneReveal.objects.get().purpose == purpose == f"工程回访(计划 {visit.planned_on})"
        assert as_user(personas, "pw21").post(url, {"purpose": purpose}).status_code == 404


def count_queries(client: Client, url: str) -> int:
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as found:
        client.get(url)
    return len(found)


@pytest.mark.parametrize("query", ["", "?state=done", "?q=工程", "?state=all&overdue=on"])
def test_the_list_asks_as_much_for_two_rows_as_for_fifty(personas: Personas, query: str) -> None:
    a_ledger(personas)
    plan = approved(personas, unit="U1D1")
    first, second, *rest = plan.visits.order_by("scheduled_on")
    visited(personas, first, **PROBLEM)
    with time_machine.travel(on(12, 30)):
        client = as_user(personas, "pw11")
        plan.visits.filter(pk__in=[each.pk for each in rest]).update(status=V.PLANNED)
        few = count_queries(client, f"{LIST}{query}")
        plan.visits.filter(pk__in=[each.pk for each in rest]).update(status=V.DUE)
        for number in range(4):
            a_ledger(personas, code=f"N-{number}", now=on(1, 2))
        like = {"plan": plan, "project": second.project, "unit": second.unit, "level": second.level, "status": V.DUE}
        days = [second.planned_on + timedelta(days=n) for n in range(50)]
        copies = [Visit(planned_on=day, scheduled_on=day, method="onsite", **like) for day in days]
        Visit.objects.bulk_create(copies)
        many = count_queries(client, f"{LIST}{query}{'&' if query else '?'}per=100")
    assert few == many
    assert many <= MOST


def test_columns_are_kept_and_an_unknown_one_is_not(personas: Personas, visit: Visit) -> None:
    client = as_user(personas, "pw11")
    answer = client.post(reverse("revisits:visit_columns"), {"columns": ["department", "nonsense"]})
    assert answer.status_code == 302
    text = client.get(LIST).content.decode()
    assert "项目经理部</" in text.partition("<thead>")[2].partition("</thead>")[0]
    assert "办理时限" not in text.partition("<thead>")[2].partition("</thead>")[0]


# --- a visit


@pytest.mark.clause("5.2.2", "3.3.4")
def test_a_visits_page_tells_its_windows_contacts_and_open_punch_items(personas: Personas, visit: Visit) -> None:
    item = punch_item(personas, visit.project)
    with at(visit):
        text = text_of(personas, "pw11", page("detail", visit))
    assert f"M{visit.planned_on.month}" in text
    assert "5.2.2" in text
    assert item.place in text
    assert "物业经理" in text
    for name in ("record", "unreachable", "move"):
        assert page(name, visit) in text
    with at(visit):
        other = text_of(personas, "uh1", page("detail", visit))
    assert page("record", visit) not in other
    assert "等待" in other


@pytest.mark.clause("5.3.3", "A2-10")
def test_a_visit_with_a_problem_ends_with_its_case(personas: Personas, visit: Visit) -> None:
    visited(personas, visit, **PROBLEM)
    (case,) = open_cases_of(visit)
    with at(visit):
        text = text_of(personas, "pw11", page("detail", visit))
        assert "待保修闭合" in text
        assert case.number in text
        assert visit.pk in shown(personas, "pw11", "state=closing")
    WarrantyCase.objects.filter(pk=case.pk).update(status=WarrantyCase.Status.DONE)
    with at(visit):
        text = text_of(personas, "pw11", page("detail", visit))
        assert "待保修闭合" not in text
        assert "已闭合" in text
        assert visit.pk not in shown(personas, "pw11", "state=closing")


def test_a_visits_page_and_its_parts_stay_within_their_queries(personas: Personas, visit: Visit) -> None:
    punch_item(personas, visit.project)
    visited(personas, visit, **PROBLEM)
    with at(visit):
        client = as_user(personas, "pw11")
        for url in (page("detail", visit), page("timeline", visit)):
            assert count_queries(client, url) <= MOST + 1, url
        project = reverse("revisits:project_visits", args=[visit.project_id])
        assert count_queries(client, project) <= MOST
        assert str(visit.scheduled_on) in client.get(project).content.decode()


@pytest.mark.parametrize("name", ["ledgers:ledger_detail", "ledgers:project_detail"])
def test_the_pages_of_the_project_lead_to_its_visits(personas: Personas, visit: Visit, name: str) -> None:
    pk = visit.project.ledger.pk if name.endswith("ledger_detail") else visit.project_id
    address = reverse("revisits:project_visits", args=[visit.project_id])
    assert address in text_of(personas, "pw11", reverse(name, args=[pk]))
    fragment = as_user(personas, "pw11").get(address, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in fragment
    assert page("detail", visit) in fragment
    assert as_user(personas, "pw21").get(address).status_code == 404


@pytest.mark.parametrize("name", ["detail", "timeline", "record", "unreachable", "move", "correct", "participate"])
def test_out_of_reach_is_not_there(personas: Personas, visit: Visit, name: str) -> None:
    client = as_user(personas, "pw21")
    assert client.get(page(name, visit)).status_code == 404
    if name not in ("detail", "timeline"):
        assert client.post(page(name, visit), posted(visit)).status_code == 404


@pytest.mark.parametrize("name", ["record", "unreachable", "move"])
@pytest.mark.parametrize("who", ["uw1", "uh1", "pm11", "gw"])
def test_a_forged_step_of_somebody_else_is_refused(personas: Personas, visit: Visit, name: str, who: str) -> None:
    client = as_user(personas, who)
    with at(visit):
        assert client.get(page(name, visit)).status_code == 403
        assert client.post(page(name, visit), posted(visit)).status_code == 403
    visit.refresh_from_db()
    assert visit.status == V.DUE


# --- the record


@pytest.mark.clause("2.2.1", "5.3.2")
def test_a_visit_is_recorded_with_photos(personas: Personas, visit: Visit) -> None:
    with at(visit):
        client = as_user(personas, "pw11")
        form = client.get(page("record", visit)).content.decode()
        assert f'value="{visit.scheduled_on}"' in form
        assert 'value="王保一"' in form
        assert 'accept="image/*" capture="environment"' in form
        photos = [SimpleUploadedFile(f"{n}.png", PNG + bytes([n])) for n in (1, 2)]
        answer = client.post(page("record", visit), {**posted(visit), "files": photos})
    assert answer.status_code == 302
    visit.refresh_from_db()
    assert (visit.status, visit.visited_on) == (V.OK, visit.scheduled_on)
    assert [e.kind for e in Evidence.objects.about(visit)] == ["photo", "photo"]


@pytest.mark.clause("5.3.3")
def test_a_problem_becomes_a_case_with_the_contacts_own_number(personas: Personas, visit: Visit) -> None:
    with at(visit):
        client = as_user(personas, "pw11")
        form = client.get(page("record", visit)).content.decode()
        (contact, *_) = re.findall(r'name="phone_of" value="(\d+)"', form)
        said = posted(visit, **PROBLEM) | {"phone": "", "phone_of": contact}
        assert client.post(page("record", visit), said).status_code == 302
    (case,) = cases_of(visit)
    assert (case.place, case.trade, case.urgency) == ("3#楼屋面", "防水", "normal")
    assert case.phone
    assert case.phone not in form
    visit.refresh_from_db()
    assert visit.status == V.PROBLEM


@pytest.mark.clause("2.2.1")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"arrival": ""}, "arrival"),
        ({"quality": "nonsense"}, "quality"),
        ({"respondent": ""}, "respondent"),
        ({"visited_on": "2026-99-01"}, "visited_on"),
        ({"visited_on": "2027-01-01"}, "visited_on"),
        ({"quality": "found"}, "place"),
        ({"situation": "长" * 2001}, "situation"),
        ({"method": "phone"}, "method"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    personas: Personas, visit: Visit, changes: dict[str, str], field: str
) -> None:
    with at(visit):
        said = posted(visit) | {"situation": "业主反映良好"} | changes
        answer = as_user(personas, "pw11").post(page("record", visit), said)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    text = answer.content.decode()
    if field != "situation":
        assert "业主反映良好" in text
    visit.refresh_from_db()
    assert visit.status == V.DUE
    assert not Evidence.objects.about(visit).exists()


def test_a_file_that_is_no_picture_refuses_the_record_and_keeps_the_words(personas: Personas, visit: Visit) -> None:
    bad = SimpleUploadedFile("脚本.png", b"#!/bin/sh")
    with at(visit):
        answer = as_user(personas, "pw11").post(page("record", visit), {**posted(visit), "files": [bad]})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "脚本.png" in text
    assert "重新选择照片" in text
    visit.refresh_from_db()
    assert (visit.status, Evidence.objects.about(visit).count()) == (V.DUE, 0)


def test_two_people_who_record_one_visit(personas: Personas, visit: Visit) -> None:
    """The second is told who was first; a page from before somebody's change is not taken."""
    with at(visit):
        client = as_user(personas, "pw11")
        assert client.post(page("record", visit), posted(visit) | {"revision": 7}).status_code == 409
        assert client.post(page("record", visit), posted(visit) | {"revision": ""}).status_code == 422
        assert client.post(page("record", visit), posted(visit)).status_code == 302
        again = client.post(page("record", visit), posted(visit))
    assert again.status_code == 409
    assert "王保一" in again.content.decode()
    assert visit.records.count() == 1


# --- the other steps


@pytest.mark.clause("A3-C03", "A3-C04")
def test_a_failed_call_becomes_an_on_site_line(personas: Personas, call: Visit) -> None:
    with at(call):
        client = as_user(personas, "uw1")
        form = client.get(page("unreachable", call)).content.decode()
        last = latest_follow_up(call, timezone.localdate())
        assert f"最迟 {last}" in form
        given = {
            "revision": call.revision,
            "tried_on": str(call.scheduled_on),
            "excuse": "无人接听",
            "detail": "连续三次",
        }
        late = client.post(page("unreachable", call), given | {"moved_to": str(last + timedelta(days=1))})
        assert late.status_code == 422
        assert "moved_to" in late.context["form"].errors
        other = client.post(
            page("unreachable", call), given | {"excuse": "其他原因", "detail": "", "moved_to": str(last)}
        )
        assert "detail" in other.context["form"].errors
        moved = call.scheduled_on + timedelta(days=3)
        assert client.post(page("unreachable", call), given | {"moved_to": str(moved)}).status_code == 302
        text = client.get(page("detail", call)).content.decode()
    call.refresh_from_db()
    assert (call.status, call.scheduled_on) == (V.RETRY, moved)
    assert FailedAttempt.objects.get().reason == "无人接听:连续三次"
    assert "无人接听:连续三次" in text
    assert "改现场" in text


@pytest.mark.clause("5.3.1")
def test_a_visit_is_moved_within_the_window_that_the_page_names(personas: Personas, call: Visit) -> None:
    end = date(2026, 3, 31)
    with time_machine.travel(on(1, 6)):
        client = as_user(personas, "uw1")
        form = client.get(page("move", call)).content.decode()
        assert f"2026-01-06 至 {end}" in form
        given = {"revision": call.revision, "reason": "业主出差"}
        outside = client.post(page("move", call), given | {"to": "2026-04-02"})
        assert outside.status_code == 422
        assert "超出计划窗口" in outside.content.decode()
        assert client.post(page("move", call), given | {"to": str(end), "reason": ""}).status_code == 422
        assert client.post(page("move", call), given | {"to": str(end)}).status_code == 302
    call.refresh_from_db()
    assert call.scheduled_on == end


@pytest.mark.clause("5.3.1")
def test_a_correction_keeps_the_earlier_version(personas: Personas, visit: Visit) -> None:
    visited(personas, visit)
    visit.refresh_from_db()
    with at(visit, 1):
        client = as_user(personas, "pw11")
        form = client.get(page("correct", visit)).content.decode()
        assert "整体使用良好" in form
        said = posted(visit, situation="更正:屋面有积水") | {"reason": ""}
        assert client.post(page("correct", visit), said).status_code == 422
        assert client.post(page("correct", visit), said | {"reason": "笔误"}).status_code == 302
        text = client.get(page("detail", visit)).content.decode()
        assert "更正过程(2 版)" in text
        assert "整体使用良好" in text
        visit.refresh_from_db()
        worse = posted(visit, **PROBLEM) | {"reason": "漏记问题"}
        assert client.post(page("correct", visit), worse).status_code == 302
        assert len(open_cases_of(visit)) == 1
        visit.refresh_from_db()
        form = client.get(page("correct", visit)).content.decode()
        assert 'name="place"' not in form
        back = client.post(page("correct", visit), posted(visit) | {"reason": "又改"})
    assert back.status_code == 409
    assert "尚未办结" in back.content.decode()


@pytest.mark.clause("3.1.3")
def test_the_group_notes_its_part_in_key_projects(personas: Personas) -> None:
    a_ledger(personas, key=True)
    visit = first_visit(approved(personas, unit="U1D1"))
    given = {"revision": visit.revision, "people": "高文", "took_part_on": str(visit.scheduled_on), "note": "到场参加"}
    with at(visit):
        assert as_user(personas, "uw1").post(page("participate", visit), given).status_code == 403
        client = as_user(personas, "gw")
        assert 'value="高文"' in client.get(page("participate", visit)).content.decode()
        assert client.post(page("participate", visit), given | {"people": ""}).status_code == 422
        assert client.post(page("participate", visit), given).status_code == 302
        assert "到场参加" in client.get(page("detail", visit)).content.decode()
    assert Participation.objects.get().people == "高文"


@pytest.mark.clause("3.1.3")
def test_nobody_notes_a_part_in_an_ordinary_project(personas: Personas, visit: Visit) -> None:
    with at(visit):
        assert as_user(personas, "gw").get(page("participate", visit)).status_code == 409
