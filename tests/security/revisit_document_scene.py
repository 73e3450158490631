"""An upload of a plan of U1D1, and the addresses of its documents."""

from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from revisits.models import PlanImport
from tests.personas import Personas


def revisit_document_args(personas: Personas, plan_id: int, now: datetime) -> dict[str, list[Any]]:
    """``plan_id`` is a plan of U1D1 that ``pw11`` drafts."""
    upload = PlanImport.objects.create(
        plan_id=plan_id,
        name="回访计划.xlsx",
        file=SimpleUploadedFile("回访计划.xlsx", b"PK"),
        sha256="0" * 64,
        uploaded_by=personas.fresh("pw11"),
        uploaded_at=now,
    )
    return {
        "plan_xlsx": [plan_id, "xlsx"],
        "plan_pdf": [plan_id, "pdf"],
        "unit_year": [personas.unit("U1").pk, timezone.localdate(now).year],
        "plan_import": [upload.pk],
    }
