"""The pages of the ledgers: who sees and does what, how many queries they ask, what they say."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ledgers.models import Ledger, PhoneReveal, PunchItem
from ledgers.services.policy import change_policy
from tests.ledgers.factories import (
    NOW,
    START,
    changing,
    effective,
    finished,
    full_contacts,
    make_ledger,
    make_project,
    punch_item,
    submitted,
    write,
)
from tests.personas import Personas

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def as_user(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(login))
    return client


def test_every_page_opens(personas: Personas) -> None:
    """Each page of each state answers 200 to somebody who may see it."""
    pending, review, force, change = make_ledger(personas), submitted(personas), effective(personas), changing(personas)
    open_item, done_item = punch_item(personas), finished(personas)
    project = make_project(personas)
    client = as_user(personas, "pw11")
    uw, uh, gh = (as_user(personas, login) for login in ("uw1", "uh1", "gh"))
    for each in (pending, review, force, change):
        for name in ("ledger_detail", "ledger_timeline", "ledger_versions"):
            for who in (client, uw, gh):
                assert who.get(reverse(f"ledgers:{name}", args=[each.pk])).status_code == 200, (name, each.status)
    pages = [
        (client, reverse("ledgers:ledger_list")),
        (client, reverse("ledgers:ledger_edit", args=[pending.pk])),
        (client, reverse("ledgers:ledger_edit", args=[change.pk])),
        (client, reverse("ledgers:ledger_submit", args=[change.pk])),
        (client, reverse("ledgers:ledger_withdraw", args=[change.pk])),
        (client, reverse("ledgers:ledger_change", args=[force.pk])),
        (uw, reverse("ledgers:ledger_decide", args=[review.pk])),
        (uh, reverse("ledgers:ledger_void", args=[force.pk])),
        (client, reverse("ledgers:project_list")),
        (client, reverse("ledgers:project_new")),
        (client, reverse("ledgers:project_detail", args=[project.pk])),
        (client, reverse("ledgers:project_edit", args=[project.pk])),
        (client, reverse("ledgers:project_completion", args=[project.pk])),
        (client, reverse("ledgers:punch_list")),
        (client, reverse("ledgers:punch_new")),
        (client, reverse("ledgers:punch_new") + f"?project={project.pk}"),
        (client, reverse("ledgers:punch_detail", args=[open_item.pk])),
        (client, reverse("ledgers:punch_edit", args=[open_item.pk])),
        (client, reverse("ledgers:punch_finish", args=[open_item.pk])),
        (uw, reverse("ledgers:punch_close", args=[done_item.pk])),
        (uw, reverse("ledgers:punch_reopen", args=[done_item.pk])),
        (uw, reverse("ledgers:punch_void", args=[open_item.pk])),
        (gh, reverse("ledgers:ledger_settings")),
        (uw, reverse("search") + "?q=中学"),
        (uw, reverse("search") + "?q=地漏"),
    ]
    for who, url in pages:
        response = who.get(url)
        assert response.status_code == 200, (url, response.content[:3000].decode())


def queries(client: Client, url: str) -> int:
    """Of the second request: sessions and content types are warm, as they are in a running process."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as found:
        client.get(url)
    return len(found)


MOST = 12


def test_list_pages_ask_the_same_at_2_and_50_rows(personas: Personas) -> None:
    urls = {
        "ledgers": reverse("ledgers:ledger_list") + "?per=100",
        "filtered": reverse("ledgers:ledger_list")
        + "?per=100&q=中学&unit=U1&status=drafting&overdue=&sort=-warranty_end",
        "projects": reverse("ledgers:project_list") + "?per=100",
        "punch": reverse("ledgers:punch_list") + "?per=100",
        "search": reverse("search") + "?q=中学",
    }
    client = as_user(personas, "gw")
    seen: list[dict[str, int]] = []
    for wanted in (2, 50):
        while Ledger.objects.count() < wanted:
            ledger = write(personas, make_ledger(personas))
            punch_item(personas, ledger.project)
        seen.append({name: queries(client, url) for name, url in urls.items()})
    assert seen[0] == seen[1]
    assert max(seen[1].values()) <= MOST, seen[1]


