"""What every test shares: clause markers, the browser, a clean cache, and no skipping in CI."""

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from tests.clauses import KNOWN_CLAUSES

pytest_plugins = ["tests.personas"]

BROWSER_DIR = Path(__file__).parent / "browser"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def on_postgres() -> bool:
    return connection.vendor == "postgresql"


# --- collection -------------------------------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Check clause ids, mark the browser tests and put them last, leave PostgreSQL-only tests to PostgreSQL."""
    unknown: list[str] = []
    for item in items:
        for marker in item.iter_markers("clause"):
            if not marker.args:
                unknown.append(f"{item.nodeid}: clause marker without an id")
            unknown += [f"{item.nodeid}: unknown clause {arg!r}" for arg in marker.args if arg not in KNOWN_CLAUSES]
        if BROWSER_DIR in item.path.parents:
            item.add_marker(pytest.mark.browser)
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


# --- isolation --------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def clean_cache() -> Iterator[None]:
    """Sessions and failed logins of one test are not the next one's."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def media_root(settings: Any, tmp_path: Path) -> Path:
    """Uploads of a test die with it."""
    folder = tmp_path / "media"
    folder.mkdir()
    settings.MEDIA_ROOT = folder
    return folder


# --- browser ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, never a download."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        pytest.fail("浏览器测试需要 Chromium:请以管理员身份执行 apt-get install chromium fonts-noto-cjk", pytrace=False)
    return {**browser_type_launch_args, "executable_path": executable, "args": CHROMIUM_ARGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
        "viewport": {"width": 1440, "height": 900},
        "accept_downloads": True,
    }


@pytest.fixture(autouse=True)
def _orm_beside_browser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ORM next to Playwright's loop: only here, so that a real misuse elsewhere still raises."""
    if request.node.get_closest_marker("browser"):
        monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
