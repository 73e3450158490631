"""`manage.py serve`: the whole portal as one command, for a machine without any server installed."""

import hashlib
import logging
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from config.supervisor import Child, Hopeless, Supervisor, die_with_parent

ACCOUNTS = (
    ("集团工程部", "gw gh gl"),
    ("二级单位 1", "uw1 uh1 ul1 ug1 ud1(2–4 同理)"),
    ("项目经理部 1-1", "pw11 pe11 pm11(其余同理,如 pw21 为二级单位 2 第 1 项目部)"),
    ("三员管理", "sysadmin secadmin auditor"),
)
READY_SECONDS = 120.0


class Command(BaseCommand):
    help = "启动整个门户:网页、任务进程与调度器;首次运行时建库并装载演示集团。"
    requires_system_checks = ()  # `make check` runs them; starting stays fast

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--with-parent", action="store_true", help="上级进程(make)消失时一并停止")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["with_parent"]:
            die_with_parent()
        logging.getLogger("django.request").setLevel(logging.ERROR)
        host, port = os.environ.get("BIND", "127.0.0.1"), _port()
        listener = _listen(host, port)
        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, _stop_early)

        prepare_database(self)
        if collect_static():
            self.stdout.write("静态文件已更新。")
        connection.close()

        web, *background = children(listener)
        supervisor = Supervisor([web])

        def stop(signum: int, frame: FrameType | None) -> None:
            supervisor.stopping = True

        for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, stop)
        failure = ""
        try:
            supervisor.start()
            deadline = time.monotonic() + READY_SECONDS
            supervisor.run(until=lambda: _answers(host, port) or time.monotonic() > deadline)
            if not supervisor.stopping:
                # After the pages: loading three processes at once on a small machine keeps the person waiting.
                for child in background:
                    supervisor.add(child)
                self.announce(host, port)
                supervisor.run()
        except Hopeless as problem:
            failure = str(problem)
        finally:
            listener.close()
            supervisor.stop()
        if failure:
            raise CommandError(f"门户无法运行:{failure}。原因见上面的日志。")
        self.stdout.write("门户已停止。")

    def announce(self, host: str, port: int) -> None:
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - only compared
        lines = ["", f"门户已启动:http://{shown}:{port}/  (按 Ctrl-C 停止)"]
        if settings.DEMO:
            lines.append("演示账号(口令见 DEMO_PASSWORD,默认 " + settings.DEFAULT_DEMO_PASSWORD + "):")
            lines += [f"  {who}  {names}" for who, names in ACCOUNTS]
        self.stdout.write("\n".join(lines) + "\n")
        self.stdout.flush()


def prepare_database(command: BaseCommand) -> None:
    """Migrate when there is something to migrate, load the demo group when there are no people yet."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        command.stdout.write("正在建立或升级数据库 …")
        command.stdout.flush()
        call_command("migrate", interactive=False, verbosity=0)
    if settings.DEMO and not get_user_model().objects.exists():
        command.stdout.write("正在装载演示集团(首次运行)…")
        command.stdout.flush()
        call_command("seed_demo", verbosity=0)


def collect_static() -> bool:
    """Collect the static files when one of them changed; the stamp is the hash of names, sizes and times."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    if stamp.is_file() and stamp.read_text() == digest.hexdigest():
        return False
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(digest.hexdigest())
    return True


def children(listener: socket.socket) -> list[Child]:
    """Web, worker and scheduler, each with the environment of this process."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "config.settings"),
        "WEB_CONCURRENCY": os.environ.get("WEB_CONCURRENCY", "2"),
        # A task in hand gets a few seconds at the end; tables keep what it did not finish.
        "REMAP_SIGTERM": "SIGQUIT",
    }
    celery = [sys.executable, "-m", "celery", "--quiet", "-A", "config"]
    concurrency = os.environ.get("WORKER_CONCURRENCY", "2")
    return [
        Child(
            "web",
            [
                *(sys.executable, "-m", "gunicorn", "config.wsgi:application", "--config", "python:config.gunicorn"),
                *("--bind", f"fd://{listener.fileno()}"),
            ],
            environment,
            pass_fds=[listener.fileno()],
        ),
        Child(
            "worker",
            [
                *(*celery, "worker", "--loglevel", "WARNING", "--concurrency", concurrency),
                *("--without-gossip", "--without-mingle", "--without-heartbeat"),
            ],
            environment,
        ),
        Child("beat", [*celery, "beat", "--loglevel", "WARNING", "--pidfile="], environment),
    ]


def _port() -> int:
    text = os.environ.get("PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CommandError(f"PORT 应为 1–65535 的整数,当前为 {text!r}。")
    return int(text)


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else happens, and keep it for gunicorn: nothing can come in between."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as problem:
        listener.close()
        raise CommandError(
            f"端口 {host}:{port} 无法使用({problem.strerror})。请停止占用它的程序,或换一个端口:PORT=8001 make run"
        ) from None
    return listener


def _stop_early(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(130 if signum == signal.SIGINT else 143)


def _answers(host: str, port: int) -> bool:
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - only compared
    try:
        with urllib.request.urlopen(f"http://{shown}:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except urllib.error.HTTPError:
        return True  # an answer all the same
    except OSError:
        return False
