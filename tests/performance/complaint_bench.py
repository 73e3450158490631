"""Complaints: the load, registration by several clients at once, the register as a workbook, a letter."""

import time
from concurrent.futures import ThreadPoolExecutor

from .page_bench import CLIENTS
from .parts import Part

REGISTERED_PER_SECOND = 40
START_UP = 12.0  # until eight processes have loaded Django on two cores


class ComplaintBench(Part):
    def _load_complaints(self) -> None:
        if not self.options.complaints:
            return
        made = self._task("load_complaints", now=self.now, complaints=self.options.complaints)
        title = (
            f"data: {made['complaints']:,} complaints, {made['clocks']:,} clocks ({made['open_clocks']:,} open), "
            f"{made['transitions']:,} transitions"
        )
        self.table.add(title, made["seconds"], "s", 180 if self.database.postgres else None)

    def _register(self) -> None:
        """Each client is a process of its own, as the web's workers are, through the service."""
        # The embedded mode has one worker, and its database one writer.
        clients = CLIENTS if self.database.postgres else 1
        starts_at, seconds = time.time() + START_UP, self.options.seconds * 4

        def run(client: int) -> dict[str, float]:
            return self._task("register", client=client, clients=clients, starts_at=starts_at, seconds=seconds)

        with ThreadPoolExecutor(clients) as pool:
            answers = list(pool.map(run, range(clients)))
        rate = sum(answer["done"] for answer in answers) / seconds
        limit = REGISTERED_PER_SECOND if self.database.postgres else None
        self.table.at_least(f"registration: {clients} clients", rate, "complaints/s", limit)
        self.table.add("registration: median of one", sorted(answer["ms"] for answer in answers)[clients // 2], "ms")

    def _register_export(self) -> None:
        made = self._task("complaint_export")
        if made.get("missing"):
            self.table.fail("export of the register", "no such page")
            return
        title = f"export of {made['rows']:,} complaints ({made['bytes'] / 1e6:.1f} MB)"
        self.table.add(title, made["seconds"], "s", 8 * max(made["rows"] / 100_000, 0.1))
        self.table.add("export of the register: peak memory of the whole process", made["mb"], "MB", 150)
        self.table.add("export of the register: of it Django before the request", made["before_mb"], "MB")

    def _letter(self) -> None:
        made = self._task("letter")
        if made.get("missing"):
            self.table.fail("reply letter as PDF", "no such page")
            return
        self.table.add("reply letter as PDF, the first of a process", made["cold"], "s")
        self.table.add("reply letter as PDF, warm, median of 5", made["warm"], "s", 0.5)
