"""The steps of a warranty case: dispatch, arrival, repair, verification, 非保修, 作废."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from ledgers.evidence import AFTER, ARRIVAL, PROOF, SIGNATURE
from ledgers.flow import CASE_FLOW
from ledgers.models import WarrantyCase
from ledgers.models.case import GRADES
from organization.models import User
from workflow.services.evidence import keep_files

from .cases import in_words, lock_case
from .punch import end_of
from .words import field_label

S = WarrantyCase.Status
Files: TypeAlias = "Sequence[File[Any]]"


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Who repairs, and by when: ``arrive_by`` a moment, ``repair_by`` a day (its end is the limit)."""

    subcontractor: str
    responsible: str
    arrive_by: datetime
    repair_by: date


@transaction.atomic
def dispatch_case(
    *, case_id: int, dispatch: Dispatch, in_warranty: bool, remark: str = "", actor: User, now: datetime
) -> WarrantyCase:
    """待派单 → 待到场: PM or UW names the subcontractor, the person and both limits, and says whether it is covered."""
    case = lock_case(case_id)
    CASE_FLOW.check("dispatch", case, actor=actor, now=now)
    _check_limits(case, dispatch, now)
    _take(case, dispatch)
    case.in_warranty, case.dispatched_at = in_warranty, now
    CASE_FLOW.move("dispatch", case, actor=actor, now=now, remark=remark, due=case.arrive_by)
    return case


@transaction.atomic
def change_dispatch(*, case_id: int, dispatch: Dispatch, reason: str, actor: User, now: datetime) -> WarrantyCase:
    """改派 or another limit, with a reason. Only the limit that runs gets a new clock; one already missed stays a fact.

    The arrival is no longer asked for once somebody has arrived.
    """
    case = lock_case(case_id)
    CASE_FLOW.check("reassign", case, actor=actor, now=now)
    old = {name: getattr(case, name) for name in ("subcontractor", "responsible", "arrive_by", "repair_by")}
    if case.status != S.TO_ARRIVE and case.arrive_by is not None:
        dispatch = Dispatch(dispatch.subcontractor, dispatch.responsible, case.arrive_by, dispatch.repair_by)
    _check_limits(case, dispatch, now)
    _take(case, dispatch)
    changes = [
        {"field": field_label(case, name), "old": in_words(name, value), "new": in_words(name, getattr(case, name))}
        for name, value in old.items()
        if getattr(case, name) != value
    ]
    if not changes:
        raise ValidationError("内容没有变化,无需保存。")
    step, due = "reassign", None
    if case.status == S.TO_ARRIVE and case.arrive_by != old["arrive_by"]:
        step, due = "move_arrival", case.arrive_by
    elif case.status != S.TO_ARRIVE and case.repair_by != old["repair_by"]:
        step, due = "move_repair", _end(case)
    CASE_FLOW.move(step, case, actor=actor, now=now, remark=reason, changes=changes, due=due)
    case.save()
    return case


@transaction.atomic
def record_arrival(*, case_id: int, remark: str = "", photos: Files = (), actor: User, now: datetime) -> WarrantyCase:
    """待到场 (返修) → 处理中 at the server's time: the moment of arrival is when it is reported from the site."""
    case = lock_case(case_id)
    step = "resume" if case.status == S.REWORK else "arrive"
    CASE_FLOW.check(step, case, actor=actor, now=now)
    keep_files(case, photos, kind=ARRIVAL, actor=actor, now=now, field="photos")
    if step == "arrive":
        case.arrived_at = case.started_at = now
    CASE_FLOW.move(step, case, actor=actor, now=now, remark=remark, due=_end(case))
    return case


@transaction.atomic
def finish_repair(
    *,
    case_id: int,
    measures: str,
    cost: Decimal | None = None,
    charged: Decimal | None = None,
    photos: Files = (),
    actor: User,
    now: datetime,
) -> WarrantyCase:
    """处理中 → 待验证: the measures in words and photos of this round; PW's three days to verify begin."""
    case = lock_case(case_id)
    CASE_FLOW.check("finish", case, actor=actor, now=now)
    for name, value in (("cost", cost), ("charged", charged)):
        if value is not None and value < 0:
            raise ValidationError({name: "金额不能为负数。"})
    keep_files(case, photos, kind=AFTER, actor=actor, now=now, field="photos")
    case.measures, case.finished_at = measures.strip(), now
    case.cost, case.charged_to_subcontractor = cost, charged
    CASE_FLOW.move("finish", case, actor=actor, now=now)
    return case


