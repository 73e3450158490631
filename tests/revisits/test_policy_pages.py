"""频次与季节: who sees and who changes it, versions and their differences, what is wrong beside its field ([D])."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from revisits.frequency import Season
from revisits.models import FrequencyPolicy
from revisits.services.policy import DAYS
from tests.personas import Personas

from .factories import OPENED, a_ledger
from .pages import MOST, NEIGHBOURS, READERS, STRANGERS, as_user, page, queries, text_of

pytestmark = pytest.mark.django_db
NORTH = ("北方", "06-01", "09-30", "11-15", "03-15", "06-01", "08-31")
SOUTH = ("南方", "04-01", "10-31", "12-01", "02-29", "06-01", "08-31")


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(OPENED, tick=False):
        yield


def label(place: str) -> str:
    return FrequencyPolicy.in_force().climates.get(place=place).label


def form(*rows: tuple[str, ...], **changes: str) -> dict[str, str]:
    """The page as a browser posts it."""
    given = rows or ((label("north"), *NORTH[1:]), (label("south"), *SOUTH[1:]))
    data = {
        "min_window_days": "7",
        "onsite_counts_as_phone": "0",
        "rain_for_all": "0",
        "reason": "集团决定",
        "number": "1",
        "climate-TOTAL_FORMS": str(len(given)),
        "climate-INITIAL_FORMS": "0",
        "climate-MAX_NUM_FORMS": "60",
    }
    for at, row in enumerate(given):
        data |= {f"climate-{at}-{name}": value for name, value in zip(("place", *DAYS), row, strict=True)}
    return data | changes


def test_who_sees_plans_sees_their_settings(personas: Personas) -> None:
    for login in (*READERS, *NEIGHBOURS):
        text = text_of(as_user(personas, login), page("policy"))
        assert "11月15日 至 次年3月15日" in text
        assert "12月1日 至 次年2月末" in text
        assert (page("policy_edit") in text) is (login == "gh"), login
    for login in STRANGERS:
        assert as_user(personas, login).get(page("policy")).status_code == 403, login
    assert queries(as_user(personas, "uw1"), page("policy")) <= MOST


@pytest.mark.clause("G6")
def test_only_who_may_edits(personas: Personas) -> None:
    for login in (*sorted({*READERS} - {"gh"}), *NEIGHBOURS, *STRANGERS):
        assert as_user(personas, login).get(page("policy_edit")).status_code == 403, login
        assert as_user(personas, login).post(page("policy_edit"), form(min_window_days="9")).status_code == 403, login
    assert FrequencyPolicy.objects.count() == 1
    assert as_user(personas, "gh").get(page("policy_edit")).status_code == 200


def test_a_change_is_the_next_version_told_with_its_differences(personas: Personas) -> None:
    client = as_user(personas, "gh")
    rows = ((label("north"), *NORTH[1:]), (label("south"), "04-15", *SOUTH[2:]), ("昆明市", *SOUTH[1:]), ("",) * 7)
    answer = client.post(
        page("policy_edit"), form(*rows, min_window_days="10", onsite_counts_as_phone="1"), follow=True
    )
    text = answer.content.decode()
    assert "第 2 版已生效" in text
    assert "没有生效台账写着以下城市" in text
    policy = FrequencyPolicy.in_force()
    assert (policy.number, policy.min_window_days, policy.onsite_counts_as_phone) == (2, 10, True)
    assert policy.changed_by == personas.gh
    assert policy.rules.climates["south"].rain == Season((4, 15), (10, 31))
    assert policy.rules.climates["昆明市"].winter == Season((12, 1), (2, 29))
    for words in ("<del>7 天</del>", "<ins>10 天</ins>", "<del>4月1日 至 10月31日</del>", "季节表 昆明市", "集团决定"):
        assert words in text, words
    client.post(page("policy_edit"), form(number="2", min_window_days="10", onsite_counts_as_phone="1"))
    assert "(删去)" in text_of(client, page("policy"))


def test_a_city_that_is_written_like_a_ledger_is_not_doubted(personas: Personas) -> None:
    a_ledger(personas, city="石家庄市")
    client = as_user(personas, "gh")
    assert "石家庄市" in text_of(client, page("policy_edit"))
    rows = ((label("north"), *NORTH[1:]), (label("south"), *SOUTH[1:]), ("石家庄市", *NORTH[1:]))
    text = client.post(page("policy_edit"), form(*rows), follow=True).content.decode()
    assert "第 2 版已生效" in text
    assert "没有生效台账写着" not in text


BAD: tuple[tuple[dict[str, Any], str], ...] = (
    ({"min_window_days": "0"}, "最短窗口须在 1 到 90 天之间"),
    ({"min_window_days": "91"}, "最短窗口须在 1 到 90 天之间"),
    ({"min_window_days": "七"}, "请填写整数天数"),
    ({"min_window_days": ""}, "请填写此项"),
    ({"min_window_days": "9", "reason": "  "}, "请填写此项"),
    ({"min_window_days": "9", "reason": "长" * 201}, "最多 200 个字"),
    ({"min_window_days": "9", "rain_for_all": "2"}, "不在列表中"),
    ({"min_window_days": "9", "number": ""}, "页面不完整"),
    ({"climate-0-rain_start": "13-01"}, "须写成 月-日"),
    ({"climate-0-rain_start": "6月"}, "须写成 月-日"),
    ({"climate-0-rain_start": "02-30"}, "须写成 月-日"),
    ({"climate-0-rain_start": "\x00"}, "不能保存的字符"),
    ({"climate-0-winter_end": ""}, "请填写此项"),
    ({"climate-0-summer_end": "05-31"}, "夏季结束早于开始"),
    ({"climate-1-place": "城市"}, "季节表须有"),
    ({"climate-TOTAL_FORMS": "x"}, "表单不完整"),
    ({}, "设置没有变化"),
)


@pytest.mark.parametrize(("changes", "words"), BAD)
def test_what_is_wrong_stands_on_the_page_and_nothing_typed_is_lost(
    personas: Personas, changes: dict[str, Any], words: str
) -> None:
    answer = as_user(personas, "gh").post(page("policy_edit"), form(**{"reason": "理由仍在", **changes}))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert words in text
    assert "理由仍在" in text or "reason" in changes
    assert FrequencyPolicy.objects.count() == 1


def test_a_place_twice_is_refused(personas: Personas) -> None:
    rows = ((label("north"), *NORTH[1:]), (label("south"), *SOUTH[1:]), ("昆明市", *SOUTH[1:]), ("昆明市", *NORTH[1:]))
    answer = as_user(personas, "gh").post(page("policy_edit"), form(*rows))
    assert answer.status_code == 422
    assert "重复的区域或城市:昆明市" in answer.content.decode()


def test_two_editors_the_second_is_told_and_may_still_save(personas: Personas) -> None:
    client = as_user(personas, "gh")
    client.post(page("policy_edit"), form(min_window_days="9"))
    answer = client.post(page("policy_edit"), form(min_window_days="12"))
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "已由他人更新为 v2" in text
    assert 'value="12"' in text
    assert 'name="number" value="2"' in text
    assert FrequencyPolicy.in_force().min_window_days == 9
    assert client.post(page("policy_edit"), form(min_window_days="12", number="2")).status_code == 302
    assert FrequencyPolicy.in_force().min_window_days == 12
