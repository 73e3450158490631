"""批量编制 as its pages show it: who sees which job, how far it is, what became of each plan."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from ledgers.filters import units_offered
from organization.models import Unit, User
from revisits.models import DraftJob, DraftTask, RevisitPlan
from revisits.permissions import PREPARE_IN, VIEW_PART
from revisits.services.jobs import LEASE

S = DraftTask.State
OVER = (S.DONE, S.FAILED, S.SKIPPED)
TONES = {S.WAITING: "neutral", S.RUNNING: "progress", S.DONE: "ok", S.FAILED: "bad", S.SKIPPED: "warn"}


def visible_tasks(user: User) -> QuerySet[DraftTask]:
    """The plans of jobs in reach: a job shows each person their part of it."""
    return VIEW_PART.narrow(user, DraftTask.objects.all())


def visible_jobs(user: User) -> QuerySet[DraftJob]:
    """Newest first, each with how many of the plans in reach it has, and how many of them are over."""
    mine = visible_tasks(user).order_by()
    jobs = DraftJob.objects.filter(pk__in=mine.values("job")).select_related("ordered_by")
    own = Q(tasks__in=mine)
    told: dict[str, Any] = {
        "plans": Count("tasks", filter=own),
        "over": Count("tasks", filter=own & Q(tasks__state__in=OVER)),
        "failed": Count("tasks", filter=own & Q(tasks__state=S.FAILED)),
    }
    return jobs.annotate(**told).order_by("-ordered_at", "-pk")


def job_for(user: User, pk: int) -> DraftJob:
    found = DraftJob.objects.filter(pk=pk, pk__in=visible_tasks(user).order_by().values("job"))
    job = found.select_related("ordered_by").first()
    if job is None:
        raise Http404("没有找到该批量编制,或不在您的可见范围内。")
    return job


@dataclass(frozen=True, slots=True)
class Progress:
    """Of the plans in reach, how many stand where."""

    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return sum(self.counts.get(state, 0) for state in OVER)

    @property
    def working(self) -> bool:
        return self.done < self.total


def progress_of(user: User, job: DraftJob) -> Progress:
    """One query."""
    rows = visible_tasks(user).filter(job=job).order_by().values_list("state").annotate(number=Count("pk"))
    return Progress({str(state): number for state, number in rows})


def tasks_of(user: User, job: DraftJob, state: str = "") -> QuerySet[DraftTask]:
    """In the order in which they are drafted."""
    found = visible_tasks(user).filter(job=job).select_related("plan__unit").order_by("pk")
    return found.filter(state=state) if state else found


def note_of(task: DraftTask, now: datetime) -> str:
    """What a person should know of a task: whether it was interrupted, how often it was tried."""
    if task.state == S.RUNNING and task.claimed_at is not None and task.claimed_at < now - LEASE:
        return f"第 {task.attempt} 次编制中断,将自动重新编制"
    words = [task.note.rstrip("。")] if task.note else []
    if task.attempt > 1:
        words.append(f"第 {task.attempt} 次编制" if task.state != S.FAILED else f"共尝试 {task.attempt - 1} 次")
    return ";".join(words)


def units_to_prepare(user: User) -> list[Unit]:
    """Where this person may order drafts: the whole group, or second-tier units."""
    if any(len(path) == Unit.steplen for path in PREPARE_IN.paths(user)):
        group: list[Unit] = list(Unit.objects.filter(depth=1))
        return [*group, *Unit.objects.filter(tier="unit", dissolved_on=None)]
    codes = [unit.code for unit in units_offered(user, PREPARE_IN)]
    return list(Unit.objects.filter(code__in=codes, dissolved_on=None))


def not_begun(user: User, year: int) -> int:
    """The plans of the year in reach of ``PREPARE_IN`` that have no line yet."""
    plans = RevisitPlan.objects.filter(
        year=year, status=RevisitPlan.Status.DRAFT, effective=None, visits=None, unit__in=PREPARE_IN.units(user)
    )
    return plans.count()
