"""An SMTP peer that takes its time over a mail, for as long as a test wants."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.workflow.peer import Peer, free_port


class SlowPeer(Peer):
    """Takes ``quick`` mails at once; with the next one it keeps its answer to DATA until ``answering`` is set.

    Whoever hangs up meanwhile has not delivered: aiosmtpd cancels the handler with its connection.
    """

    def __init__(self) -> None:
        super().__init__()
        self.quick = 0
        self.asked, self.answering = threading.Event(), threading.Event()

    def become_slow(self, quick: int = 0) -> None:
        self.quick = quick
        self.asked.clear()
        self.answering.clear()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.quick > 0:
            self.quick -= 1
        else:
            self.asked.set()
            while not self.answering.is_set():
                await asyncio.sleep(0.02)
        return await super().handle_DATA(server, session, envelope)


@contextlib.contextmanager
def slow_smtp_peer() -> Iterator[tuple[SlowPeer, int]]:
    peer, port = SlowPeer(), free_port()
    controller = Controller(peer, hostname="127.0.0.1", port=port, ready_timeout=20)
    controller.start()
    try:
        yield peer, port
    finally:
        peer.answering.set()
        controller.stop()
