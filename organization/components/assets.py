"""The head of every page, and the icons."""

import re
from functools import cache, lru_cache

from django.conf import settings
from django.contrib.messages import constants as levels
from django.template import TemplateSyntaxError
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django_htmx.jinja import htmx_script

STYLES = (
    "tokens",
    "shell",
    "buttons",
    "table",
    "status",
    "form",
    "panel",
    "timeline",
    "stages",
    "files",
    "entrance",
    "ledgers",
    "plans",
)
SCRIPTS = ("nav", "menu", "notes", "due", "confirm", "rows", "draft", "columns", "upload", "idle", "page")


def shell_assets() -> SafeString:
    """The style sheets and scripts of every page. Built once a process: their addresses never change while it runs."""
    return _assets(settings.STATIC_URL)


@cache
def _assets(_base: str) -> SafeString:
    sheets = [static("vendor/tabler/tabler.min.css"), *(static(f"css/{name}.css") for name in STYLES)]
    modules = [static(f"js/{name}.js") for name in SCRIPTS]
    return format_html(
        '<link rel="icon" href="{}" type="image/svg+xml">{}<script defer src="{}"></script>{}{}',
        static("img/mark.svg"),
        format_html_join("", '<link rel="stylesheet" href="{}">', ((each,) for each in sheets)),
        static("vendor/tabler/tabler.min.js"),
        htmx_script(),
        format_html_join("", '<script type="module" src="{}"></script>', ((each,) for each in modules)),
    )


@cache
def sprite_names() -> frozenset[str]:
    text = (settings.BASE_DIR / "static" / "vendor" / "icons.svg").read_text(encoding="utf-8")
    return frozenset(re.findall(r'<symbol id="([^"]+)"', text))


@lru_cache(maxsize=512)
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; decorative unless ``label`` says what it means."""
    if name not in sprite_names():
        raise TemplateSyntaxError(f"no icon {name!r} in the sprite: add it to scripts/vendor_assets.py")
    role = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', role, static("vendor/icons.svg"), name)


def note_icon(level: int) -> str:
    """The icon of a message by its level."""
    if level >= levels.ERROR:
        return "exclamation-circle"
    if level >= levels.WARNING:
        return "alert-triangle"
    return "circle-check" if level == levels.SUCCESS else "info-circle"
