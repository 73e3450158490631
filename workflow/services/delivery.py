"""Delivery of the outbox by mail: claim by lease, send over one connection, mark each mail once the peer has it.

A process killed at any moment loses nothing: the lease ends and another one takes the row. Between the peer's
"accepted" and the mark lies the only moment in which a mail can be repeated, then with the same Message-ID.
"""

import logging
import smtplib
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import F, Q

from workflow.due import QUIET_HOURS, SHANGHAI, quiet_until
from workflow.mail import compose, one_line
from workflow.models import Channel, Notice

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
CLOSING = 421  # RFC 5321: service not available, closing transmission channel
BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720, 1440, 1440))


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """``outage``: why the whole server could not be used; ``released`` mails then wait on, no attempt counted."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    released: int = 0
    outage: str = ""

    @property
    def handled(self) -> int:
        return self.sent + self.retried + self.failed


class ServerUnusable(Exception):
    """It is the server, not the mail: nothing is held against the mails."""


def deliver_notices(*, now: datetime, batch: int = 200, lease: timedelta = LEASE) -> DeliveryResult:
    """Send up to ``batch`` mails that may leave at ``now``. In the quiet hours only the urgent ones (the overdue fact).

    A refusal for good (5xx) marks the mail failed, with the reason; a temporary one (4xx), a hang or a dropped
    connection tries it again after 1 min, 5 min, 15 min, 1 h, 3 h, …; after the last one it is failed too. Failures
    stand on /mail/. Every mark is its own commit, so this must not run inside a transaction.
    """
    claimed_until = now + lease
    notices = _claim(now, batch, claimed_until)
    if not notices:
        return DeliveryResult()
    return _Delivery(now, claimed_until, lease).run(notices)


def _claim(now: datetime, batch: int, claimed_until: datetime) -> list[Notice]:
    """Take the longest waiting mails that nobody is sending, for the length of the lease."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    waiting = Notice.objects.filter(free, channel=Channel.MAIL, state=Notice.State.WAITING, not_before__lte=now)
    if now.astimezone(SHANGHAI).time() in QUIET_HOURS:
        waiting = waiting.filter(urgent=True)
    if not waiting.exists():
        return []
    with transaction.atomic(durable=True):
        skip = connection.features.has_select_for_update_skip_locked
        chosen = waiting.order_by("not_before").select_for_update(skip_locked=skip)
        pks = list(chosen.values_list("pk", flat=True)[:batch])
        Notice.objects.filter(pk__in=pks).update(claimed_until=claimed_until)
    return list(Notice.objects.filter(pk__in=pks).select_related("recipient").order_by("not_before", "pk"))


