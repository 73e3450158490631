"""Appendix C (竣工工程信息台账) as plain data: its three groups, its 13 posts, and what "complete" means.

Pure: no database, no clock. Import, forms, completeness check, Excel, PDF and the demo all use this
one description, so a post is named in exactly one place.
Source: standard, Appendix C; clauses 5.1.1 and 5.1.2.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

TITLE = "竣工工程信息台帐"  # the standard prints 帐 in the form's title
ABSENT = "无此岗位"


@dataclass(frozen=True, slots=True)
class Post:
    """One printed line of Appendix C. ``number`` restarts in each group."""

    code: str
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Group:
    code: str
    title: str
    posts: tuple[Post, ...]


def _group(code: str, title: str, *posts: tuple[str, str]) -> Group:
    return Group(code, title, tuple(Post(c, n, i) for i, (c, n) in enumerate(posts, 1)))


GROUPS: tuple[Group, ...] = (
    _group(
        "responsible",
        "一、保修责任主体主要联系人",
        ("warranty_lead", "项目授权保修负责人"),
        ("project_manager", "项目经理"),
        ("chief_engineer", "项目总工"),
        ("engineering_manager", "工程经理"),
        ("civil_head", "土建主任"),
        ("electrical_head", "电气主任"),
        ("plumbing_head", "水暖主任"),
    ),
    _group(
        "subcontractor",
        "二、施工分包主要联系人",
        ("waterproofing", "防水分包"),
        ("secondary_structure", "二次结构"),
        ("decoration", "装饰装修"),
        ("curtain_wall", "玻璃幕墙"),
    ),
    _group(
        "owner",
        "三、业主方或接收方主要联系人",
        ("owner_engineer", "工程部经理"),
        ("property_manager", "物业经理"),
    ),
)
POSTS: dict[str, Post] = {post.code: post for group in GROUPS for post in group.posts}
GROUP_OF: dict[str, Group] = {post.code: group for group in GROUPS for post in group.posts}


@dataclass(slots=True)
class Contact:
    """A person of the ledger. ``post`` is a code of ``POSTS``, or "" for an extra person, named by ``title``."""

    group: str
    post: str = ""
    title: str = ""
    name: str = ""
    phone: str = ""
    remark: str = ""
    absent: bool = False
    absent_reason: str = ""

    @property
    def label(self) -> str:
        return POSTS[self.post].name if self.post else self.title


@dataclass(slots=True)
class LedgerData:
    """What one Appendix C form, or one row of the list, says. Dates are plain dates (Asia/Shanghai)."""

    number: str = ""
    name: str = ""
    address: str = ""
    department: str = ""
    recorded_on: date | None = None
    accepted_on: date | None = None
    delivered_on: date | None = None
    warranty_start: date | None = None
    warranty_end: date | None = None
    key: bool = False
    strategic: bool = False
    hvac: bool = False
    region: str = ""
    remark: str = ""
    contacts: list[Contact] = field(default_factory=list)

    def missing(self) -> list[str]:
        """Clause 5.1.2: the gaps of the whole form, in its order."""
        return [*missing_in_head(self), *missing_contacts(self.contacts)]


HEAD = {
    "name": "工程名称",
    "address": "工程地址",
    "warranty_start": "保修开始日期",
    "warranty_end": "保修截止日期",
}


def missing_in_head(head: Any) -> list[str]:
    """Clause 5.1.2: what the head of the form lacks; ``head`` is a ``LedgerData`` or a ledger version."""
    return [label for name, label in HEAD.items() if not getattr(head, name)]


def missing_contacts(contacts: Iterable[Contact]) -> list[str]:
    """Clause 5.1.2: what is missing, in the form's order, each as ``岗位 列名`` ("水暖主任 联系方式").

    A post is complete with a name and a phone, or with 无此岗位 and a reason. Extra people need both too.
    """
    found = list(contacts)
    by_post = {c.post: c for c in found if c.post}
    gaps: list[str] = []
    for code, post in POSTS.items():
        gaps += _gaps(post.name, by_post.get(code))
    for extra in (c for c in found if not c.post):
        gaps += _gaps(extra.title or "补充人员", extra)
    return gaps


def _gaps(label: str, contact: Contact | None) -> list[str]:
    if contact is None:
        return [f"{label} 联系人", f"{label} 联系方式"]
    if contact.absent:
        return [] if contact.absent_reason.strip() else [f"{label} 无此岗位的原因"]
    wanted = (("联系人", contact.name), ("联系方式", contact.phone))
    return [f"{label} {column}" for column, value in wanted if not value.strip()]
