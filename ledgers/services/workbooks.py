"""Uploaded workbooks on their way to the reader: as a path, with their hash, under a name that harms nobody."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

from django.conf import settings
from django.core.files.base import File

from ledgers.imports.cells import clean
from ledgers.imports.values import WorkbookRefused

NAME_MAX = 200
BROKEN = "存储中的文件与上传时不一致,不能导入。请放弃后重新上传。"


class Kept(Protocol):
    """A record that keeps an uploaded workbook."""

    file: Any
    sha256: Any


def plain_name(name: str) -> str:
    plain = clean(name.replace("\\", "/").rsplit("/", 1)[-1]).replace("\n", " ")
    return plain[:NAME_MAX] or "未命名.xlsx"


@contextmanager
def on_disk(file: "File[Any]") -> Iterator[tuple[Path, str]]:
    """The file as a path for the reader, wherever it is stored, with its SHA-256."""
    digest = hashlib.sha256()
    with NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR, suffix=".xlsx", delete=False) as copy:
        path = Path(copy.name)
        try:
            for chunk in file.chunks():
                digest.update(chunk)
                copy.write(chunk)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    try:
        yield path, digest.hexdigest()
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def stored(job: Kept) -> Iterator[Path]:
    """The stored workbook; raises ``WorkbookRefused`` when it is not what was uploaded."""
    try:
        file = job.file.open("rb")
    except OSError as error:
        raise WorkbookRefused(BROKEN) from error
    with file, on_disk(job.file) as (path, digest):
        if digest != job.sha256:
            raise WorkbookRefused(BROKEN)
        yield path
