"""`manage.py health [database] [broker] [beat]`: what /readyz asks, for processes that serve no pages."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from config import health

CHECKS = {
    "database": health.database_problem,
    "broker": health.broker_problem,
    "beat": lambda: health.beat_problem(timezone.now()),
}


class Command(BaseCommand):
    help = "检查数据库、消息队列与调度器心跳;有一项不正常时退出码为 1。"
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("parts", nargs="*", metavar="PART", help="、".join(CHECKS) + ";缺省为全部")

    def handle(self, *args: Any, **options: Any) -> None:
        failed = False
        for part in options["parts"] or CHECKS:
            if part not in CHECKS:
                self.stderr.write(f"{part}:没有这一项,可选 {'、'.join(CHECKS)}")
                failed = True
            elif problem := CHECKS[part]():
                self.stderr.write(f"{part}:{problem}")
                failed = True
        if failed:
            sys.exit(1)
