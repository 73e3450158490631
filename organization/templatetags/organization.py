"""Tags of this app's own pages: the tabs between them, and the state of an appointment."""

from datetime import date

from django import template
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ..models import Appointment
from ..rules import grants_of
from ..selectors.appointments import STATES, state_of
from .ui import status_badge

register = template.Library()

_DIRECTORY = "organization.view_directory"
TABS: tuple[tuple[str, str, str], ...] = (
    ("unit", "单位", _DIRECTORY),
    ("person", "人员", _DIRECTORY),
    ("appointment", "任职", _DIRECTORY),
    ("substitute", "代理", _DIRECTORY),
    ("my", "我的任职与代理", ""),
    ("matrix", "权责指引表", _DIRECTORY),
    ("post", "岗位", _DIRECTORY),
    ("edition", "标准版本", _DIRECTORY),
    ("lock", "锁定账号", "organization.unlock"),
    ("audit", "审计记录", "organization.audit"),
)
_CURRENT = ' aria-current="page"'
_PAGES = {"my": "my_appointments", "matrix": "matrix_sheet", "audit": "audit_log"}
_TONES = {"running": "ok", "coming": "progress", "past": "neutral", "revoked": "void", "suspended": "warn"}
_LABELS = dict(STATES) | {"suspended": "账号停用"}


@register.simple_tag(takes_context=True)
def organization_tabs(context: Context, current: str) -> SafeString:
    """The pages of this app that the user may open; menus only, every view asks its own rule."""
    held = grants_of(context["user"])
    shown = [(key, label) for key, label, action in TABS if not action or action in held]
    items = format_html_join(
        "",
        '<li><a href="{}"{}>{}</a></li>',
        (
            (
                reverse(f"organization:{_PAGES.get(key, f'{key}_list')}"),
                SafeString(_CURRENT) if key == current else "",
                label,
            )
            for key, label in shown
        ),
    )
    return format_html('<nav aria-label="组织"><ul class="filter-tabs">{}</ul></nav>', items)


@register.simple_tag
def appointment_state(appointment: Appointment, today: date) -> SafeString:
    """在任, 未开始, 已结束, 已撤销, 账号停用."""
    state = state_of(appointment, today)
    return status_badge(_LABELS[state], _TONES[state])


@register.filter
def still_open(appointment: Appointment, today: date) -> bool:
    """May it still be ended or revoked?"""
    return state_of(appointment, today) in ("running", "coming", "suspended")


@register.simple_tag
def component_css(name: str) -> SafeString:
    """The style sheet of a component that only some pages need."""
    return format_html('<link rel="stylesheet" href="{}">', static(f"css/{name}.css"))
