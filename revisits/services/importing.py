"""An uploaded Appendix D: what the database says of its rows (clauses 5.2.2, 5.2.3)."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from ledgers.imports.cells import fold, show
from ledgers.imports.values import WorkbookRefused
from ledgers.models import Project
from organization.models import Unit, User
from revisits.imports.columns import COLUMNS
from revisits.imports.reading import Book, ParsedLine
from revisits.models import Level, Method, RevisitPlan

from .common import visitors_of
from .import_lines import key_of, keys_of
from .writing import LineData

NO_PROJECT = "「{0}」不是本计划范围内台账已生效的工程,请核对名称或编号"
SAME_NAME = "有 {0} 项工程都叫「{1}」,请写成“名称(工程编号)”"
NOT_ITS_NAME = "编号「{0}」的工程不叫「{1}」,请核对名称或编号"
NO_VISITOR = "「{0}」不是“{1}”的在岗人员,请核对姓名"
SAME_VISITOR = "“{1}”有 {2} 人叫「{0}」,请填写登录名"
TWICE = "与{0}的工程、日期、方式都相同,请核对后只保留一行"
ONSITE_ONLY = "项目经理部回访须为现场回访(标准 5.3.2)"
OTHER_UNIT = "工作簿的编制单位是「{0}」,与本计划的编制单位“{1}”不一致。请核对文件,或在对应单位的计划中导入。"
_ORDER = {column.title: at for at, column in enumerate(COLUMNS)}
_NAMED = re.compile(r"(.+?)\s*[((]([^()()]+)[))]")


@dataclass(slots=True)
class _Known:
    """Projects whose ledger is in force at or below the plan's unit: by code, and by what they are called."""

    by_code: dict[str, int] = field(default_factory=dict)
    by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    names: dict[int, str] = field(default_factory=dict)


def _projects(plan: RevisitPlan) -> _Known:
    known = _Known()
    rows = Project.objects.filter(
        department__path__startswith=plan.unit.path, ledger__effective__isnull=False
    ).order_by()
    for pk, code, name, of_ledger in rows.values_list("pk", "code", "name", "ledger__effective__name"):
        known.by_code[fold(code).casefold()] = pk
        known.names[pk] = of_ledger or name
        for called in {fold(name), fold(of_ledger or name)}:
            known.by_name[called].add(pk)
    return known


def keep_own_sheets(book: Book, plan: RevisitPlan) -> None:
    """Of several forms (a unit's year) only the plan's own is taken; another unit's form alone is refused."""
    mine = {fold(plan.unit.name), fold(plan.unit.code)}
    own = {sheet for sheet, unit in book.units.items() if fold(unit) in mine}
    if own:
        others = [sheet for sheet in book.units if sheet not in own]
        book.rows = [row for row in book.rows if row.sheet in own]
        if others:
            names = "、".join(f"「{show(name)}」" for name in others[:20])
            book.warnings.append(f"工作表{names}的编制单位不是“{plan.unit}”,未导入。")
        for name in others:
            book.layouts.pop(name, None)
        if not book.rows:
            raise WorkbookRefused(f"编制单位为“{plan.unit}”的工作表没有填写回访安排。")
        return
    stated = {unit for unit in book.units.values() if unit}
    foreign = Unit.objects.filter(name__in=list(stated)[:50]).values_list("name", flat=True).first()
    if foreign:
        raise WorkbookRefused(OTHER_UNIT.format(show(foreign), plan.unit))


def check_rows(book: Book, plan: RevisitPlan, *, now: datetime) -> None:
    """Add to each row what stands against it: scope, year, method of the level, visitor, duplicates. Marks what the
    plan has already; gives accepted rows their ``line``. A fixed number of queries."""
    known, people = _projects(plan), _people(plan, now)
    for row in book.rows:
        _find_project(row, known)
        _check_day(row, plan)
        if plan.level == Level.DEPARTMENT and row.values["method"] not in ("", Method.ONSITE):
            row.fail("method", ONSITE_ONLY)
        _find_visitor(row, plan, people)
        row.errors.sort(key=lambda error: _ORDER.get(error.column, 99))
    _check_twice(book.rows)
    there = keys_of(plan)
    for row in book.rows:
        if row.accepted:
            values = row.values
            row.values["line"] = LineData(values["project_id"], values["on"], values["method"], values["visitor_id"])
            row.known = key_of(row.values["line"]) in there


def _find_project(row: ParsedLine, known: _Known) -> None:
    """The code decides, in its column or in brackets behind the name; a name alone must mean one project only."""
    row.values["project_id"], row.values["named"] = None, ""
    if row.failed("project") or row.failed("code"):
        return
    name, code = fold(row.values["project"]), fold(row.values["code"])
    if not name and not code:
        row.fail("project", "工程名称不能为空,请填写后重新上传")
        return
    found = _meant(name, code, known)
    if isinstance(found, int):
        row.values["project_id"], row.values["named"] = found, known.names[found]
    else:
        row.fail("code" if code else "project", found)


def _meant(name: str, code: str, known: _Known) -> int | str:
    """The project, or what is wrong."""
    if code:
        pk = known.by_code.get(code.casefold())
        if pk is None:
            return NO_PROJECT.format(show(code))
        return pk if not name or pk in known.by_name.get(name, ()) else NOT_ITS_NAME.format(show(code), show(name))
    found = known.by_name.get(name, set())
    if len(found) > 1:
        return SAME_NAME.format(len(found), show(name))
    if found:
        return next(iter(found))
    if name.casefold() in known.by_code:
        return known.by_code[name.casefold()]
    if both := _NAMED.fullmatch(name):
        return _meant(both[1], both[2], known)
    return NO_PROJECT.format(show(name))


def _check_day(row: ParsedLine, plan: RevisitPlan) -> None:
    on: date | None = row.values["on"]
    if on is not None and on.year != plan.year:
        row.fail("on", f"{on} 不在 {plan.year} 年内,请核对年份")


def _people(plan: RevisitPlan, now: datetime) -> dict[str, list[User]]:
    """The people a plan may name, by name and by login."""
    found: dict[str, list[User]] = defaultdict(list)
    for user in visitors_of(plan.unit, timezone.localdate(now)):
        for called in {fold(user.name), fold(user.username).casefold()}:
            found[called].append(user)
    return found


def _find_visitor(row: ParsedLine, plan: RevisitPlan, people: dict[str, list[User]]) -> None:
    row.values["visitor_id"] = None
    called = row.values["visitor"]
    if not called or row.failed("visitor"):
        return
    found = people.get(fold(called)) or people.get(fold(called).casefold(), [])
    if len(found) == 1:
        row.values["visitor_id"] = found[0].pk
    elif found:
        row.fail("visitor", SAME_VISITOR.format(show(called), plan.unit, len(found)))
    else:
        row.fail("visitor", NO_VISITOR.format(show(called), plan.unit))


def _check_twice(rows: Sequence[ParsedLine]) -> None:
    seen: dict[tuple[Any, ...], ParsedLine] = {}
    for row in rows:
        key = row.values["project_id"], row.values["on"], row.values["method"]
        if None in key or "" in key:
            continue
        first = seen.setdefault(key, row)
        if first is not row:
            place = "" if first.sheet == row.sheet else f"工作表「{show(first.sheet)}」"
            row.fail("on", TWICE.format(f"{place}第 {first.row} 行"))
