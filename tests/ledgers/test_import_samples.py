"""The samples give exactly what ``expected.json`` says."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledgers.imports.parse import parse, report
from tests.ledgers.workbooks import DEPARTMENTS

SAMPLES = Path(__file__).parent / "samples"
EXPECTED = json.loads((SAMPLES / "expected.json").read_text(encoding="utf-8"))


def without(key: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.items() if k != key} for row in rows]


@pytest.mark.clause("5.1.1", "5.1.2")
def test_the_list_gives_exactly_what_is_expected() -> None:
    told = report(parse(SAMPLES / "ledger_list.xlsx", departments=DEPARTMENTS))
    got = [
        {
            "row": row["row"],
            "status": row["status"],
            "columns": [error["column"] for error in row["errors"]],
            "missing": row["missing"],
        }
        for row in told["rows"]
    ]
    assert got == without("case", EXPECTED["ledger_list.xlsx"])
    assert (told["accepted"], told["rejected"]) == (38, 9)
    assert {row["sheet"] for row in told["rows"]} == {"竣工工程信息台账"}


@pytest.mark.clause("C", "5.1.2")
def test_the_forms_give_exactly_what_is_expected() -> None:
    told = report(parse(SAMPLES / "ledger_forms.xlsx", departments=DEPARTMENTS, department="U1D1"))
    got = [{"sheet": r["sheet"], "status": r["status"], "missing": r["missing"]} for r in told["rows"]]
    assert got == EXPECTED["ledger_forms.xlsx"]
    assert set(told) == {"accepted", "rejected", "rows"}
    assert all(set(row) == {"sheet", "row", "status", "errors", "missing"} for row in told["rows"])


def test_what_stands_in_the_list_is_read_as_people_mean_it() -> None:
    rows = {row.row: row.data for row in parse(SAMPLES / "ledger_list.xlsx", departments=DEPARTMENTS).rows}
    assert rows[9].number == "GC2026-004"
    assert rows[9].name == "临空物流中心7标段"
    assert [str(d) for d in (rows[6].accepted_on, rows[6].warranty_start, rows[6].warranty_end)] == [
        "2025-03-28",
        "2025-03-28",
        "2027-03-27",
    ]
    assert {c.post: c.phone for c in rows[36].contacts}["project_manager"] == "19893783683"
    assert {c.post: c.phone for c in rows[42].contacts}["property_manager"] == "010-63345678转802"
    wall = next(c for c in rows[48].contacts if c.post == "curtain_wall")
    assert (wall.absent, wall.absent_reason, wall.name, wall.phone) == (True, "本工程无幕墙", "", "")
    assert (rows[5].key, rows[5].hvac, rows[5].region) == (False, True, "north")
    assert rows[9].strategic is False  # blank


def test_each_refusal_says_what_to_do() -> None:
    parsed = parse(SAMPLES / "ledger_list.xlsx", departments=DEPARTMENTS)
    errors = {error.cell_ref: error.message for row in parsed.rows for error in row.errors}
    assert errors["C30"] == "单元格是公式,请改为文字"
    assert "第 5 行" in errors["B24"]
    assert "2025年2月30日" in errors["H21"]
    assert "U9D9" in errors["E18"]
    assert "5000" in errors["D33"]
    assert "300" in errors["D33"]
    assert all("请" in message for message in errors.values())


def test_the_forms_contents() -> None:
    parsed = parse(SAMPLES / "ledger_forms.xlsx", departments=None, department="U1D1")
    first, _, third = (row.data for row in parsed.rows)
    assert (first.number, first.name, first.department) == ("2026-001", "星河湾一期住宅工程", "U1D1")
    dates = (first.recorded_on, first.warranty_start, first.warranty_end)
    assert [str(day) for day in dates] == ["2026-11-23", "2025-06-01", "2027-05-31"]
    by_post = {c.post: c for c in third.contacts}
    assert len(by_post) == 13
    assert by_post["curtain_wall"].absent_reason == "本工程不涉及"
    assert by_post["waterproofing"].remark == "建安劳务有限公司"
