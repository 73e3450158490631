"""The columns of the ledger list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.html import escape

from ledgers.columns import REGIONS
from ledgers.models import Ledger
from ledgers.models.ledger import LEDGER_TONES
from ledgers.selectors.duties import Chip
from organization.components.columns import Columns, ListColumn
from organization.templatetags.ui import due_chip, status_badge

STATUS = {str(value): str(label) for value, label in Ledger.Status.choices}


@dataclass(slots=True)
class Row:
    """A ledger of the page, as ``LIST_FIELDS`` names its values, with its clock and its unit."""

    values: Mapping[str, Any]
    chip: Chip | None
    unit: str


Cell = Callable[[Row], str]
Column = ListColumn[Row]


def _text(name: str) -> Cell:
    return lambda row: escape(row.values[name] or "")


def _day(name: str) -> Cell:
    return lambda row: str(row.values[name] or "")


@lru_cache(maxsize=8)
def _detail_pattern(prefix: str) -> str:
    """The addresses of a list's records differ in their number only: reversing once below a prefix is enough."""
    return reverse("ledgers:ledger_detail", args=[987654321]).replace("987654321", "{}")


def _name(row: Row) -> str:
    link = _detail_pattern(get_script_prefix()).format(row.values["pk"])
    name, code = escape(row.values["project__name"]), escape(row.values["project__code"])
    return f'<div><a href="{link}">{name}</a><br><small>{code}</small></div>'


def _status(row: Row) -> str:
    status = row.values["status"]
    return status_badge(STATUS[status], LEDGER_TONES[status])


def _due(row: Row) -> str:
    return due_chip(row.chip) if row.chip else ""


def _missing(row: Row) -> str:
    count = row.values["missing_count"]
    return status_badge(f"缺 {count} 项", "bad") if count else ""


_FLAGS = (("key", "重点"), ("strategic", "战略"), ("hvac", "暖通"), ("overseas", "海外"))


def _flags(row: Row) -> str:
    return " ".join(f'<span class="tag">{label}</span>' for name, label in _FLAGS if row.values[f"project__{name}"])


def _department(row: Row) -> str:
    name = escape(row.values["project__department__name"])
    return f"<div>{name}<br><small>{escape(row.unit)}</small></div>" if row.unit else name


def _place(row: Row) -> str:
    parts = (REGIONS.get(row.values["project__region"], ""), row.values["project__city"])
    return escape(" · ".join(part for part in parts if part))


COLUMNS = Columns(
    "ledger_columns",
    (
        Column("name", "工程名称", _name, "name", "cell-main", fixed=True),
        Column("department", "项目经理部", _department, "department", "cell-unit"),
        Column("status", "状态", _status, "status"),
        Column("due", "办理时限", _due),
        Column("missing", "缺项", _missing, "missing"),
        Column("warranty_end", "保修截止", _day("warranty_end"), "warranty_end"),
        Column("flags", "标记", _flags),
        Column("warranty_start", "保修开始", _day("warranty_start"), "warranty_start", shown=False),
        Column("place", "区域城市", _place, shown=False),
        Column("address", "工程地址", _text("project__address"), css="cell-main", shown=False),
        Column("accepted_on", "四方验收", _day("project__accepted_on"), shown=False),
        Column("delivered_on", "交付使用", _day("project__delivered_on"), shown=False),
        Column(
            "updated",
            "更新时间",
            lambda row: f"{timezone.localtime(row.values['updated_at']):%Y-%m-%d}",
            "updated",
            shown=False,
        ),
    ),
)
