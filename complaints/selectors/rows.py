"""The register as rows of cells, for the export: streamed, without model instances, a few queries a chunk."""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import BooleanField, DateTimeField, ExpressionWrapper, F, Func, Q, QuerySet, Value

from complaints.models import Complaint, Contact, Demand, Evaluation, Filing, FollowUp, Milestone, Plan, Reply, Ruling
from complaints.models.evaluation import GRADES
from organization.components.values import limit_moment
from organization.models import Unit
from workflow.due import SHANGHAI
from workflow.models import Clock

S = Complaint.Status
# Bounded by how many values a statement may have: SQLite's smallest limit is 999.
CHUNK = 900
Texts = dict[int, str]
GRADE = dict(GRADES)
_FIELDS = (
    "pk", "number", "project_name", "project_code", "department__path", "department__name", "project__key",
    "project__strategic", "legacy", "received_at", "registered_at", "kind", "party", "channel", "level", "cause",
    "event", "complainant", "phone", "second", "second_of__number", "verdict", "filing__number", "filing__status",
    "plan__status", "plan__effective_id", "plan__effective__number", "plan__effective__approved_at",
    "plan__working_id", "plan__working__number", "status", "round", "merge_into__number", "closed_at", "grade",
)  # fmt: skip
_MOMENTS = frozenset({"received_at", "registered_at", "plan__effective__approved_at", "closed_at"})


def _words(choices: Any) -> dict[str, str]:
    return {str(value): str(label) for value, label in choices}


KIND, PARTY, CHANNEL = (_words(each.choices) for each in (Complaint.Kind, Complaint.Party, Complaint.Channel))
LEVEL, CAUSE, STATUS = (_words(each.choices) for each in (Complaint.Level, Complaint.Cause, S))
SECOND, FILED, PLANNED = (_words(each.choices) for each in (Complaint.Second, Filing.Status, Plan.Status))
SENT, TRACKED = _words(Reply.Method.choices), _words(FollowUp.Kind.choices)
VERDICT = {"": "", "not_ours": "非我方责任", "severe": "我方责任·问题严重", "minor": "我方责任·问题不严重"}
MARKS = ("重点工程", "战略合作伙伴", "历史导入")


def complaint_rows(queryset: QuerySet[Complaint]) -> Iterator[tuple[Any, ...]]:
    """One tuple a complaint, in the order of ``queryset`` and of ``SHEET_COLUMNS``, each value as its cell shows it:
    ``seq`` and ``round`` numbers, moments naive in Beijing time or None, everything else text. Phones are whole.

    A fixed number of queries a chunk; the whole register is never in memory.
    """
    units = dict(Unit.objects.filter(tier="unit").values_list("path", "name"))
    fields = (_beijing(name) if name in _MOMENTS else name for name in _FIELDS)
    rows = queryset.values_list(*fields).iterator(chunk_size=CHUNK)
    number = 0
    while chunk := list(islice(rows, CHUNK)):
        told = _Told(chunk)
        for row in chunk:
            number += 1
            yield _row(number, row, units, told)


class _Told:
    """What stands beside the complaints of a chunk, by complaint."""

    def __init__(self, chunk: list[tuple[Any, ...]]) -> None:
        at = {name: place for place, name in enumerate(_FIELDS)}
        ids = [row[0] for row in chunk]
        versions = {v: row[0] for row in chunk if (v := row[at["plan__effective_id"]] or row[at["plan__working_id"]])}
        self.demands = _demands(ids)
        self.confirmed = _confirmations(ids)
        self.grounds = _grounds(ids)
        self.replies = _replies(ids)
        self.milestones = _milestones(versions)
        self.follow_ups = _follow_ups(ids)
        self.evaluations = _evaluations(ids)
        self.due, self.overdue = _clocks(ids)


class _IsAny(Func):
    """``column = ANY(array)``, the array written as PostgreSQL writes it."""

    template = "%(expressions)s::bigint[])"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def _of(path: str, ids: list[int]) -> Q | _IsAny:
    """``path`` is one of the ids. On PostgreSQL they are one value: thousands cost the driver more than the query."""
    if connection.vendor != "postgresql":
        return Q(**{f"{path}__in": ids})
    return _IsAny(F(path), Value(f"{{{','.join(map(str, ids))}}}"))