class _Delivery:
    """One run: the connection, the time that is left of the lease, what has come of each mail."""

    def __init__(self, now: datetime, claimed_until: datetime, lease: timedelta) -> None:
        self.now = now
        self.claimed_until = claimed_until
        self.started = time.monotonic()
        self.lease_seconds = lease.total_seconds()
        self.result = DeliveryResult()
        self.mailer: BaseEmailBackend = get_connection()
        self.is_open = False
        self.taken = 0  # mails the peer took on this connection
        self.drops = 0  # connections lost in a row

    def run(self, notices: list[Notice]) -> DeliveryResult:
        left = list(notices)
        try:
            while left and self._time_left():
                self._open()
                if self._send(left[0]):
                    del left[0]
        except ServerUnusable as problem:
            logger.warning("mail server unusable, %d mails wait: %s", len(left), problem)
            self._count(outage=one_line(str(problem))[:180])
        finally:
            self._close()
            self._release(left)
        return self.result

    # --- the connection

    def _time_left(self) -> bool:
        """Stop while the lease still protects the mail in hand: its answers may take several time-outs."""
        timeout = getattr(self.mailer, "timeout", None) or 0
        return time.monotonic() - self.started + 3 * timeout < self.lease_seconds

    def _open(self) -> None:
        if self.is_open:
            return
        try:
            self.mailer.open()
        except (OSError, smtplib.SMTPException) as problem:
            raise ServerUnusable(f"邮件服务器无法连接:{_reason(problem)}") from problem
        self.is_open = True
        self.taken = 0

    def _close(self) -> None:
        self.is_open = False
        try:
            self.mailer.close()
        except (OSError, smtplib.SMTPException):
            logger.info("mail connection did not close cleanly")

    # --- one mail

    def _send(self, notice: Notice) -> bool:
        """False: nothing was tried, the same mail again on a new connection."""
        if not notice.recipient.is_active or not notice.recipient.email:
            self._fail(notice, "收件人已停用或没有邮箱")
            return True
        try:
            validate_email(notice.recipient.email)
        except ValidationError:
            self._fail(notice, f"邮件地址无效:{notice.recipient.email}")
            return True
        try:
            self.mailer.send_messages([compose(notice)])
        except smtplib.SMTPSenderRefused as problem:
            if problem.smtp_code == CLOSING and self.taken:  # so many mails a connection, some servers say
                self._close()
                return False
            raise ServerUnusable(f"邮件服务器拒绝发件人:{_reason(problem)}") from problem
        except (smtplib.SMTPNotSupportedError, ValueError) as problem:  # an address that no mail can carry
            self._close()
            self._fail(notice, f"邮件地址无效:{problem}")
        except smtplib.SMTPRecipientsRefused as problem:
            code, text = next(iter(problem.recipients.values()))
            self._refused(notice, code, _answer(code, text))
        except smtplib.SMTPResponseException as problem:
            self._refused(notice, problem.smtp_code, _reason(problem))
        except (OSError, smtplib.SMTPException) as problem:
            self._dropped(notice, problem)
        except Exception as problem:  # a fault of ours in one mail must not hold up all that wait behind it
            logger.exception("notice %s could not be sent", notice.pk)
            self._close()
            self._retry(notice, f"程序错误:{type(problem).__name__}")
        else:
            self.drops = 0
            self.taken += 1
            self._mark(notice, state=Notice.State.SENT, sent_at=self._at(), error="")
            self._count(sent=self.result.sent + 1)
        return True

    def _refused(self, notice: Notice, code: int, reason: str) -> None:
        self.drops = 0
        if code == CLOSING:  # smtplib has closed its end
            self._close()
        if code >= 500:
            self._fail(notice, reason)
        else:
            self._retry(notice, reason)

    def _dropped(self, notice: Notice, problem: Exception) -> None:
        """The connection broke or hung over this mail: whether the peer has it is unknown, so it is tried again.

        A second mail in a row that meets this means that the server is at fault, not the mail.
        """
        self._close()
        self.drops += 1
        if self.drops > 1:
            raise ServerUnusable(f"邮件服务器连接中断:{_reason(problem)}") from problem
        self._retry(notice, f"连接中断:{_reason(problem)}")

    # --- what came of it, each in its own commit

    def _retry(self, notice: Notice, reason: str) -> None:
        if notice.attempts >= len(BACKOFF):
            self._fail(notice, f"{reason}(已重试 {notice.attempts} 次)")
            return
        again_at = self._at() + BACKOFF[notice.attempts]
        self._mark(notice, not_before=again_at if notice.urgent else quiet_until(again_at), error=reason)
        self._count(retried=self.result.retried + 1)

    def _fail(self, notice: Notice, reason: str) -> None:
        self._mark(notice, state=Notice.State.FAILED, error=reason)
        self._count(failed=self.result.failed + 1)

    def _mark(self, notice: Notice, *, error: str, **fields: object) -> None:
        """Only while the lease is still ours; the error is one line that people can read on /mail/."""
        mine = Notice.objects.filter(pk=notice.pk, state=Notice.State.WAITING, claimed_until=self.claimed_until)
        with transaction.atomic(durable=True):
            mine.update(attempts=F("attempts") + 1, claimed_until=None, error=one_line(error)[:500], **fields)

    def _release(self, notices: list[Notice]) -> None:
        if notices:
            pks = [notice.pk for notice in notices]
            with transaction.atomic(durable=True):
                Notice.objects.filter(pk__in=pks, claimed_until=self.claimed_until).update(claimed_until=None)
            self._count(released=len(notices))

    def _count(self, **fields: int | str) -> None:
        self.result = replace(self.result, **fields)  # type: ignore[arg-type]

    def _at(self) -> datetime:
        return self.now + timedelta(seconds=time.monotonic() - self.started)


def _reason(problem: Exception) -> str:
    if isinstance(problem, smtplib.SMTPResponseException):
        return _answer(problem.smtp_code, problem.smtp_error)
    return str(problem) or type(problem).__name__


def _answer(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
