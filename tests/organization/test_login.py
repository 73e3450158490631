"""Login, lockout, idle logout, the forced change of an initial password; over HTTP as a browser would."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client

from organization.errors import Conflict
from organization.models import LoginGuard, SecurityEvent
from organization.services import login as logins
from organization.tasks import sync_authority

from ..factories import PASSWORD
from ..personas import Personas

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
LOGIN = "/accounts/login/"
HOME = "/organization/"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as coordinates:
        yield coordinates


def sign_in(client: Client, login: str, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(LOGIN, {"login": login, "password": password, "next": HOME}, **extra)


def logged_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def kinds() -> list[str]:
    return list(SecurityEvent.objects.order_by("pk").values_list("kind", flat=True))


# --- login and lockout ------------------------------------------------------------------------------------------


def test_login_and_logout_are_logged(personas: Personas, client: Client, clock: object) -> None:
    answer = sign_in(client, "uw1")
    assert (answer.status_code, answer.headers["Location"]) == (302, HOME)
    assert logged_in(client)
    client.post("/accounts/logout/")
    assert not logged_in(client)
    assert kinds() == ["login", "logout"]
    assert not personas.uw1.history.filter(history_type="~").exists()  # a login is no change of the person


def test_fifth_failure_locks_and_says_until_when(personas: Personas, client: Client, clock: object) -> None:
    for left in (4, 3, 2, 1):
        page = sign_in(client, "uw1", "wrong").content.decode()
        assert f"还可尝试 {left} 次" in page
    page = sign_in(client, "uw1", "wrong").content.decode()
    assert "该账号已锁定,请在 15 分钟后(09:15)再试" in page
    assert "安全管理员" in page
    assert 'value="uw1"' in page  # nothing typed is lost but the password
    page = sign_in(client, "uw1").content.decode()  # the right password does not help
    assert "该账号已锁定" in page
    assert not logged_in(client)
    assert kinds() == ["login_failed"] * 5 + ["locked"]


@pytest.mark.parametrize(("seconds", "open_again"), [(15 * 60 - 1, False), (15 * 60, True)])
def test_lock_ends_after_fifteen_minutes_to_the_second(
    personas: Personas, client: Client, clock: time_machine.Traveller, seconds: int, open_again: bool
) -> None:
    for _ in range(5):
        sign_in(client, "uw1", "wrong")
    clock.shift(timedelta(seconds=seconds))
    sign_in(client, "uw1")
    assert logged_in(client) is open_again


@pytest.mark.parametrize(("gap", "locks"), [(15 * 60 - 1, True), (15 * 60, False)])
def test_only_failures_within_fifteen_minutes_count(
    personas: Personas, client: Client, clock: time_machine.Traveller, gap: int, locks: bool
) -> None:
    """One failure, then four: they lock when the first is less than fifteen minutes old."""
    sign_in(client, "uw1", "wrong")
    clock.shift(timedelta(seconds=gap))
    for _ in range(4):
        sign_in(client, "uw1", "wrong")
    assert LoginGuard.objects.locked(NOW + timedelta(seconds=gap)).exists() is locks


def test_success_clears_the_count(personas: Personas, client: Client, clock: object) -> None:
    for _ in range(4):
        sign_in(client, "uw1", "wrong")
    sign_in(client, "uw1")
    assert logged_in(client)
    assert not LoginGuard.objects.exists()


def test_all_ways_to_type_a_name_share_one_count(personas: Personas, client: Client, clock: object) -> None:
    for typed in ("uw1", "UW1", " uw1 ", "uw1", "Uw1"):
        sign_in(client, typed, "wrong")
    assert "该账号已锁定" in sign_in(client, "uw1").content.decode()


def test_an_unknown_name_answers_like_a_known_one(personas: Personas, clock: object) -> None:
    def answers(login: str) -> list[str]:
        client = Client()
        pages = [sign_in(client, login, "wrong").content.decode() for _ in range(6)]
        return [next(line for line in page.splitlines() if "尝试" in line or "锁定" in line).strip() for page in pages]

    known, unknown = answers("uw1"), answers("ghost")
    assert [text.replace("uw1", "X") for text in known] == [text.replace("ghost", "X") for text in unknown]


def test_other_accounts_and_addresses_are_not_touched_by_a_lock(personas: Personas, clock: object) -> None:
    attacker, colleague = Client(REMOTE_ADDR="10.0.0.66"), Client(REMOTE_ADDR="10.0.0.66")
    for _ in range(5):
        sign_in(attacker, "uw1", "wrong")
    sign_in(colleague, "uh1")
    assert logged_in(colleague)
    elsewhere = Client(REMOTE_ADDR="10.0.0.7")
    assert "该账号已锁定" in sign_in(elsewhere, "uw1").content.decode()


def test_counter_survives_a_restart_of_the_web_processes(personas: Personas, clock: object) -> None:
    """It stands in the database: an emptied cache changes nothing."""
    from django.core.cache import cache

    for _ in range(5):
        sign_in(Client(), "uw1", "wrong")
        cache.clear()
    assert "该账号已锁定" in sign_in(Client(), "uw1").content.decode()


def test_attempts_are_counted_before_the_password_is_looked_at(personas: Personas) -> None:
    """Six at once: the sixth never gets its password checked, although none of the five has been judged yet."""
    left = [logins.reserve_attempt(username="uw1", address=None, now=NOW) for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(logins.AccountLocked):
        logins.reserve_attempt(username="uw1", address=None, now=NOW)


def test_inactive_account_cannot_log_in(personas: Personas, client: Client, clock: object) -> None:
    personas.uw1.is_active = False
    personas.uw1.save()
    sign_in(client, "uw1")
    assert not logged_in(client)


def test_security_administrator_unlocks(personas: Personas, client: Client, clock: object) -> None:
    for _ in range(5):
        sign_in(client, "uw1", "wrong")
    for login in ("sysadmin", "auditor", "gh", "uw1"):
        with pytest.raises(PermissionDenied):
            logins.unlock_account(account="uw1", actor=personas[login], now=NOW)
    logins.unlock_account(account="uw1", actor=personas.secadmin, now=NOW)
    sign_in(client, "uw1")
    assert logged_in(client)
    assert kinds()[-2:] == ["unlocked", "login"]
    with pytest.raises(Conflict, match="没有锁定"):
        logins.unlock_account(account="uw1", actor=personas.secadmin, now=NOW)


@pytest.mark.parametrize("typed", ["", "  ", "\x00", "x" * 400, "<script>alert(1)</script>", "' OR 1=1 --", "王保"])
def test_strange_names_get_an_answer(personas: Personas, client: Client, typed: str) -> None:
    answer = sign_in(client, typed, "wrong")
    assert answer.status_code == 200
    assert "<script>alert(1)" not in answer.content.decode()
    assert not logged_in(client)


def test_stale_counters_are_swept(personas: Personas, client: Client, clock: time_machine.Traveller) -> None:
    sign_in(client, "ghost", "wrong")
    clock.shift(timedelta(days=1, seconds=1))
    sync_authority()
    assert not LoginGuard.objects.exists()


def test_admin_has_no_login_of_its_own(personas: Personas, client: Client) -> None:
    answer = client.get("/admin/login/?next=/admin/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(LOGIN)
    client.force_login(personas.secadmin)
    assert client.get("/admin/").status_code in (302, 403)


# --- idle logout ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "stays"), [(30 * 60 - 1, True), (30 * 60, False)])
def test_idle_logout_to_the_second(
    personas: Personas, client: Client, clock: time_machine.Traveller, settings: Any, seconds: int, stays: bool
) -> None:
    settings.IDLE_LOGOUT_MINUTES = 30
    sign_in(client, "uw1")
    client.get(HOME)
    clock.shift(timedelta(seconds=seconds))
    answer = client.get("/organization/people/?q=%E7%8E%8B")
    assert (answer.status_code == 200) is stays
    assert logged_in(client) is stays
    if not stays:
        assert answer.headers["Location"] == "/accounts/login/?next=%2Forganization%2Fpeople%2F%3Fq%3D%25E7%258E%258B"
        page = client.get(answer.headers["Location"]).content.decode()
        assert "您已超过 30 分钟未操作,请重新登录" in page
        assert kinds()[-1] == "idle_logout"


def test_back_to_the_page_after_the_idle_logout(
    personas: Personas, client: Client, clock: time_machine.Traveller, settings: Any
) -> None:
    settings.IDLE_LOGOUT_MINUTES = 30
    sign_in(client, "uw1")
    client.get(HOME)
    clock.shift(timedelta(minutes=31))
    back = client.get("/organization/people/?q=x").headers["Location"]
    again = client.post(back, {"login": "uw1", "password": PASSWORD, "next": "/organization/people/?q=x"})
    assert again.headers["Location"] == "/organization/people/?q=x"


def test_activity_keeps_the_session_and_writes_it_once_a_minute(
    personas: Personas, client: Client, clock: time_machine.Traveller, settings: Any
) -> None:
    settings.IDLE_LOGOUT_MINUTES = 30
    sign_in(client, "uw1")
    client.get(HOME)
    written = [client.session["active_at"]]
    for _ in range(12):
        clock.shift(timedelta(seconds=30))
        assert client.get(HOME).status_code == 200
        written.append(client.session["active_at"])
    assert len(set(written)) == 7  # six minutes of traffic: once a minute, and the first


def test_the_page_s_own_way_to_the_login_says_why_too(
    personas: Personas, client: Client, clock: time_machine.Traveller, settings: Any
) -> None:
    """The script of an idle page leads to the login by itself, after the server's limit."""
    settings.IDLE_LOGOUT_MINUTES = 30
    sign_in(client, "uw1")
    client.get(HOME)
    clock.shift(timedelta(minutes=30, seconds=5))
    answer = client.get("/accounts/login/?next=/organization/people/")
    assert answer.status_code == 200
    assert "您已超过 30 分钟未操作" in answer.content.decode()
    assert not logged_in(client)