def test_detail_pages_ask_few_whatever_hangs_on_them(personas: Personas) -> None:
    ledger, item = changing(personas), punch_item(personas)
    pages = {
        "ledger": reverse("ledgers:ledger_detail", args=[ledger.pk]),
        "timeline": reverse("ledgers:ledger_timeline", args=[ledger.pk]),
        "versions": reverse("ledgers:ledger_versions", args=[ledger.pk]),
        "project": reverse("ledgers:project_detail", args=[ledger.project_id]),
        "punch": reverse("ledgers:punch_detail", args=[item.pk]),
    }
    client = as_user(personas, "pw11")
    few = {name: queries(client, url) for name, url in pages.items()}
    for _ in range(8):
        punch_item(personas, ledger.project)
    write(personas, ledger, city="保定")
    many = {name: queries(client, url) for name, url in pages.items()}
    assert many == few
    assert max(many.values()) <= MOST, many


@pytest.mark.clause("G2")
def test_the_neighbours_find_nothing(personas: Personas) -> None:
    """Out of reach is 404, for every page of a record and for every post."""
    ledger, item, project = effective(personas), punch_item(personas), make_project(personas)
    assert ledger.effective is not None
    contact = ledger.effective.contacts.first()
    assert contact is not None
    names = ("detail", "timeline", "versions", "edit", "submit", "decide", "change", "withdraw", "void")
    urls = [reverse(f"ledgers:ledger_{name}", args=[ledger.pk]) for name in names]
    urls += [reverse("ledgers:contact_reveal", args=[ledger.pk, contact.pk])]
    urls += [reverse(f"ledgers:project_{name}", args=[project.pk]) for name in ("detail", "edit", "completion")]
    urls += [
        reverse(f"ledgers:punch_{name}", args=[item.pk])
        for name in ("detail", "edit", "finish", "close", "reopen", "void")
    ]
    for who in ("pw12", "pw21", "uw2", "ud1", "sysadmin", "outsider"):
        client = as_user(personas, who)
        for url in urls:
            for answer in (client.get(url), client.post(url, {"remark": "x", "purpose": "x"})):
                assert answer.status_code in (404, 405), (who, url, answer.status_code)
    assert not PhoneReveal.objects.exists()


def test_without_the_right_it_is_forbidden(personas: Personas) -> None:
    """In reach but not theirs: 403, and nothing changes."""
    review, force, item = submitted(personas), effective(personas), punch_item(personas)
    cases = [
        ("pm11", "ledger_decide", review.pk, 403),
        ("gw", "ledger_decide", review.pk, 403),
        ("uh1", "ledger_decide", review.pk, 409),  # holds 负责人审核: the state is not his yet
        ("uw1", "ledger_edit", review.pk, 403),
        ("pw11", "ledger_edit", review.pk, 409),
        ("pw11", "ledger_submit", review.pk, 409),
        ("pm11", "ledger_submit", review.pk, 403),
        ("pw11", "ledger_void", force.pk, 403),
        ("uw1", "ledger_change", force.pk, 403),
        ("pw11", "ledger_withdraw", force.pk, 409),
        ("gh", "project_edit", force.project_id, 403),
        ("pw11", "project_completion", force.project_id, 409),
        ("pm11", "punch_edit", item.pk, 403),
        ("pw11", "punch_close", item.pk, 403),
        ("uw1", "punch_close", item.pk, 409),
    ]
    for who, name, pk, status in cases:
        answer = as_user(personas, who).get(reverse(f"ledgers:{name}", args=[pk]))
        assert answer.status_code == status, (who, name, answer.status_code)
    for who, name in (("pm11", "project_new"), ("gw", "punch_new"), ("gw", "ledger_settings")):
        assert as_user(personas, who).get(reverse(f"ledgers:{name}")).status_code == 403


@pytest.mark.clause("5.1.1", "5.1.2", "5.2.3")
def test_the_whole_life_in_the_browser(personas: Personas) -> None:
    """pw11 submits, uw1 returns naming the phone, it is completed and resubmitted, uw1 and uh1 approve."""
    ledger = write(personas, make_ledger(personas), contacts=full_contacts(plumbing_head={"phone": ""}))
    pw, uw, uh = (as_user(personas, who) for who in ("pw11", "uw1", "uh1"))
    submit, review, detail = (
        reverse(f"ledgers:ledger_{name}", args=[ledger.pk]) for name in ("submit", "decide", "detail")
    )
    refused = pw.post(submit)
    assert refused.status_code == 409
    assert "缺少:水暖主任 联系方式" in refused.content.decode()
    write(personas, ledger, contacts=full_contacts(plumbing_head={"phone": "13800000000"}))
    assert pw.post(submit).status_code == 302
    ledger.refresh_from_db()
    data = {"step": "return_review", "wrong": ["水暖主任 联系方式"], "remark": "是空号", "revision": ledger.revision}
    assert uw.post(review, data).status_code == 302
    page = pw.get(detail).content.decode()
    assert "需补充或更正:水暖主任 联系方式。" in page
    assert "是空号" in page
    write(personas, ledger, contacts=full_contacts(plumbing_head={"phone": "13812345678"}))
    assert pw.post(submit).status_code == 302
    ledger.refresh_from_db()
    assert uw.post(review, {"step": "review", "revision": ledger.revision}).status_code == 302
    assert uh.post(review, {"step": "confirm", "revision": ledger.revision}).status_code == 302
    ledger.refresh_from_db()
    assert (ledger.status, ledger.round) == (Ledger.Status.EFFECTIVE, 2)
    story = uw.get(reverse("ledgers:ledger_timeline", args=[ledger.pk])).content.decode()
    for word in ("触发建账", "提交审核", "退回补充", "补充后重新提交", "审核通过", "负责人审核通过", "是空号"):
        assert word in story
    assert "13812345678" not in story, "phones are masked in the history too"


