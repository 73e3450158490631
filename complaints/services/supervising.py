"""监督, 督办 and 交办 (clauses 3.2.1, 3.2.2, G6; B.2 step 11)."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from complaints.flows.complaint import FLOW
from complaints.flows.filing import FILING_FLOW
from complaints.flows.order import ORDER_FLOW
from complaints.models import Assignment, Complaint, Filing, Order, Supervision
from complaints.permissions import SUPERVISE_UG, SUPERVISE_UL
from organization.authority import holders_of, unit_of_post
from organization.models import Appointment, Post, User
from workflow.models import Clock
from workflow.services.notices import notify

from .common import end_of, lock_complaint, lock_part, must_be_coming, must_be_given, must_be_one_of, take_number


@transaction.atomic
def supervise_complaint(*, filing_id: int, kind: str, text: str, actor: User, now: datetime) -> Supervision:
    """B.2 step 11: UL or UG, whichever post the actor holds, leaves an entry on the process or on the result.

    Once the result is there, a missing entry on the process may still be made; it is as late as its clock says.
    """
    filing = lock_part(Filing, filing_id, "complaint_id", "complaint__department", "complaint__project")
    post = supervising_post(filing, kind, actor)
    step = supervising_step(kind, post)
    FILING_FLOW.check(step, filing, actor=actor, now=now)
    must_be_one_of("kind", "监督类别", kind, (Supervision.Kind.PROCESS, Supervision.Kind.RESULT))
    must_be_given({"text": ("监督意见", text)})
    FILING_FLOW.move(step, filing, actor=actor, now=now, remark=text)
    return Supervision.objects.create(
        complaint=filing.complaint, kind=kind, post=post, text=text.strip(), made_by=actor, made_at=now
    )


def supervising_step(kind: str, post: str) -> str:
    return f"{'supervise' if kind == Supervision.Kind.PROCESS else 'result'}_{post.lower()}"


def supervising_post(filing: Filing, kind: str, actor: User) -> str:
    """UL or UG, as which the actor leaves the entry. Whoever holds both leaves the one that is still missing first."""
    held = [
        post for post, rule in (("UL", SUPERVISE_UL), ("UG", SUPERVISE_UG)) if rule.allows(actor, filing, fresh=True)
    ]
    if len(held) < 2:
        return held[0] if held else "UG"
    since = filing.complaint.supervisions.filter(kind=kind, made_at__gte=filing.opened_at)
    made = set(since.values_list("post", flat=True))
    return next((post for post in held if post not in made), held[0])


@transaction.atomic
def urge_complaint(*, complaint_id: int, text: str, actor: User, now: datetime) -> Supervision:
    """G6: 督办 reaches everybody who has something open of this complaint. It never blocks."""
    complaint = lock_complaint(complaint_id)
    transition = FLOW.move("urge", complaint, actor=actor, now=now, remark=text)
    made = Supervision.objects.create(
        complaint=complaint,
        kind=Supervision.Kind.URGE,
        post=transition.post_id or "",
        text=text.strip(),
        made_by=actor,
        made_at=now,
    )
    notify(
        key=f"urge:{made.pk}",
        kind="urge",
        recipients=_who_has_the_ball(complaint, now),
        title=f"督办:{complaint}",
        text=f"{transition.who} 于 {timezone.localtime(now):%Y-%m-%d %H:%M} 督办该投诉,请尽快办理并反馈。",
        subject=complaint,
        url=FLOW.url(complaint.pk),
        now=now,
    )
    return made


def _who_has_the_ball(complaint: Complaint, now: datetime) -> list[User]:
    """Whoever holds an open duty of the complaint, and who stands in for them (G5)."""
    today = timezone.localdate(now)
    duties = {
        (clock.post_id, clock.unit_id, clock.assignee_id): clock.unit
        for clock in Clock.objects.of_case(complaint).running().select_related("unit")
    }
    people: dict[int, User] = {}
    for (post, _, assignee), unit in duties.items():
        people.update((user.pk, user) for user in holders_of(post, unit, today, principal=assignee))
    return list(people.values())


@transaction.atomic
def hand_over(*, complaint_id: int, task: str, due_on: date, charged: User | None, actor: User, now: datetime) -> Order:
    """R-3.2.1: UL charges a department's person, or the project manager (``charged`` None), by a date."""
    complaint = lock_complaint(complaint_id)
    FLOW.check("hand_over", complaint, actor=actor, now=now)
    must_be_given({"task": ("交办事项", task)})
    due_on = must_be_coming("due_on", "要求完成日期", due_on, now)
    if charged is not None and charged not in department_people(complaint, now):
        raise ValidationError({"charged": "请选择本单位相关部门的在任人员。"})
    order = Order.objects.create(
        complaint=complaint,
        number=take_number("JB", complaint, now),
        task=task.strip(),
        due_on=due_on,
        charged=charged,
        made_by=actor,
        made_at=now,
    )
    FLOW.move("hand_over", complaint, actor=actor, now=now, remark=f"{order.number}:{task.strip()}")
    if charged is not None:
        draw_in(complaint, charged, now)
    step = "give_pm" if charged is None else "give_ud"
    ORDER_FLOW.move(step, order, actor=actor, now=now, due=end_of(due_on), assignee=charged)
    return order


@transaction.atomic
def finish_order(*, order_id: int, result: str, actor: User, now: datetime) -> Order:
    order = _lock_order(order_id)
    step = finishing_step(order)
    ORDER_FLOW.check(step, order, actor=actor, now=now)
    if not result.strip():
        raise ValidationError({"result": "请填写办理结果。"})
    ORDER_FLOW.move(step, order, actor=actor, now=now, remark=result)
    order.result, order.done_at = result.strip(), now
    order.save()
    return order


def finishing_step(order: Order) -> str:
    return "done_ud" if order.charged_id else "done_pm"


@transaction.atomic
def cancel_order(*, order_id: int, remark: str, actor: User, now: datetime) -> Order:
    order = _lock_order(order_id)
    ORDER_FLOW.move("cancel", order, actor=actor, now=now, remark=remark)
    return order


def _lock_order(order_id: int) -> Order:
    return lock_part(Order, order_id, "complaint_id", "complaint__department", "complaint__project", "charged")


def department_people(complaint: Complaint, now: datetime) -> list[User]:
    """The people of the unit's departments (post UD) who may be asked or charged today.

    Holders alone: a duty given to one of them is their substitute's too, one given to the substitute would be nobody's.
    """
    unit = unit_of_post(Post.objects.get(pk="UD"), complaint.department)
    if unit is None:
        return []
    held = Appointment.objects.active(timezone.localdate(now)).filter(post="UD", unit=unit, substitute_for=None)
    return list(dict.fromkeys(each.user for each in held.select_related("user").order_by("pk")))


def draw_in(complaint: Complaint, user: User, now: datetime) -> None:
    """G2: from now on this person of a department sees the complaint."""
    Assignment.objects.get_or_create(complaint=complaint, user=user, defaults={"at": now})
