"""The columns of the list of visits. Every cell escapes what it shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import get_script_prefix, reverse
from django.utils.html import escape

from ledgers.selectors.duties import Chip
from organization.components.assets import icon
from organization.components.columns import Columns, ListColumn
from organization.components.values import masked
from organization.templatetags.ui import due_chip, status_badge
from revisits.models import Level, Method, Visit
from revisits.models.visit import OPEN_STATES, VISIT_TONES
from revisits.selectors.visits import Contact

V = Visit.Status
STATUS = {str(value): str(label) for value, label in V.choices}
METHOD = {str(value): str(label) for value, label in Method.choices}
LEVEL = {str(value): str(label) for value, label in Level.choices}
_MARK = 987654321  # stands for a record's number in an address that is reversed once


@dataclass(slots=True)
class Row:
    """A visit of the page, as ``LIST_FIELDS`` names its values, with its clock, whom to ask, and what may be done.

    ``closing``: a warranty case of it is not over. ``csrf`` is the page's token: calling is logged by a POST.
    """

    values: Mapping[str, Any]
    chip: Chip | None
    contacts: Sequence[Contact]
    closing: bool
    may_record: bool
    csrf: str


Column = ListColumn[Row]
Cell = Callable[[Row], str]


@lru_cache(maxsize=16)
def _pattern(name: str, count: int, prefix: str) -> str:
    """The addresses of a list's records differ in their numbers only: reversing once below a prefix is enough."""
    return reverse(name, args=[_MARK + at for at in range(count)])


def address(name: str, *numbers: int) -> str:
    found = _pattern(name, len(numbers), get_script_prefix())
    for at, number in enumerate(numbers):
        found = found.replace(str(_MARK + at), str(number))
    return found


def _subject(row: Row) -> str:
    name, code = escape(row.values["project__name"]), escape(row.values["project__code"])
    link = address("revisits:visit_detail", row.values["pk"])
    city = f" · {escape(row.values['project__city'])}" if row.values["project__city"] else ""
    return f'<div><a href="{link}">{name}</a><br><small>{code}{city}</small></div>'


def _day(row: Row) -> str:
    due, planned = row.values["scheduled_on"], row.values["planned_on"]
    return f"<div>{due}<br><small>原计划 {planned}</small></div>" if due != planned else str(due)


def _method(row: Row) -> str:
    if row.values["status"] == V.RETRY:
        return "现场(改)"
    return METHOD[row.values["method"]]


def _unit(row: Row) -> str:
    return f"<div>{escape(row.values['unit__name'])}<br><small>{LEVEL[row.values['level']]}</small></div>"


def _department(row: Row) -> str:
    return escape(row.values["project__department__name"])


def call(contact: Contact, purpose: str, csrf: str) -> str:
    """A person of the owner's with the masked number, and a button that logs the purpose and shows the whole number as
    a link to call."""
    who = f"{escape(contact.label)} {escape(contact.name)}"
    if not contact.phone:
        return f'<div class="call"><span>{who}</span> <span class="gap">未填电话</span></div>'
    url = address("ledgers:contact_reveal", contact.ledger, contact.pk)
    return (
        f'<div class="call"><span class="call-who">{who}</span> <span class="call-number">'
        f'<span class="num">{escape(masked(contact.phone))}</span> '
        f'<form method="post" action="{url}" hx-post="{url}" hx-target="closest .call-number" data-call>'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{csrf}">'
        f'<input type="hidden" name="purpose" value="{escape(purpose)}">'
        f'<button class="btn btn-quiet btn-small" type="submit" aria-label="拨打{who}的电话,用途将记录">'
        f"{icon('phone')}拨打</button></form></span></div>"
    )


def _contact(row: Row) -> str:
    if not row.contacts:
        return '<span class="muted">台账未登记</span>'
    return call(row.contacts[0], f"工程回访(计划 {row.values['planned_on']})", row.csrf)


def _visitor(row: Row) -> str:
    made, planned = row.values["record__visitor"], row.values["visitor__name"]
    return escape(made or planned or "")


def status_of(status: str, closing: bool) -> str:
    """R-A2-10: a visit with a problem is over when its warranty cases are."""
    if status == V.PROBLEM and closing:
        return str(status_badge("待保修闭合", "warn"))
    return str(status_badge(STATUS[status], VISIT_TONES[status]))


def _status(row: Row) -> str:
    made = row.values["visited_on"]
    badge = status_of(row.values["status"], row.closing)
    return f"<div>{badge}<br><small>{made}</small></div>" if made else badge


def _due(row: Row) -> str:
    return due_chip(row.chip) if row.chip else ""


_FLAGS = (("project__key", "重点"), ("project__strategic", "战略"), ("project__overseas", "海外"))


def _marks(row: Row) -> str:
    return " ".join(f'<span class="tag">{label}</span>' for name, label in _FLAGS if row.values[name])


def _act(row: Row) -> str:
    if not row.may_record or row.values["status"] not in OPEN_STATES:
        return ""
    link, name = address("revisits:visit_record", row.values["pk"]), escape(row.values["project__name"])
    label, mark = f'aria-label="记录回访:{name}"', icon("clipboard-check")
    return f'<a class="btn btn-primary btn-small" href="{link}" {label}>{mark}记录</a>'


COLUMNS = Columns(
    "visit_columns",
    (
        Column("subject", "工程", _subject, "project", "cell-main", fixed=True),
        Column("due", "应回访日期", _day, "due"),
        Column("method", "方式", _method),
        Column("contact", "业主联系人", _contact, css="cell-call"),
        Column("unit", "实施单位", _unit, css="cell-unit"),
        Column("visitor", "回访人", _visitor, "visitor"),
        Column("status", "状态", _status, "visited"),
        Column("limit", "办理时限", _due),
        Column("marks", "标记", _marks),
        Column("department", "项目经理部", _department, "department", "cell-unit", shown=False),
        Column("respondent", "受访人", lambda row: escape(row.values["record__respondent"] or ""), shown=False),
        Column("act", "办理", _act, css="cell-act"),
    ),
)
