"""What the reading of a workbook yields: rows with their data, their errors and their gaps."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeVar

from ledgers.appendix_c import ABSENT, POSTS, Contact, LedgerData, missing_contacts, missing_in_head
from ledgers.columns import CONTACT_REMARK_MAX, PERSON_MAX, PHONE_MAX

from .cells import BadCell, clean, fold, parse_phone, parse_text, show
from .values import Formula, Value

RESULT = "导入结果"
EMPTY = "不能为空,请填写后重新上传"
_AROUND_REASON = " :,-—()\uff1a\uff0c\uff08\uff09"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CellError:
    """``column`` as the user reads it ("水暖主任 联系方式"); ``cell_ref`` as Excel shows it ("AA39")."""

    column: str
    message: str
    cell_ref: str


@dataclass(slots=True)
class ParsedRow:
    """One ledger of the workbook; ``missing`` are its gaps (clause 5.1.2). Use ``data`` of accepted rows only."""

    sheet: str
    row: int
    data: LedgerData = field(default_factory=LedgerData)
    errors: list[CellError] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    stated: set[str] = field(default_factory=set)
    """The flags (keys of ``LIST_COLUMNS``) whose cell says something: a blank one leaves a known project as it is."""

    @property
    def accepted(self) -> bool:
        return not self.errors


@dataclass(slots=True)
class Layout:
    """Where a sheet gets its results: beside the header (list), or in a line below (form). Both counted from 1."""

    header_row: int
    result_row: int
    result_column: int


@dataclass(slots=True)
class Parsed:
    kind: Literal["list", "forms"]
    rows: list[ParsedRow]
    warnings: list[str]
    layouts: dict[str, Layout] = field(default_factory=dict)
    light: bool = False
    """Whether the workbook may be loaded whole to be marked."""
    saved: bool = False
    """Whether the accepted rows have been imported: the marked workbook then says so."""


@dataclass(slots=True)
class Context:
    """What the rows of one workbook are checked against, and the numbers seen in it so far."""

    departments: Collection[str] | None
    department: str
    taken_numbers: Collection[str]
    serials: bool = True
    waiting: Mapping[str, str] = field(default_factory=dict)
    """Number → department code of registered projects that wait for their ledger: a row fills it."""
    today: date | None = None
    """An acceptance or delivery after it is warned of (None: not checked)."""
    warnings: list[str] = field(default_factory=list)
    seen: dict[str, tuple[str, int]] = field(default_factory=dict)
    codes: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.codes = {code.upper(): code for code in self.departments or ()}


def cell_ref(column: int, row: int) -> str:
    """Excel's name of a cell; ``column`` counted from 0, ``row`` from 1."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


