"""What Appendix D and a unit's year print: plans in reach, their lines streamed, who may see whole phones."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.http import Http404
from django.utils import timezone

from ledgers.models import LedgerContact, WarrantyCase
from ledgers.permissions import VIEW_IN as VIEW_LEDGERS_IN
from organization.components.values import masked as hidden
from organization.models import Unit, User
from revisits.frequency import ONSITE, PHONE, Requirements
from revisits.models import FailedAttempt, Method, PlanVersion, RevisitPlan, Visit, VisitRecord
from revisits.permissions import VIEW
from revisits.selectors.scope import asked_of, projects_of
from revisits.services.common import visitors_of
from workflow.errors import Conflict

from ..documents.appendix_d import SUFFIX, Attempt, Form, Found, Line, situation_of

OWNER = "owner"  # 三、业主方或接收方主要联系人 of Appendix C
CHUNK = 2000
NO_CONTENT = "这份回访计划还没有版本,无法导出附录 D。请先编制计划。"
METHOD = {str(value): str(label) for value, label in Method.choices}
_QUALITY, _PROMPT, _EFFECT = (
    {str(value): str(label) for value, label in each.choices}
    for each in (VisitRecord.Quality, VisitRecord.Promptness, VisitRecord.Effect)
)
_NO_REPAIR = str(VisitRecord.Promptness.NONE)
# Of the line, then of its record.
_FIELDS = (
    "pk", "plan_id", "project_id", "shown_name", "planned_on", "scheduled_on", "method", "status", "visited_on",
    "visitor__name", "record__visitor", "record__method", "record__respondent", "record__quality", "record__arrival",
    "record__timeliness", "record__effectiveness", "record__situation",
)  # fmt: skip


def printable_plan(user: User, pk: int) -> RevisitPlan:
    """The plan in the user's reach, or 404."""
    people = [f"{one}__{who}" for one in ("effective", "working") for who in ("submitted_by", "approved_by", "edition")]
    return VIEW.get(user, RevisitPlan.objects.select_related("unit", *people), pk=pk)


def printed_version(plan: RevisitPlan, number: str | None) -> PlanVersion:
    """The version asked for by its number (404 when there is none), else the one that governs, else the draft."""
    if number:
        versions = plan.versions.select_related("submitted_by", "approved_by", "edition")
        plain = number.isascii() and number.isdigit() and len(number) < 6
        found = versions.filter(number=int(number)).first() if plain else None
        if found is None:
            raise Http404("没有这个版本的回访计划。")
        return found
    shown = plan.effective or plan.working
    if shown is None:
        raise Conflict(NO_CONTENT)
    return shown


def validity(version: PlanVersion) -> str:
    """What a print must say when it is not the version that governs; "" when it is."""
    if version.withdrawn_at:
        return "变更已放弃 · 未生效"
    if version.superseded_at:
        return f"第 {version.number} 版 · 已被替代"
    return "" if version.approved_at else "草稿 · 未生效"


def may_see_phones(user: User, unit: Unit) -> bool:
    """Whole phones are for whoever may open the ledgers they stand in."""
    return VIEW_LEDGERS_IN.covers(user, unit)


def appendix_d_form(plan: RevisitPlan, version: PlanVersion, *, masked: bool) -> Form:
    """R-2.1: the form with the code of the edition the version was written under. The lines are read when asked for,
    with a fixed number of queries."""
    visits = plan.visits.of_version(version.number)
    return form_of(plan, version, count=visits.count(), lines=lambda: (line for _, line in lines_of(visits, masked)))


def form_of(plan: RevisitPlan, version: PlanVersion, *, count: int, lines: Any) -> Form:
    return Form(
        code=version.edition.form_code(SUFFIX),
        unit=plan.unit.name,
        year=plan.year,
        version=version.number,
        lines=lines,
        count=count,
        drawn_up_on=timezone.localdate(version.created_at),
        filled_by=str(version.submitted_by or ""),
        approved_by=str(version.approved_by or ""),
        filled_on=timezone.localdate(version.submitted_at) if version.submitted_at else None,
        note=validity(version),
    )


def lines_of(visits: QuerySet[Visit], masked: bool) -> Iterator[tuple[int, Line]]:
    """Plan and line of each visit: a plan's together, in the order of the tree, of projects and of dates."""
    contacts, attempts, cases = _contacts(visits, masked), _attempts(visits), _cases(visits)
    rows = (
        visits.annotate(shown_name=Coalesce("project__ledger__effective__name", "project__name"))
        .order_by("plan__unit__path", "project__code", "planned_on", "pk")
        .values_list(*_FIELDS)
    )
    for row in rows.iterator(chunk_size=CHUNK):
        pk, plan, project = row[:3]
        yield plan, _line(row[3:], contacts.get(project, ""), attempts.get(pk, []), cases.get(pk, []))


