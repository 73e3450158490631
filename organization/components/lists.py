"""Pager and sortable headings of a list."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page
from django.template import Context
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from .assets import icon


def _query(context: Context, **changes: str | int | None) -> str:
    """The current query string with some values changed; None removes one."""
    request = context.get("request")
    pairs = [(key, value) for key, values in request.GET.lists() for value in values] if request is not None else []
    kept = [(key, value) for key, value in pairs if key not in changes]
    kept += [(key, str(value)) for key, value in changes.items() if value is not None]
    return "?" + urlencode(kept)


def pagination(context: Context, page: Page[Any], param: str = "page") -> SafeString:
    """Page links around the current page, with the count of rows."""
    paginator = page.paginator
    last = paginator.num_pages
    first_row, last_row = page.start_index(), page.end_index()
    more = "+" if getattr(paginator, "more", False) else ""  # counted no further than this
    summary = f"共 {paginator.count:,}{more} 条" + (f",第 {first_row:,}–{last_row:,} 条" if paginator.count else "")
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
    return SafeString(
        f'<nav class="pager" aria-label="分页"><p class="pager-count">{summary}</p><ul>{"".join(items)}</ul></nav>'
    )


def sort_th(
    context: Context, label: str, key: str, css: str = "", param: str = "sort", default: str = ""
) -> SafeString:
    """A heading that sorts by ``key``; a second click turns the order round. ``default`` is the list's own order."""
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
        icon(mark) if mark else "",
    )
