"""Conflict and Refused become a page people can act on."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from tests.personas import Personas
from workflow.errors import Conflict, Refused
from workflow.middleware import ConflictMiddleware

pytestmark = pytest.mark.django_db


def answer(personas: Personas, problem: Exception, **headers: str) -> HttpResponse | None:
    request = RequestFactory().post("/ledgers/1/review/", headers=headers)
    request.user = personas.uw1  # type: ignore[attr-defined]
    return ConflictMiddleware(lambda _: HttpResponse()).process_exception(request, problem)


def test_a_lost_race_names_who_was_first(personas: Personas) -> None:
    response = answer(personas, Conflict("已由 吴维一 于 2026-03-10 10:00 处理"))
    assert response is not None
    assert response.status_code == 409
    assert "已由 吴维一 于 2026-03-10 10:00 处理" in response.content.decode()


def test_every_reason_is_listed_as_text(personas: Personas) -> None:
    response = answer(personas, Refused(["缺少:项目经理", "<b>缺少</b>:物业经理"]))
    assert response is not None
    html = response.content.decode()
    assert "缺少:项目经理" in html
    assert "&lt;b&gt;缺少&lt;/b&gt;:物业经理" in html


def test_htmx_gets_a_piece_and_where_to_put_it(personas: Personas) -> None:
    response = answer(personas, Refused(["缺少:项目经理", "缺少:物业经理"]), **{"HX-Request": "true"})
    assert response is not None
    assert (response.status_code, response["HX-Retarget"]) == (409, "#main")
    assert "<html" not in response.content.decode()
    assert "缺少:物业经理" in response.content.decode()


def test_other_exceptions_are_not_its_business(personas: Personas) -> None:
    assert answer(personas, ValueError("x")) is None