class _InBeijing(Func):
    template = f"(%(expressions)s AT TIME ZONE '{SHANGHAI.key}')"
    output_field = DateTimeField()


def _beijing(path: str) -> str | _InBeijing:
    """A moment to select. PostgreSQL hands it over in Beijing time: its driver reads a moment with a zone in Python,
    one without in C, and there are half a million of them."""
    return _InBeijing(F(path)) if connection.vendor == "postgresql" else path


def _local(moment: datetime | None) -> datetime | None:
    """Naive, in Beijing time; one that comes from ``_beijing`` may be so already."""
    return moment.astimezone(SHANGHAI).replace(tzinfo=None) if moment and moment.tzinfo else moment


def _day(moment: datetime) -> str:
    return str(_local(moment))[:10]


def _demands(ids: list[int]) -> Texts:
    found: dict[int, list[str]] = {}
    rows = Demand.objects.filter(_of("complaint_id", ids)).order_by("complaint_id", "number")
    for complaint, number, text, given_up in rows.values_list("complaint_id", "number", "text", "withdrawn_reason"):
        found.setdefault(complaint, []).append(f"{number}. {text}{'(不再主张)' if given_up else ''}")
    return {complaint: "\n".join(texts) for complaint, texts in found.items()}


def _confirmations(ids: list[int]) -> Texts:
    """二次确认: when the complainant was reached, else how often nobody was."""
    found: Texts = {}
    failed: dict[int, int] = {}
    rows = Contact.objects.filter(_of("complaint_id", ids), kind=Contact.Kind.CONFIRM).order_by("at", "pk")
    for complaint, at, reached in rows.values_list("complaint_id", _beijing("at"), "reached"):
        if reached:
            found[complaint] = f"{_day(at)} 已确认"
        else:
            failed[complaint] = failed.get(complaint, 0) + 1
    return {complaint: f"未联系上 {times} 次" for complaint, times in failed.items()} | found


def _last(rows: QuerySet[Any, tuple[Any, ...]], told: Callable[..., str]) -> Texts:
    """Of rows in the order of time, the complaint's id first: what is told of the last one of each."""
    return {complaint: told(*values) for complaint, *values in rows}


def _grounds(ids: list[int]) -> Texts:
    rows = Ruling.objects.filter(_of("complaint_id", ids), state=Ruling.State.CONFIRMED).order_by("pk")
    return _last(rows.values_list("complaint_id", "grounds"), str)


def _replies(ids: list[int]) -> Texts:
    rows = Reply.objects.filter(_of("complaint_id", ids), sent_at__isnull=False).order_by("pk")
    return _last(
        rows.values_list("complaint_id", "number", "method", "tracking", _beijing("sent_at")),
        lambda number, method, tracking, sent: f"{number} {_day(sent)} {SENT.get(method, '')} {tracking}".strip(),
    )


def _milestones(versions: dict[int, int]) -> Texts:
    """From the first day to the last of the version in force, or of the first draft."""
    first: dict[int, Any] = {}
    last: dict[int, Any] = {}
    rows = Milestone.objects.filter(_of("plan_version_id", list(versions))).order_by()
    for version, start, end in rows.values_list("plan_version_id", "starts_on", "ends_on"):
        if start and (version not in first or start < first[version]):
            first[version] = start
        if end and (version not in last or end > last[version]):
            last[version] = end
    return {complaint: f"{first[v]} 至 {last[v]}" for v, complaint in versions.items() if v in first and v in last}


def _follow_ups(ids: list[int]) -> Texts:
    rows = FollowUp.objects.filter(_of("filing__complaint_id", ids)).order_by("made_at", "pk")
    return _last(
        rows.values_list("filing__complaint_id", _beijing("made_at"), "kind", "percent", "progress"),
        lambda at, kind, percent, progress: f"{_day(at)} {TRACKED[kind]} {percent}%:{progress}",
    )


