"""Files that come with a form of a complaint or a milestone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db.models import Model

from organization.models import User
from workflow.errors import Refused
from workflow.media_types import NotAcceptedError
from workflow.services.evidence import attach_evidence


def keep_files(
    subject: Model,
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
