"""批量编制: a year's plans drafted by the worker, plan by plan. The table is the truth: a killed worker's plan is taken
again when its claim grows stale, and what was written by then is not written twice."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone

from organization.models import Unit, User
from organization.models.units import Tier
from revisits.flow import PLAN_FLOW
from revisits.models import DraftJob, DraftTask, FrequencyPolicy, RevisitPlan
from revisits.permissions import PREPARE_IN
from workflow.errors import Conflict

from .asking import first_asking, level_of, received_at
from .common import lock_plan, move
from .planning import draft_plan, make_plan

# Between the claim and the lock of its row, which a worker then holds until the draft is written.
LEASE = timedelta(seconds=20)
ATTEMPTS = 3
S = DraftTask.State


@transaction.atomic
def order_drafts(*, unit: Unit, year: int, actor: User, now: datetime) -> DraftJob:
    """Order the drafts of every plan at or below ``unit`` that was not begun (has no line of its own). A plan that
    does not exist yet and would have something to visit is opened. What somebody wrote is never overwritten."""
    PREPARE_IN.require_at(actor, unit)
    this_year = timezone.localdate(now).year
    if year not in (this_year, this_year + 1):
        raise ValidationError({"year": f"只能编制 {this_year} 年度或 {this_year + 1} 年度的计划。"})
    _open_missing(unit, year, now)
    plans = RevisitPlan.objects.filter(
        unit__path__startswith=unit.path, year=year, status=RevisitPlan.Status.DRAFT, effective__isnull=True,
        visits__isnull=True,
    )  # fmt: skip
    busy = DraftTask.objects.filter(state__in=(S.WAITING, S.RUNNING), job__stopped_at__isnull=True).values("plan")
    chosen = list(plans.exclude(pk__in=busy).order_by("unit__path").values_list("pk", flat=True))
    if not chosen:
        raise Conflict("没有需要编制的计划:都已编制、上报或正在编制。")
    job = DraftJob.objects.create(year=year, total=len(chosen), ordered_by=actor, ordered_at=now)
    DraftTask.objects.bulk_create([DraftTask(job=job, plan_id=pk) for pk in chosen], batch_size=1000)
    return job


def _open_missing(unit: Unit, year: int, now: datetime) -> None:
    have = set(RevisitPlan.objects.filter(year=year).values_list("unit_id", flat=True))
    policy = FrequencyPolicy.in_force().rules
    makers = Unit.objects.under(unit).filter(tier__in=(Tier.UNIT, Tier.DEPARTMENT), dissolved_on__isnull=True)
    without = [maker for maker in makers if maker.pk not in have]
    first = first_asking(without, year, policy) if without else {}
    for maker in without:
        if maker.pk not in first:
            continue
        try:
            with transaction.atomic():
                plan = make_plan(maker, level_of(maker), year, created_by=None, now=now)
        except IntegrityError:
            continue
        move(PLAN_FLOW, "open", plan, actor=None, now=now, received_at=received_at([first[maker.pk]], year, now))


@transaction.atomic
def stop_job(*, job_id: int, actor: User, now: datetime) -> DraftJob:
    """What has not begun is not drafted any more; what was drafted stays."""
    job = DraftJob.objects.select_for_update().filter(pk=job_id).first()
    if job is None:
        raise Http404("没有找到该批量编制。")
    if job.ordered_by_id != actor.pk:
        raise PermissionDenied("只有发起人可以停止批量编制。")
    if job.stopped_at is None:
        job.stopped_at = now
        job.save()
        job.tasks.filter(state=S.WAITING).update(state=S.SKIPPED, note="已停止", done_at=now)
    return job


def run_next(*, now: datetime) -> bool:
    """Take the task that waited longest and draft its plan. False when nothing waits."""
    task = _claim(now)
    if task is None:
        return False
    try:
        _draft(task, now)
    except (Conflict, PermissionDenied) as refusal:
        _finish(task, S.SKIPPED, str(refusal), 0, now)
    return True


@transaction.atomic
def _draft(task: DraftTask, now: datetime) -> None:
    """The lines and the word that they are written are one fact: a worker killed in between leaves neither, and one
    whose claim was taken over meanwhile takes its lines back. What somebody wrote since the order is left alone."""
    mine = DraftTask.objects.select_for_update().filter(pk=task.pk, state=S.RUNNING, attempt=task.attempt)
    if mine.first() is None:
        raise Conflict("已由另一进程接手。")
    if lock_plan(task.plan_id).visits.exists():
        raise Conflict("计划中已有回访安排,没有改动。")
    plan = draft_plan(plan_id=task.plan_id, actor=task.job.ordered_by, now=now, step="prepare")
    if not _finish(task, S.DONE, "", plan.visits.count(), now):
        raise Conflict("已由另一进程接手。")


def _claim(now: datetime) -> DraftTask | None:
    stale = Q(state=S.RUNNING) & Q(claimed_at__lt=now - LEASE)
    with transaction.atomic():
        rows = DraftTask.objects.select_for_update(skip_locked=True, of=("self",))
        task = rows.filter(Q(state=S.WAITING) | stale).select_related("job__ordered_by").order_by("pk").first()
        if task is None:
            return None
        task.attempt += 1
        if task.attempt > ATTEMPTS:
            task.state, task.note, task.done_at = S.FAILED, "多次尝试都没有完成,请在计划页面单独编制。", now
        else:
            task.state, task.claimed_at = S.RUNNING, now
        task.save()
    return task if task.state == S.RUNNING else _claim(now)


def _finish(task: DraftTask, state: str, note: str, lines: int, now: datetime) -> bool:
    """Only by the run that holds it: another may have taken it over, which is False."""
    mine = DraftTask.objects.filter(pk=task.pk, state=S.RUNNING, attempt=task.attempt)
    return bool(mine.update(state=state, note=note[:500], lines=lines, done_at=now))
