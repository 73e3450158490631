"""History of every move (G1)."""

from typing import Any

from django.conf import settings
from django.db import models

from organization.models import Post, Unit

from .subjects import About, AppendOnlyError, AppendOnlyQuerySet


class Transition(About):
    """G1: who, by which post, when, from → to, remark. Append-only.

    ``actor`` is empty for a move made by the calendar alone (a warranty that ends).
    ``changes`` holds what the step changed, as ``[{"field", "old", "new"}]`` in words.
    """

    step = models.CharField("步骤代码", max_length=40)
    label = models.CharField("步骤", max_length=60)
    source = models.CharField(max_length=40)
    target = models.CharField(max_length=40)
    source_label = models.CharField("原状态", max_length=40)
    target_label = models.CharField("新状态", max_length=40)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="操作人"
    )
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="岗位")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="单位")
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="被代理人"
    )
    at = models.DateTimeField("时间")
    remark = models.TextField("意见", blank=True)
    changes = models.JSONField("变更内容", default=list)
    version = models.PositiveIntegerField("版本", default=1)
    round = models.PositiveIntegerField("轮次", default=1)
    clause = models.CharField("条款", max_length=20, blank=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        verbose_name = "流转记录"
        verbose_name_plural = "流转记录"
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["content_type", "object_id", "at"], name="transition_subject"),
            models.Index(fields=["actor", "content_type", "object_id"], name="transition_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.who} {self.label}"

    @property
    def who(self) -> str:
        if self.actor is None:
            return "系统"
        return f"{self.actor} 代 {self.on_behalf_of}" if self.on_behalf_of else str(self.actor)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError("流转记录不可修改。")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnlyError("流转记录不可删除。")
