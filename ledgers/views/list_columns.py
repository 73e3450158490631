"""The columns of the ledger list. Cells are built as text here: a page of 100 rows has a thousand of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from ledgers.columns import REGIONS
from ledgers.models import Ledger
from ledgers.models.ledger import LEDGER_TONES
from ledgers.selectors.duties import Chip
from organization.templatetags.ui import due_chip, status_badge

STATUS = {str(value): str(label) for value, label in Ledger.Status.choices}
COOKIE = "ledger_columns"
COOKIE_AGE = 365 * 24 * 3600
Cell = Callable[["Row"], str]


@dataclass(slots=True)
class Row:
    """A ledger of the page, as ``LIST_FIELDS`` names its values, with its clock and its unit."""

    values: Mapping[str, Any]
    chip: Chip | None
    unit: str


@dataclass(frozen=True, slots=True)
class ListColumn:
    key: str
    label: str
    cell: Cell
    sort: str = ""
    css: str = "tight"
    shown: bool = True
    fixed: bool = False


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


COLUMNS: tuple[ListColumn, ...] = (
    ListColumn("name", "工程名称", _name, "name", "cell-main", fixed=True),
    ListColumn("department", "项目经理部", _department, "department", "cell-unit"),
    ListColumn("status", "状态", _status, "status"),
    ListColumn("due", "办理时限", _due),
    ListColumn("missing", "缺项", _missing, "missing"),
    ListColumn("warranty_end", "保修截止", _day("warranty_end"), "warranty_end"),
    ListColumn("flags", "标记", _flags),
    ListColumn("warranty_start", "保修开始", _day("warranty_start"), "warranty_start", shown=False),
    ListColumn("place", "区域城市", _place, shown=False),
    ListColumn("address", "工程地址", _text("project__address"), css="cell-main", shown=False),
    ListColumn("accepted_on", "四方验收", _day("project__accepted_on"), shown=False),
    ListColumn("delivered_on", "交付使用", _day("project__delivered_on"), shown=False),
    ListColumn(
        "updated",
        "更新时间",
        lambda row: f"{timezone.localtime(row.values['updated_at']):%Y-%m-%d}",
        "updated",
        shown=False,
    ),
)
BY_KEY = {column.key: column for column in COLUMNS}
DEFAULT = tuple(column.key for column in COLUMNS if column.shown)


def chosen_columns(cookie: str | None) -> list[ListColumn]:
    """The columns a person has chosen, in the list's order; the fixed ones always, the usual ones by default."""
    keys = set(cookie.split(".")) & BY_KEY.keys() if cookie else set()
    return [column for column in COLUMNS if column.fixed or column.key in (keys or DEFAULT)]


def render_rows(rows: list[Row], columns: list[ListColumn]) -> SafeString:
    """The rows of the table's body; every value is escaped by its cell."""
    # The first cell is the heading of a card on a phone: it needs no label.
    heads = [f'<td class="{c.css}"' + ("" if c.fixed else f' data-label="{c.label}"') + ">" for c in columns]
    lines = []
    for row in rows:
        cells = "".join(f"{head}{column.cell(row)}</td>" for head, column in zip(heads, columns, strict=True))
        lines.append(f"<tr>{cells}</tr>")
    return mark_safe("\n".join(lines))  # noqa: S308 - cells are escaped above
