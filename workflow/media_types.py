"""What a file is, by its content: the allow-list of evidence. Pure: bytes in, a type or a reason in Chinese out.

The name's extension is never believed. What is not recognised is refused; scripts, pages, SVG, programs and documents
with macros are not on the list.
"""

import re
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image

HEAD = 8192
MAX_PIXELS = 120_000_000  # a 108-megapixel phone passes; decoded, nothing larger is ever held
MAX_ENTRIES = 10_000
MAX_UNPACKED = 300 * 1024 * 1024
MAX_RATIO = 200
RATIO_FROM = 10 * 1024 * 1024  # small texts compress well; only a large result is suspicious


class NotAcceptedError(ValueError):
    """The file is not taken; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class MediaType:
    name: str
    extension: str
    label: str

    @property
    def is_image(self) -> bool:
        return self.name.startswith("image/")


JPEG = MediaType("image/jpeg", "jpg", "图片")
PNG = MediaType("image/png", "png", "图片")
WEBP = MediaType("image/webp", "webp", "图片")
HEIC = MediaType("image/heic", "heic", "图片")
PDF = MediaType("application/pdf", "pdf", "PDF")
XLSX = MediaType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", "Excel")
DOCX = MediaType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", "Word")
XLS = MediaType("application/vnd.ms-excel", "xls", "Excel")
DOC = MediaType("application/msword", "doc", "Word")
MP3 = MediaType("audio/mpeg", "mp3", "录音")
M4A = MediaType("audio/mp4", "m4a", "录音")
WAV = MediaType("audio/wav", "wav", "录音")
MP4 = MediaType("video/mp4", "mp4", "视频")

ACCEPTED = (JPEG, PNG, WEBP, HEIC, PDF, XLSX, DOCX, XLS, DOC, MP3, M4A, WAV, MP4)
ACCEPTED_TEXT = "图片(jpg、png、webp、heic)、PDF、Word、Excel、录音(mp3、m4a、wav)、视频(mp4)"
ACCEPT_ATTRIBUTE = ",".join(f".{kind.extension}" for kind in ACCEPTED) + ",.jpeg"
Image.MAX_IMAGE_PIXELS = MAX_PIXELS  # the library warns above it and refuses above twice of it
_PIL_FORMATS = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP"}
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"}
_MP4_BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"MSNV", b"qt  "}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def identify(file: BinaryIO) -> MediaType:
    """The type of a seekable file, checked as deeply as the type needs. Raises ``NotAcceptedError``."""
    file.seek(0)
    head = file.read(HEAD)
    if not head:
        raise NotAcceptedError("文件是空的,请检查后重新上传。")
    kind = _by_signature(head)
    if kind is None and head.startswith(b"PK\x03\x04"):
        kind = _office(file)
    if kind is None and head.startswith(_OLE):
        kind = _ole(file)
    if kind is None:
        raise NotAcceptedError(f"不支持该文件的类型(按内容识别,与扩展名无关)。可上传:{ACCEPTED_TEXT}。")
    if kind in _PIL_FORMATS:
        _check_image(file, _PIL_FORMATS[kind])
    file.seek(0)
    return kind


def _by_signature(head: bytes) -> MediaType | None:
    for test, kind in _SIGNATURES:
        if test(head):
            return kind
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        return HEIC if brand in _HEIC_BRANDS else M4A if brand == b"M4A " else MP4 if brand in _MP4_BRANDS else None
    return None


_SIGNATURES: tuple[tuple[Callable[[bytes], bool], MediaType], ...] = (
    (lambda head: head.startswith(b"\xff\xd8\xff"), JPEG),
    (lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), PNG),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", WEBP),
    (lambda head: head.startswith(b"%PDF-"), PDF),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WAVE", WAV),
    (lambda head: head.startswith(b"ID3"), MP3),
    # An MPEG frame: eleven set bits, a valid version, layer III.
    (lambda head: len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08, MP3),
)


def _check_image(file: BinaryIO, expected: str) -> None:
    """The header parses as the type it claims, and the picture is of a size that can be shown. Nothing is decoded."""
    file.seek(0)
    try:
        with Image.open(file, formats=[expected]) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise Image.DecompressionBombError
            image.verify()
    except Image.DecompressionBombError as problem:
        limit = MAX_PIXELS // 10_000
        raise NotAcceptedError(f"图片尺寸过大,最多 {limit:,} 万像素(长×宽),请缩小后上传。") from problem
    except Exception as problem:  # the library raises whatever a broken file provokes
        raise NotAcceptedError("图片已损坏或不是真正的图片,无法读取。请重新导出或拍照后上传。") from problem


def _office(file: BinaryIO) -> MediaType | None:
    """xlsx or docx by the parts inside; only the directory is read. Macros, bombs and encrypted parts are refused."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise NotAcceptedError("文件已损坏,无法读取。请用 Office 打开并另存后上传。") from problem
    if len(entries) > MAX_ENTRIES:
        raise NotAcceptedError("文件内部结构异常(条目过多),已拒绝。")
    unpacked = packed = 0
    for entry in entries:
        unpacked, packed = unpacked + entry.file_size, packed + entry.compress_size
        if entry.flag_bits & 0x1:
            raise NotAcceptedError("文件带有密码,无法核验。请去掉密码后上传。")
        if entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise NotAcceptedError("文件压缩比异常,疑似压缩炸弹,已拒绝。")
    if unpacked > MAX_UNPACKED or (unpacked > RATIO_FROM and unpacked > MAX_RATIO * max(packed, 1)):
        raise NotAcceptedError("文件解压后过大,疑似压缩炸弹,已拒绝。")
    names = {entry.filename.lower() for entry in entries}
    if any(name.endswith("vbaproject.bin") for name in names):
        raise NotAcceptedError("文件含有宏,不予接收。请另存为不含宏的 .xlsx 或 .docx 后上传。")
    if "[content_types].xml" not in names:
        return None
    if "xl/workbook.xml" in names:
        return XLSX
    return DOCX if "word/document.xml" in names else None


def _ole(file: BinaryIO) -> MediaType | None:
    """doc or xls: the names of the streams stand in the directory as UTF-16. Read in pieces, at most the whole file."""
    file.seek(0)
    found: set[str] = set()
    wanted = {
        name: name.encode("utf-16-le") for name in ("WordDocument", "Workbook", "_VBA_PROJECT", "EncryptedPackage")
    }
    tail = b""
    while piece := file.read(1024 * 1024):
        window = tail + piece
        found |= {name for name, text in wanted.items() if text in window}
        tail = window[-64:]
    if "EncryptedPackage" in found:
        raise NotAcceptedError("文件带有密码,无法核验。请去掉密码后上传。")
    if "_VBA_PROJECT" in found:
        raise NotAcceptedError("文件含有宏,不予接收。请另存为不含宏的 .xlsx 或 .docx 后上传。")
    return DOC if "WordDocument" in found else XLS if "Workbook" in found else None


_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+')


def safe_name(name: str, kind: MediaType) -> str:
    """The last part of the user's name without paths, control or direction characters, with the true extension."""
    stem = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem, dot, extension = stem.rpartition(".")
    if not dot:
        stem, extension = extension, ""
    stem = _UNSAFE.sub("_", stem).strip(" ._") or "文件"
    return f"{stem[:150]}.{kind.extension}"
