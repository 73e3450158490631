"""What every template and asset must keep to: a strict policy, known icons, nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders

from organization.components.assets import SCRIPTS, STYLES, sprite_names

ROOT = Path(settings.BASE_DIR)
# Documents for the printer carry their own styles and never reach a browser.
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if "documents" not in path.parts)
OWN_ASSETS = sorted([*(ROOT / "static" / "css").glob("*.css"), *(ROOT / "static" / "js").glob("*.js")])


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_has_no_inline_script_or_style(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"<style\b|\sstyle\s*=", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']|javascript:", text)


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_a_template_takes_nothing_from_elsewhere(path: Path) -> None:
    assert not re.search(r"(src|href|action)=[\"'](https?:)?//", path.read_text(encoding="utf-8"))


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    named = {
        (path.name, icon)
        for path in TEMPLATES
        for icon in re.findall(r"{%\s*icon\s+\"([^\"]+)\"", path.read_text(encoding="utf-8"))
    }
    assert named
    assert {(file, icon) for file, icon in named if icon not in sprite_names()} == set()


def test_the_head_names_every_style_sheet_and_script() -> None:
    """The head of every page, or the page that alone needs it: no file that nobody loads, no name without a file."""
    texts = [path.read_text(encoding="utf-8") for path in TEMPLATES]
    of_a_page = {found for text in texts for found in re.findall(r"{% static ['\"]js/(\w+)\.js['\"] %}", text)}
    assert {path.stem for path in OWN_ASSETS if path.suffix == ".js"} == set(SCRIPTS) | of_a_page
    assert set(STYLES) <= {path.stem for path in OWN_ASSETS if path.suffix == ".css"}
    assert all(finders.find(f"css/{each}.css") for each in STYLES)


@pytest.mark.parametrize("path", OWN_ASSETS, ids=name)
def test_an_asset_asks_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "http://" not in text
    assert "https://" not in text
    assert "eval(" not in text


def test_vendor_files_name_no_source_maps() -> None:
    files = [path for path in (ROOT / "static" / "vendor").rglob("*") if path.suffix in {".css", ".js"}]
    assert files
    assert [path for path in files if "sourceMappingURL" in path.read_text(encoding="utf-8")] == []
