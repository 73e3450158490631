"""`manage.py import_ledgers`, as the contract for tools words it."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ledgers.models import Ledger, Project
from tests.ledgers import hostile
from tests.ledgers.test_import_samples import EXPECTED, SAMPLES, without
from tests.ledgers.workbooks import ledger, write_list
from tests.personas import Personas
from workflow.models import Clock, Transition


def run(path: Path, report: Path, *options: str) -> tuple[int, dict[str, Any]]:
    try:
        call_command("import_ledgers", str(path), *options, "--report", str(report))
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    return code, json.loads(report.read_text(encoding="utf-8"))


@pytest.mark.clause("5.1.1", "5.1.2")
def test_the_samples_list(personas: Personas, tmp_path: Path) -> None:
    report = tmp_path / "out.json"
    for options, saved in ((("--dry-run",), 0), ((), 0), (("--partial",), 38)):
        code, told = run(SAMPLES / "ledger_list.xlsx", report, *options)
        assert (code, told["accepted"], told["rejected"]) == (1, 38, 9)
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
        assert Ledger.objects.filter(status="drafting").count() == Project.objects.count() == saved
    assert Clock.objects.running().count() == Transition.objects.count() == 38
    assert Transition.objects.filter(actor__isnull=True, step="import").count() == 38


@pytest.mark.clause("C", "5.1.2")
def test_the_samples_forms(personas: Personas, tmp_path: Path) -> None:
    report = tmp_path / "out.json"
    code, told = run(SAMPLES / "ledger_forms.xlsx", report, "--department", "U1D1")
    assert (code, told["accepted"], told["rejected"]) == (0, 3, 0)
    assert [{k: r[k] for k in ("sheet", "status", "missing")} for r in told["rows"]] == EXPECTED["ledger_forms.xlsx"]
    missing = {row["sheet"]: len(row["missing"]) for row in told["rows"]}
    saved = dict(Ledger.objects.values_list("project__name", "missing_count"))
    assert sorted(saved.values()) == sorted(missing.values())
    code, told = run(SAMPLES / "ledger_forms.xlsx", report, "--department", "U1D1")
    assert (code, told["rejected"]) == (1, 3)
    with pytest.raises(CommandError, match="项目经理部"):
        call_command("import_ledgers", str(SAMPLES / "ledger_forms.xlsx"))


def test_exit_codes_and_refusals(personas: Personas, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "out.json"
    good = write_list(tmp_path / "good.xlsx", [ledger("P-1")])
    assert run(good, report, "--dry-run") == (0, json.loads(report.read_text(encoding="utf-8")))
    assert not Ledger.objects.exists()
    assert run(good, report)[0] == 0
    assert "可导入 1 行,有错误 0 行,已保存 1 行" in capsys.readouterr().out
    assert run(good, report)[0] == 1
    with pytest.raises(CommandError, match="PDF"):
        call_command("import_ledgers", str(hostile.wrong_type(b"%PDF-1.7")(tmp_path / "x.xlsx")), report=report)
    assert json.loads(report.read_text(encoding="utf-8"))["refused"].startswith("这不是 Excel")
    with pytest.raises(CommandError, match="找不到文件"):
        call_command("import_ledgers", str(tmp_path / "none.xlsx"))
