"""People: the system administrator keeps accounts, but never those of the other administrators."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from organization.errors import Conflict
from organization.models import SecurityEvent, User
from organization.rules import grants_of
from organization.selectors.people import find_person, visible_people
from organization.services import people as services

from ..factories import PASSWORD, appoint, make_user
from ..personas import Personas

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
NEW = {
    "username": "zhang.wei",
    "name": "张伟",
    "employee_number": "E1001",
    "phone": "13912345678",
    "email": "z@example.com",
}


def create(personas: Personas, **changes: Any) -> tuple[User, str]:
    return services.create_person(**(NEW | {"actor": personas.sysadmin, "now": NOW} | changes))


def test_a_new_person_has_no_right_and_a_password_known_once(personas: Personas, client: Client) -> None:
    client.force_login(personas.sysadmin)
    page = client.post(reverse("organization:person_new"), NEW)
    person = User.objects.get(username="zhang.wei")
    shown = page.content.decode().split("<code>")[1].split("</code>")[0]
    assert person.check_password(shown)
    assert person.must_change_password
    assert grants_of(person) == {}
    assert "no-store" in page.headers["Cache-Control"]
    assert shown not in client.get(reverse("organization:person_detail", args=[person.pk])).content.decode()
    record = person.history.get()
    assert (record.history_user, record.history_change_reason) == (personas.sysadmin, "新建人员")
    assert not hasattr(record, "password")


def test_initial_passwords_differ_and_pass_the_portal_s_own_rules(personas: Personas) -> None:
    from django.contrib.auth.password_validation import validate_password

    made = {services.make_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        validate_password(password)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "PW11"}, "username"),
        ({"employee_number": "E-pw11"}, "employee_number"),
        ({"username": "has space"}, "username"),
        ({"name": ""}, "name"),
        ({"email": "no-address"}, "email"),
    ],
)
def test_the_service_refuses_by_field(personas: Personas, changes: dict[str, str], field: str) -> None:
    with pytest.raises(ValidationError) as caught:
        create(personas, **changes)
    assert field in caught.value.message_dict


@pytest.mark.parametrize("login", ["secadmin", "auditor", "gh", "uh1"])
def test_only_the_system_administrator_creates_people(personas: Personas, login: str) -> None:
    with pytest.raises(PermissionDenied):
        create(personas, actor=personas[login])


@pytest.mark.parametrize("login", ["secadmin", "auditor"])
def test_administrators_do_not_touch_each_other_s_accounts(personas: Personas, login: str) -> None:
    """Or the system administrator could reset the others' passwords and be all three."""
    common = {"person_id": personas[login].pk, "actor": personas.sysadmin, "now": NOW}
    with pytest.raises(PermissionDenied, match="三员"):
        services.reset_password(**common)
    with pytest.raises(PermissionDenied, match="三员"):
        services.deactivate_person(**common, reason="x")
    with pytest.raises(PermissionDenied, match="三员"):
        services.edit_person(**common, **(NEW | {"username": login}), reason="x")
    assert personas.fresh(login).check_password(PASSWORD)


def test_superuser_is_out_of_the_system_administrator_s_reach(personas: Personas) -> None:
    root = make_user("root", is_superuser=True)
    with pytest.raises(PermissionDenied):
        services.reset_password(person_id=root.pk, actor=personas.sysadmin, now=NOW)


