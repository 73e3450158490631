"""What the shell around every page shows: navigation, open duties, unread notices, whom one stands in for.

Nothing is asked of the database until a template reads it, and then once: see ``Shell.appointments``.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from organization.models import Appointment
from organization.prepared import Prepared
from organization.rules import grants_of
from workflow.holders import OF_APPOINTMENT, PRINCIPAL, duties_of
from workflow.models import Channel, Clock, Notice

BADGE = 99  # a badge counts no further


@dataclass(frozen=True)
class Entry:
    """An entry of the navigation: shown to who holds one of ``actions`` anywhere; to everybody when there are none.

    ``url`` is the name of a page.
    """

    label: str
    url: str
    icon: str = ""
    actions: tuple[str, ...] = ()
    children: tuple["Entry", ...] = ()
    badge: str = ""

    def address(self) -> str:
        return _address(self.url)


@dataclass
class NavItem:
    """What the template shows of an entry."""

    label: str
    url: str
    icon: str
    active: bool = False
    open: bool = False
    badge: str = ""
    children: list["NavItem"] = field(default_factory=list)


LEDGERS = ("ledgers.view",)
PROJECTS = ("ledgers.view_project",)
PUNCH = ("ledgers.view_punch",)
CASES = ("ledgers.view_case",)
REVISITS = ("revisits.view",)
COMPLAINTS = ("complaints.view", "complaints.view_assigned")
REGISTER = ("complaints.register_unit", "complaints.register_group")
COMPLAINT_IMPORT = ("complaints.import",)
COMPLAINT_POLICY = ("complaints.edit_policy",)
IMPORT = ("ledgers.import",)
DIRECTORY = ("organization.view_directory",)
LIMITS = ("workflow.view_clock_rules",)
POLICY = ("ledgers.edit_policy",)
OPERATE = ("workflow.operate",)

NAVIGATION: tuple[Entry, ...] = (
    Entry("我的待办", "workflow:worklist", "checklist", badge="open_count"),
    Entry(
        "竣工台账",
        "ledgers:ledger_list",
        "clipboard-list",
        (*LEDGERS, *PROJECTS, *PUNCH, *CASES, *IMPORT),
        (
            Entry("信息台账", "ledgers:ledger_list", "", LEDGERS),
            Entry("项目登记", "ledgers:project_list", "", PROJECTS),
            Entry("销项问题", "ledgers:punch_list", "", PUNCH),
            Entry("保修记录", "ledgers:case_list", "", CASES),
            Entry("导入", "ledgers:import_new", "", IMPORT),
        ),
    ),
    Entry(
        "回访",
        "revisits:plan_list",
        "calendar",
        REVISITS,
        (
            Entry("回访计划", "revisits:plan_list", "", REVISITS),
            Entry("回访", "revisits:visit_list", "", REVISITS),
            Entry("受影响事项", "revisits:issue_list", "", REVISITS),
            Entry("频次与季节", "revisits:policy", "", REVISITS),
        ),
    ),
    Entry(
        "投诉",
        "complaints:complaint_list",
        "message-report",
        COMPLAINTS,
        (
            Entry("客户投诉台账", "complaints:complaint_list", "", COMPLAINTS),
            Entry("工程进度系统投诉", "complaints:schedule_register", "", COMPLAINTS),
            Entry("登记投诉", "complaints:complaint_new", "", REGISTER),
            Entry("导入", "complaints:import_new", "", COMPLAINT_IMPORT),
            Entry("备案与跟踪", "complaints:filing_list", "", ("complaints.view",)),
        ),
    ),
    Entry("报表", "reports:report_index", "report-analytics", LEDGERS),
    Entry("组织", "organization:unit_list", "sitemap", DIRECTORY),
    Entry(
        "系统",
        "workflow:clock_rules",
        "settings",
        (*LIMITS, *POLICY, *COMPLAINT_POLICY, *OPERATE),
        (
            Entry("时限配置", "workflow:clock_rules", "", LIMITS),
            Entry("工作日历", "workflow:calendar", "", LIMITS),
            Entry("台账设置", "ledgers:ledger_settings", "", POLICY),
            Entry("投诉设置", "complaints:complaint_settings", "", COMPLAINT_POLICY),
            Entry("运行状况", "workflow:operations", "", OPERATE),
            Entry("邮件发送", "workflow:mail", "", OPERATE),
        ),
    ),
    Entry("消息", "workflow:notices", "bell", badge="unread"),
)


@dataclass(frozen=True, slots=True)
class Held:
    """A post that the user holds today; ``substitute_for`` names whom the user stands in for (G5).

    ``open_clocks`` and ``unread`` end at one more than ``BADGE``.
    """

    post_code: str
    unit_id: int
    post: str
    unit: str
    ends_on: date | None
    substitute_for: str | None
    principal_id: int
    open_clocks: int
    unread: int


def _held(user: int, today: date) -> QuerySet[Any, Any]:
    running = Clock.objects.running().filter(OF_APPOINTMENT)
    return (
        Appointment.objects.active(today)
        .filter(user=user)
        .annotate(
            principal_id=PRINCIPAL,
            open_clocks=_count(running),
            unread=_count(_unread(OuterRef("user"))),
        )
        .values_list(
            "post_id",
            "unit_id",
            "post__name",
            "unit__name",
            "ends_on",
            "substitute_for__user__name",
            "principal_id",
            "open_clocks",
            "unread",
        )
        .order_by("substitute_for_id", "post__order", "pk")
    )


_HELD = Prepared(_held)


class Shell:
    """The shell's values for one request, each computed when first read."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @property
    def user(self) -> Any:
        return self._request.user

    @cached_property
    def _held(self) -> frozenset[str]:
        return frozenset(grants_of(self.user))

    @cached_property
    def appointments(self) -> list[Held]:
        """The posts the user holds today, each with its running clocks; one query that also counts unread notices."""
        if not self.user.is_authenticated:
            return []
        return [Held(*row) for row in _HELD.rows(user=self.user.pk, today=timezone.localdate())]

    @cached_property
    def substituting(self) -> list[Held]:
        """G5: the appointments in which the user stands in for somebody today."""
        return [held for held in self.appointments if held.substitute_for]

    @cached_property
    def open_count(self) -> int:
        """The running clocks of the posts the user holds, each once."""
        if len({(held.post_code, held.unit_id) for held in self.appointments}) == len(self.appointments):
            return sum(held.open_clocks for held in self.appointments)
        # One post twice at a unit, for oneself and for a colleague: what is everybody's must not count twice.
        theirs = duties_of((held.post_code, held.unit_id, held.principal_id) for held in self.appointments)
        return Clock.objects.running().filter(theirs).count()

    @cached_property
    def unread(self) -> int:
        """The notices in the inbox that were not opened yet."""
        if self.appointments:
            return int(self.appointments[0].unread)
        return _unread(self.user.pk).count() if self.user.is_authenticated else 0

    @property
    def unread_label(self) -> str:
        return _capped(self.unread)

    @cached_property
    def nav_key(self) -> tuple[Any, ...]:
        """Everything the navigation's markup depends on."""
        return (get_script_prefix(), self._held & _NAMED, self._active, _capped(self.open_count), _capped(self.unread))

    @cached_property
    def _active(self) -> str:
        """The address of the entry that the current page belongs to: the longest one that begins its path."""
        path = self._request.path
        home = self.home_url
        addresses = {each.address() for each in _ENTRIES}
        found = [each for each in addresses if path == each or (each != home and path.startswith(each))]
        return max(found, key=len, default="")

    @cached_property
    def nav(self) -> list[NavItem]:
        return [item for entry in NAVIGATION if (item := self._item(entry)) is not None]

    def _item(self, entry: Entry) -> NavItem | None:
        if entry.actions and not self._held.intersection(entry.actions):
            return None
        item = NavItem(entry.label, entry.address(), entry.icon)
        item.children = [child for each in entry.children if (child := self._item(each)) is not None]
        if item.children and item.url not in (child.url for child in item.children):
            item.url = item.children[0].url
        inside = any(child.active for child in item.children)
        item.active = item.url == self._active and not item.children
        item.open = inside or item.url == self._active
        if entry.badge:
            item.badge = _capped(getattr(self, entry.badge))
        return item

    @property
    def idle_seconds(self) -> int | str:
        return settings.IDLE_LOGOUT_MINUTES * 60 if self.user.is_authenticated else ""

    @property
    def searches(self) -> bool:
        return not self._held.isdisjoint((*LEDGERS, *COMPLAINTS))

    home_url = property(lambda self: _address(NAVIGATION[0].url))
    search_url = property(lambda self: _address("search"))
    notices_url = property(lambda self: _address("workflow:notices"))
    appointments_url = property(lambda self: _address("organization:my_appointments"))
    login_url = property(lambda self: _address("account_login"))
    logout_url = property(lambda self: _address("account_logout"))
    password_url = property(lambda self: _address("account_change_password"))


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor: two lazy values, no query of its own."""
    values = Shell(request)
    return {"shell": values, "nav": SimpleLazyObject(lambda: values.nav)}


def _unread(user: Any) -> QuerySet[Notice]:
    return Notice.objects.filter(recipient=user, channel=Channel.INBOX, read_at__isnull=True)


class _Counted(Subquery):
    """The number of rows of a subquery that is limited itself."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def _count(rows: QuerySet[Any]) -> _Counted:
    """A correlated count, no further than a badge tells: every page asks it, whoever has thousands of them."""
    # Of rows, not of a column: then PostgreSQL answers from the index alone.
    return _Counted(rows.order_by().annotate(one=Value(1)).values("one")[: BADGE + 1])


def _capped(number: int) -> str:
    return f"{BADGE}+" if number > BADGE else str(number) if number else ""


_ADDRESSES: dict[tuple[str, str], str] = {}


def _address(name: str) -> str:
    """``reverse``, remembered: the shell asks for twenty addresses on every page."""
    key = (get_script_prefix(), name)
    if key not in _ADDRESSES:
        _ADDRESSES[key] = reverse(name)
    return _ADDRESSES[key]


_ENTRIES = tuple(each for entry in NAVIGATION for each in (entry, *entry.children))
_NAMED = frozenset(action for each in _ENTRIES for action in each.actions)
