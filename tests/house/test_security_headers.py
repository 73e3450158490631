"""Headers and cookies of a page, without a browser."""

from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_the_policy_is_strict(client: Client) -> None:
    policy = client.get("/accounts/login/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "*" not in policy


def test_the_other_headers(client: Client) -> None:
    headers = client.get("/accounts/login/").headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "path", ["/accounts/signup/", "/accounts/email/", "/accounts/password/reset/", "/accounts/login/code/"]
)
def test_nobody_signs_up_or_resets_by_mail(client: Client, path: str) -> None:
    assert client.get(path).status_code in {302, 404}
    assert client.get(path, follow=True).redirect_chain[-1:] in ([], [(f"/accounts/login/?next={path}", 302)])


def test_the_administration_logs_in_through_the_portals_own_page(client: Client) -> None:
    answer = client.get("/admin/login/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_a_page_that_forgot_its_decorator_still_needs_a_login(client: Client) -> None:
    answer = client.get("/admin/")
    assert answer.status_code == 302
    assert "/login/" in answer.headers["Location"]


def test_an_enormous_request_is_refused_unread(client: Client, settings: Any) -> None:
    length = str(settings.MAX_REQUEST_BYTES + 1)
    answer = client.generic("POST", "/accounts/login/", b"x", content_type="text/plain", CONTENT_LENGTH=length)
    assert answer.status_code == 413
    assert "超过了限制" in answer.content.decode()
