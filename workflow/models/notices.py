"""The outbox: what must be told, to whom, by which channel."""

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q


class Channel(models.TextChoices):
    INBOX = "inbox", "站内"
    MAIL = "mail", "邮件"


class Notice(models.Model):
    """One message to one person by one channel, written in the transaction of the fact it tells of.

    Unique per (key, recipient, channel), so a repeated or raced writer adds nothing. An inbox row is delivered by
    existing; a mail row is delivered by ``deliver_notices`` and marked after the peer has taken it: a crash repeats
    at worst (same Message-ID), and never loses. Mail leaves no earlier than ``not_before``, and in the quiet hours only
    when ``urgent`` (the overdue fact). ``claimed_until`` is the lease of the process that is sending it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "待发送"
        SENT = "sent", "已送达"
        FAILED = "failed", "发送失败"

    key = models.CharField(max_length=80)
    kind = models.CharField("类别", max_length=24)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="notices",
        verbose_name="接收人",
        db_index=False,
    )
    channel = models.CharField("渠道", max_length=8, choices=Channel)
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    object_id = models.PositiveBigIntegerField(null=True)
    title = models.CharField("标题", max_length=250)
    text = models.TextField("内容", blank=True)
    url = models.CharField("链接", max_length=200, blank=True)
    created_at = models.DateTimeField("生成时间")
    urgent = models.BooleanField("不受静默时段限制", default=False)
    not_before = models.DateTimeField("最早发送时间")
    state = models.CharField("状态", max_length=8, choices=State, default=State.WAITING)
    sent_at = models.DateTimeField("送达时间", null=True)
    read_at = models.DateTimeField("阅读时间", null=True)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    claimed_until = models.DateTimeField(null=True)
    error = models.CharField("错误", max_length=500, blank=True)

    class Meta:
        verbose_name = "通知"
        verbose_name_plural = "通知"
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["key", "recipient", "channel"], name="one_notice")]
        indexes = [
            models.Index(fields=["not_before"], condition=Q(state="waiting"), name="notice_waiting"),
            models.Index(fields=["-created_at"], condition=Q(state="failed"), name="notice_failed"),
            models.Index(fields=["recipient", "-created_at"], condition=Q(channel="inbox"), name="notice_inbox"),
            models.Index(
                fields=["recipient"], condition=Q(channel="inbox", read_at__isnull=True), name="notice_unread"
            ),
        ]

    def __str__(self) -> str:
        return self.title
