"""Status badges and due chips."""

from datetime import datetime
from functools import lru_cache
from typing import Any

from django.template import TemplateSyntaxError
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from .values import limit_moment, moment

TONES = frozenset({"neutral", "todo", "progress", "ok", "warn", "bad", "void"})


def status_badge(subject: Any, tone: str = "") -> SafeString:
    """A badge for a record with ``status`` (its ``status_tone`` colours it), or for a text with a tone."""
    if isinstance(subject, str):
        return _badge(subject, tone or "neutral")
    return _badge(str(subject.get_status_display()), tone or str(getattr(subject, "status_tone", "neutral")))


@lru_cache(maxsize=1024)
def _badge(label: str, tone: str) -> SafeString:
    if tone not in TONES:
        raise TemplateSyntaxError(f"no tone {tone!r}: one of {sorted(TONES)}")
    return format_html('<span class="badge-status tone-{}">{}</span>', tone, label)


def due_chip(clock: Any, explanation: str = "") -> SafeString:
    """The due moment of a clock and what remains; the title explains it.

    ``clock`` has ``due_at`` and perhaps ``stopped_at``, ``received_at``, ``rule`` (only read when already fetched) and
    ``explanation``. Late if and only if stopped, or now, at or after ``due_at``.
    """
    # From the instance's dictionary: reading a column that the list left out would cost a query a row.
    held = getattr(clock, "__dict__", {})
    due: datetime | None = held.get("due_at")
    if due is None:
        return SafeString('<span class="due due-none">无时限</span>')
    stopped: datetime | None = held.get("stopped_at")
    now = timezone.now()
    state, words = due_state(due, stopped, now)
    title = explanation or str(held.get("explanation", "")) or _due_title(held)
    live = "" if stopped else f' data-due="{int(due.timestamp())}"'
    shown = limit_moment(due)
    if shown[:4] == str(timezone.localtime(now).year):
        shown = shown[5:]
    return SafeString(
        f'<span class="due due-{state}"{live} title="{escape(title)}"><time datetime="{due.isoformat()}">{shown}</time>'
        f'<span class="due-left" data-due-left>{words}</span></span>'
    )


def due_state(due: datetime, stopped: datetime | None, now: datetime) -> tuple[str, str]:
    """The colour class of a clock and its remaining time in words. Mirrored by ``static/js/due.js``."""
    if stopped is not None:
        return ("missed", "逾期办结") if stopped >= due else ("done", "按时办结")
    left = (due - now).total_seconds()
    if left <= 0:
        return "late", f"已逾期 {span(-left)}"
    state = "urgent" if left <= 4 * 3600 else "soon" if left <= 24 * 3600 else "open"
    return state, f"剩 {span(left)}"


def span(seconds: float) -> str:
    """A duration in its two largest units: 3天2小时, 5小时20分, 8分钟, 不足1分钟."""
    minutes = int(seconds // 60)
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days}天{hours}小时" if hours and days < 10 else f"{days}天"
    if hours:
        return f"{hours}小时{rest}分" if rest else f"{hours}小时"
    return f"{rest}分钟" if rest else "不足1分钟"


def _due_title(held: dict[str, Any]) -> str:
    parts = []
    if received := held.get("received_at"):
        parts.append(f"接收 {moment(received)}")
    state = held.get("_state")
    rule = state.fields_cache.get("rule") if state is not None else held.get("rule")
    if rule is not None:
        parts.append(f"时限 {rule.limit}")
    parts.append(f"截止 {limit_moment(held['due_at'])}")
    if stopped := held.get("stopped_at"):
        parts.append(f"办结 {moment(stopped)}")
    return " · ".join(parts)