def _evaluations(ids: list[int]) -> dict[int, tuple[str, str]]:
    """Of the last evaluation: how satisfied, and what the client said."""
    rows = Evaluation.objects.filter(_of("complaint_id", ids)).order_by("round", "pk")
    found: dict[int, tuple[str, str]] = {}
    for complaint, kind, overall, satisfied, opinion in rows.values_list(
        "complaint_id", "kind", "overall", "satisfied", "opinion"
    ):
        accepted = "验收合格" if satisfied else "验收不合格"
        found[complaint] = (accepted if kind == Evaluation.Kind.ACCEPTANCE else GRADE.get(overall or 0, ""), opinion)
    return found


def _is(path: str) -> "ExpressionWrapper[Q]":
    """Whether there is such a moment: when it was, nobody asks."""
    return ExpressionWrapper(Q(**{f"{path}__isnull": False}), BooleanField())


def _clocks(ids: list[int]) -> tuple[Texts, Texts]:
    """The soonest running limit of a case, and the stages whose limit passed, of everything that belongs to it."""
    case = ContentType.objects.get_for_model(Complaint)
    rows = (
        Clock.objects.filter(_of("case_id", ids), case_type=case)
        .filter(Q(stopped_at__isnull=True) | Q(overdue_noted_at__isnull=False))
        .order_by("due_at", "pk")
        .values_list("case_id", "rule__stage", _beijing("due_at"), _is("stopped_at"), _is("overdue_noted_at"))
    )
    due: Texts = {}
    late: dict[int, dict[str, int]] = {}
    for complaint, stage, due_at, stopped, noted in rows:
        if not stopped:
            due.setdefault(complaint, f"{stage} {limit_moment(due_at)}")
        if noted:
            times = late.setdefault(complaint, {})
            times[stage] = times.get(stage, 0) + 1
    return due, {
        complaint: "、".join(f"{stage} {number} 次" if number > 1 else stage for stage, number in stages.items())
        for complaint, stages in late.items()
    }


def _row(number: int, row: tuple[Any, ...], units: dict[str, str], told: _Told) -> tuple[Any, ...]:
    (
        pk, complaint_number, project, code, path, department, key, strategic, legacy, received, registered, kind,
        party, channel, level, cause, event, complainant, phone, second, second_of, verdict, filing_number,
        filing_status, plan_status, effective, effective_number, approved, _, working_number, status, turn,
        merged_into, closed, grade,
    ) = row  # fmt: skip
    satisfaction, opinion = told.evaluations.get(pk, (GRADE.get(grade, ""), ""))
    marks = "、".join(mark for mark, held in zip(MARKS, (key, strategic, legacy), strict=True) if held)
    plan = ""
    if plan_status:
        version = f"V{effective_number} {_day(approved)} 批准" if effective and approved else f"V{working_number or 1}"
        plan = version if plan_status == Plan.Status.APPROVED else f"{version} {PLANNED[plan_status]}"
    return (
        number, complaint_number, project, code, units.get(path[: 2 * Unit.steplen], ""), department, marks,
        _local(received), _local(registered), KIND[kind], PARTY[party], CHANNEL[channel], LEVEL[level], CAUSE[cause],
        event, told.demands.get(pk, ""), complainant, phone, told.confirmed.get(pk, ""),
        f"{SECOND[second]} {second_of or ''}".strip() if second else "",
        VERDICT[verdict], told.grounds.get(pk, ""), told.replies.get(pk, ""),
        plan, told.milestones.get(pk, ""),
        f"{filing_number or ''} {FILED[filing_status]}".strip() if filing_status else "",
        told.follow_ups.get(pk, ""), STATUS[status], told.due.get(pk, ""), told.overdue.get(pk, ""),
        turn, satisfaction, _result(status, verdict, merged_into, satisfaction, opinion), _local(closed),
    )  # fmt: skip


def _result(status: str, verdict: str, merged_into: str | None, satisfaction: str, opinion: str) -> str:
    """处理结果 (clause 5.4.1) of a complaint that has ended; nothing before."""
    if status == S.MERGED:
        return f"已合并到 {merged_into or ''}".strip()
    if status == S.WITHDRAWN:
        return "投诉人撤诉"
    if status != S.CLOSED:
        return ""
    if verdict == "not_ours":
        return "非我方责任,已回函,业主自行处理"
    return ":".join(filter(None, (f"处理完毕,客户{satisfaction}" if satisfaction else "处理完毕", opinion)))
