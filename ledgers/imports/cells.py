"""One cell at a time: from what people type to a text, a date, a flag, a region or a phone.

Each function raises ``BadCell`` with a Chinese sentence that says what stands there and what to write instead.
Free text keeps its full-width punctuation (it is correct Chinese); codes, dates, flags and phones are folded
with NFKC, so that full-width digits and letters count as the ordinary ones.
"""

import re
import unicodedata
from datetime import date, timedelta
from functools import lru_cache

from ledgers.columns import REGIONS

from .values import Fault, Formula, Timed, Value

FORMULA = "单元格是公式,请改为文字"
EARLIEST, LATEST = date(1980, 1, 1), date(2199, 12, 31)
SHORT_MAX = 200
"""No date, flag, region or phone is longer: beyond it a cell is refused unread."""

PHONE_EXPECTED = (
    "应为 11 位手机号、带区号的座机(如 010-63345678,分机写作 010-63345678转802)或 400/800 电话,"
    "多个号码用顿号隔开;没有号码请留空"
)
DATE_EXPECTED = "请写成 2025-03-28 这样的日期"
_YES = {"是", "√", "✓", "✔", "☑", "有", "对", "Y", "YES", "TRUE", "T", "1"}
_NO = {"否", "×", "✗", "✘", "☐", "□", "无", "不是", "N", "NO", "FALSE", "F", "0", "X", "-", "/", "—"}
_REGIONS = {alias: code for code, name in REGIONS.items() for alias in (code.upper(), name, name[0], f"{name}地区")}