def test_a_short_limit_is_not_cut_shorter_by_rare_writing(
    personas: Personas, client: Client, clock: time_machine.Traveller, settings: Any
) -> None:
    settings.IDLE_LOGOUT_MINUTES = 1
    sign_in(client, "uw1")
    for _ in range(10):
        assert client.get(HOME).status_code == 200
        clock.shift(timedelta(seconds=50))


def test_a_page_s_own_requests_are_no_activity(
    personas: Personas, client: Client, clock: time_machine.Traveller, settings: Any
) -> None:
    settings.IDLE_LOGOUT_MINUTES = 2
    sign_in(client, "uw1")
    client.get(HOME)
    clock.shift(timedelta(seconds=90))
    assert client.get(HOME, headers={"X-Background": "1"}).status_code == 200
    clock.shift(timedelta(seconds=30))
    assert client.get(HOME).status_code == 302


def test_htmx_leaves_the_page_and_comes_back_to_it(
    personas: Personas, client: Client, clock: time_machine.Traveller, settings: Any
) -> None:
    settings.IDLE_LOGOUT_MINUTES = 2
    sign_in(client, "uw1")
    client.get(HOME)
    clock.shift(timedelta(minutes=3))
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/organization/units/1/"}
    answer = client.post("/organization/people/1/phone/", headers=headers)
    assert answer.headers["HX-Redirect"] == "/accounts/login/?next=%2Forganization%2Funits%2F1%2F"


