"""The group's switches of the complaint flow: who turns them, with a reason, and what is kept of it."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from complaints.models import ComplaintPolicy
from complaints.services.policy import set_complaint_policy
from tests.complaints.factories import NOW
from tests.personas import Personas

URL = "/complaints/settings/"
KEEP = {"supervise_all": "1", "reapprove_all": "1"}


def client_for(personas: Personas, login: str) -> Client:
    client = Client()
    client.force_login(personas[login], backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.clause("B2-11", "5.5.4")
def test_gh_turns_a_switch_with_a_reason(personas: Personas) -> None:
    client = client_for(personas, "gh")
    assert "尚未调整" in client.get(URL).content.decode()
    response = client.post(URL, KEEP | {"reapprove_all": "0", "reason": "集团〔2026〕3 号"}, follow=True)
    page = response.content.decode()
    policy = ComplaintPolicy.current()
    assert (policy.supervise_all, policy.reapprove_all) == (True, False)
    assert "集团〔2026〕3 号" in page
    assert str(personas.gh) in page
    kept = policy.history.get()
    assert (kept.history_user, kept.history_change_reason) == (personas.gh, "集团〔2026〕3 号")


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"reapprove_all": "0"}, "reason"),
        ({"reapprove_all": "0", "reason": "   "}, "reason"),
        ({"reapprove_all": "0", "reason": "因" * 101}, "reason"),
        ({"reapprove_all": "0", "reason": "因\x00"}, "reason"),
        ({"reapprove_all": "maybe", "reason": "因"}, "reapprove_all"),
        ({"supervise_all": "", "reason": "因"}, "supervise_all"),
        ({"reason": "什么也没改"}, "__all__"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changes(personas: Personas, sent: dict[str, Any], field: str) -> None:
    response = client_for(personas, "gh").post(URL, KEEP | sent)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not ComplaintPolicy.objects.exists()


@pytest.mark.clause("G2")
@pytest.mark.parametrize("login", ["gw", "gl", "uw1", "uh1", "ul1", "pe11", "pm11", "ud1", "sysadmin", "outsider"])
def test_nobody_else_does(personas: Personas, login: str) -> None:
    client = client_for(personas, login)
    assert client.get(URL).status_code == 403
    assert client.post(URL, KEEP | {"reapprove_all": "0", "reason": "因"}).status_code == 403
    with pytest.raises(PermissionDenied):
        set_complaint_policy(supervise_all=False, reapprove_all=False, reason="因", actor=personas[login], now=NOW)
    assert not ComplaintPolicy.objects.exists()


def test_the_service_asks_itself(personas: Personas) -> None:
    with pytest.raises(ValidationError):
        set_complaint_policy(supervise_all=False, reapprove_all=True, reason=" ", actor=personas.gh, now=NOW)
    with pytest.raises(ValidationError):
        set_complaint_policy(supervise_all=True, reapprove_all=True, reason="因", actor=personas.gh, now=NOW)
    assert not ComplaintPolicy.objects.exists()
