"""What must never stand in a committed file, and what the container files must say."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SECRETS = ("SECRET_KEY", "POSTGRES_PASSWORD", "EMAIL_URL")


def committed(*patterns: str) -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    data = path.read_bytes()
    return "" if b"\0" in data[:4096] else data.decode("utf-8", errors="replace")


def test_no_package_registry_is_named() -> None:
    # Put together here, so that this file does not name one itself.
    hosts = [
        "py" + "pi.org",
        "python" + "hosted.org",
        "registry." + "npmjs",
        "regis" + "try.yarnpkg",
        "npm" + "mirror.com",
    ]
    words = re.compile("|".join(map(re.escape, hosts)) + r"|--(extra-)?index" + r"-url[ =]\S*//")
    found = {str(path.relative_to(ROOT)) for path in committed() if words.search(text_of(path))}
    assert found == set()


def test_requirements_are_hashed() -> None:
    for name in ("base", "dev", "bootstrap"):
        lines = (ROOT / f"requirements/{name}.txt").read_text(encoding="utf-8").splitlines()
        pins = [number for number, line in enumerate(lines) if re.match(r"[a-z0-9].*==", line)]
        assert pins
        assert all("--hash=sha256:" in lines[number + 1] for number in pins)


def test_uv_lock_is_not_committed() -> None:
    assert committed("uv.lock") == []


TEMPLATES = committed("*.html")


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("something loaded from outside", r"""(src|href|action)\s*=\s*["'](https?:)?//(?!www\.w3\.org)"""),
        ("an inline script", r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/json)[^>]*>"),
        ("an inline style", r"<style\b|\sstyle\s*="),
        ("an inline handler", r"\son[a-z]+\s*=\s*[\"']"),
        ("a javascript: address", r"javascript:"),
    ],
)
def test_templates_hold_under_the_strict_policy(what: str, pattern: str) -> None:
    assert TEMPLATES, "no templates found: the pattern above would pass for nothing"
    # PDF documents are laid out by WeasyPrint and never reach a browser.
    pages = [path for path in TEMPLATES if "documents" not in path.parts]
    found = [str(path.relative_to(ROOT)) for path in pages if re.search(pattern, text_of(path), re.IGNORECASE)]
    assert found == [], what


def test_stylesheets_and_scripts_load_nothing_from_outside() -> None:
    pattern = re.compile(r"""(@import\s+|url\(\s*)["']?(https?:)?//|import\s[^;]*["']https?://""")
    own = [path for path in committed("*.css", "*.js") if "vendor" not in path.parts]
    assert [str(path) for path in own if pattern.search(text_of(path))] == []


# --- container files --------------------------------------------------------------------------------------------


def compose() -> dict[str, dict[str, dict[str, object]]]:
    loaded = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def test_every_service_has_a_health_check() -> None:
    services = compose()["services"]
    assert {"web", "worker", "beat", "database", "redis"} <= set(services)
    assert [name for name, service in services.items() if "healthcheck" not in service] == []


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    for name in SECRETS:
        uses = re.findall(r"\$\{" + name + r"([^}]*)\}", text)
        assert uses
        assert all(use.startswith(":?") for use in uses), name


def test_the_example_names_every_required_variable_and_no_working_secret() -> None:
    required = set(re.findall(r"\$\{([A-Z_]+):\?", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    example = dict(
        line.split("=", 1)
        for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
        if re.match(r"[A-Z]", line)
    )
    assert required <= set(example)
    assert len(example["SECRET_KEY"]) < 50, "production must refuse the placeholder"


def test_the_image_runs_the_commands_that_serve_runs() -> None:
    from config.management.commands import serve

    text = Path(serve.__file__).read_text(encoding="utf-8")
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for words in ("config.wsgi:application", "python:config.gunicorn"):
        assert words in text
        assert words in dockerfile
    assert "USER aftercare" in dockerfile
    assert "--require-hashes" in dockerfile


# --- README -----------------------------------------------------------------------------------------------------


def test_the_readme_lists_every_variable_that_settings_read() -> None:
    read = set()
    for path in committed("config/*.py", "config/**/*.py"):
        read |= set(re.findall(r"""env\.(?:str|int|bool|list|db_url|email_url)\(\s*"([A-Z_0-9]+)\"""", text_of(path)))
        read |= set(re.findall(r"""os\.environ\.get\(\s*"([A-Z_0-9]+)\"""", text_of(path)))
    read -= {"DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER", "AFTERCARE_TEST_ROOT", "TEST_DATABASE_NAME"}
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert read
    assert {name for name in read if f"`{name}`" not in readme} == set()
