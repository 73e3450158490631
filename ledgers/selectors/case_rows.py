"""The cases as rows of Appendix F, for the export: streamed, without model instances, one query."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from ledgers.models import WarrantyCase
from ledgers.models.case import GRADES
from workflow.due import SHANGHAI

CHUNK = 900
W = WarrantyCase
GRADE = dict(GRADES)
COVERED = {True: "是", False: "否", None: ""}
_FIELDS = (
    "number", "project__name", "reporter", "phone", "source", "reported_at", "channel", "place", "trade", "problem",
    "urgency", "in_warranty", "subcontractor", "responsible", "dispatched_at", "arrive_by", "arrived_at", "measures",
    "started_at", "finished_at", "cost", "charged_to_subcontractor", "verified_by__name", "client_confirmed_by",
    "satisfaction", "rework_count", "remark", "status",
)  # fmt: skip


def _words(choices: Any) -> dict[str, str]:
    return {str(value): str(label) for value, label in choices}


SOURCE, CHANNEL, URGENCY = (_words(each.choices) for each in (W.Source, W.Channel, W.Urgency))
STATUS = _words(W.Status.choices)


def case_rows(queryset: QuerySet[WarrantyCase]) -> Iterator[tuple[Any, ...]]:
    """One tuple a case, in the order of ``queryset`` and of ``CASE_SHEET_COLUMNS``, each value as its cell shows it:
    moments naive in Beijing time or None, money as numbers, the rest text. Phones are whole.

    Appendix F has no column for the state: what is not 已完成 says so at the head of 备注.
    """
    for row in queryset.values_list(*_FIELDS).iterator(chunk_size=CHUNK):
        (
            number, project, reporter, phone, source, reported, channel, place, trade, problem, urgency, covered,
            firm, person, dispatched, arrive_by, arrived, measures, started, finished, cost, charged, verifier,
            client, grade, reworks, remark, status,
        ) = row  # fmt: skip
        state = "" if status == W.Status.DONE else f"【{STATUS[status]}】"
        yield (
            number, project, reporter, phone, SOURCE[source], _beijing(reported), CHANNEL[channel], place, trade,
            problem, URGENCY[urgency], COVERED[covered], " ".join(filter(None, (firm, person))), _beijing(dispatched),
            _beijing(arrive_by), _beijing(arrived), measures, _beijing(started), _beijing(finished), _yuan(cost),
            _yuan(charged), verifier or "", client, GRADE.get(grade, ""), reworks, f"{state}{remark}",
        )  # fmt: skip


def _beijing(moment: datetime | None) -> datetime | None:
    return moment.astimezone(SHANGHAI).replace(tzinfo=None) if moment is not None else None


def _yuan(amount: Any) -> float | None:
    return float(amount) if amount is not None else None
