"""Errors are pages of the portal that say, in Chinese, what happened and what to do."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from config import errors
from organization.models import User
from tests.personas import Personas

pytestmark = pytest.mark.django_db


def request_of(user: User, **headers: str) -> HttpRequest:
    request: HttpRequest = RequestFactory().get("/x/", headers=headers)
    request.user = user
    return request


@pytest.mark.parametrize(
    ("handler", "exception", "status", "words"),
    [
        (errors.handler403, PermissionDenied("您没有“审核台账”的权限。"), 403, "您没有“审核台账”的权限。"),
        (errors.handler403, PermissionDenied(), 403, "没有这项职责"),
        (errors.handler404, Http404("没有找到该记录。"), 404, "没有找到该记录。"),
        (errors.handler404, Http404("No Unit matches the given query."), 404, "记录不存在"),
        (errors.handler404, Http404({"tried": [], "path": "中文"}), 404, "记录不存在"),
        (errors.handler400, RequestDataTooBig("body"), 413, "超过了限制"),
        (errors.handler400, ValueError("bad"), 400, "格式不正确"),
    ],
)
def test_a_page_says_what_happened(
    personas: Personas, handler: Any, exception: Exception, status: int, words: str
) -> None:
    answer = handler(request_of(personas.uw1), exception)
    page = answer.content.decode()
    assert answer.status_code == status
    assert words in page
    assert "可以怎么做" in page
    assert "data-keep-draft" in page
    assert "No Unit matches" not in page
    assert "shell-nav" in page


def test_a_piece_of_a_page_gets_the_words_alone(personas: Personas) -> None:
    answer = errors.handler403(request_of(personas.uw1, hx_request="true"), PermissionDenied("没有权限。"))
    assert (answer.status_code, answer.content.decode()) == (403, "没有权限。")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_message_is_text(personas: Personas) -> None:
    page = errors.handler403(request_of(personas.uw1), PermissionDenied("没有<script>权限")).content.decode()
    assert "没有&lt;script&gt;权限" in page


def test_too_many_attempts(rf: RequestFactory, personas: Personas) -> None:
    answer = errors.handler429(request_of(personas.uw1))
    assert answer.status_code == 429
    assert "频繁" in answer.content.decode()


def test_the_500_page_needs_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        page = render_to_string("500.html")
    assert "系统出现错误" in page
    assert "{%" not in page


def test_an_expired_page_says_that_nothing_was_saved(personas: Personas) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(personas.uw1)
    answer = client.post("/accounts/password/change/", {"oldpassword": "x"})
    assert answer.status_code == 403
    assert "页面已过期" in answer.content.decode()


def test_an_unknown_address_is_a_page(client: Client, personas: Personas) -> None:
    client.force_login(personas.uw1)
    answer = client.get("/no/such/page/")
    assert answer.status_code == 404
    assert "没有找到这个页面" in answer.content.decode()


def test_account_pages_are_ours(client: Client, personas: Personas) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert "回访与投诉管理门户" in page
    assert 'autocomplete="current-password"' in page
    client.force_login(personas.uw1)
    for path in ("/accounts/password/change/", "/accounts/logout/"):
        page = client.get(path).content.decode()
        assert "shell-nav" in page, path
        assert "Sign" not in page
