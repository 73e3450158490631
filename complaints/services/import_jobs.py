"""The way of an uploaded register: dry run, decision, saving, the marked workbook.

The truth is the row of ``ComplaintImport``: saving locks it, reads the stored file again and flips its state in the
transaction that saves the complaints. Killed or raced at any moment, they are saved once or not at all.
"""

import os
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import IntegrityError, transaction

from complaints.imports.reading import ParsedComplaint, Register, read_register
from complaints.models import ComplaintImport
from complaints.permissions import IMPORT_INTO
from ledgers.imports.archive import MAX_FILE_BYTES
from ledgers.imports.cells import clean
from ledgers.imports.result import CellError, Layout, Parsed, ParsedRow
from ledgers.imports.values import WorkbookRefused
from ledgers.models import Project
from ledgers.services.workbooks import on_disk, plain_name, stored
from organization.models import User
from workflow.errors import Conflict, Refused

from .import_rows import save_rows
from .importing import check_rows, chunks

S = ComplaintImport.State
NEW_ERRORS = "保存前再次检查时发现 {0} 行有错误(例如投诉刚被登记),数据没有保存。请查看下方错误后再决定。"
OVERTAKEN = "保存时有编号刚被他人占用,数据没有保存。请再次确认。"


def start_import(*, file: "File[Any]", actor: User, now: datetime) -> ComplaintImport:
    """The dry run of an upload: keep the workbook and what was found in it. Raises ``WorkbookRefused`` in words."""
    IMPORT_INTO.require_somewhere(actor)
    if (file.size or 0) > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 1024 // 1024
        raise WorkbookRefused(f"文件超过 {limit} MB。请删除图片和多余的工作表,或分成几个文件导入。")
    with on_disk(file) as (path, digest):
        register = read_register(path)
    check_rows(register, actor=actor, now=now)
    job = ComplaintImport(name=plain_name(file.name or ""), sha256=digest, uploaded_by=actor, uploaded_at=now)
    _keep_findings(job, register)
    file.seek(0)
    job.file.save("", file, save=False)  # the stored name is random; the user's never reaches the disk
    try:
        job.save()
    except BaseException:
        job.file.storage.delete(str(job.file.name))
        raise
    return job


def _keep_findings(job: ComplaintImport, register: Register) -> None:
    accepted = [row for row in register.rows if row.accepted]
    job.accepted, job.rejected = len(accepted), len(register.rows) - len(accepted)
    job.unfinished = sum(not row.finished for row in accepted)
    job.warnings = [clean(warning) for warning in register.warnings]
    job.layouts = {
        name: [layout.header_row, layout.result_row, layout.result_column] for name, layout in register.layouts.items()
    }
    job.light = register.light
    job.rows = [_finding(row) for row in register.rows]


def _finding(row: ParsedComplaint) -> dict[str, Any]:
    """What a page shows of a row. No phone, and of the owner's words only the project."""
    project = row.values.get("project")
    named = project.name if project else row.values.get("project_name") or row.values.get("project_code") or ""
    return {
        "sheet": row.sheet,
        "row": row.row,
        "number": row.values.get("number") or "",
        "project": named,
        "finished": row.finished,
        "errors": [[error.column, clean(error.message), error.cell_ref] for error in row.errors],
    }


def confirm_import(*, import_id: int, partial: bool, actor: User, now: datetime) -> ComplaintImport:
    """Save all rows, or only the good ones (``partial``). Raises ``Conflict`` when it was decided already.

    The file is read and checked anew: errors that the decision did not know of save nothing, and are shown.
    """
    IMPORT_INTO.require_somewhere(actor)
    register = _read_again(import_id, actor)
    try:
        with transaction.atomic():
            return _save(import_id, register, partial, actor, now)
    except (IntegrityError, PermissionDenied) as overtaken:
        note = OVERTAKEN if isinstance(overtaken, IntegrityError) else f"数据没有保存:{overtaken}"
        raise Conflict(note) from overtaken


def _read_again(import_id: int, actor: User) -> Register:
    """Before the transaction, so that nobody waits for the reading of a file."""
    job = ComplaintImport.objects.defer("rows").get(pk=import_id, uploaded_by=actor)
    _require_preview(job)
    try:
        with stored(job) as path:
            return read_register(path)
    except WorkbookRefused as refusal:
        raise Refused([refusal.message]) from refusal


def _save(import_id: int, register: Register, partial: bool, actor: User, now: datetime) -> ComplaintImport:
    job = ComplaintImport.objects.select_for_update().get(pk=import_id, uploaded_by=actor)
    _require_preview(job)
    _hold_projects(job)
    good = {(row["sheet"], row["row"]) for row in job.rows if not row["errors"]}
    check_rows(register, actor=actor, now=now)
    accepted = [row for row in register.rows if row.accepted]
    _keep_findings(job, register)
    spoiled = [row for row in register.rows if not row.accepted and (row.sheet, row.row) in good]
    if spoiled:
        job.note = NEW_ERRORS.format(len(spoiled))
        job.save()
        return job
    if not accepted:
        raise Refused(["没有可以导入的行,请按提示修改工作簿后重新上传。"])
    if job.rejected and not partial:
        raise Refused([f"有 {job.rejected} 行存在错误。请修改后重新上传,或选择“部分导入”,只导入没有错误的行。"])
    save_rows(accepted, actor=actor, now=now)
    job.state, job.saved, job.saved_at, job.note = S.SAVED, len(accepted), now, ""
    job.save()
    return job


def _hold_projects(job: ComplaintImport) -> None:
    """A registration holds its project: none of the projects gets a complaint between the check and the saving."""
    names = sorted({row["project"] for row in job.rows if not row["errors"]})
    for some in chunks(names):
        list(Project.objects.select_for_update(of=("self",)).filter(name__in=some).order_by("pk").values_list("pk"))


@transaction.atomic
def discard_import(*, import_id: int, actor: User) -> ComplaintImport:
    """Give an upload up: nothing was saved, the workbook and its findings go, the line stays."""
    job = ComplaintImport.objects.select_for_update().get(pk=import_id, uploaded_by=actor)
    _require_preview(job)
    storage, name = job.file.storage, str(job.file.name)
    job.state, job.rows = S.DISCARDED, []
    job.save()
    transaction.on_commit(lambda: storage.delete(name))
    return job


def _require_preview(job: ComplaintImport) -> None:
    if job.state != S.PREVIEW:
        raise Conflict(f"“{job.name}”{job.get_state_display()},不能再次操作。请刷新页面查看。")


def marked_workbook(job: ComplaintImport) -> bytes:
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


def marked_name(job: ComplaintImport) -> str:
    """“台账.xlsx” gives “台账(导入结果).xlsx”."""
    stem, _ = os.path.splitext(job.name)
    return f"{stem[:150]}(导入结果).xlsx"
