"""What belongs to a complaint, as its own pages show it: reach, running duties, photos over the versions of a plan."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.urls import reverse

from complaints.models import Complaint
from ledgers.selectors.duties import Ball, balls
from organization.models import User
from workflow.evidence import attachable_of
from workflow.models import Evidence

M = TypeVar("M", bound=Model)


class Duties:
    """The running duties of a complaint and of everything that belongs to it. Two queries, whatever there is."""

    def __init__(self, complaint: Complaint, user: User, today: date) -> None:
        self.all = balls(complaint, user, today)

    def about(self, *records: Model | None) -> list[Ball]:
        """Those of the given records alone, soonest first."""
        wanted = {_key(record) for record in records if record is not None}
        return [ball for ball in self.all if ball.about in wanted]

    def by_record(self, model: type[Model]) -> dict[int, Ball]:
        """The soonest of each record of a model."""
        kind = ContentType.objects.get_for_model(model).pk
        return {ball.about[1]: ball for ball in reversed(self.all) if ball.about[0] == kind}


def _key(record: Model) -> tuple[int, int]:
    return ContentType.objects.get_for_model(record).pk, int(record.pk)


def pictures_of(model: type[Model], ids: Collection[int]) -> list[dict[str, Any]]:
    """The files of several records of a model, oldest first, as ``components/file_list.html`` shows them. One query."""
    kinds = dict(attachable_of(model).kinds)
    rows: Iterable[Evidence] = Evidence.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id__in=ids
    ).select_related("uploaded_by")
    return [
        {
            "pk": row.pk,
            "name": row.name,
            "caption": " · ".join(filter(None, (kinds.get(row.kind, ""), row.caption or row.name))),
            "size": row.size,
            "media_type": row.media_type,
            "is_image": row.media_type.startswith("image/"),
            "uploaded_by": str(row.uploaded_by),
            "uploaded_at": row.uploaded_at,
            "withdrawn_at": row.withdrawn_at,
            "withdrawn_reason": row.withdrawn_reason,
            "object_id": row.object_id,
            "url": reverse("workflow:evidence_download", args=[row.pk]),
            "thumbnail_url": reverse("workflow:evidence_thumbnail", args=[row.pk]),
            "withdraw_url": reverse("workflow:evidence_withdraw", args=[row.pk]),
        }
        for row in rows
    ]
