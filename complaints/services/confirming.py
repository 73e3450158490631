"""二次确认, 转办, and every other contact with the complainant or the client (B.3 C01, C02; R-3.4.2, R-3.1.3)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from complaints.flows.complaint import FLOW
from complaints.models import Complaint, Contact, Demand
from complaints.permissions import TRACK_OF
from organization.models import User

from .common import lock_complaint, must_be_given, must_be_one_of, must_be_past


@transaction.atomic
def confirm_with_complainant(
    *,
    complaint_id: int,
    method: str,
    at: datetime,
    person: str,
    reached: bool,
    text: str,
    demands: Collection[int],
    actor: User,
    now: datetime,
    dropped: Mapping[int, str] | None = None,
) -> Complaint:
    """B.3 C01/C02: one attempt to reach the complainant; ``demands`` are the ids of those confirmed in it, ``dropped``
    those that the complainant no longer makes, each with what was said.

    When every demand is settled, or the third attempt failed, the confirmation is complete and the complaint moves
    on. The two days of the ruling do not stop meanwhile. What a merge brought in unconfirmed is confirmed the same way
    while the ruling is awaited.
    """
    complaint = lock_complaint(complaint_id)
    tier = "group" if complaint.to_group else "unit"
    FLOW.check(f"attempt_{tier}", complaint, actor=actor, now=now)
    dropped = {pk: said.strip() for pk, said in (dropped or {}).items() if said.strip()}
    ours = {demand.pk: demand for demand in complaint.demands.all()}
    _check(complaint, method, at, person, text, now)
    _check_demands(list(ours.values()), demands, dropped, reached)
    words = f"已确认诉求 {len(set(demands))} 项" + (f",不再主张 {len(dropped)} 项" if dropped else "")
    remark = f"{words if reached else '未联系上'}:{text.strip()}"
    FLOW.move(f"attempt_{tier}", complaint, actor=actor, now=now, remark=remark)
    _keep(complaint, Contact.Kind.CONFIRM, method, at, person, reached, text, actor, now)
    for pk in {*demands, *dropped}:
        demand = ours[pk]
        if demand.confirmed_at is None and not demand.withdrawn_reason:
            demand.confirmed_at = now if pk in demands else None
            demand.withdrawn_reason = dropped.get(pk, "")[:200]
            demand.save()
    complaint._prefetched_objects_cache = {}  # type: ignore[attr-defined]
    complete = FLOW.steps[f"confirm_{tier}"]
    if complaint.status not in complete.sources:
        return complaint
    if complete.guard is not None and not complete.guard(complaint):
        FLOW.move(complete.name, complaint, actor=actor, now=now)
    return complaint


@transaction.atomic
def forward_complaint(*, complaint_id: int, remark: str, actor: User, now: datetime) -> Complaint:
    """Clause 5.4.2: the 转办 of a complaint to the group starts the unit's two days; delivered is received.

    When the owner had told the unit itself before, and that entry was merged into this one, the earlier receipt counts.
    """
    complaint = lock_complaint(complaint_id)
    told = complaint.duplicates.filter(status=Complaint.Status.MERGED, level=Complaint.Level.UNIT)
    heard: datetime | None = told.aggregate(first=Min("received_at"))["first"]
    FLOW.move("forward", complaint, actor=actor, now=now, remark=remark, received_at=heard)
    return complaint


@transaction.atomic
def record_contact(
    *,
    complaint_id: int,
    kind: str,
    method: str,
    at: datetime,
    person: str,
    text: str,
    actor: User,
    now: datetime,
    reached: bool = True,
) -> Contact:
    """过程反馈, 沟通记录 at any time while the complaint is open; 集团参与 by the group's staff (R-3.1.3)."""
    complaint = lock_complaint(complaint_id)
    FLOW.check("communicate", complaint, actor=actor, now=now)
    if kind == Contact.Kind.CONFIRM:
        raise ValidationError({"kind": "二次确认请在“二次确认”中记录。"})
    must_be_one_of("kind", "类别", kind, Contact.Kind.values)
    if kind == Contact.Kind.TAKE_PART and not TRACK_OF.allows(actor, complaint, fresh=True):
        raise PermissionDenied("“集团参与”只能由集团工程部记录。")
    _check(complaint, method, at, person, text, now)
    label = Contact.Kind(kind).label
    FLOW.move("communicate", complaint, actor=actor, now=now, remark=f"{label}:{text.strip()}")
    return _keep(complaint, kind, method, at, person, reached, text, actor, now)


def _check(complaint: Complaint, method: str, at: datetime, person: str, text: str, now: datetime) -> None:
    must_be_one_of("method", "方式", method, Contact.Method.values)
    must_be_past("at", "联系时间", at, now)
    if at < complaint.received_at.replace(second=0, microsecond=0):
        received = timezone.localtime(complaint.received_at)
        raise ValidationError({"at": f"联系时间不能早于投诉接收时间({received:%Y-%m-%d %H:%M})。"})
    must_be_given({"person": ("联系对象", person), "text": ("内容", text)})


def _check_demands(ours: list[Demand], demands: Collection[int], dropped: Mapping[int, str], reached: bool) -> None:
    """Only of this complaint, only when somebody was reached; somebody who makes no demand any more withdraws."""
    if {*demands, *dropped} - {demand.pk for demand in ours}:
        raise ValidationError({"demands": "所选诉求不属于该投诉,请刷新页面。"})
    if not reached and (demands or dropped):
        raise ValidationError({"reached": "未联系上时不能确认诉求。"})
    if both := [demand.number for demand in ours if demand.pk in demands and demand.pk in dropped]:
        numbers = "、".join(map(str, both))
        raise ValidationError({"demands": f"第 {numbers} 项诉求既勾选确认又填写了不再主张,请二者保留其一。"})
    if dropped and all(demand.withdrawn_reason or demand.pk in dropped for demand in ours):
        raise ValidationError({"demands": "投诉人不再主张任何诉求的,请取得书面证明后办理“撤诉”。"})


def _keep(
    complaint: Complaint,
    kind: str,
    method: str,
    at: datetime,
    person: str,
    reached: bool,
    text: str,
    actor: User,
    now: datetime,
) -> Contact:
    return Contact.objects.create(
        complaint=complaint,
        kind=kind,
        method=method,
        at=at,
        person=person.strip(),
        reached=reached,
        text=text.strip(),
        recorded_by=actor,
        recorded_at=now,
    )
