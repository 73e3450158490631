"""/healthz and /readyz answer anybody, under any host name, and name what is missing."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from workflow.models import Heartbeat

pytestmark = pytest.mark.django_db


def beat(minutes_ago: float) -> None:
    Heartbeat.objects.create(name="beat", beat_at=timezone.now() - timedelta(minutes=minutes_ago))


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.1.2.3:8000", "portal.example.com", "testserver"])
def test_probes_need_no_login_and_no_host_name(client: Client, path: str, host: str) -> None:
    beat(0)
    assert client.get(path, headers={"host": host}).status_code == 200


def test_other_pages_still_judge_the_host(client: Client) -> None:
    assert client.get("/accounts/login/", headers={"host": "evil.example"}).status_code == 400


def test_healthz_asks_nothing_of_the_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok"


@pytest.mark.parametrize(("minutes", "status"), [(0, 200), (2.9, 200), (3.1, 503), (600, 503)])
def test_a_heartbeat_older_than_three_minutes_is_missing(client: Client, minutes: float, status: int) -> None:
    beat(minutes)
    answer = client.get("/readyz")
    assert answer.status_code == status
    assert answer.json()["missing"] == ([] if status == 200 else ["beat"])


def test_a_scheduler_that_never_came_is_missing(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["beat"]


def test_a_broker_out_of_reach_is_missing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from celery import current_app

    beat(0)
    nobody = current_app.connection_for_write("redis://127.0.0.1:1/0")
    monkeypatch.setattr(current_app, "connection_for_write", lambda **options: nobody)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["missing"] == ["broker"]


def test_the_command_asks_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("health", "beat")
    assert ended.value.code == 1
    assert "调度器" in capsys.readouterr().err
    beat(0)
    call_command("health")
