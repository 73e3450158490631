"""合并, 二次投诉, and the transfer of a complaint to another project department."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Model
from django.utils import timezone

from complaints import clocks as C
from complaints.flows.complaint import EARLY, FLOW
from complaints.models import Complaint, Demand, Filing, Milestone, Opinion, Order, Plan
from complaints.models.complaint import ENDED
from complaints.permissions import REASSIGN_TO, VIEW
from complaints.searching import text_of
from complaints.selectors.candidates import same_matter
from complaints.selectors.similar import BEGUN, WITHIN
from ledgers.models import Project
from organization.models import Unit, User
from organization.models.units import Tier
from workflow.errors import Conflict
from workflow.flow import flow_of
from workflow.models import Clock
from workflow.services.clocks import renew_clocks

from .children import cancel_children, drop_asked
from .common import counted_from, lock_complaint

# What was answered or evaluated: a demand that comes now would be lost there.
ANSWERED = (Complaint.Status.REPLIED, Complaint.Status.AWAITING_CLOSE)
# Tier → the limits that count from its receipt (several channels: the earliest).
COUNTED = {"group": (C.CONFIRM_GROUP, C.FORWARD), "unit": (C.CONFIRM_UNIT, C.RULE, C.RULE_CONFIRM)}
NOT_FOUND = "没有找到该投诉,或不在您的可见范围内。"


@transaction.atomic
def propose_merge(*, complaint_id: int, survivor_id: int, remark: str, actor: User, now: datetime) -> Complaint:
    """A duplicate registration: UW or GW proposes into which complaint it goes, UH confirms."""
    if not Complaint.objects.filter(pk=survivor_id).exists():
        FLOW.check("propose_merge", lock_complaint(complaint_id), actor=actor, now=now)
        raise ValidationError({"survivor": NOT_FOUND})
    complaint, survivor = _lock_both(complaint_id, survivor_id)
    FLOW.check("propose_merge", complaint, actor=actor, now=now)
    if not VIEW.allows(actor, survivor, fresh=True):
        raise ValidationError({"survivor": NOT_FOUND})
    FLOW.move("propose_merge", complaint, actor=actor, now=now, remark=f"合并到 {survivor.number}:{remark.strip()}")
    _check_survivor(complaint, survivor)
    complaint.merge_into = survivor
    complaint.save()
    return complaint


@transaction.atomic
def decide_merge(*, complaint_id: int, confirm: bool, remark: str, actor: User, now: datetime) -> Complaint:
    """UH confirms: the survivor keeps the earliest receipt and every demand; or refuses with a reason."""
    survivor_id = Complaint.objects.filter(pk=complaint_id).values_list("merge_into_id", flat=True).first()
    complaint, survivor = _lock_both(complaint_id, survivor_id or complaint_id)
    if complaint.merge_into_id not in (None, survivor.pk):  # proposed anew between the reading and the lock
        raise Conflict("合并对象已有变化。请刷新页面,核对后再作决定。")
    if not confirm:
        FLOW.move("refuse_merge", complaint, actor=actor, now=now, remark=remark)
        complaint.merge_into = None
        complaint.save()
        return complaint
    FLOW.move("merge", complaint, actor=actor, now=now, remark=remark)
    _check_survivor(complaint, survivor)
    complaint.closed_at = now
    complaint.save()
    cancel_children(complaint, now=now, remark=f"合并到 {survivor.number}")
    _take_over(complaint, survivor, now)
    return complaint


def _check_survivor(complaint: Complaint, survivor: Complaint) -> None:
    if survivor.pk == complaint.pk:
        raise ValidationError({"survivor": "不能与自身合并。"})
    if not same_matter(complaint).filter(pk=survivor.pk).exists():
        raise ValidationError({"survivor": "只能与同一工程的投诉,或本单位同一投诉人一个月内的投诉合并。"})
    if survivor.ended:
        raise ValidationError({"survivor": f"{survivor.number} {survivor.get_status_display()},不能作为合并对象。"})
    if survivor.merge_into_id:
        raise ValidationError({"survivor": f"{survivor.number} 本身正等待合并,请先处理。"})
    if survivor.status in ANSWERED:
        known = set(survivor.demands.values_list("text", flat=True))
        if lost := [demand.number for demand in complaint.demands.all() if demand.text not in known]:
            # They would come too late to be answered or evaluated there.
            numbers = "、".join(map(str, lost))
            status = survivor.get_status_display()
            said = f"{survivor.number} {status},本投诉第 {numbers} 项诉求不在其中,不能合并;请单独办理或提出二次投诉。"
            raise ValidationError({"survivor": said})


def _take_over(complaint: Complaint, survivor: Complaint, now: datetime) -> None:
    """No demand of an owner is lost, and the earliest receipt counts."""
    known = {demand.text: demand for demand in survivor.demands.all()}
    number = survivor.demands.aggregate(last=Max("number"))["last"] or 0
    taken = 0
    for demand in complaint.demands.all():
        if same := known.get(demand.text):
            # Made twice: from now on no correction of the entry removes it.
            same.confirmed_at = same.confirmed_at or demand.confirmed_at
            same.merged_from = same.merged_from or complaint
            same.save()
        else:
            number += 1
            Demand.objects.create(
                complaint=survivor,
                number=number,
                text=demand.text,
                confirmed_at=demand.confirmed_at,
                withdrawn_reason=demand.withdrawn_reason,
                merged_from=complaint,
            )
            taken += 1
    changes = []
    mine, theirs = _receipts(survivor), _receipts(complaint)
    if complaint.received_at < survivor.received_at:
        days = [f"{timezone.localtime(each.received_at):%Y-%m-%d %H:%M}" for each in (survivor, complaint)]
        changes.append({"field": "接收时间", "old": days[0], "new": days[1]})
        survivor.received_at = complaint.received_at
    told = f"{complaint.number} 并入" + (f",增加诉求 {taken} 项" if taken else "")
    FLOW.move("absorb", survivor, actor=None, now=now, remark=told, changes=changes)
    for tier, codes in COUNTED.items():
        if survivor.status in EARLY and tier in mine and tier in theirs and theirs[tier] < mine[tier]:
            renew_clocks(
                subject=survivor,
                owner=survivor.department,
                codes=counted_from(survivor, codes, mine[tier]),
                received_at=theirs[tier],
                now=now,
                url=FLOW.url(survivor.pk),
            )
    survivor.search_text = text_of(survivor, survivor.demands.values_list("text", flat=True))
    survivor.revision += 1
    survivor.save()


def _receipts(complaint: Complaint) -> dict[str, datetime]:
    """When each tier received it: the unit's own receipt of a complaint to the group is the 转办."""
    if not complaint.to_group:
        return {"unit": complaint.received_at}
    forwarded = Clock.objects.about(complaint).filter(code=C.RULE).order_by("pk").first()
    found = {"group": complaint.received_at}
    return found | ({"unit": forwarded.received_at} if forwarded is not None else {})


