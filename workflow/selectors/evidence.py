"""Evidence as its readers see it."""

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import QuerySet
from django.http import Http404

from organization.models import User
from workflow.evidence import visible_subject
from workflow.models import Evidence


def evidence_about(subject: models.Model) -> QuerySet[Evidence]:
    """The files of a record, withdrawn ones too (they are shown struck through, with the reason). One query."""
    found: QuerySet[Evidence] = Evidence.objects.about(subject).select_related("uploaded_by", "withdrawn_by")
    return found


def visible_evidence(user: User, evidence_id: int) -> Evidence:
    """One file, or 404 when the record it belongs to is out of the user's reach (G2)."""
    evidence = Evidence.objects.filter(pk=evidence_id).select_related("uploaded_by").first()
    if evidence is None:
        raise Http404("没有找到该文件,或不在您的可见范围内。")
    visible_subject(user, evidence.content_type_id, evidence.object_id)
    return evidence


def upload_key(subject: models.Model) -> tuple[int, int]:
    """(content type, pk): the arguments of the URL ``workflow:evidence_attach``."""
    return ContentType.objects.get_for_model(subject).pk, subject.pk
