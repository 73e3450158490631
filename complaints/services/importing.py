"""An uploaded register of earlier complaints: what the database says of its rows, and saving them (clause 5.4.1)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.utils import timezone

from complaints.imports.columns import BY_KEY
from complaints.imports.reading import ParsedComplaint, Register
from complaints.models import Complaint
from complaints.permissions import IMPORT, REGISTER_GROUP_IN, REGISTER_UNIT_IN
from ledgers.imports.cells import show
from ledgers.models import Project
from organization.models import User
from organization.rules import Rule

T = TypeVar("T")
CHUNK = 900  # below SQLite's smallest limit of parameters, which bounds an IN list
L = Complaint.Level
NO_NAME = "「{0}」不是您管理范围内的工程名称,请核对,或改填工程编号;未登记的工程请先登记"
NO_CODE = "「{0}」不是您管理范围内的工程编号,请核对;未登记的工程请先登记"
SAME_NAME = "有 {0} 项工程都叫「{1}」,请填写工程编号"
TAKEN = "编号「{0}」的投诉在门户中已经存在,请核对;已导入过的行请删除"
TWICE = "编号「{0}」与{1}重复,请核对后只保留一行"
REGISTERED = "同一工程、同一天、同一投诉人的投诉已登记为 {0}。已登记的请删除该行;确为另一项投诉的请在“登记投诉”中登记"
SAME_ROW = "与{0}的工程、接收日期、投诉人都相同。请核对后只保留一行;确为两项投诉的请填写各自的原编号"


@dataclass(slots=True)
class _Known:
    """Projects in the importer's reach, by code and by name."""

    by_code: dict[str, Project] = field(default_factory=dict)
    by_name: dict[str, list[Project]] = field(default_factory=dict)


def _projects(actor: User) -> _Known:
    known = _Known()
    for project in IMPORT.narrow(actor, Project.objects.select_related("department"), fresh=True):
        known.by_code[project.code] = project
        known.by_name.setdefault(project.name, []).append(project)
    return known


def check_rows(register: Register, *, actor: User, now: datetime) -> list[Project]:
    """Add to each row what stands against it: reach, duplicates, dates, what an unfinished complaint needs.

    Gives accepted rows their ``project`` and ``level``; returns the projects of the accepted rows.
    """
    known = _projects(actor)
    for row in register.rows:
        _find_project(row, known)
        _check_level(row, actor)
        _check_dates(row, now)
        _check_unfinished(row, actor)
    _check_numbers(register.rows)
    _check_same(register.rows)
    for row in register.rows:
        row.errors.sort(key=lambda error: _ORDER.get(error.column, 99))
    return list({row.values["project"].pk: row.values["project"] for row in register.rows if row.accepted}.values())


_ORDER = {column.title: at for at, column in enumerate(BY_KEY.values())}


def _find_project(row: ParsedComplaint, known: _Known) -> None:
    """The code decides; a name alone must mean one project only."""
    code, name = row.values.get("project_code") or "", row.values.get("project_name") or ""
    row.values["project"] = None
    if row.failed("project_code") or (not code and row.failed("project_name")):
        return
    if code:
        row.values["project"] = known.by_code.get(code)
        if row.values["project"] is None:
            row.fail("project_code", NO_CODE.format(show(code)))
    elif name:
        found = known.by_name.get(name, [])
        if len(found) == 1:
            row.values["project"] = found[0]
        else:
            row.fail("project_name", SAME_NAME.format(len(found), show(name)) if found else NO_NAME.format(show(name)))
    else:
        row.fail("project_code" if "project_code" in row.refs else "project_name", "工程编号和工程名称至少填写一项")


def _check_level(row: ParsedComplaint, actor: User) -> None:
    """A blank level is the importer's own: a unit's register holds the unit's, the group's those to the group."""
    if not row.values.get("level") and not row.failed("level"):
        row.values["level"] = L.UNIT if REGISTER_UNIT_IN.held_by(actor) else L.GROUP


