"""The tasks of the bench about revisits. Arguments and answers are plain data; see ``tasks``."""

import os
import signal
import statistics
import time
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from organization.models import Unit, User
from reports.models import DownloadLog
from revisits.models import DraftTask, RevisitPlan, Visit
from revisits.selectors.checking import check_plan
from revisits.services import jobs
from revisits.services.deciding import decide_plan, submit_plan
from revisits.services.jobs import order_drafts
from revisits.services.planning import draft_plan
from workflow.models import Clock

from . import revisit_data
from .people import group_there
from .revisit_data import LARGE
from .rows import tidy
from .sessions import LOOPBACK, client_of, memory_mb

Answer = dict[str, Any]
OFFICER = LARGE.lower().replace("u", "uw")


def load_revisits(*, now: str, projects: int) -> Answer:
    began = time.perf_counter()
    revisit_data.load(group_there(), now=datetime.fromisoformat(now), projects=projects)
    return {"seconds": time.perf_counter() - began, **revisit_data.counts()}


def _next_year() -> int:
    return timezone.localdate().year + 1


def _large() -> RevisitPlan:
    found: RevisitPlan = RevisitPlan.objects.select_related("unit", "working__policy", "effective__policy").get(
        unit__code=LARGE, year=_next_year()
    )
    return found


# --- the group's drafts as jobs


def revisit_order(**_: Any) -> Answer:
    """What the group's officer orders with one click; the time is that of the click."""
    began = time.perf_counter()
    job = order_drafts(
        unit=Unit.objects.get(code="G"), year=_next_year(), actor=User.objects.get(username="gw"), now=timezone.now()
    )
    levels = RevisitPlan.objects.filter(year=_next_year()).values_list("level", flat=True)
    return {"seconds": time.perf_counter() - began, "plans": job.total, "units": list(levels).count("unit")}


def revisit_work(*, until: float, dies_at: int = 0) -> Answer:
    """A worker: ``run_drafts`` as the beat calls it, until nothing is left of the job or the time is over.

    ``dies_at``: it is killed with so many drafts begun, the lines of the last one written and not committed.
    """
    if dies_at:
        jobs.draft_plan = _until_killed(dies_at)
    done = 0
    while time.time() < until:
        if jobs.run_next(now=timezone.now()):
            done += 1
        elif DraftTask.objects.filter(state__in=(DraftTask.State.WAITING, DraftTask.State.RUNNING)).exists():
            time.sleep(0.2)  # another's, or one whose worker was killed
        else:
            break
    return {"done": done}


def _until_killed(dies_at: int) -> Callable[..., RevisitPlan]:
    begun = count(1)

    def draft(**values: Any) -> RevisitPlan:
        plan = draft_plan(**values)
        if next(begun) == dies_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return plan

    return draft


def revisit_drafted(**_: Any) -> Answer:
    """What the job must have left: every task done, every plan with the lines of its task, none written twice."""
    tasks = list(DraftTask.objects.select_related("plan"))
    if wrong := [task.note or task.state for task in tasks if task.state != DraftTask.State.DONE]:
        raise SystemExit(f"job: {len(wrong)} plans are not drafted: {wrong[:3]}")
    lines = 0
    for task in tasks:
        count = task.plan.visits.count()
        if count != task.lines or not count:
            raise SystemExit(f"job: {task.plan} has {count} lines, its task says {task.lines}")
        lines += count
    lasted = max(task.done_at for task in tasks if task.done_at) - tasks[0].job.ordered_at
    gaps = RevisitPlan.objects.filter(year=_next_year(), working__gaps__gt=0).count()
    if gaps:
        raise SystemExit(f"job: {gaps} plans have gaps")
    retried = sum(task.attempt > 1 for task in tasks)
    if not retried:
        raise SystemExit("job: no worker was killed at work")
    tidy()
    return {"lines": lines, "plans": len(tasks), "lasted": lasted.total_seconds(), "retried": retried}


# --- one large plan


def revisit_draft(*, times: int) -> Answer:
    """Drafting anew what was drafted: the lines there are deleted, as many are written."""
    plan, officer = _large(), User.objects.get(username=OFFICER)
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        draft_plan(plan_id=plan.pk, actor=officer, now=timezone.now())
        taken.append(time.perf_counter() - began)
    report = check_plan(_large())
    if report.gaps:
        raise SystemExit(f"draft: {report.gaps[0]}")
    tidy()
    return {"first": taken[0], "seconds": statistics.median(taken), "lines": report.lines, "projects": report.projects}


def revisit_check(*, times: int) -> Answer:
    plan, taken = _large(), []
    with CaptureQueriesContext(connection) as captured:
        report = check_plan(plan)
    for _ in range(times):
        began = time.perf_counter()
        report = check_plan(plan)
        taken.append(time.perf_counter() - began)
    return {"seconds": statistics.median(taken), "projects": report.projects, "queries": len(captured)}


def revisit_approve(**_: Any) -> Answer:
    """Submitted by UW, approved by GH: every line due, each with its clock."""
    plan, now = _large(), timezone.now()
    began = time.perf_counter()
    submit_plan(plan_id=plan.pk, actor=User.objects.get(username=OFFICER), now=now)
    submitted = time.perf_counter()
    decide_plan(plan_id=plan.pk, decision="approve", actor=User.objects.get(username="gh"), now=now)
    approved = time.perf_counter()
    lines = plan.visits.filter(status=Visit.Status.DUE).count()
    clocks = Clock.objects.running().filter(object_id__in=plan.visits.values("pk"), code="revisit.visit_unit").count()
    if not lines or clocks != lines:
        raise SystemExit(f"approval: {clocks} clocks of {lines} lines")
    tidy()
    return {"submitted": submitted - began, "seconds": approved - submitted, "lines": lines}


# --- documents


def revisit_appendix_d(**_: Any) -> Answer:
    """Appendix D of the large plan as a workbook, through the view, as its officer downloads it."""
    try:
        path = reverse("reports:appendix_d", args=[_large().pk, "xlsx"])
    except NoReverseMatch:
        return {"missing": True}
    client = client_of(OFFICER)
    before = memory_mb("VmRSS")
    began = time.perf_counter()
    response = client.get(path, {"purpose": DownloadLog.Purpose.values[0]}, **LOOPBACK)
    body = b"".join(response) if response.streaming else response.content
    seconds = time.perf_counter() - began
    if response.status_code != 200 or not body.startswith(b"PK"):
        raise SystemExit(f"Appendix D: HTTP {response.status_code}")
    lines = _large().visits.count()
    return {"seconds": seconds, "mb": memory_mb(), "before_mb": before, "bytes": len(body), "lines": lines}


TASKS: tuple[Callable[..., Answer], ...] = (
    *(load_revisits, revisit_order, revisit_work, revisit_drafted, revisit_draft, revisit_check, revisit_approve),
    revisit_appendix_d,
)
