"""Random posts taking random steps: the services of plans and visits with plausible and implausible arguments.

``World.take`` makes one call and holds what came of it against what the matrix says.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404
from django.utils import timezone

from organization.models import User
from revisits.models import PlanIssue, RevisitPlan, Visit, VisitRecord, Waiver
from revisits.selectors.checking import check_plan
from revisits.services import deciding, issues, planning, visits, waivers
from revisits.services.opening import turn_the_year
from tests.personas import Personas
from workflow.errors import Conflict
from workflow.models import Notice, Transition
from workflow.services.sweep import sweep_clocks

from .factories import OPENED, PROBLEM, a_ledger, approved, on, record_of, started, submitted
from .invariants import wrong_with

Refusal = (Http404, PermissionDenied, Conflict, ValidationError)
WALKERS = "gw gh gl uw1 uh1 ul1 pw11 pe11 pm11 sub1 pw12 uw2 uh2 pw21 sysadmin outsider".split()
GAPS = (timedelta(minutes=5), timedelta(hours=9), timedelta(days=2), timedelta(days=21), timedelta(days=75))
NOBODY = 987_654_321
STAGES = {"started": started, "submitted": submitted, "approved": approved}
Call = Callable[[], Any]


@dataclass(frozen=True)
class Operation:
    """``whose``: "drafter", "decider", "executor" (who drafts carries out) or "gw"."""

    name: str
    on: type[Any]
    whose: str
    make: Callable[["World", Any, User, int], Call]


@dataclass
class World:
    personas: Personas
    now: datetime = OPENED
    plans: list[RevisitPlan] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    stage: str = "started"

    def __post_init__(self) -> None:
        """Plans that are empty, or submitted, in January; or approved ones in spring."""
        a_ledger(self.personas, key=True, hvac=True)
        make = STAGES[self.stage]
        self.plans = [make(self.personas), make(self.personas, unit="U1D1")]
        if self.stage == "approved":
            self.now = on(3, 20)

    def holders(self, plan: RevisitPlan, whose: str) -> set[str]:
        if whose == "gw":
            return {"gw"}
        code = plan.unit.code
        if whose == "decider":
            return {"gh"} if plan.level == "unit" else {f"uh{code[1]}", *({"sub1"} if code[1] == "1" else ())}
        return {f"uw{code[1]}"} if plan.level == "unit" else {f"pw{code[1]}{code[-1]}"}

    def take(self, operation: Operation, subject: Any, login: str, odd: int) -> None:
        """A refusal leaves everything as it was and is of the kind it must be."""
        plan = subject if isinstance(subject, RevisitPlan) else subject.plan
        plan = RevisitPlan.objects.select_related("unit").get(pk=plan.pk)
        subject.refresh_from_db()
        allowed = login in self.holders(plan, operation.whose)
        call = operation.make(self, subject, self.personas.fresh(login), odd)
        before = self._counts()
        self.log.append(f"{self.now:%m-%d %H:%M} {login} {operation.name} {plan.unit.code} {subject.pk} odd={odd}")
        try:
            with transaction.atomic():
                call()
        except Refusal as refusal:
            self._check_refusal(refusal, operation, allowed, odd)
            assert self._counts() == before, f"{self.log[-1]}: refused, yet something was written"
        else:
            assert allowed, f"{self.log[-1]}: took a step that is not this post's"
            assert self._counts()[0] > before[0], f"{self.log[-1]}: nothing stands in the history"
            self.log[-1] += " ✓"
        self.check()

    def _check_refusal(self, refusal: Exception, operation: Operation, allowed: bool, odd: int) -> None:
        if not allowed:
            assert isinstance(refusal, (PermissionDenied, Http404)), f"{self.log[-1]}: {refusal!r}"
            return
        absent = odd == 9 or operation.name in ("decide_waiver", "settle")  # there may be none
        assert absent or not isinstance(refusal, Http404), f"{self.log[-1]}: {refusal!r}"

    def wait(self, gap: timedelta) -> None:
        """Time passes, the sweep and the calendar's moves run."""
        self.now += gap
        sweep_clocks(now=self.now)
        turn_the_year(now=self.now)
        self.log.append(f"… {self.now:%Y-%m-%d %H:%M}")
        self.check()

    def check(self) -> None:
        for plan in self.plans:
            if wrong := wrong_with(plan.pk):
                pytest.fail("\n".join([*wrong, *self.log]))

    def _counts(self) -> tuple[int, ...]:
        return (
            Transition.objects.count(), Visit.objects.count(), VisitRecord.objects.count(), Waiver.objects.count(),
            Notice.objects.count(),
        )  # fmt: skip

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)


