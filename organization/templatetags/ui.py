"""Tags and filters of the components. Hot ones build their text in Python: a list page renders dozens of each."""

from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.contrib.messages import constants as levels
from django.core.paginator import Page
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django_htmx.jinja import htmx_script

register = template.Library()

STYLES = ("tokens", "shell", "buttons", "table", "status", "form", "panel", "timeline", "stages", "files", "entrance")
SCRIPTS = ("nav", "menu", "notes", "due", "confirm", "rows", "draft", "columns", "upload", "idle", "page")


# --- head, icons ------------------------------------------------------------------------------------------------


@register.simple_tag
def shell_assets() -> SafeString:
    """The style sheets and scripts of every page. Built once a process: their addresses never change while it runs."""
    return _assets(settings.STATIC_URL)


@cache
def _assets(_base: str) -> SafeString:
    sheets = [static("vendor/tabler/tabler.min.css"), *(static(f"css/{name}.css") for name in STYLES)]
    modules = [static(f"js/{name}.js") for name in SCRIPTS]
    return mark_safe(
        "\n".join(
            [
                f'<link rel="icon" href="{static("img/mark.svg")}" type="image/svg+xml">',
                *(f'<link rel="stylesheet" href="{sheet}">' for sheet in sheets),
                f'<script defer src="{static("vendor/tabler/tabler.min.js")}"></script>',
                str(htmx_script()),
                *(f'<script type="module" src="{module}"></script>' for module in modules),
            ]
        )
    )


@cache
def _sprite_names() -> frozenset[str]:
    import re

    text = (settings.BASE_DIR / "static" / "vendor" / "icons.svg").read_text(encoding="utf-8")
    return frozenset(re.findall(r'<symbol id="([^"]+)"', text))


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; decorative unless ``label`` says what it means."""
    return _icon(name, label)


@lru_cache(maxsize=512)
def _icon(name: str, label: str) -> SafeString:
    if name not in _sprite_names():
        raise template.TemplateSyntaxError(f"no icon {name!r} in the sprite: add it to scripts/vendor_assets.py")
    role = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"/></svg>', role, static("vendor/icons.svg"), name)


@register.filter
def note_icon(level: int) -> str:
    """The icon of a message by its level."""
    if level >= levels.ERROR:
        return "exclamation-circle"
    if level >= levels.WARNING:
        return "alert-triangle"
    return "circle-check" if level == levels.SUCCESS else "info-circle"


# --- values -----------------------------------------------------------------------------------------------------


@register.filter
def masked(phone: str | None) -> str:
    """A phone as pages show it: 138****1234; a landline keeps its area code and last two digits."""
    text = (phone or "").strip()
    digits = sum(character.isdigit() for character in text)
    if digits < 5:
        return "****" if text else ""
    if digits == 11 and text.isdigit() and text.startswith("1"):
        return f"{text[:3]}****{text[-4:]}"
    head, dash, rest = text.partition("-")
    if dash and rest:
        return f"{head}-****{rest[-2:]}"
    return f"{text[:2]}****{text[-2:]}"


@register.filter
def moment(value: datetime | None) -> str:
    """YYYY-MM-DD HH:MM in Beijing time; nothing for no moment."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M") if value else ""


@register.filter
def day(value: date | datetime | None) -> str:
    """YYYY-MM-DD; a moment is first put into Beijing time."""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return value.strftime("%Y-%m-%d") if value else ""


