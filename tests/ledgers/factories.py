"""Ledgers for tests, brought to where they stand by the services, by those whose work it is; never by setting a status."""

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from ledgers.appendix_c import GROUPS, Contact
from ledgers.models import Ledger, Project
from ledgers.services.drafting import save_draft
from ledgers.services.projects import record_completion, register_project
from ledgers.services.review import decide_ledger, submit_ledger
from organization.models import User
from tests.personas import Personas

_numbers = count(1)


def full_contacts(**phones: str) -> list[Contact]:
    """All 13 posts with a name and a phone; ``waterproofing=""`` blanks one."""
    return [
        Contact(group.code, post.code, "", f"联系人{post.name}", phones.get(post.code, "13800001234"))
        for group in GROUPS
        for post in group.posts
    ]


def make_project(personas: Personas, *, department: str = "U1D1", actor: str = "pw11", **values: Any) -> Project:
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "code": f"T-{number:05d}",
        "name": f"测试工程{number}",
        "address": "北京市丰台区西三环南路88号",
        "region": "north",
    }
    return register_project(
        department=personas.unit(department),
        values=defaults | values,
        actor=personas.fresh(actor),
        now=timezone.now(),
    )


def pending_ledger(
    personas: Personas, *, completed_on: date | None = None, actor: str = "pw11", **values: Any
) -> Ledger:
    """待建账: the project's acceptance has been recorded."""
    now = timezone.now()
    project = make_project(personas, actor=actor, **values)
    return record_completion(
        project_id=project.pk,
        accepted_on=completed_on or timezone.localdate(now),
        actor=personas.fresh(actor),
        now=now,
    )


def work_on(
    ledger: Ledger,
    actor: User,
    *,
    contacts: list[Contact] | None = None,
    now: datetime | None = None,
    start: date | None = None,
    end: date | None = None,
    **header: Any,
) -> Ledger:
    """Save the draft as ``actor`` would, complete unless told otherwise; two years of warranty from ``start``."""
    fresh = Ledger.objects.select_related("project", "working").get(pk=ledger.pk)
    now = now or timezone.now()
    start = start or fresh.project.completed_on or timezone.localdate(now)
    values: dict[str, Any] = {
        "recorded_on": timezone.localdate(now),
        "name": fresh.project.name,
        "address": fresh.project.address,
        "warranty_start": start,
        "warranty_end": end or start + timedelta(days=729),
    }
    return save_draft(
        ledger_id=fresh.pk,
        revision=fresh.revision,
        number=fresh.number or f"2026-{fresh.pk:03d}",
        header=values | header,
        contacts=full_contacts() if contacts is None else contacts,
        actor=actor,
        now=now,
    )


def drafted_ledger(personas: Personas, *, actor: str = "pw11", **values: Any) -> Ledger:
    """编制中, complete."""
    return work_on(pending_ledger(personas, actor=actor, **values), personas.fresh(actor))


def submitted_ledger(personas: Personas, *, actor: str = "pw11", **values: Any) -> Ledger:
    """待审核."""
    ledger = drafted_ledger(personas, actor=actor, **values)
    return submit_ledger(ledger_id=ledger.pk, actor=personas.fresh(actor), now=timezone.now())


def effective_ledger(personas: Personas, *, unit: int = 1, **values: Any) -> Ledger:
    """已生效: reviewed by the unit's UW and confirmed by its UH."""
    actor = values.pop("actor", f"pw{unit}1")
    values.setdefault("department", f"U{unit}D1")
    ledger = submitted_ledger(personas, actor=actor, **values)
    now = timezone.now()
    decide_ledger(ledger_id=ledger.pk, step="review", remark="", actor=personas.fresh(f"uw{unit}"), now=now)
    return decide_ledger(ledger_id=ledger.pk, step="confirm", remark="", actor=personas.fresh(f"uh{unit}"), now=now)
