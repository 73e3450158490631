"""Bad input of every kind: a clear Chinese message beside its field, nothing typed lost, never an error page."""

import html
import re
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from ledgers import appendix_c
from ledgers.forms.fields import Day, Line, Phone
from ledgers.models import Ledger, LedgerPolicy, Project, PunchItem
from tests.ledgers.factories import (
    END,
    NOW,
    PUNCH,
    START,
    changing,
    effective,
    finished,
    full_contacts,
    make_ledger,
    make_project,
    submitted,
    write,
)
from tests.personas import Personas

pytestmark = pytest.mark.django_db
EVIL = '<script>alert("x")</script>\'"; DROP TABLE ledgers_ledger; --'


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def as_user(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas.fresh(login))
    return client


def posted(ledger: Ledger, **changes: Any) -> dict[str, Any]:
    """The whole form of Appendix C as a browser sends it."""
    data: dict[str, Any] = {
        "number": "2026-001",
        "recorded_on": "2026-03-10",
        "name": "市立中学教学楼",
        "address": "石家庄市中山路 1 号",
        "warranty_start": str(START),
        "warranty_end": str(END),
        "accepted_on": "2026-03-09",
        "delivered_on": "",
        "region": "north",
        "city": "石家庄",
        "remark": "",
        "revision": str(ledger.revision),
    }
    for contact in full_contacts():
        data |= {f"{contact.post}-name": contact.name, f"{contact.post}-phone": contact.phone}
    for prefix in (*(f"extra-{group.code}" for group in appendix_c.GROUPS), "terms"):
        data |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    return data | changes


def rows(prefix: str, *given: dict[str, str]) -> dict[str, str]:
    data = {f"{prefix}-TOTAL_FORMS": str(len(given)), f"{prefix}-INITIAL_FORMS": "0"}
    for index, row in enumerate(given):
        data |= {f"{prefix}-{index}-{name}": value for name, value in row.items()}
    return data


@pytest.mark.clause("5.1.1")
def test_the_form_saves_what_it_shows(personas: Personas) -> None:
    ledger = make_ledger(personas)
    client = as_user(personas, "pw11")
    extra = rows("extra-owner", {"title": "业主代表", "name": "钱总", "phone": "０１０－６３３４５６７８"})
    terms = rows("terms", {"part": "waterproofing", "amount": "3", "unit": "years"}, {"part": "", "unit": "years"})
    response = client.post(reverse("ledgers:ledger_edit", args=[ledger.pk]), posted(ledger, **extra, **terms, key="on"))
    assert response.status_code == 302
    ledger.refresh_from_db()
    assert (ledger.status, ledger.missing_count, ledger.number) == (Ledger.Status.DRAFTING, 0, "2026-001")
    assert ledger.working is not None
    assert ledger.working.key
    assert ledger.working.contacts.get(post="").phone == "010-63345678"
    assert ledger.working.terms.count() == 1, "the empty row is no term"
    page = client.get(reverse("ledgers:ledger_edit", args=[ledger.pk])).content.decode()
    assert "低于法定最低期限(5年)" in page
    assert "信息齐全" in page


@pytest.mark.clause("5.1.1")
def test_an_incomplete_draft_is_saved_and_its_gaps_listed(personas: Personas) -> None:
    ledger = make_ledger(personas)
    client = as_user(personas, "pw11")
    url = reverse("ledgers:ledger_edit", args=[ledger.pk])
    data = posted(ledger, **{"address": "", "plumbing_head-phone": "", "warranty_end": ""})
    response = client.post(url, data, follow=True)
    text = response.content.decode()
    for gap in ("工程地址", "保修截止日期", "水暖主任 联系方式"):
        assert f"<li>{gap}</li>" in text
    ledger.refresh_from_db()
    assert ledger.missing_count == 3