def _lock_both(one: int, other: int) -> tuple[Complaint, Complaint]:
    """Both rows, in the order of their ids, so that two merges cannot wait for each other."""
    locked = {pk: lock_complaint(pk) for pk in sorted({one, other})}
    return locked[one], locked[other]


@transaction.atomic
def suggest_second(*, complaint_id: int, earlier_id: int, actor: User, now: datetime) -> Complaint:
    """R-5.8.2: somebody says this is a 二次投诉 of an earlier one; UH confirms."""
    complaint = lock_complaint(complaint_id)
    FLOW.move("suggest_second", complaint, actor=actor, now=now)
    earlier = Complaint.objects.filter(pk=earlier_id).first()
    if earlier is None or earlier.project_id != complaint.project_id or earlier.pk == complaint.pk:
        raise ValidationError({"earlier": "请选择同一工程的前次投诉。"})
    if not complaint.received_at - WITHIN <= earlier.received_at < complaint.received_at:
        raise ValidationError({"earlier": "前次投诉应在本次投诉之前 12 个月内。"})
    if earlier.status not in BEGUN or not earlier.ours:
        raise ValidationError({"earlier": "前次投诉尚未开始处理,如为同一事项请提出合并。"})
    complaint.second_of, complaint.second = earlier, Complaint.Second.SUGGESTED
    complaint.save()
    return complaint


