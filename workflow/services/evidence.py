"""Taking in, and withdrawing, evidence. Nothing is deleted: a withdrawn file stays, with its reason."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from organization.models import User
from workflow.errors import Conflict, Refused
from workflow.evidence import attachable_of
from workflow.media_types import MediaType, NotAcceptedError, identify, safe_name
from workflow.models import Evidence

MAX_IMAGE_BYTES = 20 * 1024 * 1024
MAX_FILE_BYTES = 50 * 1024 * 1024


def attach_evidence(
    *, subject: models.Model, file: "File[Any]", actor: User, now: datetime, kind: str = "", caption: str = ""
) -> Evidence:
    """Keep a file as evidence of a record.

    Raises ``NotAcceptedError`` for what the file is (type by content, size, picture, bomb), ``Refused`` when the record
    has it already or takes none now, ``PermissionDenied`` without the right.
    """
    declared = attachable_of(type(subject))
    declared.attach.require(actor, subject)
    _check_guard(subject)
    if declared.kinds and kind not in dict(declared.kinds):
        raise NotAcceptedError("请选择材料类别。")
    media_type, digest = _examine(file)
    evidence = Evidence(
        content_type=ContentType.objects.get_for_model(subject),
        object_id=subject.pk,
        kind=kind if declared.kinds else "",
        name=safe_name(file.name or "", media_type),
        media_type=media_type.name,
        size=file.size,
        sha256=digest,
        caption=caption.strip()[:200],
        uploaded_by=actor,
        uploaded_at=now,
    )
    _refuse_duplicate(evidence)
    evidence.file.save("", file, save=False)  # the stored name is random; the user's never reaches the disk
    try:
        with transaction.atomic():
            evidence.save()
    except IntegrityError:  # the same file twice at the same moment
        evidence.file.storage.delete(str(evidence.file.name))
        _refuse_duplicate(evidence)
        raise
    except BaseException:
        evidence.file.storage.delete(str(evidence.file.name))
        raise
    return evidence


@transaction.atomic
def withdraw_evidence(*, evidence_id: int, reason: str, actor: User, now: datetime) -> Evidence:
    """Mark evidence withdrawn, with the reason. The file and its hash stay."""
    evidence = Evidence.objects.select_for_update().get(pk=evidence_id)
    subject = evidence.subject
    if subject is None:  # records are never deleted
        raise Conflict("该材料所属的记录已不存在。")
    declared = attachable_of(type(subject))
    declared.attach.require(actor, subject)
    _check_guard(subject)
    if evidence.withdrawn_at is not None:
        at = timezone.localtime(evidence.withdrawn_at)
        raise Conflict(f"“{evidence.name}”已由 {evidence.withdrawn_by} 于 {at:%Y-%m-%d %H:%M} 撤回。")
    if not reason.strip():
        raise Refused(["请填写撤回原因。"])
    evidence.withdrawn_at, evidence.withdrawn_by, evidence.withdrawn_reason = now, actor, reason.strip()[:200]
    evidence.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_reason"])
    return evidence


def size_limit(media_type: MediaType) -> int:
    """Bytes; settings ``EVIDENCE_MAX_IMAGE_BYTES`` and ``EVIDENCE_MAX_FILE_BYTES`` override."""
    if media_type.is_image:
        return int(getattr(settings, "EVIDENCE_MAX_IMAGE_BYTES", MAX_IMAGE_BYTES))
    return int(getattr(settings, "EVIDENCE_MAX_FILE_BYTES", MAX_FILE_BYTES))


def _check_guard(subject: models.Model) -> None:
    guard = attachable_of(type(subject)).guard
    if guard is not None and (reasons := guard(subject)):
        raise Refused(reasons)


def _examine(file: "File[Any]") -> tuple[MediaType, str]:
    largest = max(
        int(getattr(settings, "EVIDENCE_MAX_IMAGE_BYTES", MAX_IMAGE_BYTES)),
        int(getattr(settings, "EVIDENCE_MAX_FILE_BYTES", MAX_FILE_BYTES)),
    )
    if (file.size or 0) > largest:  # before anything of it is read
        raise NotAcceptedError(_too_large(file.size, largest))
    media_type = identify(file)  # type: ignore[arg-type]
    if (file.size or 0) > size_limit(media_type):
        raise NotAcceptedError(_too_large(file.size, size_limit(media_type)))
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return media_type, digest.hexdigest()


def _too_large(size: int, limit: int) -> str:
    return f"文件过大({size / 1024 / 1024:.1f} MB),最多 {limit // 1024 // 1024} MB。请压缩后上传。"


def _refuse_duplicate(evidence: Evidence) -> None:
    same = (
        Evidence.objects.filter(
            content_type=evidence.content_type_id,
            object_id=evidence.object_id,
            sha256=evidence.sha256,
            withdrawn_at__isnull=True,
        )
        .select_related("uploaded_by")
        .first()
    )
    if same is not None:
        at = timezone.localtime(same.uploaded_at)
        raise Refused([f"该文件已上传过:“{same.name}”,由 {same.uploaded_by} 于 {at:%Y-%m-%d %H:%M} 上传。"])


def keep_files(
    subject: models.Model,
    files: "Sequence[File[Any]]",
    *,
    kind: str,
    actor: User,
    now: datetime,
    field: str = "files",
    caption: str = "",
) -> None:
    """Attach what came with a form. One that is not accepted refuses the form, and leaves none of them behind."""
    kept = []
    for file in files:
        try:
            kept.append(attach_evidence(subject=subject, file=file, actor=actor, now=now, kind=kind, caption=caption))
        except (NotAcceptedError, Refused) as problem:
            for each in kept:
                each.file.storage.delete(str(each.file.name))
            raise ValidationError({field: f"“{(file.name or '')[:60]}”:{problem}"}) from problem
