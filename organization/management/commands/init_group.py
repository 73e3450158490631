"""``manage.py init_group``: the group's root unit and its three administrators, on an empty production database."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from organization.authority import sync_authority
from organization.errors import Conflict
from organization.models import Appointment, User
from organization.services.people import make_password
from organization.services.units import create_root

ADMINISTRATORS = (
    ("SYS", "sysadmin", "系统管理员"),
    ("SEC", "secadmin", "安全管理员"),
    ("AUD", "auditor", "审计管理员"),
)


class Command(BaseCommand):
    help = "建立集团公司(根单位)和系统、安全、审计三个管理员账号;初始密码只显示一次,首次登录须修改。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="集团公司名称")
        parser.add_argument("--code", default="G", help="集团公司编码,默认 G")
        parser.add_argument("--mail", required=True, help="三个账号的通知邮箱")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        today = timezone.localdate()
        try:
            root = create_root(code=options["code"], name=options["name"])
            for post, username, name in ADMINISTRATORS:
                password = make_password()
                user = User(username=username, name=name, email=options["mail"], must_change_password=True)
                user.set_password(password)
                user.full_clean()
                user.save()
                Appointment.objects.create(user=user, post_id=post, unit=root, starts_on=today, reason="初始化")
                self.stdout.write(f"{name}\t{username}\t{password}")
        except Conflict as conflict:
            raise CommandError(conflict.message) from None
        except ValidationError as wrong:
            raise CommandError(";".join(wrong.messages)) from None
        sync_authority(today=today)
        self.stdout.write("请分别交给三位不同的人员;首次登录时必须修改密码。")
