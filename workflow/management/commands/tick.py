"""One round of the periodic work by hand: sweep the clocks, write missed digests, deliver the mails that may leave."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from workflow.services.delivery import deliver_notices
from workflow.services.digest import digests_missed, send_digests
from workflow.services.sweep import sweep_clocks


class Command(BaseCommand):
    help = "执行一轮定时工作:扫描时限、补发晨报、投递邮件(供无任务队列时手工或由 cron 调用)"

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        swept = sweep_clocks(now=now)
        digests = send_digests(now=now) if digests_missed(now=now) else 0
        sent = failed = 0
        while (result := deliver_notices(now=timezone.now())).handled:
            sent, failed = sent + result.sent, failed + result.failed
        self.stdout.write(
            f"提醒 {swept.reminders} 条,新逾期 {swept.overdue} 项,晨报 {digests} 人,送达 {sent} 封,失败 {failed} 封"
        )
        if result.outage:
            self.stderr.write(result.outage)
