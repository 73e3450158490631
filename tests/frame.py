"""What the suite asks of every test: clauses that exist, browser journeys last, and nothing skipped in CI."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.clauses import KNOWN_CLAUSES

TESTS = Path(__file__).parent
BROWSER_DIR = TESTS / "browser"
# What the database behind it cannot change: documents, templates, the reading of workbooks, the shape of the code, and
# the table of every address, which asks the same rules that the other tests ask on both. Run on the embedded mode.
ONCE = (
    "architecture", "house", "shell", "security/test_every_address.py", "reports/test_appendix_c_pdf.py",
    "reports/test_appendix_c_xlsx.py", "reports/test_complaint_papers.py", "reports/test_complaint_rendering.py",
    "reports/test_ledger_template.py", "ledgers/test_import_cells.py", "ledgers/test_import_hostile.py",
    "ledgers/test_import_marking.py", "ledgers/test_import_page.py", "complaints/test_import.py",
)  # fmt: skip


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def on_postgres() -> bool:
    return connection.vendor == "postgresql"


# --- collection -------------------------------------------------------------------------------------------------


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark by place, early enough for ``-m`` to choose by it."""
    if BROWSER_DIR in item.path.parents:
        item.add_marker(pytest.mark.browser)
    of_database = item.get_closest_marker("postgres") is not None
    if not of_database and any(item.path.is_relative_to(TESTS / name) for name in ONCE):
        item.add_marker(pytest.mark.once)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Check clause ids, put the browser tests last, leave PostgreSQL-only tests to PostgreSQL."""
    unknown: list[str] = []
    for item in items:
        for marker in item.iter_markers("clause"):
            if not marker.args:
                unknown.append(f"{item.nodeid}: clause marker without an id")
            unknown += [f"{item.nodeid}: unknown clause {arg!r}" for arg in marker.args if arg not in KNOWN_CLAUSES]
    if unknown:
        raise pytest.UsageError("\n".join(sorted(set(unknown))))
    if not on_postgres():
        left_out = [item for item in items if item.get_closest_marker("postgres")]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]
    # Playwright leaves an event loop running in the process, which Django's ORM refuses: nothing may follow it.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def _forbid_skip(report: Any) -> None:
    if in_ci() and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where nothing may be skipped: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid_skip(report)
    return report
