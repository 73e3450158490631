"""Login as this app guards it: the lockout, the log of logins, the forced change of an initial password."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from .models import SecurityEvent, User
from .services import login as logins


class GuardedAdapter(DefaultAccountAdapter):
    """Every password check of the portal (login, re-authentication) passes here."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Count, look, then forgive on success: see ``reserve_attempt``."""
        username = str(credentials.get("username", ""))
        now, address = timezone.now(), self.get_client_ip(request)
        try:
            left = logins.reserve_attempt(username=username, address=address, now=now)
        except logins.AccountLocked as locked:
            raise ValidationError(str(locked), code="locked") from None
        user: User | None = super().authenticate(request, **credentials)
        if user is not None:
            logins.clear_attempts(username=username)
            return user
        logins.record_failure(username=username, address=address, left=left, now=now)
        if left <= 0:
            raise ValidationError(str(logins.AccountLocked(now + logins.LOCK_FOR, now)), code="locked")
        raise ValidationError(f"账号或密码不正确,还可尝试 {left} 次,之后账号将锁定 15 分钟。", code="mismatch")

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        self._log(request, SecurityEvent.Kind.LOGIN, user)
        return response

    def logout(self, request: HttpRequest) -> None:
        if request.user.is_authenticated:
            self._log(request, SecurityEvent.Kind.LOGOUT, request.user)
        super().logout(request)

    def clean_password(self, password: str, user: User | None = None) -> str:
        cleaned: str = super().clean_password(password, user)
        if user is not None and user.pk and user.check_password(password):
            raise ValidationError("新密码不能与原密码相同。")
        return cleaned

    def set_password(self, user: User, password: str) -> None:
        """The person's own change: an initial password is done with."""
        user.must_change_password = False
        super().set_password(user, password)
        logins.record_event(
            kind=SecurityEvent.Kind.PASSWORD_CHANGED, username=user.username, actor=user, now=timezone.now()
        )

    def _log(self, request: HttpRequest, kind: SecurityEvent.Kind, user: User) -> None:
        address = self.get_client_ip(request)
        logins.record_event(kind=kind, username=user.username, actor=user, address=address, now=timezone.now())
