"""Every page of the app × every kind of person: who sees it, who may not (403), for whom it does not exist (404)."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organization.models import AuthorityCell, LoginGuard, StandardEdition
from organization.services import login as logins
from organization.urls import urlpatterns

from ..personas import Personas

# Columns of the expectation: an own post of the department, of the unit, of the group, the three administrators,
# the neighbours' unit head, somebody without any post.
WHO = ("pw11", "uh1", "gh", "sysadmin", "secadmin", "auditor", "uh2", "outsider")
ALL = (200,) * 8
DIRECTORY = (200, 200, 200, 200, 200, 200, 200, 403)
ONLY_SYS = (403, 403, 403, 200, 403, 403, 403, 403)
ONLY_SEC = (403, 403, 403, 403, 200, 403, 403, 403)
ONLY_AUD = (403, 403, 403, 403, 403, 200, 403, 403)
# Of unit 1: out of the neighbours' and the outsider's sight.
SEEN_IN_1 = (200, 200, 200, 200, 200, 200, 404, 404)
SYS_IN_1 = (403, 403, 403, 200, 403, 403, 404, 404)
SEC_IN_1 = (403, 403, 403, 403, 200, 403, 404, 404)

EXPECTED: dict[str, tuple[int, ...]] = {
    "unit_list": DIRECTORY,
    "unit_new": ONLY_SYS,
    "unit_detail": SEEN_IN_1,
    "unit_edit": SYS_IN_1,
    "unit_move": SYS_IN_1,
    "unit_dissolve": SYS_IN_1,
    "unit_restore": SYS_IN_1,
    "person_list": DIRECTORY,
    "person_new": ONLY_SYS,
    "person_options": ALL,
    "person_detail": SEEN_IN_1,
    "person_edit": SYS_IN_1,
    "person_deactivate": SYS_IN_1,
    "person_reactivate": SYS_IN_1,
    "person_password": SYS_IN_1,
    "person_phone": (405,) * 8,
    "appointment_list": DIRECTORY,
    "my_appointments": ALL,
    "appointment_new": ONLY_SEC,
    "appointment_end": SEC_IN_1,
    "substitute_list": DIRECTORY,
    "substitute_new": ALL,
    # uh1 is the principal of the substitution, so may end it; pw11 does not see the unit above.
    "substitute_end": (404, 200, 403, 403, 200, 403, 404, 404),
    "matrix_sheet": DIRECTORY,
    "matrix_actions": ONLY_SEC,
    "matrix_cell": DIRECTORY,
    "post_list": DIRECTORY,
    "post_new": ONLY_SEC,
    "post_edit": ONLY_SEC,
    "edition_list": DIRECTORY,
    "edition_new": ONLY_SEC,
    "edition_edit": ONLY_SEC,
    "lock_list": ONLY_SEC,
    "lock_release": (405,) * 8,
    "audit_log": ONLY_AUD,
}


def address(name: str, personas: Personas) -> str:
    cell = AuthorityCell.objects.get(matter__code="A.4-1", post="PW")
    arguments: dict[str, list[object]] = {
        "matrix_actions": [cell.pk],
        "matrix_cell": [cell.matter_id, "PW"],
        "post_edit": ["PW"],
        "edition_edit": [StandardEdition.objects.get().pk],
        "appointment_end": [personas.appointments["pw11"].pk],
        "substitute_end": [personas.appointments["sub1"].pk],
    }
    if name in arguments:
        args = arguments[name]
    elif name.startswith("unit_") and name not in ("unit_list", "unit_new"):
        args = [personas.unit("U1D1").pk]
    elif name.startswith("person_") and name not in ("person_list", "person_new", "person_options"):
        args = [personas.pw11.pk]
    else:
        args = []
    return reverse(f"organization:{name}", args=args)


def test_every_address_has_an_expectation() -> None:
    assert {pattern.name for pattern in urlpatterns} == EXPECTED.keys()


@pytest.mark.clause("G2")
@pytest.mark.parametrize("name", EXPECTED)
def test_page_by_persona(personas: Personas, client: Client, name: str) -> None:
    page = address(name, personas)
    answers = []
    for login in WHO:
        client.force_login(personas[login])
        answers.append(client.get(page).status_code)
    assert dict(zip(WHO, answers, strict=True)) == dict(zip(WHO, EXPECTED[name], strict=True))


@pytest.mark.parametrize("name", EXPECTED)
def test_nobody_gets_anything_without_login(personas: Personas, client: Client, name: str) -> None:
    answer = client.get(address(name, personas))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/?next=/organization/")


@pytest.mark.clause("G2")
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("unit_edit", {"code": "X", "name": "X", "reason": "x"}),
        ("person_edit", {"username": "x", "name": "X", "email": "x@example.com", "reason": "x"}),
        ("person_password", {}),
        ("person_deactivate", {"reason": "x"}),
        ("appointment_end", {"last_day": "2099-01-01", "reason": "x"}),
        ("matrix_cell", {"duties": [], "reason": "x"}),
        ("matrix_actions", {"actions": [], "reason": "x"}),
        ("lock_release", {"account": "pw11"}),
    ],
)
@pytest.mark.parametrize("login", ["pw11", "uh1", "gh", "auditor"])
def test_posting_without_the_right_changes_nothing(
    personas: Personas, client: Client, name: str, data: dict[str, object], login: str
) -> None:
    before = (personas.unit("U1D1").code, personas.pw11.password)
    client.force_login(personas[login])
    assert client.post(address(name, personas), data).status_code == 403
    unit, person = personas.unit("U1D1"), personas.fresh("pw11")
    unit.refresh_from_db()
    assert (unit.code, person.password) == before
    assert person.is_active


@pytest.mark.clause("G2")
def test_phone_is_masked_and_revealing_is_logged(personas: Personas, client: Client) -> None:
    from organization.models import SecurityEvent

    client.force_login(personas.uw1)
    page = client.get(reverse("organization:person_detail", args=[personas.pw11.pk])).content.decode()
    assert "138****1234" in page
    assert "13800001234" not in page
    shown = client.post(reverse("organization:person_phone", args=[personas.pw11.pk]), headers={"HX-Request": "true"})
    assert shown.content.decode().strip() == "13800001234"
    event = SecurityEvent.objects.get(kind=SecurityEvent.Kind.PHONE_REVEALED)
    assert (event.account, event.actor) == ("pw11", personas.uw1)
    assert client.post(reverse("organization:person_phone", args=[personas.pw21.pk])).status_code == 404


@pytest.mark.clause("G2")
def test_directory_shows_one_s_scope_only(personas: Personas, client: Client) -> None:
    client.force_login(personas.uw1)
    people = client.get(reverse("organization:person_list")).content.decode()
    assert "王保一" in people
    assert "王保二" not in people
    found = client.get(reverse("organization:person_list"), {"q": "王保二"}).content.decode()
    assert "没有符合条件的人员" in found
    options = client.get(reverse("organization:person_options"), {"field": "user", "user": "王保"}).content.decode()
    assert "王保一(pw11)" in options
    assert "pw21" not in options


@pytest.mark.clause("G5")
def test_unit_page_names_the_substitute(personas: Personas, client: Client) -> None:
    client.force_login(personas.uw1)
    page = client.get(reverse("organization:unit_detail", args=[personas.unit("U1").pk])).content.decode()
    assert "胡恒一" in page
    assert "代 胡恒一" in page
    assert "戴丽" in page


@pytest.mark.clause("A.4", "B.4")
def test_matrix_marks_inferred_cells(personas: Personas, client: Client) -> None:
    client.force_login(personas.pw11)
    page = client.get(reverse("organization:matrix_sheet")).content.decode()
    assert "竣工工程信息台账建立" in page
    assert "拟订 †" in page
    page = client.get(reverse("organization:matrix_sheet", args=["B.4"])).content.decode()
    assert "编制专项整改方案" in page
    assert client.get(reverse("organization:matrix_sheet", args=["Z"])).status_code == 404


def test_locked_account_is_listed_and_released(personas: Personas, client: Client) -> None:
    for _ in range(logins.FAILURES_ALLOWED):
        logins.reserve_attempt(username="pw11", address="10.0.0.9", now=timezone.now())
    client.force_login(personas.secadmin)
    page = client.get(reverse("organization:lock_list")).content.decode()
    assert "pw11" in page
    assert "10.0.0.9" in page
    released = client.post(reverse("organization:lock_release"), {"account": "pw11"}, follow=True)
    assert "账号“pw11”已解除锁定" in released.content.decode()
    assert not LoginGuard.objects.exists()
    again = client.post(reverse("organization:lock_release"), {"account": "pw11"})
    assert again.status_code == 409