BAD_LEDGER = [
    ({"name": ""}, "请填写此项"),
    ({"name": "长" * 201}, "最多 200 个字,现有 201 个字"),
    ({"name": "a\x00b"}, "不能保存的字符"),
    ({"warranty_start": "0001-01-01"}, "1980"),
    ({"warranty_end": "9999-12-31"}, "2199"),
    ({"warranty_end": "2026-02-30"}, "这一天不存在"),
    ({"warranty_end": "明年"}, "不是日期"),
    ({"warranty_end": str(START)}, "必须晚于保修开始日期"),
    ({"accepted_on": "2026-03-11"}, "不能晚于今天"),
    ({"region": "west"}, "不在列表中"),
    ({"civil_head-phone": "12345"}, "不是电话号码"),
    ({"civil_head-phone": "打他手机"}, "不是电话号码"),
    ({"civil_head-name": "长" * 51}, "最多 50 个字"),
    ({"curtain_wall-absent": "on"}, "请二者保留其一"),
    ({"civil_head-absent_reason": "没有"}, "没有勾选"),
    (rows("extra-owner", {"title": "", "name": "钱总", "phone": ""}), "请写明此人的岗位"),
    (rows("terms", {"part": "waterproofing", "amount": "五年", "unit": "years"}), "请填写数字"),
    (rows("terms", {"part": "waterproofing", "amount": "-1", "unit": "years"}), "0.1 至 200"),
    (rows("terms", {"part": "waterproofing", "amount": "NaN", "unit": "years"}), "请填写数字"),
    (rows("terms", {"part": "waterproofing", "amount": "1e30", "unit": "years"}), "0.1 至 200"),
    (rows("terms", {"part": "", "amount": "2", "unit": "years"}), "请选择部位"),
    (rows("terms", {"part": "waterproofing", "amount": "", "unit": "years"}), "请填写期限"),
    (rows("terms", {"part": "roof", "amount": "2", "unit": "moons"}), "不在列表中"),
    ({"terms-TOTAL_FORMS": "abc"}, "表单不完整"),
    ({"terms-TOTAL_FORMS": "1000000"}, "20"),
]


# A select has no place for a value that it never offered.
NOT_SHOWN = {"west", "roof", "moons"}


@pytest.mark.parametrize(("changes", "message"), BAD_LEDGER)
def test_bad_input_of_a_ledger(personas: Personas, changes: dict[str, str], message: str) -> None:
    ledger = make_ledger(personas)
    client = as_user(personas, "pw11")
    marker = {"chief_engineer-remark": "这一句不能丢"} | changes
    response = client.post(reverse("ledgers:ledger_edit", args=[ledger.pk]), posted(ledger, **marker))
    assert response.status_code == 422
    assert message in html.unescape(response.content.decode())
    assert "这一句不能丢" in response.content.decode(), "nothing typed is lost"
    for typed in changes.values():
        if typed and len(typed) < 60 and typed not in NOT_SHOWN and "\x00" not in typed and not typed.isdigit():
            assert html.escape(typed) in response.content.decode()
    ledger.refresh_from_db()
    assert ledger.status == Ledger.Status.PENDING


def test_malicious_text_is_text(personas: Personas) -> None:
    ledger = make_ledger(personas)
    client = as_user(personas, "pw11")
    data = posted(ledger, **{"name": EVIL, "address": EVIL, "remark": EVIL, "chief_engineer-remark": EVIL})
    data |= rows("extra-owner", {"title": EVIL[:40], "name": EVIL[:40], "phone": ""})
    assert client.post(reverse("ledgers:ledger_edit", args=[ledger.pk]), data).status_code == 302
    for name in ("ledger_detail", "ledger_edit", "ledger_timeline", "ledger_versions"):
        page = client.get(reverse(f"ledgers:{name}", args=[ledger.pk])).content.decode()
        assert "<script>alert" not in page
    ledger.refresh_from_db()
    assert ledger.working is not None
    assert ledger.working.name == EVIL
    make_ledger(personas, name=EVIL, address=EVIL)
    for url in (reverse("ledgers:ledger_list"), reverse("ledgers:project_list"), reverse("search") + "?q=script"):
        page = client.get(url).content.decode()
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.clause("5.1.1")
def test_a_conflict_shows_what_was_typed_beside_the_newest(personas: Personas) -> None:
    ledger = write(personas, make_ledger(personas))
    opened = posted(ledger, city="邯郸")
    write(personas, ledger, city="保定")
    client = as_user(personas, "pw11")
    url = reverse("ledgers:ledger_edit", args=[ledger.pk])
    response = client.post(url, opened)
    text = response.content.decode()
    assert response.status_code == 409
    assert "王保一" in text
    assert 'value="邯郸"' in text, "what was typed stays in the form"
    assert "保定" in text, "the newest value stands beside it"
    ledger.refresh_from_db()
    assert ledger.working is not None
    assert ledger.working.city == "保定", "nothing is overwritten"
    revision = re.search(r'name="revision" value="(\d+)"', text)
    assert revision is not None
    assert client.post(url, opened | {"revision": revision[1]}).status_code == 302
    ledger.working.refresh_from_db()
    assert ledger.working.city == "邯郸", "saved again, knowingly"


