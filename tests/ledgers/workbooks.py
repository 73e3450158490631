"""Workbooks of ledgers as units and project departments send them, written with openpyxl for the import's tests."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from ledgers.appendix_c import ABSENT, GROUPS, POSTS, TITLE, Contact, LedgerData
from ledgers.columns import LIST_COLUMNS, LIST_TITLE, REGIONS, Column

DEPARTMENTS = frozenset(f"U{unit}D{number}" for unit in range(1, 5) for number in range(1, 4))


def put(sheet: Worksheet, row: int, column: int, value: Any) -> Cell:
    """A value as it is: text stays text, also when it begins with "="."""
    cell = sheet.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def ledger(number: str = "GC-1", **changes: Any) -> LedgerData:
    """A complete ledger."""
    contacts = [
        Contact(group.code, post.code, name=f"张{at}", phone=f"1380000{at:04}")
        for group in GROUPS
        for at, post in enumerate(group.posts, 1)
    ]
    data = LedgerData(
        number=number,
        name="星河湾一期",
        address="北京市丰台区1号",
        department="U1D1",
        warranty_start=date(2025, 6, 1),
        warranty_end=date(2027, 5, 31),
        contacts=contacts,
    )
    for key, value in changes.items():
        setattr(data, key, value)
    return data


def list_value(column: Column, data: LedgerData) -> Any:
    if column.post:
        contact = next(c for c in data.contacts if c.post == column.post)
        if contact.absent:
            return ABSENT if column.kind == "text" else contact.absent_reason or None
        return (contact.name if column.kind == "text" else contact.phone) or None
    value = getattr(data, column.key, None)
    if column.kind == "flag":
        return "是" if value else "否"
    if column.kind == "region":
        return REGIONS.get(str(value))
    return value or None


def write_list(path: Path, ledgers: Iterable[LedgerData], *, first_row: int = 1, leave_out: Iterable[str] = ()) -> Path:
    """The list in the template's layout: title, two-row merged header, one ledger a row."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    columns = [column for column in LIST_COLUMNS if column.key not in set(leave_out)]
    put(sheet, first_row, 1, LIST_TITLE)
    upper, lower = first_row + 1, first_row + 2
    for at, column in enumerate(columns, 1):
        if column.sub:
            put(sheet, lower, at, column.sub)
            if at == 1 or columns[at - 2].header != column.header:
                put(sheet, upper, at, column.header)
        else:
            put(sheet, upper, at, column.header)
            sheet.merge_cells(start_row=upper, end_row=lower, start_column=at, end_column=at)
    for row, data in enumerate(ledgers, lower + 1):
        for at, column in enumerate(columns, 1):
            value = row - lower if column.kind == "number" else list_value(column, data)
            if value is not None:
                put(sheet, row, at, value)
    book.save(path)
    return path


def write_forms(path: Path, ledgers: Iterable[LedgerData], *, colon: str = ":", title: str = TITLE) -> Path:
    """Appendix C forms, one a sheet, laid out as the standard prints them."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for number, data in enumerate(ledgers, 1):
        _write_form(book.create_sheet(f"第{number}项"), data, colon, title)
    book.save(path)
    return path


def _day(day: date | None) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日" if day else "    年  月  日"


def _write_form(sheet: Worksheet, data: LedgerData, colon: str, title: str) -> None:
    put(sheet, 1, 1, title)
    sheet.merge_cells("A1:E1")
    put(sheet, 2, 1, "xxC028B1")
    put(sheet, 2, 3, f"编号{colon}{data.number}")
    put(sheet, 2, 4, f"日期{colon}{_day(data.recorded_on)}")
    head = (("工程名称", data.name), ("工程地址", data.address))
    for row, (label, value) in enumerate(head, 3):
        put(sheet, row, 1, label + colon)
        put(sheet, row, 3, value or None)
    put(sheet, 5, 1, f"保修开始日期{colon}")
    put(sheet, 5, 3, _day(data.warranty_start))
    put(sheet, 6, 1, f"保修截止日期{colon}")
    put(sheet, 6, 3, data.warranty_end)
    for at, label in enumerate(("序号", "岗位", "联系人", "联系方式", "备注"), 1):
        put(sheet, 7, at, label)
    row = 7
    for group in GROUPS:
        row += 1
        put(sheet, row, 1, group.title)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=5)
        people = [contact for contact in data.contacts if contact.group == group.code]
        for at, contact in enumerate(people, 1):
            row += 1
            remark = f"{ABSENT}{colon}{contact.absent_reason}" if contact.absent else contact.remark
            name = POSTS[contact.post].name if contact.post else contact.title
            for column, value in enumerate((at, name, contact.name, contact.phone, remark), 1):
                put(sheet, row, column, value or None)
    put(sheet, row + 2, 1, "客户回访及投诉管理标准 ZTJS-GC-02-2018(A)")
