"""What the letters and forms of complaints have in common: number, version, mark, footer, file name, the template.

Every one of them asks for the purpose and is logged, whether it names a phone or not: it prints what the record says,
as it was written (R: revealing and exporting are logged with the purpose).
"""

from collections.abc import Sequence
from typing import BinaryIO, Generic, Protocol, TypeVar

from complaints.models import Complaint

from .base import PDF, Footer, file_name
from .printing import print_pdf
from .sheets import Block


class Record(Protocol):
    """What a document is about. ``issuer`` is the unit that gives it out, as it was called when it did."""

    @property
    def complaint(self) -> Complaint: ...

    @property
    def issuer(self) -> str: ...


R = TypeVar("R", bound=Record)


class ComplaintPdf(Generic[R]):
    """One letter or form. A class of its own says number, version, mark and content."""

    title: str
    suffix = ""  # none of them stands in Table 1
    content_type = PDF
    rows = 1
    template = "reports/documents/form.html"
    layout = ""  # or "landscape", "official"
    privacy = "文件按记录原文打印,可能包含姓名和完整电话。"

    def __init__(self, record: R, footer: Footer, *, printed: str) -> None:
        """``printed``: by whom and when this copy was made."""
        self.record = record
        self.footer = footer
        self.printed = printed

    @property
    def complaint(self) -> Complaint:
        return self.record.complaint

    @property
    def number(self) -> str:
        return self.complaint.number

    @property
    def version(self) -> str:
        """第 2 版, 第 1 轮: which of several of its kind this is."""
        return ""

    @property
    def mark(self) -> str:
        """What a print must say when it is not in force; "" when it is."""
        return ended(self.complaint)

    def blocks(self) -> Sequence[Block]:
        raise NotImplementedError

    @property
    def filename(self) -> str:
        return file_name(self.title, self.number, self.complaint.project_name, self.version, extension="pdf")

    @property
    def subject(self) -> str:
        parts = (self.number, self.complaint.number, self.complaint.project_name, self.version)
        return " ".join(dict.fromkeys(filter(None, parts)))

    def context(self) -> dict[str, object]:
        return {"document": self, "record": self.record, "footer": self.footer, "blocks": self.blocks()}

    def render(self, target: BinaryIO) -> None:
        print_pdf(self.template, self.context(), target)


def ended(complaint: Complaint) -> str:
    """A complaint that was merged or withdrawn says so on each of its forms."""
    S = Complaint.Status
    return str(complaint.get_status_display()) if complaint.status in (S.MERGED, S.WITHDRAWN) else ""
