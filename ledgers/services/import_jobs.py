"""An upload's way: dry run, decision, saving (at once when small, else by the worker), the marked workbook.

The truth is the row of ``LedgerImport``. A run takes it for a while (``claimed_at``, numbered by ``attempt``), reads
the stored file again, locks the row and flips its state in the transaction that saves the ledgers: killed at any
moment, it has saved everything or nothing, and the next run takes a row whose claim grew stale.
"""

import os
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from ledgers.imports.archive import MAX_FILE_BYTES
from ledgers.imports.cells import clean
from ledgers.imports.result import CellError, Layout, Parsed, ParsedRow
from ledgers.imports.values import WorkbookRefused
from ledgers.models import LedgerImport, LedgerImportRow
from ledgers.permissions import IMPORT_INTO
from organization.models import Unit, User
from workflow.errors import Conflict, Refused
from workflow.services.notices import notify

from .importing import Imported, check_workbook, departments_for, import_ledgers
from .workbooks import BROKEN, on_disk, plain_name, stored

INLINE_ROWS = 2_000
"""Up to here a workbook is saved, and marked, while its owner waits."""
LEASE = timedelta(minutes=2)
MARKING_GIVEN_UP = timedelta(hours=1)
ATTEMPTS = 5
S = LedgerImport.State

GAVE_UP = "多次尝试都没有完成,数据没有保存。请把文件分成几个较小的文件后重新导入,或联系系统管理员。"
NEW_ERRORS = "保存前再次检查时发现 {0} 行有错误(例如编号刚被占用),数据没有保存。请查看下方错误后再决定。"


# --- upload -----------------------------------------------------------------------------------------------------


def start_import(*, file: "File[Any]", department: Unit | None, actor: User, now: datetime) -> LedgerImport:
    """The dry run of an upload: keep the workbook and what was found in it. Raises ``WorkbookRefused`` in words."""
    IMPORT_INTO.require_somewhere(actor)
    if department is not None and department.code not in departments_for(actor):
        raise PermissionDenied(f"您没有向“{department}”导入台账的权限。")
    if (file.size or 0) > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 1024 // 1024
        raise WorkbookRefused(f"文件超过 {limit} MB。请删除图片和多余的工作表,或分成几个文件导入。")
    code = department.code if department else None
    with on_disk(file) as (path, digest):
        parsed = check_workbook(path=path, department=code, actor=actor, now=now)
    job = LedgerImport(
        name=plain_name(file.name or ""), sha256=digest, department=department, uploaded_by=actor, uploaded_at=now
    )
    file.seek(0)
    job.file.save("", file, save=False)  # the stored name is random; the user's never reaches the disk
    try:
        with transaction.atomic():
            _keep_findings(job, parsed)
    except BaseException:
        job.file.storage.delete(str(job.file.name))
        raise
    return job


def _keep_findings(job: LedgerImport, parsed: Parsed) -> None:
    """Write what a check found, in place of what an earlier one found. In a transaction."""
    job.kind = parsed.kind
    job.accepted = sum(row.accepted for row in parsed.rows)
    job.rejected = len(parsed.rows) - job.accepted
    job.incomplete = sum(row.accepted and bool(row.missing) for row in parsed.rows)
    job.warnings = [clean(warning) for warning in parsed.warnings]
    job.layouts = {
        name: [layout.header_row, layout.result_row, layout.result_column] for name, layout in parsed.layouts.items()
    }
    job.light = parsed.light
    _forget_marked(job)
    job.save()
    job.rows.all().delete()
    LedgerImportRow.objects.bulk_create(
        [_finding(job, position, row) for position, row in enumerate(parsed.rows)], batch_size=1000
    )


def _finding(job: LedgerImport, position: int, row: ParsedRow) -> LedgerImportRow:
    kinds = LedgerImportRow.Finding
    return LedgerImportRow(
        job=job,
        position=position,
        sheet=row.sheet,
        row=row.row,
        number=row.data.number,
        name=row.data.name,
        finding=kinds.ERROR if row.errors else kinds.GAPS if row.missing else kinds.COMPLETE,
        errors=[[error.column, clean(error.message), error.cell_ref] for error in row.errors],
        missing=list(row.missing),
    )


def _forget_marked(job: LedgerImport) -> None:
    if job.marked:
        storage, name = job.marked.storage, str(job.marked.name)
        transaction.on_commit(lambda: storage.delete(name))
    job.marked, job.marking_at = "", None


# --- decision ---------------------------------------------------------------------------------------------------


def _lock(import_id: int, actor: User) -> LedgerImport:
    return LedgerImport.objects.select_for_update().get(pk=import_id, uploaded_by=actor)


