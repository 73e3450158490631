"""Answers for load balancers and people on duty: is the process alive, and is everything behind it there?"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from celery import current_app
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from workflow.models import Heartbeat

logger = logging.getLogger(__name__)

PROBES = frozenset({"/healthz", "/readyz"})


class ProbeHostMiddleware:
    """Probes address a process by its number, not by the portal's name: their Host header is not judged."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in PROBES and settings.ALLOWED_HOSTS:
            request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0].lstrip(".").replace("*", "localhost")
        return self.get_response(request)


@require_safe
@never_cache
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
@login_not_required
def readyz(request: HttpRequest) -> JsonResponse:
    """503 names what is missing: the database, the broker, or a scheduler silent for three minutes."""
    problems = {
        name: problem
        for name, problem in (
            ("database", database_problem()),
            ("broker", broker_problem()),
            ("beat", beat_problem(timezone.now())),
        )
        if problem
    }
    body = {"status": "unavailable" if problems else "ok", "missing": sorted(problems), "detail": problems}
    return JsonResponse(body, status=503 if problems else 200, json_dumps_params={"ensure_ascii": False})


def database_problem() -> str | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        logger.exception("readyz: database")
        return "数据库无法访问"
    return None


def broker_problem() -> str | None:
    try:
        with current_app.connection_for_write(connect_timeout=2) as link:
            link.ensure_connection(max_retries=0, timeout=2)
    except Exception:  # every transport raises its own
        logger.exception("readyz: broker")
        return "消息队列无法访问"
    if settings.CELERY_BROKER_URL.startswith("filesystem:") and not settings.BROKER_DIR.is_dir():
        return "消息队列目录不存在"
    return None


def beat_problem(now: datetime) -> str | None:
    """The heartbeat is a row written by a task: a fresh one proves beat, broker and worker together."""
    try:
        beat = Heartbeat.objects.order_by("-beat_at").values_list("beat_at", flat=True).first()
    except DatabaseError:
        return "心跳无法读取"
    if beat is None:
        return "调度器尚未报到"
    if now - beat > timedelta(seconds=settings.HEARTBEAT_MAX_AGE_SECONDS):
        return f"调度器自 {timezone.localtime(beat):%Y-%m-%d %H:%M:%S} 起没有心跳"
    return None
