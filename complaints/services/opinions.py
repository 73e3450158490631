"""部门意见 (clause 5.5.1; B.3 C04): asked of a department's person with a time limit, answered, revised, cancelled."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from complaints.flows.plan import OPINION_FLOW
from complaints.models import Complaint, Opinion
from organization.models import User
from workflow.errors import Conflict

from .common import lock_complaint, lock_part
from .supervising import department_people, draw_in

S = Complaint.Status
ASKED_IN = (S.DRAFTING_PLAN, S.RECTIFYING)


@transaction.atomic
def ask_opinion(*, complaint_id: int, asked_of: User, question: str, actor: User, now: datetime) -> Opinion:
    """Clause 5.5.1: the plan rests on the opinions of the unit's departments; each is asked of one person.

    That person now sees the complaint (G2) and has the limit of Appendix G.
    """
    complaint = lock_complaint(complaint_id)
    if complaint.status not in ASKED_IN:
        raise Conflict(f"投诉当前为“{complaint.get_status_display()}”,只有编制或调整方案时才征求部门意见。")
    if asked_of not in department_people(complaint, now):
        raise ValidationError({"asked_of": "请选择本单位相关部门的在任人员。"})
    if complaint.opinions.filter(asked_of=asked_of, status=Opinion.Status.ASKED).exists():
        raise ValidationError({"asked_of": f"已向 {asked_of} 征求意见,尚未反馈。"})
    opinion = Opinion.objects.create(
        complaint=complaint, asked_of=asked_of, question=question.strip(), asked_by=actor, asked_at=now
    )
    draw_in(complaint, asked_of, now)
    OPINION_FLOW.move("ask", opinion, actor=actor, now=now, assignee=asked_of)
    return opinion


@transaction.atomic
def give_opinion(*, opinion_id: int, text: str, follower: str, actor: User, now: datetime) -> Opinion:
    """The department answers and names the 专人 who follows the rectification (B.3 C04); later it may add to it."""
    opinion = _lock(opinion_id)
    step = "revise" if opinion.status == Opinion.Status.GIVEN else "give"
    OPINION_FLOW.move(step, opinion, actor=actor, now=now)
    problems = {}
    if not text.strip():
        problems["text"] = "请填写部门意见。"
    if not follower.strip():
        problems["follower"] = "请指定跟踪指导专人。"
    if problems:
        raise ValidationError(problems)
    opinion.text, opinion.follower = text.strip(), follower.strip()
    opinion.given_at = opinion.given_at or now
    opinion.save()
    return opinion


@transaction.atomic
def cancel_opinion(*, opinion_id: int, remark: str, actor: User, now: datetime) -> Opinion:
    opinion = _lock(opinion_id)
    OPINION_FLOW.move("cancel", opinion, actor=actor, now=now, remark=remark)
    return opinion


def _lock(opinion_id: int) -> Opinion:
    return lock_part(Opinion, opinion_id, "complaint_id", "complaint__department", "complaint__project", "asked_of")
