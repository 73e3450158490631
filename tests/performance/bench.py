"""``make bench``: speed and memory on both databases, each as a table.

It makes its own databases, fills them with the data of ``data.py``, serves the portal and the floor with production's
gunicorn on 127.0.0.1, measures, and removes everything. Exit code 1 when a limit was passed. See ``--help``.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .databases import DEFAULT_NAME, Database, postgres, sqlite
from .http_load import Target, WrongAnswer, median_ms, must_answer, requests_per_second
from .processes import ROOT, TaskFailed, gunicorn, run, task

CLIENTS = 8
SINGLE_REQUESTS = 100
MAX_QUERIES, MAX_MS, MIN_SHARE = 12, 50.0, 0.5
PARTS = ("load", "pages", "pdf", "export", "sweep", "import")


@dataclass
class Measure:
    """A line of the table. ``ok`` None: printed for information."""

    title: str
    value: str
    limit: str = ""
    ok: bool | None = None
    share: str = ""


@dataclass
class Table:
    database: Database
    measures: list[Measure] = field(default_factory=list)

    def add(
        self, title: str, value: float, unit: str, limit: float | None = None, *, share: float | None = None
    ) -> None:
        shown = (
            f"{value:,.0f}"
            if unit in ("queries", "rows") or value >= 1000
            else f"{value:,.2f}"
            if value < 10
            else f"{value:,.1f}"
        )
        self.measures.append(
            Measure(
                title,
                f"{shown} {unit}",
                "" if limit is None else f"<= {limit:g} {unit}",
                None if limit is None else value <= limit,
                "" if share is None else f"{share:.0%}",
            )
        )

    def fail(self, title: str, why: str) -> None:
        self.measures.append(Measure(title, why, ok=False))

    def print(self) -> None:
        heads = ("measure", "value", "limit", "", "of the floor")
        marks = {True: "ok", False: "OVER", None: ""}
        lines = [heads, *((m.title, m.value, m.limit, marks[m.ok], m.share) for m in self.measures)]
        widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
        print(f"\n{self.database.name} ({self.database.about})")
        for number, line in enumerate(lines):
            print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
            if number == 0:
                print("  ".join("-" * width for width in widths))
        sys.stdout.flush()


class Bench:
    def __init__(self, database: Database, options: argparse.Namespace) -> None:
        self.database = database
        self.options = options
        self.table = Table(database)
        self.environment = database.environment
        self.now = ""

    def run(self) -> Table:
        self._load()
        for part in PARTS[1:]:
            if part in self.options.only:
                self._say(part)
                self._attempt(part, getattr(self, f"_{part}"))
        if self.options.million and self.database.postgres:
            self._say("scope at 1,000,000 rows")
            self._attempt("scope", self._scope)
        return self.table

    def _say(self, what: str) -> None:
        print(f"{self.database.name}: {what} …", file=sys.stderr, flush=True)

    def _attempt(self, part: str, measure: Callable[[], None]) -> None:
        """What cannot be measured stands in the table as a failure; the other parts go on."""
        try:
            measure()
        except (TaskFailed, WrongAnswer, OSError) as problem:
            self.table.fail(part, "FAILED")
            print(f"{self.database.name}: {part}: {problem}", file=sys.stderr, flush=True)

    def _task(self, name: str, **arguments: Any) -> dict[str, Any]:
        return task(name, self.environment, **arguments)

    def _load(self) -> None:
        self._say("preparing")
        self._task("prepare")
        self._say("loading")
        o = self.options
        made = self._task("load", units=o.units, departments=o.departments, projects=o.projects, open_clocks=o.clocks)
        self.now = made["now"]
        title = (
            f"data: {made['projects']:,} ledgers, {made['contacts']:,} contacts, {made['open_clocks']:,} open clocks"
        )
        self.table.add(title, made["seconds"], "s", 60 if self.database.postgres else None)

    # --- pages

    def _pages(self) -> None:
        found = self._task("addresses")["pages"]
        floor_environment = self.environment | {"DJANGO_SETTINGS_MODULE": "tests.performance.floor_settings"}
        log = self.database.folder / "gunicorn.log"
        with ExitStack() as stack:
            port = stack.enter_context(gunicorn("config.wsgi:application", self.environment, log))
            floor_port = stack.enter_context(gunicorn("tests.performance.floor:application", floor_environment, log))
            floor = Target(floor_port, "/", found[0]["cookie"])
            try:
                self._measure_pages(found, port, floor)
            finally:
                self._task("logout", cookies=sorted({page["cookie"] for page in found}))
                if self.options.show_log:
                    print(log.read_text(errors="replace")[-5000:], file=sys.stderr)

    def _measure_pages(self, found: list[dict[str, Any]], port: int, floor: Target) -> None:
        there: list[tuple[str, Target]] = []
        for page in found:
            title = f"{page['title']}, {page['login']}"
            target = Target(port, page["path"], page["cookie"])
            if not isinstance(page["queries"], int):
                self.table.fail(title, page["queries"] or "no such page")
                continue
            there.append((title, target))
            self.table.add(f"{title}: queries", page["queries"], "queries", MAX_QUERIES)
        for _ in range(20):  # every worker has loaded what it loads once
            for target in (floor, *(target for _, target in there)):
                must_answer(target)
        self.table.add("floor: one client, median", median_ms(floor, SINGLE_REQUESTS), "ms")
        for title, target in there:
            ms = median_ms(target, SINGLE_REQUESTS)
            self.table.add(f"{title} ({must_answer(target) / 1024:.0f} kB): one client, median", ms, "ms", MAX_MS)
        floors: list[float] = []
        rates: dict[str, list[float]] = {title: [] for title, _ in there}
        shares: dict[str, list[float]] = {title: [] for title, _ in there}
        for _ in range(self.options.rounds):
            # The floor before and after each page: other work on the machine meets both.
            before = self._rate(floor)
            for title, target in there:
                rate = self._rate(target)
                after = self._rate(floor)
                rates[title].append(rate)
                shares[title].append(rate / ((before + after) / 2))
                floors.append(after)
                before = after
        self.table.add(f"floor: {CLIENTS} clients", statistics.median(floors), "requests/s")
        for title, _ in there:
            self._add_rate(title, statistics.median(rates[title]), statistics.median(shares[title]))

    def _add_rate(self, title: str, rate: float, share: float) -> None:
        limited = self.database.postgres
        self.table.measures.append(
            Measure(
                f"{title}: {CLIENTS} clients",
                f"{rate:,.0f} requests/s",
                f">= {MIN_SHARE:.0%} of the floor" if limited else "",
                share >= MIN_SHARE if limited else None,
                f"{share:.0%}",
            )
        )

    def _rate(self, target: Target) -> float:
        return requests_per_second(target, clients=CLIENTS, seconds=self.options.seconds)

    # --- documents

    def _pdf(self) -> None:
        made = self._task("pdf")
        self.table.add("Appendix C as PDF, the first of a process", made["cold"], "s")
        self.table.add("Appendix C as PDF, warm, median of 5", made["warm"], "s", 0.5)

    def _export(self) -> None:
        made = self._task("export")
        title = f"export of {made['rows']:,} rows x 40 columns ({made['bytes'] / 1e6:.1f} MB)"
        self.table.add(title, made["seconds"], "s", 4)
        self.table.add("export: peak memory of the whole process", made["mb"], "MB", 150)
        self.table.add("export: of it Django before the request", made["before_mb"], "MB")

    # --- clocks

    def _sweep(self) -> None:
        made = self._task("sweep", now=self.now, times=3)
        title = f"sweep: {made['running']:,} open, {made['overdue']:,} newly overdue, {made['notices']:,} notices"
        self.table.add(title, made["seconds"], "s", 3 if self.database.postgres else None)
        self.table.add("sweep with nothing due", made["idle"] * 1000, "ms")

    # --- import

    def _import(self) -> None:
        rows = self.options.import_rows
        path = self.database.folder / "import.xlsx"
        self._task("workbook", path=str(path), rows=rows)
        ended = run([sys.executable, "manage.py", "import_ledgers", str(path)], self.environment)
        self._task("imported", rows=rows)
        self.table.add(f"import of {rows:,} rows x 40 columns", ended.seconds, "s", 40)
        self.table.add("import: peak memory of the whole process", ended.peak_mb, "MB", 400)

    # --- scope

    def _scope(self) -> None:
        made = self._task("scope", login="uw7", rows=1_000_000)
        title = f"one unit's list among {made['rows']:,} ledgers"
        self.table.add(f"{title}: first page", made["first_ms"], "ms")
        self.table.add(f"{title}: count ({made['total']:,})", made["count_ms"], "ms")


def options_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description="Speed and memory, as a table per database.")
    parser.add_argument("--database", choices=("sqlite", "postgres"), help="only this one (default: both)")
    parser.add_argument("--only", help=f"parts, comma-separated: {','.join(PARTS)} (data is always loaded)")
    parser.add_argument("--units", type=int, default=30)
    parser.add_argument("--departments", type=int, default=20, help="of each unit")
    parser.add_argument("--projects", type=int, default=20_000)
    parser.add_argument("--clocks", type=int, default=50_000, help="open ones; a tenth becomes overdue in the sweep")
    parser.add_argument("--import-rows", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=2.0, help="of load for each page and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--million", action="store_true", help="the scoped list at 1,000,000 rows (PostgreSQL)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the tables as JSON as well")
    parser.add_argument("--name", default=DEFAULT_NAME, help="of the PostgreSQL database, which is dropped first")
    parser.add_argument("--keep", action="store_true", help="leave the PostgreSQL database where it is")
    parser.add_argument("--show-log", action="store_true", help="print what the web processes said")
    options = parser.parse_args(arguments)
    options.only = options.only.split(",") if options.only else list(PARTS)
    if unknown := set(options.only) - set(PARTS):
        parser.error(f"unknown part: {', '.join(sorted(unknown))}")
    if options.units < 7 or options.departments < 12:
        parser.error("the pages are those of U7 and U7D12: at least 7 units of 12 departments")
    return options


def databases(folder: Path, options: argparse.Namespace) -> Iterator[Any]:
    static = folder / "static"
    if options.database != "postgres":
        yield sqlite(folder / "sqlite", static)
    if options.database != "sqlite":
        yield postgres(folder / "postgres", static, name=options.name, keep=options.keep)


def main(arguments: list[str]) -> int:
    options = options_of(arguments)
    began = time.monotonic()
    tables: list[Table] = []
    load = os.getloadavg()[0]
    print(
        f"{os.cpu_count()} cores, load {load:.1f} before the start"
        + (" (not idle: times will be too long)" * (load > 0.5))
    )
    with tempfile.TemporaryDirectory(prefix="aftercare-bench-") as name:
        for made in databases(Path(name), options):
            with made as database:
                table = Bench(database, options).run()
            table.print()
            tables.append(table)
    if options.json:
        body = {table.database.name: [asdict(measure) for measure in table.measures] for table in tables}
        options.json.write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
    over = [f"{table.database.name}: {m.title}" for table in tables for m in table.measures if m.ok is False]
    print(f"\n{time.monotonic() - began:.0f} s. " + (f"Over: {len(over)}" if over else "Everything within its limits."))
    return 1 if over else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    raise SystemExit(main(sys.argv[1:]))
