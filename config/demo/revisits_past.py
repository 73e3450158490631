"""Visits that were made and found nothing, hundreds of them: set-based, as ``record_visit`` would have left each."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from organization.models import User
from revisits.flow import VISIT_FLOW
from revisits.models import Method, Visit, VisitRecord
from workflow.models import Clock, Outcome, Transition

from . import names

SITUATIONS = (
    "工程使用正常,业主对施工质量和保修服务表示满意。",
    "整体使用良好,物业反映设备运行平稳。",
    "查看屋面、地下室和外立面,未发现渗漏和脱落。",
    "与物业核对保修联系人和电话,信息无变化。",
    "已提醒业主在雨季前清理屋面落水口,未发现质量问题。",
    "前次保修事项复查合格,业主确认。",
)
BATCH = 500


def words_of(visit: Visit, visitor: User, random: Random) -> dict[str, Any]:
    """What the record form says of a visit that found nothing; sometimes of a repair made before."""
    repaired = random.random() < 0.2
    return {
        "visited_on": visit.scheduled_on,
        "method": visit.method_now if visit.level == "unit" else Method.ONSITE.value,
        "visitor": visitor.name,
        "respondent": f"{names.person(random)}(物业)" if random.random() < 0.4 else names.person(random),
        "quality": "good",
        "arrival": "prompt" if repaired else "none",
        "timeliness": "prompt" if repaired else "none",
        "effectiveness": "effective" if repaired else "none",
        "situation": SITUATIONS[5] if repaired else random.choice(SITUATIONS[:5]),
    }


def record_all(visits: Sequence[Visit], *, actor: User, random: Random) -> None:
    """Visits of one unit, each on its day by ``actor``: record, state, transition, stopped clock."""
    made = []
    for visit in visits:
        at = timezone.make_aware(datetime.combine(visit.scheduled_on, time(15, random.randrange(60))))
        made.append(
            VisitRecord(visit=visit, number=1, created_by=actor, created_at=at, **words_of(visit, actor, random))
        )
    VisitRecord.objects.bulk_create(made, batch_size=BATCH)
    Transition.objects.bulk_create([_transition(record, actor) for record in made], batch_size=BATCH)
    for record in made:
        visit = record.visit
        visit.record, visit.visited_on, visit.status = record, record.visited_on, Visit.Status.OK
        visit.revision += 1
    Visit.objects.bulk_update(visits, ["record", "visited_on", "status", "revision"], batch_size=BATCH)
    _stop_clocks({record.visit_id: record.created_at for record in made}, actor)


def _transition(record: VisitRecord, actor: User) -> Transition:
    visit = record.visit
    step = VISIT_FLOW.steps[f"done_{visit.level}"]
    return Transition(
        content_type=ContentType.objects.get_for_model(Visit),
        object_id=visit.pk,
        step=step.name,
        label=step.label,
        source=visit.status,
        target=step.target,
        source_label=VISIT_FLOW.labels[visit.status],
        target_label=VISIT_FLOW.labels[step.target],
        actor=actor,
        post_id="UW" if visit.level == "unit" else "PW",
        unit_id=visit.unit_id,
        at=record.created_at,
        remark=record.situation,
        clause=step.clause,
    )


def _stop_clocks(moments: dict[int, datetime], actor: User) -> None:
    """Each in time: a visit's limit is its day and at least one more."""
    about = ContentType.objects.get_for_model(Visit)
    clocks = list(Clock.objects.running().filter(content_type=about, object_id__in=list(moments)))
    for clock in clocks:
        done = moments[clock.object_id]
        clock.stopped_at = min(max(done, clock.opened_at), clock.due_at - timedelta(minutes=1))
        clock.stopped_by, clock.outcome = actor, Outcome.DONE
        clock.next_kind, clock.next_at = "", None
    Clock.objects.bulk_update(clocks, ["stopped_at", "stopped_by", "outcome", "next_kind", "next_at"], batch_size=BATCH)
