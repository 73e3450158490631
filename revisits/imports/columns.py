"""The columns of Appendix D that an import reads, as the form prints them and as units call them (clause 5.2.2)."""

from dataclasses import dataclass

from ledgers.columns import NAME_MAX, NUMBER_MAX, PERSON_MAX
from ledgers.imports.cells import fold
from revisits.frequency import ONSITE, OTHER, PHONE


@dataclass(frozen=True, slots=True)
class Column:
    key: str
    title: str
    aliases: tuple[str, ...] = ()
    limit: int = 0


COLUMNS: tuple[Column, ...] = (
    Column("project", "工程名称", ("项目名称", "工程"), NAME_MAX + NUMBER_MAX + 2),
    Column("code", "工程编号", ("项目编号",), NUMBER_MAX),
    Column("on", "计划回访日期", ("计划日期", "计划回访时间", "计划时间")),
    Column("method", "回访方式", ("计划回访方式", "方式")),
    Column("visitor", "回访实施人", ("计划回访人", "回访人", "实施人"), PERSON_MAX),
)
BY_KEY = {column.key: column for column in COLUMNS}
# What is recorded in the portal, visit by visit, and what the ledger says: read by nobody here.
RECORDED = {"实际回访日期": "visited_on", "回访情况记录": "situation"}
LABELS: dict[str, str] = (
    {fold(label): column.key for column in COLUMNS for label in (column.title, *column.aliases)}
    | {fold(label): key for label, key in RECORDED.items()}
    | {"序号": "seq", "业主联系方式": "contact", "业主联系人": "contact"}
)
METHODS: dict[str, str] = {
    "电话": PHONE, "电话回访": PHONE, "致电": PHONE, "现场": ONSITE, "现场回访": ONSITE, "上门": ONSITE,
    "上门回访": ONSITE, "走访": ONSITE, "其他": OTHER, "其它": OTHER, "其他方式": OTHER,
}  # fmt: skip
METHOD_WORDS = "电话、现场、其他"
