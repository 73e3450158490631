"""Templates to PDF with the shipped font. The font and the style sheet are read once a process; nothing is fetched."""

import re
import threading
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

FAMILY = "Noto Sans SC"
WEIGHTS = {400: "NotoSansSC-Regular.ttf", 700: "NotoSansSC-Bold.ttf"}
STYLE = Path(__file__).with_name("print.css")
# Control characters, and those that turn the direction of what follows: they print nothing, or another text.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]"
)
# One document at a time in a process: Pango's font map is shared and not made for threads.
_lock = threading.Lock()


def font_paths() -> dict[int, Path]:
    folder = Path(settings.BASE_DIR) / "static" / "vendor" / "fonts"
    return {weight: folder / name for weight, name in WEIGHTS.items()}


class FontsOnly(URLFetcher):
    """Whatever a text of the document may point at, only the shipped fonts are read: no network, no other file."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("file",), allow_redirects=False)
        self._allowed = frozenset(path.as_uri() for path in font_paths().values())

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        if url not in self._allowed:
            raise ValueError("documents fetch nothing but the shipped fonts")
        return super().fetch(url, headers)


@cache
def _engine() -> tuple[FontsOnly, FontConfiguration, CSS]:
    """Fetcher, fonts, style sheet. A missing font fails here: it would print boxes while the text looks right."""
    missing = [path.name for path in font_paths().values() if not path.is_file()]
    if missing:
        raise RuntimeError(f"缺少字体文件:{'、'.join(missing)}(static/vendor/fonts)。")
    fetcher, fonts = FontsOnly(), FontConfiguration()
    faces = "".join(
        f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; src: url("{path.as_uri()}"); }}\n'
        for weight, path in font_paths().items()
    )
    style = CSS(string=faces + STYLE.read_text(encoding="utf-8"), url_fetcher=fetcher, font_config=fonts)
    return fetcher, fonts, style


def render_pdf(template: str, context: dict[str, Any], target: BinaryIO) -> None:
    """Write the template, filled and escaped, as a PDF into ``target``."""
    html = _UNPRINTABLE.sub("", render_to_string(template, context))
    with _lock:
        fetcher, fonts, style = _engine()
        HTML(string=html, url_fetcher=fetcher).write_pdf(target, stylesheets=[style], font_config=fonts)