def test_only_open_actions_are_offered_and_the_holder_is_named(personas: Personas) -> None:
    ledger = submitted(personas)
    url = reverse("ledgers:ledger_detail", args=[ledger.pk])
    decide = reverse("ledgers:ledger_decide", args=[ledger.pk])
    waiting = as_user(personas, "pw11").get(url).content.decode()
    assert decide not in waiting
    assert "等待 第1建筑公司·回访保修管理岗 吴维一" in waiting
    mine = as_user(personas, "uw1").get(url).content.decode()
    assert decide in mine
    assert "由您办理" in mine
    head = as_user(personas, "uh1").get(url).content.decode()
    assert decide not in head
    assert reverse("ledgers:ledger_void", args=[ledger.pk]) in head


@pytest.mark.clause("A.4")
def test_the_decision_page_follows_the_switch(personas: Personas) -> None:
    ledger = submitted(personas)
    url = reverse("ledgers:ledger_decide", args=[ledger.pk])
    two = as_user(personas, "uw1").get(url).content.decode()
    assert 'value="review"' in two
    assert 'value="review_final"' not in two
    change_policy(values={"one_step_review": True}, reason="批复", actor=personas.gh, now=NOW)
    one = as_user(personas, "uw1").get(url).content.decode()
    assert 'value="review_final"' in one
    assert 'value="review"' not in one


def test_the_lost_race_reads_who_was_first(personas: Personas) -> None:
    ledger = submitted(personas)
    url = reverse("ledgers:ledger_decide", args=[ledger.pk])
    data = {"step": "review", "revision": ledger.revision}
    client = as_user(personas, "uw1")
    assert client.post(url, data).status_code == 302
    second = client.post(url, data)
    assert second.status_code == 409
    assert "已由 吴维一" in second.content.decode()


def test_phones_are_masked_until_a_purpose_is_given(personas: Personas) -> None:
    ledger = effective(personas)
    assert ledger.effective is not None
    contact = ledger.effective.contacts.get(post="project_manager")
    client = as_user(personas, "uw1")
    page = client.get(reverse("ledgers:ledger_detail", args=[ledger.pk])).content.decode()
    assert contact.phone not in page
    assert "138****0001" in page
    url = reverse("ledgers:contact_reveal", args=[ledger.pk, contact.pk])
    assert contact.phone not in client.get(url).content.decode(), "asking shows nothing yet"
    assert contact.phone not in client.post(url, {"purpose": " "}).content.decode()
    assert not PhoneReveal.objects.exists()
    assert contact.phone in client.post(url, {"purpose": "工程回访"}).content.decode()
    assert PhoneReveal.objects.get().purpose == "工程回访"
    assert contact.phone in client.post(url, {"purpose": "回访"}, headers={"HX-Request": "true"}).content.decode()
    other = effective(personas)
    wrong = reverse("ledgers:contact_reveal", args=[other.pk, contact.pk])
    assert client.post(wrong, {"purpose": "工程回访"}).status_code == 404, "a contact of another ledger"


def test_the_choice_of_columns_is_kept(personas: Personas) -> None:
    make_ledger(personas, address="石家庄市中山路 77 号")
    client = as_user(personas, "gw")
    url = reverse("ledgers:ledger_list")
    assert "中山路 77 号" not in client.get(url).content.decode()
    chosen = client.post(reverse("ledgers:ledger_columns"), {"columns": ["address", "status", "password", "x.y"]})
    assert chosen.status_code == 302
    page = client.get(url).content.decode()
    assert "中山路 77 号" in page
    assert 'data-label="办理时限"' not in page
    client.cookies["ledger_columns"] = "../../etc;drop"
    assert client.get(url).status_code == 200


