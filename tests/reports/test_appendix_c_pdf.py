"""Appendix C as a PDF: the right glyphs, the right footer, nothing fetched, nothing interpreted."""

import logging
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from ledgers.appendix_c import Contact
from reports.documents import pdf as engine
from reports.documents.appendix_c import Form
from reports.documents.appendix_c_pdf import AppendixCPdf
from reports.documents.base import Footer
from tests.reports.conftest import people
from tests.reports.glyphs import difference, drawn_fonts, ink, picture
from tests.reports.test_appendix_c_xlsx import FOOTER, form


def written(filled: Form, footer: Footer = FOOTER) -> bytes:
    target = BytesIO()
    AppendixCPdf(filled, footer).render(target)
    return target.getvalue()


def pages(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


@pytest.mark.clause("5.1.1", "C")
def test_every_post_prints_in_the_forms_order() -> None:
    (page,) = pages(written(form()))
    order = (
        "竣工工程信息台帐 xxC028B1 2026-001 2026年11月23日 工程名称 星河湾一期住宅工程 2025年6月1日 2027年5月31日 序号 "
        "一、保修责任主体主要联系人 项目授权保修负责人 水暖主任 二、施工分包主要联系人 玻璃幕墙 "
        "三、业主方或接收方主要联系人 工程部经理 物业经理"
    ).split()
    at = [page.index(text) for text in order]
    assert at == sorted(at)


@pytest.mark.clause("C")
def test_characters_are_drawn_with_their_own_glyphs_not_with_boxes() -> None:
    """By pixels: each character's picture is that of the shipped font, differs from its neighbours', and is no box."""
    pdf = written(form())
    shipped = {weight: TTFont(path) for weight, path in engine.font_paths().items()}
    fonts = drawn_fonts(pdf)
    assert len(fonts) == 2  # regular and bold, both embedded
    seen = 0
    for font in fonts:
        bold = font.name.lower().endswith("bold")
        original = shipped[700 if bold else 400]
        names = original.getBestCmap()
        for character in "竣工程信息台帐星河湾保修责任主体徐晓明北京市丰台区0123456789":
            if character not in font.glyph_of:
                continue
            drawn = font.picture(character)
            seen += 1
            assert ink(drawn) > 40, character
            assert difference(drawn, picture(original, names[ord(character)])) < ink(drawn) * 0.05, character
            assert difference(drawn, font.box()) > 40, character
    assert seen > 25
    regular = next(font for font in fonts if "星" in font.glyph_of)
    assert difference(regular.picture("星"), regular.picture("河")) > 100


@pytest.mark.clause("2.1", "6.1")
def test_each_page_carries_the_edition_and_its_number() -> None:
    many = people() + [Contact("owner", "", f"小业主{at}", "赵敏", "13900000001") for at in range(40)]
    found = pages(written(form(contacts=many), Footer("某某标准", "Q/ZT-01-2030(B)")))
    assert len(found) == 3
    for number, text in enumerate(found, 1):
        assert "某某标准" in text
        assert "Q/ZT-01-2030(B)" in text
        assert f"第 {number} 页 共 3 页" in text
        assert "联系方式" in text  # the table's head is repeated
    assert "小业主39" in found[-1]


@pytest.mark.clause("5.1.1", "2.1")
def test_a_draft_is_marked_on_every_page() -> None:
    many = people() + [Contact("owner", "", f"小业主{at}", "赵敏", "13900000001") for at in range(20)]
    assert all("草稿 · 未生效" in page for page in pages(written(form(note="草稿 · 未生效", contacts=many))))
    assert "未生效" not in pages(written(form()))[0]


@pytest.mark.clause("C")
def test_a_text_is_never_interpreted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Markup in any field prints as it was typed, and nothing it names is read."""
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET-CONTENT")
    nasty = '<img src="http://127.0.0.1:9/x.png"><script>alert(1)</script></td><b>粗</b>'
    nasty += f'<a rel="attachment" href="{secret.as_uri()}">'
    contacts = people(project_manager={"name": "<script>x", "remark": nasty, "phone": "&lt;13800000000"})
    contacts.append(Contact("owner", "", "</style><style>*{display:none}", "赵敏", "1"))
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        pdf = written(
            form(name=nasty[:190], address="<link rel=stylesheet href=file:///etc/passwd>", contacts=contacts)
        )
    text = "".join("".join(pages(pdf)).split())
    assert "<script>alert(1)</script>" in text
    assert "<linkrel=stylesheethref=file:///etc/passwd>" in text
    assert "&lt;13800000000" in text
    assert "</style><style>*{display:none}" in text
    assert b"SECRET-CONTENT" not in pdf
    assert "SECRET-CONTENT" not in text
    assert not caplog.records  # nothing was even asked for


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "https://example.com/a.ttf", "file:///etc/passwd", "data:text/plain,x", "ftp://x/y"]
)
def test_nothing_but_the_shipped_fonts_is_fetched(url: str) -> None:
    with pytest.raises(ValueError, match="nothing but the shipped fonts"):
        engine.FontsOnly().fetch(url)


def test_a_missing_font_is_an_error_not_a_page_of_boxes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine, "font_paths", lambda: {400: tmp_path / "NotoSansSC-Regular.ttf"})
    engine._engine.cache_clear()
    try:
        with pytest.raises(RuntimeError, match="NotoSansSC-Regular"):
            written(form())
    finally:
        engine._engine.cache_clear()


def test_one_form_takes_less_than_half_a_second_once_warm() -> None:
    written(form())
    taken = []  # processor time, so that a busy machine does not decide
    for _ in range(3):
        begun = time.process_time()
        written(form())
        taken.append(time.process_time() - begun)
    assert min(taken) < 0.5


def test_the_engine_is_made_once_a_process() -> None:
    first: Any = engine._engine()
    assert engine._engine() is first
