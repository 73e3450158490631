"""Guards of the rectification plan: is it whole, does it answer everything (clause 5.5.1; B.3 C03)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from complaints.models import Complaint, ComplaintPolicy, Demand, Milestone, Opinion, Plan, PlanVersion, Response
from workflow.models import Clock

# A milestone is nothing without its dates, its resources and what they rest on (B.3 R02).
MILESTONE_NEEDS = ("name", "starts_on", "ends_on", "responsible", "criterion", "resources", "basis")
VERSION_NEEDS = ("overview", "cause", "effect", "liaison", "liaison_way", "liaison_every")


def plan_is_whole(plan: Plan) -> list[str]:
    """R-5.5.1, R-B3-C03: dates, resources and effect; every demand and every opinion answered by a measure."""
    if plan.working is None:
        return ["方案尚未编制。"]
    opinions = list(plan.complaint.opinions.select_related("asked_of"))
    demands = plan.complaint.demands.filter(withdrawn_reason="")
    return gaps_of(plan.working, demands, opinions, plan.moment or timezone.now())


def gaps_of(version: PlanVersion, demands: Iterable[Demand], opinions: Iterable[Opinion], now: datetime) -> list[str]:
    """What a version lacks, of the demands that stand and the opinions that were asked. No query but one when its parts
    were fetched with it."""
    asked = [opinion for opinion in opinions if opinion.status != Opinion.Status.CANCELLED]
    return [
        *_blank_parts(version),
        *_milestone_gaps(version.milestones.all()),
        *_unanswered(demands, asked, version.responses.all()),
        *_opinion_gaps(asked, now),
    ]


def _blank_parts(version: PlanVersion) -> list[str]:
    labels = {name: str(PlanVersion._meta.get_field(name).verbose_name) for name in VERSION_NEEDS}  # type: ignore[union-attr]
    return [f"请填写{labels[name]}。" for name in VERSION_NEEDS if not getattr(version, name).strip()]


def _milestone_gaps(milestones: Iterable[Milestone]) -> list[str]:
    rows = list(milestones)
    if not rows:
        return ["请至少填写一个时间节点。"]
    labels = {name: str(Milestone._meta.get_field(name).verbose_name) for name in MILESTONE_NEEDS}  # type: ignore[union-attr]
    return [
        f"第 {row.number} 个节点“{row.name}”缺少:{'、'.join(blank)}。"
        for row in rows
        if row.status != Milestone.Status.DONE
        and (blank := [labels[name] for name in MILESTONE_NEEDS if not getattr(row, name)])
    ]


def _unanswered(demands: Iterable[Demand], opinions: Iterable[Opinion], responses: Iterable[Response]) -> list[str]:
    answered = {(r.demand_id, r.opinion_id) for r in responses if r.measure.strip()}
    reasons = [f"第 {demand.number} 项诉求没有对应措施。" for demand in demands if (demand.pk, None) not in answered]
    reasons += [
        f"{opinion.asked_of} 的部门意见没有对应措施或不采纳的理由。"
        for opinion in opinions
        if opinion.status == Opinion.Status.GIVEN and (None, opinion.pk) not in answered
    ]
    return reasons


def _opinion_gaps(asked: Sequence[Opinion], now: datetime) -> list[str]:
    """Every department asked has answered, or its time is over; at least one was asked (clause 5.5.1)."""
    if not asked:
        return ["请先征求二级单位相关部门意见。"]
    waiting = {opinion.pk: opinion for opinion in asked if opinion.status == Opinion.Status.ASKED}
    if not waiting:
        return []
    in_time = set(
        Clock.objects.running()
        .filter(
            content_type=ContentType.objects.get_for_model(Opinion),
            object_id__in=waiting,
            due_at__gt=now,
            overdue_noted_at__isnull=True,
        )
        .values_list("object_id", flat=True)
    )
    return [f"{opinion.asked_of} 的部门意见尚未反馈(时限未到)。" for pk, opinion in waiting.items() if pk in in_time]


def case_is_open(opinion: Opinion) -> list[str]:
    """An opinion is given, or added to, while the complaint is open."""
    complaint = opinion.complaint
    return [f"投诉{complaint.get_status_display()},不能再反馈意见。"] if complaint.ended else []


def needs_whole_approval(plan: Plan) -> str:
    """Clause 5.5.4: a changed plan goes the whole way again, unless the group decided otherwise for the unit's own."""
    return "" if not _short(plan) else "该投诉的节点调整由项目经理批准即可。"


def short_way_is_open(plan: Plan) -> str:
    return "" if _short(plan) else "节点调整须经工程部负责人审核、分管领导审批。"


def _short(plan: Plan) -> bool:
    if plan.effective_id is None or plan.complaint.to_group:
        return False
    return not ComplaintPolicy.current().reapprove_all


def may_be_changed(plan: Plan) -> list[str]:
    """An approved plan is changed while its complaint is being rectified."""
    if plan.complaint.status == Complaint.Status.RECTIFYING:
        return []
    return [f"投诉当前为“{plan.complaint.get_status_display()}”,只有整改中才能调整方案。"]
