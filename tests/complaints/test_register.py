"""The register as a list: reach, filters, tabs, counts that do not grow, saved filters, columns, the schedule view."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from complaints import searching
from complaints.filters import RegisterFilter
from complaints.models import Complaint, SavedFilter, Verdict
from complaints.selectors.register import rows_of, visible_complaints
from complaints.services.opinions import ask_opinion
from complaints.services.saved_filters import MOST, save_filter, tidy_query
from complaints.views.list_columns import excerpt
from complaints.views.listing import TABS
from tests.complaints.factories import (
    NOW,
    awaiting_ruling,
    closed,
    evaluate,
    finish_all,
    handling,
    registered,
    replied,
    ruled,
)
from tests.ledgers.factories import make_project
from tests.personas import Personas
from workflow import counting
from workflow.counting import Count, count_of, counts_of

pytestmark = pytest.mark.django_db
LIST, SCHEDULE = "/complaints/", "/complaints/schedule/"
NUMBER = re.compile(r"TS-[A-Z0-9]+-\d{4}-\d{4}")


def login(personas: Personas, who: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(who), "django.contrib.auth.backends.ModelBackend")
    return client


def page(personas: Personas, who: str, query: str = "", at: str = LIST) -> str:
    response = login(personas, who).get(f"{at}?{query}")
    assert response.status_code == 200
    return response.content.decode()


def shown(personas: Personas, who: str, query: str = "", at: str = LIST) -> set[str]:
    """The numbers of the complaints in the table of the page."""
    return set(NUMBER.findall(page(personas, who, query, at).partition("<tbody>")[2]))


def tabs(text: str) -> dict[str, str]:
    return dict(re.findall(r'<li><a href="\?[^"]*"[^>]*>([^<]+)<span class="count">([^<]+)</span>', text))


# --- reach


@pytest.mark.clause("G2", "3.3.2")
def test_everybody_finds_their_own_reach_in_list_counts_and_search(personas: Personas) -> None:
    here = awaiting_ruling(personas)
    there = registered(personas, project=make_project(personas, actor="pw21", unit="U2D1"), actor="uw2")
    for who in ("uw1", "uh1", "ul1", "ug1", "pw11", "pe11", "pm11", "sub1"):
        assert shown(personas, who) == {here.number}, who
    for who in ("uw2", "uh2", "pw21"):
        assert shown(personas, who) == {there.number}, who
    for who in ("gw", "gh"):
        assert shown(personas, who) == {here.number, there.number}, who
    assert shown(personas, "pw12") == set()
    for who, other in (("uw2", here), ("uw1", there)):
        text = page(personas, who)
        assert tabs(text)["全部"] == "1"
        assert other.number not in text
        found = page(personas, who, f"q={other.number}")
        assert "没有符合条件的投诉" in found
        assert "没有找到" in page(personas, who, f"q={other.number}", reverse("search"))
    assert here.number in page(personas, "uw1", "q=渗水", reverse("search"))
    assert here.number not in page(personas, "uw2", "q=渗水", reverse("search"))


@pytest.mark.clause("G2")
def test_a_departments_person_sees_what_was_assigned_and_nothing_else(personas: Personas) -> None:
    asked = ruled(personas, Verdict.SEVERE)
    other = registered(personas)
    ask_opinion(complaint_id=asked.pk, asked_of=personas.ud1, question="可行否", actor=personas.uw1, now=timezone.now())
    text = page(personas, "ud1")
    assert shown(personas, "ud1") == {asked.number}
    assert tabs(text)["全部"] == tabs(text)["待我办理"] == "1"
    assert shown(personas, "ud1", "mine=on") == {asked.number}
    assert shown(personas, "ud1", f"q={other.number}") == set()
    assert asked.number in page(personas, "ud1", "q=渗水", reverse("search"))
    assert other.number not in page(personas, "ud1", "q=渗水", reverse("search"))
    assert "还没有指定给您的投诉" in page(personas, "ud2")


@pytest.mark.clause("G2")
@pytest.mark.parametrize("who", ["sysadmin", "secadmin", "auditor", "outsider"])
def test_who_holds_no_right_on_complaints_is_told_so(personas: Personas, who: str) -> None:
    for at in (LIST, SCHEDULE, reverse("complaints:filter_save")):
        assert login(personas, who).get(at).status_code == 403


@pytest.mark.clause("3.3.2")
def test_the_schedule_view_is_the_same_register_of_one_kind(personas: Personas) -> None:
    late = registered(personas, kind="schedule")
    registered(personas)
    assert shown(personas, "uw1", at=SCHEDULE) == {late.number}
    text = page(personas, "uw1", at=SCHEDULE)
    assert tabs(text)["全部"] == "1"
    assert 'name="kind"' not in text
    assert f"{reverse('reports:complaint_register_xlsx')}?kind=schedule" in text
    assert shown(personas, "uw1", "kind=warranty", SCHEDULE) == set()


# --- filters


@pytest.mark.clause("2.2.2")
@pytest.mark.parametrize(
    ("field", "value", "other"),
    [
        ("kind", "safety", "warranty"),
        ("party", "property", "owner"),
        ("channel", "wechat", "phone"),
        ("cause", "payment", "resources"),
    ],
)
def test_each_field_of_the_registration_is_searchable(personas: Personas, field: str, value: str, other: str) -> None:
    wanted = registered(personas, **{field: value})
    rest = registered(personas)
    assert shown(personas, "uw1", f"{field}={value}") == {wanted.number}
    assert shown(personas, "uw1", f"{field}={other}") == {rest.number}
    assert shown(personas, "uw1", f"{field}={value}&{field}={other}") == {wanted.number, rest.number}


@pytest.mark.clause("2.2.2")
def test_the_level_is_searchable(personas: Personas) -> None:
    group, unit = registered(personas, level="leader"), registered(personas)
    assert shown(personas, "gw", "level=leader") == {group.number}
    assert shown(personas, "gw", "level=unit&level=group") == {unit.number}


def test_units_departments_and_projects(personas: Personas) -> None:
    here, there = (
        registered(personas),
        registered(personas, project=make_project(personas, actor="pw21", unit="U2D1", key=True), actor="uw2"),
    )
    for query, wanted in (
        ("unit=U1", here),
        ("unit=U2", there),
        ("department=u2d1", there),
        (f"department={here.department.name}", here),
        (f"project={here.project_code}", here),
        ("key=1", there),
        ("key=0", here),
    ):
        assert shown(personas, "gw", query) == {wanted.number}, query
    assert shown(personas, "gw", "project=P-0") == set()
    assert "以下筛选条件无效,没有采用:单位" in page(personas, "gw", "unit=U9")
    assert shown(personas, "uw1", "unit=U2") == set()


def test_verdict_filing_satisfaction_and_state(personas: Personas) -> None:
    done = closed(personas)
    answered = replied(personas)
    again = finish_all(personas, handling(personas))
    evaluate(personas, again, satisfied=False)
    fresh = registered(personas, legacy=False)
    for query, wanted in (
        ("verdict=none", {fresh}),
        ("verdict=not_ours", {answered}),
        ("verdict=severe&verdict=minor", {done, again}),
        ("filed=1", {done, again}),
        ("filed=0", {answered, fresh}),
        ("satisfied=yes", {done}),
        ("satisfied=no", {again}),
        ("satisfied=none", {answered, fresh}),
        ("state=ended", {done}),
        ("state=open", {answered, again, fresh}),
        ("status=closed&status=replied", {done, answered}),
        ("legacy=1", set()),
        ("strategic=1", set()),
    ):
        assert shown(personas, "uw1", query) == {each.number for each in wanted}, query


def test_days_are_those_of_beijing_and_both_count(personas: Personas) -> None:
    now = timezone.now()
    today = timezone.localdate(now)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    first, before = registered(personas, now=midnight), registered(personas, now=midnight - timedelta(seconds=1))
    assert shown(personas, "uw1", f"received_after={today}&received_before={today}") == {first.number}
    assert shown(personas, "uw1", f"received_before={today - timedelta(days=1)}") == {before.number}
    assert shown(personas, "uw1", f"received_after={today - timedelta(days=1)}") == {first.number, before.number}
    assert "以下筛选条件无效,没有采用:接收日期" in page(personas, "uw1", "received_after=2026-13-40")


@pytest.mark.clause("G3")
def test_what_is_late_what_soon_will_be_and_what_is_mine(personas: Personas) -> None:
    now = timezone.now()
    late = registered(personas, now=now - timedelta(days=5))
    soon = registered(personas, now=now - timedelta(days=1))  # 二次确认: 24:00 of today
    assert shown(personas, "uw1", "overdue=on") == {late.number}
    assert shown(personas, "uw1", "soon=on") == {soon.number}
    assert shown(personas, "uw1", "mine=on") == {late.number, soon.number}
    assert shown(personas, "pe11", "mine=on") == set()
    work = handling(personas, now=now)
    assert shown(personas, "pe11", "mine=on") == {work.number}
    assert work.number in shown(personas, "gw", "mine=on")  # 备案: a clock of what belongs to it


def test_second_complaints(personas: Personas) -> None:
    first = closed(personas)
    later = registered(personas, project=first.project, now=NOW + timedelta(days=30))
    assert later.second == Complaint.Second.SUGGESTED
    assert shown(personas, "uw1", "second=suggested") == {later.number}
    assert shown(personas, "uw1", "second=confirmed") == set()
    assert "疑似二次" in page(personas, "uw1")


@pytest.mark.parametrize("text", ["渗水", "1 2", "%", "_", "\x00", "'; DROP TABLE x;--", "𠮷", "a" * 101, " "])
def test_search_takes_anything(personas: Personas, text: str) -> None:
    registered(personas)
    response = login(personas, "gw").get(LIST, {"q": text})
    assert response.status_code == 200


def test_two_characters_anywhere_are_enough_and_a_word_that_is_common_is_found_too(
    personas: Personas, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = registered(personas, complainant="欧阳明月", event="停车位积水", demands=["更换排水泵"])
    registered(personas)
    for word in ("阳明", "车位积", "排水泵", one.number.lower(), one.project_name[:3] + " 积水"):
        assert one.number in shown(personas, "uw1", urlencode({"q": word})), word
    monkeypatch.setattr(searching, "common_pairs", lambda: frozenset(["积水"]))
    assert shown(personas, "uw1", "q=积水") == shown(personas, "gw", "q=积水") == {one.number}
    assert "13900001234" not in page(personas, "gw", "q=13900001234").partition("<tbody>")[2]
    assert shown(personas, "gw", "q=13900001234") == set()


def test_wrong_numbers_and_words_never_break_the_page(personas: Personas) -> None:
    registered(personas)
    wrong = "page=0 page=99999999999 per=1e9 sort=password status=x filed=7 department=%00 kind= mine=maybe".split()
    for query in (*wrong, "project=" + "9" * 61):
        assert login(personas, "gw").get(f"{LIST}?{query}").status_code == 200, query


# --- order, columns, what a cell shows


@pytest.mark.parametrize("key", sorted(RegisterFilter.SORTS))
def test_every_order_and_its_reverse(personas: Personas, key: str) -> None:
    made = {closed(personas).number, registered(personas, level="group").number}
    up, down = (NUMBER.findall(page(personas, "gw", f"sort={sign}{key}").partition("<tbody>")[2]) for sign in ("", "-"))
    assert set(up) == set(down) == made


def test_the_newest_stand_first_and_those_without_a_value_last(personas: Personas) -> None:
    now = timezone.now()
    old, new = registered(personas, now=now - timedelta(hours=9)), registered(personas, now=now)
    done = closed(personas, now=now - timedelta(hours=20))
    table = page(personas, "uw1").partition("<tbody>")[2]
    assert NUMBER.findall(table) == [new.number, old.number, done.number]
    for sort in ("sort=closed", "sort=-closed"):
        assert NUMBER.findall(page(personas, "uw1", sort).partition("<tbody>")[2])[0] == done.number


def test_a_person_chooses_columns_and_phones_stay_masked(personas: Personas) -> None:
    registered(personas, event="业主来电 13811112222,地下室渗水")
    client = login(personas, "uw1")
    text = client.get(LIST).content.decode()
    assert "接收时间" in text.partition("<thead>")[2].partition("</thead>")[0]
    assert "13811112222" not in text
    assert "138****2222" in text
    client.post(reverse("complaints:complaint_columns"), {"columns": ["phone", "status", "password", "x.y"]})
    assert client.cookies["complaint_columns"].value == "status.phone"
    head, body = client.get(LIST).content.decode().partition("<thead>")[2].split("</thead>")
    assert "接收时间" not in head
    assert "139****1234" in body
    assert "13900001234" not in body
    client.cookies["complaint_columns"] = "../../etc;drop"
    assert client.get(LIST).status_code == 200


def test_a_number_is_masked_before_the_event_is_cut() -> None:
    told = excerpt("一" * 40 + "13811112222,漏水")
    assert "13811" not in told.replace("138****", "")
    assert len(told) <= 48


# --- counts that end where a person stops


def test_counting_ends_where_it_is_told_to(personas: Personas, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        registered(personas)
    visible = visible_complaints(personas.fresh("gw"))
    assert count_of(visible) == Count(3, False)
    assert count_of(visible, 3) == Count(3, False)
    assert str(count_of(visible, 2)) == "2+"
    monkeypatch.setattr(counting, "COUNTED_ON_TABS", 2)
    assert str(counts_of(personas.fresh("gw"), {"all": visible, "none": visible.none()})["all"]) == "2+"


def test_a_list_beyond_the_count_says_so_and_how_to_go_on(personas: Personas, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [registered(personas) for _ in range(26)]
    monkeypatch.setattr("complaints.views.listing.count_of", lambda queryset: Count(25, True))
    text = page(personas, "gw", "page=2&sort=project")
    assert "共 25+ 项" in text
    assert "共 25+ 条" in text
    assert "请用上方的筛选条件缩小范围" in text
    assert "项时只按接收时间排列" in text
    assert len(shown(personas, "gw", "page=2")) == 25
    assert made[0].number not in text


def test_rows_come_in_the_order_of_the_query(personas: Personas) -> None:
    made = [registered(personas).pk for _ in range(4)]
    rows = rows_of(visible_complaints(personas.fresh("gw")).order_by("pk"), 1, 2)
    assert [row["pk"] for row in rows] == made[1:3]
    assert rows_of(visible_complaints(personas.fresh("gw")).order_by("pk"), 9, 2) == []


def test_a_tab_counts_what_it_shows_and_hears_of_every_step(personas: Personas) -> None:
    closed(personas)
    handling(personas)
    client = login(personas, "uw1")
    for _ in range(2):
        counts = tabs(client.get(LIST).content.decode())
        assert {label: counts[label] for label, _ in TABS} == {
            label: str(len(shown(personas, "uw1", query))) for label, query in TABS
        }
    before = counts["待判定"]
    awaiting_ruling(personas)
    assert tabs(client.get(LIST).content.decode())["待判定"] == str(int(before) + 1)


def test_a_first_page_that_is_not_full_counts_itself(personas: Personas) -> None:
    """What changes without a step, as a limit that passes does, is seen before the kept count has been forgotten."""
    complaint = awaiting_ruling(personas)
    query = f"status={Complaint.Status.AWAITING_RULING}"
    assert "共 1 项" in page(personas, "gw", query)
    Complaint.objects.update(status=Complaint.Status.CONFIRMED)
    assert "没有符合条件的投诉" in page(personas, "gw", query)
    assert "没有符合条件的投诉" in page(personas, "gw", f"status={Complaint.Status.RECTIFYING}")
    Complaint.objects.update(status=Complaint.Status.RECTIFYING)
    assert shown(personas, "gw", f"status={Complaint.Status.RECTIFYING}") == {complaint.number}


@pytest.mark.parametrize("who", ["gw", "uw1", "pw11", "ud1"])
def test_the_page_asks_the_same_at_2_rows_and_50(personas: Personas, who: str) -> None:
    client = login(personas, who)
    asked: dict[str, list[int]] = {}
    urls = [LIST + "?per=100", LIST + "?per=100&q=渗水&unit=U1&status=drafting_plan&overdue=on", SCHEDULE]
    urls += [LIST + "?mine=on&sort=project", reverse("search") + "?q=渗水"]
    project = make_project(personas)
    for wanted in (2, 50):
        while Complaint.objects.count() < wanted:
            one = registered(personas, project=project, kind="schedule")
            one.assignments.create(user=personas.ud1, at=timezone.now())
        for url in urls:
            assert client.get(url).status_code == 200
            with CaptureQueriesContext(connection) as found:
                client.get(url)
            asked.setdefault(url, []).append(len(found))
    for url, (few, many) in asked.items():
        assert few == many, url
        assert many <= 15, url


# --- one's own filters


def test_a_filter_is_saved_used_and_deleted_by_its_owner_alone(personas: Personas) -> None:
    one = registered(personas, kind="safety")
    registered(personas)
    client = login(personas, "uw1")
    form = client.get(reverse("complaints:filter_save"), {"query": "kind=safety&page=3&per=50&x=1"})
    assert 'value="kind=safety"' in form.content.decode()
    done = client.post(reverse("complaints:filter_save"), {"name": " 安全  类 ", "query": "kind=safety"})
    kept = SavedFilter.objects.get()
    assert (kept.name, kept.query, kept.user) == ("安全 类", "kind=safety", personas.uw1)
    assert done["Location"] == f"{LIST}?kind=safety"
    text = client.get(f"{LIST}?kind=safety").content.decode()
    assert re.search(r'<a href="\?kind=safety" aria-current="page">安全 类</a>', text)
    assert set(NUMBER.findall(text.partition("<tbody>")[2])) == {one.number}
    assert "安全 类" not in page(personas, "uh1")
    delete = reverse("complaints:filter_delete", args=[kept.pk])
    assert login(personas, "uh1").post(delete).status_code == 404
    assert client.get(delete).status_code == 405
    assert client.post(delete).status_code == 302
    assert client.post(delete).status_code == 404
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"name": "", "query": "kind=safety"}, "必填"),
        ({"name": "甲" * 31, "query": "kind=safety"}, "最多 30 个字"),
        ({"name": "甲\x00", "query": "kind=safety"}, ""),
        ({"name": "甲", "query": ""}, "请先筛选再保存"),
        ({"name": "甲", "query": "page=2"}, "请先筛选再保存"),
        ({"name": "甲", "query": "q=" + "a" * 2000}, "筛选条件太长"),
        ({"name": "已有", "query": "kind=safety"}, "已有名为“已有”的常用筛选"),
    ],
)
def test_a_filter_that_cannot_be_saved_says_why_beside_the_name(
    personas: Personas, data: dict[str, str], said: str
) -> None:
    save_filter(name="已有", query="kind=safety", actor=personas.uw1)
    response = login(personas, "uw1").post(reverse("complaints:filter_save"), data)
    assert response.status_code == 422
    text = response.content.decode()
    assert said in text
    assert 'id="id_name_error"' in text
    assert SavedFilter.objects.count() == 1


def test_twenty_filters_a_person(personas: Personas) -> None:
    for at in range(MOST):
        save_filter(name=f"第{at}个", query="kind=safety", actor=personas.uw1)
    with pytest.raises(ValidationError, match="最多 20 个"):
        save_filter(name="多余", query="kind=safety", actor=personas.uw1)
    save_filter(name="第1个", query="kind=safety", actor=personas.uh1)


def test_only_what_the_register_knows_is_kept_of_a_query() -> None:
    query = "?status=closed&status=&status=merged&received_after=2026-01-01&sort=-grade&csrf=x&page=2&q=%E6%B8%97"
    assert tidy_query(query) == "status=closed&status=merged&received_after=2026-01-01&sort=-grade&q=%E6%B8%97"


# --- empty


def test_an_empty_register_says_what_to_do_first(personas: Personas) -> None:
    assert "接到业主的函件、电话或短信后" in page(personas, "uw1")
    assert "接到业主投诉后在此登记" in page(personas, "pw11")
    assert "没有符合条件的投诉" in page(personas, "uw1", "kind=safety")


@pytest.mark.parametrize(
    ("who", "wanted"),
    [("uw1", True), ("gw", True), ("ud1", True), ("pm11", True), ("auditor", False), ("outsider", False)],
)
def test_the_navigation_leads_there(personas: Personas, who: str, wanted: bool) -> None:
    text = login(personas, who).get("/").content.decode()
    nav = text.partition('id="shell-nav"')[2].partition("</nav>")[0]
    assert (f'href="{LIST}"' in nav and f'href="{SCHEDULE}"' in nav) is wanted
    assert ('href="/complaints/new/"' in nav) is (who in ("uw1", "gw"))
    assert ('class="top-search" role="search"' in text) is wanted