def test_pages_of_the_list(personas: Personas) -> None:
    for _ in range(26):
        make_ledger(personas)
    client = as_user(personas, "gw")
    url = reverse("ledgers:ledger_list")
    for query, rows in (("", 25), ("?page=2", 1), ("?page=99", 1), ("?page=abc", 25), ("?per=50", 26), ("?per=7", 25)):
        page = client.get(url + query).content.decode()
        assert page.count('data-label="状态"') == rows, query


def test_the_export_link_carries_the_filters(personas: Personas) -> None:
    make_ledger(personas)
    page = as_user(personas, "gw").get(reverse("ledgers:ledger_list") + "?q=中学&page=2&per=50&unit=U1")
    assert "?q=%E4%B8%AD%E5%AD%A6&amp;unit=U1" in page.content.decode()


def test_wrong_filters_are_named(personas: Personas) -> None:
    page = as_user(personas, "gw").get(reverse("ledgers:ledger_list") + "?ending=abc&unit=zz").content.decode()
    assert "筛选条件无效" in page
    assert "单位" in page


@pytest.mark.clause("3.3.4")
def test_an_open_punch_item_stands_on_the_ledger(personas: Personas) -> None:
    ledger = effective(personas)
    item = punch_item(personas, ledger.project, problem="地漏周边渗水")
    url = reverse("ledgers:ledger_detail", args=[ledger.pk])
    client = as_user(personas, "pw11")
    assert "地漏周边渗水" in client.get(url).content.decode()
    finish = reverse("ledgers:punch_finish", args=[item.pk])
    assert client.post(finish, {"done_on": "2026-03-10", "measures": "重做防水"}).status_code == 302
    uw = as_user(personas, "uw1")
    assert uw.post(reverse("ledgers:punch_close", args=[item.pk]), {}).status_code == 302
    item.refresh_from_db()
    assert item.status == PunchItem.Status.CLOSED
    assert "地漏周边渗水" not in client.get(url).content.decode()


@pytest.mark.clause("A2-1")
def test_recording_the_acceptance_leads_to_the_ledger(personas: Personas) -> None:
    project = make_project(personas)
    client = as_user(personas, "pw11")
    answer = client.post(reverse("ledgers:project_completion", args=[project.pk]), {"accepted_on": "2026-03-09"})
    ledger = Ledger.objects.get(project=project)
    assert answer.headers["Location"] == reverse("ledgers:ledger_detail", args=[ledger.pk])
    empty = client.post(reverse("ledgers:project_completion", args=[project.pk]), {})
    assert empty.status_code == 422


def test_a_new_draft_starts_with_what_is_known(personas: Personas) -> None:
    """The register's facts, today's date, one's own name and the project manager by appointment."""
    ledger = make_ledger(personas)
    page = as_user(personas, "pw11").get(reverse("ledgers:ledger_edit", args=[ledger.pk])).content.decode()
    for value in ("2026-03-10", "2026-03-09", "王保一", "马明一", ledger.project.name, ledger.project.address):
        assert f'value="{value}"' in page


@pytest.mark.clause("5.1.1")
def test_statutory_warnings_do_not_block(personas: Personas) -> None:
    ledger = write(personas, make_ledger(personas), warranty_end=START.replace(year=START.year + 1))
    client = as_user(personas, "pw11")
    assert "不足2年" in client.get(reverse("ledgers:ledger_detail", args=[ledger.pk])).content.decode()
    assert client.post(reverse("ledgers:ledger_submit", args=[ledger.pk])).status_code == 302


def test_numbers_beyond_all_bounds_are_not_found(personas: Personas) -> None:
    client = as_user(personas, "gw")
    for pk in (0, 2**63, 10**40):
        assert client.get(f"/ledgers/{pk}/").status_code == 404
        assert client.get(f"/ledgers/punch/{pk}/").status_code == 404
    assert client.get(f"/ledgers/punch/?project={10**40}").status_code == 200
    assert as_user(personas, "uw1").get(f"/ledgers/punch/new/?project={10**40}").status_code == 404


@pytest.mark.parametrize("text", ["", "   ", "\x00", "%", "_", "a" * 5000, "中学", "'; DROP TABLE x;--"])
def test_search_takes_anything(personas: Personas, text: str) -> None:
    make_ledger(personas)
    assert as_user(personas, "gw").get(reverse("search"), {"q": text}).status_code == 200