@transaction.atomic
def verify_repair(
    *,
    case_id: int,
    client: str,
    satisfaction: int | None,
    remark: str = "",
    signature: Files = (),
    actor: User,
    now: datetime,
) -> WarrantyCase:
    """待验证 → 已完成: the client confirms, with a grade and a signature; never by who finished it (G5)."""
    case = lock_case(case_id)
    CASE_FLOW.check("verify", case, actor=actor, now=now)
    if satisfaction is not None and satisfaction not in dict(GRADES):
        raise ValidationError({"satisfaction": "满意度无效,请重新选择。"})
    keep_files(case, signature, kind=SIGNATURE, actor=actor, now=now, field="signature")
    case.client_confirmed_by, case.satisfaction = client.strip(), satisfaction
    case.verified_by, case.closed_at = actor, now
    CASE_FLOW.move("verify", case, actor=actor, now=now, remark=remark)
    return case


@transaction.atomic
def return_repair(*, case_id: int, reason: str, repair_by: date, actor: User, now: datetime) -> WarrantyCase:
    """待验证 → 返修 with the reason and the day by which it is to be put right; the rework counts."""
    case = lock_case(case_id)
    CASE_FLOW.check("rework", case, actor=actor, now=now)
    _check_repair_by(repair_by, now)
    case.repair_by, case.finished_at = repair_by, None
    case.rework_count += 1
    CASE_FLOW.move("rework", case, actor=actor, now=now, remark=reason, due=_end(case))
    return case


@transaction.atomic
def reject_case(*, case_id: int, reason: str, proof: Files = (), actor: User, now: datetime) -> WarrantyCase:
    """非保修 by UH (misuse, out of term), with proof, from any open state."""
    case = lock_case(case_id)
    CASE_FLOW.check("reject", case, actor=actor, now=now)
    keep_files(case, proof, kind=PROOF, actor=actor, now=now, field="proof")
    case.in_warranty, case.closed_at = False, now
    CASE_FLOW.move("reject", case, actor=actor, now=now, remark=reason)
    return case


@transaction.atomic
def void_case(*, case_id: int, reason: str, actor: User, now: datetime) -> WarrantyCase:
    """作废 of a wrong entry keeps the record and needs a reason."""
    case = lock_case(case_id)
    CASE_FLOW.check("void", case, actor=actor, now=now)
    case.closed_at = now
    CASE_FLOW.move("void", case, actor=actor, now=now, remark=reason)
    return case


def _take(case: WarrantyCase, dispatch: Dispatch) -> None:
    case.subcontractor, case.responsible = dispatch.subcontractor.strip(), dispatch.responsible.strip()
    case.arrive_by, case.repair_by = dispatch.arrive_by, dispatch.repair_by


def _check_limits(case: WarrantyCase, dispatch: Dispatch, now: datetime) -> None:
    """A limit that still runs lies ahead; one that stays as it was may have passed."""
    if dispatch.arrive_by != case.arrive_by and dispatch.arrive_by <= now:
        raise ValidationError({"arrive_by": f"要求到场时间须晚于现在({timezone.localtime(now):%Y-%m-%d %H:%M})。"})
    if dispatch.repair_by != case.repair_by:
        _check_repair_by(dispatch.repair_by, now)
    if dispatch.repair_by < timezone.localdate(dispatch.arrive_by):
        raise ValidationError({"repair_by": "要求完成日期不能早于要求到场的日期。"})


def _check_repair_by(day: date, now: datetime) -> None:
    if day < timezone.localdate(now):
        raise ValidationError({"repair_by": "要求完成日期不能早于今天。"})


def _end(case: WarrantyCase) -> datetime | None:
    return end_of(case.repair_by) if case.repair_by else None
