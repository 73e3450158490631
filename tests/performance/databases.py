"""The databases of the bench: made for it, dropped after it. Each comes as the environment of its processes."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from scripts.database import answers, local_postgres, wheel_postgres

DEFAULT_NAME = "aftercare_bench"
REDIS = "redis://127.0.0.1:6379/14"
# What the caller's shell says about another portal is not the bench's business.
FOREIGN = (
    "AFTERCARE_ENV", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG", "DEMO",
    "DEMO_PASSWORD", "VAR_DIR", "STATIC_ROOT", "MEDIA_ROOT", "S3_BUCKET", "BASE_URL", "DJANGO_SETTINGS_MODULE",
    "WEB_CONCURRENCY", "WEB_THREADS", "CONN_MAX_AGE",
)  # fmt: skip


@dataclass(frozen=True)
class Database:
    name: str
    about: str
    folder: Path
    environment: dict[str, str]

    @property
    def postgres(self) -> bool:
        return self.name == "PostgreSQL"


def _environment(folder: Path, static: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    return kept | {"VAR_DIR": str(folder), "STATIC_ROOT": str(static), "LOG_LEVEL": "WARNING", "DEMO": "0"}


@contextmanager
def sqlite(folder: Path, static: Path) -> Iterator[Database]:
    """The embedded mode: SQLite and a file cache below ``folder``."""
    folder.mkdir()
    yield Database("SQLite", "embedded mode, file cache", folder, _environment(folder, static))


@contextmanager
def postgres(folder: Path, static: Path, *, name: str, keep: bool) -> Iterator[Database]:
    """A database of its own on DATABASE_URL's server, else on 127.0.0.1:5432, else on the wheel's server.

    Production settings where a Redis answers (REDIS_URL or 127.0.0.1:6379), else the embedded mode's cache.
    """
    folder.mkdir()
    given = os.environ.get("DATABASE_URL", "")
    undo = None
    if given.startswith("postgres"):
        admin, where = given, "DATABASE_URL"
    elif local := local_postgres():
        admin, where = local, "127.0.0.1:5432"
    else:
        (admin, undo), where = wheel_postgres(), "started from the wheel"
    try:
        _recreate(admin, name)
        url = urlsplit(admin)._replace(path=f"/{name}").geturl()
        environment = _environment(folder, static) | {"DATABASE_URL": url}
        redis = os.environ.get("REDIS_URL") or (REDIS if answers(6379) else "")
        if redis:
            environment |= _production(redis)
        mode = "production settings, Redis" if redis else "embedded mode, file cache"
        yield Database("PostgreSQL", f"{where}, {mode}", folder, environment)
    finally:
        if undo is not None:
            undo()
        elif not keep:
            _drop(admin, name)


def _production(redis: str) -> dict[str, str]:
    return {
        "AFTERCARE_ENV": "production",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "127.0.0.1",
        "BASE_URL": "https://127.0.0.1",
        "EMAIL_URL": "dummymail://",
        "REDIS_URL": redis,
    }


def _recreate(admin: str, name: str) -> None:
    _drop(admin, name)
    with psycopg.connect(admin, autocommit=True) as link:
        link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _drop(admin: str, name: str) -> None:
    with psycopg.connect(admin, autocommit=True) as link:
        link.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
