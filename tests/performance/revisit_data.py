"""Five years of revisits: plans of every unit and department, their visits written by the database itself.

The year that runs is approved: what is past was made, but for a few; what is to come is due, each visit with its clock.
Transitions and clocks are those of that year: the years before came in with an import. Set-based SQL that PostgreSQL
and SQLite both understand; the ids of the visits are taken before, so that a record knows its visit.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from ledgers.models import Ledger, LedgerVersion, Project
from ledgers.statutory import add_years
from organization.edition import edition_on
from organization.models import Unit, User
from revisits import clocks as C
from revisits.flow import VISIT_FLOW
from revisits.models import FrequencyPolicy, Level, PlanVersion, RevisitPlan, Visit, VisitRecord
from workflow.due import SHANGHAI
from workflow.models import Clock, ClockRule, Transition

from .copies import table, trust_the_keys
from .data import Loader
from .people import Group
from .rows import Keys, tidy, write, write_history

S = Ledger.Status
YEARS = 5
UNIT_VISITS, VISITS = 5, 15  # of a project in a year: those of its unit, all of them
LARGE = "U7"  # whose plan is measured
LARGE_PROJECTS = 700
GOVERNED = {"effective__isnull": False, "status__in": (S.EFFECTIVE, S.CHANGING, S.CHANGE_REVIEW, S.CHANGE_CONFIRM)}


def load(group: Group, *, now: datetime, projects: int) -> None:
    """``projects`` with a ledger in force and a warranty that runs, ``LARGE_PROJECTS`` of them in ``LARGE``."""
    _ledgers(group, now, projects)
    today = timezone.localdate(now)
    with transaction.atomic():
        years = range(today.year - YEARS + 1, today.year + 1)
        for year in years:
            _plans(group, year, today)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                trust_the_keys(cursor)
            for year in years:
                _visits(cursor, year, today)
            _records(cursor)
            _lives(cursor, today)
            for statement in connection.ops.sequence_reset_sql(no_style(), [Visit, VisitRecord, Transition, Clock]):
                cursor.execute(statement)
    tidy()


# --- projects


def _ledgers(group: Group, now: datetime, projects: int) -> None:
    loader = Loader(group, now=now)
    large = [unit for unit in group.departments if unit.code.startswith(f"{LARGE}D")]
    there = Ledger.objects.filter(project__department__in=large, **GOVERNED).count()
    wanted = min(LARGE_PROJECTS, projects)
    loader.load_governed(max(wanted - there, 0), departments=large)
    missing = projects - Ledger.objects.filter(**GOVERNED).count()
    others = [unit for unit in group.departments if unit not in large]
    loader.load_governed(max(missing, 0), departments=others)
    # Every window of the coming year is asked of LARGE's projects: its plan is the largest that can be.
    ends = add_years(timezone.localdate(now), 3)
    versions = LedgerVersion.objects.filter(ledger__project__department__in=large, approved_at__isnull=False)
    versions.update(warranty_end=ends)
    Ledger.objects.filter(project__department__in=large).update(warranty_end=ends)


# --- plans


def _plans(group: Group, year: int, today: date) -> None:
    keys = Keys(RevisitPlan, PlanVersion)
    policy, edition = FrequencyPolicy.in_force(), edition_on(today).pk
    opened = datetime(year, 1, 2, 9, tzinfo=SHANGHAI)
    plans, versions = [], []
    for unit in group.units.values():
        if unit.tier == "group":
            continue
        level = Level.UNIT if unit.tier == "unit" else Level.DEPARTMENT
        plan = RevisitPlan(
            pk=keys.take(RevisitPlan), unit=unit, level=level, year=year, opened_at=opened, revision=1,
            status=RevisitPlan.Status.APPROVED if year == today.year else RevisitPlan.Status.CLOSED,
        )  # fmt: skip
        version = PlanVersion(
            pk=keys.take(PlanVersion), plan=plan, number=1, policy=policy, edition_id=edition, created_at=opened,
            submitted_at=opened, approved_at=opened + timedelta(days=1), report={"looked_at": policy.number},
            created_by_id=group.holders["UW" if level == Level.UNIT else "PW", unit.pk],
        )  # fmt: skip
        plan.effective_id = plan.working_id = version.pk
        plans.append(plan)
        versions.append(version)
    write(plans)
    write(versions)
    write_history(plans, at=opened)
    keys.settle()


# --- visits


def _day(first: date, days: str) -> str:
    if connection.vendor == "postgresql":
        return f"(date '{first}' + ({days})::int)"
    return f"date('{first}', '+' || ({days}) || ' days')"


def _at(day: str, clock: str) -> str:
    """Midnight in Shanghai is 16:00 of the day before; what the tables keep is UTC."""
    if connection.vendor == "postgresql":
        return f"({day} + time '{clock}') AT TIME ZONE 'UTC'"
    return f"{day} || ' {clock}'"


def _visits(cursor: Any, year: int, today: date) -> None:
    """``VISITS`` of each project, spread over the year: the unit's calls and visits, the department's on site."""
    last = Visit.objects.aggregate(last=Max("pk"))["last"] or 0
    first, days = date(year, 1, 1), f"(n.k - 1) * {360 // VISITS} + (pr.id * 7919 + n.k * 13) %% {360 // VISITS}"
    day = _day(first, days)
    # Of the past, a visit in five hundred was not made, one in sixty found a problem.
    made = f"{day} < '{today - timedelta(days=2)}' AND ({year} < {today.year} OR (pr.id * 31 + n.k) %% 500 <> 7)"
    status = f"CASE WHEN {made} THEN CASE WHEN (pr.id + n.k) %% 60 = 3 THEN 'problem' ELSE 'ok' END ELSE 'due' END"
    ledgers = Ledger.objects.filter(**GOVERNED).order_by("project_id").values("project_id", "project__department_id")
    sql, parameters = ledgers.query.sql_with_params()
    cursor.execute(
        f"""INSERT INTO {table(Visit)} (id, plan_id, project_id, unit_id, level, status, planned_on, scheduled_on,
            method, visitor_id, added_in, dropped_in, replaces_id, visited_on, record_id, revision)
        WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {VISITS}),
        governed AS ({sql}),
        pr AS (SELECT g.project_id AS id, d.id AS department, u.id AS unit FROM governed g
            JOIN {table(Project)} p ON p.id = g.project_id JOIN {table(Unit)} d ON d.id = p.department_id
            JOIN {table(Unit)} u ON u.tier = 'unit' AND u.path = substr(d.path, 1, length(u.path))),
        made AS (SELECT {last} + row_number() OVER (ORDER BY pl.id, pr.id, n.k) AS id, pl.id AS plan, pr.id AS project,
            pl.unit_id AS unit, pl.level AS level, {status} AS status, {day} AS day,
            CASE WHEN n.k <= 3 THEN 'phone' ELSE 'onsite' END AS method, v.created_by_id AS visitor
            FROM pr CROSS JOIN n
            JOIN {table(RevisitPlan)} pl ON pl.year = {year}
                AND pl.unit_id = CASE WHEN n.k <= {UNIT_VISITS} THEN pr.unit ELSE pr.department END
            JOIN {table(PlanVersion)} v ON v.id = pl.effective_id)
        SELECT id, plan, project, unit, level, status, day, day, method, visitor, 1, NULL, NULL,
            CASE WHEN status = 'due' THEN NULL ELSE day END, CASE WHEN status = 'due' THEN NULL ELSE id END, 0
        FROM made""",
        parameters,
    )


def _records(cursor: Any) -> None:
    cursor.execute(
        f"""INSERT INTO {table(VisitRecord)} (id, visit_id, number, visited_on, method, visitor, respondent, quality,
            arrival, timeliness, effectiveness, situation, reason, created_by_id, created_at)
        SELECT v.id, v.id, 1, v.visited_on, v.method, u.name, '物业李经理',
            CASE v.status WHEN 'problem' THEN 'found' ELSE 'good' END, 'none', 'none', 'none',
            '查看屋面、地下室和外立面,业主对施工质量和保修服务表示满意。', '', v.visitor_id,
            {_at("v.visited_on", "07:30:00")}
        FROM {table(Visit)} v JOIN {table(User)} u ON u.id = v.visitor_id WHERE v.record_id IS NOT NULL"""
    )


def _lives(cursor: Any, today: date) -> None:
    """Of the year that runs: how each visit was recorded, its stopped or running clock."""
    about = ContentType.objects.get_for_model(Visit).pk
    for level, post in ((Level.UNIT, "UW"), (Level.DEPARTMENT, "PW")):
        here = f"JOIN {table(RevisitPlan)} pl ON pl.id = v.plan_id AND pl.year = {today.year} WHERE v.level = '{level}'"
        _transitions(cursor, level, post, about, here)
        _clocks(cursor, level, about, here, today)


def _transitions(cursor: Any, level: str, post: str, about: int, here: str) -> None:
    last = Transition.objects.aggregate(last=Max("pk"))["last"] or 0
    for status, name in (("ok", f"done_{level}"), ("problem", f"problem_{level}")):
        step = VISIT_FLOW.steps[name]
        cursor.execute(
            f"""INSERT INTO {table(Transition)} (id, content_type_id, object_id, step, label, source, target,
                source_label, target_label, actor_id, post_id, unit_id, on_behalf_of_id, at, remark, changes, version,
                round, clause)
            SELECT {last} + row_number() OVER (ORDER BY v.id), {about}, v.id, '{name}', '{step.label}', 'due',
                '{status}', '{VISIT_FLOW.labels["due"]}', '{VISIT_FLOW.labels[status]}', v.visitor_id, '{post}',
                v.unit_id, NULL, {_at("v.visited_on", "07:30:00")}, '', '[]', 1, 1, '{step.clause}'
            FROM {table(Visit)} v {here} AND v.status = '{status}'"""
        )
        last = Transition.objects.aggregate(last=Max("pk"))["last"] or 0


def _clocks(cursor: Any, level: str, about: int, here: str, today: date) -> None:
    last = Clock.objects.aggregate(last=Max("pk"))["last"] or 0
    rule = ClockRule.objects.get(code=C.VISIT[level], current=True)
    opened = _at("v.scheduled_on", "00:00:00")
    due = _at(f"(v.scheduled_on + {rule.days})", "16:00:00")
    if connection.vendor != "postgresql":
        due = f"datetime(v.scheduled_on || ' 16:00:00', '+{rule.days} days')"
    done, late = "v.visited_on IS NOT NULL", f"v.visited_on IS NULL AND v.scheduled_on < '{today - timedelta(days=5)}'"
    cursor.execute(
        f"""INSERT INTO {table(Clock)} (id, content_type_id, object_id, case_type_id, case_id, code, rule_id, title,
            owner_id, post_id, unit_id, assignee_id, version, round, received_at, due_at, dated, opened_at, stopped_at,
            stopped_by_id, outcome, overdue_noted_at, next_kind, next_at)
        SELECT {last} + row_number() OVER (ORDER BY v.id), {about}, v.id, {about}, v.id, '{rule.code}', {rule.pk},
            p.name || ' ' || v.scheduled_on || CASE v.method WHEN 'phone' THEN ' 电话回访' ELSE ' 现场回访' END,
            v.unit_id, '{rule.post_id}', v.unit_id, NULL, 1, 1, {opened}, {due}, false, {opened},
            CASE WHEN {done} THEN {_at("v.visited_on", "07:30:00")} END, CASE WHEN {done} THEN v.visitor_id END,
            CASE WHEN {done} THEN 'done' ELSE '' END, CASE WHEN {late} THEN {due} END,
            CASE WHEN {done} OR {late} THEN '' ELSE 'overdue' END, CASE WHEN NOT ({done} OR {late}) THEN {due} END
        FROM {table(Visit)} v JOIN {table(Project)} p ON p.id = v.project_id {here}"""
    )


def counts() -> dict[str, int]:
    return {
        "projects": Ledger.objects.filter(**GOVERNED).count(),
        "large": Ledger.objects.filter(project__department__code__startswith=f"{LARGE}D", **GOVERNED).count(),
        "plans": RevisitPlan.objects.count(),
        "visits": Visit.objects.count(),
        "records": VisitRecord.objects.count(),
        "due": Visit.objects.open().count(),
    }