def test_a_form_without_its_revision_overwrites_nothing(personas: Personas) -> None:
    ledger = write(personas, make_ledger(personas))
    client = as_user(personas, "pw11")
    for wrong in ("", "-1", "99999999999999999999"):
        response = client.post(
            reverse("ledgers:ledger_edit", args=[ledger.pk]), posted(ledger, revision=wrong, city="x")
        )
        assert response.status_code == 409


def test_typed_text_survives_a_state_that_moved_on(personas: Personas) -> None:
    """Submitted in another window: the form comes back with the text and says so."""
    ledger = write(personas, make_ledger(personas))
    data = posted(ledger, remark="刚打的一段话")
    client = as_user(personas, "pw11")
    assert client.post(reverse("ledgers:ledger_submit", args=[ledger.pk])).status_code == 302
    response = client.post(reverse("ledgers:ledger_edit", args=[ledger.pk]), data)
    assert response.status_code == 409
    assert "刚打的一段话" in response.content.decode()


PROJECT = {"code": "A-1", "name": "甲工程", "region": "north", "time_zone": "Asia/Shanghai"}
BAD_PROJECT = [
    ({"code": ""}, "请填写此项"),
    ({"code": "长" * 61}, "最多 60 个字"),
    ({"name": "\x00"}, "不能保存的字符"),
    ({"department": "999999"}, "不在您的管理范围"),
    ({"department": "x"}, "不在您的管理范围"),
    ({"overseas": "on"}, "当地政府要求"),
    ({"time_zone": "Mars/Base"}, "不是时区名称"),
    ({"time_zone": "../../etc/passwd"}, "不是时区名称"),
    ({"accepted_on": "2026-03-11"}, "不能晚于今天"),
    ({"accepted_on": "1900-01-01"}, "1980"),
    ({"region": ""}, "请从列表中选择"),
    ({"local_requirements": "长" * 2001}, "最多 2000 个字"),
]


@pytest.mark.clause("1b", "1c")
@pytest.mark.parametrize(("changes", "message"), BAD_PROJECT)
def test_bad_input_of_a_project(personas: Personas, changes: dict[str, str], message: str) -> None:
    data = PROJECT | {"department": str(personas.unit("U1D1").pk), "address": "这一句不能丢"} | changes
    response = as_user(personas, "pw11").post(reverse("ledgers:project_new"), data)
    assert response.status_code == 422
    text = html.unescape(response.content.decode())
    assert message in text
    assert "这一句不能丢" in text
    assert not Project.objects.exists()


def test_a_number_in_use_is_said_beside_the_field(personas: Personas) -> None:
    make_project(personas, code="A-1")
    data = PROJECT | {"department": str(personas.unit("U1D1").pk)}
    response = as_user(personas, "pw11").post(reverse("ledgers:project_new"), data)
    assert response.status_code == 422
    assert "已被使用" in response.content.decode()


@pytest.mark.clause("1c")
def test_overseas_project_is_registered(personas: Personas) -> None:
    data = PROJECT | {"overseas": "on", "local_requirements": "按当地法规", "time_zone": "Asia/Dubai"}
    data |= {"department": str(personas.unit("U1D1").pk)}
    assert as_user(personas, "pw11").post(reverse("ledgers:project_new"), data).status_code == 302
    assert Project.objects.get().time_zone == "Asia/Dubai"


def punch_data(**changes: str) -> dict[str, str]:
    return {name: str(value) for name, value in PUNCH.items()} | changes


BAD_PUNCH = [
    ({"place": ""}, "请填写此项"),
    ({"problem": "长" * 1001}, "最多 1000 个字"),
    ({"found_on": ""}, "请填写此项"),
    ({"found_on": "2026-03-11"}, "不能晚于今天"),
    ({"due_on": "2026-02-01"}, "不能早于预验收日期"),
    ({"due_on": "9999-12-31"}, "2199"),
    ({"trade": "防\x00水"}, "不能保存的字符"),
    ({"project": "999999999999999999999"}, "不在您的管理范围"),
    ({"project": ""}, "请从列表中选择"),
]


