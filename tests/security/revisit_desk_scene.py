"""What waits on the desk: a unit's plan to be decided with a waiver asked for, an issue of an approved one, a job."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from revisits.models import DraftJob, PlanIssue
from revisits.services.deciding import submit_plan
from revisits.services.planning import draft_plan, remove_line, start_plan
from revisits.services.waivers import ask_waiver
from tests.personas import Personas


def revisit_desk_args(personas: Personas, known: dict[str, list[Any]], now: datetime) -> dict[str, list[Any]]:
    """After ``revisit_plan_args``: the unit's plan of the next year lacks one visit, whose waiver is asked for."""
    writer = personas.uw1
    year = timezone.localdate(now).year + 1
    plan = start_plan(unit=personas.unit("U1"), year=year, actor=writer, now=now)
    draft_plan(plan_id=plan.pk, actor=writer, now=now)
    remove_line(plan_id=plan.pk, visit_id=plan.visits.order_by("planned_on")[0].pk, actor=writer, now=now)
    plan = submit_plan(plan_id=plan.pk, actor=writer, now=now)
    assert plan.working is not None
    gap = next(each for each in plan.working.report["gaps"] if not each["overseas"])
    waiver = ask_waiver(
        plan_id=plan.pk, project_id=gap["project"], rule=gap["rule"], reason="业主停业", actor=writer, now=now
    )
    issue = PlanIssue.objects.create(plan_id=known["plan_approved"][0], kind="changed", text="台账变更", found_at=now)
    job = DraftJob.objects.create(year=year, total=1, ordered_by=personas.fresh("uw1"), ordered_at=now)
    job.tasks.create(plan_id=known["plan_draft"][0])
    return {"plan_waiting": [plan.pk], "waiver": [waiver.pk], "plan_issue": [issue.pk], "draft_job": [job.pk]}
