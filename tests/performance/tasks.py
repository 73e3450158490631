"""The tasks of the bench, each run in a process of its own by ``work.py``. Arguments and answers are plain data."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Count, F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from ledgers.models import Ledger, LedgerContact, Project
from organization.models import Unit, User
from reports.models import DownloadLog
from tests.performance import complaint_tasks, data, pages, people, revisit_tasks
from tests.performance.rows import tidy
from tests.performance.sessions import LOOPBACK, client_of, login, memory_mb
from tests.performance.workbook import write_workbook
from workflow.models import Clock, ClockReminder, Notice
from workflow.services.sweep import sweep_clocks

Answer = dict[str, Any]


def prepare(**_: Any) -> Answer:
    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    return {}


def load(*, units: int, departments: int, projects: int, open_clocks: int) -> Answer:
    began = time.perf_counter()
    now = timezone.now()
    group = people.load_group(units=units, departments=departments, today=timezone.localdate(now))
    data.load(group, projects=projects, open_clocks=open_clocks, now=now)
    seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "now": now.isoformat(),
        "projects": Project.objects.count(),
        "contacts": LedgerContact.objects.count(),
        "people": User.objects.count(),
        "open_clocks": Clock.objects.running().count(),
    }


# --- pages


def addresses(*, of: str = "pages") -> Answer:
    """The pages to measure with the cookie of who looks at them, and how many queries each takes."""
    cookies = {name: login(User.objects.get(username=name)).session_key for name in pages.LOGINS}
    found = []
    for page in pages.SETS[of]:
        try:
            path = page.path()
        except (NoReverseMatch, IndexError):
            path = ""
        found.append(
            {
                "title": page.title,
                "login": page.login,
                "path": path,
                "cookie": f"{settings.SESSION_COOKIE_NAME}={cookies[page.login]}",
                "queries": _queries(path, str(cookies[page.login])) if path else None,
                "max_queries": page.queries,
                "max_ms": page.ms,
                "beside_floor": page.beside_floor,
            }
        )
    return {"pages": found}


def _queries(path: str, session: str) -> int | str:
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    client.get(path, **LOOPBACK)  # what is remembered per process and per day
    with CaptureQueriesContext(connection) as captured:
        response = client.get(path, **LOOPBACK)
        b"".join(response) if response.streaming else response.content
    return len(captured) if response.status_code == 200 else f"HTTP {response.status_code}"


def logout(*, cookies: list[str]) -> Answer:
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")
    for cookie in cookies:
        store(cookie.partition("=")[2]).delete()
    return {}


# --- documents


def export(**_: Any) -> Answer:
    """The whole list as a workbook, through the view, as the group's officer downloads it."""
    client = client_of("gw")
    path = reverse("reports:ledger_list_xlsx")
    before = memory_mb("VmRSS")
    began = time.perf_counter()
    response = client.get(path, {"purpose": DownloadLog.Purpose.values[0]}, **LOOPBACK)
    size = sum(map(len, response)) if response.streaming else len(response.content)
    seconds = time.perf_counter() - began
    if response.status_code != 200:
        raise SystemExit(f"export: HTTP {response.status_code}")
    return {"seconds": seconds, "mb": memory_mb(), "before_mb": before, "bytes": size, "rows": Ledger.objects.count()}


def pdf(**_: Any) -> Answer:
    """One Appendix C as PDF: the first (cold) and the median of five more (warm)."""
    client = client_of("gw")
    taken = []
    for ledger in Ledger.objects.filter(status=Ledger.Status.EFFECTIVE).order_by("pk")[:6]:
        began = time.perf_counter()
        response = client.get(
            reverse("reports:ledger_pdf", args=[ledger.pk]), {"purpose": DownloadLog.Purpose.values[0]}, **LOOPBACK
        )
        body = b"".join(response) if response.streaming else response.content
        taken.append(time.perf_counter() - began)
        if response.status_code != 200 or not body.startswith(b"%PDF"):
            raise SystemExit(f"PDF: HTTP {response.status_code}")
    return {"cold": taken[0], "warm": statistics.median(taken[1:]), "mb": memory_mb()}


# --- clocks


def sweep(*, now: str, times: int) -> Answer:
    """The sweep that meets everything newly overdue, ``times`` over the same state, then one with nothing due."""
    moment = timezone.datetime.fromisoformat(now)
    due = Clock.objects.running().filter(next_at__lte=moment)
    waiting = list(due.values_list("pk", flat=True))
    running = Clock.objects.running().count()
    taken, result = [], None
    for turn in range(times):
        if turn:
            _unsweep(waiting)
        began = time.perf_counter()
        result = sweep_clocks(now=moment)
        taken.append(time.perf_counter() - began)
        if result.overdue != len(waiting) or due.exists():
            raise SystemExit(f"sweep: {result} for {len(waiting)} clocks")
    began = time.perf_counter()
    nothing = sweep_clocks(now=moment)
    idle = time.perf_counter() - began
    if result is None or nothing.clocks:
        raise SystemExit("sweep: the second run found something to do")
    tidy()  # as autovacuum does a minute later: what counts from an index alone needs its visibility map
    return {
        "seconds": statistics.median(taken),
        "idle": idle,
        "running": running,
        "overdue": result.overdue,
        "notices": result.notices,
        "mb": memory_mb(),
    }


def _unsweep(waiting: list[int]) -> None:
    for start in range(0, len(waiting), 500):
        some = waiting[start : start + 500]
        ClockReminder.objects.filter(clock__in=some).delete()
        Notice.objects.filter(key__in=[f"clock:{pk}:overdue" for pk in some]).delete()
        Clock.objects.filter(pk__in=some).update(next_kind="overdue", next_at=F("due_at"), overdue_noted_at=None)


# --- import


def workbook(*, path: str, rows: int) -> Answer:
    """The workbook of ``rows`` ledgers for the departments of this database."""
    codes = Unit.objects.filter(tier="department").order_by("path").values_list("code", flat=True)
    write_workbook(Path(path), rows=rows, departments=list(codes), today=timezone.localdate())
    return {"bytes": Path(path).stat().st_size}


def imported(*, rows: int) -> Answer:
    """What the import must have left behind."""
    found = Project.objects.filter(code__startswith="DR-").count()
    if (
        found != rows
        or LedgerContact.objects.filter(version__ledger__project__code__startswith="DR-").count() < 13 * rows
    ):
        raise SystemExit(f"import: {found} of {rows} ledgers")
    return {}


# --- scope


def scope(*, login: str, rows: int) -> Answer:
    """The list's queries for one unit among ``rows`` ledgers: first page and count, medians in milliseconds."""
    from ledgers.selectors import visible_ledgers

    pages.multiply(rows)
    user = User.objects.get(username=login)
    first, count = [], []
    for _ in range(7):
        began = time.perf_counter()
        shown = list(visible_ledgers(user).order_by("-pk")[:25])
        first.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        total = visible_ledgers(user).order_by().aggregate(number=Count("pk"))["number"]
        count.append((time.perf_counter() - began) * 1000)
    if len(shown) != 25:
        raise SystemExit("scope: the page is not full")
    return {
        "first_ms": statistics.median(first[1:]),
        "count_ms": statistics.median(count[1:]),
        "total": total,
        "rows": Ledger.objects.count(),
    }


TASKS: dict[str, Callable[..., Answer]] = {
    task.__name__: task
    for task in (
        *(prepare, load, addresses, logout, export, pdf, sweep, workbook, imported, scope),
        *complaint_tasks.TASKS,
        *revisit_tasks.TASKS,
    )
}
