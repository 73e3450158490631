"""Random posts taking random steps: every service of the flows with plausible and implausible arguments.

``World.take`` makes one call and holds what came of it against what the matrix and the flows say.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from complaints.models import Complaint, Demand, Filing, Milestone, Opinion, Order, Plan, Verdict
from complaints.services.confirming import confirm_with_complainant, forward_complaint, record_contact
from complaints.services.filing import close_filing, file_complaint, receive_reports, track_complaint
from complaints.services.handling import close_complaint, evaluate_complaint, finish_work, withdraw_complaint
from complaints.services.links import decide_merge, decide_second, propose_merge, reassign_complaint, suggest_second
from complaints.services.milestones import finish_milestone, record_progress
from complaints.services.opinions import ask_opinion, cancel_opinion, give_opinion
from complaints.services.planning import change_plan, decide_plan, drop_change, save_plan, submit_plan
from complaints.services.registration import edit_registration, register_complaint
from complaints.services.ruling import (
    decide_ruling,
    dispatch_reply,
    propose_ruling,
    reconsider_ruling,
    record_objection,
    revoke_ruling,
    write_reply,
)
from complaints.services.supervising import (
    cancel_order,
    finish_order,
    hand_over,
    supervise_complaint,
    urge_complaint,
)
from ledgers.models import Project
from organization.models import User
from tests.complaints.factories import DEMANDS, NOW, TEXTS, entry, evaluation_values, node, picture
from tests.complaints.invariants import wrong_with
from tests.ledgers.factories import make_project
from tests.personas import Personas
from workflow.errors import Conflict
from workflow.models import Clock, Notice, Transition
from workflow.services.evidence import attach_evidence
from workflow.services.sweep import sweep_clocks

S, F, P, M, O, R = (  # noqa: E741
    Complaint.Status, Filing.Status, Plan.Status, Milestone.Status, Opinion.Status, Order.Status,
)  # fmt: skip
Refusal = (Http404, PermissionDenied, Conflict, ValidationError)
WALKERS = (
    "gw gh gl uw1 uh1 ul1 ug1 ud1 pw11 pe11 pm11 sub1 pw12 "
    "uw2 uh2 ul2 ug2 ud2 pw21 pe21 pm21 sysadmin secadmin auditor outsider"
).split()  # fmt: skip
GAPS = (timedelta(minutes=1), timedelta(minutes=40), timedelta(hours=7), timedelta(hours=26), timedelta(days=4))
NOBODY = 987_654_321
Call = Callable[[], Any]


@dataclass(frozen=True)
class Operation:
    """``posts`` may do it, for what belongs to their unit. "registrar" is the tier it was made to (GW or UW), "person"
    the one it was assigned to, "carrier" who has to carry out an order: that person, or PM.

    ``make`` prepares the call for an actor; ``odd`` > 0 asks for implausible arguments of that sort.
    """

    name: str
    posts: tuple[str, ...]
    make: Callable[["World", Any, User, datetime, int], Call]


@dataclass
class World:
    personas: Personas
    projects: list[Project] = field(default_factory=list)
    now: datetime = NOW
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.projects = [
            make_project(self.personas, now=NOW),
            make_project(self.personas, actor="pw21", unit="U2D1", now=NOW),
        ]

    # --- who may

    def holders(self, complaint: Complaint, posts: tuple[str, ...], person: int | None) -> set[str]:
        unit, department = complaint.department.code[:2], complaint.department.code
        found: set[str] = set()
        for post in posts:
            if post == "registrar":
                post = "GW" if complaint.to_group else "UW"
            if post == "carrier":
                post = "person" if person else "PM"
            if post == "person":
                found |= {login for login in (f"ud{unit[1]}",) if self.personas[login].pk == person}
            elif post in ("GW", "GH"):
                found.add(post.lower())
            elif post in ("UW", "UH", "UL", "UG"):
                found.add(f"{post.lower()}{unit[1]}")
                if (post, unit) == ("UH", "U1"):
                    found.add("sub1")
            else:
                found.add(f"{post.lower()}{unit[1]}{department[-1]}")
        return found

    # --- one call

    def take(self, operation: Operation, subject: Any, login: str, odd: int) -> None:
        """Call it; a refusal leaves everything as it was and is of the kind it must be."""
        complaint = complaint_of(subject)
        complaint.refresh_from_db()
        actor = self.personas.fresh(login)
        person = getattr(subject, "asked_of_id", None) or getattr(subject, "charged_id", None)
        allowed = login in self.holders(complaint, operation.posts, person)
        before, kept = self._counts(), Kept(complaint)
        call = operation.make(self, subject, actor, self.now, odd)
        self.log.append(
            f"{self.now:%m-%d %H:%M} {login} {operation.name} {type(subject).__name__} {subject.pk} odd={odd}"
        )
        prepared = self._counts()
        try:
            with transaction.atomic():
                call()
        except Refusal as refusal:
            self._check_refusal(refusal, allowed, missing=odd == 9)
            assert self._counts() == prepared, f"{self.log[-1]}: refused, yet something was written"
        else:
            assert allowed, f"{self.log[-1]}: took a step that is not this post's"
            assert self._counts()[0] > before[0], f"{self.log[-1]}: nothing stands in the history"
            self.log[-1] += " ✓"
            kept.check(edited=operation.name == "edit")
        self.check(complaint.pk)

    def _check_refusal(self, refusal: Exception, allowed: bool, *, missing: bool) -> None:
        kind = type(refusal).__name__
        self.log[-1] += f" {kind}: {refusal}"
        if not allowed:
            assert isinstance(refusal, Http404 | PermissionDenied), f"{self.log[-1]}: 403 or 404 was due"
        elif isinstance(refusal, PermissionDenied):
            assert "职责分离" in str(refusal) or "集团参与" in str(refusal), f"{self.log[-1]}: the post may do this"
        else:
            assert isinstance(refusal, Http404) is missing, self.log[-1]
        if isinstance(refusal, Conflict):
            assert refusal.message, self.log[-1]

    def _counts(self) -> tuple[int, ...]:
        return tuple(model.objects.count() for model in (Transition, Clock, Notice, Complaint, Demand, Milestone))

    def check(self, *complaint_ids: int) -> None:
        for pk in complaint_ids:
            wrong = wrong_with(pk)
            assert not wrong, "\n".join([*wrong, "after", *self.log[-60:]])

    def sweep(self) -> None:
        sweep_clocks(now=self.now)
        self.log.append(f"{self.now:%m-%d %H:%M} sweep")


class Kept:
    """What never goes back: the earliest receipt, the demands, the rounds and versions."""

    def __init__(self, complaint: Complaint) -> None:
        self.pk = complaint.pk
        self.received_at = complaint.received_at
        self.facts = self._facts(complaint)
        self.demands = dict(complaint.demands.values_list("pk", "text"))
        self.fixed = set(complaint.demands.exclude(confirmed_at=None, merged_from=None).values_list("pk", flat=True))

    @staticmethod
    def _facts(complaint: Complaint) -> dict[str, int]:
        plan = Plan.objects.filter(complaint=complaint).first()
        filing = Filing.objects.filter(complaint=complaint).first()
        return {
            "round": complaint.round,
            "revision": complaint.revision,
            "evaluations": complaint.evaluations.count(),
            "rulings": complaint.rulings.count(),
            "filing": filing.round if filing else 0,
            "plan round": plan.round if plan else 0,
            "plan version": plan.version if plan else 0,
            "clocks": Clock.objects.of_case(complaint).count(),
            "late": Clock.objects.of_case(complaint).exclude(overdue_noted_at=None).count(),
        }

    def check(self, *, edited: bool) -> None:
        complaint = Complaint.objects.get(pk=self.pk)
        for name, value in self._facts(complaint).items():
            assert value >= self.facts[name], f"{name} shrank from {self.facts[name]} to {value}"
        demands = dict(complaint.demands.values_list("pk", "text"))
        must_stay = self.fixed if edited else set(self.demands)
        assert {pk: self.demands[pk] for pk in must_stay}.items() <= demands.items(), "a demand was lost"
        if not edited:
            assert complaint.received_at <= self.received_at, "the receipt became later"


def complaint_of(subject: Any) -> Complaint:
    if isinstance(subject, Complaint):
        return Complaint.objects.select_related("department").get(pk=subject.pk)
    if isinstance(subject, Milestone):
        subject = subject.plan_version.plan
    return Complaint.objects.select_related("department").get(pk=subject.complaint_id)


# --- the operations

OPERATIONS: dict[str, Operation] = {}


def operation(name: str, *posts: str) -> Callable[[Callable[..., Call]], Callable[..., Call]]:
    def keep(make: Callable[..., Call]) -> Callable[..., Call]:
        OPERATIONS[name] = Operation(name, posts, make)
        return make

    return keep


def wrong_id(pk: int, odd: int) -> int:
    return NOBODY if odd == 9 else pk


def _write_whole_plan(world: World, p: Plan, now: datetime) -> None:
    """An opinion asked and given, every part written: what a submission needs."""
    c, unit = p.complaint, p.complaint.department.code[1]
    uw, ud, pe = (world.personas.fresh(login) for login in (f"uw{unit}", f"ud{unit}", f"pe{unit}1"))
    for o in c.opinions.filter(status=O.ASKED):
        give_opinion(opinion_id=o.pk, text="可行", follower="杜栋", actor=ud, now=now)
    if not c.opinions.filter(status=O.GIVEN).exists():
        o = ask_opinion(complaint_id=c.pk, asked_of=ud, question="可行否", actor=uw, now=now)
        give_opinion(opinion_id=o.pk, text="可行", follower="杜栋", actor=ud, now=now)
    _save_plan(world, p, pe, now, 0)()


def _evidence(world: World, complaint: Complaint, kind: str, now: datetime) -> None:
    """By whoever may, so that the step that is tried has what it needs."""
    if not complaint.ended:
        unit = complaint.department.code[1]
        attach_evidence(subject=complaint, file=picture(), actor=world.personas.fresh(f"uw{unit}"), now=now, kind=kind)


@operation("edit", "registrar")
def _edit(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    texts = list(c.demands.values_list("text", flat=True))
    changes = {
        0: ({"event": f"更正:{now:%m%d%H%M}"}, texts),
        1: ({"received_at": now + timedelta(days=1)}, texts),
        2: ({"kind": "bad"}, texts),
        3: ({"received_at": c.received_at - timedelta(hours=5), "late_reason": "补记"}, texts),
        4: ({}, texts[:1]),
        5: ({}, [*texts, f"新增诉求 {now:%m%d%H%M}"]),
        6: ({"complainant": ""}, []),
    }
    values, demands = changes.get(odd, changes[0])
    revision = c.revision + (1 if odd == 7 else 0)
    return lambda: edit_registration(
        complaint_id=wrong_id(c.pk, odd), values=values, demands=demands, revision=revision, actor=actor, now=now
    )


@operation("confirm", "registrar")
def _confirm(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    every = list(c.demands.values_list("pk", flat=True))
    reached = odd not in (1, 2)
    return lambda: confirm_with_complainant(
        complaint_id=wrong_id(c.pk, odd),
        method="pigeon" if odd == 3 else "phone",
        at=now + timedelta(hours=1) if odd == 4 else now,
        person="周业主",
        reached=reached,
        text="" if odd == 5 else "逐项核对",
        demands=[NOBODY] if odd == 6 else every if odd in (0, 1) else [] if odd == 2 else every[:1],
        actor=actor,
        now=now,
    )


@operation("forward", "GW")
def _forward(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    return lambda: forward_complaint(complaint_id=wrong_id(c.pk, odd), remark="", actor=actor, now=now)


@operation("talk", "PW", "PE", "PM", "UW", "UH", "GW")
def _talk(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    return lambda: record_contact(
        complaint_id=wrong_id(c.pk, odd),
        kind={1: "confirm", 2: "no such", 3: "take_part"}.get(odd, "talk"),
        method="phone",
        at=now,
        person="周业主",
        text=" " if odd == 4 else "告知进展",
        actor=actor,
        now=now,
    )


@operation("propose_ruling", "UW")
def _propose(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    if odd != 1:
        _evidence(world, c, "grounds", now)
    verdict = list(Verdict)[(c.pk + odd) % 3].value
    today = timezone.localdate(now)
    return lambda: propose_ruling(
        complaint_id=wrong_id(c.pk, odd),
        verdict="guilty" if odd == 2 else verdict,
        grounds="" if odd == 3 else "现场查勘",
        severity=["nonsense"] if odd == 4 else ["households"],
        handle_by=today - timedelta(days=1) if odd == 5 else today + timedelta(days=5),
        actor=actor,
        now=now,
    )


@operation("decide_ruling", "UH")
def _decide_ruling(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    ruling = c.rulings.order_by("-pk").first()
    confirm = odd not in (1, 2)
    return lambda: decide_ruling(
        complaint_id=wrong_id(c.pk, odd),
        ruling_id=NOBODY if odd == 3 or ruling is None else ruling.pk,
        confirm=confirm,
        remark="" if odd == 2 else "依据不足" if odd == 1 else "同意",
        actor=actor,
        now=now,
    )


@operation("write_reply", "UW")
def _write_reply(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    return lambda: write_reply(
        complaint_id=wrong_id(c.pk, odd), addressee="周业主", subject="答复", reasons="" if odd == 1 else "非我方施工",
        proof="照片", signatory="吴维一", actor=actor, now=now,
    )  # fmt: skip


@operation("dispatch_reply", "UW")
def _dispatch(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    return lambda: dispatch_reply(
        complaint_id=wrong_id(c.pk, odd),
        method="pigeon" if odd == 1 else "courier",
        tracking="" if odd == 2 else "SF123",
        sent_at=now + timedelta(hours=1) if odd == 3 else now,
        files=[] if odd == 4 else [picture()],
        actor=actor,
        now=now,
    )


@operation("object", "UW")
def _object(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    return lambda: record_objection(
        complaint_id=wrong_id(c.pk, odd), remark="" if odd == 1 else "业主不认可", actor=actor, now=now
    )


@operation("reconsider", "UH")
def _reconsider(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    return lambda: reconsider_ruling(
        complaint_id=wrong_id(c.pk, odd), uphold=odd in (0, 3), remark="" if odd == 3 else "复议", actor=actor, now=now
    )


@operation("revoke", "UH")
def _revoke(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    return lambda: revoke_ruling(
        complaint_id=wrong_id(c.pk, odd), remark="" if odd == 1 else "新证据", actor=actor, now=now
    )


@operation("finish_work", "PE")
def _finish_work(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    if odd == 0:
        pe = world.personas.fresh(f"pe{c.department.code[1]}1")
        for m in Milestone.objects.filter(plan_version__plan__complaint=c, status=M.RUNNING):
            finish_milestone(milestone_id=m.pk, done_on=timezone.localdate(now), text="完成", actor=pe, now=now)
    return lambda: finish_work(complaint_id=wrong_id(c.pk, odd), remark="完成", actor=actor, now=now)


@operation("evaluate", "PE", "UW")
def _evaluate(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    every = list(c.demands.values_list("pk", flat=True))
    happy = odd in (0, 4, 5)
    values = evaluation_values(now, 5 if happy else 2)
    if odd == 4:
        values["unit_people"] = ""
    if odd == 6:
        values["kind"] = "gossip"
    return lambda: evaluate_complaint(
        complaint_id=wrong_id(c.pk, odd),
        values=values,
        met=every if happy else [NOBODY] if odd == 7 else [],
        next_due_on=None if odd in (0, 3) else timezone.localdate(now) + timedelta(days=3),
        raise_severity=odd == 2,
        files=[] if odd == 5 else [picture()],
        actor=actor,
        now=now,
    )


@operation("close", "UW")
def _close(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    filing = Filing.objects.filter(complaint=c, status=F.AWAITING_CLOSE).first()
    if odd == 0 and filing is not None:
        unit, gw = c.department.code[1], world.personas.fresh("gw")
        for login, kind in ((f"{post}{unit}", kind) for post in ("ul", "ug") for kind in ("process", "result")):
            actor_there = world.personas.fresh(login)
            supervise_complaint(filing_id=filing.pk, kind=kind, text="督促", actor=actor_there, now=now)
        if "filing.receive" in Clock.objects.about(filing).running().values_list("code", flat=True):
            receive_reports(filing_id=filing.pk, actor=gw, now=now)
    return lambda: close_complaint(complaint_id=wrong_id(c.pk, odd), remark="", actor=actor, now=now)


@operation("withdraw", "UW", "GW")
def _withdraw(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    return lambda: withdraw_complaint(
        complaint_id=wrong_id(c.pk, odd),
        remark="" if odd == 1 else "误会",
        files=[] if odd == 2 else [picture()],
        actor=actor,
        now=now,
    )


@operation("propose_merge", "UW", "GW")
def _propose_merge(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    others = Complaint.objects.exclude(pk=c.pk)
    same = others.filter(project=c.project_id).order_by("?" if odd == 5 else "pk").first()
    survivor = {1: c.pk, 2: NOBODY, 3: getattr(others.exclude(project=c.project_id).first(), "pk", NOBODY)}.get(
        odd, same.pk if same else NOBODY
    )
    return lambda: propose_merge(
        complaint_id=wrong_id(c.pk, odd), survivor_id=survivor, remark="" if odd == 4 else "重复", actor=actor, now=now
    )


@operation("decide_merge", "UH")
def _decide_merge(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    return lambda: decide_merge(
        complaint_id=wrong_id(c.pk, odd),
        confirm=odd not in (1, 2),
        remark="" if odd == 2 else "核实",
        actor=actor,
        now=now,
    )


@operation("suggest_second", "UW", "GW")
def _suggest_second(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    begun = Complaint.objects.filter(project=c.project_id).exclude(pk=c.pk).order_by("pk").first()
    earlier = {1: c.pk, 2: NOBODY}.get(odd, begun.pk if begun else NOBODY)
    return lambda: suggest_second(complaint_id=wrong_id(c.pk, odd), earlier_id=earlier, actor=actor, now=now)


@operation("decide_second", "UH")
def _decide_second(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    return lambda: decide_second(
        complaint_id=wrong_id(c.pk, odd), confirm=odd in (0, 3), remark="" if odd == 2 else "核实", actor=actor, now=now
    )


@operation("reassign", "GH")
def _reassign(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    other = "U2D1" if c.department.code == "U1D1" else "U1D1"
    target = {1: c.department_id, 2: NOBODY, 3: world.personas.unit("U1").pk}.get(odd, world.personas.unit(other).pk)
    return lambda: reassign_complaint(
        complaint_id=wrong_id(c.pk, odd),
        department_id=target,
        remark="" if odd == 4 else "机构调整",
        actor=actor,
        now=now,
    )


@operation("hand_over", "UL")
def _hand_over(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    unit = c.department.code[1]
    charged = {1: world.personas["gl"], 2: world.personas[f"ud{unit}"], 3: None}.get(odd)
    return lambda: hand_over(
        complaint_id=wrong_id(c.pk, odd),
        task="" if odd == 4 else "协调材料",
        due_on=timezone.localdate(now) + timedelta(days=-1 if odd == 5 else 3),
        charged=charged,
        actor=actor,
        now=now,
    )


@operation("urge", "PM", "UH", "UL", "UG", "GH")
def _urge(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    return lambda: urge_complaint(
        complaint_id=wrong_id(c.pk, odd), text="" if odd == 1 else "请抓紧", actor=actor, now=now
    )


@operation("ask_opinion", "PE", "UW")
def _ask(world: World, c: Complaint, actor: User, now: datetime, odd: int) -> Call:
    unit = c.department.code[1]
    asked = world.personas["gl" if odd == 1 else f"ud{unit}"]
    return lambda: ask_opinion(
        complaint_id=wrong_id(c.pk, odd), asked_of=asked, question="" if odd == 2 else "可行否", actor=actor, now=now
    )


@operation("give_opinion", "person")
def _give(world: World, o: Opinion, actor: User, now: datetime, odd: int) -> Call:
    return lambda: give_opinion(
        opinion_id=wrong_id(o.pk, odd),
        text="" if odd == 1 else f"建议 {now:%m%d%H%M}",
        follower="杜栋一",
        actor=actor,
        now=now,
    )


@operation("cancel_opinion", "PE", "UW")
def _cancel_opinion(world: World, o: Opinion, actor: User, now: datetime, odd: int) -> Call:
    return lambda: cancel_opinion(
        opinion_id=wrong_id(o.pk, odd), remark="" if odd == 1 else "改问他人", actor=actor, now=now
    )


@operation("finish_order", "carrier")
def _finish_order(world: World, o: Order, actor: User, now: datetime, odd: int) -> Call:
    return lambda: finish_order(order_id=wrong_id(o.pk, odd), result="" if odd == 1 else "已办", actor=actor, now=now)


@operation("cancel_order", "UL")
def _cancel_order(world: World, o: Order, actor: User, now: datetime, odd: int) -> Call:
    return lambda: cancel_order(order_id=wrong_id(o.pk, odd), remark="" if odd == 1 else "不需要", actor=actor, now=now)


@operation("save_plan", "PE")
def _save_plan(world: World, p: Plan, actor: User, now: datetime, odd: int) -> Call:
    texts = {**TEXTS, "overview": f"概况 {now:%m%d%H%M}"}
    measure = "" if odd == 1 else "返工"
    demands = list(p.complaint.demands.values_list("pk", flat=True))
    rows: list[Any] = [{"demand": pk, "opinion": None, "adopted": True, "measure": measure} for pk in demands]
    rows += [
        {"demand": None, "opinion": pk, "adopted": False, "measure": measure}
        for pk in p.complaint.opinions.values_list("pk", flat=True)
    ]
    if odd == 2:
        rows += [rows[0]]
    if odd == 3:
        rows += [{"demand": None, "opinion": None, "adopted": True, "measure": ""}]
    if odd == 4:
        rows += [{"demand": NOBODY, "opinion": None, "adopted": True, "measure": "?"}]
    nodes = [
        node(now),
        node(now, name="回填", ends_on=None if odd == 5 else timezone.localdate(now) + timedelta(days=9)),
    ]
    if odd == 6:
        nodes[0]["ends_on"] = timezone.localdate(now) - timedelta(days=9)
    return lambda: save_plan(
        plan_id=wrong_id(p.pk, odd), texts=texts, milestones=nodes, responses=rows,
        revision=p.revision - (1 if odd == 7 else 0), actor=actor, now=now,
    )  # fmt: skip


@operation("submit_plan", "PE")
def _submit(world: World, p: Plan, actor: User, now: datetime, odd: int) -> Call:
    if odd == 0 and p.status == P.DRAFT:
        _write_whole_plan(world, p, now)
    return lambda: submit_plan(plan_id=wrong_id(p.pk, odd), actor=actor, now=now)


def _decide(*steps: str) -> Callable[..., Call]:
    def make(world: World, p: Plan, actor: User, now: datetime, odd: int) -> Call:
        return lambda: decide_plan(
            plan_id=wrong_id(p.pk, odd),
            step=steps[1] if odd in (1, 2) else steps[0],
            remark="" if odd == 2 else "意见",
            revision=p.revision + 1 if odd == 3 else p.revision,
            actor=actor,
            now=now,
        )

    return make


operation("check_plan", "PM")(_decide("check", "return_check"))
operation("check_plan_final", "PM")(_decide("check_final", "return_check"))
operation("review_plan", "UH")(_decide("review", "return_review"))
operation("approve_plan", "UL")(_decide("approve", "return_approve"))


@operation("change_plan", "PE")
def _change(world: World, p: Plan, actor: User, now: datetime, odd: int) -> Call:
    return lambda: change_plan(plan_id=wrong_id(p.pk, odd), reason="" if odd == 1 else "工期顺延", actor=actor, now=now)


@operation("drop_change", "PE")
def _drop(world: World, p: Plan, actor: User, now: datetime, odd: int) -> Call:
    return lambda: drop_change(plan_id=wrong_id(p.pk, odd), reason="" if odd == 1 else "不改了", actor=actor, now=now)


@operation("progress", "PE")
def _progress(world: World, m: Milestone, actor: User, now: datetime, odd: int) -> Call:
    return lambda: record_progress(
        milestone_id=wrong_id(m.pk, odd), percent=140 if odd == 1 else 40, text="进展", actor=actor, now=now
    )


@operation("finish_milestone", "PE")
def _finish(world: World, m: Milestone, actor: User, now: datetime, odd: int) -> Call:
    return lambda: finish_milestone(
        milestone_id=wrong_id(m.pk, odd),
        done_on=timezone.localdate(now) + timedelta(days=1 if odd == 1 else 0),
        text="完成",
        actor=actor,
        now=now,
    )


@operation("file", "GW")
def _file(world: World, f: Filing, actor: User, now: datetime, odd: int) -> Call:
    return lambda: file_complaint(filing_id=wrong_id(f.pk, odd), note="", actor=actor, now=now)


def _follow(kind: str) -> Callable[..., Call]:
    def make(world: World, f: Filing, actor: User, now: datetime, odd: int) -> Call:
        return lambda: track_complaint(
            filing_id=wrong_id(f.pk, odd), kind=kind, milestones="按期", resources="到位",
            progress="" if odd == 2 else "正常", percent=-1 if odd == 1 else 30, actor=actor, now=now,
        )  # fmt: skip

    return make


operation("track", "GW")(_follow("track"))
operation("report", "UW")(_follow("report"))


@operation("receive", "GW")
def _receive(world: World, f: Filing, actor: User, now: datetime, odd: int) -> Call:
    return lambda: receive_reports(filing_id=wrong_id(f.pk, odd), actor=actor, now=now)


@operation("close_filing", "GW")
def _close_filing(world: World, f: Filing, actor: User, now: datetime, odd: int) -> Call:
    return lambda: close_filing(
        filing_id=wrong_id(f.pk, odd), conclusion="" if odd == 1 else "办结", actor=actor, now=now
    )


@operation("supervise", "UL", "UG")
def _supervise(world: World, f: Filing, actor: User, now: datetime, odd: int) -> Call:
    kind = {1: "urge", 2: "result", 4: "result", 6: "result"}.get(odd, "process")
    return lambda: supervise_complaint(
        filing_id=wrong_id(f.pk, odd), kind=kind, text="" if odd == 3 else "加强", actor=actor, now=now
    )


def register(world: World, login: str, project: Project, odd: int) -> Complaint | None:
    """A new complaint; the receipt lies in the past, once in a while far."""
    now, actor = world.now, world.personas.fresh(login)
    past = timedelta(hours=(0, 3, 30)[odd % 3])
    values = entry(
        now, received_at=now - past, late_reason="补登" if past else "", level="group" if odd % 2 else "unit"
    )
    if odd == 5:
        values["channel"] = "pigeon"
    unit = project.department.code[1]
    allowed = login == ("gw" if values["level"] == "group" else f"uw{unit}")
    world.log.append(f"{now:%m-%d %H:%M} {login} register odd={odd}")
    try:
        with transaction.atomic():
            made = register_complaint(project=project, values=values, demands=DEMANDS, actor=actor, now=now)
    except Refusal as refusal:
        if isinstance(refusal, PermissionDenied) is allowed and odd != 5:
            pytest.fail(f"{world.log[-1]}: {refusal}")
        return None
    assert allowed, f"{world.log[-1]}: not this post's"
    assert odd != 5
    world.check(made.pk)
    return made
