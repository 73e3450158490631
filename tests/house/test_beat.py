"""Only one scheduler ticks; the next one takes over when the first is gone, and a start ticks at once."""

import time
from pathlib import Path
from typing import Any

import pytest
from celery import current_app

from config.beat import STANDBY_SECONDS, SingleScheduler


def scheduler(folder: Path, name: str) -> SingleScheduler:
    return SingleScheduler(current_app, schedule_filename=str(folder / name), lazy=True)


def hand_over(tmp_path: Path) -> None:
    first, second = scheduler(tmp_path, "first"), scheduler(tmp_path, "second")
    try:
        assert first._holds()
        assert first._holds(), "holding is asked at each tick"
        assert not second._holds()
        assert second.tick() == STANDBY_SECONDS
        first.close()
        # A server notices the end of a connection a moment later.
        deadline = time.monotonic() + 5
        while not second._holds():
            assert time.monotonic() < deadline, "the second one takes over"
            time.sleep(0.05)
    finally:
        second.close()


def test_one_of_two_ticks_with_a_file(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr("config.beat.connections", {"default": type("SQLite", (), {"vendor": "sqlite"})})
    hand_over(tmp_path)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_one_of_two_ticks_with_a_session_lock(tmp_path: Path) -> None:
    hand_over(tmp_path)


def test_the_sweeps_are_due_at_the_start_and_the_morning_digest_is_not(tmp_path: Path) -> None:
    started = scheduler(tmp_path, "schedule")
    started.setup_schedule()
    try:
        due = {name for name, entry in started.schedule.items() if entry.is_due()[0]}
    finally:
        started._store.close()
    assert {"sweep-clocks", "deliver-notices", "beat-heartbeat"} <= due
    assert "send-digests" not in due


def test_every_scheduled_task_exists() -> None:
    current_app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in current_app.conf.beat_schedule.values()}
    assert scheduled <= set(current_app.tasks)
