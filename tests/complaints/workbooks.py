"""Registers of complaints as units send them, written with openpyxl for the import's tests."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from complaints.imports.columns import COLUMNS

TITLES = {column.key: column.title for column in COLUMNS}


def finished(project: Any, **changes: Any) -> dict[str, Any]:
    """A complete row of a closed complaint."""
    given = {
        "number": "2024-001",
        "received_at": "2024-03-28 09:30",
        "project_code": getattr(project, "code", project),
        "event": "外墙渗水",
        "complainant": "张建国",
        "phone": "13800001234",
        "kind": "保修",
        "party": "小业主",
        "channel": "电话",
        "level": "二级单位",
        "cause": "资源配置不到位",
        "demands": "1. 修复渗漏\n2、赔偿损失",
        "verdict": "我方责任·问题不严重",
        "handling": "返工",
        "result": "合格",
        "grade": "满意",
        "closed_on": "2024-04-25",
        "remark": "",
    }
    return given | changes


def unfinished(project: Any, **changes: Any) -> dict[str, Any]:
    """A row of a complaint that is still to be handled."""
    made = finished(project, number="2026-001", received_at="2026-03-09 15:20", closed_on="", verdict="", grade="")
    return made | changes


def write_register(
    path: Path,
    rows: Iterable[dict[str, Any]],
    *,
    titles: dict[str, str] = TITLES,
    above: int = 2,
    below: tuple[str, ...] = (),
) -> Path:
    """The register with its header in row ``above`` + 1; text stays text, also when it begins with "="."""
    book = Workbook()
    sheet = book.active
    sheet.title = "台账"
    if above:
        sheet.cell(1, 1, "客户投诉台账")
    keys = list(titles)
    for at, key in enumerate(keys, 1):
        sheet.cell(above + 1, at, titles[key])
    for number, row in enumerate(rows, above + 2):
        for at, key in enumerate(keys, 1):
            value = row.get(key)
            if value in ("", None):
                continue
            cell = sheet.cell(number, at, value)
            if isinstance(value, str):
                cell.data_type = "s"
    for text in below:
        sheet.cell(sheet.max_row + 1, 1, text)
    book.save(path)
    return path
