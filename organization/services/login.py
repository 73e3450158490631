"""Failed logins: five within fifteen minutes lock the account name for fifteen minutes; an administrator may unlock."""

import unicodedata
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from ..errors import Conflict
from ..models import LoginGuard, SecurityEvent, User
from ..permissions import UNLOCK

FAILURES_ALLOWED = 5
WINDOW = timedelta(minutes=15)
LOCK_FOR = timedelta(minutes=15)


class AccountLocked(Exception):
    """The name is locked; the message says until when, in local time."""

    def __init__(self, until: datetime, now: datetime) -> None:
        minutes = max(1, -(-int((until - now).total_seconds()) // 60))
        at = timezone.localtime(until).strftime("%H:%M")
        super().__init__(
            f"连续 {FAILURES_ALLOWED} 次登录失败,该账号已锁定,请在 {minutes} 分钟后({at})再试,"
            "或联系安全管理员解除锁定。"
        )
        self.until = until


def account_key(username: str) -> str:
    """One counter for all ways to type a name: width, case and surrounding spaces do not matter."""
    return unicodedata.normalize("NFKC", username).replace("\x00", "").strip().casefold()[:150]


@transaction.atomic
def reserve_attempt(*, username: str, address: str | None, now: datetime) -> int:
    """Count an attempt *before* the password is looked at; returns how many are left after it.

    Counting first is what keeps a hundred parallel guesses from being looked at before one of them is counted.
    A success clears the count (``clear_attempts``). Raises ``AccountLocked``.
    """
    key = account_key(username)
    LoginGuard.objects.get_or_create(account=key, defaults={"last_failed_at": now})
    guard = LoginGuard.objects.select_for_update().get(account=key)
    if guard.locked_until is not None and guard.locked_until > now:
        raise AccountLocked(guard.locked_until, now)
    since = now - WINDOW
    # A served lock begins a new count.
    earlier = [] if guard.locked_until is not None else guard.failed_at
    recent = [text for text in earlier if datetime.fromisoformat(text) > since]
    guard.failed_at = [*recent, now.isoformat()]
    guard.locked_until = now + LOCK_FOR if len(guard.failed_at) >= FAILURES_ALLOWED else None
    guard.last_failed_at, guard.address = now, address
    guard.save()
    return FAILURES_ALLOWED - len(guard.failed_at)


def clear_attempts(*, username: str) -> None:
    LoginGuard.objects.filter(account=account_key(username)).delete()


@transaction.atomic
def record_failure(*, username: str, address: str | None, left: int, now: datetime) -> None:
    """The log entry of a failed attempt; a second one when it locked the name."""
    kinds = [SecurityEvent.Kind.LOGIN_FAILED] + ([SecurityEvent.Kind.LOCKED] if left <= 0 else [])
    for kind in kinds:
        record_event(kind=kind, username=account_key(username), address=address, now=now)


def record_event(
    *,
    kind: SecurityEvent.Kind,
    username: str,
    now: datetime,
    address: str | None = None,
    actor: User | None = None,
    detail: str = "",
) -> None:
    SecurityEvent.objects.create(
        at=now, kind=kind, account=username[:150], address=address, actor=actor, detail=detail[:200]
    )


@transaction.atomic
def unlock_account(*, account: str, actor: User, now: datetime) -> None:
    """The security administrator ends a lock early; the count begins anew."""
    UNLOCK.require_somewhere(actor)
    guard = LoginGuard.objects.select_for_update().filter(account=account).first()
    if guard is None or guard.locked_until is None or guard.locked_until <= now:
        raise Conflict(f"账号“{account}”没有锁定,无需解除。")
    guard.delete()
    record_event(kind=SecurityEvent.Kind.UNLOCKED, username=account, actor=actor, now=now)


def purge_counters(*, now: datetime) -> int:
    """Counters that no longer matter, so that guessed names do not pile up."""
    return LoginGuard.objects.filter(last_failed_at__lt=now - timedelta(days=1)).delete()[0]