@pytest.mark.clause("G2")
def test_deactivation_ends_every_right_and_the_session(personas: Personas, client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        client.force_login(personas.uw1)
        assert client.get("/organization/").status_code == 200
        services.deactivate_person(person_id=personas.uw1.pk, reason="离职", actor=personas.sysadmin, now=NOW)
        assert grants_of(personas.fresh("uw1")) == {}
        assert client.get("/organization/").status_code == 302
        with pytest.raises(Conflict, match="已停用"):
            services.deactivate_person(person_id=personas.uw1.pk, reason="离职", actor=personas.sysadmin, now=NOW)
        services.reactivate_person(person_id=personas.uw1.pk, reason="返聘", actor=personas.sysadmin, now=NOW)
        assert grants_of(personas.fresh("uw1"))
        with pytest.raises(Conflict, match="没有停用"):
            services.reactivate_person(person_id=personas.uw1.pk, reason="x", actor=personas.sysadmin, now=NOW)


def test_nobody_deactivates_themselves(personas: Personas) -> None:
    with pytest.raises(ValidationError, match="不能停用自己"):
        services.deactivate_person(person_id=personas.sysadmin.pk, reason="x", actor=personas.sysadmin, now=NOW)


def test_reset_ends_the_sessions_and_forces_a_change(personas: Personas, client: Client) -> None:
    client.force_login(personas.uw1)
    _, password = services.reset_password(person_id=personas.uw1.pk, actor=personas.sysadmin, now=NOW)
    assert client.get("/organization/").status_code == 302
    assert personas.fresh("uw1").check_password(password)
    assert personas.fresh("uw1").must_change_password
    event = SecurityEvent.objects.get(kind=SecurityEvent.Kind.PASSWORD_RESET)
    assert (event.account, event.actor) == ("uw1", personas.sysadmin)


@pytest.mark.clause("G2")
def test_people_out_of_scope_are_invisible(personas: Personas) -> None:
    def seen(login: str) -> set[str]:
        people = visible_people(personas.fresh(login), on=NOW.date())
        return set(people.values_list("username", flat=True))

    assert seen("pw11") == {"pw11", "pe11", "pm11"}
    assert {"uw1", "pw11", "pw12", "sub1"} <= seen("uh1")
    assert not seen("uh1") & {"uw2", "pw21", "gh", "outsider"}
    assert seen("outsider") == {"outsider"}
    assert seen("gw") == set(User.objects.values_list("username", flat=True))


def test_a_person_is_found_by_account_number_label_or_unique_name(personas: Personas) -> None:
    people = User.objects.all()
    for typed in ("pw11", "PW11", "E-pw11", "王保一", "王保一(pw11)", "王保一(pw11)", " pw11 "):
        assert find_person(typed, people).person == personas.pw11
    make_user("wb2", "王保一")
    assert "有多位" in find_person("王保一", people).error
    assert "没有找到" in find_person("某人", people).error
    assert find_person("pw11", people.exclude(pk=personas.pw11.pk)).person is None


# --- forms ------------------------------------------------------------------------------------------------------

SCRIPT = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "姓名:"),
        ({"name": "长" * 51}, "姓名:"),
        ({"name": "张\u202e伟"}, "姓名:含有不可见的控制字符"),
        ({"name": "张\n伟"}, "姓名:含有不可见的控制字符"),
        ({"username": "有 空格"}, "账号:只能用字母"),
        ({"username": SCRIPT}, "账号:只能用字母"),
        ({"username": "pw11"}, "账号:"),
        ({"employee_number": "E-pw11"}, "工号:"),
        ({"phone": "12"}, "手机:请填写有效的电话号码"),
        ({"phone": "13800001234; DROP TABLE"}, "手机:请填写有效的电话号码"),
        ({"email": "x"}, "邮箱:"),
        ({"email": "a@b.com\nBcc: all@example.com"}, "邮箱:"),
    ],
)
def test_a_bad_form_names_the_field_and_keeps_what_was_typed(
    personas: Personas, client: Client, changes: dict[str, str], words: str
) -> None:
    client.force_login(personas.sysadmin)
    count = User.objects.count()
    page = client.post(reverse("organization:person_new"), NEW | changes)
    text = page.content.decode()
    assert page.status_code == 200
    assert words in text
    assert "内容尚未保存" in text
    for field, value in NEW.items():
        if field not in changes:
            assert f'value="{value}"' in text
    assert SCRIPT not in text
    assert User.objects.count() == count


