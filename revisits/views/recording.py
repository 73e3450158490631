"""The steps of a visit as pages (clauses 2.2.1, 5.3, 3.1.3): the record, a failed call, 改期, a correction, the group's
part."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from ledgers.views.common import StaffRequest
from organization.models import User
from revisits.forms.visits import TRADES, CorrectForm, MoveForm, ParticipateForm, RecordForm, UnreachableForm
from revisits.models import Participation, Visit
from revisits.services.visits import (
    correct_record,
    record_participation,
    record_unreachable,
    record_visit,
    reschedule_visit,
)

from .visit_common import Act, act


def _record(visit: Visit, form: RecordForm, actor: User, now: datetime) -> Visit:
    return record_visit(
        visit_id=visit.pk,
        values=form.values,
        files=form.cleaned_data["files"],
        revision=form.cleaned_data["revision"],
        actor=actor,
        now=now,
    )


def _correct(visit: Visit, form: CorrectForm, actor: User, now: datetime) -> Visit:
    given = form.cleaned_data
    return correct_record(
        visit_id=visit.pk,
        values=form.values,
        reason=given["reason"],
        revision=given["revision"],
        actor=actor,
        now=now,
    )


def _unreachable(visit: Visit, form: UnreachableForm, actor: User, now: datetime) -> Visit:
    given = form.cleaned_data
    return record_unreachable(
        visit_id=visit.pk,
        tried_on=given["tried_on"],
        reason=form.reason,
        moved_to=given["moved_to"],
        revision=given["revision"],
        actor=actor,
        now=now,
    )


def _move(visit: Visit, form: MoveForm, actor: User, now: datetime) -> Visit:
    given = form.cleaned_data
    return reschedule_visit(
        visit_id=visit.pk,
        to=given["to"],
        reason=given["reason"],
        revision=given["revision"],
        actor=actor,
        now=now,
    )


def _take_part(visit: Visit, form: ParticipateForm, actor: User, now: datetime) -> Participation:
    given = form.cleaned_data
    return record_participation(
        visit_id=visit.pk,
        people=given["people"],
        took_part_on=given["took_part_on"],
        note=given["note"],
        actor=actor,
        now=now,
    )


def _trades(visit: Visit, form: Any) -> dict[str, Any]:
    return {"trades": TRADES}


def _recorded(visit: Visit) -> str:
    if visit.status == Visit.Status.PROBLEM:
        return "已记录回访,并生成保修记录;保修闭合后本次回访办结。"
    return "已记录回访,本次回访办结。"


RECORD = Act(
    "done", "记录回访", RecordForm, _record, _recorded, "revisits/_visit_record.html", "保存记录", more=_trades
)
CORRECT = Act(
    "correct",
    "更正回访记录",
    CorrectForm,
    _correct,
    lambda visit: "已保存更正,原记录保留为以前的版本。",
    "revisits/_visit_record.html",
    "保存更正",
    "更正后成为新的一版,原记录和更正原因都会保留。",
    more=_trades,
)
UNREACHABLE = Act(
    "unreachable",
    "未联系上",
    UnreachableForm,
    _unreachable,
    lambda visit: f"已记录未联系上,改为 {visit.scheduled_on} 现场回访。",
    "revisits/_visit_unreachable.html",
    "改为现场回访",
)
MOVE = Act(
    "move",
    "改期",
    MoveForm,
    _move,
    lambda visit: f"已改期到 {visit.scheduled_on}。",
    "revisits/_visit_move.html",
    "确认改期",
)
PARTICIPATE = Act(
    "take_part",
    "记录集团参与",
    ParticipateForm,
    _take_part,
    lambda visit: "已记录集团参与情况。",
    "revisits/_visit_fields.html",
    "保存",
    "重点工程、战略合作伙伴的回访由集团工程部参与并记录(标准 3.1.3)。",
    level_free=True,
)


@require_http_methods(["GET", "POST"])
def visit_record(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, RECORD)


@require_http_methods(["GET", "POST"])
def visit_correct(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, CORRECT)


@require_http_methods(["GET", "POST"])
def visit_unreachable(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, UNREACHABLE)


@require_http_methods(["GET", "POST"])
def visit_move(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, MOVE)


@require_http_methods(["GET", "POST"])
def visit_participate(request: StaffRequest, pk: int) -> HttpResponse:
    return act(request, pk, PARTICIPATE)
