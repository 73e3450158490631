"""The way of an uploaded Appendix D: dry run, decision, saving, the marked workbook.

The truth is the row of ``PlanImport``: saving locks the plan and it, reads the stored file again and flips its state in
the transaction that writes the lines. Killed or raced at any moment, they are saved once or not at all.
"""

import os
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction

from ledgers.imports.archive import MAX_FILE_BYTES
from ledgers.imports.cells import clean
from ledgers.imports.result import CellError, Layout, Parsed, ParsedRow
from ledgers.imports.values import WorkbookRefused
from ledgers.services.workbooks import on_disk, plain_name, stored
from organization.models import User
from revisits.flow import PLAN_FLOW
from revisits.imports.reading import Book, ParsedLine, read_plan
from revisits.models import PlanImport, RevisitPlan
from workflow.errors import Conflict, Refused

from .common import must_be_one_of
from .import_lines import add_lines, replace_lines
from .importing import check_rows, keep_own_sheets
from .writing import open_plan, saved

S, M = PlanImport.State, PlanImport.Mode
NEW_ERRORS = "保存前再次检查时发现 {0} 行有错误(例如台账刚有变化),数据没有保存。请查看下方错误后再决定。"


def require_open(plan: RevisitPlan, actor: User, now: datetime) -> None:
    """The plan is being drafted, and by the actor: 403 without the right, 409 in another state."""
    PLAN_FLOW.check(f"edit_{plan.level}", plan, actor=actor, now=now)


def start_import(*, plan: RevisitPlan, file: "File[Any]", actor: User, now: datetime) -> PlanImport:
    """The dry run of an upload: keep the workbook and what was found in it. Raises ``WorkbookRefused`` in words."""
    require_open(plan, actor, now)
    if (file.size or 0) > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 1024 // 1024
        raise WorkbookRefused(f"文件超过 {limit} MB。请删除图片和多余的工作表,或分成几个文件导入。")
    with on_disk(file) as (path, digest):
        book = read_plan(path)
    keep_own_sheets(book, plan)
    check_rows(book, plan, now=now)
    job = PlanImport(plan=plan, name=plain_name(file.name or ""), sha256=digest, uploaded_by=actor, uploaded_at=now)
    _keep_findings(job, book)
    file.seek(0)
    job.file.save("", file, save=False)  # the stored name is random; the user's never reaches the disk
    try:
        job.save()
    except BaseException:
        job.file.storage.delete(str(job.file.name))
        raise
    return job


def _keep_findings(job: PlanImport, book: Book) -> None:
    accepted = [row for row in book.rows if row.accepted]
    job.accepted, job.rejected = len(accepted), len(book.rows) - len(accepted)
    job.known = sum(row.known for row in accepted)
    job.warnings = [clean(warning) for warning in book.warnings]
    job.layouts = {
        name: [layout.header_row, layout.result_row, layout.result_column] for name, layout in book.layouts.items()
    }
    job.light = book.light
    job.rows = [_finding(row) for row in book.rows]


def _finding(row: ParsedLine) -> dict[str, Any]:
    """What a page shows of a row."""
    values = row.values
    on = values.get("on")
    return {
        "sheet": row.sheet,
        "row": row.row,
        "project": clean(values.get("named") or values.get("project") or values.get("code") or "")[:200],
        "on": f"{on}" if on else "",
        "method": values.get("method") or "",
        "visitor": clean(values.get("visitor") or ""),
        "known": row.known,
        "errors": [[error.column, clean(error.message), error.cell_ref] for error in row.errors],
    }


def confirm_import(
    *, import_id: int, mode: str, partial: bool, actor: User, now: datetime, revision: int | None = None
) -> PlanImport:
    """Put all rows, or only the good ones (``partial``), into the plan: in the place of its lines, or beside them.

    Conflict when it was decided already or the plan has changed since the page (``revision``). The file is read and
    checked anew: errors that the decision did not know of save nothing, and are shown.
    """
    must_be_one_of("mode", "导入方式", mode, M.values)
    book = _read_again(import_id, actor)
    with transaction.atomic():
        return _save(import_id, book, mode, partial, actor, now, revision)


