"""Idle logout, and the forced change of an initial password."""

import time
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from .models import SecurityEvent
from .services.login import record_event

ACTIVE_KEY = "active_at"
# The session is written at most this often, whatever the traffic; more often only where the limit itself is a few
# minutes, because what happens between two writes is not known and would end the session early by as much.
WRITE_EVERY_SECONDS = 60
# Requests that the page makes by itself are no sign of a person.
BACKGROUND_HEADER = "X-Background"

GetResponse = Callable[[HttpRequest], HttpResponse]


class IdleLogoutMiddleware:
    """After ``IDLE_LOGOUT_MINUTES`` without a request of the person, the next one leads to the login and back."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = int(time.time())
            active_at = request.session.get(ACTIVE_KEY)
            limit = settings.IDLE_LOGOUT_MINUTES * 60
            if active_at is not None and now - active_at >= limit:
                return self._leave(request)
            write_every = min(WRITE_EVERY_SECONDS, limit / 10)
            idle = None if active_at is None else now - active_at
            if idle is None or (idle >= write_every and BACKGROUND_HEADER not in request.headers):
                request.session[ACTIVE_KEY] = now
        return self.get_response(request)

    def _leave(self, request: HttpRequest) -> HttpResponse:
        record_event(
            kind=SecurityEvent.Kind.IDLE_LOGOUT,
            username=request.user.get_username(),
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
        logout(request)
        messages.warning(request, f"您已超过 {settings.IDLE_LOGOUT_MINUTES} 分钟未操作,请重新登录。")
        login = resolve_url(settings.LOGIN_URL)
        if request.path == login:
            return self.get_response(request)  # the page led here by itself and knows the way back
        return lead_to(request, login, back=return_address(request))


class PasswordChangeMiddleware:
    """An initial password, known to an administrator, opens nothing but the page that changes it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated or not request.user.must_change_password:
            return self.get_response(request)
        change = resolve_url("account_change_password")
        open_to_all = (change, resolve_url("account_logout"), resolve_url("account_reauthenticate"))
        if request.path in open_to_all or request.path.startswith((settings.STATIC_URL, "/healthz", "/readyz")):
            return self.get_response(request)
        messages.warning(request, "您正在使用初始密码,请先修改密码。")
        return lead_to(request, change, back=return_address(request))


def return_address(request: HttpRequest) -> str:
    """The page to come back to: of a GET its own address, of anything else the page that sent it."""
    if request.headers.get("HX-Request"):
        address = request.headers.get("HX-Current-URL", "")
    elif request.method in ("GET", "HEAD"):
        return request.get_full_path()
    else:
        address = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"


def lead_to(request: HttpRequest, page: str, *, back: str) -> HttpResponse:
    address = f"{page}?{urlencode({'next': back})}"
    if request.headers.get("HX-Request"):
        # htmx would put the login page into a corner of the old one; this header makes it leave the page.
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)