def test_malicious_names_are_shown_as_text(personas: Personas, client: Client) -> None:
    client.force_login(personas.sysadmin)
    client.post(reverse("organization:person_new"), NEW | {"name": SCRIPT})
    person = User.objects.get(username="zhang.wei")
    for page in (
        reverse("organization:person_detail", args=[person.pk]),
        reverse("organization:person_list") + "?q=zhang",
    ):
        text = client.get(page).content.decode()
        assert SCRIPT not in text
        assert "&lt;script&gt;" in text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"user": ""}, "人员:"),
        ({"user": "查无此人"}, "人员:没有找到“查无此人”"),
        ({"user": SCRIPT}, "人员:没有找到"),
        ({"unit": ""}, "单位:"),
        ({"unit": "999999"}, "单位:"),
        ({"unit": "abc"}, "单位:"),
        ({"post": "ZZ"}, "岗位:"),
        ({"post": "PW"}, "单位:“项目经理部·回访保修管理岗”设在项目经理部"),
        ({"starts_on": "2026-02-30"}, "开始日期:"),
        ({"starts_on": "0001-01-01"}, "开始日期:年份应在"),
        ({"starts_on": "2026-03-01"}, "开始日期:开始日期不能早于今天"),
        ({"ends_on": "2026-03-01"}, "结束日期:结束日期不能早于开始日期"),
        ({"reason": "长" * 101}, "说明:"),
        ({"user": "sysadmin"}, "人员:“石系统”在此期间任“系统管理员”"),
    ],
)
def test_a_bad_appointment_names_the_field(
    personas: Personas, client: Client, changes: dict[str, str], words: str
) -> None:
    data = {
        "user": "outsider",
        "unit": str(personas.unit("U1").pk),
        "post": "UW",
        "starts_on": "2026-03-10",
        "ends_on": "",
        "reason": "调任文件",
    }
    with time_machine.travel(NOW, tick=False):
        client.force_login(personas.secadmin)
        page = client.post(reverse("organization:appointment_new"), data | changes)
    text = page.content.decode()
    assert page.status_code == 200
    assert words in text
    if "reason" not in changes:
        assert 'value="调任文件"' in text
    assert not personas.outsider.appointments.exists()


@pytest.mark.clause("G5")
def test_the_holder_names_a_substitute_on_the_page(personas: Personas, client: Client) -> None:
    with time_machine.travel(NOW, tick=False):
        client.force_login(personas.uw1)
        data = {
            "principal": str(personas.appointments["uw1"].pk),
            "user": "王保一(pw11)",
            "starts_on": "2026-03-11",
            "ends_on": "2026-03-13",
            "reason": "休假",
        }
        new = reverse("organization:substitute_new")
        foreign = client.post(new, data | {"user": "pw21"}).content.decode()
        assert "代理人:没有找到“pw21”" in foreign  # people of another unit cannot be named
        others = client.post(new, data | {"principal": str(personas.appointments["uw2"].pk)}).content.decode()
        assert "被代理的任职:" in others
        page = client.post(new, data, follow=True).content.decode()
        assert "已设代理:王保一 代 吴维一" in page
        assert "2026-03-11 至 2026-03-13" in page


def test_wrong_filters_are_harmless(personas: Personas, client: Client) -> None:
    client.force_login(personas.gw)
    for query in (
        "?page=999",
        "?page=x",
        "?unit=abc",
        "?post=ZZ",
        "?state=zz",
        "?sort=password",
        "?q=%00",
        f"?q={SCRIPT}",
    ):
        for name in ("person_list", "appointment_list", "substitute_list"):
            page = client.get(reverse(f"organization:{name}") + query)
            assert page.status_code == 200
            assert SCRIPT not in page.content.decode()


def test_sorting_and_filtering(personas: Personas, client: Client) -> None:
    client.force_login(personas.gw)

    def names(query: str) -> list[str]:
        page = client.get(reverse("organization:person_list") + query).context["page"]
        return [person.username for person in page]

    everybody = sorted(User.objects.values_list("username", flat=True))
    assert names("") == everybody[:25]
    assert names("?sort=-username") == everybody[::-1][:25]
    assert names("?post=PW") == ["pw11", "pw12", "pw21"]
    assert names(f"?post=PW&unit={personas.unit('U1').pk}") == ["pw11", "pw12"]
    assert names("?state=without") == ["outsider"]
    assert names("?q=胡恒 uh2") == ["uh2"]
    appoint(personas.outsider, "PW", personas.unit("U2D1"))
    assert names("?state=without") == []
