"""``{% load ui %}``: the tags and filters of the components, which live in ``organization.components``."""

from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from organization.components import assets, fields, lists, values
from organization.components.chips import due_chip, status_badge

# Also for Python that builds cells.
__all__ = ["due_chip", "status_badge"]

register = template.Library()

register.filter(values.masked)
register.filter(values.moment)
register.filter(values.day)
register.filter(values.limit_moment)
register.filter(values.file_size)
register.filter(assets.note_icon)

register.simple_tag(assets.shell_assets)
register.simple_tag(assets.icon, name="icon")
register.simple_tag(status_badge)
register.simple_tag(due_chip)
register.simple_tag(lists.pagination, takes_context=True)
register.simple_tag(lists.sort_th, takes_context=True)
register.simple_tag(fields.field)
register.simple_tag(fields.control)
register.simple_tag(fields.error_summary)
register.simple_tag(fields.form_fields)

_NAVS: dict[Any, SafeString] = {}


@register.simple_tag(takes_context=True)
def shell_nav(context: Context) -> SafeString:
    """The left navigation. Its markup depends on few values, so it is rendered once for each combination of them."""
    shell = context.get("shell")
    if shell is None:
        return SafeString("")
    found = _NAVS.get(shell.nav_key)
    if found is None:
        if len(_NAVS) >= 2000:
            _NAVS.clear()
        found = render_to_string("components/_nav.html", {"nav": shell.nav, "home": shell.home_url})
        _NAVS[shell.nav_key] = found
    return found
