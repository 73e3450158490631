"""``make bench``: speed and memory on both databases, each as a table.

It makes its own databases, fills them with the data of ``data.py``, serves the portal and the floor with production's
gunicorn on 127.0.0.1, measures, and removes everything. Exit code 1 when a limit was passed. See ``--help``.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .complaint_bench import ComplaintBench
from .databases import DEFAULT_NAME, postgres, sqlite
from .processes import ROOT, run
from .revisit_bench import RevisitBench
from .tables import Table

REVISITS = ("jobs", "draft", "board", "appendix_d", "approve", "revisits")
PARTS = (
    *("load", "pages", "pdf", "export", "sweep", "import"),
    # Registering comes last of them: the export refuses more than 100,000 rows.
    *("complaints", "register_export", "letter", "register"),
    # One after the other: the job drafts the plan that the others are about, the pages are those of the approved one.
    *REVISITS,
)


class Bench(RevisitBench, ComplaintBench):
    def run(self) -> Table:
        self._load()
        for part in PARTS[1:]:
            if part in self.options.only:
                self._say(part)
                self._attempt(part, getattr(self, f"_{part}"))
        if self.options.million and self.database.postgres:
            self._say("scope at 1,000,000 rows")
            self._attempt("scope", self._scope)
            if self.options.complaints:
                self._say("1,000,000 complaints")
                self._attempt("million", self._million)
        return self.table

    def _load(self) -> None:
        self._say("preparing")
        self._task("prepare")
        self._say("loading")
        o = self.options
        # Every second complaint has a running clock, taken together; the ledgers' punch items fill up the rest.
        clocks = max(o.clocks - o.complaints // 2, 0)
        made = self._task("load", units=o.units, departments=o.departments, projects=o.projects, open_clocks=clocks)
        self.now = made["now"]
        title = (
            f"data: {made['projects']:,} ledgers, {made['contacts']:,} contacts, {made['open_clocks']:,} open clocks"
        )
        self.table.add(title, made["seconds"], "s", 60 if self.database.postgres else None)
        self._load_complaints()

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
        self.table.add("sweep with nothing due", made["idle"] * 1000, "ms", 20 if self.database.postgres else None)

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
    parser.add_argument("--complaints", type=int, default=100_000, help="in steps of 2000; 0: none")
    parser.add_argument("--visited", type=int, default=20_000, help="projects with a ledger in force and visits")
    parser.add_argument("--clocks", type=int, default=50_000, help="open ones; a tenth becomes overdue in the sweep")
    parser.add_argument("--import-rows", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=2.0, help="of load for each page and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--million", action="store_true", help="at 1,000,000 ledgers, then complaints (PostgreSQL)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the tables as JSON as well")
    parser.add_argument("--name", default=DEFAULT_NAME, help="of the PostgreSQL database, which is dropped first")
    parser.add_argument("--keep", action="store_true", help="leave the PostgreSQL database where it is")
    parser.add_argument("--show-log", action="store_true", help="print what the web processes said")
    options = parser.parse_args(arguments)
    options.only = options.only.split(",") if options.only else list(PARTS)
    if unknown := set(options.only) - set(PARTS):
        parser.error(f"unknown part: {', '.join(sorted(unknown))}")
    if not options.complaints:
        options.only = [part for part in options.only if part not in PARTS[6:10]]
    if set(options.only) & set(REVISITS):  # the plan they measure is the job's
        options.only = [part for part in PARTS if part in options.only or part == REVISITS[0]]
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
