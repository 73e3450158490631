"""One timeline of a record: steps, reminders, moved due moments, evidence and field changes, in order (G1)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, TypedDict

from django.contrib.contenttypes.models import ContentType
from django.db import models

from organization.prepared import Prepared
from workflow.due import Reminder, shown
from workflow.models import Clock, ClockReminder, ClockShift, Evidence, Transition

# What the steps tell already, or what only the software reads.
UNTOLD = frozenset({"id", "status", "round", "version", "created_at", "updated_at"})
NOTHING = "(空)"


class Entry(TypedDict):
    """One line. ``changes``: field, old, new in words.

    ``kind``: step, reminder, shift, evidence, change or an app's own.
    """

    at: datetime
    who: str
    post: str
    unit: str
    label: str
    source_label: str
    target_label: str
    remark: str
    changes: list[dict[str, str]]
    kind: str
    icon: str
    tone: str


def entry(
    *,
    at: datetime,
    who: str,
    label: str,
    kind: str,
    icon: str,
    post: str = "",
    unit: str = "",
    source_label: str = "",
    target_label: str = "",
    remark: str = "",
    changes: Iterable[dict[str, str]] = (),
    tone: str = "neutral",
) -> Entry:
    """For apps that add lines of their own (a contact, a letter): pass them to ``timeline(extra=…)``."""
    return Entry(
        at=at,
        who=who,
        post=post,
        unit=unit,
        label=label,
        source_label=source_label,
        target_label=target_label,
        remark=remark,
        changes=list(changes),
        kind=kind,
        icon=icon,
        tone=tone,
    )


def timeline(
    subject: models.Model,
    *,
    transitions: Sequence[Transition] | None = None,
    evidence: Sequence[Evidence] | None = None,
    untold: Collection[str] = (),
    extra: Iterable[Entry] = (),
    newest_first: bool = True,
) -> list[Entry]:
    """Everything that happened to a record. At most five queries whatever its age, less what the caller hands over.

    ``untold`` names further fields that are not told; ``extra`` are lines of the app itself. A model without
    simple-history tells no changes.
    """
    told = history_of(subject) if transitions is None else transitions
    files: Iterable[Evidence] = (
        Evidence.objects.about(subject).select_related("uploaded_by", "withdrawn_by") if evidence is None else evidence
    )
    # Of one moment, the files came with the step, and the first step before the next.
    lines = [
        *(line for file in files for line in _file(file)),
        *map(_step, told),
        *_reminders(subject),
        *_shifts(subject),
        *_changes(subject, UNTOLD.union(untold)),
        *extra,
    ]
    lines.sort(key=lambda line: line["at"])
    return lines[::-1] if newest_first else lines


_HISTORY = Prepared(
    lambda kind, subject: (
        Transition.objects.filter(content_type=kind, object_id=subject)
        .order_by("at", "pk")
        .select_related("actor", "on_behalf_of", "post", "unit")
    )
)


def history_of(subject: models.Model) -> list[Transition]:
    """The steps a record took, oldest first, with everything a line shows. One query."""
    return _HISTORY.rows(kind=ContentType.objects.get_for_model(subject).pk, subject=subject.pk)


def _step(transition: Transition) -> Entry:
    moved = transition.source != transition.target
    return entry(
        at=transition.at,
        who=transition.who,
        post=str(transition.post or ""),
        unit=str(transition.unit or ""),
        label=transition.label,
        source_label=transition.source_label if moved else "",
        target_label=transition.target_label if moved else "",
        remark=transition.remark,
        changes=transition.changes,
        kind="step",
        icon="arrow-right",
        tone="ok" if moved else "neutral",
    )


def _file(evidence: Evidence) -> list[Entry]:
    lines = [
        entry(
            at=evidence.uploaded_at,
            who=str(evidence.uploaded_by),
            label=f"上传佐证材料“{evidence.name}”",
            remark=evidence.caption,
            kind="evidence",
            icon="paperclip",
        )
    ]
    if evidence.withdrawn_at is not None:
        lines.append(
            entry(
                at=evidence.withdrawn_at,
                who=str(evidence.withdrawn_by),
                label=f"撤回佐证材料“{evidence.name}”",
                remark=evidence.withdrawn_reason,
                kind="evidence",
                icon="paperclip",
                tone="bad",
            )
        )
    return lines


def _reminders(subject: models.Model) -> list[Entry]:
    """The reminders that were sent, of all clocks of the record."""
    clocks = Clock.objects.of_case(subject).values("pk")
    sent = ClockReminder.objects.filter(clock__in=clocks, skipped=False).select_related("clock__rule")
    return [
        entry(
            at=reminder.at,
            who="系统",
            label=f"提醒:{reminder.clock.rule.stage}{Reminder(reminder.kind).label}",
            remark=reminder.note,
            kind="reminder",
            icon="bell",
            tone="bad" if reminder.kind == Reminder.OVERDUE else "warn",
        )
        for reminder in sent
    ]


def _shifts(subject: models.Model) -> list[Entry]:
    """The due moments that a change of the rules or of the calendar moved."""
    clocks = Clock.objects.of_case(subject).values("pk")
    moved = ClockShift.objects.filter(clock__in=clocks).select_related("by", "old_rule", "new_rule")
    return [
        entry(
            at=shift.at,
            who=str(shift.by),
            label=f"截止时间调整:{shift.old_rule.stage}",
            remark=shift.reason,
            changes=_shifted(shift),
            kind="shift",
            icon="calendar-due",
            tone="warn",
        )
        for shift in moved
    ]


def _shifted(shift: ClockShift) -> list[dict[str, str]]:
    changes = [{"field": "截止时间", "old": shown(shift.old_due_at), "new": shown(shift.new_due_at)}]
    if shift.new_rule is not None:
        old, new = (f"{rule.limit}(第 {rule.version} 版)" for rule in (shift.old_rule, shift.new_rule))
        changes.append({"field": "时限", "old": old, "new": new})
    return changes


# --- field history


def _changes(subject: models.Model, untold: Collection[str]) -> list[Entry]:
    history = getattr(subject, "history", None)
    if history is None:
        return []
    fields = [f for f in subject._meta.concrete_fields if f.name not in untold]
    # A foreign key is told by its record's words, fetched with the history itself.
    joined = [f.name for f in fields if isinstance(f, models.ForeignKey) and f.name in _history_fields(history.model)]
    rows = list(history.select_related("history_user", *joined).order_by("history_date", "history_id"))
    lines = []
    for older, newer in pairwise(rows):
        if changes := _differences(older, newer, fields):
            lines.append(
                entry(
                    at=newer.history_date,
                    who=str(newer.history_user) if newer.history_user else "系统",
                    label="修改内容",
                    remark=newer.history_change_reason or "",
                    changes=changes,
                    kind="change",
                    icon="pencil",
                )
            )
    return lines


def _history_fields(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}


def _differences(older: Any, newer: Any, fields: Iterable[Any]) -> list[dict[str, str]]:
    return [
        {"field": str(field.verbose_name), "old": in_words(older, field), "new": in_words(newer, field)}
        for field in fields
        if hasattr(newer, field.attname) and getattr(older, field.attname) != getattr(newer, field.attname)
    ]


def in_words(row: Any, field: Any) -> str:
    """A field's value as people read it."""
    value = getattr(row, field.attname)
    if value is None or value == "":
        return NOTHING
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(field, models.ForeignKey):
        return str(getattr(row, field.name))
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M}"
    return str(value)