@register.filter
def limit_moment(value: datetime | None) -> str:
    """A due moment as the standard counts it: the first late moment 00:00 reads as 24:00 of the day before."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    if local.hour == local.minute == 0:
        return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"
    return local.strftime("%Y-%m-%d %H:%M")


@register.filter
def file_size(value: int | None) -> str:
    """Bytes in KB or MB, one decimal."""
    size = float(value or 0)
    if size < 1024:
        return f"{int(size)} B"
    return f"{size / 1024:.1f} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB"


# --- status and due chips ---------------------------------------------------------------------------------------

TONES = frozenset({"neutral", "todo", "progress", "ok", "warn", "bad", "void"})


@register.simple_tag
def status_badge(subject: Any, tone: str = "") -> SafeString:
    """A badge for a record with ``status`` (its ``status_tone`` colours it), or for a text with a tone."""
    if isinstance(subject, str):
        return _badge(subject, tone or "neutral")
    return _badge(str(subject.get_status_display()), tone or str(getattr(subject, "status_tone", "neutral")))


@lru_cache(maxsize=1024)
def _badge(label: str, tone: str) -> SafeString:
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"no tone {tone!r}: one of {sorted(TONES)}")
    return format_html('<span class="badge-status tone-{}">{}</span>', tone, label)


@register.simple_tag
def due_chip(clock: Any, explanation: str = "") -> SafeString:
    """The due moment of a clock and what remains; the title explains it.

    ``clock`` has ``due_at`` and perhaps ``stopped_at``, ``received_at``, ``rule`` (only read when already fetched) and
    ``explanation``. Late if and only if stopped, or now, at or after ``due_at``.
    """
    # From the instance's dictionary: reading a column that the list left out would cost a query a row.
    held = getattr(clock, "__dict__", {})
    due: datetime | None = held.get("due_at")
    if due is None:
        return mark_safe('<span class="due due-none">无时限</span>')
    stopped: datetime | None = held.get("stopped_at")
    now = timezone.now()
    state, words = due_state(due, stopped, now)
    title = explanation or str(held.get("explanation", "")) or _due_title(held)
    live = "" if stopped else f' data-due="{int(due.timestamp())}"'
    shown = limit_moment(due)
    if shown[:4] == str(timezone.localtime(now).year):
        shown = shown[5:]
    return mark_safe(
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


# --- lists ------------------------------------------------------------------------------------------------------


def _query(context: Context, **changes: str | int | None) -> str:
    """The current query string with some values changed; None removes one."""
    request = context.get("request")
    pairs = [(key, value) for key, values in request.GET.lists() for value in values] if request is not None else []
    kept = [(key, value) for key, value in pairs if key not in changes]
    kept += [(key, str(value)) for key, value in changes.items() if value is not None]
    return "?" + urlencode(kept)


@register.simple_tag(takes_context=True)
def pagination(context: Context, page: Page[Any], param: str = "page") -> SafeString:
    """Page links around the current page, with the count of rows."""
    paginator = page.paginator
    last = paginator.num_pages
    first_row, last_row = page.start_index(), page.end_index()
    summary = f"共 {paginator.count:,} 条" + (f",第 {first_row:,}–{last_row:,} 条" if paginator.count else "")
    if last <= 1:
        return format_html('<div class="pager"><p class="pager-count">{}</p></div>', summary)
    # One URL with a placeholder: encoding the query once is enough for all links.
    pattern = str(escape(_query(context, **{param: "0page0"})))
    current = page.number
    shown = sorted({1, last, *range(max(1, current - 2), min(last, current + 2) + 1)})
    items: list[str] = []

    def link(number: int, label: str, extra: str = "") -> str:
        return f'<li><a class="pager-link" href="{pattern.replace("0page0", str(number))}"{extra}>{label}</a></li>'

    if page.has_previous():
        items.append(link(current - 1, "上一页", ' rel="prev"'))
    previous = 0
    for number in shown:
        if number - previous > 1:
            items.append('<li class="pager-gap" aria-hidden="true">…</li>')
        extra = ' aria-current="page"' if number == current else ""
        items.append(link(number, str(number), f'{extra} aria-label="第 {number} 页"'))
        previous = number
    if page.has_next():
        items.append(link(current + 1, "下一页", ' rel="next"'))
    return mark_safe(
        f'<nav class="pager" aria-label="分页"><p class="pager-count">{summary}</p><ul>{"".join(items)}</ul></nav>'
    )


@register.simple_tag(takes_context=True)
def sort_th(
    context: Context, label: str, key: str, css: str = "", param: str = "sort", default: str = ""
) -> SafeString:
    """A column heading that sorts by ``key``; a second click turns the order round. ``default`` is the list's own order."""
    request = context.get("request")
    current = (request.GET.get(param, "") if request is not None else "") or default
    ascending, descending = current == key, current == f"-{key}"
    order = "ascending" if ascending else "descending" if descending else "none"
    target = escape(_query(context, **{param: f"-{key}" if ascending else key, "page": None}))
    mark = "sort-ascending" if ascending else "sort-descending" if descending else ""
    return format_html(
        '<th scope="col" class="{}" aria-sort="{}" data-col="{}"><a class="th-sort" href="{}">{}{}</a></th>',
        css,
        order,
        key,
        target,
        label,
        _icon(mark, "") if mark else "",
    )


# --- forms ------------------------------------------------------------------------------------------------------


