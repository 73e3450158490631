"""The markup of a plan's board. Thousands of cells: built from kept strings, not from template nodes.

Everything from the database is escaped here, once for each project, person and gap.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache, lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString

from ledgers.views.common import optional_url
from revisits.frequency import ONSITE, PHONE, Requirement
from revisits.models import Method, Visit, Waiver
from revisits.selectors.checking import ProjectGap
from revisits.selectors.grid import Board, PlannedLine, Row
from revisits.selectors.naming import gap_label, window_label

V = Visit.Status
NOBODY = "未定回访人"
MONTHS = tuple(range(1, 13))
LETTERS = {Method.PHONE.value: "电", Method.ONSITE.value: "现", Method.OTHER.value: "他"}
STATES = {
    "plan": "计划中",
    "due": "待回访",
    "late": "逾期未回访",
    "failed": "未联系上,改现场待回访",
    "ok": "已回访·无问题",
    "bad": "已回访·有问题",
    "gone": "本版删去",
}
_OF_STATUS = {V.PLANNED: "plan", V.DUE: "due", V.RETRY: "failed", V.OK: "ok", V.PROBLEM: "bad"}
_METHODS = dict(Method.choices)
_DONE = (V.OK, V.PROBLEM)
# The worst of a cell's gaps colours it.
_TONES = ("gap", "asked", "warned", "granted")


def state_of(line: PlannedLine, late: set[int]) -> str:
    """What a line's colour and mark say."""
    if line.dropped_in is not None:
        return "gone"
    return "late" if line.pk in late else _OF_STATUS[V(line.status)]


def method_of(line: PlannedLine) -> str:
    """A failed call is made up for on site (A.3 C03)."""
    return Method.ONSITE.value if line.status == V.RETRY else line.method


def board_rows(board: Board, rows: Iterable[Row], *, editing: bool) -> SafeString:
    """The body of the grid: a row a project, a cell a month."""
    draw = _Drawing(board, editing)
    return SafeString("".join(map(draw.row, rows)))


class _Drawing:
    """What one page's cells have in common."""

    def __init__(self, board: Board, editing: bool) -> None:
        plan = board.plan
        self.year, self.late, self.editing = plan.year, board.late, editing
        self.departments = len(board.departments) > 1
        self.number = plan.version if plan.version > 1 else 0  # of a first version nothing is new
        self.visit_url = optional_url("revisits:visit_detail", 0).rpartition("0")

    def row(self, row: Row) -> str:
        dots: list[list[str]] = [[] for _ in MONTHS]
        for line in row.lines:
            dots[line.scheduled_on.month - 1].append(self.dot(line))
        gaps: list[list[ProjectGap]] = [[] for _ in MONTHS]
        lacks: list[list[str]] = [[] for _ in MONTHS]
        for gap in row.gaps:
            months = months_of(gap.gap.requirement, self.year)
            for month in months:
                gaps[month - 1].append(gap)
            if months:
                lacks[months[0] - 1].append(_lack(gap, row.project.pk))
        missed: list[list[Requirement]] = [[] for _ in MONTHS]
        for each in row.missed:
            for month in months_of(each, self.year):
                missed[month - 1].append(each)
        cells = "".join(
            self.cell(dots[at], gaps[at], lacks[at], missed[at]) if dots[at] or gaps[at] or missed[at] else "<td></td>"
            for at in range(12)
        )
        return f"<tr>{_head(row, self.departments)}{cells}</tr>"

    def cell(self, dots: list[str], gaps: list[ProjectGap], lacks: list[str], missed: list[Requirement]) -> str:
        inner = "".join(dots) + "".join(lacks)
        if gaps:
            tone = min((_tone(gap) for gap in gaps), key=_TONES.index)
            words = "\n".join(gap_label(gap) for gap in gaps)
            return f'<td class="g-{tone}" title="{_escaped(words)}">{inner}</td>'
        if missed:
            words = "\n".join(f"历史缺失,不影响审批:{window_label(each)}" for each in missed)
            return f'<td class="g-missed" title="{escape(words)}">{inner}</td>'
        return f"<td>{inner}</td>"

    def dot(self, line: PlannedLine) -> str:
        state, method = state_of(line, self.late), method_of(line)
        who = _escaped(line.who) if line.who else NOBODY
        moved = "" if line.planned_on == line.scheduled_on else f"(计划 {line.planned_on})"
        new = self.number and line.added_in == self.number and state != "gone"
        if line.status in _DONE or not (self.editing or line.status == V.PLANNED):
            before, _, after = self.visit_url
            href = f"{before}{line.pk}{after}" if before else f"projects/{line.project}/"
        elif self.editing and state != "gone":
            href = f"lines/{line.pk}/"
        else:
            href = f"projects/{line.project}/"
        mark = " d-new" if new else ""
        alone = "" if line.visitor else " d-alone"
        return (
            f'<a class="{_dot_class(method, state)}{mark}{alone}" href="{href}" title="{line.scheduled_on}{moved} '
            f'{_METHODS[method]} · {who} · {STATES[state]}{",本版新增" if new else ""}">'
            f"{LETTERS[method]}<i>{line.scheduled_on.day}</i></a>"
        )


@lru_cache(maxsize=1024)
def _escaped(name: str) -> str:
    return str(escape(name))


@cache
def _dot_class(method: str, state: str) -> str:
    return f"d d-{method} s-{state}"


def _head(row: Row, departments: bool) -> str:
    project = row.project
    marks = "".join(
        f'<span class="tag">{word}</span>'
        for word, holds in (("重点", project.key), ("战略", project.strategic), ("境外", project.overseas))
        if holds
    )
    place = " · ".join(
        _escaped(text) for text in (project.code, project.city, project.department if departments else "") if text
    )
    left = "" if project.department else '<span class="gap">已不在本计划范围</span>'
    return (
        f'<th scope="row"><a href="projects/{project.pk}/" title="{escape(project.name)}">{escape(project.name)}</a>'
        f"{marks}<small>{place}{left}</small></th>"
    )


def _lack(gap: ProjectGap, project: int) -> str:
    """The mark of a gap in the first month of its window, leading to where it is closed."""
    methods = gap.gap.requirement.methods
    what = "电" if methods == {PHONE} else "现" if methods == {ONSITE} else "访"
    tone = _tone(gap)
    word = {"gap": "缺", "asked": "待豁免", "warned": "提醒", "granted": "豁免"}[tone]
    times = f"×{gap.gap.missing}" if gap.gap.missing > 1 else ""
    return f'<a class="lack" href="projects/{project}/">{word}{what}{times}</a>'


def _tone(gap: ProjectGap) -> str:
    if gap.waiver:
        return "granted" if gap.waiver == Waiver.Status.GRANTED else "asked"
    return "warned" if gap.project.overseas else "gap"


def months_of(window: Requirement, year: int) -> Sequence[int]:
    """The months of the plan's year that a window touches."""
    first, last = max(window.start, date(year, 1, 1)), min(window.end, date(year, 12, 31))
    return range(first.month, last.month + 1) if first <= last else ()