@transaction.atomic
def decide_second(*, complaint_id: int, confirm: bool, remark: str, actor: User, now: datetime) -> Complaint:
    complaint = lock_complaint(complaint_id)
    FLOW.move("confirm_second" if confirm else "refuse_second", complaint, actor=actor, now=now, remark=remark)
    complaint.second = Complaint.Second.CONFIRMED if confirm else Complaint.Second.REFUSED
    complaint.save()
    return complaint


@transaction.atomic
def reassign_complaint(*, complaint_id: int, department_id: int, remark: str, actor: User, now: datetime) -> Complaint:
    """A unit or department was dissolved: another project department answers for the complaint from now on.

    The due moments stay; what runs passes to the posts of the new department and its unit.
    """
    complaint = lock_complaint(complaint_id)
    FLOW.check("reassign", complaint, actor=actor, now=now)
    department: Unit | None = Unit.objects.filter(pk=department_id).first()
    if department is None:
        raise ValidationError({"department": "请选择在册的项目经理部。"})
    REASSIGN_TO.require(actor, department)
    if department.tier != Tier.DEPARTMENT or department.dissolved_on is not None:
        raise ValidationError({"department": "请选择在册的项目经理部。"})
    if department.pk == complaint.department_id:
        raise ValidationError({"department": "该投诉已由这个项目经理部负责。"})
    changes = [{"field": "责任项目经理部", "old": str(complaint.department), "new": str(department)}]
    before, complaint.department = complaint.department, department
    FLOW.move("reassign", complaint, actor=actor, now=now, remark=remark, changes=changes)
    _pass_on(complaint, before, department, now)
    return complaint


def follow_project(project: Project, actor: User, now: datetime) -> None:
    """The open complaints of a project go with it to its new department. Registered in ``ledgers.hooks``."""
    left = Complaint.objects.filter(project=project).exclude(status__in=ENDED).exclude(department=project.department)
    for pk in left.order_by("pk").values_list("pk", flat=True):
        complaint = lock_complaint(pk)
        changes = [{"field": "责任项目经理部", "old": str(complaint.department), "new": str(project.department)}]
        before, complaint.department = complaint.department, project.department
        FLOW.move("follow_project", complaint, actor=None, now=now, remark=f"{actor} 转移工程", changes=changes)
        _pass_on(complaint, before, project.department, now)


def _pass_on(complaint: Complaint, before: Unit, department: Unit, now: datetime) -> None:
    complaint.save()
    if before.at_tier(Tier.UNIT) != department.at_tier(Tier.UNIT):
        # People of another unit's departments can neither answer nor carry out any more: the new unit asks its own.
        drop_asked(complaint, now=now, remark="责任单位转移", charged_only=True)
    for subject in _with_children(complaint):
        renew_clocks(subject=subject, owner=department, now=now, url=flow_of(subject).url(subject.pk))


def _with_children(complaint: Complaint) -> list[Model]:
    """The complaint and everything of it that has clocks."""
    return [
        complaint,
        *Filing.objects.filter(complaint=complaint).select_related("complaint"),
        *Plan.objects.filter(complaint=complaint).select_related("complaint"),
        *Milestone.objects.filter(
            plan_version__plan__complaint=complaint, status=Milestone.Status.RUNNING
        ).select_related("plan_version__plan__complaint"),
        *Opinion.objects.filter(complaint=complaint, status=Opinion.Status.ASKED).select_related("complaint"),
        *Order.objects.filter(complaint=complaint, status=Order.Status.OPEN).select_related("complaint"),
    ]
