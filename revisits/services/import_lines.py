"""Putting imported lines into the version being drafted: beside what it has, or in its place (clause 5.2.2)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from revisits.models import RevisitPlan, Visit
from revisits.models.visit import DONE_STATES, VisitQuerySet

from .writing import LineData, write_lines

T = TypeVar("T")
Key = tuple[int, date, str]
CHUNK = 900  # below SQLite's smallest limit of parameters, which bounds an IN list


def key_of(line: LineData) -> Key:
    return line.project, line.on, line.method


def keys_of(plan: RevisitPlan) -> set[Key]:
    """What the version being drafted has already."""
    return set(_lines(plan).values_list("project", "planned_on", "method"))


def _lines(plan: RevisitPlan) -> VisitQuerySet:
    lines: VisitQuerySet = plan.visits.of_version(plan.version).exclude(status=Visit.Status.CANCELLED)
    return lines


def add_lines(plan: RevisitPlan, lines: Iterable[LineData]) -> int:
    """The lines the plan has not yet; of what it has, nothing is changed. How many were added."""
    there = keys_of(plan)
    new = [line for line in lines if key_of(line) not in there]
    write_lines(plan, new)
    return len(new)


@dataclass(slots=True)
class _Fates:
    """What becomes of the plan's lines; ``new`` are those it does not have."""

    new: dict[Key, LineData]
    deleted: list[int] = field(default_factory=list)
    given_up: list[int] = field(default_factory=list)
    taken_back: list[int] = field(default_factory=list)
    renamed: list[Visit] = field(default_factory=list)


def replace_lines(plan: RevisitPlan, lines: Iterable[LineData]) -> int:
    """The version then has these lines, and what was carried out already. A line that governs and is asked for stays as
    it is; one that is not is given up with this version, as when it is taken out by hand. How many were asked for."""
    fates = _Fates({key_of(line): line for line in lines})
    asked = len(fates.new)
    for visit in _lines(plan).order_by("pk"):
        _decide(visit, plan.version, fates)
    for visit in plan.visits.filter(dropped_in=plan.version, added_in__lt=plan.version).order_by("pk"):
        line = fates.new.get(_key(visit))
        if line is not None and _same_visitor(line, visit):  # taken out before, and asked for again
            fates.taken_back.append(visit.pk)
            del fates.new[_key(visit)]
    for some in _chunks(fates.deleted):
        plan.visits.filter(pk__in=some).delete()
    for some in _chunks(fates.given_up):
        plan.visits.filter(pk__in=some).update(dropped_in=plan.version)
    for some in _chunks(fates.taken_back):
        plan.visits.filter(pk__in=some).update(dropped_in=None)
    Visit.objects.bulk_update(fates.renamed, ["visitor"], batch_size=CHUNK // 3)
    write_lines(plan, fates.new.values())
    return asked


def _decide(visit: Visit, version: int, fates: _Fates) -> None:
    line = fates.new.get(_key(visit))
    if visit.status in DONE_STATES or (line is not None and _same_visitor(line, visit)):
        fates.new.pop(_key(visit), None)
    elif visit.added_in < version:
        fates.given_up.append(visit.pk)
    elif line is not None:
        visit.visitor_id = line.visitor
        fates.renamed.append(visit)
        del fates.new[_key(visit)]
    else:
        fates.deleted.append(visit.pk)


def _key(visit: Visit) -> Key:
    return visit.project_id, visit.planned_on, visit.method


def _same_visitor(line: LineData, visit: Visit) -> bool:
    """A blank visitor asks for nobody else."""
    return line.visitor in (None, visit.visitor_id)


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
