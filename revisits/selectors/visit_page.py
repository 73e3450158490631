"""One visit as its page shows it: the record, the windows it serves, what was found, what happened."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse

from ledgers.models import WarrantyCase
from ledgers.selectors.detail import Stage
from ledgers.selectors.masking import mask_changes, mask_phones
from organization.models import User
from organization.prepared import Prepared
from revisits.flow import VISIT_FLOW
from revisits.frequency import Line, Requirement
from revisits.models import FailedAttempt, Participation, Visit, VisitRecord
from revisits.permissions import VIEW
from revisits.services.visits import ITEMS, record_changes
from workflow.selectors.timeline import Entry, entry, timeline

from .checking import requirements_of

V = Visit.Status


def _visit(visit: int) -> QuerySet[Visit]:
    return Visit.objects.filter(pk=visit).select_related(
        "plan__unit", "plan__effective__policy", "plan__working__policy", "unit", "project__department", "visitor",
        "record__created_by",
    )  # fmt: skip


_VISIT = Prepared(_visit)
_RECORDS = Prepared(lambda visit: VisitRecord.objects.filter(visit=visit).select_related("created_by").order_by("-pk"))
_ATTEMPTS = Prepared(
    lambda visit: FailedAttempt.objects.filter(visit=visit).select_related("created_by").order_by("-pk")
)
_PARTS = Prepared(lambda visit: Participation.objects.filter(visit=visit).select_related("created_by").order_by("-pk"))
_CASES = Prepared(
    lambda kind, visit: WarrantyCase.objects.filter(content_type=kind, object_id=visit).order_by("-reported_at", "-pk")
)


def visit_for(user: User, pk: int) -> Visit:
    """The visit with its plan, project and record; 404 out of the person's reach (G2)."""
    found: list[Visit] = _VISIT.rows(visit=pk)
    if not found or not VIEW.covers(user, found[0].unit):
        raise Http404("没有找到该回访,或不在您的可见范围内。")
    return found[0]


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the record, and how it differs from the one before it."""

    record: VisitRecord
    changes: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Content:
    """What the visit came to. ``open_cases``: it has not ended before they have (R-A2-10)."""

    versions: list[Version]
    attempts: list[FailedAttempt]
    participations: list[Participation]
    cases: list[WarrantyCase]

    @property
    def open_cases(self) -> list[WarrantyCase]:
        return [case for case in self.cases if not case.ended]


def content_of(visit: Visit) -> Content:
    """Four queries, less what a visit cannot have yet."""
    records: list[VisitRecord] = _RECORDS.rows(visit=visit.pk) if visit.record_id else []
    kind = ContentType.objects.get_for_model(Visit).pk
    return Content(
        versions=_versions(records),
        attempts=_ATTEMPTS.rows(visit=visit.pk),
        participations=_PARTS.rows(visit=visit.pk) if visit.project.key or visit.project.strategic else [],
        cases=_CASES.rows(kind=kind, visit=visit.pk) if visit.record_id else [],
    )


def _versions(records: Sequence[VisitRecord]) -> list[Version]:
    earlier = [*records[1:], None][: len(records)]
    return [
        Version(record, mask_changes(record_changes(before, record)) if before is not None else [])
        for record, before in zip(records, earlier, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows that the planned line serves; ``first`` and ``last`` are the days to which it may be moved, both
    included, None where no day is left."""

    served: list[Requirement]
    first: date | None
    last: date | None


def windows_of(visit: Visit, today: date) -> Windows:
    """Rules 8 and 10 of the frequency rules, by the settings of the plan's version. One query."""
    line = Line(visit.scheduled_on if visit.status == V.DUE else visit.planned_on, visit.method)
    served = [each for each in requirements_of(visit.plan, visit.project_id) if each.is_met_on(line)]
    year = visit.plan.year
    first = max([today, date(year, 1, 1), *(each.start for each in served)])
    last = min([date(year, 12, 31), *(each.end for each in served)])
    return Windows(served, *((first, last) if first <= last else (None, None)))


def standing(visit: Visit, open_cases: int) -> tuple[str, str]:
    """The status in words and its tone: a problem is over when its cases are (R-A2-10)."""
    if visit.status == V.PROBLEM:
        return ("待保修闭合", "warn") if open_cases else ("已回访·有问题·已闭合", "ok")
    return str(visit.get_status_display()), visit.status_tone


