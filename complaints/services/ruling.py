"""责任判定, 回函 and 复议 (clause 5.4.2)."""

from collections.abc import Sequence
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from complaints import clocks as C
from complaints.flows.complaint import FLOW
from complaints.guards.complaint import DISPATCH, GROUNDS, proposed_ruling
from complaints.models import Complaint, Reply, Ruling, Verdict
from complaints.models.ruling import SEVERITY
from organization.models import User
from workflow.errors import Conflict, Refused
from workflow.models import Clock
from workflow.services.evidence import keep_files

from .children import cancel_children, open_filing, open_plan
from .common import (
    end_of,
    lock_complaint,
    must_be_coming,
    must_be_given,
    must_be_one_of,
    must_be_past,
    take_number,
)

STEP_FOR = {
    Verdict.NOT_OURS: "rule_not_ours",
    Verdict.SEVERE: "rule_severe",
    Verdict.MINOR: "rule_minor",
}


def suggested_severity(complaint: Complaint) -> list[str]:
    """Resolved ambiguity 10: what the record itself says of the severity checklist."""
    facts = {
        "leader": complaint.level == Complaint.Level.LEADER,
        "second": complaint.second in (Complaint.Second.SUGGESTED, Complaint.Second.CONFIRMED),
        "key": complaint.project.key or complaint.project.strategic,
    }
    return [code for code, holds in facts.items() if holds]


@transaction.atomic
def propose_ruling(
    *,
    complaint_id: int,
    verdict: str,
    grounds: str,
    severity: Sequence[str],
    handle_by: date | None,
    actor: User,
    now: datetime,
    files: "Sequence[File[bytes]]" = (),
) -> Ruling:
    """Clause 5.4.2: UW proposes whose responsibility it is, with grounds and evidence; UH confirms, within two days.

    What is left of the two days goes over to UH: the limit counts from the receipt, not from the proposal. ``files``
    are evidence that comes with the proposal.
    """
    complaint = lock_complaint(complaint_id)
    # State and right are asked before anything is written; the guard then looks at what was written.
    FLOW.check("propose_ruling", complaint, actor=actor, now=now)
    must_be_one_of("verdict", "判定结果", verdict, Verdict.values)
    if verdict == Verdict.MINOR:
        handle_by = must_be_coming("handle_by", "要求完成日期", handle_by, now)
    unknown = set(severity) - SEVERITY.keys()
    if unknown:
        raise ValidationError({"severity": "核对项无效,请刷新页面。"})
    keep_files(complaint, files, kind=GROUNDS, actor=actor, now=now)
    ruling = Ruling.objects.create(
        complaint=complaint,
        verdict=verdict,
        grounds=grounds.strip(),
        severity=list(severity),
        handle_by=handle_by if verdict == Verdict.MINOR else None,
        proposed_by=actor,
        proposed_at=now,
    )
    running = _running(complaint, C.RULE)
    FLOW.move(
        "propose_ruling",
        complaint,
        actor=actor,
        now=now,
        remark=Verdict(verdict).label,
        received_at=running.received_at,
        due=running.due_at,
    )
    return ruling


@transaction.atomic
def decide_ruling(
    *, complaint_id: int, ruling_id: int, confirm: bool, remark: str, actor: User, now: datetime
) -> Complaint:
    """UH confirms the proposed ruling, or returns it with a reason. ``ruling_id`` is the one that was on the page.

    Ours opens the filing at once, beside the plan or the direct handling (resolved ambiguity 11).
    """
    complaint = lock_complaint(complaint_id)
    ruling = proposed_ruling(complaint)
    step = STEP_FOR[Verdict(ruling.verdict)] if ruling is not None and confirm else "return_ruling"
    FLOW.check(step if ruling is not None else "return_ruling", complaint, actor=actor, now=now)
    if ruling is None or ruling.pk != ruling_id:
        raise Conflict("您打开页面之后,判定内容已有变化。请刷新页面,核对后再作决定。")
    ruling.decided_by, ruling.decided_at, ruling.remark = actor, now, remark.strip()[:500]
    if not confirm:
        running = _running(complaint, C.RULE_CONFIRM)
        FLOW.move(
            step,
            complaint,
            actor=actor,
            now=now,
            remark=remark,
            received_at=running.received_at,
            due=running.due_at,
        )
        ruling.state = Ruling.State.RETURNED
        ruling.save()
        return complaint
    if ruling.handle_by and ruling.handle_by < timezone.localdate(now):
        # Nobody is given a duty that is late before it begins.
        raise Refused([f"要求完成日期({ruling.handle_by})已过,请退回判定,由提出人改定日期。"])
    due = end_of(ruling.handle_by) if ruling.handle_by else None
    FLOW.move(step, complaint, actor=actor, now=now, remark=remark, due=due)
    ruling.state = Ruling.State.CONFIRMED
    ruling.save()
    complaint.verdict, complaint.handle_by = ruling.verdict, ruling.handle_by
    complaint.save()
    if complaint.ours:
        open_filing(complaint, now=now)
    if complaint.verdict == Verdict.SEVERE:
        open_plan(complaint, now=now)
    return complaint


