"""Complaints in every state: some thousands made one by one, the others copied from them by the database itself."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.utils import timezone

from complaints.flows.complaint import FLOW
from complaints.flows.filing import FILING_FLOW
from complaints.flows.plan import MILESTONE_FLOW, PLAN_FLOW
from complaints.models import (
    Complaint,
    Contact,
    Demand,
    DemandCheck,
    Evaluation,
    Filing,
    FollowUp,
    Milestone,
    Plan,
    PlanVersion,
    Progress,
    Reply,
    Response,
    Ruling,
    Supervision,
    Verdict,
)
from complaints.searching import text_of
from config.demo import names
from config.demo.matters import MATTERS, PROGRESS, TALKS, Matter
from ledgers.models import Project
from organization.models import Unit
from workflow.models import Clock, Notice, Transition

from .complaint_stories import MIX, STORIES, SUPERVISION, Story, steps_of
from .duties import Batch, Duties, Open
from .people import Group
from .rows import Keys, write

C = Complaint
MODELS: tuple[type[Any], ...] = (
    Complaint, Demand, Contact, Ruling, Reply, Plan, PlanVersion, Milestone, Progress, Response, Filing, FollowUp,
    Supervision, Evaluation, DemandCheck, Transition, Clock, Notice,
)  # fmt: skip
CLOCKS_EACH = 3.0
SPREAD = 7919  # a prime: one complaint after the other is of another department


class ComplaintLoader:
    """``made`` complaints, spread over the departments' projects; running clocks stand as ``Duties.run`` describes."""

    def __init__(self, group: Group, *, now: datetime) -> None:
        self.group = group
        self.now = now
        self.today = timezone.localdate(now)
        self.random = Random(5418)
        self.keys = Keys(*MODELS)
        types = (Complaint, Filing, Plan, Milestone)
        self.duties = Duties(group, now=now, keys=self.keys, random=self.random, types=types)
        self.people = [names.person(self.random) for _ in range(400)]
        self.number = 0

    @transaction.atomic
    def load(self, count: int, *, story: Story | None = None) -> None:
        self.keys.catch_up()
        projects = list(Project.objects.select_related("department").order_by("pk"))
        batch = Batch(models=MODELS)
        opened: list[Open] = []
        for at in range(count):
            opened += self._complaint(batch, projects[at * SPREAD % len(projects)], story)
        self._thin(batch, count, len(opened))
        for duty in opened:
            self.duties.run(batch, duty, tell=False)
        for model in MODELS:
            write(batch.rows[model])
        self.keys.settle()

    def _thin(self, batch: Batch, count: int, running: int) -> None:
        """What was imported from before the portal has no clocks: of the stopped ones some stay, three a complaint."""
        stopped = batch.rows[Clock]
        keep = min(len(stopped), max(int(count * CLOCKS_EACH) - running, 0))
        kept = sorted(self.random.sample(range(len(stopped)), keep))
        first = min((clock.pk for clock in stopped), default=1)
        batch.rows[Clock] = [stopped[at] for at in kept]
        for pk, clock in enumerate(batch.rows[Clock], first):
            clock.pk = pk
        self.keys.put_back(Clock, first + keep)

    # --- one complaint

    def _complaint(self, batch: Batch, project: Project, story: Story | None) -> list[Open]:
        random, at = self.random, self.number
        self.number += 1
        story = story or STORIES[MIX[(at * 37 + at // 100) % len(MIX)]]
        to_group = story.group_only or random.random() < 0.3
        department = project.department
        unit = self.group.at_tier(department, "unit")
        matter = MATTERS[(at + at // 600 * 7) % len(MATTERS)]
        ended = story.status in (C.Status.CLOSED, C.Status.MERGED, C.Status.WITHDRAWN)
        begun = self.now - timedelta(days=random.randrange(60, 700) if ended else random.randrange(3, 30), hours=at % 9)
        clerk = self.group.holders["GW", self.group.units["G"].pk] if to_group else self.group.holders["UW", unit.pk]
        complaint = batch.add(
            C(
                pk=self.keys.take(C),
                number=f"TS-{'G' if to_group else unit.code}-B-{at:06d}",
                project=project,
                project_name=project.name,
                project_code=project.code,
                department=department,
                status=story.status,
                received_at=begun,
                registered_at=begun + timedelta(minutes=20),
                event=matter.event,
                complainant=random.choice(self.people),
                phone=names.phone(random),
                kind=matter.kind,
                party=matter.party,
                channel=matter.channel,
                level=("group" if at % 4 else "leader") if to_group else "unit",
                cause=matter.cause,
                verdict=story.verdict,
                handle_by=self.today if story.verdict == Verdict.MINOR else None,
                grade=story.grade,
                closed_at=begun + timedelta(days=40) if ended else None,
                registered_by_id=clerk,
            )
        )
        demands = self._demands(batch, complaint, matter, begun)
        steps = steps_of(story, to_group=to_group)
        opened = list(self.duties.walk(batch, FLOW, complaint, steps, department, begun))
        if "communicate" in steps:
            self._contact(batch, complaint, begun, "talk", TALKS[at % len(TALKS)], clerk)
        self._ruling(batch, complaint, story, matter, unit, begun)
        if story.filing:
            opened += self._filing(batch, complaint, story, begun)
        if story.plan:
            opened += self._plan(batch, complaint, story, matter, demands, begun)
        if story.grade:
            self._evaluation(batch, complaint, demands, story.grade, begun)
        return opened

    def _demands(self, batch: Batch, complaint: C, matter: Matter, begun: datetime) -> list[Demand]:
        complaint.search_text = text_of(complaint, matter.demands)
        confirmed = None if complaint.status == C.Status.REGISTERED else begun + timedelta(hours=3)
        demands = [
            batch.add(
                Demand(
                    pk=self.keys.take(Demand), complaint=complaint, number=n, text=text, confirmed_at=confirmed,
                    met=True if complaint.grade else None,
                )
            )
            for n, text in enumerate(matter.demands, 1)
        ]  # fmt: skip
        self._contact(batch, complaint, begun, "confirm", "逐项核对诉求,与登记一致。", complaint.registered_by_id)
        return demands

    def _contact(self, batch: Batch, complaint: C, begun: datetime, kind: str, text: str, by: int) -> None:
        batch.add(
            Contact(
                pk=self.keys.take(Contact), complaint=complaint, kind=kind, method="phone", at=begun,
                person=complaint.complainant, text=text, recorded_by_id=by, recorded_at=begun + timedelta(hours=3),
            )
        )  # fmt: skip

    def _ruling(self, batch: Batch, complaint: C, story: Story, matter: Matter, unit: Unit, begun: datetime) -> None:
        if "propose_ruling" not in story.steps:
            return
        uw, uh = (self.group.holders[post, unit.pk] for post in ("UW", "UH"))
        grounds = matter.not_ours if complaint.verdict == Verdict.NOT_OURS else matter.ours
        batch.add(
            Ruling(
                pk=self.keys.take(Ruling), complaint=complaint, state="confirmed" if complaint.verdict else "proposed",
                verdict=complaint.verdict or Verdict.MINOR, grounds=grounds, proposed_by_id=uw,
                proposed_at=begun + timedelta(days=1), decided_by_id=uh if complaint.verdict else None,
                decided_at=begun + timedelta(days=2) if complaint.verdict else None,
            )
        )  # fmt: skip
        if "write_reply" not in story.steps:
            return
        batch.add(
            Reply(
                pk=self.keys.take(Reply), complaint=complaint, number=f"HF-B-{complaint.pk:07d}",
                addressee=complaint.complainant, subject=f"关于{complaint.project_name}投诉事项的答复",
                reasons=matter.not_ours, proof="现场查勘照片\n竣工图相关页", signatory="负责人", written_by_id=uw,
                written_at=begun + timedelta(days=2), method="courier", tracking="SF1234567890",
                sent_at=begun + timedelta(days=3), sent_by_id=uw,
            )
        )  # fmt: skip

    def _filing(self, batch: Batch, complaint: C, story: Story, begun: datetime) -> list[Open]:
        at = begun + timedelta(days=2)
        filing = batch.add(
            Filing(
                pk=self.keys.take(Filing), complaint=complaint, number=f"BA-B-{complaint.pk:07d}",
                status=story.filing_status, opened_at=at, filed_at=at,
                conclusion="整改到位,同意结案。" if story.filing_status == Filing.Status.CLOSED else "",
                closed_at=complaint.closed_at if story.filing_status == Filing.Status.CLOSED else None,
            )
        )  # fmt: skip
        unit = self.group.at_tier(complaint.department, "unit")
        gw = self.group.holders["GW", self.group.units["G"].pk]
        steps = [step for step in story.filing if complaint.to_group or step not in SUPERVISION]
        for step in steps:
            if step in ("track", "report"):
                report = step == "report"
                batch.add(
                    FollowUp(
                        pk=self.keys.take(FollowUp), filing=filing, kind=step, milestones="按计划推进。",
                        resources="已到位。", progress=PROGRESS[0], percent=50,
                        made_by_id=self.group.holders["UW", unit.pk] if report else gw,
                        made_at=at + timedelta(days=7), received_by_id=gw if report else None,
                        received_at=at + timedelta(days=7) if report else None,
                    )
                )  # fmt: skip
            elif step.startswith(("supervise_", "result_")):
                kind, post = step.split("_")
                batch.add(
                    Supervision(
                        pk=self.keys.take(Supervision), complaint=complaint,
                        kind="process" if kind == "supervise" else "result", post=post.upper(), text="符合要求。",
                        made_by_id=self.group.holders[post.upper(), unit.pk], made_at=at + timedelta(days=9),
                    )
                )  # fmt: skip
        return list(self.duties.walk(batch, FILING_FLOW, filing, steps, complaint.department, at, case=complaint))

    def _plan(
        self, batch: Batch, complaint: C, story: Story, matter: Matter, demands: list[Demand], begun: datetime
    ) -> list[Open]:
        at = begun + timedelta(days=2)
        pe = self.group.holders["PE", complaint.department_id]
        approved = "approve" in story.plan
        plan = batch.add(Plan(pk=self.keys.take(Plan), complaint=complaint, status=story.plan_status, opened_at=at))
        version = batch.add(
            PlanVersion(
                pk=self.keys.take(PlanVersion), plan=plan, number=1, overview=matter.event, cause=matter.ours,
                effect=matter.remedy, liaison="项目经理", liaison_way="电话", liaison_every="每周一次",
                created_by_id=pe, created_at=at,
                submitted_at=at + timedelta(days=1) if "submit" in story.plan else None,
                approved_at=at + timedelta(days=3) if approved else None,
            )
        )  # fmt: skip
        plan.working_id = version.pk
        plan.effective_id = version.pk if approved else None
        for demand in demands:
            batch.add(Response(pk=self.keys.take(Response), version=version, demand=demand, measure=matter.remedy))
        opened = list(self.duties.walk(batch, PLAN_FLOW, plan, story.plan, complaint.department, at, case=complaint))
        for number, steps in enumerate(story.milestones, 1):
            opened += self._milestone(batch, complaint, version, matter, number, steps, at, pe)
        return opened

    def _milestone(
        self,
        batch: Batch,
        complaint: C,
        version: PlanVersion,
        matter: Matter,
        number: int,
        steps: tuple[str, ...],
        at: datetime,
        pe: int,
    ) -> list[Open]:
        done, (name, criterion) = "finish" in steps, matter.works[number % len(matter.works)]
        starts = timezone.localdate(at) + timedelta(days=5 * number)
        milestone = batch.add(
            Milestone(
                pk=self.keys.take(Milestone), plan_version=version, number=number, name=name, criterion=criterion,
                status="done" if done else "running" if steps else "draft", starts_on=starts,
                ends_on=starts + timedelta(days=7), responsible="责任工程师", resources="班组6人", basis="按工程量计算",
                percent=100 if done else 40 if "progress" in steps else 0,
                done_on=starts + timedelta(days=6) if done else None,
            )
        )  # fmt: skip
        if "progress" in steps:
            batch.add(
                Progress(
                    pk=self.keys.take(Progress), milestone=milestone, percent=milestone.percent, text=PROGRESS[1],
                    made_by_id=pe, made_at=at + timedelta(days=6 * number),
                )
            )  # fmt: skip
        if not steps:
            return []
        begun, department = at + timedelta(days=4), complaint.department
        return list(self.duties.walk(batch, MILESTONE_FLOW, milestone, steps, department, begun, case=complaint))

    def _evaluation(self, batch: Batch, complaint: C, demands: list[Demand], grade: int, begun: datetime) -> None:
        unit = self.group.at_tier(complaint.department, "unit")
        at = begun + timedelta(days=30)
        evaluation = batch.add(
            Evaluation(
                pk=self.keys.take(Evaluation), complaint=complaint, number=f"PJ-B-{complaint.pk:07d}", round=1,
                kind="grades", method="visit", held_on=timezone.localdate(at), department_people="项目经理部",
                unit_people="二级单位工程部", client_people=complaint.complainant, response=grade, arrival=grade,
                measures=grade, result=grade, attitude=grade, overall=grade, satisfied=True, opinion="处理及时。",
                signed_by=complaint.complainant, signed_on=timezone.localdate(at),
                made_by_id=self.group.holders["UW", unit.pk], made_at=at,
            )
        )  # fmt: skip
        for demand in demands:
            batch.add(DemandCheck(pk=self.keys.take(DemandCheck), evaluation=evaluation, demand=demand, met=True))
