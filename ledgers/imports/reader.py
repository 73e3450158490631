"""The inside of a workbook: its visible sheets, and their filled rows one after the other.

The project's own streaming reader rather than a library: it shares one copy of a repeated string (a library that
copies it into 400,000 cells can be made to eat any amount of memory), tells formulas from values, and stops at the
first row too many. A test compares it with calamine and openpyxl on the samples and on generated workbooks.
Format: ECMA-376 part 1, 18.2 (workbook), 18.3 (worksheet), 18.4 (shared strings), 18.8 (styles).
"""

import math
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from xml.parsers import expat

from openpyxl.styles.numbers import is_date_format

from .archive import DAMAGED, EMBEDDED, EXTERNAL, MACROS, RESAVE, Archive
from .values import Cells, Fault, Formula, Row, Value, WorkbookRefused

MAX_ROWS = 20_000
ROWS_AROUND = 60
"""Filled rows allowed above and below the table: title, header, notes."""
MAX_COLUMNS = 200
MAX_SHEETS = 200
MAX_STRINGS = 1_200_000
MAX_TEXT = 32_767
MAX_MERGED_CELLS = 200_000

TOO_MANY_ROWS = f"工作表「{{sheet}}」超过 {MAX_ROWS:,} 行。请分成几个文件,每次最多导入 {MAX_ROWS:,} 行。"
TOO_MANY_COLUMNS = f"工作表「{{sheet}}」超过 {MAX_COLUMNS} 列。请只保留台账的列后重新上传。"
TOO_MANY_MERGED = "工作表「{sheet}」的合并单元格范围过大。请取消整列或整行的合并后重新上传。"

# Built-in formats that show a date; 27–36 and 50–58 are the dates of the Chinese edition and stand in no styles part.
_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


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
        self.hidden: list[str] = []
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
            raise WorkbookRefused(f"这不是 Excel 工作簿。{RESAVE}")
        if not main[0].lower().endswith(".xml"):
            raise WorkbookRefused(f"这是二进制工作簿(.xlsb)。{RESAVE}")
        folder, file = posixpath.split(main[0])
        relations = self._relations(posixpath.join(folder, "_rels", file + ".rels"))
        parts = {kind: target for kind, target in relations.values()}
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
            if sheet.get("state", "visible") == "visible":
                self.sheets.append(Sheet(name, target, self))
            else:
                self.hidden.append(name)

    def _read_styles(self, part: str) -> None:
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
                strings.append(_text(pieces))
                pieces.clear()
                if len(strings) > MAX_STRINGS:
                    raise WorkbookRefused(TOO_MANY_ROWS.format(sheet="全部"))

        def text(data: str) -> None:
            if taking:
                pieces.append(data)

        self._archive.walk(self._strings_part, start, end, text)
        return strings

    def stream(self, name: str, part: str) -> Iterator[Row]:
        builder = _RowBuilder(name, self.strings(), self._date_styles, self.starts_1904)
        total = 0
        for _ in self._archive.feed(part, builder.parser):
            self._archive.count_elements(builder.take_count())
            rows = builder.take()
            total += len(rows)
            if total > MAX_ROWS + ROWS_AROUND:
                raise WorkbookRefused(TOO_MANY_ROWS.format(sheet=name))
            yield from rows


