"""A row about any record of an upper app. The kernel never names upper models; a generic key points at them."""

from typing import Any, Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models


class AboutQuerySet(models.QuerySet[Any]):
    def about(self, subject: models.Model) -> Self:
        return self.filter(content_type=ContentType.objects.get_for_model(subject), object_id=subject.pk)


class About(models.Model):
    """``content_type`` and ``object_id`` name the record; ``subject`` fetches it.

    Each model brings a composite index that begins with ``content_type``; one on it alone would only slow writes.
    """

    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+", db_index=False)
    object_id = models.PositiveBigIntegerField()
    subject = GenericForeignKey("content_type", "object_id")

    class Meta:
        abstract = True


class AppendOnlyError(RuntimeError):
    """Somebody tried to change what is history (G1)."""


class AppendOnlyQuerySet(AboutQuerySet):
    def update(self, **kwargs: Any) -> int:
        raise AppendOnlyError("历史记录不可修改。")

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError("历史记录不可删除。")
