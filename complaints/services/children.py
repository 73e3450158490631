"""What a ruling opens and its end closes: filing, plan, milestones, opinions, orders; in one transaction with it."""

from datetime import datetime

from complaints.flows.filing import FILING_FLOW, LIVE
from complaints.flows.order import ORDER_FLOW
from complaints.flows.plan import MILESTONE_FLOW, OPINION_FLOW, PLAN_FLOW
from complaints.guards.complaint import is_supervised
from complaints.models import Complaint, ComplaintPolicy, Filing, Milestone, Opinion, Order, Plan
from workflow.locking import lock


def open_filing(complaint: Complaint, *, now: datetime) -> Filing:
    """Clause 5.4.2b: every "ours" is filed by the group, in parallel; UL and UG are called on to supervise it."""
    filing = filing_of(complaint)
    if filing is None:
        filing = Filing.objects.create(complaint=complaint, opened_at=now)
        FILING_FLOW.move("open", filing, actor=None, now=now)
    elif filing.status == Filing.Status.CANCELLED:
        filing.opened_at, filing.conclusion = now, ""
        FILING_FLOW.move("reopen", filing, actor=None, now=now)
    else:
        return filing
    if is_supervised(complaint, ComplaintPolicy.current()):
        FILING_FLOW.move("call_supervision", filing, actor=None, now=now)
    return filing


def filing_of(complaint: Complaint) -> Filing | None:
    pk = Filing.objects.filter(complaint=complaint).values_list("pk", flat=True).first()
    return lock(Filing, pk, "complaint__department", "complaint__project") if pk else None


def plan_of(complaint: Complaint) -> Plan | None:
    pk = Plan.objects.filter(complaint=complaint).values_list("pk", flat=True).first()
    return lock(Plan, pk, "complaint__department", "complaint__project", "effective", "working") if pk else None


def open_plan(complaint: Complaint, *, now: datetime) -> Plan:
    """Clause 5.4.2c: the project department drafts the special plan, within the limit of 5.5.1."""
    plan = plan_of(complaint)
    if plan is None:
        plan = Plan.objects.create(complaint=complaint, opened_at=now)
        PLAN_FLOW.move("open", plan, actor=None, now=now)
        return plan
    if plan.status == Plan.Status.CANCELLED:
        plan.version += 1
        plan.effective = plan.working = None
        plan.save()
        PLAN_FLOW.move("reopen", plan, actor=None, now=now)
    return plan


def conclude_filing(complaint: Complaint, *, now: datetime) -> None:
    """Clause 5.4.3: the client is satisfied: GW writes the closing entry, UL and UG look at the result.

    A filing that GW has not made yet is concluded as soon as it is made.
    """
    filing = filing_of(complaint)
    if filing is None or filing.status not in (Filing.Status.FILED, Filing.Status.TRACKING):
        return
    FILING_FLOW.move("conclude", filing, actor=None, now=now)
    if is_supervised(complaint, ComplaintPolicy.current()):
        FILING_FLOW.move("call_result_supervision", filing, actor=None, now=now)


def cancel_children(complaint: Complaint, *, now: datetime, remark: str) -> None:
    """The ruling was revoked, or the complaint withdrawn: nothing that hangs on it keeps running."""
    filing = filing_of(complaint)
    if filing is not None and filing.status in (*LIVE, Filing.Status.AWAITING_CLOSE):
        FILING_FLOW.move("cancel", filing, actor=None, now=now, remark=remark)
    elif filing is not None and filing.status == Filing.Status.CLOSED:
        FILING_FLOW.move("let_go", filing, actor=None, now=now, remark=remark)
    plan = plan_of(complaint)
    if plan is not None and plan.status != Plan.Status.CANCELLED:
        PLAN_FLOW.move("cancel", plan, actor=None, now=now, remark=remark)
        supersede(complaint, now=now)
    drop_asked(complaint, now=now, remark=remark)


def drop_asked(complaint: Complaint, *, now: datetime, remark: str, charged_only: bool = False) -> None:
    """Opinions asked and orders given stop; ``charged_only`` leaves the orders to the project manager."""
    for opinion in Opinion.objects.filter(complaint=complaint, status=Opinion.Status.ASKED):
        OPINION_FLOW.move("drop", opinion, actor=None, now=now, remark=remark)
    for order in Order.objects.filter(complaint=complaint, status=Order.Status.OPEN):
        if order.charged_id or not charged_only:
            ORDER_FLOW.move("drop", order, actor=None, now=now, remark=remark)


def supersede(complaint: Complaint, *, now: datetime) -> None:
    """Milestones that a later version replaces, or a cancelled plan leaves behind, stop."""
    left = Milestone.objects.filter(
        plan_version__plan__complaint=complaint, status__in=(Milestone.Status.RUNNING, Milestone.Status.DRAFT)
    ).select_related("plan_version__plan__complaint__department")
    for milestone in left:
        MILESTONE_FLOW.move("supersede", milestone, actor=None, now=now)
