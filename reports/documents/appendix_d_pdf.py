"""Appendix D as a PDF: the workbook's layout, printed with the shipped font, the headings on each page."""

from dataclasses import dataclass
from typing import BinaryIO

from organization.components.values import day
from organization.errors import Conflict

from .appendix_d import COLUMNS, NO_LINES, Form, Line, PlanDocument
from .base import PDF, Footer
from .printing import print_pdf
from .sheets import LONG

# A page is laid out in 0.1 s and holds the printing of its process for as long: what is longer leaves as a workbook.
MAX_LINES = 1000
TOO_LONG = "本计划有 {0:,} 行回访安排,PDF 最多 {1:,} 行。请下载 Excel 版本,在 Excel 中打印。"


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """Its cells and whether each stands in the middle; a ``long`` line may be broken by the end of a page."""

    cells: tuple[tuple[str, bool], ...]
    long: bool


class AppendixDPdf(PlanDocument):
    """年度工程回访计划和回访记录表 of one version of a plan, landscape A4. Conflict beyond ``MAX_LINES``."""

    content_type = PDF
    extension = "pdf"

    def __init__(self, form: Form, footer: Footer, *, masked: bool, label: str = "") -> None:
        super().__init__(form, masked=masked, label=label)
        self.footer = footer

    def render(self, target: BinaryIO) -> None:
        refuse_too_long(self.form.count)
        lines = [printed(number, line) for number, line in enumerate(self.form.lines(), 1)]
        self.rows = len(lines)
        context = {
            "document": self,
            "form": self.form,
            "footer": self.footer,
            "columns": COLUMNS,
            "lines": lines,
            "no_lines": NO_LINES,
        }
        print_pdf("reports/documents/appendix_d.html", context, target, instead="可先下载 Excel 版本")


def refuse_too_long(count: int) -> None:
    if count > MAX_LINES:
        raise Conflict(TOO_LONG.format(count, MAX_LINES))


def printed(number: int, line: Line) -> PrintedLine:
    cells = (
        (str(number), True),
        (line.project, False),
        (line.contact, False),
        (day(line.planned_on), True),
        (line.method, True),
        (day(line.visited_on), True),
        (line.visitor, True),
        (line.situation, False),
    )
    return PrintedLine(cells, len(line.situation) > LONG)
