"""The columns of the register."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.html import escape

from complaints.models import Complaint, Filing, Verdict
from complaints.models.complaint import COMPLAINT_TONES
from complaints.models.evaluation import GRADES, SATISFIED_FROM
from ledgers.selectors.duties import Chip
from ledgers.selectors.masking import mask_phones
from organization.components.columns import Columns, ListColumn
from organization.components.values import masked, moment
from organization.templatetags.ui import due_chip, status_badge

C = Complaint
EXCERPT = 48
RULED = {
    "": ("未判定", "neutral"),
    Verdict.NOT_OURS.value: ("非我方", "void"),
    Verdict.SEVERE.value: ("我方·严重", "bad"),
    Verdict.MINOR.value: ("我方·不严重", "warn"),
}
SECOND = {C.Second.CONFIRMED.value: ("二次投诉", "bad"), C.Second.SUGGESTED.value: ("疑似二次", "warn")}
GRADE = dict(GRADES)


def _words(choices: Any) -> dict[str, str]:
    return {str(value): str(label) for value, label in choices}


STATUS, KIND, LEVEL = _words(C.Status.choices), _words(C.Kind.choices), _words(C.Level.choices)
PARTY, CHANNEL, CAUSE = _words(C.Party.choices), _words(C.Channel.choices), _words(C.Cause.choices)
FILED = _words(Filing.Status.choices)


@dataclass(slots=True)
class Row:
    """A complaint of the page, as ``LIST_FIELDS`` names its values, with its soonest clock and its unit."""

    values: Mapping[str, Any]
    chip: Chip | None
    unit: str


Column = ListColumn[Row]
Cell = Callable[[Row], str]


def excerpt(text: str) -> str:
    """The beginning of an event, on one line; a phone number in it is masked before it is cut."""
    told = mask_phones(" ".join(text.split()))
    return told if len(told) <= EXCERPT else f"{told[: EXCERPT - 1]}…"


@lru_cache(maxsize=8)
def _pattern(prefix: str) -> str:
    """The addresses of a list's records differ in their number only: reversing once below a prefix is enough."""
    return reverse("complaints:complaint_detail", args=[987654321]).replace("987654321", "{}")


def _subject(row: Row) -> str:
    link, name = _pattern(get_script_prefix()).format(row.values["pk"]), escape(row.values["project_name"])
    return f'<div><a href="{link}">{name}</a><br><small>{escape(row.values["number"])}</small></div>'


def _two(first: str, second: str) -> str:
    return f"<div>{escape(first)}<br><small>{escape(second)}</small></div>" if second else escape(first)


def _department(row: Row) -> str:
    return _two(row.values["department__name"], row.unit)


def _kind(row: Row) -> str:
    return _two(KIND[row.values["kind"]], LEVEL[row.values["level"]])


def _complainant(row: Row) -> str:
    return _two(row.values["complainant"], PARTY[row.values["party"]])


def _moment(name: str) -> Cell:
    return lambda row: moment(row.values[name])


def _received(row: Row) -> str:
    at = timezone.localtime(row.values["received_at"])
    return f"<div>{at:%Y-%m-%d}<br><small>{at:%H:%M}</small></div>"


def _status(row: Row) -> str:
    status, number = row.values["status"], row.values["round"]
    badge = status_badge(STATUS[status], COMPLAINT_TONES[status])
    return f"<div>{badge}<br><small>第 {number} 轮</small></div>" if number > 1 else badge


def _due(row: Row) -> str:
    return due_chip(row.chip) if row.chip else ""


def _verdict(row: Row) -> str:
    """The ruling, and how satisfied the client was in the end."""
    if not row.values["verdict"]:
        return ""
    badge, grade = status_badge(*RULED[row.values["verdict"]]), row.values["grade"]
    return f"<div>{badge}<br><small>客户{GRADE[grade]}</small></div>" if grade in GRADE else badge


_FLAGS = (("project__key", "重点"), ("project__strategic", "战略"), ("legacy", "历史"))


def _marks(row: Row) -> str:
    found: list[str] = [status_badge(*SECOND[row.values["second"]])] if row.values["second"] in SECOND else []
    found += [f'<span class="tag">{label}</span>' for name, label in _FLAGS if row.values[name]]
    return " ".join(found)


def _grade(row: Row) -> str:
    grade = row.values["grade"]
    return status_badge(GRADE[grade], "ok" if grade >= SATISFIED_FROM else "bad") if grade in GRADE else ""


def _filing(row: Row) -> str:
    status = row.values["filing__status"]
    return _two(FILED[status], row.values["filing__number"] or "") if status else ""


COLUMNS = Columns(
    "complaint_columns",
    (
        Column("subject", "投诉", _subject, "number", "cell-main", fixed=True),
        Column("event", "投诉事件", lambda row: escape(excerpt(row.values["excerpt"])), css="cell-text"),
        Column("department", "项目经理部", _department, "department", "cell-unit"),
        Column("kind", "类型 · 层级", _kind),
        Column("complainant", "投诉人", _complainant),
        Column("received", "接收时间", _received, "received"),
        Column("status", "状态", _status, "status"),
        Column("due", "办理时限", _due),
        Column("verdict", "判定 · 满意度", _verdict, "verdict"),
        Column("marks", "标记", _marks, css="cell-marks"),
        Column("grade", "满意度", _grade, "grade", shown=False),
        Column("code", "工程编号", lambda row: escape(row.values["project_code"]), shown=False),
        Column("phone", "联系电话", lambda row: escape(masked(row.values["phone"])), shown=False),
        Column("channel", "投诉渠道", lambda row: CHANNEL[row.values["channel"]], shown=False),
        Column("cause", "投诉原因", lambda row: CAUSE[row.values["cause"]], shown=False),
        Column("filing", "集团备案", _filing, shown=False),
        Column("handle_by", "要求完成", lambda row: str(row.values["handle_by"] or ""), shown=False),
        Column("registered", "登记时间", _moment("registered_at"), shown=False),
        Column("closed", "结案时间", _moment("closed_at"), "closed", shown=False),
    ),
)