@transaction.atomic
def write_reply(
    *,
    complaint_id: int,
    addressee: str,
    subject: str,
    reasons: str,
    proof: str,
    signatory: str,
    actor: User,
    now: datetime,
) -> Reply:
    """Clause 5.4.2a: the letter that explains, point by point, why the matter is not ours. Editable until sent."""
    complaint = lock_complaint(complaint_id)
    FLOW.check("write_reply", complaint, actor=actor, now=now)
    must_be_given(
        {
            "addressee": ("致", addressee),
            "subject": ("事由", subject),
            "reasons": ("理由", reasons),
            "proof": ("证据清单", proof),
            "signatory": ("签发人", signatory),
        }
    )
    FLOW.move("write_reply", complaint, actor=actor, now=now)
    reply = complaint.replies.filter(sent_at__isnull=True).first()
    if reply is None:
        number = take_number("HF", complaint, now)
        reply = Reply(complaint=complaint, number=number, written_at=now)
    reply.addressee, reply.subject, reply.signatory = addressee.strip(), subject.strip(), signatory.strip()
    reply.reasons, reply.proof, reply.written_by = reasons.strip(), proof.strip(), actor
    reply.save()
    return reply


@transaction.atomic
def dispatch_reply(
    *,
    complaint_id: int,
    method: str,
    tracking: str,
    sent_at: datetime,
    files: "Sequence[File[bytes]]",
    actor: User,
    now: datetime,
) -> Reply:
    """R-5.4.2a: sent by 快递, 传真 or 电子邮件, with its number and the proof of dispatch."""
    complaint = lock_complaint(complaint_id)
    FLOW.check("dispatch_reply", complaint, actor=actor, now=now)
    reply = complaint.replies.filter(sent_at__isnull=True).first()
    if reply is None:
        raise Conflict("请先编制回函。")
    must_be_one_of("method", "发出方式", method, Reply.Method.values)
    must_be_given({"tracking": ("快递单号(传真号、邮箱)", tracking)})
    must_be_past("sent_at", "发出时间", sent_at, now)
    if sent_at < complaint.received_at.replace(second=0, microsecond=0):
        raise ValidationError({"sent_at": "发出时间不能早于投诉接收时间。"})
    keep_files(complaint, files, kind=DISPATCH, caption=reply.number, actor=actor, now=now)
    reply.method, reply.tracking, reply.sent_at, reply.sent_by = method, tracking.strip(), sent_at, actor
    reply.save()
    FLOW.move("dispatch_reply", complaint, actor=actor, now=now, remark=f"{reply.number} {reply.get_method_display()}")
    return reply


@transaction.atomic
def record_objection(*, complaint_id: int, remark: str, actor: User, now: datetime) -> Complaint:
    """The owner objects to the reply: UH reconsiders, with a clock of its own."""
    complaint = lock_complaint(complaint_id)
    FLOW.move("object", complaint, actor=actor, now=now, remark=remark)
    return complaint


@transaction.atomic
def reconsider_ruling(*, complaint_id: int, uphold: bool, remark: str, actor: User, now: datetime) -> Complaint:
    """复议: upheld, another reply explains; overturned, the matter is ruled on anew with a new limit."""
    complaint = lock_complaint(complaint_id)
    FLOW.move("uphold" if uphold else "overturn", complaint, actor=actor, now=now, remark=remark)
    if not uphold:
        _revoke(complaint, actor, now, remark)
    return complaint


@transaction.atomic
def revoke_ruling(*, complaint_id: int, remark: str, actor: User, now: datetime) -> Complaint:
    """UH takes back an "ours": the filing is cancelled (撤销备案), plan and milestones stop, a new ruling begins."""
    complaint = lock_complaint(complaint_id)
    FLOW.move("revoke_ruling", complaint, actor=actor, now=now, remark=remark)
    _revoke(complaint, actor, now, remark)
    cancel_children(complaint, now=now, remark=remark)
    return complaint


def _revoke(complaint: Complaint, actor: User, now: datetime, remark: str) -> None:
    for ruling in complaint.rulings.filter(state=Ruling.State.CONFIRMED):
        ruling.state, ruling.remark = Ruling.State.REVOKED, remark.strip()[:500]
        ruling.save()
    complaint.verdict, complaint.handle_by = "", None
    complaint.save()


def _running(complaint: Complaint, code: str) -> Clock:
    running: Clock = Clock.objects.about(complaint).running().get(code=code)
    return running
