"""Carrying out visits (clause 5.3): the record, a failed call, 改期, corrections, the group's part."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone

from ledgers.services.cases import open_case
from organization.models import User
from revisits.flow import VISIT_FLOW
from revisits.frequency import Line, check, moves_within
from revisits.models import FailedAttempt, Level, Method, Participation, Visit, VisitRecord
from revisits.selectors.checking import requirements_of
from revisits.selectors.scope import lines_of, neighbouring_lines
from workflow.errors import Conflict
from workflow.services.evidence import keep_files

from .common import lock_visit, morning_of, move, must_be_given, must_be_one_of, same_revision

PHOTO = "photo"
ITEMS = ("quality", "arrival", "timeliness", "effectiveness")
_DAY = timedelta(days=1)
# Where the windows of a failed call are over, the on-site visit follows within these days (the unit's own limit).
FOLLOW_UP = 3


class RecordData(TypedDict):
    """The record form. ``problem`` is what the warranty case is opened with: place, trade, problem, urgency, phone."""

    visited_on: date
    method: str
    visitor: str
    respondent: str
    quality: str
    arrival: str
    timeliness: str
    effectiveness: str
    situation: str
    problem: dict[str, Any]


@transaction.atomic
def record_visit(
    *,
    visit_id: int,
    values: RecordData,
    actor: User,
    now: datetime,
    files: "Sequence[File[Any]]" = (),
    revision: int | None = None,
) -> Visit:
    """Clauses 5.3.1, 5.3.2, 2.2.1: what the visit found, of the four items, against a line of an approved plan. 有问题
    opens the linked warranty case in the same transaction (5.3.3). Late is still recorded; the lateness is the clock's.
    ``files`` are photos: one that is not accepted refuses the whole entry."""
    found = values["quality"] == VisitRecord.Quality.FOUND
    visit = lock_visit(visit_id, with_project=found)
    step = "problem" if found else "done"
    VISIT_FLOW.check(f"{step}_{visit.level}", visit, actor=actor, now=now)
    same_revision(visit, revision)
    _check_record(visit, values, now)
    record = _write_record(visit, values, 1, actor, now)
    visit.record, visit.visited_on = record, values["visited_on"]
    visit.revision += 1
    move(VISIT_FLOW, step, visit, actor=actor, now=now, remark=values["situation"][:500])
    if found:
        _open_case(visit, values, actor, now)
    keep_files(visit, files, kind=PHOTO, actor=actor, now=now)
    return visit


def _check_record(visit: Visit, values: RecordData, now: datetime) -> None:
    today = timezone.localdate(now)
    day: date | None = values["visited_on"]
    must_be_given(
        {
            "visitor": ("回访实施人", values["visitor"]),
            "respondent": ("受访人", values["respondent"]),
        }
    )
    for name in ITEMS:
        field = VisitRecord._meta.get_field(name)
        must_be_one_of(name, str(field.verbose_name), values[name], dict(field.flatchoices))  # type: ignore[union-attr,literal-required]
    must_be_one_of("method", "回访方式", values["method"], Method.values)
    if day is None:
        raise ValidationError({"visited_on": "请填写实际回访日期。"})
    if day > today:
        raise ValidationError({"visited_on": f"实际回访日期不能晚于今天({today:%Y-%m-%d})。"})
    if day < visit.scheduled_on and (
        left := moves_within(_line_of(visit), day, requirements_of(visit.plan, visit.project_id))
    ):
        windows = "、".join(f"{r.code}({r.start:%m-%d} 至 {r.end:%m-%d})" for r in left)
        raise ValidationError({"visited_on": f"该日期在计划窗口之外:{windows}。请核对日期,或先变更计划。"})
    planned = visit.method_now
    if values["method"] != Method.ONSITE and (visit.level == Level.DEPARTMENT or planned == Method.ONSITE):
        raise ValidationError({"method": "本次计划为现场回访,不能以其他方式代替;未能到场的请“改期”。"})
    if values["quality"] == VisitRecord.Quality.FOUND:
        problem = values["problem"]
        must_be_given(
            {
                name: (label, str(problem.get(name) or ""))
                for name, label in (("place", "问题部位"), ("trade", "专业"), ("problem", "问题描述"))
            }
        )


def _line_of(visit: Visit) -> Line:
    return Line(visit.scheduled_on, visit.method)


def _write_record(
    visit: Visit, values: RecordData, number: int, actor: User, now: datetime, reason: str = ""
) -> VisitRecord:
    return VisitRecord.objects.create(
        visit=visit,
        number=number,
        visited_on=values["visited_on"],
        method=values["method"],
        visitor=values["visitor"].strip(),
        respondent=values["respondent"].strip(),
        situation=values["situation"].strip(),
        reason=reason.strip()[:500],
        created_by=actor,
        created_at=now,
        **{name: values[name] for name in ITEMS},  # type: ignore[literal-required]
    )


def _open_case(visit: Visit, values: RecordData, actor: User, now: datetime) -> None:
    """R-5.3.3 即时: the fields the visit knows are carried over; who records the visit needs no other right for it."""
    problem = values["problem"]
    open_case(
        project=visit.project,
        source="visit",
        subject=visit,
        values={
            "reporter": values["respondent"].strip(),
            "phone": str(problem.get("phone") or ""),
            "reported_at": now,
            "channel": {"phone": "phone", "onsite": "onsite"}.get(values["method"], "other"),
            "place": problem["place"],
            "trade": problem["trade"],
            "problem": problem["problem"],
            "urgency": problem.get("urgency") or "normal",
            **({"part": problem["part"]} if problem.get("part") else {}),
        },
        actor=actor,
        now=now,
        permitted=True,
    )


@transaction.atomic
def correct_record(
    *, visit_id: int, values: RecordData, reason: str, actor: User, now: datetime, revision: int | None = None
) -> Visit:
    """A correction is the next version of the record, with its reason; the earlier one stays. Corrected to 有问题 it
    opens the warranty case; to 无问题 only when the case it opened is over."""
    found = values["quality"] == VisitRecord.Quality.FOUND
    visit = lock_visit(visit_id, with_project=found)
    was = visit.status == Visit.Status.PROBLEM
    step = "correct" if found == was else "correct_to_problem" if found else "correct_to_good"
    VISIT_FLOW.check(f"{step}_{visit.level}", visit, actor=actor, now=now)
    same_revision(visit, revision)
    before = visit.record
    if before is None:
        raise Conflict("该回访还没有记录,请刷新页面。")
    if found and was:
        values["problem"] = {"place": "—", "trade": "—", "problem": "—"}  # the case is corrected on its own page
    _check_record(visit, values, now)
    record = _write_record(visit, values, before.number + 1, actor, now, reason)
    visit.record, visit.visited_on = record, values["visited_on"]
    visit.revision += 1
    visit.save()
    move(VISIT_FLOW, step, visit, actor=actor, now=now, remark=reason, changes=record_changes(before, record))
    if found and not was:
        _open_case(visit, values, actor, now)
    return visit


RECORDED = ("visited_on", "method", "visitor", "respondent", *ITEMS, "situation")


def record_changes(before: VisitRecord, after: VisitRecord) -> list[dict[str, str]]:
    """How two versions of a record differ, in words."""

    def said(record: VisitRecord, name: str) -> str:
        shown = getattr(record, f"get_{name}_display", None)
        return str(shown() if shown else getattr(record, name))

    labels = {name: str(VisitRecord._meta.get_field(name).verbose_name) for name in RECORDED}  # type: ignore[union-attr]
    return [
        {"field": labels[name], "old": said(before, name), "new": said(after, name)}
        for name in RECORDED
        if getattr(before, name) != getattr(after, name)
    ]


@transaction.atomic
def record_unreachable(
    *,
    visit_id: int,
    tried_on: date,
    reason: str,
    moved_to: date | None,
    actor: User,
    now: datetime,
    revision: int | None = None,
) -> Visit:
    """A.3 C03, C04: not reached: why, and the on-site visit that takes its place, within the same windows; where these
    are over, within three days. The duty stays open until that visit is made."""
    visit = lock_visit(visit_id)
    VISIT_FLOW.check(f"unreachable_{visit.level}", visit, actor=actor, now=now)
    same_revision(visit, revision)
    today = timezone.localdate(now)
    must_be_given({"reason": ("未联系上的原因", reason)})
    if tried_on > today:
        raise ValidationError({"tried_on": "联系日期不能晚于今天。"})
    if moved_to is None or moved_to < today:
        raise ValidationError({"moved_to": "请填写今天或以后的现场回访日期。"})
    last = latest_follow_up(visit, today)
    if moved_to > last:
        raise ValidationError(
            {"moved_to": f"现场回访日期不能晚于 {last:%Y-%m-%d}(计划窗口内,窗口已过的 {FOLLOW_UP} 天内)。"}
        )
    FailedAttempt.objects.create(
        visit=visit,
        tried_on=tried_on,
        method=visit.method_now,
        reason=reason.strip()[:500],
        moved_to=moved_to,
        created_by=actor,
        created_at=now,
    )
    visit.scheduled_on = moved_to
    visit.revision += 1
    visit.save()
    move(
        VISIT_FLOW,
        "unreachable",
        visit,
        actor=actor,
        now=now,
        remark=reason,
        received_at=max(morning_of(moved_to), now),
    )
    return visit


def latest_follow_up(visit: Visit, today: date) -> date:
    """The last day of the windows the visit serves, three days from today where that is later."""
    line = Line(visit.planned_on, visit.method)
    asked = requirements_of(visit.plan, visit.project_id)
    ends = [r.end for r in asked if line.method in r.methods and r.start <= line.on <= r.end]
    return max([today + FOLLOW_UP * _DAY, *([min(ends)] if ends else [])])


@transaction.atomic
def reschedule_visit(
    *, visit_id: int, to: date, reason: str, actor: User, now: datetime, revision: int | None = None
) -> Visit:
    """改期 by the executor: inside every window the visit serves, and leaving no gap; outside it is a plan change."""
    visit = lock_visit(visit_id)
    VISIT_FLOW.check(f"move_{visit.level}", visit, actor=actor, now=now)
    same_revision(visit, revision)
    today = timezone.localdate(now)
    if to == visit.scheduled_on:
        raise ValidationError({"to": "新日期与原日期相同。"})
    if to < today:
        raise ValidationError({"to": "新日期不能早于今天。"})
    if to.year != visit.plan.year:
        raise ValidationError({"to": f"新日期须在 {visit.plan.year} 年内。"})
    asked = requirements_of(visit.plan, visit.project_id)
    left = moves_within(_line_of(visit), to, asked)
    if left:
        windows = "、".join(f"{r.code}({r.start:%m-%d} 至 {r.end:%m-%d})" for r in left)
        raise ValidationError({"to": f"新日期超出计划窗口:{windows}。窗口外的调整请通过“增补或变更计划”。"})
    _check_leaves_no_gap(visit, to)
    before = visit.scheduled_on
    visit.scheduled_on = to
    visit.revision += 1
    visit.save()
    move(
        VISIT_FLOW,
        "move",
        visit,
        actor=actor,
        now=now,
        remark=reason,
        received_at=max(morning_of(to), now),
        changes=[{"field": "应回访日期", "old": f"{before:%Y-%m-%d}", "new": f"{to:%Y-%m-%d}"}],
    )
    return visit


def _check_leaves_no_gap(visit: Visit, to: date) -> None:
    """Two visits on one day count once (rule 8): a move may not make a gap where there was none."""
    plan, project = visit.plan, visit.project_id
    number = plan.effective.number if plan.effective is not None else plan.version
    asked = requirements_of(plan, project)
    beside = neighbouring_lines(plan, [project]).get(project, [])
    lines = [*lines_of(plan, number, [project]).get(project, []), *beside]
    moved = [line for line in lines if line != Line(visit.planned_on, visit.method)] + [Line(to, visit.method)]
    lacked = {(gap.requirement.code, gap.missing) for gap in check(lines, asked)}
    new = [gap for gap in check(moved, asked) if (gap.requirement.code, gap.missing) not in lacked]
    if new:
        raise ValidationError({"to": f"改到该日会造成频次缺口:{new[0]}。请另选日期。"})


@transaction.atomic
def record_participation(
    *, visit_id: int, people: str, took_part_on: date, note: str, actor: User, now: datetime
) -> Participation:
    """R-3.1.3: GW notes who of the group took part in a key project's or a strategic partner's visit."""
    visit = lock_visit(visit_id)
    VISIT_FLOW.check("take_part", visit, actor=actor, now=now)
    must_be_given({"people": ("参与人员", people), "note": ("参与情况", note)})
    if took_part_on > timezone.localdate(now):
        raise ValidationError({"took_part_on": "参与日期不能晚于今天。"})
    VISIT_FLOW.move("take_part", visit, actor=actor, now=now, remark=f"{people.strip()}:{note.strip()[:400]}")
    return Participation.objects.create(
        visit=visit,
        people=people.strip()[:200],
        took_part_on=took_part_on,
        note=note.strip(),
        created_by=actor,
        created_at=now,
    )