_DATE = re.compile(r"([0-9]{4})[年.。/\-–—]([0-9]{1,2})[月.。/\-–—]([0-9]{1,2})日?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_TIME = re.compile(r"(?:T|\s+)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?$")
_MOBILE = re.compile(r"(?:\+?0{0,2}86)?(1[3-9][0-9]{9})")
_LANDLINE = re.compile(r"(?:\+?0{0,2}86(?=0?[1-9]))?\(?(0?(?:10|2[0-9]|[3-9][0-9]{2}))\)?([1-9][0-9]{6,7})")
_SERVICE = re.compile(r"([48]00)([0-9]{3})([0-9]{4})")
_EXTENSION = re.compile(r"(.*?[0-9)])(?:转分机|转|分机|#|EXT\.?|X|-)([0-9]{1,6})", re.IGNORECASE)
_SEPARATORS = re.compile(r"[、,;/\n|]+|\s{2,}")  # after NFKC
_DASHES = re.compile(r"[‐‑‒–—―−]")


class BadCell(ValueError):
    """A cell that cannot be taken as it is. ``message`` is for the user."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def fold(text: str) -> str:
    """NFKC, without control characters and without any white space: for labels, codes, dates, flags."""
    return "".join(unicodedata.normalize("NFKC", clean(text)).split())


def clean(text: str) -> str:
    """Without outer white space and without characters no database or reader can do anything with."""
    text = text.strip()
    if text.isprintable():
        return text
    kept = (c for c in text.replace("\r\n", "\n") if c == "\n" or unicodedata.category(c) not in _UNWANTED)
    return "".join(" " if unicodedata.category(c) in {"Zs", "Zl", "Zp"} else c for c in kept).strip()


_UNWANTED = {"Cc", "Cf", "Cs", "Cn"}


def show(value: object) -> str:
    """A value as quoted in a message: short, on one line."""
    text = clean(str(value)[:64]).replace("\n", " ")
    return text if len(text) <= 20 else text[:20] + "…"


def _plain(value: Value | None) -> str:
    """The text of a cell; integers lose the ".0" every number has in a workbook. Raises for formulas and errors."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, Formula):
        raise BadCell(FORMULA)
    if isinstance(value, Fault):
        raise BadCell(f"单元格是错误值 {show(value.text)},请改为文字")
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        if abs(value) >= 1e15:
            raise BadCell("数字超过 15 位,Excel 已丢失末尾几位。请将单元格设为文本格式后重新填写")
        return str(int(value)) if value.is_integer() else repr(value)
    return value.isoformat()


def parse_text(value: Value | None, *, limit: int = 0, lines: bool = False, code: bool = False) -> str:
    """Free text of at most ``limit`` characters (0: any). ``lines`` keeps line breaks; ``code`` folds with NFKC."""
    if isinstance(value, date):
        raise BadCell("Excel 已把内容变成日期。请将单元格设为文本格式后重新填写")
    text = _plain(value)
    if limit and len(text) > 4 * limit + 100:
        raise BadCell(_too_long(len(text), limit))
    text = clean(text)
    if code:
        text = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip()
    if not lines and "\n" in text:
        text = " ".join(part.strip() for part in text.split("\n") if part.strip())
    if limit and len(text) > limit:
        raise BadCell(_too_long(len(text), limit))
    return text


def _too_long(length: int, limit: int) -> str:
    return f"文字有 {length} 个字,最多 {limit} 个字,请精简后重新填写"


def _short(value: Value | None, expected: str) -> str:
    text = _plain(value)
    if len(text) > SHORT_MAX:
        raise BadCell(f"内容过长,{expected}")
    return text


def parse_date(value: Value | None, *, serials: bool = True) -> date | None:
    """A day (Asia/Shanghai, no time): dates, 2025.3.28, 2025年3月28日, 2025/03/27, 20250328, a bare serial number.

    ``serials``: whether a bare number of the workbook counts from 1900. Blank, or the form's empty "年 月 日", is None.
    """
    if isinstance(value, date):
        return _within(date(value.year, value.month, value.day) if isinstance(value, Timed) else value)
    if isinstance(value, float) and serials and value.is_integer() and 30_000 <= value <= 109_575:
        return _within(date(1899, 12, 30) + timedelta(days=int(value)))
    raw = _short(value, DATE_EXPECTED)
    return _text_date(raw)


@lru_cache(maxsize=4096)
def _text_date(raw: str) -> date | None:
    text = fold(_TIME.sub("", unicodedata.normalize("NFKC", clean(raw))))
    if text in {"", "年月日"}:
        return None
    found = _DATE.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None:
        raise BadCell(f"「{show(raw)}」不是日期,{DATE_EXPECTED}")
    year, month, day = (int(part) for part in found.groups())
    try:
        return _within(date(year, month, day))
    except ValueError as error:
        if isinstance(error, BadCell):
            raise
        raise BadCell(f"「{show(raw)}」这一天不存在,请核对年月日") from None


def _within(day: date) -> date:
    if not EARLIEST <= day <= LATEST:
        raise BadCell(f"日期 {day.isoformat()} 不在 {EARLIEST.year}—{LATEST.year} 年之间,请核对年份")
    return day


def parse_flag(value: Value | None) -> bool:
    """是 or 否 in the ways people mark it. Blank is 否."""
    if isinstance(value, bool):
        return value
    raw = _short(value, "请填写「是」或「否」")
    text = fold(raw).upper()
    if text in _YES:
        return True
    if not text or text in _NO:
        return False
    raise BadCell(f"「{show(raw)}」无法识别,请填写「是」或「否」")


def parse_region(value: Value | None) -> str:
    """The code of ``REGIONS``, or "" when blank."""
    expected = "请填写" + "或".join(f"「{name}」" for name in REGIONS.values())
    raw = _short(value, expected)
    text = fold(raw).upper()
    if text and text not in _REGIONS:
        raise BadCell(f"「{show(raw)}」无法识别,{expected}")
    return _REGIONS.get(text, "")


def parse_phone(value: Value | None) -> str:
    """Phones in one spelling, several joined by 、. Reading the result again gives the same."""
    if isinstance(value, str) and len(value) == 11 and _MOBILE.fullmatch(value):
        return value
    if isinstance(value, date):
        raise BadCell("Excel 已把号码变成日期。请将单元格设为文本格式后重新填写")
    raw = _short(value, PHONE_EXPECTED)
    text = unicodedata.normalize("NFKC", clean(raw))
    numbers = [_one_phone(part, raw) for part in _SEPARATORS.split(text) if part.strip()]
    return "、".join(dict.fromkeys(numbers))


def _one_phone(part: str, raw: str) -> str:
    text = _DASHES.sub("-", "".join(part.split()))
    text = re.sub(r"^(?:电话|手机|座机|TEL)[:.]?", "", text, flags=re.IGNORECASE)
    number = _number(text)
    if number:
        return number
    found = _EXTENSION.fullmatch(text)
    if found:
        number = _number(found[1])
        if number and not _MOBILE.fullmatch(number):
            return f"{number}转{found[2]}"
    raise BadCell(f"「{show(raw)}」不是电话号码,{PHONE_EXPECTED}")


def _number(text: str) -> str:
    """One number without an extension in its spelling here, or "" when it is none."""
    if not re.fullmatch(r"\+?[0-9()\-]+", text):
        return ""
    digits = text.replace("-", "")
    if found := _MOBILE.fullmatch(digits):
        return found[1]
    if found := _SERVICE.fullmatch(digits):
        return "-".join(found.groups())
    found = _LANDLINE.fullmatch(digits)
    if found and (found[1].startswith("0") or text.startswith(("+", "00"))):
        area = found[1] if found[1].startswith("0") else "0" + found[1]
        return f"{area}-{found[2]}"
    return ""