@register.simple_tag
def field(bound: BoundField, label: str = "", hint: str = "", wide: bool = False) -> SafeString:
    """A form field: label, control, help, errors beside it, tied together for screen readers."""
    if bound.is_hidden:
        return SafeString(bound)
    widget, errors = bound.field.widget, bound.errors
    help_text = hint or bound.help_text
    base = bound.auto_id or bound.html_name
    describe = [f"{base}_help"] if help_text else []
    describe += [f"{base}_error"] if errors else []
    attrs: dict[str, Any] = {"class": _control_class(bound, widget)}
    if describe:
        attrs["aria-describedby"] = " ".join(describe)
    if errors:
        attrs["aria-invalid"] = "true"
    caption = conditional_escape(label or bound.label or "")
    mark: str = mark_safe('<span class="field-required" title="必填">*</span>') if bound.field.required else ""
    note = format_html('<p class="field-help" id="{}_help">{}</p>', base, help_text) if help_text else ""
    wrong = (
        format_html(
            '<p class="field-error" id="{}_error">{}</p>', base, format_html_join("<br>", "{}", ((e,) for e in errors))
        )
        if errors
        else ""
    )
    state = ("field is-wrong" if errors else "field") + (" field-wide" if wide else "")
    if isinstance(widget, CheckboxInput):
        return format_html(
            '<div class="{} field-check"><label class="check">{}<span>{}{}</span></label>{}{}</div>',
            state, bound.as_widget(attrs=attrs), caption, mark, note, wrong,
        )  # fmt: skip
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return format_html(
            '<fieldset class="{}" id="{}"{}><legend class="field-label">{}{}</legend>{}{}{}</fieldset>',
            state, base, format_html(' aria-describedby="{}"', " ".join(describe)) if describe else "",
            caption, mark, bound.as_widget(attrs={"class": "choice-list"}), note, wrong,
        )  # fmt: skip
    return format_html(
        '<div class="{}"><label class="field-label" for="{}">{}{}</label>{}{}{}</div>',
        state, bound.id_for_label, caption, mark, bound.as_widget(attrs=attrs), note, wrong,
    )  # fmt: skip


def _control_class(bound: BoundField, widget: Any) -> str:
    own = widget.attrs.get("class", "")
    if isinstance(widget, CheckboxInput):
        kind = "form-check-input"
    elif isinstance(widget, Select):
        kind = "form-select"
    else:
        kind = "form-control"
    return " ".join(part for part in (kind, own, "is-invalid" if bound.errors else "") if part)


@register.simple_tag
def control(bound: BoundField) -> SafeString:
    """Only the control, for a cell of a table of fields: its label is read out, its error stands under it."""
    if bound.is_hidden:
        return SafeString(bound)
    errors, base = bound.errors, bound.auto_id or bound.html_name
    attrs: dict[str, Any] = {"class": _control_class(bound, bound.field.widget), "aria-label": str(bound.label or "")}
    if not errors:
        return bound.as_widget(attrs=attrs)
    attrs |= {"aria-invalid": "true", "aria-describedby": f"{base}_error"}
    text = ";".join(errors)
    return format_html('{}<p class="field-error" id="{}_error">{}</p>', bound.as_widget(attrs=attrs), base, text)


@register.simple_tag
def error_summary(*forms: Any) -> SafeString:
    """What is wrong with the forms, at the top, each error linked to its field. Formsets may be given too."""
    rows: list[tuple[str, str]] = []
    for form in forms:
        for part in [form, *form.forms] if hasattr(form, "forms") else [form]:
            if part.is_bound:
                rows += _error_rows(part)
    if not rows:
        return mark_safe("")
    items = format_html_join(
        "",
        "<li>{}</li>",
        ((format_html('<a href="#{}">{}</a>', target, text) if target else text,) for target, text in rows),
    )
    return format_html(
        '<div class="error-summary" role="alert" tabindex="-1" data-error-summary><b>有 {} 处需要修改,内容尚未保存:</b><ul>{}</ul></div>',
        len(rows),
        items,
    )


def _error_rows(form: Any) -> list[tuple[str, str]]:
    if hasattr(form, "forms"):
        return [("", str(text)) for text in form.non_form_errors()]
    rows = [("", str(text)) for text in form.non_field_errors()]
    for bound in form:
        rows += [(str(bound.id_for_label or bound.auto_id), f"{bound.label}:{text}") for text in bound.errors]
    return rows


@register.simple_tag
def form_fields(form: Any) -> SafeString:
    """Every field of a form in one column, in the form's order, hidden ones first."""
    hidden = mark_safe("".join(str(bound) for bound in form.hidden_fields()))
    return hidden + mark_safe("".join(field(bound) for bound in form.visible_fields()))


# --- shell ------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def shell_nav(context: Context) -> SafeString:
    """The left navigation. Its markup depends on few values, so it is rendered once for each combination of them."""
    shell = context.get("shell")
    return mark_safe("") if shell is None else _nav(shell.nav_key, shell)


_NAVS: dict[Any, SafeString] = {}


def _nav(key: Any, shell: Any) -> SafeString:
    found = _NAVS.get(key)
    if found is None:
        if len(_NAVS) >= 2000:
            _NAVS.clear()
        found = _NAVS[key] = mark_safe(
            render_to_string("components/_nav.html", {"nav": shell.nav, "home": shell.home_url})
        )
    return found
