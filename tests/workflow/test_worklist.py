"""我的待办: what is mine, soonest first, with right counts and few queries; and who has the ball."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from ledgers.services.review import decide_ledger
from tests.ledgers.factories import make_ledger, submitted
from tests.personas import Personas
from tests.workflow.helpers import at, make_clock, make_clocks, make_rule
from workflow.horizon import Group
from workflow.models import Clock
from workflow.selectors.worklist import waiting_for_others, worklist

pytestmark = pytest.mark.django_db

NOW = at("2026-03-11 10:00")  # a Wednesday


def client_of(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas[login], backend="django.contrib.auth.backends.ModelBackend")
    return client


def titles(personas: Personas, login: str) -> list[str]:
    found = worklist(personas.fresh(login), now=NOW)
    return [duty.clock.title for section in found.sections for duty in section.duties]


def test_duties_stand_in_groups_soonest_first(personas: Personas) -> None:
    days = {"2026-03-07 09:00": 3, "2026-03-08 09:00": 3, "2026-03-11 08:00": 4, "2026-03-11 09:00": 20}
    for received, n in reversed(days.items()):
        make_clock(personas, received_at=at(received), rule=make_rule(days=n))
    found = worklist(personas.pw11, now=NOW)
    assert [section.group for section in found.sections] == list(Group)
    assert found.counts == dict.fromkeys(Group, 1)
    dues = [duty.clock.due_at for section in found.sections for duty in section.duties]
    assert dues == sorted(dues)


@pytest.mark.clause("G2")
def test_only_the_posts_one_holds(personas: Personas) -> None:
    mine = make_clock(personas, received_at=NOW)
    make_clock(personas, received_at=NOW, unit="U1D2")
    make_clock(personas, received_at=NOW, unit="U2D1")
    make_clock(personas, received_at=NOW, rule=make_rule(post_id="PM"))
    assert titles(personas, "pw11") == [mine.title]
    assert titles(personas, "outsider") == titles(personas, "sysadmin") == titles(personas, "gh") == []


@pytest.mark.clause("G5")
def test_a_substitute_sees_whom_they_stand_in_for(personas: Personas) -> None:
    clock = make_clock(personas, received_at=NOW, rule=make_rule(post_id="UH"), unit="U1")
    [section] = worklist(personas.sub1, now=NOW).sections
    assert [(duty.clock.pk, duty.behalf) for duty in section.duties] == [(clock.pk, "代 胡恒一")]
    [section] = worklist(personas.uh1, now=NOW).sections
    assert section.duties[0].behalf == ""


def test_a_done_duty_is_gone(personas: Personas) -> None:
    clock = make_clock(personas, received_at=NOW)
    Clock.objects.filter(pk=clock.pk).update(stopped_at=NOW)
    assert titles(personas, "pw11") == []


@pytest.mark.parametrize(("page", "group", "rows"), [(1, None, 25), (2, None, 25), (3, None, 10), (1, Group.LATER, 25)])
def test_pages_and_counts_stay_right(personas: Personas, page: int, group: Group | None, rows: int) -> None:
    make_clocks(personas, 60, received_at=NOW, rule=make_rule(days=30))
    found = worklist(personas.pw11, now=NOW, number=page, group=group)
    assert sum(len(section.duties) for section in found.sections) == rows
    assert found.counts[Group.LATER] == found.total == 60
    assert found.page.paginator.num_pages == 3


def test_a_duty_explains_its_due_moment_and_a_date_set_by_a_plan_says_so(personas: Personas) -> None:
    make_clock(personas, received_at=at("2026-03-10 09:20"))
    make_clock(personas, received_at=at("2026-03-10 09:20"), due=at("2026-07-01 00:00"))
    make_clock(personas, received_at=at("2026-05-08 10:00"), rule=make_rule(mode="working"))
    duties = [d for s in worklist(personas.pw11, now=NOW).sections for d in s.duties]
    assert [duty.explanation for duty in duties] == [
        "2026-03-10 09:20 收到,2 个自然日,03-12 24:00 截止",
        "2026-05-08 10:00 收到,2 个工作日,跳过 05-10(周末),计入 05-09(调休上班),05-11 24:00 截止",
        "2026-03-10 09:20 起,截止时间另行确定,2026-06-30 24:00 截止",
    ]


@pytest.mark.clause("G1")
def test_waiting_names_who_has_the_ball(personas: Personas) -> None:
    ledger = submitted(personas)
    [duty] = waiting_for_others(personas.pw11, now=NOW)
    assert (duty.clock.object_id, duty.clock.code, duty.holders) == (ledger.pk, "ledger.review", "吴维一")
    assert duty.url == f"/ledgers/{ledger.pk}/"
    decide_ledger(ledger_id=ledger.pk, step="review", remark="", actor=personas.uw1, now=NOW)
    for login in ("pw11", "uw1"):
        [duty] = waiting_for_others(personas[login], now=NOW)
        assert duty.holders == "胡恒一、戴丽(代 胡恒一)"
    assert waiting_for_others(personas.uh1, now=NOW) == []  # it is theirs
    assert waiting_for_others(personas.pw21, now=NOW) == []
    for login in ("sub1", "uh1"):
        personas.appointments[login].delete()
    assert waiting_for_others(personas.pw11, now=NOW)[0].holders == "岗位空缺"


# --- the page


def test_the_page_links_each_duty_and_offers_the_one_action(personas: Personas) -> None:
    ledger = make_ledger(personas)
    html = client_of(personas, "pw11").get("/").content.decode()
    assert f'href="/ledgers/{ledger.pk}/"' in html
    assert "台账建立" in html
    assert "办理</a>" in html
    assert str(ledger) in html


def test_a_title_is_text_and_no_markup(personas: Personas) -> None:
    clock = make_clock(personas, received_at=timezone.now())
    Clock.objects.filter(pk=clock.pk).update(title="<script>alert(1)</script>")
    html = client_of(personas, "pw11").get("/").content.decode()
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize(
    ("login", "words"),
    [("pw11", "台账建立"), ("outsider", "没有在任的岗位"), ("sysadmin", "没有带时限的环节")],
)
def test_the_empty_page_says_what_will_stand_here(personas: Personas, login: str, words: str) -> None:
    assert words in client_of(personas, login).get("/").content.decode()


@pytest.mark.parametrize(
    "query", ["?group=nonsense", "?page=0", "?page=abc", "?page=99999999999", "?page=²", "?group=overdue&page=7"]
)
def test_strange_queries_are_pages_all_the_same(personas: Personas, query: str) -> None:
    make_clock(personas, received_at=timezone.now())
    assert client_of(personas, "pw11").get("/" + query).status_code == 200


def queries_of(client: Client, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_the_page_needs_few_queries_whatever_its_size(personas: Personas) -> None:
    client = client_of(personas, "pw11")
    url = reverse("workflow:worklist")
    make_clocks(personas, 30, received_at=timezone.now() - timedelta(days=1), rule=make_rule(days=1))
    cache.clear()
    few = queries_of(client, url)
    make_clocks_more(personas, 300)
    assert queries_of(client, url) == few <= 12


def make_clocks_more(personas: Personas, number: int) -> None:
    for clock in (clocks := make_clocks_unsaved(personas, number)):
        clock.object_id += 10_000_000
    Clock.objects.bulk_create(clocks)


def make_clocks_unsaved(personas: Personas, number: int) -> list[Clock]:
    made = make_clocks(personas, number, received_at=timezone.now(), rule=make_rule(days=3))
    Clock.objects.filter(pk__in=[clock.pk for clock in made]).delete()
    for clock in made:
        clock.pk = None
    return made


def test_waiting_is_a_piece_for_the_page_and_a_page_of_its_own(personas: Personas) -> None:
    submitted(personas, now=timezone.now())
    client = client_of(personas, "pw11")
    url = reverse("workflow:waiting")
    piece = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in piece
    assert "吴维一" in piece
    assert "<html" in client.get(url).content.decode()
    assert queries_of(client, url) <= 12
    assert client_of(personas, "gw").get(url, headers={"HX-Request": "true"}).content.decode().strip() == ""
