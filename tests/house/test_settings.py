"""Production refuses to start half configured; the embedded mode needs nothing."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRET = "k3J9-vQz7_Lm2XwR8tYb5NcF1gHd6KpS4aUe0iOoZxCvBnMqWe"
PRODUCTION = {
    "AFTERCARE_ENV": "production",
    "SECRET_KEY": SECRET,
    "ALLOWED_HOSTS": "portal.example.com",
    "DATABASE_URL": "postgres://a:b@database.invalid/portal",
    "REDIS_URL": "redis://redis.invalid:6379/0",
    "EMAIL_URL": "smtp+tls://a:b@mail.invalid:587",
}


def read(tmp_path: Path, expression: str, **variables: str | None) -> subprocess.CompletedProcess[str]:
    """Read the settings in a fresh process; a variable of None is left out."""
    chosen = {name: value for name, value in variables.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", f"from config import settings as s; print(({expression}))"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **chosen},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_embedded_needs_nothing(tmp_path: Path) -> None:
    result = read(tmp_path, "s.DEBUG, s.DATABASES['default']['ENGINE'], s.CELERY_BROKER_URL, s.EMAIL_BACKEND")
    assert result.stdout.strip() == str(
        (False, "django.db.backends.sqlite3", "filesystem://", "workflow.mail.MaildirBackend")
    )


def test_production_starts_when_everything_is_named(tmp_path: Path) -> None:
    result = read(tmp_path, "s.SESSION_COOKIE_SECURE, s.CELERY_BROKER_URL, s.DEMO, s.EMAIL_HOST", **PRODUCTION)
    assert result.stdout.strip() == str((True, "redis://redis.invalid:6379/0", False, "mail.invalid"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"SECRET_KEY": "embedded-mode-only-never-used-in-production"}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY"),
        ({"DATABASE_URL": None}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:////tmp/x.sqlite3"}, "DATABASE_URL"),
        ({"REDIS_URL": None}, "REDIS_URL"),
        ({"EMAIL_URL": None}, "EMAIL_URL"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS"),
        ({"DEBUG": "1"}, "DEBUG"),
        ({"DEMO": "1"}, "DEMO_PASSWORD"),
    ],
)
def test_production_refuses(tmp_path: Path, change: dict[str, str | None], named: str) -> None:
    result = read(tmp_path, "'started'", **(PRODUCTION | change))
    assert result.returncode != 0
    assert "started" not in result.stdout
    last = result.stderr.strip().splitlines()[-1]
    assert "ImproperlyConfigured" in last
    assert named in last


def test_media_move_to_s3_when_a_bucket_is_named(tmp_path: Path) -> None:
    result = read(tmp_path, "s.STORAGES['default']['BACKEND']", S3_BUCKET="evidence")
    assert result.stdout.strip() == "storages.backends.s3.S3Storage"


def test_a_machine_without_pango_still_serves_pages(tmp_path: Path) -> None:
    """A start loads no PDF library: it costs a second, and its system libraries may be missing."""
    script = (
        "import sys, django; django.setup(); import config.urls, ledgers.tasks, workflow.tasks, organization.tasks\n"
        "print('weasyprint' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "config.settings"},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert result.stdout.strip() == "False", result.stderr


def test_without_pango_a_pdf_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import builtins

    from organization.errors import Conflict
    from reports.documents.printing import print_pdf

    real = builtins.__import__

    def without_pango(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "pdf":  # the relative import of what prints every document
            raise OSError("cannot load library 'libpango-1.0.so.0'")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without_pango)
    with pytest.raises(Conflict, match="Pango"):
        print_pdf("reports/documents/appendix_c.html", {}, io.BytesIO())
