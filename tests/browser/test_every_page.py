"""Every page that answers GET, at 1440 and 390 px: no serious axe finding, nothing too wide, no script error."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page

from tests.browser.portal import Portal
from tests.personas import make_personas
from tests.security.rows import Row
from tests.security.scene import Scene, build_scene
from tests.security.test_every_address import TABLE

pytestmark = pytest.mark.django_db(transaction=True)

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
# Who looks at a page: the first of these that is served it.
WATCHERS = ("pw11", "uw1", "uh1", "gw", "gh", "ul1", "ud1", "pm11", "pe11", "sysadmin", "secadmin", "auditor")
NO_PAGE = {  # a file, a fragment or a redirect
    "healthz", "readyz", "account_login", "account_logout", "workflow:notice_open", "workflow:evidence_download",
    "workflow:evidence_thumbnail", "workflow:mail_kept", "organization:person_options", "reports:ledger_template",
    "ledgers:import_marked", "complaints:import_marked", "complaints:import_template", "complaints:complaint_projects",
    "complaints:complaint_similar", "reports:appendix_d_template", "revisits:import_marked",
    "ledgers:case_projects",
}  # fmt: skip


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return build_scene(make_personas())


def pages_of(watcher: str, scene: Scene) -> list[tuple[str, str]]:
    found = []
    for name, entry in TABLE.items():
        for row in entry if isinstance(entry, tuple) else (entry,):
            if name in NO_PAGE or row.data is not None or watcher_of(row) != watcher:
                continue
            found.append((name, reverse(name, args=scene.args[row.args] if row.args else [])))
    return found


def watcher_of(row: Row) -> str:
    return next(person for person in WATCHERS if person in row.ok)


def findings(page: Page) -> list[str]:
    """Serious and critical ones; run through the debugger, as the page's own policy would refuse the script."""
    page.context.new_cdp_session(page).send("Runtime.evaluate", {"expression": AXE})
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{each['id']} ({each['impact']}): {each['nodes'][0]['target']}"
        for each in result["violations"]
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("watcher", WATCHERS)
def test_every_page_at_both_widths(live_server: Any, scene: Scene, browser: Browser, watcher: str) -> None:
    wrong: list[str] = []
    seen = 0
    for width in (1440, 390):
        portal = Portal(browser, live_server.url, width=width)
        page = portal.enter(watcher)
        for name, path in pages_of(watcher, scene):
            answer = page.goto(portal.url(path))
            assert answer is not None
            seen += 1
            if answer.status >= 500:
                wrong.append(f"{name}: {answer.status}")
            wrong += [f"{name} at {width}: {finding}" for finding in findings(page)]
            wide = page.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                wrong.append(f"{name} at {width}: {wide} px wide")
        portal.close()
    assert seen
    assert not wrong, "\n".join(wrong)
