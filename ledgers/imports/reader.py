"""The inside of a workbook: its visible sheets, and their filled rows one after the other.

The project's own streaming reader rather than a library: it shares one copy of a repeated string (a library that
copies it into 400,000 cells can be made to eat any amount of memory), tells formulas from values, and stops at the
first row too many. A test compares it with calamine and openpyxl on the samples and on generated workbooks.
Format: ECMA-376 part 1, 18.2 (workbook), 18.3 (worksheet), 18.4 (shared strings), 18.8 (styles).
"""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .archive import DAMAGED, EMBEDDED, EXTERNAL, MACROS, RESAVE, Archive
from .sheet import RowBuilder, join_text
from .values import Row, WorkbookRefused

MAX_ROWS = 20_000
ROWS_AROUND = 60
"""Filled rows allowed above and below the table: title, header, notes."""
MAX_SHEETS = 200
MAX_STRINGS = 1_200_000

TOO_MANY_ROWS = f"工作表「{{sheet}}」超过 {MAX_ROWS:,} 行。请分成几个文件,每次最多导入 {MAX_ROWS:,} 行。"

# Built-in formats that show a date; 27–36 and 50–58 are the dates of the Chinese edition and stand in no styles part.
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}


@dataclass(slots=True)
class Sheet:
    """One visible worksheet. ``rows()`` streams its filled rows anew at each call, while the workbook is open."""

    name: str
    _part: str
    _book: "Workbook" = field(repr=False)

    def rows(self) -> Iterator[Row]:
        """Filled rows in the file's order; formatted blank rows are no rows. Raises ``WorkbookRefused``."""
        return self._book.stream(self.name, self._part)


