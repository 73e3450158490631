"""Builders of workbooks nobody should send, each made in milliseconds and a few hundred kilobytes."""

import struct
import zipfile
from collections.abc import Callable, Iterable
from io import BytesIO
from itertools import repeat
from pathlib import Path
from random import Random

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
OLE_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
HEADER_LABELS = ("工程编号", "工程名称", "项目经理部编码", "保修开始日期", "保修截止日期")


def cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def header() -> str:
    return '<row r="1">' + "".join(cell(f"{'ABCDE'[i]}1", label) for i, label in enumerate(HEADER_LABELS)) + "</row>"


def good_row(number: int) -> str:
    values = (f"GC-{number}", f"工程{number}", "U1D1", "2025-06-01", "2027-05-31")
    return f'<row r="{number}">' + "".join(cell(f"{'ABCDE'[i]}{number}", v) for i, v in enumerate(values)) + "</row>"


def build(
    path: Path,
    sheet: str | Iterable[str] = "",
    *,
    around: str = "",
    prolog: str = XML,
    workbook: str = "",
    rels: str = "",
    types: str = "",
    parts: dict[str, bytes | Iterable[bytes]] | None = None,
) -> Path:
    """A minimal workbook: ``sheet`` is the inside of sheetData (chunks are streamed), ``around`` follows it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'{XML}<Types xmlns="{TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{SHEET_TYPE}.worksheet+xml"/>{types}</Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'{XML}<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
            f'Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            workbook
            or f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="台账" sheetId="1" r:id="rId1"/>'
            f"</sheets></workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'{XML}<Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" Type="{OFFICE}/worksheet" '
            f'Target="worksheets/sheet1.xml"/>{rels}</Relationships>',
        )
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            part.write(f'{prolog}<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for chunk in [sheet] if isinstance(sheet, str) else sheet:
                part.write(chunk.encode())
            part.write(f"</sheetData>{around}</worksheet>".encode())
        for name, content in (parts or {}).items():
            with archive.open(name, "w") as part:
                for piece in [content] if isinstance(content, bytes) else content:
                    part.write(piece)
    return path


def wrong_type(content: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return make


def plain_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return path


def word(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{TYPES}"/>')
        archive.writestr("word/document.xml", "<document/>")
    return path


def truncated(path: Path) -> Path:
    build(path, header() + good_row(2))
    path.write_bytes(path.read_bytes()[:-200])
    return path


def flipped_bytes(path: Path) -> Path:
    """The compressed data of the sheet is damaged, the directory is intact."""
    build(path, header() + "".join(good_row(n) for n in range(2, 400)))
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    data = bytearray(path.read_bytes())
    start = info.header_offset + 200
    data[start : start + 60] = bytes(b ^ 0xFF for b in data[start : start + 60])
    path.write_bytes(data)
    return path


def zip_bomb(path: Path) -> Path:
    """80 MB of nothing beside an innocent sheet: 1000 to 1."""
    return build(path, header() + good_row(2), parts={"xl/media/image1.xml": repeat(b" " * (1 << 20), 80)})


def gigabyte(path: Path) -> Path:
    """A gigabyte of sheet, declared honestly. (zlib packs it in some seconds at level 1.)"""
    block = b"<row><c><v>1</v></c></row>" * 40_000
    with (
        zipfile.ZipFile(build(path, header()), "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet2.xml", "w") as part,
    ):
        for _ in range((1 << 30) // len(block) + 1):
            part.write(block)
    return path


def lying_size(path: Path) -> Path:
    """A part that unpacks to 300 MB while directory and local header claim 2,000 bytes."""
    stream = (("<row><c><v>1</v></c></row>") * 1000 for _ in range(300 * 40))
    build(path, stream)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
    name = info.filename.encode()
    data[info.header_offset + 22 : info.header_offset + 26] = struct.pack("<I", 2000)
    central = data.rfind(b"PK\x01\x02", 0, data.rfind(name))
    data[central + 24 : central + 28] = struct.pack("<I", 2000)
    path.write_bytes(data)
    return path


def crowded_directory(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(30_000):
            archive.writestr(f"{number}", b"")
    return path


def many_parts(path: Path) -> Path:
    return build(path, header() + good_row(2), parts={f"xl/p{n}.bin": b"" for n in range(2_100)})


def macros(path: Path) -> Path:
    return build(path, header() + good_row(2), parts={"xl/vbaProject.bin": OLE_MAGIC})


def macro_type(path: Path) -> Path:
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    return build(path, header() + good_row(2), types=f'<Override PartName="/xl/x.xml" ContentType="{kind}"/>')


def external_link(path: Path) -> Path:
    return build(path, header() + good_row(2), parts={"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})


def external_relation(path: Path) -> Path:
    relation = f'<Relationship Id="rId9" Type="{OFFICE}/image" Target="http://127.0.0.1/x.png" TargetMode="External"/>'
    return build(path, header() + good_row(2), rels=relation)


def embedded_object(path: Path) -> Path:
    return build(path, header() + good_row(2), parts={"xl/embeddings/oleObject1.bin": OLE_MAGIC})


def data_connection(path: Path) -> Path:
    return build(path, header() + good_row(2), parts={"xl/connections.xml": b"<connections/>"})


def binary_workbook(path: Path) -> Path:
    build(path, header())
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["_rels/.rels"] = parts["_rels/.rels"].replace(b"workbook.xml", b"workbook.bin")
    parts["xl/workbook.bin"] = parts.pop("xl/workbook.xml")
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def password_protected(path: Path) -> Path:
    """An encrypted workbook is an OLE file whose directory names the stream EncryptedPackage."""
    path.write_bytes(OLE_MAGIC + bytes(504) + bytes(2048) + "EncryptedPackage".encode("utf-16-le") + bytes(1024))
    return path


def password_in_zip(path: Path) -> Path:
    data = bytearray(build(path, header() + good_row(2)).read_bytes())
    at = -1
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        while (at := data.find(signature, at + 1)) >= 0:
            data[at + offset] |= 1
    path.write_bytes(data)
    return path


def billion_laughs(path: Path) -> Path:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    doctype = f'{XML}<!DOCTYPE worksheet [<!ENTITY l0 "lol">{entities}]>'
    return build(path, header() + f'<row r="2">{cell("A2", "&l9;")}</row>', prolog=doctype)


def external_entity(path: Path) -> Path:
    doctype = f'{XML}<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return build(path, header() + f'<row r="2">{cell("A2", "&x;")}</row>', prolog=doctype)


def doctype_in_strings(path: Path) -> Path:
    relation = f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    strings = f'{XML}<!DOCTYPE sst [<!ENTITY x "y">]><sst xmlns="{MAIN}"><si><t>&x;</t></si></sst>'.encode()
    return build(path, header() + good_row(2), rels=relation, parts={"xl/sharedStrings.xml": strings})


def many_rows(path: Path, rows: int = 200_000) -> Path:
    return build(
        path, (header(), *("".join(good_row(n) for n in range(a, a + 1000)) for a in range(2, rows + 2, 1000)))
    )


def many_columns(path: Path) -> Path:
    names = [a + b for a in "ABCDEFGHIJKLMNO" for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
    return build(path, header() + '<row r="2">' + "".join(cell(f"{name}2", "x") for name in names) + "</row>")


def many_sheets(path: Path) -> Path:
    sheets = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="rId1"/>' for n in range(1, 1_000))
    book = f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>'
    return build(path, header() + good_row(2), workbook=book)


def long_token(path: Path) -> Path:
    """A comment of 12 MB: a parser that scans an unfinished token anew with each chunk takes quadratic time."""
    noise = Random(1).randbytes(6 << 20).hex()
    return build(path, (header(), "<!-- <", noise, " -->", good_row(2)))


def merged_everything(path: Path) -> Path:
    merges = '<mergeCells count="1"><mergeCell ref="A5:XFD1048576"/></mergeCells>'
    return build(path, header() + good_row(2), around=merges)


def repeated_long_string(path: Path) -> Path:
    """One string of 32,000 characters in 200,000 cells: copied, it is 6 GB."""
    relation = f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
    strings = f'{XML}<sst xmlns="{MAIN}"><si><t>{"长" * 32_000}</t></si></sst>'.encode()
    row = "<row>" + '<c t="s"><v>0</v></c>' * 10 + "</row>"
    chunks = (row * 1000 for _ in range(19))
    return build(path, (header(), *chunks), rels=relation, parts={"xl/sharedStrings.xml": strings})


def far_cell(path: Path) -> Path:
    """Two cells, seventeen billion apart: a dense table of them does not fit in any memory."""
    return build(path, header() + f'<row r="1048576">{cell("XFD1048576", "x")}</row>')


def not_xml(path: Path) -> Path:
    return build(path, header() + "<row><c></row>")


def zip_header_only(path: Path) -> Path:
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    return path


def blank_rows(path: Path, rows: int = 60_000) -> Path:
    """Not hostile: formatted blank rows far below the table, as a careless fill-down leaves them."""
    blank = (
        "".join(f'<row r="{n}" ht="18"><c r="A{n}" s="0"/><c r="B{n}" s="0"/></row>' for n in range(a, a + 500))
        for a in range(4, rows, 500)
    )
    return build(path, (header() + good_row(2) + good_row(3), *blank))


def old_excel(path: Path) -> Path:
    path.write_bytes(OLE_MAGIC + bytes(504) + "Workbook".encode("utf-16-le") + bytes(2048))
    return path


def too_large(path: Path) -> Path:
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(21 * 1024 * 1024)
    return path


def csv_content() -> bytes:
    out = BytesIO()
    out.write("工程编号,工程名称\nGC-1,一号楼\n".encode("gbk"))
    return out.getvalue()


HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "empty": (wrong_type(b""), "空的"),
    "pdf": (wrong_type(b"%PDF-1.7\n%\xe2\xe3"), "PDF"),
    "csv": (wrong_type(csv_content()), "CSV"),
    "image": (wrong_type(b"\x89PNG\r\n\x1a\n" + bytes(50)), "图片"),
    "html": (wrong_type(b"  <html><table></table></html>"), "网页"),
    "zeros": (wrong_type(bytes(4096)), "未知类型"),
    "zip": (plain_zip, "压缩包"),
    "word": (word, "Word"),
    "old excel": (old_excel, ".xls"),
    "binary workbook": (binary_workbook, ".xlsb"),
    "truncated": (truncated, "损坏"),
    "flipped bytes": (flipped_bytes, "损坏"),
    "zip header only": (zip_header_only, "损坏"),
    "not xml": (not_xml, "损坏"),
    "too large": (too_large, "20 MB"),
    "zip bomb": (zip_bomb, "过大"),
    "gigabyte": (gigabyte, "过大"),
    "lying size": (lying_size, "损坏"),
    "crowded directory": (crowded_directory, "部件"),
    "many parts": (many_parts, "部件"),
    "macros": (macros, "宏"),
    "macro content type": (macro_type, "宏"),
    "external link": (external_link, "断开链接"),
    "external relation": (external_relation, "断开链接"),
    "embedded object": (embedded_object, "嵌入对象"),
    "data connection": (data_connection, "数据连接"),
    "password": (password_protected, "密码"),
    "password in zip": (password_in_zip, "密码"),
    "billion laughs": (billion_laughs, "XML 声明"),
    "external entity": (external_entity, "XML 声明"),
    "doctype in strings": (doctype_in_strings, "XML 声明"),
    "200,000 rows": (many_rows, "20,000 行"),
    "many columns": (many_columns, "200 列"),
    "many sheets": (many_sheets, "200 个工作表"),
    "far cell": (far_cell, "200 列"),
    "long token": (long_token, "损坏"),
    "merged everything": (merged_everything, "合并单元格"),
}
"""Each with a word that its message must contain."""
