"""The versions of a plan: what the check said of each, and in words what it changed (clause 5.2.4, R-A2-3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from revisits.models import Method, PlanVersion, RevisitPlan

CHANGES_SHOWN = 200
_METHODS = dict(Method.choices)
_FIELDS = (
    "pk", "project__name", "planned_on", "method", "visitor__name", "added_in", "dropped_in", "replaces_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VersionRow:
    """``changes``: project, before, after; at most ``CHANGES_SHOWN`` of ``count``."""

    version: PlanVersion
    label: str
    tone: str
    changes: list[dict[str, str]]
    count: int
    lines: int


def version_rows(plan: RevisitPlan) -> list[VersionRow]:
    """All versions, the newest first. Two queries."""
    versions = list(plan.versions.select_related("policy", "created_by", "submitted_by", "approved_by"))
    rows = list(plan.visits.order_by("project__name", "planned_on", "pk").values_list(*_FIELDS))
    found = []
    for version in versions:
        changes = _changes(rows, version.number) if version.number > 1 and version.withdrawn_at is None else []
        lines = sum(row[5] <= version.number and (row[6] is None or row[6] > version.number) for row in rows)
        label, tone = _standing(version, plan)
        found.append(VersionRow(version, label, tone, changes[:CHANGES_SHOWN], len(changes), lines))
    return found[::-1]


def changes_of(plan: RevisitPlan) -> list[dict[str, str]]:
    """What the version being drafted changes against the one in force. One query."""
    number = plan.version
    touched = plan.visits.filter(added_in=number) | plan.visits.filter(dropped_in=number)
    return _changes(list(touched.order_by("project__name", "planned_on", "pk").values_list(*_FIELDS)), number)


def _changes(rows: Iterable[tuple[Any, ...]], number: int) -> list[dict[str, str]]:
    """A line that continues one given up is the same line, moved; the rest is added or taken out."""
    touched = [row for row in rows if number in (row[5], row[6])]
    given_up = {row[0]: row for row in touched if row[6] == number}
    found = []
    for row in touched:
        if row[5] == number:
            before = given_up.pop(row[7], None)
            found.append({"field": row[1], "old": _words(before) if before else "", "new": _words(row)})
    found += [{"field": row[1], "old": _words(row), "new": ""} for row in given_up.values()]
    return sorted(found, key=lambda change: change["field"])


def _words(row: tuple[Any, ...]) -> str:
    return f"{row[2]} {_METHODS[row[3]]} · {row[4] or '未定回访人'}"


def _standing(version: PlanVersion, plan: RevisitPlan) -> tuple[str, str]:
    if version.withdrawn_at is not None:
        return "已放弃", "void"
    if version.superseded_at is not None:
        return "已被替代", "neutral"
    if version.pk == plan.effective_id:
        return "现行版本", "ok"
    return plan.status_label, plan.status_tone
