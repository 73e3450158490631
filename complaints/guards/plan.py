"""Guards of the rectification plan: is it whole, does it answer everything (clause 5.5.1; B.3 C03)."""

from django.contrib.contenttypes.models import ContentType

from complaints.models import Complaint, ComplaintPolicy, Milestone, Opinion, Plan, PlanVersion
from workflow.models import Clock

# A milestone is nothing without its dates, its resources and what they rest on (B.3 R02).
MILESTONE_NEEDS = ("starts_on", "ends_on", "responsible", "criterion", "resources", "basis")
VERSION_NEEDS = ("overview", "cause", "effect", "liaison", "liaison_way", "liaison_every")


def plan_is_whole(plan: Plan) -> list[str]:
    """R-5.5.1, R-B3-C03: dates, resources and effect; every demand and every opinion answered by a measure."""
    version = plan.working
    if version is None:
        return ["方案尚未编制。"]
    return [
        *_blank_parts(version),
        *_milestone_gaps(version),
        *_unanswered(plan.complaint, version),
        *_opinion_gaps(plan.complaint),
    ]


def _blank_parts(version: PlanVersion) -> list[str]:
    labels = {name: str(PlanVersion._meta.get_field(name).verbose_name) for name in VERSION_NEEDS}  # type: ignore[union-attr]
    return [f"请填写{labels[name]}。" for name in VERSION_NEEDS if not getattr(version, name).strip()]


def _milestone_gaps(version: PlanVersion) -> list[str]:
    rows = [row for row in version.milestones.all() if row.status != Milestone.Status.DONE]
    if not rows and not version.milestones.exists():
        return ["请至少填写一个时间节点。"]
    labels = {name: str(Milestone._meta.get_field(name).verbose_name) for name in MILESTONE_NEEDS}  # type: ignore[union-attr]
    return [
        f"第 {row.number} 个节点“{row.name}”缺少:{'、'.join(blank)}。"
        for row in rows
        if (blank := [labels[name] for name in MILESTONE_NEEDS if not getattr(row, name)])
    ]


def _unanswered(complaint: Complaint, version: PlanVersion) -> list[str]:
    answered = {(r.demand_id, r.opinion_id) for r in version.responses.all() if r.measure.strip()}
    reasons = [
        f"第 {demand.number} 项诉求没有对应措施。"
        for demand in complaint.demands.filter(withdrawn_reason="")
        if (demand.pk, None) not in answered
    ]
    reasons += [
        f"{opinion.asked_of} 的部门意见没有对应措施或不采纳的理由。"
        for opinion in complaint.opinions.filter(status=Opinion.Status.GIVEN).select_related("asked_of")
        if (None, opinion.pk) not in answered
    ]
    return reasons


def _opinion_gaps(complaint: Complaint) -> list[str]:
    """Every department asked has answered, or its time is over; at least one was asked (clause 5.5.1)."""
    opinions = list(complaint.opinions.exclude(status=Opinion.Status.CANCELLED).select_related("asked_of"))
    if not opinions:
        return ["请先征求二级单位相关部门意见。"]
    waiting = {opinion.pk: opinion for opinion in opinions if opinion.status == Opinion.Status.ASKED}
    if not waiting:
        return []
    lapsed = set(
        Clock.objects.running()
        .filter(
            content_type=ContentType.objects.get_for_model(Opinion),
            object_id__in=waiting,
            overdue_noted_at__isnull=False,
        )
        .values_list("object_id", flat=True)
    )
    return [f"{opinion.asked_of} 的部门意见尚未反馈(时限未到)。" for pk, opinion in waiting.items() if pk not in lapsed]


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
