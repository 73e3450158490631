"""Makers of projects, ledgers and punch items. A state is reached by the services that lead to it, never set."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone

from ledgers import appendix_c
from ledgers.appendix_c import Contact
from ledgers.models import Ledger, Project, PunchItem
from ledgers.services.drafting import HEADER, save_draft
from ledgers.services.projects import record_completion, register_project
from ledgers.services.punch import add_punch_item, finish_punch_item
from ledgers.services.review import decide_ledger, propose_change, submit_ledger
from tests.personas import Personas
from workflow.due import SHANGHAI

NOW = datetime(2026, 3, 10, 10, tzinfo=SHANGHAI)
ACCEPTED = date(2026, 3, 9)
START, END = date(2026, 3, 10), date(2031, 3, 9)
_numbers = iter(range(1, 1_000_000))


def at(day: int, hour: int = 10, month: int = 3, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=SHANGHAI)


def make_project(
    personas: Personas, *, actor: str = "pw11", unit: str = "U1D1", now: datetime = NOW, **values: Any
) -> Project:
    number = next(_numbers)
    given = {
        "code": f"P-{number:05}",
        "name": f"第{number}中学教学楼",
        "address": f"河北省石家庄市中山路 {number} 号",
        "city": "石家庄",
    }
    return register_project(department=personas.unit(unit), values=given | values, actor=personas[actor], now=now)


def make_ledger(personas: Personas, *, now: datetime = NOW, accepted_on: date = ACCEPTED, **values: Any) -> Ledger:
    """待建账: a project with its acceptance recorded."""
    actor = values.pop("actor", "pw11")
    project = make_project(personas, now=now, actor=actor, **values)
    return record_completion(project_id=project.pk, accepted_on=accepted_on, actor=personas[actor], now=now)


def full_contacts(**changes: dict[str, Any]) -> list[Contact]:
    """All 13 posts with a name and a phone; ``plumbing_head={"phone": ""}`` changes one."""
    contacts = []
    for index, code in enumerate(appendix_c.POSTS):
        values: dict[str, Any] = {"name": f"联系{index}", "phone": f"138000{index:05}"}
        contacts.append(Contact(appendix_c.GROUP_OF[code].code, code, **(values | changes.get(code, {}))))
    return contacts


def header_of(ledger: Ledger, **changes: Any) -> dict[str, Any]:
    ledger.refresh_from_db()
    source: Any = ledger.working or ledger.project
    values = {name: getattr(source, name, "" if name == "remark" else None) for name in HEADER}
    values |= {
        "recorded_on": values["recorded_on"] or timezone.localdate(NOW),
        "warranty_start": values["warranty_start"] or START,
        "warranty_end": values["warranty_end"] or END,
    }
    return values | changes


def write(
    personas: Personas,
    ledger: Ledger,
    *,
    contacts: list[Contact] | None = None,
    actor: str = "pw11",
    now: datetime = NOW,
    terms: list[Any] | None = None,
    **header: Any,
) -> Ledger:
    """Save the draft, complete unless told otherwise."""
    values = header_of(ledger, **header)
    return save_draft(
        ledger_id=ledger.pk,
        header=values,
        contacts=full_contacts() if contacts is None else contacts,
        terms=terms or (),
        revision=Ledger.objects.get(pk=ledger.pk).revision,
        actor=personas[actor],
        now=now,
    )


def submitted(personas: Personas, *, now: datetime = NOW, **values: Any) -> Ledger:
    """待审核."""
    ledger = make_ledger(personas, now=now, **values)
    write(personas, ledger, now=now)
    return submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=now)


def effective(
    personas: Personas, *, now: datetime = NOW, header: dict[str, Any] | None = None, **values: Any
) -> Ledger:
    """已生效 by UW and UH."""
    ledger = make_ledger(personas, now=now, **values)
    write(personas, ledger, now=now, **(header or {}))
    submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=now)
    decide_ledger(ledger_id=ledger.pk, step="review", remark="", actor=personas.uw1, now=now)
    return decide_ledger(ledger_id=ledger.pk, step="confirm", remark="", actor=personas.uh1, now=now)


def changing(personas: Personas, *, now: datetime = NOW) -> Ledger:
    """变更编制中."""
    ledger = effective(personas, now=now)
    return propose_change(ledger_id=ledger.pk, reason="业主更换物业公司", actor=personas.pw11, now=now)


PUNCH = {
    "found_on": date(2026, 3, 1),
    "place": "3#楼 12 层东户卫生间",
    "trade": "防水",
    "problem": "地漏周边渗水",
    "responsible": "李工",
    "subcontractor": "宏源防水",
    "due_on": date(2026, 3, 20),
}


def punch_item(
    personas: Personas, project: Project | None = None, *, actor: str = "uw1", now: datetime = NOW, **values: Any
) -> PunchItem:
    project = project or make_project(personas)
    return add_punch_item(project=project, values=PUNCH | values, actor=personas[actor], now=now)


def finished(personas: Personas, *, now: datetime = NOW, **values: Any) -> PunchItem:
    item = punch_item(personas, now=now, **values)
    return finish_punch_item(
        item_id=item.pk, done_on=timezone.localdate(now), measures="重做防水层", actor=personas.pw11, now=now
    )
