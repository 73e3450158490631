"""The columns of the ledger list, in the order a unit keeps them: one for the template, the export and the import.

A column's ``header`` is what the user reads; a contact column belongs to a two-row merged header
(the post above, 联系人/联系方式 below). ``title`` is the name used in error messages.
"""

from dataclasses import dataclass

from .appendix_c import POSTS

NAME_MAX = 200
ADDRESS_MAX = 300
NUMBER_MAX = 60
PERSON_MAX = 50
PHONE_MAX = 60
REMARK_MAX = 500
CONTACT_REMARK_MAX = 200

REGIONS = {"north": "北方", "south": "南方"}


@dataclass(frozen=True, slots=True)
class Column:
    """``kind``: text, date, flag (是/否), region, phone, number (row counter)."""

    key: str
    header: str
    kind: str = "text"
    width: int = 14
    sub: str = ""
    post: str = ""
    required: bool = False
    max_length: int = 0

    @property
    def title(self) -> str:
        return f"{self.header} {self.sub}" if self.sub else self.header


def _contacts() -> tuple[Column, ...]:
    columns: list[Column] = []
    for code, post in POSTS.items():
        columns.append(Column(f"{code}.name", post.name, "text", 12, "联系人", code, max_length=PERSON_MAX))
        columns.append(Column(f"{code}.phone", post.name, "phone", 16, "联系方式", code, max_length=PHONE_MAX))
    return tuple(columns)


LIST_TITLE = "竣工工程信息台账(汇总表)"
LIST_COLUMNS: tuple[Column, ...] = (
    Column("seq", "序号", "number", 6),
    Column("number", "工程编号", "text", 16, required=True, max_length=NUMBER_MAX),
    Column("name", "工程名称", "text", 30, required=True, max_length=NAME_MAX),
    Column("address", "工程地址", "text", 30, max_length=ADDRESS_MAX),
    Column("department", "项目经理部编码", "text", 14, required=True, max_length=40),
    Column("accepted_on", "竣工验收日期", "date", 13),
    Column("delivered_on", "交付日期", "date", 13),
    Column("warranty_start", "保修开始日期", "date", 13, required=True),
    Column("warranty_end", "保修截止日期", "date", 13, required=True),
    Column("key", "重点工程", "flag", 10),
    Column("strategic", "战略合作伙伴", "flag", 12),
    Column("hvac", "供暖通风空调我方承包", "flag", 14),
    Column("region", "区域", "region", 8),
    *_contacts(),
    Column("remark", "备注", "text", 24, max_length=REMARK_MAX),
)