class Workbook:
    """An opened workbook. Use as a context manager. Raises ``WorkbookRefused`` with what to do, never anything else."""

    def __init__(self, path: Path) -> None:
        self._archive = Archive(path)
        self.sheets: list[Sheet] = []
        self.hidden: list[Sheet] = []
        self.starts_1904 = False
        self._strings: list[str] | None = None
        self._strings_part = ""
        self._date_styles: frozenset[str] = frozenset()
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Workbook":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._archive.__exit__(None, None, None)

    def _open(self) -> None:
        for name in self._archive.names:
            if name.lower().endswith(".rels"):
                self._relations(name)
        self._content_types()
        main = [t for k, t in self._relations("_rels/.rels").values() if k == "officeDocument"]
        if not main or main[0] not in self._archive.names:
            raise WorkbookRefused(f"这不是 Excel 工作簿,而是{self._archive.kind()}。{RESAVE}")
        if not main[0].lower().endswith(".xml"):
            raise WorkbookRefused(f"这是二进制工作簿(.xlsb)。{RESAVE}")
        folder, file = posixpath.split(main[0])
        relations = self._relations(posixpath.join(folder, "_rels", file + ".rels"))
        parts = dict(relations.values())
        self._strings_part = parts.get("sharedStrings", "")
        if "styles" in parts:
            self._read_styles(parts["styles"])
        self._read_sheets(main[0], relations)

    def _relations(self, name: str) -> dict[str, tuple[str, str]]:
        """Id → (last word of the type, target part). Refuses links to the outside, except plain hyperlinks."""
        found: dict[str, tuple[str, str]] = {}
        base = posixpath.dirname(posixpath.dirname(name))

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag != "Relationship":
                return
            kind = attributes.get("Type", "").rpartition("/")[2]
            if attributes.get("TargetMode", "").lower() == "external":
                if kind != "hyperlink":
                    raise WorkbookRefused(EXTERNAL)
                return
            target = attributes.get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(base, target))
            found[attributes.get("Id", "")] = (kind, part)

        if name in self._archive.names:
            self._archive.walk(name, start)
        return found

    def _content_types(self) -> None:
        def start(tag: str, attributes: dict[str, str]) -> None:
            kind = attributes.get("ContentType", "").lower()
            if "macroenabled" in kind or "vbaproject" in kind:
                raise WorkbookRefused(MACROS)
            if "externallink" in kind:
                raise WorkbookRefused(EXTERNAL)
            if "activex" in kind or "oleobject" in kind:
                raise WorkbookRefused(EMBEDDED)

        self._archive.walk("[Content_Types].xml", start)

    def _read_sheets(self, part: str, relations: dict[str, tuple[str, str]]) -> None:
        listed: list[dict[str, str]] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "sheet":
                listed.append(attributes)
                if len(listed) > MAX_SHEETS:
                    raise WorkbookRefused(f"工作簿超过 {MAX_SHEETS} 个工作表。请分成几个文件导入。")
            elif tag == "workbookPr":
                self.starts_1904 = attributes.get("date1904", "").lower() in {"1", "true"}

        self._archive.walk(part, start)
        for sheet in listed:
            kind, target = relations.get(sheet.get("id", ""), ("", ""))
            if kind in {"chartsheet", "dialogsheet"}:
                continue
            name = sheet.get("name", "")
            if kind != "worksheet" or target not in self._archive.names:
                raise WorkbookRefused(DAMAGED)
            visible = sheet.get("state", "visible") == "visible"
            (self.sheets if visible else self.hidden).append(Sheet(name, target, self))
        names = [sheet.name.casefold() for sheet in (*self.sheets, *self.hidden)]
        if len(set(names)) != len(names):
            raise WorkbookRefused(DAMAGED)

    def _read_styles(self, part: str) -> None:
        from openpyxl.styles.numbers import is_date_format  # by who reads a workbook only: 20 MB

        if part not in self._archive.names:
            return
        formats: dict[str, bool] = {str(number): True for number in _DATE_FORMATS}
        dates: set[str] = set()
        count = 0
        inside = False

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal count, inside
            if tag == "numFmt":
                formats[attributes.get("numFmtId", "")] = is_date_format(attributes.get("formatCode", "")[:255])
            elif tag == "cellXfs":
                inside = True
            elif tag == "xf" and inside:
                if formats.get(attributes.get("numFmtId", "")):
                    dates.add(str(count))
                count += 1

        def end(tag: str) -> None:
            nonlocal inside
            if tag == "cellXfs":
                inside = False

        self._archive.walk(part, start, end)
        self._date_styles = frozenset(dates)

    def strings(self) -> list[str]:
        """The shared strings, read once. Phonetic hints (rPh) are left out."""
        if self._strings is None:
            self._strings = self._read_strings() if self._strings_part in self._archive.names else []
        return self._strings

    def _read_strings(self) -> list[str]:
        strings: list[str] = []
        pieces: list[str] = []
        taking = False
        phonetic = 0

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal taking, phonetic
            if tag == "rPh":
                phonetic += 1
            taking = tag == "t" and not phonetic

        def end(tag: str) -> None:
            nonlocal taking, phonetic
            taking = False
            if tag == "rPh":
                phonetic -= 1
            elif tag == "si":
                strings.append(join_text(pieces))
                pieces.clear()
                if len(strings) > MAX_STRINGS:
                    raise WorkbookRefused(TOO_MANY_ROWS.format(sheet="全部"))

        def text(data: str) -> None:
            if taking:
                pieces.append(data)

        self._archive.walk(self._strings_part, start, end, text)
        return strings

    def is_light(self) -> bool:
        """Whether the workbook may be loaded whole to be marked. Ask after every sheet was read."""
        return self._archive.is_light()

    def stream(self, name: str, part: str) -> Iterator[Row]:
        builder = RowBuilder(name, self.strings(), self._date_styles, self.starts_1904)
        total = 0
        for _ in self._archive.feed(part, builder.parser):
            self._archive.count_elements(*builder.take_count())
            rows = builder.take()
            total += len(rows)
            if total > MAX_ROWS + ROWS_AROUND:
                raise WorkbookRefused(TOO_MANY_ROWS.format(sheet=name))
            yield from rows


def read_workbook(path: Path) -> Workbook:
    """Open the workbook at ``path`` with every defence in place. Raises ``WorkbookRefused``."""
    return Workbook(path)
