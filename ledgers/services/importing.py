"""Checking a workbook and saving what it holds: all or nothing, unless 部分导入 was chosen (clauses 5.1.1, 5.1.2)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from ledgers.appendix_c import HEAD
from ledgers.imports.parse import parse
from ledgers.imports.result import Parsed, ParsedRow
from ledgers.models import Ledger, Project
from ledgers.permissions import IMPORT_INTO
from ledgers.selectors.counts import ledgers_changed
from organization.models import Unit, User
from organization.models.units import Tier

from .import_rows import Overtaken, save_rows, tell_departments

CHUNK = 900  # below SQLite's smallest limit of parameters, which bounds an IN list
ATTEMPTS = 3

# A registered project without a ledger, or with one that nobody has begun: a row fills it.
WAITING = Q(ledger__isnull=True) | Q(ledger__status=Ledger.Status.PENDING)

Begin = Callable[[], None]
Finish = Callable[["Imported"], None]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Imported:
    parsed: Parsed
    saved: int


def departments_for(actor: User | None) -> dict[str, Unit]:
    """The project departments a person may import into; all of them on the command line (``actor`` None)."""
    units = Unit.objects.all() if actor is None else IMPORT_INTO.units(actor)
    return {unit.code: unit for unit in units.filter(tier=Tier.DEPARTMENT, dissolved_on__isnull=True)}


def check_workbook(*, path: Path | str, department: str | None, actor: User | None, now: datetime) -> Parsed:
    """The dry run: read and check, save nothing. Raises ``WorkbookRefused`` when the file cannot be read as a whole.

    A number is taken when a project bears it, unless that project waits for its ledger within the person's reach.
    """
    departments = departments_for(actor)
    waiting = {
        code: (owner, address)
        for code, owner, address in Project.objects.filter(WAITING).values_list("code", "department__code", "address")
        if owner in departments
    }
    taken = set(Project.objects.values_list("code", flat=True)).difference(waiting)
    parsed = parse(
        path,
        departments=set(departments),
        department=department,
        taken_numbers=taken,
        waiting={code: owner for code, (owner, _) in waiting.items()},
        today=timezone.localdate(now),
    )
    for row in parsed.rows:
        # What the register knows is no gap.
        if row.missing and waiting.get(row.data.number, ("", ""))[1] and HEAD["address"] in row.missing:
            row.missing.remove(HEAD["address"])
    return parsed


def import_ledgers(
    *,
    path: Path | str,
    department: str | None,
    actor: User | None,
    now: datetime,
    partial: bool = False,
    begin: Begin | None = None,
    finish: Finish | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Save the accepted rows as drafts (编制中) with their gaps; one rejected row saves nothing, unless ``partial``.

    An imported ledger's 3 days count from the import: the portal could not have asked for it earlier; a clock that
    runs already is kept. ``begin`` and ``finish`` are called first and last in the transaction that saves,
    ``progress`` with (done, of) on the way.
    A number that somebody took between the check and the saving is an error of its row when the check is repeated.
    """
    for attempt in range(1, ATTEMPTS + 1):
        if actor is not None:
            IMPORT_INTO.require_somewhere(actor)
        parsed = check_workbook(path=path, department=department, actor=actor, now=now)
        accepted = [row for row in parsed.rows if row.accepted]
        if not accepted or (len(accepted) < len(parsed.rows) and not partial):
            return Imported(parsed, 0)
        try:
            return _save(parsed, accepted, actor, now, begin, finish, progress)
        except (IntegrityError, Overtaken):
            if attempt == ATTEMPTS:
                raise
    raise AssertionError("unreachable")


@transaction.atomic
def _save(
    parsed: Parsed,
    accepted: list[ParsedRow],
    actor: User | None,
    now: datetime,
    begin: Begin | None,
    finish: Finish | None,
    progress: Progress | None,
) -> Imported:
    if begin is not None:
        begin()
    ledgers_changed()
    departments = departments_for(actor)
    # In the order of their numbers, so that two imports of the same numbers wait for each other and never both.
    accepted = sorted(accepted, key=lambda row: row.data.number)
    for start in range(0, len(accepted), CHUNK):
        save_rows(accepted[start : start + CHUNK], departments, actor=actor, now=now)
        if progress is not None:
            progress(min(start + CHUNK, len(accepted)), len(accepted))
    tell_departments(accepted, departments, now=now)
    done = Imported(parsed, len(accepted))
    if finish is not None:
        finish(done)
    return done
