"""How many lines a text takes in a cell: not every program fits a row's height to a wrapped text itself. Pure."""

import math
import unicodedata
from collections.abc import Iterable


def text_width(text: str) -> int:
    """In column units: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def lines_needed(text: str, width: float) -> int:
    """How many lines the text takes in a cell of that width. Excel does not fit the height of merged cells itself.

    Long texts get a line in reserve for every four: words that do not break leave the ends of lines empty.
    """
    lines = sum(max(1, math.ceil(text_width(part) / max(width - 1, 1))) for part in text.split("\n"))
    return lines + lines // 4


def row_points(texts: Iterable[tuple[str, float]], *, line: float, most: float = 400) -> float:
    """The height, in points, that shows every text (with its column's width) whole; Excel's rows end at 409 points."""
    lines = max((lines_needed(text, width) for text, width in texts if _is_long(text, width)), default=1)
    return min(line * lines + 3, most)


def _is_long(text: str, width: float) -> bool:
    return "\n" in text or 2 * len(text) >= width
