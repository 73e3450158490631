"""A workbook to import: the ledger list with every column filled, as a unit would hand it in."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import rustpy_xlsxwriter as rust

from config.demo import names
from ledgers.columns import LIST_COLUMNS
from ledgers.statutory import add_years


def write_workbook(path: Path, *, rows: int, departments: Sequence[str], today: date) -> None:
    titles = [column.title for column in LIST_COLUMNS]
    records = (dict(zip(titles, row, strict=True)) for row in _rows(rows, departments, today))
    rust.write_worksheet(records, str(path), "台账")


def _rows(count: int, departments: Sequence[str], today: date) -> Iterator[tuple[Any, ...]]:
    random = Random(2018)
    for number in range(1, count + 1):
        city, street, region = names.CITIES[number % len(names.CITIES)]
        accepted = today - timedelta(days=random.randrange(30, 700))
        values: dict[str, Any] = {
            "seq": number,
            "number": f"DR-{number:06d}",
            "name": f"{city.removesuffix('市')}{names.building(random, number)}{number}号",
            "address": f"{city}{street}{random.randrange(1, 900)}号",
            "department": departments[number % len(departments)],
            "accepted_on": accepted,
            "delivered_on": accepted + timedelta(days=5),
            "warranty_start": accepted,
            "warranty_end": add_years(accepted, 2),
            "key": random.choice("是否"),
            "strategic": random.choice("是否"),
            "hvac": random.choice("是否"),
            "region": "北方" if region == "north" else "南方",
            "remark": "质量保证书原件存档。",
        }
        for column in LIST_COLUMNS:
            if column.post:
                values[column.key] = names.person(random) if column.sub == "联系人" else names.phone(random)
        yield tuple(values[column.key] for column in LIST_COLUMNS)
