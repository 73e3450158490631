"""What must hold of every plan and its visits at any moment, whatever was done to them."""

from typing import Any

from revisits import clocks as C
from revisits.flow import PLAN_FLOW, VISIT_FLOW
from revisits.models import RevisitPlan, Visit, Waiver
from revisits.models.visit import DONE_STATES, OPEN_STATES
from workflow.models import Clock, Transition

P, V = RevisitPlan.Status, Visit.Status


def expected_of_plan(plan: RevisitPlan) -> set[str]:
    """Exactly the clocks that should run about a plan as it stands."""
    level = plan.level
    found: set[str] = set()
    if plan.status == P.IN_APPROVAL:
        found.add(C.APPROVE[level])
    if plan.status == P.RETURNED:
        found.add(C.REWORK[level])
    if plan.status == P.DRAFT:
        found.add(C.SUPPLEMENT[level] if plan.effective_id else C.PLAN[level])
    if plan.status == P.APPROVED and plan.issues.filter(settled_at__isnull=True).exists():
        found.add(C.SUPPLEMENT[level])
    if plan.status != P.CLOSED and plan.waivers.filter(status=Waiver.Status.ASKED).exists():
        found.add(C.WAIVE[level])
    return found


def expected_of_visit(visit: Visit) -> set[str]:
    if visit.status == V.DUE:
        return {C.VISIT[visit.level]}
    if visit.status == V.RETRY:
        return {C.ONSITE[visit.level]}
    return set()


def running(subject: Any) -> list[str]:
    return sorted(Clock.objects.about(subject).running().values_list("code", flat=True))


def wrong_with(plan_id: int) -> list[str]:
    """Everything that does not hold, in words."""
    plan = RevisitPlan.objects.select_related("working", "effective").get(pk=plan_id)
    wrong: list[str] = []
    if running(plan) != sorted(expected_of_plan(plan)):
        wrong.append(f"{plan} is {plan.status} with {running(plan)}, not {sorted(expected_of_plan(plan))}")
    wrong += _versions(plan)
    for visit in plan.visits.select_related("record", "project"):
        wrong += _visit(plan, visit)
    wrong += _history(plan)
    return wrong


def _versions(plan: RevisitPlan) -> list[str]:
    wrong = []
    governs = plan.status in (P.APPROVED, P.CLOSED)
    if governs and (plan.effective is None or plan.working != plan.effective):
        wrong.append(f"{plan} is {plan.status} and another version is being written")
    if plan.effective is not None and plan.effective.approved_at is None:
        wrong.append(f"{plan}: the version in force was never approved")
    if plan.working is None or plan.working.number != plan.version:
        wrong.append(f"{plan}: version {plan.version} is not the one shown")
    in_force = plan.versions.filter(
        approved_at__isnull=False, superseded_at__isnull=True, withdrawn_at__isnull=True
    ).count()
    if in_force != (1 if plan.effective_id else 0):
        wrong.append(f"{plan}: {in_force} versions in force")
    return wrong


def _visit(plan: RevisitPlan, visit: Visit) -> list[str]:
    wrong = []
    if running(visit) != sorted(expected_of_visit(visit)):
        wrong.append(f"visit {visit.pk} is {visit.status} with {running(visit)}")
    number = plan.effective.number if plan.effective is not None else 0
    governed = visit.added_in <= number and (visit.dropped_in is None or visit.dropped_in > number)
    if visit.status in OPEN_STATES and not governed:
        wrong.append(f"visit {visit.pk} is open outside the version in force")
    if visit.status == V.PLANNED and governed:
        wrong.append(f"visit {visit.pk} of the version in force is not due")
    if visit.status in DONE_STATES and (visit.record is None or visit.record.visit_id != visit.pk):
        wrong.append(f"visit {visit.pk} is done without a record of its own")
    if visit.record is not None and visit.record.number != visit.records.count():
        wrong.append(f"visit {visit.pk}: the record in force is not the last")
    if (visit.unit_id, visit.level) != (plan.unit_id, plan.level):
        wrong.append(f"visit {visit.pk} says another unit than its plan")
    return wrong


def _history(plan: RevisitPlan) -> list[str]:
    """Each transition begins where the one before it ended, and the last ended where the record is."""
    wrong = []
    subjects: list[tuple[Any, Any]] = [(plan, PLAN_FLOW), *((visit, VISIT_FLOW) for visit in plan.visits.all())]
    for subject, flow in subjects:
        state = ""
        for step in Transition.objects.about(subject).order_by("pk"):
            if step.step not in flow.steps:
                wrong.append(f"{subject}: unknown step {step.step}")
            if state and step.source != state:
                wrong.append(f"{subject}: {step.step} began at {step.source}, not {state}")
            state = step.target
        if state and state != subject.status and not (state in OPEN_STATES and subject.status == V.CANCELLED):
            wrong.append(f"{subject}: history ends at {state}, the record is {subject.status}")
    return wrong