@pytest.mark.clause("3.3.4")
@pytest.mark.parametrize(("changes", "message"), BAD_PUNCH)
def test_bad_input_of_a_punch_item(personas: Personas, changes: dict[str, str], message: str) -> None:
    project = make_project(personas)
    data = punch_data(project=str(project.pk), responsible="这一句不能丢") | changes
    response = as_user(personas, "uw1").post(reverse("ledgers:punch_new"), data)
    assert response.status_code == 422
    text = html.unescape(response.content.decode())
    assert message in text
    assert "这一句不能丢" in text
    assert not PunchItem.objects.exists()


@pytest.mark.clause("3.3.4", "G2")
def test_a_project_out_of_reach_takes_no_item(personas: Personas) -> None:
    there = make_project(personas, actor="pw21", unit="U2D1")
    client = as_user(personas, "uw1")
    assert client.post(reverse("ledgers:punch_new"), punch_data(project=str(there.pk))).status_code == 422
    assert client.get(reverse("ledgers:punch_new") + f"?project={there.pk}").status_code == 404


def test_reasons_are_asked_for_in_words(personas: Personas) -> None:
    """Each step with a reason: empty, blank, too long and NUL are refused beside the field."""
    review, force, change, done = submitted(personas), effective(personas), changing(personas), finished(personas)
    pages = [
        (
            "uw1",
            reverse("ledgers:ledger_decide", args=[review.pk]),
            {"step": "return_review", "revision": review.revision},
        ),
        ("pw11", reverse("ledgers:ledger_change", args=[force.pk]), {}),
        ("uh1", reverse("ledgers:ledger_void", args=[force.pk]), {}),
        ("pw11", reverse("ledgers:ledger_withdraw", args=[change.pk]), {}),
        ("uw1", reverse("ledgers:punch_reopen", args=[done.pk]), {}),
        ("uw1", reverse("ledgers:punch_void", args=[done.pk]), {}),
    ]
    for who, url, data in pages:
        client = as_user(personas, who)
        for remark, message in (("", "填写"), ("   ", "填写"), ("长" * 501, "最多 500"), ("a\x00", "不能保存")):
            response = client.post(url, {**data, "remark": remark})
            assert response.status_code == 422, (url, remark[:5])
            assert message in response.content.decode(), (url, remark[:5])
    for each, status in ((review, "in_review"), (force, "effective"), (change, "changing")):
        each.refresh_from_db()
        assert each.status == status


@pytest.mark.parametrize("step", ["", "void", "nonsense", "submit"])
def test_a_decision_that_is_none(personas: Personas, step: str) -> None:
    ledger = submitted(personas)
    data = {"step": step, "remark": "好", "revision": ledger.revision}
    response = as_user(personas, "uw1").post(reverse("ledgers:ledger_decide", args=[ledger.pk]), data)
    assert response.status_code == 422
    assert "请选择" in response.content.decode()


@pytest.mark.clause("A.4")
def test_the_switch_asks_for_a_reason(personas: Personas) -> None:
    client, url = as_user(personas, "gh"), reverse("ledgers:ledger_settings")
    assert client.post(url, {"one_step_review": "1", "reason": ""}).status_code == 422
    assert client.post(url, {"one_step_review": "7", "reason": "x"}).status_code == 422
    assert client.post(url, {"one_step_review": "0", "reason": "x"}).status_code == 422
    assert not LedgerPolicy.current().one_step_review
    assert client.post(url, {"one_step_review": "1", "reason": "集团批复"}).status_code == 302
    assert "集团批复" in client.get(url).content.decode()


def test_a_date_that_is_none_is_shown_as_typed() -> None:
    """The browser's calendar cannot show "明年": the field becomes text again."""
    widget = Day("日期").widget
    assert 'type="date"' in widget.render("d", date(2026, 3, 10))
    assert 'value="2026-03-10"' in widget.render("d", date(2026, 3, 10))
    assert 'type="text" name="d" value="明年"' in widget.render("d", "明年")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2026.3.28", date(2026, 3, 28)),
        ("2026年3月28日", date(2026, 3, 28)),
        ("20260328", date(2026, 3, 28)),
        ("", None),
    ],
)
def test_dates_in_the_ways_people_write_them(typed: str, kept: date | None) -> None:
    assert Day("日期").clean(typed) == kept


def test_control_characters_and_line_breaks_leave_a_line() -> None:
    assert Line("名称", max_length=20).clean(" 甲\x07\n乙\u200b ") == "甲 乙"


def test_phones_are_kept_in_one_spelling() -> None:
    assert Phone("电话").clean("１３８ 1234 5678 / 010-63345678") == "13812345678、010-63345678"
