"""The pages as the browsers get them: gunicorn on 127.0.0.1, one client, then eight; beside the floor."""

import statistics
import sys
from contextlib import ExitStack
from typing import Any

from .http_load import Target, median_ms, must_answer, requests_per_second
from .parts import Part
from .processes import gunicorn
from .tables import Measure

CLIENTS = 8
SINGLE_REQUESTS = 60
MIN_SHARE = 0.5
GROWTH = 1.3


class PageBench(Part):
    def _pages(self) -> None:
        self._serve_and_measure("pages")

    def _complaints(self) -> None:
        self._serve_and_measure("complaints")

    def _serve_and_measure(self, of: str) -> None:
        found = self._task("addresses", of=of)["pages"]
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
        compared = {f"{page['title']}, {page['login']}" for page in found if page["beside_floor"]}
        limits: dict[str, float] = {}
        for page in found:
            title = f"{page['title']}, {page['login']}"
            target = Target(port, page["path"], page["cookie"])
            if not isinstance(page["queries"], int):
                self.table.fail(title, page["queries"] or "no such page")
                continue
            there.append((title, target))
            self.table.add(f"{title}: queries", page["queries"], "queries", page["max_queries"])
            limits[title] = page["max_ms"]
        for _ in range(20):  # every worker has loaded what it loads once
            for target in (floor, *(target for _, target in there)):
                must_answer(target)
        self.table.add("floor: one client, median", median_ms(floor, SINGLE_REQUESTS), "ms")
        for title, target in there:
            ms = median_ms(target, SINGLE_REQUESTS)
            self.medians[title] = ms
            kept = limits[title] if self.database.postgres else None
            self.table.add(f"{title} ({must_answer(target) / 1024:.0f} kB): one client, median", ms, "ms", kept)
        floors: list[float] = []
        there = [(title, target) for title, target in there if title in compared]
        if not there:
            return
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

    def _million(self) -> None:
        """The register's pages once more, among a million complaints: within 1.3 times."""
        made = self._task("million", rows=1_000_000)
        self.table.add(f"multiplied to {made['rows']:,} complaints", made["seconds"], "s")
        found = self._task("addresses", of="million")["pages"]
        with gunicorn("config.wsgi:application", self.environment, self.database.folder / "gunicorn.log") as port:
            for page in found:
                title = f"{page['title']}, {page['login']}"
                if not isinstance(page["queries"], int):
                    self.table.fail(f"{title}, at a million", page["queries"] or "no such page")
                    continue
                target = Target(port, page["path"], page["cookie"])
                for _ in range(20):
                    must_answer(target)
                ms = median_ms(target, SINGLE_REQUESTS)
                before = self.medians.get(title)
                limit = before * GROWTH if before else page["max_ms"]
                self.table.add(f"{title}, at a million: one client, median", ms, "ms", round(limit, 1))
        self._task("logout", cookies=sorted({page["cookie"] for page in found}))
