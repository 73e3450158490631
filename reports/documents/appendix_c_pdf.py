"""Appendix C as a PDF: the workbook's layout, printed with the shipped font."""

from typing import BinaryIO

from .appendix_c import COLUMNS, SUFFIX, Form, chinese_date
from .base import PDF, Footer, file_name
from .printing import print_pdf


class AppendixCPdf:
    """竣工工程信息台账 of one project, portrait A4, the footer of the edition that the version belongs to."""

    suffix = SUFFIX
    title = "竣工工程信息台账"
    content_type = PDF
    rows = 1

    def __init__(self, form: Form, footer: Footer, *, label: str = "") -> None:
        self.form = form
        self.footer = footer
        self.label = label

    @property
    def filename(self) -> str:
        return file_name(self.title, self.form.number, self.form.name, self.label, extension="pdf")

    @property
    def subject(self) -> str:
        return " ".join(filter(None, (self.form.number, self.form.name, self.label)))

    def render(self, target: BinaryIO) -> None:
        form = self.form
        head = (
            ("工程名称:", form.name),
            ("工程地址:", form.address),
            ("保修开始日期:", chinese_date(form.warranty_start)),
            ("保修截止日期:", chinese_date(form.warranty_end)),
        )
        context = {
            "document": self,
            "form": form,
            "footer": self.footer,
            "columns": COLUMNS,
            "head": head,
            "recorded_on": chinese_date(form.recorded_on),
        }
        print_pdf("reports/documents/appendix_c.html", context, target, instead="可先下载 Excel 版本")
