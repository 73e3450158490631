"""The list as rows of cells, for the export: streamed, without model instances."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from ledgers.appendix_c import ABSENT
from ledgers.columns import LIST_COLUMNS, REGIONS
from ledgers.models import Ledger, LedgerContact, LedgerVersion

CHUNK = 900  # below SQLite's smallest limit of parameters, which bounds an IN list

# The cells taken from the shown version, and from the project while there is no version yet.
_VERSIONED = (
    "name", "address", "accepted_on", "delivered_on", "warranty_start", "warranty_end",
    "key", "strategic", "hvac", "region", "remark",
)  # fmt: skip
_OF_PROJECT = {"name", "address", "accepted_on", "delivered_on", "key", "strategic", "hvac", "region"}
_POST_AT = {post: index for index, post in enumerate(dict.fromkeys(c.post for c in LIST_COLUMNS if c.post))}
_YES_NO = ("否", "是")


def ledger_rows(queryset: QuerySet[Ledger]) -> Iterator[tuple[Any, ...]]:
    """One tuple a ledger, in the order of ``queryset`` and of ``LIST_COLUMNS``, each value as its cell shows it:
    ``seq`` an int from 1, dates ``date`` or None, flags 是/否, regions 北方/南方, everything else text.

    The shown version (in force, else the draft), else the register. 无此岗位 stands in the name, its reason in the
    phone's cell, as the import reads it. Three queries for every 900 ledgers; the whole list is never in memory.
    """
    fields = ["project__code", "project__department__code", *(f"project__{name}" for name in sorted(_OF_PROJECT))]
    ledgers = (
        queryset.annotate(shown_id=Coalesce("effective_id", "working_id"))
        .values_list("shown_id", *fields)
        .iterator(chunk_size=CHUNK)
    )
    number = 0
    while chunk := list(islice(ledgers, CHUNK)):
        ids = [row[0] for row in chunk if row[0] is not None]
        versions = {row[0]: row[1:] for row in _versions(ids)}
        people = _people(ids)
        for shown_id, code, department, *register in chunk:
            number += 1
            yield _row(number, code, department, versions.get(shown_id), register, people.get(shown_id))


_REGISTER_ORDER = sorted(_OF_PROJECT)
_BLANK_PEOPLE = ("",) * (2 * len(_POST_AT))


def _versions(ids: list[int]) -> QuerySet[LedgerVersion, tuple[Any, ...]]:
    return LedgerVersion.objects.filter(pk__in=ids).order_by().values_list("pk", *_VERSIONED)


def _people(ids: list[int]) -> dict[int, list[str]]:
    """Version → name and phone of each post, in the columns' order."""
    people: dict[int, list[str]] = {pk: list(_BLANK_PEOPLE) for pk in ids}
    rows = (
        LedgerContact.objects.filter(version__in=ids)
        .exclude(post="")
        .order_by()
        .values_list("version_id", "post", "name", "phone", "absent", "absent_reason")
    )
    for version, post, name, phone, absent, reason in rows:
        at = 2 * _POST_AT[post]
        cells = people[version]
        cells[at], cells[at + 1] = (ABSENT, reason) if absent else (name, phone)
    return people


def _row(
    number: int,
    code: str,
    department: str,
    version: tuple[Any, ...] | None,
    register: list[Any],
    people: list[str] | None,
) -> tuple[Any, ...]:
    if version is None:
        known = dict(zip(_REGISTER_ORDER, register, strict=True))
        version = tuple(known.get(name, "" if name == "remark" else None) for name in _VERSIONED)
    name, address, accepted, delivered, start, end, key, strategic, hvac, region, remark = version
    return (
        number, code, name, address, department, accepted, delivered, start, end,
        _YES_NO[key], _YES_NO[strategic], _YES_NO[hvac], REGIONS.get(region, ""),
        *(people or _BLANK_PEOPLE), remark,
    )  # fmt: skip
