"""What every document has: a code of Table 1, a title, a file name, the standard's footer, and ``render``."""

import re
import unicodedata
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from organization.models import StandardEdition

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
# Of workbooks: number formats, and paper as Excel numbers it.
TEXT = "@"
DATE = "yyyy-mm-dd"
PAPER_A4, PAPER_A3 = 9, 8

_FORBIDDEN = re.compile(r'[\\/:*?"<>|#%&{}$!@`\'~^+=,;]+')


class Document(Protocol):
    """One file. ``suffix`` is the code of Table 1 without the group's prefix ("C028B1"), "" for a mere list.

    ``subject`` says in words what it is about (for the download log); ``rows`` is how many records it holds, known
    once it is rendered.
    """

    suffix: str
    title: str
    content_type: str

    @property
    def filename(self) -> str: ...

    @property
    def subject(self) -> str: ...

    @property
    def rows(self) -> int: ...

    def render(self, target: BinaryIO) -> None:
        """Write the file into ``target``, an open binary file."""
        ...


@dataclass(frozen=True, slots=True)
class Footer:
    """Clauses 2.1 and 6.1: the standard's title and number as they were when the content was written."""

    title: str
    number: str

    @classmethod
    def of(cls, edition: StandardEdition) -> "Footer":
        return cls(edition.title, edition.number)

    def excel(self) -> tuple[str, str, str]:
        """Left, centre and right of a sheet's footer; an ampersand in a text is doubled, Excel reads it as a code."""
        return _amp(self.title), _amp(self.number), "第 &P 页 共 &N 页"

    def __str__(self) -> str:
        return f"{self.title} {self.number}"


def _amp(text: str) -> str:
    return text.replace("&", "&&")


def file_name(*parts: str, extension: str) -> str:
    """``竣工工程信息台账-2026-001-星河湾一期.xlsx``: readable, valid on every system, at most 120 characters."""
    cleaned = []
    for part in parts:
        text = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in part)
        text = " ".join(_FORBIDDEN.sub(" ", text).split()).strip(" .")
        if text:
            cleaned.append(text[:60].rstrip(" ."))
    return f"{'-'.join(cleaned)[:115]}.{extension}"