# --- plans


def _draft(w: World, plan: RevisitPlan, actor: User, odd: int) -> Call:
    revision = plan.revision + 1 if odd == 1 else None
    return lambda: planning.draft_plan(
        plan_id=NOBODY if odd == 9 else plan.pk, actor=actor, now=w.now, revision=revision
    )


def _repair(w: World, plan: RevisitPlan, actor: User, odd: int) -> Call:
    gaps = check_plan(plan).gaps
    one = gaps[0] if odd == 1 and gaps else None
    rule, project = (one.gap.requirement.code, one.project.pk) if one else ("", None)
    return lambda: planning.repair_plan(plan_id=plan.pk, actor=actor, now=w.now, project_id=project, rule=rule)


def _line(w: World, plan: RevisitPlan, odd: int) -> Visit | None:
    lines = plan.visits.of_version(plan.version).order_by("scheduled_on", "pk")
    count = lines.count()
    return lines[odd % count] if count else None


def _remove(w: World, plan: RevisitPlan, actor: User, odd: int) -> Call:
    line = _line(w, plan, odd)
    return lambda: planning.remove_line(
        plan_id=plan.pk, visit_id=line.pk if line and odd != 9 else NOBODY, actor=actor, now=w.now
    )


def _change_line(w: World, plan: RevisitPlan, actor: User, odd: int) -> Call:
    line = _line(w, plan, odd)
    day = (line.planned_on if line else w.today) + timedelta(days=odd * 11)
    return lambda: planning.change_line(
        plan_id=plan.pk,
        visit_id=line.pk if line else NOBODY,
        on=day,
        method="phone" if odd % 2 else "onsite",
        visitor=line.visitor_id if line and odd != 3 else NOBODY,
        actor=actor,
        now=w.now,
    )


def _add(w: World, plan: RevisitPlan, actor: User, odd: int) -> Call:
    project = plan.unit.projects.first() if plan.level == "department" else None
    pk = project.pk if project else Visit.objects.values_list("project_id", flat=True).first() or NOBODY
    day = date(plan.year + (odd == 2), 1 + odd % 12, 15)
    visitor = None if odd == 3 else w.personas["uw1" if plan.level == "unit" else "pw11"].pk
    line = planning.LineData(pk, day, "onsite", visitor)
    return lambda: planning.add_line(plan_id=plan.pk, line=line, actor=actor, now=w.now)


def _submit(w: World, plan: RevisitPlan, actor: User, odd: int) -> Call:
    return lambda: deciding.submit_plan(plan_id=plan.pk, actor=actor, now=w.now)


def _decide(decision: str) -> Callable[[World, RevisitPlan, User, int], Call]:
    def make(w: World, plan: RevisitPlan, actor: User, odd: int) -> Call:
        remark = "" if odd == 1 else "意见"
        revision = plan.revision + 7 if odd == 2 else plan.revision
        return lambda: deciding.decide_plan(
            plan_id=plan.pk, decision=decision, remark=remark, actor=actor, now=w.now, revision=revision
        )

    return make


def _change(w: World, plan: RevisitPlan, actor: User, odd: int) -> Call:
    return lambda: deciding.change_plan(plan_id=plan.pk, reason="" if odd == 1 else "调整", actor=actor, now=w.now)


def _drop(w: World, plan: RevisitPlan, actor: User, odd: int) -> Call:
    return lambda: deciding.drop_change(plan_id=plan.pk, reason="" if odd == 1 else "不改了", actor=actor, now=w.now)


def _ask(w: World, plan: RevisitPlan, actor: User, odd: int) -> Call:
    gaps = check_plan(plan).gaps
    gap = gaps[odd % len(gaps)] if gaps else None
    project, rule = (gap.project.pk, gap.gap.requirement.code) if gap else (NOBODY, "Q1")
    reason = "" if odd == 1 else "业主停业"
    return lambda: waivers.ask_waiver(
        plan_id=plan.pk, project_id=project, rule=rule, reason=reason, actor=actor, now=w.now
    )


