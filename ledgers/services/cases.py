"""保修记录 (Appendix F): opening and correcting the entry. Its steps: ``case_steps``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.db.models import CharField, Model, TextField
from django.utils import timezone

from ledgers.evidence import BEFORE
from ledgers.flow import CASE_FLOW
from ledgers.models import CaseReveal, Project, WarrantyCase
from ledgers.permissions import OPEN_CASE_OF, VIEW_CASE
from ledgers.selectors.cases import judgement_of
from ledgers.selectors.masking import mask_changes
from ledgers.sources import CaseSource
from organization.components.values import masked
from organization.models import User
from organization.models.units import Tier
from workflow.errors import Conflict, Refused
from workflow.flow import Flow
from workflow.locking import lock
from workflow.services.evidence import keep_files
from workflow.services.numbers import take_number

from .words import field_label

FIELDS = (
    "reporter", "phone", "reported_at", "channel", "place", "trade", "part", "problem", "urgency", "in_warranty",
    "remark",
)  # fmt: skip
MANDATORY = ("reporter", "reported_at", "channel", "place", "trade", "problem", "urgency")
# Whoever rang or complained can be called back.
CALLED_FROM = (WarrantyCase.Source.CALL, WarrantyCase.Source.COMPLAINT)
PURPOSE_MAX = 100


@transaction.atomic
def open_case(
    *,
    project: Project,
    source: str,
    subject: Model | None,
    values: dict[str, Any],
    actor: User,
    now: datetime,
    permitted: bool = False,
    photos: "Sequence[File[Any]]" = (),
) -> WarrantyCase:
    """R-5.3.3: enter a case of one of the four sources; PM's clock to dispatch it runs from the entry (即时).

    ``values`` are ``FIELDS``; ``part``, ``in_warranty`` and ``remark`` may be left out. 保修范围内 is what the ledger
    in force suggests unless ``values`` says otherwise. ``subject`` is the record it came from; a call has none.
    ``permitted``: the caller has checked a right of its own (whoever records a visit with a problem opens its case);
    it is believed of visits only. ``photos`` show the problem. Raises ``ValidationError`` by field,
    ``PermissionDenied``, ``Refused`` when the record begins no case any more.
    """
    if source not in WarrantyCase.Source.values:
        raise ValueError(f"{source!r} is no source of a case")
    if (subject is None) != (source == WarrantyCase.Source.CALL):
        raise ValueError("a case has the record it came from, except one reported by a call")
    if subject is not None and type(subject) not in Flow.registry:
        raise ValueError(f"{type(subject).__name__} has no flow: its page and reach are not known")
    declared = CaseSource.registry.get(source)
    if subject is not None and declared is not None:
        if declared.project(subject).pk != project.pk:
            raise ValueError("the record is of another project")
        if reasons := declared.objections(subject):
            raise Refused(reasons)
    found = permitted and source == WarrantyCase.Source.VISIT
    project = lock(Project, project.pk, "department")
    if not found:
        OPEN_CASE_OF.require_of(actor, project.department)
    given = {name: values[name] for name in FIELDS if name in values}
    case = WarrantyCase(project=project, source=source, created_by=actor, created_at=now, **given)
    if subject is not None:
        case.subject = subject
    _check(case, now)
    judged = judgement_of(project, case.part, case.reported_at)
    case.judgement = judged.reason[:200]
    if "in_warranty" not in values:
        case.in_warranty = judged.covered
    case.number = take_number("BX", project.department.at_tier(Tier.UNIT), timezone.localdate(now).year)
    case.save()
    CASE_FLOW.move("open_found" if found else "open", case, actor=actor, now=now)
    keep_files(case, photos, kind=BEFORE, actor=actor, now=now, field="photos")
    return case


@transaction.atomic
def edit_case(*, case_id: int, values: dict[str, Any], revision: int, actor: User, now: datetime) -> WarrantyCase:
    """Correct the entry of an open case. ``revision`` is that of the form: what was saved in between is not
    overwritten. Another part or moment is judged anew; what a person decided of the term stays."""
    case = lock_case(case_id)
    CASE_FLOW.check("edit", case, actor=actor, now=now)
    if revision != case.revision:
        raise Conflict("您打开页面之后,保修记录又有修改。请对照最新内容后再保存。")
    before = {name: getattr(case, name) for name in FIELDS}
    for name in FIELDS:
        if name in values:
            setattr(case, name, values[name])
    _check(case, case.created_at)
    changes = [
        {"field": field_label(case, name), "old": in_words(name, old), "new": in_words(name, getattr(case, name))}
        for name, old in before.items()
        if getattr(case, name) != old
    ]
    if not changes:
        raise ValidationError("内容没有变化,无需保存。")
    case.judgement = judgement_of(case.project, case.part, case.reported_at).reason[:200]
    case.revision += 1
    CASE_FLOW.move("edit", case, actor=actor, now=now, changes=mask_changes(changes))
    case.save()
    return case


@transaction.atomic
def reveal_reporter(*, case: WarrantyCase, purpose: str, actor: User, now: datetime) -> CaseReveal:
    """Log who saw the reporter's number, when and what for; only then may a page print it."""
    VIEW_CASE.require(actor, case)
    purpose = purpose.strip()
    if not purpose:
        raise ValidationError({"purpose": "请填写查看电话的用途。"})
    return CaseReveal.objects.create(case=case, user=actor, purpose=purpose[:PURPOSE_MAX], at=now)


def lock_case(case_id: int) -> WarrantyCase:
    return lock(WarrantyCase, case_id, "project__department")


def in_words(name: str, value: Any) -> str:
    """A value of the entry as histories tell it: a choice by its label, a number masked, a moment in Beijing time."""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, bool):
        return "是" if value else "否"
    if name == "phone":
        return masked(value)
    choices = getattr(WarrantyCase._meta.get_field(name), "flatchoices", ())
    return str(dict(choices).get(value, "" if value is None else value))


def _check(case: WarrantyCase, entered_at: datetime) -> None:
    problems: dict[str, str] = {}
    wanted = (*MANDATORY, "phone") if case.source in CALLED_FROM else MANDATORY
    for name in wanted:
        value = getattr(case, name)
        if not value or (isinstance(value, str) and not value.strip()):
            problems[name] = f"请填写{field_label(case, name)}。"
    for name in ("channel", "urgency", "part"):
        value = getattr(case, name)
        if value and value not in dict(WarrantyCase._meta.get_field(name).flatchoices):  # type: ignore[union-attr]
            problems[name] = f"{field_label(case, name)}无效,请重新选择。"
    for name in FIELDS:
        field, value = WarrantyCase._meta.get_field(name), getattr(case, name)
        if isinstance(field, CharField | TextField) and field.max_length and len(value) > field.max_length:
            problems.setdefault(name, f"{field.verbose_name}最多 {field.max_length} 个字,现有 {len(value)} 个字。")
    if case.reported_at and case.reported_at > entered_at:
        problems["reported_at"] = f"报修时间不能晚于登记时间({timezone.localtime(entered_at):%Y-%m-%d %H:%M})。"
    if problems:
        raise ValidationError(problems)
