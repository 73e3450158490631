"""The outside of a workbook: what kind of file it is, and its zip container, opened with every size checked first.

Nothing is unpacked before the directory was judged, nothing is unpacked whole, and every byte that comes
out of the decompressor is counted: declared sizes are claims of the sender.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.parsers import expat

from .values import WorkbookRefused

MAX_FILE_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 128 * 1024 * 1024
MAX_PARTS = 2_000
MAX_DIRECTORY_BYTES = 1024 * 1024
MAX_RATIO = 200
RATIO_FROM_BYTES = 4 * 1024 * 1024
MAX_TOKEN_BYTES = 1024 * 1024
MAX_ELEMENTS = 8_000_000
CHUNK_BYTES = 256 * 1024
# A list of 10,000 rows x 40 columns is light: 1.2 million elements, 250 MB in openpyxl.
LIGHT_ELEMENTS = 1_300_000
LIGHT_HEAVY = 100_000
LIGHT_REST_BYTES = 8 * 1024 * 1024

RESAVE = "请用 Excel 或 WPS 打开该文件,另存为“Excel 工作簿(*.xlsx)”后重新上传。"
DAMAGED = f"文件不完整或已损坏,无法读取。{RESAVE}"
TOO_BIG = (
    "工作簿解开后的内容过大,已停止读取。每次最多导入 20,000 行:请删除多余的工作表和空白格式行,或分成几个文件导入。"
)
ENCRYPTED = "工作簿设有打开密码,无法读取。请在 Excel 中取消密码(文件 → 信息 → 保护工作簿 → 用密码进行加密)后重新上传。"
MACROS = f"工作簿含有宏,为安全起见不予导入。{RESAVE}"
EXTERNAL = "工作簿链接了其他文件,不予导入。请在 Excel 中断开链接(数据 → 编辑链接 → 断开链接),保存后重新上传。"
EMBEDDED = "工作簿含有嵌入对象、控件或数据连接,不予导入。请删除这些对象,只保留表格后重新上传。"
NOT_XML = f"工作簿中含有不允许的 XML 声明,不予导入。{RESAVE}"

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "PDF 文件"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"{\\rtf", "RTF 文档"),
)
_DANGEROUS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"vbaproject|(^|/)macrosheets/|(^|/)dialogsheets/"), MACROS),
    (re.compile(r"(^|/)externallinks/"), EXTERNAL),
    (re.compile(r"(^|/)(embeddings|activex|webextensions|model)/|(^|/)connections\.xml$"), EMBEDDED),
)


def refuse_wrong_kind(path: Path) -> None:
    """Judge a file by its size and first bytes, never by its name. Raises ``WorkbookRefused``."""
    size = path.stat().st_size
    if size == 0:
        raise WorkbookRefused("文件是空的(0 字节)。请检查文件后重新上传。")
    if size > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 1024 // 1024
        raise WorkbookRefused(f"文件超过 {limit} MB。请删除图片和多余的工作表,或分成几个文件导入。")
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(_OLE):
            # At most MAX_FILE_BYTES: the name stands in the directory sector, wherever that lies.
            if _ENCRYPTED in head + file.read():
                raise WorkbookRefused(ENCRYPTED)
            raise WorkbookRefused(f"这是旧版 Excel(.xls)或其他 Office 97 文件。{RESAVE}")
    if head.startswith(b"PK\x03\x04"):
        return
    kind = next((kind for magic, kind in _KINDS if head.startswith(magic)), "")
    if not kind:
        kind = "网页" if re.match(rb"\s*<(!doctype )?html", head, re.IGNORECASE) else ""
    if not kind:
        kind = "未知类型的文件" if b"\0" in head else "文本文件(如 CSV)"
    raise WorkbookRefused(f"这不是 Excel 工作簿,而是{kind}。{RESAVE}")


class Archive:
    """The zip of a workbook, judged on opening; a context manager. Every method raises ``WorkbookRefused``."""

    def __init__(self, path: Path) -> None:
        refuse_wrong_kind(path)
        _refuse_large_directory(path)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, UnicodeError) as error:
            raise WorkbookRefused(DAMAGED) from error
        try:
            self._judge()
        except BaseException:
            self._zip.close()
            raise
        self._elements = 0
        self.heavy = 0
        self._read: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._zip.close()

    def _judge(self) -> None:
        infos = self._zip.infolist()
        names = {info.filename.lower() for info in infos}
        if len(infos) > MAX_PARTS:
            raise WorkbookRefused(f"文件内部的部件超过 {MAX_PARTS} 个,不像正常的工作簿。{RESAVE}")
        if len(names) != len(infos):
            raise WorkbookRefused(DAMAGED)
        if any(info.flag_bits & 0x1 for info in infos):
            raise WorkbookRefused(ENCRYPTED)
        if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
            raise WorkbookRefused(DAMAGED)
        for pattern, message in _DANGEROUS:
            if any(pattern.search(name) for name in names):
                raise WorkbookRefused(message)
        if "[content_types].xml" not in names:
            raise WorkbookRefused(f"这不是 Excel 工作簿,而是{self.kind()}。{RESAVE}")
        unpacked = sum(info.file_size for info in infos)
        swollen = any(i.file_size > RATIO_FROM_BYTES and i.file_size > MAX_RATIO * i.compress_size for i in infos)
        if unpacked > MAX_UNPACKED_BYTES or swollen:
            raise WorkbookRefused(TOO_BIG)

    def kind(self) -> str:
        """What the zip is, when it is no workbook."""
        names = {name.lower() for name in self.names}
        if any(name.startswith("word/") for name in names):
            return "Word 文档"
        if any(name.startswith("ppt/") for name in names):
            return "PowerPoint 文档"
        if "mimetype" in names or "content.xml" in names:
            return "OpenDocument 文档"
        return "压缩包"

    @property
    def names(self) -> list[str]:
        return self._zip.namelist()

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of one part, a chunk at a time, never more than the cap whatever the directory claims."""
        total = 0
        try:
            with self._zip.open(name) as part:
                while chunk := part.read(CHUNK_BYTES):
                    total += len(chunk)
                    if total > MAX_UNPACKED_BYTES:
                        raise WorkbookRefused(TOO_BIG)
                    yield chunk
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            OSError,
            KeyError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise WorkbookRefused(DAMAGED) from error

    def feed(self, name: str, parser: expat.XMLParserType) -> Iterator[None]:
        """Feed one XML part to ``parser``; yields after each chunk so that the caller can hand on what it has.

        No DTD (so no entities), no token longer than a megabyte (an unfinished token is scanned anew with
        every chunk), a bounded number of elements over the whole workbook.
        """
        self._read.add(name)
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.EntityDeclHandler = _refuse_doctype
        fed = 0
        try:
            for chunk in self.chunks(name):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - max(parser.CurrentByteIndex, 0) > MAX_TOKEN_BYTES + CHUNK_BYTES:
                    raise WorkbookRefused(DAMAGED)
                yield
            parser.Parse(b"", True)
            yield
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise WorkbookRefused(DAMAGED) from error

    def count_elements(self, number: int, heavy: int = 0) -> None:
        """``heavy``: those that become large objects when the workbook is loaded to be marked (rows, formulas)."""
        self._elements += number
        self.heavy += heavy
        if self._elements > MAX_ELEMENTS:
            raise WorkbookRefused(TOO_BIG)

    def is_light(self) -> bool:
        """Whether openpyxl may load the workbook whole: what was read is small in objects, the rest in bytes."""
        rest = (i for i in self._zip.infolist() if i.filename not in self._read and "/media/" not in i.filename.lower())
        return (
            self._elements <= LIGHT_ELEMENTS
            and self.heavy <= LIGHT_HEAVY
            and sum(info.file_size for info in rest) <= LIGHT_REST_BYTES
        )

    def walk(self, name: str, start: Start, end: End | None = None, text: Text | None = None) -> None:
        """Read one part through callbacks. Tags and attributes come without their namespace prefix."""
        count = 0

        def on_start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal count
            count += 1
            start(local(tag), {local(key): value for key, value in attributes.items()})

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = on_start
        if end is not None:
            finish = end
            parser.EndElementHandler = lambda tag: finish(local(tag))
        if text is not None:
            parser.CharacterDataHandler = text
        for _ in self.feed(name, parser):
            self.count_elements(count, count if text is None else 0)
            count = 0


def local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _refuse_doctype(*_: object) -> None:
    raise WorkbookRefused(NOT_XML)


def _refuse_large_directory(path: Path) -> None:
    """``zipfile`` loads the whole directory, as long as its end record says: look at that record first."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 65_557 - 76))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise WorkbookRefused(DAMAGED)
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    if at >= 76 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        length = int.from_bytes(tail[at - 76 + 40 : at - 76 + 48], "little")
    if length > MAX_DIRECTORY_BYTES:
        raise WorkbookRefused(f"文件内部的部件超过 {MAX_PARTS} 个,不像正常的工作簿。{RESAVE}")
