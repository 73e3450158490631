"""How the work of a plan's year is spread: a small chart by weeks, and by visitors (rules, section 1, "Drafting")."""

from collections import Counter
from datetime import date

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from revisits.selectors.grid import Board

from .grid import NOBODY

_WEEK, _HEIGHT, _FOOT = 6, 64, 14
PEOPLE_SHOWN = 8


def load_of(board: Board) -> SafeString:
    """Visits a week as bars, under it a strip for each of the busiest visitors. "" for a plan without lines."""
    year = board.plan.year
    by_week: Counter[int] = Counter()
    by_person: dict[str, Counter[int]] = {}
    for line in board.lines():
        week = week_of(line.scheduled_on, year)
        by_week[week] += 1
        by_person.setdefault(line.who or NOBODY, Counter())[week] += 1
    if not by_week:
        return SafeString("")
    weeks = week_of(date(year, 12, 31), year) + 1
    people = sorted(by_person.items(), key=lambda each: (-each[1].total(), each[0]))
    rows = "".join(_person(name, counts, weeks) for name, counts in people[:PEOPLE_SHOWN])
    rest = len(people) - PEOPLE_SHOWN
    more = f'<p class="muted">另有 {rest} 人</p>' if rest > 0 else ""
    return SafeString(f'<div class="load">{_bars(by_week, weeks, year)}<ul class="load-people">{rows}</ul>{more}</div>')


def week_of(day: date, year: int) -> int:
    """Weeks from Monday to Sunday, the one with 1 January first (0). Days of other years count with the nearest."""
    first = date(year, 1, 1)
    inside = min(max(day, first), date(year, 12, 31))
    return ((inside - first).days + first.weekday()) // 7


def _bars(counts: Counter[int], weeks: int, year: int) -> str:
    most = max(counts.values())
    bars = "".join(
        f'<rect x="{week * _WEEK}" y="{_HEIGHT - _tall(counts[week], most)}" width="{_WEEK - 1}" '
        f'height="{_tall(counts[week], most)}"><title>{_week_words(week, year)}:{counts[week]} 次</title></rect>'
        for week in range(weeks)
        if counts[week]
    )
    months = "".join(
        f'<text x="{week_of(date(year, month, 1), year) * _WEEK}" y="{_HEIGHT + 11}">{month}月</text>'
        for month in (1, 4, 7, 10)
    )
    said = f"每周回访次数:最多一周 {most} 次,共 {counts.total()} 次"
    return (
        f'<p class="muted">每周回访次数,最多一周 {most} 次</p><svg class="load-weeks" role="img" aria-label="{said}" '
        f'viewBox="0 0 {weeks * _WEEK} {_HEIGHT + _FOOT}"><line x1="0" x2="{weeks * _WEEK}" y1="{_HEIGHT}" '
        f'y2="{_HEIGHT}"/>{bars}{months}</svg>'
    )


def _tall(count: int, most: int) -> int:
    return max(2, round(count / most * (_HEIGHT - 2))) if count else 0


def _person(name: str, counts: Counter[int], weeks: int) -> str:
    most = max(counts.values())
    cells = "".join(
        f'<rect class="l{min(4, -(-count * 4 // most))}" x="{week * _WEEK}" width="{_WEEK - 1}" height="10"/>'
        for week, count in sorted(counts.items())
    )
    shown: str = format_html('<span class="gap">{}</span>', name) if name == NOBODY else str(escape(name))
    return (
        f"<li><span>{shown}<small>{counts.total()} 次,最多一周 {most} 次</small></span>"
        f'<svg aria-hidden="true" viewBox="0 0 {weeks * _WEEK} 10">{cells}</svg></li>'
    )


def _week_words(week: int, year: int) -> str:
    first = date(year, 1, 1).toordinal() - date(year, 1, 1).weekday() + week * 7
    start, end = date.fromordinal(first), date.fromordinal(first + 6)
    return f"{start.month}月{start.day}日至{end.month}月{end.day}日"
