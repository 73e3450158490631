"""`manage.py seed_demo`: one demo group with records in every state of every flow."""

from argparse import ArgumentParser
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from config.demo.complaints import Complaints
from config.demo.group import build_group
from config.demo.ledgers import Demo
from config.demo.revisits import Revisits
from config.demo.warranty import Warranties
from organization.models import Unit
from workflow.models import Notice
from workflow.services.sweep import sweep_clocks

SEED = 20180101


class Command(BaseCommand):
    help = "装载演示集团:单位、人员、任职,以及各流程各状态的记录(日期相对今天)。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--scale", type=int, default=1, help="数据量倍数(默认 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION and settings.DEMO_PASSWORD == settings.DEFAULT_DEMO_PASSWORD:
            raise CommandError("生产环境不得以默认口令装载演示数据:请设置 DEMO_PASSWORD。")
        if options["scale"] < 1:
            raise CommandError("--scale 须为不小于 1 的整数。")
        if Unit.objects.exists():
            self.stdout.write("数据库中已有单位数据,未装载演示数据。")
            return
        now = timezone.now()
        today = timezone.localdate(now)
        random = Random(SEED)  # noqa: S311 - names of a demo, not a secret
        with transaction.atomic():
            units = build_group(password=settings.DEMO_PASSWORD, random=random, today=today)
            ledgers = Demo(units=units, random=random, today=today)
            ledgers.load(options["scale"])
            words = Random(SEED + 1)  # noqa: S311 - a seed of its own: what the ledgers draw stays as it is
            Complaints(units=units, random=words, today=today).load()
            visits = Random(SEED + 2)  # noqa: S311
            Revisits(units=units, random=visits, today=today, ledgers=ledgers).load()
            repairs = Random(SEED + 3)  # noqa: S311 - likewise
            Warranties(units=units, random=repairs, today=today).load()
            sweep_clocks(now=now)
            self._forget_old_mail(now)
        self.stdout.write(f"演示集团已装载:{len(units)} 个单位。")

    def _forget_old_mail(self, now: Any) -> None:
        """What the demo's past told was told then: only today's mail is still to be sent."""
        midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
        past = Notice.objects.filter(state=Notice.State.WAITING, created_at__lt=midnight)
        past.update(state=Notice.State.SENT, sent_at=now)
        Notice.objects.filter(channel="inbox", created_at__lt=midnight).update(read_at=now)
