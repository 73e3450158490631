"""A real SMTP server on a socket that takes, refuses, hangs or drops, by recipient."""

import asyncio
import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Peer:
    """``behaviour["a@b"] = "550"``: a reply to RCPT; "hang", "drop": at RCPT; "data 451", "data 554": after the text;
    "take and drop": takes the mail, then closes without an answer; "take and hang": takes it and never answers."""

    def __init__(self) -> None:
        self.behaviour: dict[str, str] = {}
        self.mails: list[EmailMessage] = []
        self.sessions = 0
        self.arrived = threading.Event()
        self.sender_reply = ""

    # --- what the tests ask

    @property
    def recipients(self) -> list[str]:
        return sorted(str(mail["To"]).partition("@")[0] for mail in self.mails)

    def ids(self) -> Counter[str]:
        return Counter(str(mail["Message-ID"]) for mail in self.mails)

    # --- aiosmtpd's hooks

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.sessions += 1
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.sender_reply:
            return self.sender_reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        wanted = self.behaviour.get(address, "")
        if wanted[:3].isdigit():
            return f"{wanted[:3]} {wanted[3:].strip() or 'refused'}"
        if wanted == "hang":
            await asyncio.sleep(30)
        if wanted == "drop":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        wanted = self.behaviour.get(envelope.rcpt_tos[0], "")
        if wanted.startswith("data "):
            return f"{wanted[5:]} refused"
        if wanted != "hang at data":
            self.mails.append(message_from_bytes(envelope.content or b"", policy=policy.default))  # type: ignore[arg-type]
        self.arrived.set()
        if wanted in ("hang at data", "take and hang"):
            await asyncio.sleep(30)
        if wanted == "take and drop":
            server.transport.abort()
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def smtp_peer(port: int | None = None) -> Iterator[tuple[Peer, int]]:
    peer, port = Peer(), port or free_port()
    controller = Controller(peer, hostname="127.0.0.1", port=port, ready_timeout=20)
    controller.start()
    try:
        yield peer, port
    finally:
        controller.stop()


def use_smtp(settings: Any, port: int, timeout: float = 1) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, timeout
