"""Handling done, evaluated with the client, closed; or withdrawn (clauses 5.6.1, 5.7; B.2 steps 8, 13, 14)."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from complaints.flows.complaint import FLOW
from complaints.guards.complaint import SIGNATURE, WITHDRAWAL
from complaints.models import Complaint, DemandCheck, Evaluation, Verdict
from complaints.models.evaluation import SATISFIED_FROM
from organization.models import User
from workflow.services.evidence import keep_files

from .children import cancel_children, conclude_filing, drop_asked, open_plan
from .common import end_of, lock_complaint, must_be_coming, must_be_one_of, take_number

GRADE_FIELDS = ("response", "arrival", "measures", "result", "attitude", "overall")
EVALUATION_FIELDS = (
    "kind", "method", "held_on", "department_people", "unit_people", "client_people", *GRADE_FIELDS, "accepted",
    "opinion", "signed_by", "signed_on",
)  # fmt: skip


@transaction.atomic
def finish_work(*, complaint_id: int, remark: str, actor: User, now: datetime) -> Complaint:
    """Clause 5.6.1: PE declares the work done; both sides now evaluate it with the client within a day."""
    complaint = lock_complaint(complaint_id)
    FLOW.move("finish", complaint, actor=actor, now=now, remark=remark)
    return complaint


@transaction.atomic
def evaluate_complaint(
    *,
    complaint_id: int,
    values: dict[str, Any],
    met: Collection[int],
    next_due_on: date | None,
    raise_severity: bool,
    files: "Sequence[File[bytes]]",
    actor: User,
    now: datetime,
) -> Evaluation:
    """Clause 5.7: satisfied is 很满意 or 满意 overall with every demand met, or an acceptance that was given.

    ``met`` are the ids of the demands the client holds met. Not satisfied: the next round begins, with the date by
    which the work goes on (``next_due_on``); the severity may rise, and then a plan is drafted. All rounds are kept.
    """
    complaint = lock_complaint(complaint_id)
    FLOW.check("satisfied", complaint, actor=actor, now=now)
    must_be_one_of("kind", "评价形式", values.get("kind", ""), Evaluation.Kind.values)
    must_be_one_of("method", "方式", values.get("method", ""), Evaluation.Method.values)
    demands = list(complaint.demands.filter(withdrawn_reason=""))
    satisfied = _is_satisfied(values, met, {demand.pk for demand in demands})
    raised = raise_severity and not satisfied and complaint.verdict == Verdict.MINOR
    _check_evaluation(complaint, values, now)
    if not satisfied and not raised:
        next_due_on = must_be_coming("next_due_on", "继续整改完成日期", next_due_on, now)
    evaluation = Evaluation.objects.create(
        complaint=complaint,
        number=take_number("PJ", complaint, now),
        round=complaint.round,
        satisfied=satisfied,
        next_due_on=None if satisfied or raised else next_due_on,
        made_by=actor,
        made_at=now,
        **{name: values.get(name) for name in EVALUATION_FIELDS},
    )
    DemandCheck.objects.bulk_create(
        DemandCheck(evaluation=evaluation, demand=demand, met=demand.pk in met) for demand in demands
    )
    for demand in demands:
        demand.met = demand.pk in met
        demand.save()
    keep_files(complaint, files, kind=SIGNATURE, caption=f"第 {complaint.round} 轮评价", actor=actor, now=now)
    _move(complaint, satisfied, raised, next_due_on, actor, now)
    return evaluation


def _move(
    complaint: Complaint, satisfied: bool, raised: bool, next_due_on: date | None, actor: User, now: datetime
) -> None:
    if satisfied:
        FLOW.move("satisfied", complaint, actor=actor, now=now)
        last = complaint.evaluations.order_by("-pk").first()
        complaint.grade = last.overall if last else None
        complaint.save()
        conclude_filing(complaint, now=now)
        return
    if raised:
        FLOW.move("unsatisfied_raised", complaint, actor=actor, now=now)
        complaint.verdict, complaint.handle_by = Verdict.SEVERE, None
        complaint.save()
        open_plan(complaint, now=now)
        return
    step = "unsatisfied_severe" if complaint.verdict == Verdict.SEVERE else "unsatisfied_minor"
    due = end_of(next_due_on) if next_due_on else None
    FLOW.move(step, complaint, actor=actor, now=now, due=due)
    complaint.handle_by = next_due_on
    complaint.save()


def _is_satisfied(values: dict[str, Any], met: Collection[int], demands: set[int]) -> bool:
    if values["kind"] == Evaluation.Kind.ACCEPTANCE:
        return bool(values.get("accepted")) and demands <= set(met)
    return int(values.get("overall") or 0) >= SATISFIED_FROM and demands <= set(met)


def _check_evaluation(complaint: Complaint, values: dict[str, Any], now: datetime) -> None:
    """R-3.4.3: an evaluation with one side only is refused; each form asks for its own fields."""
    problems: dict[str, str] = {}
    for name, side in (
        ("department_people", "项目经理部"),
        ("unit_people", "二级单位"),
        ("client_people", "客户"),
    ):
        if not str(values.get(name) or "").strip():
            problems[name] = f"请填写{side}参加人,评价须各方共同参加(标准 5.7)。"
    if values["kind"] == Evaluation.Kind.ACCEPTANCE:
        if values.get("accepted") is None:
            problems["accepted"] = "请选择验收结论。"
    else:
        for name in GRADE_FIELDS:
            if not values.get(name):
                problems[name] = "请选择等级。"
    if not str(values.get("signed_by") or "").strip():
        problems["signed_by"] = "请填写客户签字人。"
    today, received = timezone.localdate(now), timezone.localdate(complaint.received_at)
    for name, label in (("held_on", "评价日期"), ("signed_on", "签字日期")):
        if not values.get(name):
            problems[name] = f"请填写{label}。"
        elif values[name] > today:
            problems[name] = f"{label}不能晚于今天。"
        elif values[name] < received:
            problems[name] = f"{label}不能早于投诉接收日期({received})。"
    if problems:
        raise ValidationError(problems)


@transaction.atomic
def close_complaint(*, complaint_id: int, remark: str, actor: User, now: datetime) -> Complaint:
    """R-B2-14: the end, when nothing is open any more; after a reply that was not objected to, or after the client was
    satisfied."""
    complaint = lock_complaint(complaint_id)
    step = "close_replied" if complaint.status == Complaint.Status.REPLIED else "close"
    FLOW.move(step, complaint, actor=actor, now=now, remark=remark)
    complaint.closed_at = now
    complaint.save()
    drop_asked(complaint, now=now, remark="投诉结案")
    return complaint


@transaction.atomic
def withdraw_complaint(
    *, complaint_id: int, remark: str, files: "Sequence[File[bytes]]", actor: User, now: datetime
) -> Complaint:
    """撤诉: the complainant takes it back, proved; the complaint stays counted."""
    complaint = lock_complaint(complaint_id)
    FLOW.check("withdraw", complaint, actor=actor, now=now)
    keep_files(complaint, files, kind=WITHDRAWAL, actor=actor, now=now)
    FLOW.move("withdraw", complaint, actor=actor, now=now, remark=remark)
    complaint.closed_at = now
    complaint.save()
    cancel_children(complaint, now=now, remark="撤诉")
    return complaint
