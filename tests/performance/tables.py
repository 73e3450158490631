"""What was measured, as a table."""

import sys
from dataclasses import dataclass, field

from .databases import Database


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

    def at_least(self, title: str, value: float, unit: str, limit: float | None) -> None:
        shown = "" if limit is None else f">= {limit:g} {unit}"
        self.measures.append(Measure(title, f"{value:,.1f} {unit}", shown, None if limit is None else value >= limit))

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
