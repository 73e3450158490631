"""The audit administrator's page: one timeline over the field histories of this app and the security events."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import CharField, F, ForeignKey, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.utils import timezone

from ..models import Appointment, AuthorityCell, Matter, Post, SecurityEvent, StandardEdition, Unit, User
from ..rules import Rule

EVENTS = "events"
SOURCES: dict[str, tuple[str, type[Model]]] = {
    "users": ("人员", User),
    "appointments": ("任职与代理", Appointment),
    "cells": ("权责指引表", AuthorityCell),
    "units": ("单位", Unit),
    "posts": ("岗位", Post),
    "editions": ("标准版本", StandardEdition),
}
CHOICES = [(EVENTS, "登录与账号"), *((key, label) for key, (label, _) in SOURCES.items())]
_KINDS = {"+": "新建", "~": "修改", "-": "删除"}
# Fields that say nothing to a reader.
_SILENT = {"id", "path", "depth", "numchild", "shipped", "is_staff", "password", "last_login", "authority_synced_on"}


@dataclass(frozen=True, slots=True)
class AuditFilter:
    first_day: date
    last_day: date
    sources: tuple[str, ...] = ()
    actor: User | None = None
    q: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    who: str
    source: str
    kind: str
    subject: str
    reason: str = ""
    differences: list[Difference] = field(default_factory=list)


class AuditTrail:
    """What a paginator needs: ``count`` and a slice. A page costs the same number of queries at any size."""

    def __init__(self, wanted: AuditFilter) -> None:
        self._parts = [_part(key, wanted) for key in (EVENTS, *SOURCES) if not wanted.sources or key in wanted.sources]

    def count(self) -> int:
        return sum(part.order_by().count() for part in self._parts)

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, cut: slice) -> list[Entry]:
        first, *others = self._parts
        united = first.union(*others, all=True) if others else first
        rows = list(united.order_by("-entry_at", "-entry_id")[cut])
        found: dict[tuple[str, int], Entry] = {}
        for key in {row["entry_source"] for row in rows}:
            ids = [row["entry_id"] for row in rows if row["entry_source"] == key]
            found |= {(key, pk): entry for pk, entry in (_events(ids) if key == EVENTS else _changes(key, ids))}
        return [found[row["entry_source"], row["entry_id"]] for row in rows]


def _part(key: str, wanted: AuditFilter) -> QuerySet[Any, Any]:
    zone = timezone.get_current_timezone()
    since = datetime.combine(wanted.first_day, time.min, tzinfo=zone)
    until = datetime.combine(wanted.last_day + timedelta(days=1), time.min, tzinfo=zone)
    source = Value(key, output_field=CharField())
    if key == EVENTS:
        events = SecurityEvent.objects.filter(at__gte=since, at__lt=until)
        if wanted.actor is not None:
            events = events.filter(Q(actor=wanted.actor) | Q(account=wanted.actor.username))
        if wanted.q:
            events = events.filter(Q(account__icontains=wanted.q) | Q(detail__icontains=wanted.q))
        return events.order_by().values(entry_at=F("at"), entry_id=F("id"), entry_source=source)
    records = SOURCES[key][1].history.filter(history_date__gte=since, history_date__lt=until)  # type: ignore[attr-defined]
    if wanted.actor is not None:
        records = records.filter(history_user=wanted.actor)
    if wanted.q:
        records = records.filter(_matches(key, wanted.q) | Q(history_change_reason__icontains=wanted.q))
    found: QuerySet[Any, Any] = records.order_by().values(
        entry_at=F("history_date"), entry_id=F("history_id"), entry_source=source
    )
    return found


def _matches(key: str, q: str) -> Q:
    paths = {
        "users": ("name", "username", "employee_number"),
        "appointments": ("user__name", "user__username", "unit__name", "post__name"),
        "cells": ("matter__name", "post__name"),
        "units": ("name", "code"),
        "posts": ("name", "code"),
        "editions": ("number", "title"),
    }[key]
    condition = Q()
    for path in paths:
        condition |= Q(**{f"{path}__icontains": q})
    return condition


def _events(ids: list[int]) -> list[tuple[int, Entry]]:
    found = SecurityEvent.objects.filter(pk__in=ids).select_related("actor")
    return [
        (
            event.pk,
            Entry(
                event.at,
                str(event.actor) if event.actor else "—",
                "登录与账号",
                event.get_kind_display(),
                event.account,
                " · ".join(part for part in (event.address and f"来源 {event.address}", event.detail) if part),
            ),
        )
        for event in found
    ]


def _changes(key: str, ids: list[int]) -> list[tuple[int, Entry]]:
    label, model = SOURCES[key]
    history = model.history  # type: ignore[attr-defined]
    identity = model._meta.pk.attname
    earlier = history.filter(**{identity: OuterRef(identity)}, history_id__lt=OuterRef("history_id"))
    records = list(
        history.filter(history_id__in=ids)
        .select_related("history_user")
        .annotate(previous_id=Subquery(earlier.order_by("-history_id").values("history_id")[:1]))
    )
    before = {r.history_id: r for r in history.filter(history_id__in=[r.previous_id for r in records if r.previous_id])}
    names = _names([*records, *before.values()], model)
    return [
        (
            record.history_id,
            Entry(
                record.history_date,
                str(record.history_user) if record.history_user else "系统",
                label,
                _KINDS[record.history_type],
                _subject(key, record, names),
                record.history_change_reason or "",
                _differences(model, before.get(record.previous_id), record, names),
            ),
        )
        for record in records
    ]


Names = dict[tuple[type[Model], Any], str]


def _names(records: Iterable[Any], model: type[Model]) -> Names:
    """The names behind the foreign keys of the records: one query for each related model."""
    wanted: dict[type[Model], set[Any]] = {}
    for own in model._meta.concrete_fields:
        if isinstance(own, ForeignKey):
            values = {getattr(record, own.attname) for record in records} - {None}
            wanted.setdefault(own.related_model, set()).update(values)
    names: Names = {}
    for related, keys in wanted.items():
        queryset = related._default_manager.filter(pk__in=keys)
        if related is Appointment:
            queryset = queryset.select_related("user", "unit", "post", "substitute_for__user")
        names |= {(related, obj.pk): str(obj) for obj in queryset}
    if model is Unit:
        # The unit that stands at the place now: paths are not renamed with history.
        parents = Unit.objects.filter(path__in={_parent(record) for record in records})
        names |= {(Unit, parent.path): parent.name for parent in parents}
    return names


def _subject(key: str, record: Any, names: Names) -> str:
    if key == "appointments":
        parts = ((User, record.user_id), (Unit, record.unit_id), (Post, record.post_id))
    elif key == "cells":
        parts = ((Matter, record.matter_id), (Post, record.post_id))  # type: ignore[assignment]
    elif key == "users":
        return f"{record.name}({record.username})"
    elif key == "editions":
        return str(record.number)
    else:
        return f"{record.name}({record.code})"
    text = " · ".join(names.get(part, "?") for part in parts)
    return f"{text} · {record.get_duty_display()}" if key == "cells" else text


def _differences(model: type[Model], before: Any, after: Any, names: Names) -> list[Difference]:
    tracked = {f.name for f in after.tracked_fields}
    found = []
    for own in model._meta.concrete_fields:
        if own.name not in tracked or own.name in _SILENT:
            continue
        new = _shown(own, after, names)
        old = "" if before is None else _shown(own, before, names)
        if new != old:
            found.append(Difference(str(own.verbose_name), old or "—", new or "—"))
    if model is Unit and before is not None and before.path != after.path:
        old, new = (names.get((Unit, _parent(each)), "—") for each in (before, after))
        found.append(Difference("上级单位", old, new))
    return found


def _parent(record: Any) -> str:
    return str(record.path)[: -Unit.steplen]


def _shown(own: Any, record: Any, names: Names) -> str:
    value = getattr(record, own.attname)
    if value is None or value == "":
        return ""
    if isinstance(own, ForeignKey):
        return names.get((own.related_model, value), f"#{value}")
    if own.name == "phone":
        return f"{value[:3]}****{value[-4:]}" if len(value) >= 8 else "****"
    if own.name == "actions":
        return "、".join(Rule.registry[a].label if a in Rule.registry else a for a in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if own.choices:
        return str(dict(own.flatchoices).get(value, value))
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    return str(value)
