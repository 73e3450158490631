"""One complaint of the demo, carried along by those whose work it is; ``now`` moves on with its steps."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from complaints.models import Complaint, Opinion, Plan
from complaints.services.confirming import confirm_with_complainant, forward_complaint, record_contact
from complaints.services.opinions import ask_opinion, give_opinion
from complaints.services.planning import MilestoneData, ResponseData, decide_plan, save_plan, submit_plan
from complaints.services.registration import register_complaint
from complaints.services.ruling import decide_ruling, dispatch_reply, propose_ruling, write_reply
from ledgers.models import Project
from organization.models import Unit, User
from workflow.services.evidence import attach_evidence

from . import names
from .matters import OPINIONS, TALKS, Matter
from .pictures import picture

DECIDERS = {"check": "pm", "return_check": "pm", "review": "uh", "return_review": "uh"}
NUMBERS_OF_DEPARTMENT = ("pw", "pe", "pm")


class Case:
    """Its steps, each by the post of ``department`` or its unit; ``who("uh")`` is the person.

    ``then(96, story)``: the same matter of the same project once more, on the 96th day.
    """

    def __init__(
        self,
        *,
        department: Unit,
        project: Project,
        matter: Matter,
        people: dict[str, User],
        random: Random,
        began: date,
        then: Callable[[int, Callable[[Any], None]], None],
    ) -> None:
        self.department, self.project, self.matter = department, project, matter
        self.people, self.random = people, random
        self.now = timezone.now()
        self.began, self.then = began, then
        self.to_day(0)
        self.pk = 0

    # --- time and people

    def to_day(self, days: int, hour: int = 9) -> None:
        """The clock of the story: a day counted from its first one; never later than the real now."""
        at = datetime.combine(self.began + timedelta(days=days), time(hour, self.random.randrange(60)))
        self.now = min(timezone.make_aware(at), timezone.now())

    def later(self, hours: float = 1) -> None:
        self.now = min(self.now + timedelta(hours=hours), timezone.now())

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    def who(self, post: str) -> User:
        if post in ("gw", "gh"):
            return self.people[post]
        _, unit, department = self.department.code.replace("D", " ").replace("U", " ").split(" ")
        return self.people[f"{post}{unit}{department if post in NUMBERS_OF_DEPARTMENT else ''}"]

    def complaint(self) -> Complaint:
        return Complaint.objects.get(pk=self.pk)

    def attach(self, kind: str, name: str, post: str, subject: Any = None) -> None:
        subject = subject or Complaint.objects.select_related("department", "project").get(pk=self.pk)
        attach_evidence(subject=subject, file=picture(self.random, name), actor=self.who(post), now=self.now, kind=kind)

    # --- from the call to the ruling

    def register(self, *, late: str = "", **values: Any) -> None:
        """By UW; by GW when it was made to the group. ``late``: entered two days after the call, with this reason."""
        m = self.matter
        entry: dict[str, Any] = {
            "received_at": self.now - timedelta(days=2 if late else 0, minutes=self.random.randrange(5, 50)),
            "event": m.event,
            "complainant": names.person(self.random),
            "phone": names.phone(self.random),
            "kind": m.kind,
            "party": m.party,
            "channel": m.channel,
            "level": "unit",
            "cause": m.cause,
            "late_reason": late,
        } | values
        self.registrar = "uw" if entry["level"] == "unit" else "gw"
        made = register_complaint(
            project=self.project, values=entry, demands=m.demands, actor=self.who(self.registrar), now=self.now
        )
        self.pk = made.pk

    def confirm(self, *, reached: bool = True) -> None:
        self.later(2)
        complaint = self.complaint()
        confirm_with_complainant(
            complaint_id=self.pk,
            method="phone",
            at=self.now,
            person=complaint.complainant,
            reached=reached,
            text="逐项核对诉求,与登记一致。" if reached else "电话无人接听。",
            demands=list(complaint.demands.values_list("pk", flat=True)) if reached else [],
            actor=self.who(self.registrar),
            now=self.now,
        )

    def begin(self, **values: Any) -> None:
        """Registered, confirmed, and forwarded when it was made to the group."""
        self.register(**values)
        self.confirm()
        if self.registrar == "gw":
            self.later(1)
            forward_complaint(complaint_id=self.pk, remark="请按时限判定并反馈。", actor=self.who("gw"), now=self.now)

    def propose(self, verdict: str, *, handle_in: int = 10, severity: Sequence[str] = ()) -> None:
        self.attach("grounds", "现场查勘照片.png", "uw")
        propose_ruling(
            complaint_id=self.pk,
            verdict=verdict,
            grounds=self.matter.not_ours if verdict == "not_ours" else self.matter.ours,
            severity=list(severity),
            handle_by=self.today + timedelta(days=handle_in) if verdict == "minor" else None,
            actor=self.who("uw"),
            now=self.now,
        )

    def decide(self, *, confirm: bool = True, remark: str = "同意。") -> None:
        self.later(3)
        ruling = self.complaint().rulings.get(state="proposed")
        decide_ruling(
            complaint_id=self.pk,
            ruling_id=ruling.pk,
            confirm=confirm,
            remark=remark,
            actor=self.who("uh"),
            now=self.now,
        )

    def rule(self, verdict: str, **how: Any) -> None:
        """The day after: proposed and confirmed."""
        self.propose(verdict, **how)
        self.decide()

    def reply(self, *, sent: bool = True) -> None:
        self.later(1)
        write_reply(
            complaint_id=self.pk,
            addressee=self.complaint().complainant,
            subject=f"关于{self.project.name}投诉事项的答复",
            reasons=f"{self.matter.not_ours}\n该事项不属于我方合同范围和保修范围,请业主自行处理。",
            proof="现场查勘照片\n合同及竣工图相关页",
            signatory=self.who("uh").name,
            actor=self.who("uw"),
            now=self.now,
        )
        if sent:
            self.later(1)
            dispatch_reply(
                complaint_id=self.pk,
                method="courier",
                tracking=f"SF{self.random.randrange(10**12):012d}",
                sent_at=self.now,
                files=[picture(self.random, "快递底单.png")],
                actor=self.who("uw"),
                now=self.now,
            )

    def talk(self, at: int = 0, post: str = "pe") -> None:
        record_contact(
            complaint_id=self.pk,
            kind="talk",
            method="visit",
            at=self.now,
            person=self.complaint().complainant,
            text=TALKS[at % len(TALKS)],
            actor=self.who(post),
            now=self.now,
        )

    # --- the plan

    def ask(self) -> Opinion:
        self.later(1)
        return ask_opinion(
            complaint_id=self.pk,
            asked_of=self.who("ud"),
            question=f"“{self.matter.remedy}”是否可行,资源如何配置?",
            actor=self.who("uw"),
            now=self.now,
        )

    def answer(self, opinion: Opinion) -> None:
        give_opinion(
            opinion_id=opinion.pk,
            text=self.random.choice(OPINIONS),
            follower=self.who("ud").name,
            actor=self.who("ud"),
            now=self.now,
        )

    def plan(self) -> Plan:
        return Plan.objects.get(complaint=self.pk)

    def write_plan(self, ends: Sequence[date]) -> None:
        """Milestones that end on these days; in a changed version, those that follow the ones done already."""
        plan = self.plan()
        kept = list(plan.working.milestones.exclude(status="done").order_by("number")) if plan.working else []
        works = self.matter.works[-len(ends) :]
        rows: list[MilestoneData] = [
            {
                "pk": kept[at].pk if at < len(kept) else None,
                "name": work,
                "starts_on": min(self.today, ends[at]) if at == 0 else ends[at - 1],
                "ends_on": ends[at],
                "responsible": self.who("pe").name,
                "criterion": criterion,
                "resources": f"作业班组{4 + 2 * at}人,材料和机具按需进场",
                "basis": "按现场实测工程量计算",
            }
            for at, (work, criterion) in enumerate(works)
        ]
        complaint = self.complaint()
        answers: list[ResponseData] = [
            {"demand": pk, "opinion": None, "adopted": True, "measure": self.matter.remedy}
            for pk in complaint.demands.values_list("pk", flat=True)
        ]
        answers += [
            {"demand": None, "opinion": pk, "adopted": True, "measure": "采纳,已写入节点和资源配置"}
            for pk in complaint.opinions.filter(status="given").values_list("pk", flat=True)
        ]
        save_plan(
            plan_id=plan.pk,
            texts={
                "overview": self.matter.event,
                "cause": self.matter.ours,
                "effect": f"{self.matter.remedy},不再发生同类问题。",
                "liaison": self.who("pm").name,
                "liaison_way": "电话和现场例会",
                "liaison_every": "每周一次",
            },
            milestones=rows,
            responses=answers,
            revision=plan.revision,
            actor=self.who("pe"),
            now=self.now,
        )

    def submit_plan(self) -> None:
        self.later(1)
        submit_plan(plan_id=self.plan().pk, actor=self.who("pe"), now=self.now)

    def decide_plan(self, step: str, remark: str = "同意。") -> None:
        self.later(2)
        actor = self.who(DECIDERS.get(step, "ul"))
        decide_plan(plan_id=self.plan().pk, step=step, remark=remark, actor=actor, now=self.now)
