"""Registering a complaint, correcting the entry, showing a whole phone number (clauses 2.2.2, 5.4.1)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import Min, ProtectedError
from django.utils import timezone

from complaints import clocks as C
from complaints.flows.complaint import FLOW
from complaints.models import Complaint, ComplaintReveal, Demand
from complaints.permissions import REGISTER_GROUP_IN, REGISTER_UNIT_IN, VIEW
from complaints.searching import text_of
from complaints.selectors.similar import earlier_of_same_matter
from ledgers.models import Project
from ledgers.selectors.masking import mask_changes
from ledgers.services.words import field_label
from organization.components.values import masked
from organization.models import User
from workflow.errors import Conflict
from workflow.locking import lock
from workflow.services.clocks import note_done, renew_clocks
from workflow.services.evidence import keep_files

from .common import counted_from, lock_complaint, take_number

FIELDS = ("received_at", "event", "complainant", "phone", "kind", "party", "channel", "level", "cause", "late_reason")
# 接收层级 decides whose clocks run: it is not corrected, the entry is made anew and the wrong one merged.
CORRECTABLE = tuple(name for name in FIELDS if name != "level")
MANDATORY = ("received_at", "event", "complainant", "phone", "kind", "party", "channel", "level", "cause")
CHOSEN = ("kind", "party", "channel", "level", "cause")
PROMPT = timedelta(hours=24)
PURPOSE_MAX = 100
ORIGIN = "origin"
# What runs from the owner's message. The unit's two days of a complaint to the group begin with the 转办, those of a
# ruling anew with the 复议: they do not move with a corrected receipt.
UNIT_FROM_RECEIPT, GROUP_FROM_RECEIPT = (C.CONFIRM_UNIT, C.RULE), (C.CONFIRM_GROUP, C.FORWARD)


@transaction.atomic
def register_complaint(
    *,
    project: Project,
    values: dict[str, Any],
    demands: Sequence[str],
    actor: User,
    now: datetime,
    files: "Sequence[File[Any]]" = (),
) -> Complaint:
    """Clause 5.4.1: enter an owner's complaint, of a project under construction or completed (R-1b).

    ``values`` are ``FIELDS``. The time limits begin with ``received_at`` (≤ now); a registration later than 24 hours
    needs a reason and its lateness is kept as a fact. A complaint to the unit starts the unit's two days, one to the
    group the 转办. A second complaint of the same matter is suggested to UH (clause 5.8.2). ``files`` are the owner's
    letter, recording or screenshots: one that is not accepted refuses the whole entry, and nothing is saved.
    """
    rule = REGISTER_UNIT_IN if values.get("level") == Complaint.Level.UNIT else REGISTER_GROUP_IN
    project = lock(Project, project.pk, "department")
    if not rule.covers(actor, project.department, fresh=True):
        raise PermissionDenied(f"您没有为该工程{rule.label}的权限。")
    texts = _texts(demands)
    _check(values, texts, now)
    complaint = Complaint(
        project=project,
        department=project.department,
        project_name=project.name,
        project_code=project.code,
        registered_at=now,
        registered_by=actor,
        **{name: values[name] for name in FIELDS if name in values},
    )
    complaint.number = take_number("TS", complaint, now, of_group=complaint.to_group)
    complaint.search_text = text_of(complaint, texts)
    complaint.save()
    Demand.objects.bulk_create(Demand(complaint=complaint, number=at, text=text) for at, text in enumerate(texts, 1))
    step = "register_group" if complaint.to_group else "register_unit"
    FLOW.move(step, complaint, actor=actor, now=now, received_at=complaint.received_at)
    _keep_promptness(complaint, actor, now)
    _suggest_second(complaint, now)
    keep_files(complaint, files, kind=ORIGIN, actor=actor, now=now)
    return complaint


def _texts(demands: Sequence[str]) -> list[str]:
    """The demands, each once, without the empty rows of the form."""
    return list(dict.fromkeys(text.strip() for text in demands if text.strip()))


def _check(values: dict[str, Any], demands: Sequence[str], registered_at: datetime) -> None:
    problems: dict[str, str] = {}
    for name in MANDATORY:
        value = values.get(name)
        if not value or (isinstance(value, str) and not value.strip()):
            problems[name] = f"请填写{field_label(Complaint, name)}。"
    received = values.get("received_at")
    if received and received > registered_at:
        problems["received_at"] = f"接收时间不能晚于登记时间({timezone.localtime(registered_at):%Y-%m-%d %H:%M})。"
    elif received and registered_at - received > PROMPT and not str(values.get("late_reason") or "").strip():
        problems["late_reason"] = "接收已超过 24 小时,请填写延迟登记原因。"
    for name in CHOSEN:
        if values.get(name) and values[name] not in dict(Complaint._meta.get_field(name).flatchoices):  # type: ignore[union-attr]
            problems[name] = f"{field_label(Complaint, name)}无效,请重新选择。"
    if not demands:
        problems["demands"] = "请至少填写一项诉求。"
    if problems:
        raise ValidationError(problems)


def _keep_promptness(complaint: Complaint, actor: User, now: datetime) -> None:
    """Appendix G row 1, 登记 即时: the fact whether the entry was made in time, kept like every other limit."""
    code = C.REGISTER_GROUP if complaint.to_group else C.REGISTER_UNIT
    note_done(
        code=code,
        subject=complaint,
        owner=complaint.department,
        title=str(complaint),
        received_at=complaint.received_at,
        actor=actor,
        now=now,
    )


def _suggest_second(complaint: Complaint, now: datetime) -> None:
    """R-5.8.2: same project and matter, after handling began, within 12 months: the system suggests, UH confirms."""
    earlier = earlier_of_same_matter(complaint).first()
    if earlier is None:
        return
    FLOW.move("spot_second", complaint, actor=None, now=now, remark=f"与 {earlier.number} 同一工程、同一类型")
    complaint.second_of, complaint.second = earlier, Complaint.Second.SUGGESTED
    complaint.save()


@transaction.atomic
def edit_registration(
    *, complaint_id: int, values: dict[str, Any], demands: Sequence[str], revision: int, actor: User, now: datetime
) -> Complaint:
    """Correct an entry that is not yet ruled on. Demands already confirmed stay as they are; new ones may be added.

    ``revision`` is that of the form: when somebody saved in between, Conflict says so and nothing is overwritten.
    """
    complaint = lock_complaint(complaint_id)
    step = "edit_group" if complaint.to_group else "edit_unit"
    FLOW.check(step, complaint, actor=actor, now=now)
    if revision != complaint.revision:
        raise Conflict("您打开页面之后,登记内容又有修改。请对照最新内容后再保存。")
    texts = _texts(demands)
    merged = {name: getattr(complaint, name) for name in FIELDS} | values
    _check({**merged, "level": complaint.level}, texts, complaint.registered_at)
    received_before, kind_before = complaint.received_at, complaint.kind
    _check_earliest(complaint, merged["received_at"])
    changes = _apply(complaint, merged) + _replace_demands(complaint, texts)
    if not changes:
        raise ValidationError("内容没有变化,无需保存。")
    complaint.revision += 1
    complaint.search_text = text_of(complaint, texts)
    FLOW.move(step, complaint, actor=actor, now=now, changes=mask_changes(changes))
    if complaint.received_at != received_before:
        _renew_from_receipt(complaint, received_before, now)
    complaint.save()
    if not complaint.second and (complaint.received_at, complaint.kind) != (received_before, kind_before):
        _suggest_second(complaint, now)
    return complaint


def _renew_from_receipt(complaint: Complaint, before: datetime, now: datetime) -> None:
    """The duties that run from the receipt get their limits anew; whether they were late by the old one is kept."""
    codes = GROUP_FROM_RECEIPT if complaint.to_group else UNIT_FROM_RECEIPT
    renew_clocks(
        subject=complaint,
        owner=complaint.department,
        codes=counted_from(complaint, codes, before),
        received_at=complaint.received_at,
        url=FLOW.url(complaint.pk),
        now=now,
    )


def _check_earliest(complaint: Complaint, received_at: datetime) -> None:
    """The earliest receipt of what was merged is kept (rules 2: several channels, the earliest)."""
    earliest = complaint.duplicates.filter(status=Complaint.Status.MERGED).aggregate(at=Min("received_at"))["at"]
    if earliest is not None and received_at > earliest:
        shown = timezone.localtime(earliest)
        raise ValidationError({"received_at": f"不能晚于已合并投诉的接收时间({shown:%Y-%m-%d %H:%M})。"})


def _apply(complaint: Complaint, values: dict[str, Any]) -> list[dict[str, str]]:
    changes = []
    for name in CORRECTABLE:
        old, new = getattr(complaint, name), values[name]
        if old != new:
            setattr(complaint, name, new)
            words = [value_in_words(name, value) for value in (old, new)]
            changes.append({"field": field_label(Complaint, name), "old": words[0], "new": words[1]})
    return changes


def value_in_words(name: str, value: Any) -> str:
    """A value of the entry as histories and comparisons tell it: a choice by its label, a number masked."""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    choices = getattr(Complaint._meta.get_field(name), "flatchoices", ())
    return masked(value) if name == "phone" else str(dict(choices).get(value, value or ""))


def _replace_demands(complaint: Complaint, texts: Sequence[str]) -> list[dict[str, str]]:
    """No demand of an owner is lost: a confirmed one can neither be changed nor removed here."""
    present = {demand.text: demand for demand in complaint.demands.all()}
    gone = [demand for text, demand in present.items() if text not in texts]
    if fixed := [demand.number for demand in gone if is_fixed(demand)]:
        raise ValidationError({"demands": f"第 {'、'.join(map(str, fixed))} 项诉求已经确认,不能修改或删除。"})
    changes = [{"field": f"诉求 {demand.number}", "old": demand.text, "new": ""} for demand in gone]
    for demand in gone:
        try:
            demand.delete()
        except ProtectedError as used:
            text = f"第 {demand.number} 项诉求已写入整改方案或评价,不能修改或删除。"
            raise ValidationError({"demands": text}) from used
    number = max((demand.number for demand in complaint.demands.all()), default=0)
    for text in texts:
        if text not in present:
            number += 1
            Demand.objects.create(complaint=complaint, number=number, text=text)
            changes.append({"field": f"诉求 {number}", "old": "", "new": text})
    return changes


def is_fixed(demand: Demand) -> bool:
    """Confirmed with the complainant, given up by them, or come with a duplicate: no correction touches it."""
    return bool(demand.confirmed_at or demand.withdrawn_reason or demand.merged_from_id)


def refresh_project_name(project: Project) -> None:
    """A renamed project is found under its new name. Registered in ``ledgers.hooks``."""
    stale = Complaint.objects.filter(project=project).exclude(project_name=project.name, project_code=project.code)
    for complaint in stale.prefetch_related("demands"):
        complaint.project_name, complaint.project_code = project.name, project.code
        complaint.search_text = text_of(complaint, [demand.text for demand in complaint.demands.all()])
        complaint.save()


@transaction.atomic
def reveal_complainant(*, complaint: Complaint, purpose: str, actor: User, now: datetime) -> ComplaintReveal:
    """Log who saw the complainant's number, when and what for; only then may a page print it."""
    VIEW.require(actor, complaint)
    purpose = purpose.strip()
    if not purpose:
        raise ValidationError({"purpose": "请填写查看电话的用途。"})
    return ComplaintReveal.objects.create(complaint=complaint, user=actor, purpose=purpose[:PURPOSE_MAX], at=now)
