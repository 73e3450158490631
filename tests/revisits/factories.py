"""Makers of revisit plans and visits. A state is reached by the services that lead to it, never set.

``approved(personas, unit="U1D1")`` walks there by the posts whose work it is. The year is 2026, the ledger of
``a_ledger`` governs from 2 January 2026 on a warranty from 1 June 2025 to 31 May 2027.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from ledgers.models import Ledger
from organization.models import Unit
from revisits.models import Method, RevisitPlan, Visit
from revisits.services.deciding import decide_plan, submit_plan
from revisits.services.planning import draft_plan, start_plan
from revisits.services.visits import RecordData, record_unreachable, record_visit
from tests.ledgers.factories import effective
from tests.personas import Personas
from workflow.due import SHANGHAI

YEAR = 2026
OPENED = datetime(2026, 1, 4, 9, tzinfo=SHANGHAI)
START, END = date(2025, 6, 1), date(2027, 5, 31)
# Who drafts, decides and carries out, by the unit whose plan it is.
WRITER = {"U1": "uw1", "U1D1": "pw11", "U1D2": "pw12", "U2": "uw2", "U2D1": "pw21"}
DECIDER = {"U1": "gh", "U1D1": "uh1", "U1D2": "uh1", "U2": "gh", "U2D1": "uh2"}


def on(month: int, day: int, hour: int = 9, year: int = YEAR) -> datetime:
    return datetime(year, month, day, hour, tzinfo=SHANGHAI)


def a_ledger(
    personas: Personas,
    *,
    start: date = START,
    end: date = END,
    now: datetime = on(1, 2),  # noqa: B008 - a constant
    header: dict[str, Any] | None = None,
    **values: Any,
) -> Ledger:
    """A ledger in force in U1D1; ``values`` are the project's (key, hvac, city, overseas …)."""
    dates = {"warranty_start": start, "warranty_end": end, "accepted_on": start, "delivered_on": start}
    return effective(personas, now=now, accepted_on=start, header=dates | (header or {}), **values)


def started(personas: Personas, *, unit: str = "U1", year: int = YEAR, now: datetime = OPENED) -> RevisitPlan:
    """编制中, without a line."""
    made: Unit = personas.unit(unit)
    return start_plan(unit=made, year=year, actor=personas[WRITER[unit]], now=now)


def drafted(personas: Personas, *, unit: str = "U1", now: datetime = OPENED, **values: Any) -> RevisitPlan:
    """编制中, with the fewest lines that pass."""
    plan = started(personas, unit=unit, now=now, **values)
    return draft_plan(plan_id=plan.pk, actor=personas[WRITER[unit]], now=now)


def submitted(personas: Personas, *, unit: str = "U1", now: datetime = OPENED, **values: Any) -> RevisitPlan:
    plan = drafted(personas, unit=unit, now=now, **values)
    return submit_plan(plan_id=plan.pk, actor=personas[WRITER[unit]], now=now)


def approved(personas: Personas, *, unit: str = "U1", now: datetime = OPENED, **values: Any) -> RevisitPlan:
    """已审批·执行中."""
    plan = submitted(personas, unit=unit, now=now, **values)
    return decide_plan(plan_id=plan.pk, decision="approve", actor=personas[DECIDER[unit]], now=now)


def returned(personas: Personas, *, unit: str = "U1", now: datetime = OPENED) -> RevisitPlan:
    plan = submitted(personas, unit=unit, now=now)
    return decide_plan(plan_id=plan.pk, decision="return", remark="请核对", actor=personas[DECIDER[unit]], now=now)


def first_visit(plan: RevisitPlan, method: str = "") -> Visit:
    """The earliest open visit of a plan, of a method when that matters."""
    visits = plan.visits.open()
    found: Visit = (visits.filter(method=method) if method else visits).order_by("scheduled_on", "pk")[0]
    return found


def record_of(visit: Visit, **changes: Any) -> RecordData:
    """What the record form says, whole and without a problem unless told otherwise."""
    values: dict[str, Any] = {
        "visited_on": visit.scheduled_on,
        "method": visit.method_now if visit.level == "unit" else Method.ONSITE.value,
        "visitor": "吴维一",
        "respondent": "物业李经理",
        "quality": "good",
        "arrival": "none",
        "timeliness": "none",
        "effectiveness": "none",
        "situation": "整体使用良好",
        "problem": {},
    }
    return values | changes  # type: ignore[return-value]


PROBLEM = {
    "quality": "found",
    "arrival": "prompt",
    "timeliness": "prompt",
    "effectiveness": "effective",
    "problem": {
        "place": "3#楼屋面",
        "trade": "防水",
        "problem": "女儿墙根部渗水",
        "urgency": "normal",
        "phone": "13900001234",
    },
}


def visited(
    personas: Personas, visit: Visit, *, now: datetime | None = None, files: Sequence[Any] = (), **changes: Any
) -> Visit:
    """Recorded on its day by who carries it out."""
    writer = WRITER[visit.unit.code]
    moment = now or datetime.combine(visit.scheduled_on, OPENED.timetz())
    return record_visit(
        visit_id=visit.pk, values=record_of(visit, **changes), actor=personas[writer], now=moment, files=files
    )


def unreachable(personas: Personas, visit: Visit, *, moved_to: date, now: datetime | None = None) -> Visit:
    writer = WRITER[visit.unit.code]
    moment = now or datetime.combine(visit.scheduled_on, OPENED.timetz())
    return record_unreachable(
        visit_id=visit.pk,
        tried_on=visit.scheduled_on,
        reason="电话停机",
        moved_to=moved_to,
        actor=personas[writer],
        now=moment,
    )