@pytest.mark.parametrize("referer", ["https://evil.example/x", "//evil.example", "javascript:alert(1)", ""])
def test_a_foreign_return_address_is_dropped(
    personas: Personas, client: Client, clock: time_machine.Traveller, settings: Any, referer: str
) -> None:
    settings.IDLE_LOGOUT_MINUTES = 2
    sign_in(client, "uw1")
    client.get(HOME)
    clock.shift(timedelta(minutes=3))
    answer = client.post("/organization/people/1/phone/", headers={"Referer": referer})
    assert answer.headers["Location"] == "/accounts/login/?next=%2F"


# --- passwords --------------------------------------------------------------------------------------------------


def test_initial_password_opens_nothing_until_it_is_changed(personas: Personas, client: Client) -> None:
    personas.uw1.must_change_password = True
    personas.uw1.save()
    sign_in(client, "uw1")
    for page in (HOME, "/organization/people/", "/organization/appointments/mine/"):
        answer = client.get(page)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/accounts/password/change/?next=")
    change = "/accounts/password/change/"
    assert client.get(change).status_code == 200
    same = client.post(change, {"oldpassword": PASSWORD, "password1": PASSWORD, "password2": PASSWORD})
    assert "新密码不能与原密码相同" in same.content.decode()
    assert client.get(HOME).status_code == 302
    new = "Huifang-2026-xin"
    client.post(change, {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert client.get(HOME).status_code == 200
    assert not personas.fresh("uw1").must_change_password
    assert "password_changed" in kinds()


@pytest.mark.parametrize(
    ("new", "again", "words"),
    [
        ("short-1", "short-1", "10"),
        ("1234567890123", "1234567890123", "数字"),
        ("password123", "password123", "常见"),
        ("Huifang-2026-xin", "Huifang-2026-xon", "一致|相同|匹配"),
    ],
)
def test_weak_password_is_refused_in_words(
    personas: Personas, client: Client, new: str, again: str, words: str
) -> None:
    import re

    client.force_login(personas.uw1)
    page = client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": again})
    assert page.status_code == 200
    assert re.search(words, page.content.decode())
    assert personas.fresh("uw1").check_password(PASSWORD)
