"""The columns of the list of warranty cases."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.html import escape

from ledgers.models import WarrantyCase
from ledgers.models.case import GRADES, SATISFIED_FROM
from ledgers.selectors.duties import Chip
from ledgers.selectors.masking import mask_phones
from organization.components.columns import Columns, ListColumn
from organization.components.values import masked, moment
from organization.templatetags.ui import due_chip, status_badge

EXCERPT = 48
GRADE = dict(GRADES)


@dataclass(slots=True)
class Row:
    """A case of the page with its running clock and its unit."""

    case: WarrantyCase
    chip: Chip | None
    unit: str


Column = ListColumn[Row]
Cell = Callable[[Row], str]


@lru_cache(maxsize=8)
def _pattern(prefix: str) -> str:
    """The addresses of a list's records differ in their number only: reversing once below a prefix is enough."""
    return reverse("ledgers:case_detail", args=[987654321]).replace("987654321", "{}")


def _two(first: str, second: str) -> str:
    return f"<div>{escape(first)}<br><small>{escape(second)}</small></div>" if second else escape(first)


def _place(row: Row) -> str:
    link = _pattern(get_script_prefix()).format(row.case.pk)
    return f'<div><a href="{link}">{escape(row.case.place)}</a><br><small>{escape(row.case.number)}</small></div>'


def _problem(row: Row) -> str:
    told = mask_phones(" ".join(row.case.problem.split()))
    told = told if len(told) <= EXCERPT else f"{told[: EXCERPT - 1]}…"
    urgent = f"{status_badge('紧急', 'bad')} " if row.case.urgent else ""
    return f'<div>{urgent}<span class="tag">{escape(row.case.trade)}</span> {escape(told)}</div>'


def _project(row: Row) -> str:
    project = row.case.project
    return _two(project.name, row.unit or project.department.name)


def _status(row: Row) -> str:
    badge = status_badge(row.case)
    count = row.case.rework_count
    return f"<div>{badge}<br><small>返修 {count} 次</small></div>" if count else badge


def _due(row: Row) -> str:
    return due_chip(row.chip) if row.chip else ""


def _reported(row: Row) -> str:
    at = timezone.localtime(row.case.reported_at)
    return f"<div>{at:%Y-%m-%d}<br><small>{at:%H:%M} · {escape(row.case.get_source_display())}</small></div>"


def _covered(row: Row) -> str:
    return {True: "是", False: status_badge("否", "warn"), None: "待核定"}[row.case.in_warranty]


def _grade(row: Row) -> str:
    grade = row.case.satisfaction
    return status_badge(GRADE[grade], "ok" if grade >= SATISFIED_FROM else "bad") if grade else ""


def _moment(name: str) -> Cell:
    return lambda row: moment(getattr(row.case, name))


def _text(name: str) -> Cell:
    return lambda row: escape(getattr(row.case, name))


CASE_COLUMNS = Columns(
    "case_columns",
    (
        Column("place", "部位 · 编号", _place, "number", "cell-main", fixed=True),
        Column("problem", "问题", _problem, css="cell-text"),
        Column("project", "工程", _project, "project", "cell-unit"),
        Column("reported", "报修", _reported, "reported"),
        Column("status", "状态", _status, "status"),
        Column("due", "办理时限", _due),
        Column("covered", "保修内", _covered),
        Column("subcontractor", "责任分包", lambda row: _two(row.case.subcontractor, row.case.responsible)),
        Column("grade", "满意度", _grade, "satisfaction"),
        Column("urgency", "紧急程度", lambda row: escape(row.case.get_urgency_display()), "urgency", shown=False),
        Column("reporter", "报修人", lambda row: _two(row.case.reporter, masked(row.case.phone)), shown=False),
        Column("channel", "接收方式", lambda row: escape(row.case.get_channel_display()), shown=False),
        Column("part", "保修部位", lambda row: escape(row.case.get_part_display()), css="cell-text", shown=False),
        Column("dispatched", "派单时间", _moment("dispatched_at"), shown=False),
        Column("arrive_by", "要求到场", _moment("arrive_by"), shown=False),
        Column("arrived", "实际到场", _moment("arrived_at"), shown=False),
        Column("repair_by", "要求完成", lambda row: str(row.case.repair_by or ""), "repair_by", shown=False),
        Column("finished", "维修完成", _moment("finished_at"), shown=False),
        Column("closed", "办结时间", _moment("closed_at"), "closed", shown=False),
        Column("measures", "维修措施", _text("measures"), css="cell-text", shown=False),
    ),
)