def _line(row: tuple[Any, ...], contact: str, attempts: list[Attempt], cases: list[str]) -> Line:
    name, planned_on, scheduled_on, method, status, visited_on, visitor, *record = row
    found = _found(record) if visited_on else None
    moved = status == Visit.Status.DUE and scheduled_on != planned_on
    return Line(
        project=name,
        contact=contact,
        planned_on=planned_on,
        method=METHOD[method],
        visited_on=visited_on,
        visitor=record[0] or visitor or "",
        situation=situation_of(
            method=METHOD[method],
            attempts=attempts,
            found=found,
            cases=cases,
            moved_to=scheduled_on if moved else None,
            cancelled=status == Visit.Status.CANCELLED,
        ),
    )


def _found(record: list[Any]) -> Found:
    _, method, respondent, quality, arrival, timeliness, effect, situation = record
    items = [_QUALITY[quality]]
    if {arrival, timeliness, effect} == {_NO_REPAIR}:
        items.append(_PROMPT[_NO_REPAIR])
    else:
        items += [
            f"到场及时性:{_PROMPT[arrival]}",
            f"处理及时性:{_PROMPT[timeliness]}",
            f"处理有效性:{_EFFECT[effect]}",
        ]
    return Found(METHOD[method], respondent, tuple(items), situation)


def _contacts(visits: QuerySet[Visit], masked: bool) -> dict[int, str]:
    """The owner's people of the ledger in force, by project, one a line."""
    people = LedgerContact.objects.filter(
        group=OWNER,
        absent=False,
        version=F("version__ledger__effective"),
        version__ledger__project__in=visits.order_by().values("project"),
    )
    found: dict[int, list[str]] = defaultdict(list)
    rows = people.order_by("order", "pk").values_list("version__ledger__project", "name", "phone")
    for project, name, phone in rows:
        said = " ".join(filter(None, (name, hidden(phone) if masked else phone)))
        found[project] += [said] if said else []
    return {project: "\n".join(each) for project, each in found.items()}


def _attempts(visits: QuerySet[Visit]) -> dict[int, list[Attempt]]:
    found: dict[int, list[Attempt]] = defaultdict(list)
    rows = FailedAttempt.objects.filter(visit__in=visits.order_by().values("pk")).order_by("pk")
    for visit, tried_on, method, reason, moved_to in rows.values_list(
        "visit", "tried_on", "method", "reason", "moved_to"
    ):
        found[visit].append(Attempt(tried_on, METHOD[method], reason, moved_to))
    return found


def _cases(visits: QuerySet[Visit]) -> dict[int, list[str]]:
    """The numbers of the warranty cases that visits opened (R-5.3.3)."""
    found: dict[int, list[str]] = defaultdict(list)
    about = ContentType.objects.get_for_model(Visit)
    problems = visits.filter(status=Visit.Status.PROBLEM).order_by().values("pk")
    rows = WarrantyCase.objects.filter(content_type=about, object_id__in=problems).order_by("pk")
    for visit, number in rows.values_list("object_id", "number"):
        if visit is not None:
            found[visit].append(number)
    return found


def template_of(plan: RevisitPlan, today: date) -> tuple[Form, list[tuple[str, int]], list[tuple[str, str]]]:
    """What the empty form of a plan shows: the projects that ask for visits with the rows they need at least, and the
    people the plan may name."""
    version = plan.working or plan.effective
    if version is None:
        raise Conflict(NO_CONTENT)
    policy = version.policy.rules
    asking = [
        (project, rows_for(asked))
        for project in projects_of(plan.unit, plan.year, policy)
        if (asked := asked_of(project, plan.year, plan.level, policy))
    ]
    named = Counter(project.name for project, _ in asking)
    projects = [(f"{each.name}({each.code})" if named[each.name] > 1 else each.name, rows) for each, rows in asking]
    people = [(user.name, user.username) for user in visitors_of(plan.unit, today)]
    blank = replace(
        form_of(plan, version, count=0, lines=lambda: iter(())),
        drawn_up_on=None, filled_by="", approved_by="", filled_on=None, note="",
    )  # fmt: skip
    return blank, projects, people


def rows_for(asked: Requirements) -> int:
    """As many rows as visits are needed at least: the calls, and the more of the half-years' visits and the first
    years'; rain, heating and cooling are served by these."""
    calls = sum(each.count for each in asked if each.methods == {PHONE})
    onsite: Counter[str] = Counter()
    for each in asked:
        if each.methods == {ONSITE}:
            onsite[each.code[:1]] += each.count
    return max(calls + max(onsite.values(), default=0), 1)
