"""What a file is, by its content."""

import io
import zipfile

import pytest

from tests.workflow import files
from workflow.media_types import ACCEPTED, DOCX, MAX_PIXELS, PDF, XLSX, MediaType, NotAcceptedError, identify, safe_name


def kind_of(content: bytes) -> MediaType:
    return identify(io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (files.picture("JPEG"), "jpg"),
        (files.picture("PNG"), "png"),
        (files.picture("WEBP"), "webp"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"),
        (files.PDF, "pdf"),
        (files.xlsx(), "xlsx"),
        (files.docx(), "docx"),
        (files.old_office("Workbook"), "xls"),
        (files.old_office("WordDocument"), "doc"),
        (b"ID3\x04\0\0\0\0\0\0", "mp3"),
        (b"\xff\xfb\x90\x64" + b"\0" * 400, "mp3"),
        (b"\0\0\0\x20ftypM4A \0\0\0\0", "m4a"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "wav"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2", "mp4"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_accepted_types_are_known_by_content(content: bytes, extension: str) -> None:
    assert kind_of(content).extension == extension


@pytest.mark.parametrize(
    "content",
    [
        files.SVG,
        files.HTML,
        b"#!/bin/sh\nrm -rf /\n",
        b"MZ\x90\0" + b"\0" * 60,
        b"\x7fELF" + b"\0" * 60,
        b"GIF89a" + b"\0" * 60,
        b"plain text",
        files.archive({"evil.js": b"alert(1)"}),
        files.old_office("SomethingElse"),
        b"\xff\xf1\x50\x80" + b"\0" * 100,  # AAC, not layer III
        b"\0\0\0\x20ftypevil",
    ],
    ids=lambda content: content[:6].hex(),
)
def test_what_is_not_on_the_list_is_refused_with_the_list(content: bytes) -> None:
    with pytest.raises(NotAcceptedError, match="可上传:图片"):
        kind_of(content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "空"),
        (b"\x89PNG\r\n\x1a\n" + files.SVG, "不是真正的图片"),
        (b"\xff\xd8\xff\xe0" + files.HTML, "不是真正的图片"),
        (files.picture("PNG")[:60], "损坏"),
        (files.huge_png(20_000, 20_000), "图片尺寸过大"),
        (files.huge_png(2_000_000_000, 2), "图片"),
        (b"PK\x03\x04 not a zip at all", "已损坏"),
        (files.docx(**{"word/vbaProject.bin": b"x"}), "含有宏"),
        (files.xlsx(**{"XL/VBAPROJECT.BIN": b"x"}), "含有宏"),
        (files.old_office("WordDocument", "_VBA_PROJECT"), "含有宏"),
        (files.old_office("EncryptedPackage"), "密码"),
        (files.docx(**{"word/media/bomb.bin": b"\0" * 30_000_000}), "压缩炸弹"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_hostile_content_is_refused_in_words(content: bytes, message: str) -> None:
    with pytest.raises(NotAcceptedError, match=message):
        kind_of(content)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_the_pixel_limit_is_exact() -> None:
    with pytest.raises(NotAcceptedError, match="图片尺寸过大"):
        kind_of(files.huge_png(MAX_PIXELS // 1000 + 1, 1000))
    assert kind_of(files.huge_png(MAX_PIXELS // 1000, 1000)).extension == "png"


def test_a_bomb_of_many_small_parts_is_refused() -> None:
    parts = {f"word/part{n}.xml": b"\0" * 9_000_000 for n in range(4)}
    with pytest.raises(NotAcceptedError, match="解压后过大"):
        kind_of(files.docx(**parts))


def test_a_part_that_needs_a_password_is_refused() -> None:
    content = bytearray(files.docx())
    position = content.rindex(b"PK\x01\x02")
    content[position + 8] |= 1  # the flag of the central directory
    with pytest.raises(NotAcceptedError, match="密码"):
        kind_of(bytes(content))


def test_too_many_parts_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        for number in range(10_001):
            zipped.writestr(f"p{number}", b"")
    with pytest.raises(NotAcceptedError, match="条目过多"):
        kind_of(out.getvalue())


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("现场照片.jpg", "现场照片.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("..\\..\\windows\\system.ini", "system.pdf"),
        ("/absolute/报告.docx", "报告.pdf"),
        ("a\r\nContent-Type: text/html.pdf", "html.pdf"),
        ("照片\u202egpj.exe", "照片_gpj.pdf"),
        ("...", "文件.pdf"),
        ("", "文件.pdf"),
        ("no extension", "no extension.pdf"),
        ("x" * 400 + ".pdf", "x" * 150 + ".pdf"),
        ('"quoted"<b>.pdf', "quoted_b.pdf"),
        ("nul\0byte.pdf", "nul_byte.pdf"),
    ],
)
def test_names_lose_paths_and_tricks_and_get_the_true_extension(name: str, kept: str) -> None:
    assert safe_name(name, PDF) == kept


def test_every_accepted_type_has_its_own_extension() -> None:
    assert len({kind.extension for kind in ACCEPTED}) == len(ACCEPTED)
    assert DOCX.name != XLSX.name
