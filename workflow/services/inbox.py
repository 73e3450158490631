"""What people do with their notices, and operators with mails that failed."""

from datetime import datetime

from django.db import transaction

from organization.models import User
from workflow.errors import Conflict
from workflow.models import Channel, Notice
from workflow.permissions import OPERATE


def read_notice(*, notice_id: int, actor: User, now: datetime) -> Notice | None:
    """Mark one of the actor's own notices read; None when it is not theirs."""
    notice = Notice.objects.filter(pk=notice_id, recipient=actor, channel=Channel.INBOX).first()
    if notice is not None and notice.read_at is None:
        Notice.objects.filter(pk=notice.pk, read_at__isnull=True).update(read_at=now)
    return notice


def read_all_notices(*, actor: User, now: datetime) -> int:
    return Notice.objects.filter(recipient=actor, channel=Channel.INBOX, read_at__isnull=True).update(read_at=now)


@transaction.atomic
def retry_mail(*, notice_id: int, actor: User, now: datetime) -> Notice:
    """Put a failed mail back among the waiting ones, its attempts forgotten; it leaves with the next run."""
    OPERATE.require_somewhere(actor)
    notice = Notice.objects.select_for_update().get(pk=notice_id, channel=Channel.MAIL)
    if notice.state != Notice.State.FAILED:
        raise Conflict(f"这封邮件的状态是“{notice.get_state_display()}”,不需要重发。请刷新页面。")
    notice.state, notice.attempts, notice.not_before = Notice.State.WAITING, 0, now
    notice.save(update_fields=["state", "attempts", "not_before"])
    return notice


def retry_failed_mails(*, actor: User, now: datetime) -> int:
    """All failed mails at once, after the mail server was repaired."""
    OPERATE.require_somewhere(actor)
    failed = Notice.objects.filter(channel=Channel.MAIL, state=Notice.State.FAILED)
    return failed.update(state=Notice.State.WAITING, attempts=0, not_before=now)
