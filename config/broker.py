"""The embedded mode's broker: kombu's file transport, made safe to read while somebody writes."""

import uuid
from pathlib import Path
from time import monotonic_ns
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """A message appears under its name only when it is complete.

    kombu opens the file under its final name and writes afterwards. A worker that looks in between reads nothing,
    calls that an unrecoverable error and exits, with the task in hand: at its polling interval, once in some hundred
    messages.
    """

    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        # Readers take the names in order: of equal length, or a message would overtake an earlier one.
        stem = f"{monotonic_ns():020d}_{uuid.uuid4()}"
        partial = folder / f"{stem}.partial"
        try:
            partial.write_text(dumps(payload), encoding="utf-8")
            partial.rename(folder / f"{stem}.{queue}.msg")
        except OSError as problem:
            raise ChannelError(f"cannot add a message to {folder}") from problem


class Transport(filesystem.Transport):
    Channel = Channel


def install() -> None:
    """``filesystem://`` means this transport from now on, in every process that imports the Celery app."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"