@transaction.atomic
def confirm_import(*, import_id: int, partial: bool, actor: User, now: datetime) -> LedgerImport:
    """Decide to save: from here on a run takes it. Raises ``Conflict`` when it was decided already."""
    IMPORT_INTO.require_somewhere(actor)
    job = _lock(import_id, actor)
    _require_preview(job)
    if not job.accepted:
        raise Refused(["没有可以导入的行,请按提示修改工作簿后重新上传。"])
    if job.rejected and not partial:
        raise Refused([f"有 {job.rejected} 行存在错误。请修改后重新上传,或选择“部分导入”,只导入没有错误的行。"])
    job.state, job.partial, job.confirmed_at, job.note, job.attempt = S.QUEUED, partial, now, "", 0
    job.claimed_at = None
    job.save()
    return job


@transaction.atomic
def discard_import(*, import_id: int, actor: User, now: datetime) -> LedgerImport:
    """Give an upload up: nothing was saved, the workbook and its findings go, the line stays."""
    job = _lock(import_id, actor)
    _require_preview(job)
    storage, name = job.file.storage, str(job.file.name)
    job.state = S.DISCARDED
    _forget_marked(job)
    job.save()
    job.rows.all().delete()
    transaction.on_commit(lambda: storage.delete(name))
    return job


def _require_preview(job: LedgerImport) -> None:
    if job.state != S.PREVIEW:
        raise Conflict(f"“{job.name}”{job.get_state_display()},不能再次操作。请刷新页面查看。")


# --- saving -----------------------------------------------------------------------------------------------------


def run_next(*, now: datetime) -> bool:
    """Take the import, or the marking, that waited longest and do it. False when nothing waits."""
    stale = Q(claimed_at__isnull=True) | Q(claimed_at__lt=now - LEASE)
    waiting = LedgerImport.objects.filter(Q(state=S.QUEUED) | Q(state=S.RUNNING) & stale)
    job = waiting.order_by("confirmed_at", "pk").first()
    if job is not None:
        run_import(import_id=job.pk, now=now)
        return True
    marking = LedgerImport.objects.filter(stale, marking_at__gt=now - MARKING_GIVEN_UP).exclude(state=S.RUNNING)
    job = marking.order_by("marking_at", "pk").first()
    if job is None:
        return False
    make_marked(import_id=job.pk, now=now)
    return True


def run_import(*, import_id: int, now: datetime) -> None:
    """Save a confirmed import. Killed at any moment, repeated or raced, its ledgers are saved once or not at all.

    When the repeated check finds errors that the decision did not know of, nothing is saved and they are shown.
    """
    job = _claim(import_id, now)
    if job is None:
        return
    actor = job.uploaded_by
    found: Parsed | None = None
    note = ""
    try:
        with stored(job) as path:
            done = import_ledgers(
                path=path,
                department=job.department.code if job.department else None,
                actor=actor,
                now=now,
                partial=job.partial,
                begin=lambda: _hold(job),
                finish=lambda imported: _finish(job, imported, now),
                progress=lambda count, total: _note_progress(job, count, total),
            )
        if done.saved:
            return
        found = done.parsed
        note = NEW_ERRORS.format(sum(not row.accepted for row in found.rows))
    except _Superseded:
        return
    except WorkbookRefused as refusal:
        note = refusal.message
    except (Conflict, PermissionDenied) as refusal:
        note = f"数据没有保存:{refusal}"
    _give_back(job, note, found)


class _Superseded(Exception):
    """Another run has taken the import over: this one's transaction must leave nothing behind."""


def _claim(import_id: int, now: datetime) -> LedgerImport | None:
    """Take the import for ``LEASE``; None when it is not waiting or another run has it."""
    with transaction.atomic():
        # A run that is saving holds the lock, however long it takes; a dead one holds none.
        rows = LedgerImport.objects.select_for_update(skip_locked=True, of=("self",))
        job = rows.select_related("uploaded_by", "department").filter(pk=import_id).first()
        if job is None or not (job.state == S.QUEUED or (job.state == S.RUNNING and _is_stale(job, now))):
            return None
        if job.attempt >= ATTEMPTS:
            job.state, job.note, job.claimed_at = S.PREVIEW, GAVE_UP, None
            job.save()
            return None
        job.state, job.claimed_at, job.attempt = S.RUNNING, now, job.attempt + 1
        job.save()
    _note_progress(job, 0, job.accepted)
    return job


def _is_stale(job: LedgerImport, now: datetime) -> bool:
    return job.claimed_at is None or job.claimed_at < now - LEASE


