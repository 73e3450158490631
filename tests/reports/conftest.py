"""Ledgers for the documents: made and carried on by the services, as people do it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from ledgers.appendix_c import GROUPS, Contact
from ledgers.models import Ledger
from ledgers.services.drafting import save_draft
from ledgers.services.projects import record_completion, register_project
from ledgers.services.review import decide_ledger, propose_change, submit_ledger
from tests.personas import Personas

NOW = parse_datetime("2026-11-20T10:00:00+08:00") or timezone.now()
ADDRESS = "北京市丰台区西三环南路88号"
START, END = date(2026, 11, 18), date(2028, 11, 17)


def people(**changes: dict[str, Any]) -> list[Contact]:
    """The 13 posts, all filled; ``changes`` by post code."""
    found = []
    for group in GROUPS:
        for post in group.posts:
            firm = "宏达防水工程有限公司" if group.code == "subcontractor" else ""
            contact = Contact(group.code, post.code, name="徐晓明", phone="13801234567", remark=firm)
            found.append(replace(contact, **changes.get(post.code, {})))
    return found


@pytest.fixture
def make_ledger(personas: Personas) -> Callable[..., Ledger]:
    counter = iter(range(1, 1000))

    def make(
        department: str = "U1D1",
        *,
        contacts: list[Contact] | None = None,
        until: str = "effective",
        header: dict[str, Any] | None = None,
        number: str = "",
        **values: Any,
    ) -> Ledger:
        """A ledger of the department, carried to ``until``: pending, draft or effective."""
        at = next(counter)
        pw, uw, uh = (personas[f"{post}{department[1]}{end}"] for post, end in (("pw", "1"), ("uw", ""), ("uh", "")))
        project = register_project(
            department=personas.unit(department),
            values={"code": f"GC2026-{at:03}", "name": "星河湾一期住宅工程", "address": "北京市丰台区西三环南路88号"}
            | values,
            actor=pw,
            now=NOW,
        )
        ledger = record_completion(project_id=project.pk, accepted_on=START, actor=pw, now=NOW)
        if until == "pending":
            return ledger
        ledger.refresh_from_db()
        shown = {
            "recorded_on": date(2026, 11, 19),
            "name": project.name,
            "address": project.address,
            "warranty_start": START,
            "warranty_end": END,
        }
        ledger = save_draft(
            ledger_id=ledger.pk,
            header=shown | (header or {}),
            contacts=people() if contacts is None else contacts,
            number=number,
            revision=ledger.revision,
            actor=pw,
            now=NOW,
        )
        if until == "draft":
            return ledger
        submit_ledger(ledger_id=ledger.pk, actor=pw, now=NOW)
        decide_ledger(ledger_id=ledger.pk, step="review", remark="信息齐全。", actor=uw, now=NOW)
        decide_ledger(ledger_id=ledger.pk, step="confirm", remark="同意。", actor=uh, now=NOW)
        return Ledger.objects.get(pk=ledger.pk)

    return make


@pytest.fixture
def change_ledger(personas: Personas) -> Callable[..., Ledger]:
    """A change of a ledger of U1D1, approved by both reviewers, with another name."""

    def change(ledger: Ledger, name: str) -> Ledger:
        pw, uw, uh = personas.pw11, personas.uw1, personas.uh1
        propose_change(ledger_id=ledger.pk, reason="工程更名。", actor=pw, now=NOW)
        ledger.refresh_from_db()
        save_draft(
            ledger_id=ledger.pk,
            header={"name": name},
            contacts=people(),
            revision=ledger.revision,
            actor=pw,
            now=NOW,
        )
        submit_ledger(ledger_id=ledger.pk, actor=pw, now=NOW)
        decide_ledger(ledger_id=ledger.pk, step="review_change", remark="", actor=uw, now=NOW)
        decide_ledger(ledger_id=ledger.pk, step="confirm_change", remark="同意。", actor=uh, now=NOW)
        return Ledger.objects.get(pk=ledger.pk)

    return change
