"""The periodic tasks: thin, named as the schedule names them, leaving a sign of life."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core import mail
from django.core.management import call_command

from config.celery import app
from tests.personas import Personas
from tests.workflow.helpers import at, make_clock, make_rule
from workflow import tasks
from workflow.models import Channel, Heartbeat, Notice

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_once() -> Iterator[None]:
    """Tasks that tasks wake run in place."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def test_every_scheduled_task_of_the_kernel_exists() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in django_settings.CELERY_BEAT_SCHEDULE.values()}
    assert {name for name in scheduled if name.startswith("workflow.")} <= set(app.tasks)


@pytest.mark.clause("G3")
def test_one_tick_sweeps_and_mails_and_leaves_its_sign(personas: Personas) -> None:
    make_clock(personas, received_at=at("2026-03-10 09:20"))
    with time_machine.travel(at("2026-03-13 00:00"), tick=False):
        tasks.sweep_clocks()
    assert sorted(message.to[0] for message in mail.outbox) == ["pm11@example.com", "pw11@example.com"]
    notes = dict(Heartbeat.objects.values_list("name", "note"))
    assert notes["sweep"] == "提醒 1 条,新逾期 1 项"
    assert notes["delivery"] == "送达 2 封,失败 0 封,待重试 0 封"


def test_a_scheduler_that_slept_at_half_past_eight_is_caught_up_by_the_sweep_once(personas: Personas) -> None:
    make_clock(personas, received_at=at("2026-03-10 09:20"), rule=make_rule(days=5))
    with time_machine.travel(at("2026-03-11 11:00"), tick=False):
        tasks.sweep_clocks()
        tasks.sweep_clocks()
        tasks.send_digests()
    assert Notice.objects.filter(kind="digest", channel=Channel.MAIL).count() == 1
    assert len(mail.outbox) == 1
    assert mail.outbox[0].subject.startswith("3月11日待办")


def test_the_heartbeat(personas: Personas) -> None:
    with time_machine.travel(at("2026-03-11 11:00"), tick=False):
        tasks.beat_heartbeat()
    assert Heartbeat.objects.get(name="beat").beat_at == at("2026-03-11 11:00")


def test_an_outage_stands_in_the_sign_of_life(personas: Personas, settings: Any) -> None:
    from tests.workflow.helpers import mails
    from tests.workflow.peer import free_port, use_smtp

    use_smtp(settings, free_port())
    now = at("2026-03-11 11:00")
    mails(personas, ["pw11"], now=now - timedelta(minutes=1))
    with time_machine.travel(now, tick=False):
        tasks.deliver_notices()
    assert "邮件服务器无法连接" in Heartbeat.objects.get(name="delivery").note


def test_the_command_does_a_round_by_hand(personas: Personas, capsys: pytest.CaptureFixture[str]) -> None:
    make_clock(personas, received_at=at("2026-03-10 09:20"))
    with time_machine.travel(at("2026-03-13 09:00"), tick=False):
        call_command("tick")
    assert "提醒 1 条,新逾期 1 项,晨报 1 人,送达 3 封,失败 0 封" in capsys.readouterr().out
