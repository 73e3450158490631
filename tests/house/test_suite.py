"""The suite's own promises: nothing is skipped in CI, and a clause must be one of the standard's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, source: str, **variables: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_inner.py").write_text(source)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CI"))}
    for name in ("AFTERCARE_TEST_ROOT", "VAR_DIR", "DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.frame", "-c", str(ROOT / "pyproject.toml"), str(folder)],
        cwd=ROOT,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=200,
    )


SKIPPING = "import pytest\n\ndef test_later():\n    pytest.skip('later')\n"
SKIPPING_MODULE = "import pytest\npytest.importorskip('no_such_module_at_all')\n"


@pytest.mark.parametrize("source", [SKIPPING, SKIPPING_MODULE])
def test_a_skip_fails_in_ci_and_only_there(tmp_path: Path, source: str) -> None:
    assert run(tmp_path, source).returncode in {0, 5}
    in_ci = run(tmp_path, source, CI="true")
    assert in_ci.returncode not in {0, 5}
    assert "skipped in CI" in in_ci.stdout


@pytest.mark.parametrize(("mark", "passes"), [('"5.4.2a"', True), ('"9.9.9"', False), ("", False)])
def test_a_clause_must_exist(tmp_path: Path, mark: str, passes: bool) -> None:
    result = run(tmp_path, f"import pytest\n\n@pytest.mark.clause({mark})\ndef test_it():\n    pass\n")
    assert (result.returncode == 0) is passes
