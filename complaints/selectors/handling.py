"""The handling of a complaint in short: plan, milestones, opinions, filing, follow-ups, supervision, orders."""

from dataclasses import dataclass
from datetime import date

from complaints.guards.complaint import supervision_gaps
from complaints.models import Complaint, Filing, FollowUp, Milestone, Opinion, Order, Plan, PlanVersion, Supervision

from .detail import filing_of, plan_of

M = Milestone.Status


@dataclass(frozen=True, slots=True)
class PlanPart:
    """``version`` governs, or is the one in work while none does; ``changing``: a later version is under way."""

    plan: Plan
    version: PlanVersion | None
    changing: bool
    milestones: list[Milestone]
    opinions: list[Opinion]


@dataclass(frozen=True, slots=True)
class FilingPart:
    """``missing``: the entries of UL and UG without which the complaint is not closed."""

    filing: Filing
    last: list[FollowUp]
    supervisions: list[Supervision]
    missing: list[str]


@dataclass(frozen=True, slots=True)
class Handling:
    plan: PlanPart | None
    filing: FilingPart | None
    orders: list[Order]

    def __bool__(self) -> bool:
        return self.plan is not None or self.filing is not None or bool(self.orders)


def handling_of(complaint: Complaint) -> Handling:
    """Eight queries at most, whatever happened."""
    orders = list(Order.objects.filter(complaint=complaint).select_related("charged", "made_by"))
    plan, filing = plan_of(complaint), filing_of(complaint)
    return Handling(_plan(complaint, plan) if plan else None, _filing(complaint, filing) if filing else None, orders)


def _plan(complaint: Complaint, plan: Plan) -> PlanPart:
    version = plan.effective or plan.working
    milestones = version.milestones.exclude(status=M.SUPERSEDED) if version is not None else Milestone.objects.none()
    return PlanPart(
        plan,
        version,
        plan.effective_id is not None and plan.working_id not in (None, plan.effective_id),
        list(milestones.order_by("number", "pk")),
        list(Opinion.objects.filter(complaint=complaint).select_related("asked_of").order_by("asked_at", "pk")),
    )


def _filing(complaint: Complaint, filing: Filing) -> FilingPart:
    newest: dict[str, FollowUp] = {}
    for each in filing.follow_ups.select_related("made_by", "received_by").order_by("-made_at", "-pk")[:20]:
        newest.setdefault(each.kind, each)
    supervisions = list(complaint.supervisions.select_related("made_by").order_by("-made_at", "-pk")[:20])
    missing = [] if filing.status == Filing.Status.CANCELLED or complaint.ended else supervision_gaps(complaint)
    return FilingPart(filing, list(newest.values()), supervisions, missing)


def is_late(milestone: Milestone, today: date) -> bool:
    return milestone.status == M.RUNNING and milestone.ends_on is not None and milestone.ends_on < today
