"""What must hold of every complaint at any moment, whatever was done to it: history, clocks, what is kept and ended."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from complaints import clocks as C
from complaints.models import Complaint, Filing, FollowUp, Milestone, Opinion, Order, Plan, Ruling, Supervision, Verdict
from complaints.models.complaint import ENDED
from workflow.flow import flow_of
from workflow.models import Clock, Outcome, Transition

S, F, P, M, O, R = (  # noqa: E741
    Complaint.Status, Filing.Status, Plan.Status, Milestone.Status, Opinion.Status, Order.Status,
)  # fmt: skip
NONE: frozenset[str] = frozenset()


def codes(*names: str) -> frozenset[str]:
    return frozenset(names)


# The running clocks of each state. What may run beside them in several states stands in ``_beside``.
CLOCKS: dict[type[Model], dict[str, frozenset[str]]] = {
    Complaint: {
        S.REGISTERED: codes(C.CONFIRM_UNIT, C.RULE),  # to the group: see GROUP
        S.CONFIRMED: codes(C.FORWARD),
        S.AWAITING_RULING: codes(C.RULE),
        S.RULING_PROPOSED: codes(C.RULE_CONFIRM),
        S.AWAITING_REPLY: codes(C.REPLY),
        S.REPLIED: codes(C.CLOSE),
        S.RECONSIDERING: codes(C.RECONSIDER),
        S.DRAFTING_PLAN: NONE,  # the plan has them
        S.RECTIFYING: NONE,  # the milestones have them; in a further round see ``_beside``
        S.HANDLING: codes(C.HANDLE),
        S.AWAITING_EVALUATION: codes(C.EVALUATE_PE, C.EVALUATE_UW),
        S.AWAITING_CLOSE: codes(C.CLOSE),
        S.CLOSED: NONE,
        S.MERGED: NONE,
        S.WITHDRAWN: NONE,
    },
    Filing: {
        F.AWAITING: codes(C.FILE, C.REPORT),
        F.FILED: codes(C.TRACK, C.REPORT),
        F.TRACKING: codes(C.TRACK, C.REPORT),
        F.AWAITING_CLOSE: codes(C.FILE_CLOSE),
        F.CLOSED: NONE,
        F.CANCELLED: NONE,
    },
    Plan: {
        P.DRAFT: codes(C.PLAN_DRAFT),
        P.IN_CHECK: codes(C.PLAN_CHECK),
        P.IN_REVIEW: codes(C.PLAN_REVIEW),
        P.IN_APPROVAL: codes(C.PLAN_APPROVE),
        P.APPROVED: NONE,
        P.CANCELLED: NONE,
    },
    Milestone: {M.DRAFT: NONE, M.RUNNING: codes(C.MILESTONE), M.DONE: NONE, M.SUPERSEDED: NONE},
    Opinion: {O.ASKED: codes(C.OPINION), O.GIVEN: NONE, O.CANCELLED: NONE},
    Order: {R.OPEN: codes(C.ORDER_PM), R.DONE: NONE, R.CANCELLED: NONE},  # a department's: see FOR_PERSON
}
GROUP = {S.REGISTERED: codes(C.CONFIRM_GROUP, C.FORWARD)}
FOR_PERSON = {R.OPEN: codes(C.ORDER_UD)}
VERDICTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((S.REGISTERED, S.CONFIRMED, S.AWAITING_RULING, S.RULING_PROPOSED), ("",)),
    **dict.fromkeys((S.AWAITING_REPLY, S.REPLIED, S.RECONSIDERING), (Verdict.NOT_OURS,)),
    **dict.fromkeys((S.DRAFTING_PLAN, S.RECTIFYING), (Verdict.SEVERE,)),
    S.HANDLING: (Verdict.MINOR,),
    **dict.fromkeys((S.AWAITING_EVALUATION, S.AWAITING_CLOSE), (Verdict.SEVERE, Verdict.MINOR)),
}


def expected_clocks(subject: Any) -> frozenset[str]:
    """Exactly the clocks that should run about a record as it stands."""
    table = CLOCKS[type(subject)]
    expected = table[subject.status]
    if isinstance(subject, Complaint) and subject.to_group:
        expected = GROUP.get(subject.status, expected)
    if isinstance(subject, Order) and subject.charged_id:
        expected = FOR_PERSON.get(subject.status, expected)
    return expected | _beside(subject)


def _beside(subject: Any) -> frozenset[str]:
    found: set[str] = set()
    if isinstance(subject, Complaint) and not subject.ended:
        if subject.merge_into_id:
            found.add(C.MERGE)
        if subject.second == Complaint.Second.SUGGESTED:
            found.add(C.SECOND)
        if subject.status == S.RECTIFYING and subject.handle_by:
            found.add(C.HANDLE)
    if isinstance(subject, Filing) and subject.status != F.CANCELLED:
        since = subject.opened_at
        unread = subject.follow_ups.filter(kind=FollowUp.Kind.REPORT, received_at=None, made_at__gte=since)
        if unread.exists():
            found.add(C.RECEIVE)
        called = set(Transition.objects.about(subject).filter(at__gte=since).values_list("step", flat=True))
        made = set(subject.complaint.supervisions.filter(made_at__gte=since).values_list("post", "kind"))
        for step, kind, owed in (
            ("call_supervision", Supervision.Kind.PROCESS, {"UL": C.SUPERVISE_UL, "UG": C.SUPERVISE_UG}),
            ("call_result_supervision", Supervision.Kind.RESULT, {"UL": C.RESULT_UL, "UG": C.RESULT_UG}),
        ):
            if step in called:
                found.update(code for post, code in owed.items() if (post, kind) not in made)
    return frozenset(found)


def parts_of(complaint: Complaint) -> list[Any]:
    """The complaint and everything of it that has a life."""
    return [
        complaint,
        *Filing.objects.filter(complaint=complaint),
        *Plan.objects.filter(complaint=complaint),
        *Milestone.objects.filter(plan_version__plan__complaint=complaint),
        *complaint.opinions.all(),
        *complaint.orders.all(),
    ]


def wrong_with(complaint_id: int) -> list[str]:
    """Everything that is not as it must be; [] when all is well."""
    complaint = Complaint.objects.get(pk=complaint_id)
    parts = parts_of(complaint)
    running: dict[tuple[int, int], set[str]] = {}
    clocks = list(Clock.objects.of_case(complaint))
    for clock in clocks:
        if clock.stopped_at is None:
            running.setdefault((clock.content_type_id, clock.object_id), set()).add(clock.code)
    wrong = [problem for part in parts for problem in (*_history(part), *_running(part, running, complaint))]
    wrong += [f"a clock of nobody's: {key} {found}" for key, found in running.items()]
    wrong += [problem for clock in clocks for problem in _clock(clock)]
    return [*wrong, *_record(complaint), *_plan(complaint)]


def _running(part: Any, running: dict[tuple[int, int], set[str]], complaint: Complaint) -> list[str]:
    from django.contrib.contenttypes.models import ContentType

    found = running.pop((ContentType.objects.get_for_model(part).pk, part.pk), set())
    expected = NONE if complaint.ended else expected_clocks(part)
    if found != expected:
        name = f"{type(part).__name__} {part.pk} “{part.status}”"
        return [f"{name}: runs {sorted(found)}, should {sorted(expected)} (complaint “{complaint.status}”)"]
    return []


def _history(part: Any) -> list[str]:
    """G1: an unbroken chain of steps of the flow from the first to the present state; rounds never shrink."""
    flow = flow_of(part)
    name = f"{type(part).__name__} {part.pk}"
    wrong: list[str] = []
    taken = list(Transition.objects.about(part).order_by("pk"))
    if not taken:
        made_quietly = isinstance(part, Milestone) and part.status in (M.DRAFT, M.DONE)
        return [] if made_quietly else [f"{name}: no history"]
    state, round_ = taken[0].source, 0
    for each in taken:
        step = flow.steps.get(each.step)
        if step is None or each.source not in step.sources or each.target != (step.target or each.source):
            wrong.append(f"{name}: {each.step} {each.source}→{each.target} is no step of its flow")
        if each.source != state:
            wrong.append(f"{name}: {each.step} starts from {each.source}, it stood at {state}")
        if step is not None and (each.actor_id is None) != (step.rule is None):
            wrong.append(f"{name}: {each.step} by {each.actor_id}")
        if each.round < round_:
            wrong.append(f"{name}: round {each.round} after {round_}")
        state, round_ = each.target, each.round
    if state != part.status:
        wrong.append(f"{name}: stands at {part.status}, its history ends at {state}")
    if getattr(part, "round", round_) < round_:
        wrong.append(f"{name}: round {part.round} < {round_}")
    return wrong


def _clock(clock: Clock) -> Iterable[str]:
    if clock.stopped_at is not None:
        if not clock.outcome or clock.next_at is not None:
            yield f"{clock.code}: stopped without outcome, or still to be swept"
        if clock.stopped_at >= clock.due_at and clock.overdue_noted_at is None:
            yield f"{clock.code}: stopped late, the fact was not noted"
    if clock.received_at > clock.opened_at:
        yield f"{clock.code}: received after it was opened"


def _record(complaint: Complaint) -> Iterable[str]:
    if (complaint.closed_at is not None) is not (complaint.status in ENDED):
        yield f"closed_at {complaint.closed_at} in {complaint.status}"
    if complaint.verdict not in VERDICTS.get(complaint.status, (complaint.verdict,)):
        yield f"verdict {complaint.verdict!r} in {complaint.status}"
    states = list(complaint.rulings.values_list("state", flat=True))
    if states.count(Ruling.State.CONFIRMED) != (1 if complaint.verdict else 0):
        yield f"rulings {states} with verdict {complaint.verdict!r}"
    proposed = states.count(Ruling.State.PROPOSED)
    if proposed != (1 if complaint.status == S.RULING_PROPOSED else 0) and complaint.status not in ENDED:
        yield f"rulings {states} in {complaint.status}"
    filing = Filing.objects.filter(complaint=complaint).first()
    filed = filing is not None and filing.status != F.CANCELLED
    if filed != complaint.ours and complaint.status not in ENDED:
        yield f"filing {filing and filing.status} with verdict {complaint.verdict!r}"
    if complaint.status == S.MERGED:
        yield from _merged(complaint)


def _merged(complaint: Complaint) -> Iterable[str]:
    """No demand is lost, and the earliest receipt counts."""
    survivor = complaint.merge_into
    if survivor is None:
        yield "merged into nothing"
        return
    if survivor.received_at > complaint.received_at:
        yield f"received {survivor.received_at}, the duplicate {complaint.received_at}"
    kept = set(survivor.demands.values_list("text", flat=True))
    lost = set(complaint.demands.values_list("text", flat=True)) - kept
    if lost:
        yield f"demands lost in the merge: {lost}"


def _plan(complaint: Complaint) -> Iterable[str]:
    plan = Plan.objects.filter(complaint=complaint).first()
    if plan is None:
        if complaint.status == S.RECTIFYING:
            yield "rectifying without a plan"
        return
    if plan.status == P.APPROVED and (plan.effective_id is None or plan.effective_id != plan.working_id):
        yield f"approved, but {plan.working_id} is not in force ({plan.effective_id})"
    if complaint.status == S.RECTIFYING and plan.effective_id is None:
        yield "rectifying without an approved version"
    elsewhere = Milestone.objects.filter(plan_version__plan=plan, status=M.RUNNING).exclude(
        plan_version=plan.effective_id or 0
    )
    if elsewhere.exists():
        yield "a milestone runs in a version that is not in force"
    if plan.effective and plan.effective.approved_at is None:
        yield "a version is in force that nobody approved"


def outcomes(complaint: Complaint) -> list[tuple[str, str, bool]]:
    """Code, outcome and lateness of every clock that has stopped, in order: the facts."""
    stopped = Clock.objects.of_case(complaint).exclude(stopped_at=None).order_by("pk")
    return [(clock.code, Outcome(clock.outcome).value, clock.late) for clock in stopped]
