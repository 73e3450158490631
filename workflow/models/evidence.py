"""Uploaded files (佐证材料)."""

import secrets

from django.conf import settings
from django.db import models
from django.urls import reverse

from .subjects import About, AboutQuerySet


def storage_name(instance: "Evidence", filename: str) -> str:
    """A random name without the user's extension: nothing in the media folder can be executed or guessed."""
    return f"evidence/{instance.uploaded_at:%Y/%m}/{secrets.token_hex(16)}"


class Evidence(About):
    """A file that proves something: its type known by content, its SHA-256 kept, withdrawn but never deleted."""

    kind = models.CharField("类别", max_length=24, blank=True)
    name = models.CharField("文件名", max_length=200)
    file = models.FileField(upload_to=storage_name, max_length=120)
    media_type = models.CharField("类型", max_length=100)
    size = models.PositiveBigIntegerField("大小")
    sha256 = models.CharField(max_length=64)
    caption = models.CharField("说明", max_length=200, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="上传人"
    )
    uploaded_at = models.DateTimeField("上传时间")
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_reason = models.CharField("撤回原因", max_length=200, blank=True)

    objects = AboutQuerySet.as_manager()

    class Meta:
        verbose_name = "佐证材料"
        verbose_name_plural = "佐证材料"
        ordering = ["uploaded_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["content_type", "object_id", "sha256"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="one_file_once",
            )
        ]
        indexes = [models.Index(fields=["content_type", "object_id"], name="evidence_subject")]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        """The address that asks who is asking; the file itself has none."""
        return reverse("workflow:evidence_download", args=[self.pk])

    @property
    def thumbnail_url(self) -> str:
        return reverse("workflow:evidence_thumbnail", args=[self.pk])

    @property
    def is_image(self) -> bool:
        """Whether a browser and Pillow can show it; a HEIC picture is kept and downloaded, not previewed."""
        return self.media_type in ("image/jpeg", "image/png", "image/webp")
