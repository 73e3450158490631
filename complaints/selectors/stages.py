"""The stage bar: the path that this complaint takes, and where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from complaints.models import Complaint, Plan, Verdict
from workflow.models import Transition

from .detail import SENT_BACK, last_return, plan_of

S = Complaint.Status
REPLYING = (S.AWAITING_REPLY, S.REPLIED, S.RECONSIDERING)

# Stage → the states in which it is the current one. A stage of no state is passed at once.
REGISTERED = ("已登记", ())
CONFIRMING = ("二次确认", (S.REGISTERED,))
FORWARDING = ("转办", (S.CONFIRMED,))
RULING = ("责任判定", (S.AWAITING_RULING, S.RULING_PROPOSED))
REPLY = ("回函", (S.AWAITING_REPLY,))
RECONSIDERING = ("复议", (S.RECONSIDERING,))
PLANNING = ("方案编制", (S.DRAFTING_PLAN,))
RECTIFYING = ("整改", (S.RECTIFYING,))
HANDLING = ("直接处理", (S.HANDLING,))
EVALUATING = ("客户评价", (S.AWAITING_EVALUATION,))
CLOSING = ("结案", (S.REPLIED, S.AWAITING_CLOSE, S.CLOSED))
UNKNOWN = ("处理或回函", ())
_Row = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Stage:
    """``state``: done, current, todo, returned; ended: merged or withdrawn."""

    label: str
    state: str
    note: str = ""


def stages(complaint: Complaint, moves: Sequence[Transition]) -> list[Stage]:
    """The bar of the complaint's life by the way it was ruled; one that was merged or withdrawn ends where it stood."""
    status: str = complaint.status
    path = _path(complaint, moves)
    passed = _passed(path, moves)
    if status in (S.MERGED, S.WITHDRAWN):
        return _ended(complaint, path, moves, passed)
    at = _index(path, status)
    bar = []
    for index, (label, _) in enumerate(path):
        done = index < at or status == S.CLOSED
        note = passed.get(label, "") if done else ""
        state = "done" if done else "current" if index == at else "todo"
        if index == at and not done:
            state, note = _now(complaint, moves)
        bar.append(Stage(label, state, note))
    return bar


def _path(complaint: Complaint, moves: Sequence[Transition]) -> list[_Row]:
    first = [REGISTERED, CONFIRMING, *((FORWARDING,) if complaint.to_group else ()), RULING]
    if complaint.verdict == Verdict.NOT_OURS:
        objected = complaint.status == S.RECONSIDERING or any(move.step == "uphold" for move in moves)
        return [*first, *((RECONSIDERING,) if objected else ()), REPLY, CLOSING]
    if complaint.verdict == Verdict.SEVERE:
        return [*first, PLANNING, RECTIFYING, EVALUATING, CLOSING]
    if complaint.verdict == Verdict.MINOR:
        return [*first, HANDLING, EVALUATING, CLOSING]
    return [*first, UNKNOWN, CLOSING]


def _index(path: Sequence[_Row], status: str) -> int:
    return next((index for index, (_, states) in enumerate(path) if status in states), len(path) - 1)


def _passed(path: Sequence[_Row], moves: Sequence[Transition]) -> dict[str, str]:
    """Stage → the day on which it was last left for a later one."""
    days = {}
    for move in moves:
        if move.step.startswith("register"):
            days[REGISTERED[0]] = f"{timezone.localtime(move.at):%m-%d}"
        source, target = _index(path, move.source), _index(path, move.target)
        if target > source:
            days[path[source][0]] = f"{timezone.localtime(move.at):%m-%d}"
        if move.target == S.CLOSED:
            days[CLOSING[0]] = f"{timezone.localtime(move.at):%m-%d}"
    return days


def _now(complaint: Complaint, moves: Sequence[Transition]) -> tuple[str, str]:
    """State and note of the stage at which the complaint stands."""
    back = last_return(moves)
    note = SENT_BACK[back.step] if back is not None else ""
    if complaint.round > 1 and complaint.status not in (S.AWAITING_CLOSE, S.CLOSED):
        note = f"第 {complaint.round} 轮" + (f"·{note}" if note else "")
    if complaint.status == S.RULING_PROPOSED:
        return "current", "待负责人确认"
    if complaint.status == S.REPLIED:
        return "current", "已回函"
    plan = plan_of(complaint)
    if complaint.status == S.DRAFTING_PLAN and plan is not None:
        returned = plan.status == Plan.Status.DRAFT and plan.round > 1
        words = f"方案退回,第 {plan.round} 稿" if returned else plan.status_label
        return ("returned", words) if returned else ("returned" if back else "current", note or words)
    if complaint.status == S.RECTIFYING and plan is not None and plan.status != Plan.Status.APPROVED and not back:
        return "current", f"方案{plan.status_label}"
    return ("returned", note) if back is not None else ("current", note)


def _ended(
    complaint: Complaint, path: Sequence[_Row], moves: Sequence[Transition], passed: dict[str, str]
) -> list[Stage]:
    last = next((move for move in reversed(moves) if move.target == complaint.status), None)
    at = _index(path, last.source) if last is not None else 0
    bar = [Stage(label, "done", passed.get(label, "")) for label, _ in path[:at]]
    day = f"{timezone.localtime(last.at):%m-%d}" if last is not None else ""
    return [*bar, Stage(str(complaint.get_status_display()), "ended", day)]
