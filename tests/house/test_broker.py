"""The file broker of the embedded mode: a reader never meets a message that is still being written."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu import Connection
from kombu.transport import filesystem

from config import broker
from config.celery import app

NUMBER = 20


@pytest.fixture(autouse=True)
def slow_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message is composed for a moment; kombu's own transport has created its file by then."""
    real = filesystem.dumps

    def dumps(message: Any) -> str:
        time.sleep(0.02)
        return str(real(message))

    monkeypatch.setattr(filesystem, "dumps", dumps)
    monkeypatch.setattr(broker, "dumps", dumps)


def connection(folder: Path, transport: str) -> Connection:
    (folder / "control").mkdir(exist_ok=True)
    options = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
        "polling_interval": 0.001,
    }
    return Connection(transport=transport, transport_options=options)


def read_while_written(folder: Path, transport: str) -> Iterator[Any]:
    name = transport.replace(".", "-").replace(":", "-")  # kombu remembers the queues of a process by name

    def write() -> None:
        with connection(folder, transport) as sender, sender.SimpleQueue(name) as queue:
            for number in range(NUMBER):
                queue.put(number)

    with connection(folder, transport) as receiver, receiver.SimpleQueue(name) as queue:
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(NUMBER):
                message = queue.get(timeout=20)
                message.ack()
                yield message.payload
        finally:
            writer.join(timeout=20)
        with pytest.raises(Empty):
            queue.get(timeout=0.05)


def test_kombus_own_transport_reads_a_message_before_it_is_written(tmp_path: Path) -> None:
    """What ends a worker: the reason for ours. When this fails, ours may go."""
    with pytest.raises(json.JSONDecodeError):
        list(read_while_written(tmp_path, "kombu.transport.filesystem:Transport"))


def test_ours_hands_over_whole_messages_in_their_order(tmp_path: Path) -> None:
    assert list(read_while_written(tmp_path, "config.broker:Transport")) == list(range(NUMBER))
    assert list(tmp_path.glob("*.*")) == []


def test_the_app_uses_it_for_the_embedded_address(tmp_path: Path) -> None:
    with app.connection_for_write("filesystem://") as used:
        assert isinstance(used.transport, broker.Transport)