def _check_dates(row: ParsedComplaint, now: datetime) -> None:
    received, closed = row.values.get("received_at"), row.values.get("closed_on")
    if received is not None and received > now:
        row.fail("received_at", f"接收时间 {timezone.localtime(received):%Y-%m-%d %H:%M} 晚于现在,请核对")
    if closed is None:
        return
    if closed > timezone.localdate(now):
        row.fail("closed_on", f"结案日期 {closed} 晚于今天,请核对;未结案的请留空")
    elif received is not None and closed < timezone.localdate(received):
        row.fail("closed_on", f"结案日期 {closed} 早于接收时间,请核对这两个日期")


def _check_unfinished(row: ParsedComplaint, actor: User) -> None:
    """What is not finished goes on in the portal: it needs its demands, and a registrar of its level (clause 5.4.1)."""
    if row.finished or row.failed("closed_on"):
        return
    if not row.values.get("demands") and not row.failed("demands"):
        row.fail("demands", "未结案的投诉请至少填写一项诉求;已结案的请填写结案日期")
    project = row.values["project"]
    if project is None or row.failed("level"):
        return
    rule: Rule = REGISTER_UNIT_IN if row.values["level"] == L.UNIT else REGISTER_GROUP_IN
    if not rule.covers(actor, project.department):
        whose = "二级单位工程部" if row.values["level"] == L.UNIT else "集团工程部"
        row.fail("level", f"接收层级为“{L(row.values['level']).label}”的未结案投诉由{whose}导入")


def _place(row: ParsedComplaint, other: ParsedComplaint) -> str:
    return f"第 {other.row} 行" if other.sheet == row.sheet else f"工作表「{show(other.sheet)}」第 {other.row} 行"


def _check_numbers(rows: Sequence[ParsedComplaint]) -> None:
    """An original number stands once: neither twice in the workbook nor in the portal already."""
    numbers = {row.values["number"] for row in rows if row.values.get("number")}
    taken: set[str] = set()
    for some in chunks(sorted(numbers)):
        taken.update(Complaint.objects.filter(number__in=some).values_list("number", flat=True))
    seen: dict[str, ParsedComplaint] = {}
    for row in rows:
        number = row.values.get("number")
        if not number:
            continue
        if number in seen:
            row.fail("number", TWICE.format(show(number), _place(row, seen[number])))
        elif number in taken:
            row.fail("number", TAKEN.format(show(number)))
        elif number.startswith("TS-"):
            row.fail("number", "“TS-”开头的编号由门户自动编排,请在原编号前另加前缀,或留空")
        seen.setdefault(number, row)


def _same(project: int, received: datetime, complainant: str) -> tuple[int, str, str]:
    return project, f"{timezone.localdate(received)}", complainant


def _check_same(rows: Sequence[ParsedComplaint]) -> None:
    """The same project, day and complainant: registered in the portal already, or twice in the workbook.

    Two rows with numbers of their own are two complaints of the register they come from.
    """
    candidates = [row for row in rows if row.accepted]
    registered: dict[tuple[int, str, str], tuple[str, bool]] = {}
    for some in chunks(sorted({row.values["project"].pk for row in candidates})):
        found = Complaint.objects.filter(project__in=some).exclude(status=Complaint.Status.MERGED)
        for project, received, who, number, legacy in found.order_by("pk").values_list(
            "project_id", "received_at", "complainant", "number", "legacy"
        ):
            key = _same(project, received, who)
            if key not in registered or not legacy:
                registered[key] = (number, legacy)
    seen: dict[tuple[int, str, str], ParsedComplaint] = {}
    for row in candidates:
        values = row.values
        key = _same(values["project"].pk, values["received_at"], values["complainant"])
        known, first = registered.get(key), seen.setdefault(key, row)
        if known is not None and not (known[1] and values.get("number")):
            row.fail("received_at", REGISTERED.format(known[0]))
        elif first is not row and not (values.get("number") and first.values.get("number")):
            row.fail("received_at", SAME_ROW.format(_place(row, first)))


def chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