class _RowBuilder:
    """Expat callbacks that turn one worksheet part into rows. The element names carry the prefix of the root."""

    def __init__(self, sheet: str, strings: list[str], dates: frozenset[str], starts_1904: bool) -> None:
        self._sheet = sheet
        self._strings = strings
        self._dates = dates
        self._epoch = date(1904, 1, 1) if starts_1904 else date(1899, 12, 30)
        self._columns: dict[str, int] = {}
        self._done: list[Row] = []
        self._cells: Cells = {}
        self._row = 0
        self._column = -1
        self._kind = self._style = ""
        self._formula = self._taking = False
        self._phonetic = 0
        self._pieces: list[str] = []
        self._count = 0
        self._merged = 0
        self._tags("")
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._root
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def take(self) -> list[Row]:
        done, self._done = self._done, []
        return done

    def take_count(self) -> int:
        count, self._count = self._count, 0
        return count

    def _tags(self, prefix: str) -> None:
        self._c, self._v, self._t, self._f = prefix + "c", prefix + "v", prefix + "t", prefix + "f"
        self._r, self._rph, self._merge = prefix + "row", prefix + "rPh", prefix + "mergeCell"

    def _root(self, tag: str, attributes: dict[str, str]) -> None:
        if not tag.endswith("worksheet"):
            raise WorkbookRefused(DAMAGED)
        self._tags(tag.removesuffix("worksheet"))
        self.parser.StartElementHandler = self._start

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if tag == self._c:
            reference = attributes.get("r")
            self._column = self._column + 1 if reference is None else self._index(reference)
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._formula = False
            self._pieces.clear()
        elif tag == self._v or tag == self._t:
            self._taking = self._phonetic == 0
        elif tag == self._f:
            self._formula = True
        elif tag == self._r:
            number = attributes.get("r", "")
            self._row = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else self._row + 1
            self._column = -1
            self._cells = {}
        elif tag == self._rph:
            self._phonetic += 1
        elif tag == self._merge:
            self._count_merged(attributes.get("ref", ""))

    def _end(self, tag: str) -> None:
        self._taking = False
        if tag == self._c:
            if self._pieces or self._formula:
                self._finish()
        elif tag == self._r:
            if self._cells:
                self._done.append(Row(self._row, self._cells))
        elif tag == self._rph:
            self._phonetic -= 1

    def _text(self, data: str) -> None:
        if self._taking:
            self._pieces.append(data)

    def _index(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        index = self._columns.get(letters)
        if index is None:
            if not re.fullmatch("[A-Z]{1,3}", letters):
                raise WorkbookRefused(DAMAGED)
            index = column_index(letters)
            self._columns[letters] = index
        return index

    def _finish(self) -> None:
        value = self._value()
        if value is None:
            return
        if self._column >= MAX_COLUMNS:
            raise WorkbookRefused(TOO_MANY_COLUMNS.format(sheet=self._sheet))
        self._cells[self._column] = value

    def _value(self) -> Value | None:
        """The cell as a value; None when it shows nothing. A formula keeps what it showed last."""
        kind = self._kind
        if kind == "s":
            raw = "".join(self._pieces).strip()
            text = self._strings[int(raw)] if raw.isascii() and raw.isdigit() and int(raw) < len(self._strings) else ""
        else:
            text = _text(self._pieces)
        if self._formula:
            return Formula(text.strip())
        if kind in {"s", "inlineStr", "str"}:
            return text if text.strip() else None
        text = text.strip()
        if not text:
            return None
        if kind == "b":
            return text == "1"
        if kind == "e":
            return Fault(text[:20])
        if kind == "d":
            return _iso_date(text)
        return self._number(text)

    def _number(self, text: str) -> Value:
        try:
            number = float(text)
        except ValueError:
            return Fault(text[:20])
        if not math.isfinite(number):
            return Fault(text[:20])
        if self._style in self._dates and 1 <= number < 2_958_466:
            return self._epoch + timedelta(days=math.floor(number + 1e-6))
        return number

    def _count_merged(self, reference: str) -> None:
        """openpyxl makes an object for each cell of a merged range when the workbook is marked."""
        corners = [_REFERENCE.fullmatch(corner) for corner in reference.replace("$", "").split(":")]
        if len(corners) == 2 and corners[0] and corners[1]:
            width = abs(column_index(corners[1][1]) - column_index(corners[0][1])) + 1
            self._merged += width * (abs(int(corners[1][2]) - int(corners[0][2])) + 1)
        if self._merged > MAX_MERGED_CELLS:
            raise WorkbookRefused(TOO_MANY_MERGED.format(sheet=self._sheet))


def read_workbook(path: Path) -> Workbook:
    """Open the workbook at ``path`` with every defence in place. Raises ``WorkbookRefused``."""
    return Workbook(path)


def column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def _text(pieces: list[str]) -> str:
    text = "".join(pieces) if len(pieces) != 1 else pieces[0]
    # One more than Excel allows is enough to see that a text is too long.
    text = text[: MAX_TEXT + 1]
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _iso_date(text: str) -> Value:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return Fault(text[:20])
