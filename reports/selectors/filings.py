"""What 备案表, 跟踪表, 交办单, 督办单 and 评价表 print (clauses 3.2, 5.4.3, 5.6, 5.7)."""

from datetime import date

from django.db.models import Q, QuerySet
from django.utils import timezone

from complaints import clocks as C
from complaints.guards.complaint import SIGNATURE
from complaints.models import (
    Complaint,
    Evaluation,
    Filing,
    Milestone,
    Order,
    Plan,
    PlanVersion,
    Ruling,
    Supervision,
)
from complaints.permissions import VIEW_PART
from organization.authority import holders_of
from organization.models import User
from organization.models.units import Tier
from workflow.errors import Conflict
from workflow.models import Clock, Evidence, Notice

from ..documents.complaint_evaluation import EvaluationRecord
from ..documents.complaint_filing import FilingRecord, TrackingRecord
from ..documents.complaint_order import OrderRecord, UrgeRecord
from .acting import levels_of, step_at, steps_of, unit_named, who
from .complaints import printable

NOT_FILED = "该投诉尚未登记备案,暂无备案表。请先由集团工程部备案。"
NOT_TRACKED = "还没有跟踪或上报记录,暂无跟踪表。"


def _filing(user: User, pk: int) -> Filing:
    queryset: QuerySet[Filing] = Filing.objects.select_related("complaint__department", "complaint__project")
    return VIEW_PART.get(user, queryset, pk=pk)


def _in_force(complaint: Complaint) -> PlanVersion | None:
    plan = Plan.objects.filter(complaint=complaint).select_related("effective").first()
    return plan.effective if plan is not None else None


def _milestones(version: PlanVersion | None) -> list[Milestone]:
    return list(version.milestones.all()) if version is not None else []


def filing_of(user: User, pk: int) -> FilingRecord:
    filing = _filing(user, pk)
    if filing.filed_at is None:
        raise Conflict(NOT_FILED)
    complaint = filing.complaint
    levels = levels_of(complaint.department)
    version = _in_force(complaint)
    nodes = _milestones(version)
    steps = steps_of(filing, "file", "close")
    filed = step_at(steps, filing.filed_at)
    closed = step_at(steps, filing.closed_at)
    return FilingRecord(
        complaint,
        issuer=str(levels.get(Tier.GROUP) or ""),
        unit=str(levels.get(Tier.UNIT) or ""),
        filing=filing,
        ruling=complaint.rulings.filter(state=Ruling.State.CONFIRMED).order_by("-pk").first(),
        version=version,
        span=(
            min((n.starts_on for n in nodes if n.starts_on), default=None),
            max((n.ends_on for n in nodes if n.ends_on), default=None),
        ),
        demands=list(complaint.demands.all()),
        supervisions=list(
            complaint.supervisions.exclude(kind=Supervision.Kind.URGE).select_related("made_by").order_by("made_at")
        ),
        evaluations=list(complaint.evaluations.all()),
        filing_limit=Clock.objects.about(filing).filter(code=C.FILE).order_by("-pk").first(),
        filed=(*who(filed), filing.filed_at),
        closed=(*who(closed), filing.closed_at),
        written_on=timezone.localdate(filing.filed_at),
    )


def tracking_of(user: User, pk: int) -> TrackingRecord:
    filing = _filing(user, pk)
    entries = list(filing.follow_ups.select_related("made_by", "received_by").order_by("made_at", "pk"))
    if not entries:
        raise Conflict(NOT_TRACKED)
    levels = levels_of(filing.complaint.department)
    version = _in_force(filing.complaint)
    return TrackingRecord(
        filing.complaint,
        issuer=str(levels.get(Tier.GROUP) or ""),
        unit=str(levels.get(Tier.UNIT) or ""),
        filing=filing,
        version=version,
        milestones=_milestones(version),
        entries=entries,
        written_on=timezone.localdate(entries[-1].made_at),
    )


