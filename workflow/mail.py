"""How a notice becomes a mail, and where mails go when no SMTP server is configured."""

import mailbox
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from workflow.models import Notice

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


def one_line(text: str) -> str:
    """Fit for a header: control characters and line breaks, which could start another header, become spaces."""
    return _CONTROL.sub(" ", text).strip()


def message_id(pk: int, created_at: datetime) -> str:
    """The same for every attempt at the same notice, so that a peer can tell a repetition from a new mail."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    return f"<notice.{pk}.{int(created_at.timestamp())}@{host}>"


def compose(notice: Notice) -> EmailMessage:
    """Plain text: greeting, what, link. Mails carry no phone and no text of the case; the page behind the link does."""
    lines = [f"{one_line(notice.recipient.name or notice.recipient.username)},您好:", "", notice.title, ""]
    if notice.text:
        lines += [notice.text, ""]
    if notice.url:
        lines += [f"请登录门户办理:{settings.BASE_URL}{notice.url}", ""]
    lines += ["—— 回访与投诉管理门户", "本邮件由系统自动发送,请勿直接回复。"]
    return EmailMessage(
        subject=one_line(notice.title),
        body="\n".join(lines),
        to=[notice.recipient.email],
        headers={
            "Message-ID": message_id(notice.pk, notice.created_at),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )


class MaildirBackend(BaseEmailBackend):
    """Embedded mode: mails are kept in a Maildir under ``var/mail`` and shown to administrators on /mail/."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        box = open_maildir()
        for message in email_messages:
            box.add(message.message().as_bytes())
        return len(email_messages)


def open_maildir() -> mailbox.Maildir:
    """The kept mails. Adding is atomic (written in tmp/, then renamed), so readers never see half a mail."""
    folder = Path(settings.MAIL_DIR) / "maildir"
    folder.parent.mkdir(parents=True, exist_ok=True)
    return mailbox.Maildir(folder, create=True)
