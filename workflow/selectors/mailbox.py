"""The mails that the embedded mode keeps under ``var/mail``."""

import mailbox
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.core.paginator import Page
from django.http import Http404

from workflow.mail import MaildirBackend, open_maildir
from workflow.paging import PAGE_SIZE, counted_page


@dataclass(frozen=True, slots=True)
class KeptMail:
    key: str
    to: str
    subject: str
    at: datetime | None
    body: str


def mails_are_kept() -> bool:
    """Whether this installation keeps its mails instead of sending them."""
    return str(settings.EMAIL_BACKEND) == f"{MaildirBackend.__module__}.{MaildirBackend.__name__}"


def kept_mails(number: int) -> Page[KeptMail]:
    """The newest first. Only the mails of the page are read; the names of all begin with their second."""
    box = open_maildir()
    keys = sorted(box.keys(), key=_age, reverse=True)
    start = (number - 1) * PAGE_SIZE
    return counted_page([_read(box, key) for key in keys[start : start + PAGE_SIZE]], number=number, count=len(keys))


def kept_mail(key: str) -> KeptMail:
    box = open_maildir()
    if key not in box.keys():  # noqa: SIM118 - a Maildir answers `in` from a table that may be old
        raise Http404("没有找到这封邮件。")
    return _read(box, key)


def _age(key: str) -> tuple[int, str]:
    second, _, rest = key.partition(".")
    return int(second) if second.isdigit() else 0, rest


def _read(box: mailbox.Maildir, key: str) -> KeptMail:
    message: EmailMessage = BytesParser(policy=policy.default).parsebytes(box.get_bytes(key))
    body = message.get_body(("plain",))
    at: datetime | None
    try:
        at = parsedate_to_datetime(str(message["Date"]))
        at = at if at.tzinfo else at.replace(tzinfo=UTC)  # "-0000" says UTC without saying where
    except ValueError:
        at = None
    return KeptMail(key, str(message["To"]), str(message["Subject"]), at, str(body.get_content()) if body else "")
