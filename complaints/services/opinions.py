"""部门意见 (clause 5.5.1; B.3 C04): asked of a department's person with a time limit, answered, revised, cancelled."""

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from complaints.flows.plan import OPINION_FLOW
from complaints.models import Complaint, Opinion
from complaints.permissions import ASK_OPINION
from ledgers.services.words import field_label
from organization.models import User
from workflow.errors import Conflict

from .common import lock_complaint, lock_part, must_be_given
from .supervising import department_people, draw_in

S = Complaint.Status
ASKED_IN = (S.DRAFTING_PLAN, S.RECTIFYING)


def must_be_askable(complaint: Complaint, actor: User) -> None:
    """403 without the right, 409 outside the drafting and changing of a plan."""
    ASK_OPINION.require(actor, complaint)
    if complaint.status not in ASKED_IN:
        raise Conflict(f"投诉当前为“{complaint.get_status_display()}”,只有编制或调整方案时才征求部门意见。")


@transaction.atomic
def ask_opinions(
    *, complaint_id: int, people: Sequence[User], question: str, actor: User, now: datetime
) -> list[Opinion]:
    """Clause 5.5.1: the plan rests on the opinions of the unit's departments; each is asked of one person, several may
    be asked the same at once. Each of them now sees the complaint (G2) and has the limit of Appendix G."""
    complaint = lock_complaint(complaint_id)
    must_be_askable(complaint, actor)
    if not people:
        raise ValidationError({"asked_of": "请至少选择一人。"})
    if not question.strip():
        raise ValidationError({"question": "请填写征求内容。"})
    if not set(people) <= set(department_people(complaint, now)):
        raise ValidationError({"asked_of": "请选择本单位相关部门的在任人员。"})
    waiting = complaint.opinions.filter(asked_of__in=people, status=Opinion.Status.ASKED).select_related("asked_of")
    if names := [str(opinion.asked_of) for opinion in waiting]:
        raise ValidationError({"asked_of": f"已向 {'、'.join(names)} 征求意见,尚未反馈。"})
    return [_ask(complaint, user, question.strip(), actor, now) for user in dict.fromkeys(people)]


def _ask(complaint: Complaint, asked_of: User, question: str, actor: User, now: datetime) -> Opinion:
    opinion = Opinion.objects.create(
        complaint=complaint, asked_of=asked_of, question=question, asked_by=actor, asked_at=now
    )
    draw_in(complaint, asked_of, now)
    OPINION_FLOW.move("ask", opinion, actor=actor, now=now, assignee=asked_of)
    return opinion


def ask_opinion(*, complaint_id: int, asked_of: User, question: str, actor: User, now: datetime) -> Opinion:
    """One person asked."""
    return ask_opinions(complaint_id=complaint_id, people=[asked_of], question=question, actor=actor, now=now)[0]


@transaction.atomic
def give_opinion(*, opinion_id: int, text: str, follower: str, actor: User, now: datetime) -> Opinion:
    """The department answers and names the 专人 who follows the rectification (B.3 C04); later it may add to it."""
    opinion = _lock(opinion_id)
    step = giving_step(opinion)
    OPINION_FLOW.check(step, opinion, actor=actor, now=now)
    must_be_given({"text": ("部门意见", text), "follower": ("跟踪指导专人", follower)})
    earlier = {"text": opinion.text, "follower": opinion.follower}
    opinion.text, opinion.follower = text.strip(), follower.strip()
    changes = [
        {"field": field_label(Opinion, name), "old": old, "new": getattr(opinion, name)}
        for name, old in earlier.items()
        if step == "revise" and old != getattr(opinion, name)
    ]
    OPINION_FLOW.move(step, opinion, actor=actor, now=now, changes=changes)
    opinion.given_at = opinion.given_at or now
    opinion.save()
    return opinion


def giving_step(opinion: Opinion) -> str:
    return "revise" if opinion.status == Opinion.Status.GIVEN else "give"


@transaction.atomic
def cancel_opinion(*, opinion_id: int, remark: str, actor: User, now: datetime) -> Opinion:
    opinion = _lock(opinion_id)
    OPINION_FLOW.move("cancel", opinion, actor=actor, now=now, remark=remark)
    return opinion


def _lock(opinion_id: int) -> Opinion:
    return lock_part(Opinion, opinion_id, "complaint_id", "complaint__department", "complaint__project", "asked_of")
