"""One worksheet part turned into rows while it streams by. ECMA-376 part 1, 18.3 and 18.4."""

import math
import re
from datetime import date, time, timedelta
from xml.parsers import expat

from .archive import DAMAGED
from .values import Cells, Fault, Formula, Row, Timed, Value, WorkbookRefused

MAX_COLUMNS = 200
MAX_TEXT = 32_767
MAX_MERGED_CELLS = 200_000
LONG_FORMULA = 500

TOO_MANY_COLUMNS = f"工作表「{{sheet}}」超过 {MAX_COLUMNS} 列。请只保留台账的列后重新上传。"
TOO_MANY_MERGED = "工作表「{sheet}」的合并单元格范围过大。请取消整列或整行的合并后重新上传。"

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")


class RowBuilder:
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
        self._formula = self._taking = self._in_formula = False
        self._phonetic = 0
        self._pieces: list[str] = []
        self._count = self._heavy = 0
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

    def take_count(self) -> tuple[int, int]:
        """Elements since the last call, and how many of them weigh much in openpyxl."""
        counts = self._count, self._heavy
        self._count = self._heavy = 0
        return counts

    def _tags(self, prefix: str) -> None:
        self._c, self._v, self._t, self._f = prefix + "c", prefix + "v", prefix + "t", prefix + "f"
        self._is, self._r, self._rph, self._merge = prefix + "is", prefix + "row", prefix + "rPh", prefix + "mergeCell"

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
            self._formula = self._in_formula = True
            self._heavy += 10
        elif tag == self._r:
            self._heavy += 1
            number = attributes.get("r", "")
            self._row = int(number) if number.isascii() and number.isdigit() and len(number) < 8 else self._row + 1
            self._column = -1
            self._cells = {}
        elif tag == self._rph:
            self._phonetic += 1
        elif tag == self._is:
            pass
        elif tag == self._merge:
            self._count_merged(attributes.get("ref", ""))
        else:
            self._heavy += 1

    def _end(self, tag: str) -> None:
        self._taking = self._in_formula = False
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
        elif self._in_formula and len(data) > LONG_FORMULA:
            self._heavy += 1_000_000

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
            text = join_text(self._pieces)
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
            whole = math.floor(number + 1e-6)
            minutes = min(round((number - whole) * 1440), 1439)
            day = self._epoch + timedelta(days=whole)
            return Timed.at(day, time(*divmod(minutes, 60))) if minutes > 0 else day
        return number

    def _count_merged(self, reference: str) -> None:
        """openpyxl makes an object for each cell of a merged range when the workbook is marked."""
        corners = [_REFERENCE.fullmatch(corner) for corner in reference.replace("$", "").split(":")]
        if len(corners) == 2 and corners[0] and corners[1]:
            width = abs(column_index(corners[1][1]) - column_index(corners[0][1])) + 1
            self._merged += width * (abs(int(corners[1][2]) - int(corners[0][2])) + 1)
        if self._merged > MAX_MERGED_CELLS:
            raise WorkbookRefused(TOO_MANY_MERGED.format(sheet=self._sheet))


def column_index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1


def join_text(pieces: list[str]) -> str:
    text = "".join(pieces) if len(pieces) != 1 else pieces[0]
    # One more than Excel allows is enough to see that a text is too long.
    text = text[: MAX_TEXT + 1]
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _iso_date(text: str) -> Value:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return Fault(text[:20])