def _decide_waiver(w: World, plan: RevisitPlan, actor: User, odd: int) -> Call:
    found = plan.waivers.order_by("status", "pk").first()
    pk = found.pk if found and odd != 9 else NOBODY
    remark = "" if odd == 1 else "说明"
    return lambda: waivers.decide_waiver(waiver_id=pk, grant=odd % 2 == 0, remark=remark, actor=actor, now=w.now)


def _settle(w: World, plan: RevisitPlan, actor: User, odd: int) -> Call:
    issue = PlanIssue.objects.filter(plan=plan).order_by("-pk").first()
    reason = "" if odd == 1 else "已核对"
    return lambda: issues.settle_issue(issue_id=issue.pk if issue else NOBODY, reason=reason, actor=actor, now=w.now)


# --- visits


def _record(w: World, visit: Visit, actor: User, odd: int) -> Call:
    wrong: dict[int, dict[str, Any]] = {
        1: {"quality": ""},
        2: {"visited_on": w.today + timedelta(days=3)},
        3: {"method": "phone"},
        4: dict(PROBLEM),
        5: {"respondent": " "},
        6: PROBLEM | {"problem": {}},
    }
    values = record_of(visit, **({"visited_on": min(w.today, visit.scheduled_on)} | wrong.get(odd, {})))
    return lambda: visits.record_visit(visit_id=NOBODY if odd == 9 else visit.pk, values=values, actor=actor, now=w.now)


def _correct(w: World, visit: Visit, actor: User, odd: int) -> Call:
    values = record_of(visit, visited_on=visit.visited_on or w.today, **(dict(PROBLEM) if odd % 2 else {}))
    reason = "" if odd == 2 else "笔误"
    return lambda: visits.correct_record(visit_id=visit.pk, values=values, reason=reason, actor=actor, now=w.now)


def _unreachable(w: World, visit: Visit, actor: User, odd: int) -> Call:
    to = None if odd == 1 else w.today + timedelta(days=200 if odd == 2 else 2)
    reason = "" if odd == 3 else "电话停机"
    return lambda: visits.record_unreachable(
        visit_id=visit.pk, tried_on=w.today, reason=reason, moved_to=to, actor=actor, now=w.now
    )


def _move(w: World, visit: Visit, actor: User, odd: int) -> Call:
    to = visit.scheduled_on + timedelta(days=(3, 0, -400, 150, 9)[odd % 5])
    return lambda: visits.reschedule_visit(visit_id=visit.pk, to=to, reason="业主出差", actor=actor, now=w.now)


def _take_part(w: World, visit: Visit, actor: User, odd: int) -> Call:
    people = "" if odd == 1 else "高文"
    return lambda: visits.record_participation(
        visit_id=visit.pk, people=people, took_part_on=w.today, note="参加回访", actor=actor, now=w.now
    )


OPERATIONS = {
    each.name: each
    for each in (
        Operation("draft", RevisitPlan, "drafter", _draft),
        Operation("repair", RevisitPlan, "drafter", _repair),
        Operation("remove", RevisitPlan, "drafter", _remove),
        Operation("change_line", RevisitPlan, "drafter", _change_line),
        Operation("add", RevisitPlan, "drafter", _add),
        Operation("submit", RevisitPlan, "drafter", _submit),
        Operation("approve", RevisitPlan, "decider", _decide("approve")),
        Operation("return", RevisitPlan, "decider", _decide("return")),
        Operation("change", RevisitPlan, "drafter", _change),
        Operation("drop", RevisitPlan, "drafter", _drop),
        Operation("ask_waiver", RevisitPlan, "drafter", _ask),
        Operation("decide_waiver", RevisitPlan, "decider", _decide_waiver),
        Operation("settle", RevisitPlan, "drafter", _settle),
        Operation("record", Visit, "drafter", _record),
        Operation("correct", Visit, "drafter", _correct),
        Operation("unreachable", Visit, "drafter", _unreachable),
        Operation("move", Visit, "drafter", _move),
        Operation("take_part", Visit, "gw", _take_part),
    )
}
