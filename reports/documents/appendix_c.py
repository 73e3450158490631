"""Appendix C (竣工工程信息台账, C028B1) as printed lines: what the workbook and the PDF have in common.

Pure: no database, no clock. A post without a person still prints, numbers restart in each section, extra people go
inside their section, the subcontractor's firm and 无此岗位 stand in 备注. Source: standard, Appendix C; R-5.1.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledgers.appendix_c import ABSENT, GROUPS, TITLE, Contact, Group, LedgerData

SUFFIX = "C028B1"
COLUMNS = ("序号", "岗位", "联系人", "联系方式", "备注")
WIDTHS = (6, 22, 14, 20, 24)
BLANK_DATE = "    年   月   日"


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    post: str
    name: str
    phone: str
    remark: str


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One filled form. ``note`` says when it is not the version in force ("草稿 · 未生效")."""

    code: str
    number: str
    recorded_on: date | None
    name: str
    address: str
    warranty_start: date | None
    warranty_end: date | None
    sections: tuple[Section, ...]
    note: str = ""
    title: str = TITLE


def fill_form(data: LedgerData, *, code: str, note: str = "") -> Form:
    """The form's lines for what the ledger says; ``code`` is that of the edition the version belongs to."""
    return Form(
        code=code,
        number=data.number,
        recorded_on=data.recorded_on,
        name=data.name,
        address=data.address,
        warranty_start=data.warranty_start,
        warranty_end=data.warranty_end,
        sections=tuple(_section(group, data.contacts) for group in GROUPS),
        note=note,
    )


def _section(group: Group, contacts: Sequence[Contact]) -> Section:
    by_post = {contact.post: contact for contact in contacts if contact.post}
    people = [by_post.get(post.code) or Contact(group.code, post.code) for post in group.posts]
    people += [contact for contact in contacts if not contact.post and contact.group == group.code]
    return Section(group.title, tuple(_line(number, contact) for number, contact in enumerate(people, 1)))


def _line(number: int, contact: Contact) -> Line:
    if not contact.absent:
        return Line(number, contact.label, contact.name, contact.phone, contact.remark)
    if contact.remark:  # both a reason and a remark: they must not run into one text, or no import could part them
        return Line(number, contact.label, ABSENT, contact.absent_reason, contact.remark)
    said = f"{ABSENT}:{contact.absent_reason}" if contact.absent_reason else ABSENT
    return Line(number, contact.label, "", "", said)


def chinese_date(day: date | None) -> str:
    """2026年11月23日; blank: room to write by hand."""
    return f"{day.year}年{day.month}月{day.day}日" if day else BLANK_DATE