def stages(visit: Visit, content: Content) -> list[Stage]:
    """The bar of a visit's life."""
    approved = Stage("计划已批准", "done", f"计划 {visit.planned_on}")
    if visit.status == V.PLANNED:
        return [Stage("计划编制", "current"), Stage("实施回访", "todo"), Stage("办结", "todo")]
    if visit.status == V.CANCELLED:
        return [approved, Stage("已取消", "ended")]
    failed = [Stage("未联系上", "done", f"改现场 {content.attempts[0].moved_to}")] if content.attempts else []
    name = "现场回访" if failed else "实施回访"
    if visit.is_open:
        return [approved, *failed, Stage(name, "current", f"应于 {visit.scheduled_on}"), Stage("办结", "todo")]
    bar = [approved, *failed, Stage(name, "done", f"{visit.visited_on}")]
    waiting = len(content.open_cases)
    if visit.status == V.PROBLEM:
        note = f"{waiting} 项未闭合" if waiting else ""
        bar.append(Stage("保修闭合", "current" if waiting else "done", note))
    return [*bar, Stage("办结", "todo" if waiting else "done")]


@dataclass(frozen=True, slots=True)
class Action:
    label: str
    url: str
    icon: str


@dataclass(slots=True)
class Actions:
    """``main``: what the visit waits for; ``more``: what else this person may do with it."""

    main: list[Action] = field(default_factory=list)
    more: list[Action] = field(default_factory=list)


_MAIN = (
    ("done", "visit_record", "记录回访", "clipboard-check"),
    ("unreachable", "visit_unreachable", "未联系上", "circle-x"),
    ("move", "visit_move", "改期", "calendar-due"),
)
_MORE = (("correct", "visit_correct", "更正记录", "pencil"),)


def actions_for(visit: Visit, user: User) -> Actions:
    names = {step.name for step in VISIT_FLOW.available(visit, user)}

    def offered(rows: Sequence[tuple[str, str, str, str]]) -> list[Action]:
        return [
            Action(label, reverse(f"revisits:{page}", args=[visit.pk]), icon)
            for step, page, label, icon in rows
            if f"{step}_{visit.level}" in names
        ]

    found = Actions(offered(_MAIN), offered(_MORE))
    if "take_part" in names:
        found.more.append(Action("记录集团参与", reverse("revisits:visit_participate", args=[visit.pk]), "users"))
    if not found.main:
        found.main, found.more = found.more[:1], found.more[1:]
    return found


def story_of(visit: Visit) -> list[Entry]:
    """The one timeline of a visit, from the approval of its line on; phones masked."""
    lines = timeline(visit, extra=_approval(visit))
    for line in lines:
        line["remark"] = mask_phones(line["remark"])
        line["changes"] = mask_changes(line["changes"])
    return lines


def _approval(visit: Visit) -> list[Entry]:
    """A visit becomes due with the approval of a version, which is the plan's step and none of its own."""
    version = visit.plan.versions.filter(number=visit.added_in).select_related("approved_by").first()
    if version is None or version.approved_at is None:
        return []
    return [
        entry(
            at=version.approved_at,
            who=str(version.approved_by or "系统"),
            label=f"回访计划第 {version.number} 版批准",
            remark=f"计划 {visit.planned_on} {visit.get_method_display()}回访",
            kind="plan",
            icon="calendar",
            target_label=str(V.DUE.label),
        )
    ]


EARLIER = 10


@dataclass(frozen=True, slots=True)
class OfProject:
    """A project's visits: those to be made (the soonest), those made (the latest)."""

    ahead: list[Visit]
    made: list[Visit]


def visits_of_project(user: User, project: int) -> OfProject:
    """As far as they are in the user's reach. Two queries."""
    found = VIEW.narrow(user, Visit.objects.filter(project=project).select_related("unit", "record", "visitor"))
    ahead = found.open().order_by("scheduled_on", "pk")[:EARLIER]  # type: ignore[attr-defined]
    made = found.done().order_by("-visited_on", "-pk")[:EARLIER]  # type: ignore[attr-defined]
    return OfProject(list(ahead), list(made))


def facts_of(record: VisitRecord) -> list[tuple[str, str, str]]:
    """The four items of clause 2.2.1 in the record's words, each with its tone."""
    return [
        (
            str(VisitRecord._meta.get_field(name).verbose_name),  # type: ignore[union-attr]
            str(getattr(record, f"get_{name}_display")()),
            _TONES.get(getattr(record, name), "ok"),
        )
        for name in ITEMS
    ]


_TONES = {"found": "bad", "late": "bad", "ineffective": "bad", "partly": "warn", "none": "neutral"}
