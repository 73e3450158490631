"""Complaints of a portal that grows: more of them, and more of everything on the one whose pages are opened."""

from datetime import timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType

from complaints.models import (
    Complaint,
    ComplaintImport,
    ComplaintReveal,
    Contact,
    Demand,
    DemandCheck,
    Evaluation,
    Filing,
    FollowUp,
    Milestone,
    Opinion,
    Order,
    Plan,
    PlanVersion,
    Progress,
    Reply,
    Response,
    Ruling,
    SavedFilter,
    Supervision,
)
from workflow.models import Evidence, Transition

from .complaint_data import ComplaintLoader
from .complaint_stories import STORIES
from .growth import Portal

RECTIFYING = next(story for story in STORIES if story.status == Complaint.Status.RECTIFYING)


class Growth:
    """Beside a ``Portal``: ``grow(n)`` after the portal's own, so that there are strangers to name."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.loader = ComplaintLoader(portal.group, now=portal.now)
        self.loader.load(1, story=RECTIFYING)
        self.complaint = Complaint.objects.get()
        self.filing = Filing.objects.get(complaint=self.complaint)
        self.plan = Plan.objects.get(complaint=self.complaint)
        self.milestone = Milestone.objects.filter(plan_version__plan=self.plan, status="running").first()
        self.size = 0

    def subjects(self) -> dict[str, Any]:
        """What a page is opened for, by the beginning of its name."""
        of_complaint = ("complaint", "merge", "second", "ruling", "reply", "complaints:opinion_ask")
        return {
            **dict.fromkeys(of_complaint, self.complaint.pk),
            "filing": self.filing.pk,
            "plan": self.plan.pk,
            "milestone": self.milestone.pk,
            "opinion": Opinion.objects.first().pk,
            "order": Order.objects.first().pk,
            "evaluation": Evaluation.objects.filter(complaint=self.complaint).first().pk,
            "urge": Supervision.objects.filter(kind="urge").first().pk,
            "filter": SavedFilter.objects.first().pk,
            "complaints:import": ComplaintImport.objects.first().pk,
        }

    def grow(self, count: int) -> None:
        numbers = range(self.size, self.size + count)
        self.size += count
        self.loader.load(count)
        for n, user in zip(numbers, self.portal.strangers, strict=True):
            self._one_more(n, user)

    def _one_more(self, n: int, user: Any) -> None:
        now, complaint = self.portal.now - timedelta(days=3, minutes=n), self.complaint
        demand = Demand.objects.create(complaint=complaint, number=100 + n, text=f"第 {n} 项诉求", confirmed_at=now)
        about: dict[str, Any] = {"complaint": complaint}
        made: dict[str, Any] = {"made_by": user, "made_at": now}
        Contact.objects.create(
            **about,
            kind="talk",
            method="phone",
            at=now,
            person="何一鸣",
            text="沟通。",
            recorded_by=user,
            recorded_at=now,
        )
        ComplaintReveal.objects.create(**about, user=user, purpose="回电", at=now)
        decided = {"decided_by": user, "decided_at": now, "proposed_by": user, "proposed_at": now}
        Ruling.objects.create(**about, state="returned", verdict="minor", grounds="依据。", **decided)
        Reply.objects.create(
            **about, number=f"HF-{n}", addressee="何一鸣", subject="答复", reasons="理由", proof="照片", signatory="何",
            written_by=user, written_at=now, method="fax", tracking="1", sent_at=now, sent_by=user,
        )  # fmt: skip
        FollowUp.objects.create(
            filing=self.filing, kind=("track", "report")[n % 2], milestones="x", resources="x", progress="x", percent=9,
            received_by=user, received_at=now, **made,
        )  # fmt: skip
        Supervision.objects.create(**about, kind=("process", "urge")[n % 2], post="UL", text="督办。", **made)
        Order.objects.create(**about, number=f"JB-{n}", task="交办。", due_on=now.date(), charged=user, **made)
        opinion = Opinion.objects.create(
            **about, status="given", asked_of=user, question="?", asked_by=user, asked_at=now, text="意见",
            follower="何", given_at=now,
        )  # fmt: skip
        evaluation = Evaluation.objects.create(
            **about, number=f"PJ-{n}", round=1 + n, kind="grades", method="visit", held_on=now.date(),
            department_people="甲", unit_people="乙", client_people="丙", overall=2, satisfied=False, signed_by="丙",
            signed_on=now.date(), **made,
        )  # fmt: skip
        DemandCheck.objects.create(evaluation=evaluation, demand=demand, met=False)
        version = PlanVersion.objects.create(
            plan=self.plan, number=100 + n, reason="顺延", created_by=user, created_at=now, withdrawn_at=now
        )
        Milestone.objects.create(plan_version=version, status="superseded", number=1, name="返工")
        for number in (1, 2):
            Milestone.objects.create(
                plan_version=self.plan.effective, status="running", number=10 + n * 2 + number, name="返工",
                ends_on=now.date(), origin=self.milestone,
            )  # fmt: skip
        Response.objects.create(version=self.plan.effective, demand=demand, measure="返工")
        Response.objects.create(version=self.plan.effective, opinion=opinion, measure="采纳")
        Progress.objects.create(milestone=self.milestone, percent=50, text="过半", **made)
        SavedFilter.objects.create(user=self.portal.officer, name=f"常用 {n}", query="status=closed")
        errors = [{"column": "工程名称", "message": "不能为空", "cell": "C4"}]
        row = {"sheet": "台账", "row": n, "number": "", "project": "", "finished": True, "errors": errors}
        ComplaintImport.objects.create(
            name=f"台账{n}.xlsx", file=f"imports/none-{n}", sha256=f"{n:064d}", rejected=n, rows=[row] * (n + 1),
            uploaded_by=self.portal.officer, uploaded_at=now,
        )  # fmt: skip
        self._steps_and_files(n, user)

    def _steps_and_files(self, n: int, user: Any) -> None:
        now = self.portal.now
        for subject in (self.complaint, self.filing, self.plan, self.milestone):
            about = {"content_type": ContentType.objects.get_for_model(subject), "object_id": subject.pk}
            Transition.objects.create(
                **about, step="communicate", label="记录沟通", source="rectifying", target="rectifying",
                source_label="整改中", target_label="整改中", actor=user, post_id="PW",
                unit=self.complaint.department, on_behalf_of=self.portal.clerk, at=now - timedelta(hours=n),
                changes=[{"field": "节点 1", "old": "", "new": "返工"}],
            )  # fmt: skip
            if subject not in (self.filing, self.plan):
                Evidence.objects.create(
                    **about, kind="other", name=f"照片{n}.png", file=f"evidence/none-{n}", media_type="image/png",
                    size=1000, sha256=f"{n:064d}", uploaded_by=user, uploaded_at=now,
                )  # fmt: skip