class RowReader:
    """Collects the errors of one ledger while its cells are read."""

    def __init__(self, parsed: ParsedRow, context: Context) -> None:
        self.parsed = parsed
        self.context = context

    def fail(self, column: str, message: str, ref: str) -> None:
        self.parsed.errors.append(CellError(column, message, ref))

    def take(self, column: str, ref: str, parse: Callable[[], T], blank: T) -> T:
        """``parse()``, or ``blank`` and an error."""
        try:
            return parse()
        except BadCell as bad:
            self.fail(column, bad.message, ref)
            return blank

    def failed(self, column: str) -> bool:
        return any(error.column == column for error in self.parsed.errors)

    def require(self, column: str, value: object, ref: str) -> None:
        if not value and not self.failed(column):
            self.fail(column, EMPTY, ref)

    def check_number(self, column: str, ref: str) -> None:
        """A number may stand once: neither earlier in the workbook nor in the ledger already."""
        number = self.parsed.data.number
        if not number:
            return
        first = self.context.seen.get(number)
        if first is not None:
            place = (
                f"第 {first[1]} 行" if first[0] == self.parsed.sheet else f"工作表「{show(first[0])}」第 {first[1]} 行"
            )
            self.fail(column, f"编号「{show(number)}」与{place}重复,请核对后只保留一行", ref)
            return
        self.context.seen[number] = (self.parsed.sheet, self.parsed.row)
        if number in self.context.taken_numbers:
            self.fail(column, f"编号「{show(number)}」在台账中已经存在,请核对编号;如需修改已有台账,请在系统中变更", ref)

    def check_department(self, column: str, ref: str) -> None:
        data = self.parsed.data
        if not data.department or self.context.departments is None:
            return
        known = self.context.codes.get(data.department.upper())
        if known is None:
            self.fail(column, f"「{show(data.department)}」不是您管理范围内的项目经理部编码,请核对后填写", ref)
        else:
            data.department = known

    def check_owner(self, column: str, ref: str) -> None:
        """A registered project that waits for its ledger gets it from its own department only."""
        data = self.parsed.data
        owner = self.context.waiting.get(data.number)
        if owner is not None and data.department and data.department != owner and not self.failed(column):
            self.fail(
                column,
                f"工程「{show(data.number)}」登记在项目经理部「{show(owner)}」,与所填的"
                f"「{show(data.department)}」不一致,请核对后填写",
                ref,
            )

    def check_period(self, column: str, ref: str) -> None:
        data = self.parsed.data
        if data.warranty_start and data.warranty_end and data.warranty_end <= data.warranty_start:
            start, end = data.warranty_start.isoformat(), data.warranty_end.isoformat()
            self.fail(column, f"保修截止日期 {end} 不晚于保修开始日期 {start},请核对这两个日期", ref)

    def contact(
        self,
        contact: Contact,
        *,
        label: str,
        name: tuple[Value | None, str],
        phone: tuple[Value | None, str],
        remark: tuple[Value | None, str] = (None, ""),
    ) -> set[str]:
        """Fill ``contact`` from its cells (value, reference). Returns the columns that failed, named as gaps are.

        无此岗位 stands in the name (with the reason after a colon, in the phone's or the remark's cell) or in the
        remark ("无此岗位:本工程不涉及").
        """
        columns = (f"{label} 联系人", f"{label} 联系方式", f"{label} 备注")
        before = len(self.parsed.errors)
        contact.name = self.take(columns[0], name[1], lambda: parse_text(name[0], limit=PERSON_MAX), "")
        contact.remark = self.take(
            columns[2], remark[1], lambda: parse_text(remark[0], limit=CONTACT_REMARK_MAX, lines=True), ""
        )
        in_name, in_remark = absent_reason(contact.name), absent_reason(contact.remark)
        if in_name is not None:
            contact.absent = True
            contact.name = ""
            beside = self.take(columns[1], phone[1], lambda: parse_text(phone[0], limit=CONTACT_REMARK_MAX), "")
            reasons = (in_name, absent_reason(beside) or "" if beside.startswith(ABSENT) else beside, in_remark or "")
            contact.absent_reason = next((reason for reason in reasons if reason), "")
            if not contact.absent_reason or in_remark is not None:
                contact.absent_reason, contact.remark = contact.absent_reason or contact.remark, ""
        elif in_remark is None:
            contact.phone = self.take(columns[1], phone[1], lambda: parse_phone(phone[0]), "")
            if len(contact.phone) > PHONE_MAX:
                self.fail(columns[1], f"号码过多,最多 {PHONE_MAX} 个字,请只保留常用号码", phone[1])
                contact.phone = ""
        elif contact.name or not is_blank(phone[0]):
            self.fail(columns[2], f"已填写联系人或联系方式,备注又写明{ABSENT}。请只保留其中一种", remark[1])
        else:
            contact.absent, contact.absent_reason, contact.remark = True, in_remark, ""
        return {error.column for error in self.parsed.errors[before:]}

    def finish(self, failed: set[str]) -> None:
        """List the gaps; a cell that is an error is not also a gap."""
        data = self.parsed.data
        gaps = [gap for gap in missing_in_head(data) if gap not in failed and not self.failed(gap)]
        gaps += [gap for gap in missing_contacts(data.contacts) if gap not in failed]
        self.parsed.missing = gaps


def absent_reason(text: str) -> str | None:
    """The reason in "无此岗位:原因" ("" when none is given), or None when the text does not say 无此岗位."""
    if not text.startswith(ABSENT):
        return None
    return text[len(ABSENT) :].strip(_AROUND_REASON)


def is_blank(value: Value | None) -> bool:
    """Nothing a person would see: no value, white space, or a formula that showed nothing."""
    if isinstance(value, Formula):
        return not value.cached
    # The reader hands on no white space: what is left are invisible characters, and never many of them.
    return value is None or (isinstance(value, str) and len(value) < 200 and not clean(value))


def label_of(value: Value | None) -> str:
    """A cell as a label: folded, short, "" when it is no text."""
    return fold(value) if isinstance(value, str) and len(value) <= 100 else ""


def post_labels() -> dict[str, str]:
    return {fold(post.name): code for code, post in POSTS.items()}