def order_of(user: User, pk: int, today: date) -> OrderRecord:
    queryset: QuerySet[Order] = Order.objects.select_related("complaint__department", "charged", "made_by")
    order = VIEW_PART.get(user, queryset, pk=pk)
    steps = steps_of(order, "give_pm", "give_ud", "done_pm", "done_ud")
    given = next(iter(steps), None)
    clock = Clock.objects.about(order).filter(code__in=(C.ORDER_PM, C.ORDER_UD)).order_by("-pk").first()
    done = step_at(steps, order.done_at)
    return OrderRecord(
        order.complaint,
        issuer=unit_named(given.unit if given and given.unit else order.complaint.department),
        order=order,
        charged=_charged(order, today),
        clock=clock,
        demands=list(order.complaint.demands.filter(withdrawn_reason="")),
        given=who(given),
        done=who(done),
        written_on=timezone.localdate(order.made_at),
    )


def _charged(order: Order, today: date) -> str:
    if order.charged is not None:
        return f"{order.charged}(相关部门)"
    managers = "、".join(map(str, holders_of("PM", order.complaint.department, today)))
    return f"{order.complaint.department} 项目经理{f' {managers}' if managers else ''}"


def urge_of(user: User, pk: int) -> UrgeRecord:
    """A 督办, with whom it reached and what was open of the complaint when it was written."""
    queryset: QuerySet[Supervision] = Supervision.objects.filter(kind=Supervision.Kind.URGE).select_related(
        "complaint__department", "made_by"
    )
    urge = VIEW_PART.get(user, queryset, pk=pk)
    complaint = urge.complaint
    step = step_at(steps_of(complaint, "urge"), urge.made_at)
    running = Q(stopped_at__isnull=True) | Q(stopped_at__gt=urge.made_at)
    clocks = Clock.objects.of_case(complaint).filter(running, opened_at__lte=urge.made_at)
    told = Notice.objects.filter(key=f"urge:{urge.pk}").values_list("recipient__name", flat=True)
    return UrgeRecord(
        complaint,
        issuer=unit_named(complaint.department),
        urge=urge,
        ordinal=complaint.supervisions.filter(kind=Supervision.Kind.URGE, pk__lte=urge.pk).count(),
        who=who(step),
        urged=list(dict.fromkeys(told.order_by("pk"))),
        open=list(clocks.select_related("rule", "post", "unit").order_by("due_at", "pk")),
        written_on=timezone.localdate(urge.made_at),
    )


def evaluation_of(user: User, pk: int) -> EvaluationRecord:
    queryset: QuerySet[Evaluation] = Evaluation.objects.select_related("complaint__department", "made_by")
    evaluation = VIEW_PART.get(user, queryset, pk=pk)
    complaint = evaluation.complaint
    earlier = list(complaint.evaluations.filter(pk__lt=evaluation.pk).order_by("pk"))
    files = Evidence.objects.about(complaint).filter(kind=SIGNATURE, withdrawn_at__isnull=True)
    return EvaluationRecord(
        complaint,
        issuer=unit_named(complaint.department),
        evaluation=evaluation,
        demands=[(check.demand, check.met) for check in evaluation.checks.select_related("demand")],
        earlier=earlier,
        signed_files=files.filter(caption=f"第 {evaluation.round} 轮评价").count(),
        written_on=timezone.localdate(evaluation.made_at),
    )


def blank_evaluation_of(user: User, pk: int, today: date) -> EvaluationRecord:
    """To be signed on site: while the complaint is ours and is handled, or waits to be evaluated (clause 5.7)."""
    complaint = printable(user, pk)
    S = Complaint.Status
    if complaint.status not in (S.RECTIFYING, S.HANDLING, S.AWAITING_EVALUATION):
        raise Conflict(
            f"投诉当前为“{complaint.get_status_display()}”。判定为我方责任并开始处理之后、结案之前,才有客户满意度评价表。"
        )
    return EvaluationRecord(
        complaint,
        issuer=unit_named(complaint.department),
        evaluation=None,
        demands=[(demand, None) for demand in complaint.demands.filter(withdrawn_reason="")],
        earlier=list(complaint.evaluations.order_by("pk")),
        signed_files=0,
        written_on=today,
    )