def _read_again(import_id: int, actor: User) -> Book:
    """Before the transaction, so that nobody waits for the reading of a file."""
    job = PlanImport.objects.defer("rows").get(pk=import_id, uploaded_by=actor)
    _require_preview(job)
    try:
        with stored(job) as path:
            return read_plan(path)
    except WorkbookRefused as refusal:
        raise Refused([refusal.message]) from refusal


def _save(
    import_id: int, book: Book, mode: str, partial: bool, actor: User, now: datetime, revision: int | None
) -> PlanImport:
    plan_id = PlanImport.objects.values_list("plan", flat=True).get(pk=import_id)
    plan = open_plan(plan_id, actor, now, revision)
    job = PlanImport.objects.select_for_update(of=("self",)).get(pk=import_id, uploaded_by=actor)
    _require_preview(job)
    good = {(row["sheet"], row["row"]) for row in job.rows if not row["errors"]}
    try:
        keep_own_sheets(book, plan)
    except WorkbookRefused as refusal:
        raise Refused([refusal.message]) from refusal
    check_rows(book, plan, now=now)
    _keep_findings(job, book)
    spoiled = [row for row in book.rows if not row.accepted and (row.sheet, row.row) in good]
    if spoiled:
        job.note = NEW_ERRORS.format(len(spoiled))
        job.save()
        return job
    lines = [row.values["line"] for row in book.rows if row.accepted]
    if not lines:
        raise Refused(["没有可以导入的行,请按提示修改工作簿后重新上传。"])
    if job.rejected and not partial:
        raise Refused([f"有 {job.rejected} 行存在错误。请修改后重新上传,或选择“部分导入”,只导入没有错误的行。"])
    job.saved = replace_lines(plan, lines) if mode == M.REPLACE else add_lines(plan, lines)
    saved(plan, actor, now, "edit", f"导入({M(mode).label}):{job.name},{job.saved} 行")
    job.state, job.mode, job.saved_at, job.note = S.SAVED, mode, now, ""
    job.save()
    return job


@transaction.atomic
def discard_import(*, import_id: int, actor: User) -> PlanImport:
    """Give an upload up: nothing was saved, the workbook and its findings go, the line stays."""
    job = PlanImport.objects.select_for_update(of=("self",)).get(pk=import_id, uploaded_by=actor)
    _require_preview(job)
    storage, name = job.file.storage, str(job.file.name)
    job.state, job.rows = S.DISCARDED, []
    job.save()
    transaction.on_commit(lambda: storage.delete(name))
    return job


def _require_preview(job: PlanImport) -> None:
    if job.state != S.PREVIEW:
        raise Conflict(f"“{job.name}”{job.get_state_display()},不能再次操作。请刷新页面查看。")


def marked_workbook(job: PlanImport) -> bytes:
    """The workbook with its bad cells marked, each row's result in words. Raises ``WorkbookRefused``."""
    from ledgers.imports.marking import mark  # loads openpyxl: 20 MB that no page needs

    if job.state == S.DISCARDED:
        raise Conflict(f"“{job.name}”已放弃,文件已删除。")
    rows = [
        ParsedRow(row["sheet"], row["row"], errors=[CellError(*error) for error in row["errors"]]) for row in job.rows
    ]
    layouts = {name: Layout(*numbers) for name, numbers in job.layouts.items()}
    found = Parsed("list", rows, list(job.warnings), layouts, job.light, saved=job.state == S.SAVED)
    with stored(job) as path:
        return mark(path, found)


def marked_name(job: PlanImport) -> str:
    """“计划.xlsx” gives “计划(导入结果).xlsx”."""
    stem, _ = os.path.splitext(job.name)
    return f"{stem[:150]}(导入结果).xlsx"