def _still_mine(job: LedgerImport) -> LedgerImport:
    locked = LedgerImport.objects.select_for_update().get(pk=job.pk)
    if locked.state != S.RUNNING or locked.attempt != job.attempt:
        raise _Superseded
    return locked


def _hold(job: LedgerImport) -> None:
    _still_mine(job)


def _finish(job: LedgerImport, imported: Imported, now: datetime) -> None:
    """In the transaction of the ledgers: the state flips with them."""
    locked = _still_mine(job)
    _keep_findings(locked, imported.parsed)
    locked.state, locked.saved, locked.saved_at, locked.claimed_at = S.SAVED, imported.saved, now, None
    locked.note = ""
    locked.save()
    if locked.rows_total > INLINE_ROWS:  # its owner did not wait for it
        notify(
            key=f"import-done:{locked.pk}:{locked.attempt}",
            kind="import",
            recipients=[locked.uploaded_by],
            title=f"导入完成:{locked.name},共 {imported.saved} 份台账",
            text="",
            subject=locked,
            url=reverse("ledgers:import_detail", args=[locked.pk]),
            now=now,
            mail=False,
        )


@transaction.atomic
def _give_back(job: LedgerImport, note: str, found: Parsed | None) -> None:
    try:
        locked = _still_mine(job)
    except _Superseded:
        return
    locked.state, locked.note, locked.claimed_at = S.PREVIEW, note[:500], None
    if found is None:
        locked.save()
    else:
        _keep_findings(locked, found)


def _note_progress(job: LedgerImport, count: int, total: int) -> None:
    """How far a run is, for its page. Outside the database: its transaction is not to be seen before it ends."""
    cache.set(_progress_key(job.pk), (count, total), timeout=600)


def progress_of(job: LedgerImport) -> tuple[int, int]:
    """(saved so far, of how many) of a running import."""
    found = cache.get(_progress_key(job.pk)) if job.state == S.RUNNING else None
    return found if isinstance(found, tuple) else (0, job.accepted)


def _progress_key(pk: int) -> str:
    return f"ledger-import:{pk}"


# --- the marked workbook ----------------------------------------------------------------------------------------


@transaction.atomic
def order_marked(*, import_id: int, actor: User, now: datetime) -> None:
    """Ask the worker for the marked workbook of a large import; asking twice is asking once."""
    job = _lock(import_id, actor)
    if job.state == S.DISCARDED:
        raise Conflict(f"“{job.name}”已放弃,文件已删除。")
    if not job.marked and (job.marking_at is None or job.marking_at < now - MARKING_GIVEN_UP):
        job.marking_at = now
        job.claimed_at = None if job.state != S.RUNNING else job.claimed_at
        job.save(update_fields=["marking_at", "claimed_at"])


def make_marked(*, import_id: int, now: datetime) -> LedgerImport:
    """The workbook with its bad cells marked, made once and kept. Raises ``WorkbookRefused``."""
    from ledgers.imports.marking import mark  # loads openpyxl: 20 MB that no page needs

    LedgerImport.objects.filter(pk=import_id).exclude(state=S.RUNNING).update(claimed_at=now)
    job = LedgerImport.objects.get(pk=import_id)
    if job.marked:
        return job
    parsed = findings_of(job)
    try:
        with stored(job) as path:
            content = mark(path, parsed)
    except WorkbookRefused:
        LedgerImport.objects.filter(pk=import_id).update(marking_at=None, note=BROKEN)
        raise
    with transaction.atomic():
        locked = LedgerImport.objects.select_for_update().get(pk=import_id)
        if locked.marked or locked.state != job.state or locked.attempt != job.attempt:
            return locked
        locked.marked.save("", ContentFile(content), save=False)
        locked.marking_at = None
        if locked.state != S.RUNNING:
            locked.claimed_at = None
        locked.save(update_fields=["marked", "marking_at", "claimed_at"])
    return locked


def findings_of(job: LedgerImport) -> Parsed:
    """What was found, as the reading gave it (without the data of the rows)."""
    rows = [
        ParsedRow(sheet, row, errors=[CellError(*error) for error in errors], missing=missing)
        for sheet, row, errors, missing in job.rows.values_list("sheet", "row", "errors", "missing")
    ]
    layouts = {name: Layout(*numbers) for name, numbers in job.layouts.items()}
    kind = "forms" if job.kind == "forms" else "list"
    return Parsed(kind, rows, list(job.warnings), layouts, job.light, saved=job.state == S.SAVED)  # type: ignore[arg-type]


def marked_name(job: LedgerImport) -> str:
    """“台账.xlsx” gives “台账(导入结果).xlsx”."""
    stem, _ = os.path.splitext(job.name)
    return f"{stem[:150]}(导入结果).xlsx"
