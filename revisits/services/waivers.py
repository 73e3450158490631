"""豁免 (clause 5.2.4): a gap that cannot be closed is waived with a reason, by who approves the plan."""

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404

from organization.models import User
from revisits.flow import PLAN_FLOW
from revisits.models import RevisitPlan, Waiver
from revisits.selectors.checking import check_plan
from workflow.errors import Conflict

from .common import lock_plan, move, working_of

REASON_MAX = 500


@transaction.atomic
def ask_waiver(*, plan_id: int, project_id: int, rule: str, reason: str, actor: User, now: datetime) -> Waiver:
    """Ask for the waiver of one gap of one project, as the check names it."""
    plan = lock_plan(plan_id)
    PLAN_FLOW.check(f"ask_waiver_{plan.level}", plan, actor=actor, now=now)
    gap = next((g for g in check_plan(plan, only=[project_id]).gaps if g.gap.requirement.code == rule), None)
    if gap is None:
        raise Conflict("该缺口已不存在,请刷新页面。")
    if gap.waiver:
        raise Conflict(f"该缺口的豁免{Waiver.Status(gap.waiver).label},请刷新页面。")
    if len(reason) > REASON_MAX:
        raise ValidationError({"reason": f"豁免理由不能超过 {REASON_MAX} 字。"})
    window = gap.gap.requirement
    waiver = Waiver.objects.create(
        plan=plan,
        project_id=project_id,
        code=window.code,
        start=window.start,
        end=window.end,
        reason=reason.strip(),
        asked_by=actor,
        asked_at=now,
    )
    changes = [{"field": "豁免", "old": "", "new": f"{gap}"}]
    move(PLAN_FLOW, "ask_waiver", plan, actor=actor, now=now, remark=reason, changes=changes)
    _keep_report(plan)
    return waiver


@transaction.atomic
def decide_waiver(*, waiver_id: int, grant: bool, remark: str, actor: User, now: datetime) -> Waiver:
    """Granted or refused by who approves the plan (GH, UH), never by who asked (G5)."""
    plan_id = Waiver.objects.filter(pk=waiver_id).values_list("plan_id", flat=True).first()
    if plan_id is None:
        raise Http404("没有找到该豁免申请。")
    plan = lock_plan(plan_id)
    waiver = Waiver.objects.select_for_update(of=("self",)).select_related("asked_by", "project").get(pk=waiver_id)
    PLAN_FLOW.check(f"decide_waiver_{plan.level}", plan, actor=actor, now=now)
    if waiver.asked_by_id == actor.pk:
        raise PermissionDenied("职责分离:申请豁免的人不能自行批准,请由其他人员办理。")
    if waiver.status != Waiver.Status.ASKED:
        raise Conflict(f"该豁免{waiver.get_status_display()},不能再次决定。请刷新页面。")
    if not grant and not remark.strip():
        raise ValidationError({"remark": "不予豁免须填写意见。"})
    waiver.status = Waiver.Status.GRANTED if grant else Waiver.Status.REFUSED
    waiver.decided_by, waiver.decided_at, waiver.remark = actor, now, remark.strip()[:REASON_MAX]
    waiver.save()
    said = {"field": f"豁免 {waiver.project} {waiver.code}", "old": "待批准", "new": waiver.get_status_display()}
    move(PLAN_FLOW, "decide_waiver", plan, actor=actor, now=now, remark=remark, changes=[said])
    if not plan.waivers.filter(status=Waiver.Status.ASKED).exists():
        move(PLAN_FLOW, "waivers_decided", plan, actor=None, now=now)
    _keep_report(plan)
    return waiver


def lapse_waivers(plan: RevisitPlan, now: datetime) -> None:
    """What nobody decided on is over with what it was asked for: the plan was approved without it, or given up."""
    for waiver in plan.waivers.filter(status=Waiver.Status.ASKED):
        waiver.status, waiver.decided_at = Waiver.Status.LAPSED, now
        waiver.save()


def _keep_report(plan: RevisitPlan) -> None:
    version = working_of(plan)
    version.report = check_plan(plan).as_json()
    version.save()
