"""What the shell around every page shows: navigation, open duties, unread notices, whom one stands in for.

Nothing is asked of the database until a template reads it, and then once: see ``Shell.appointments``.
"""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import F, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from organization.models import Appointment
from organization.rules import grants_of
from workflow.models import Channel, Clock, Notice


@dataclass(frozen=True)
class Entry:
    """An entry of the navigation: shown to who holds one of ``actions`` anywhere; to everybody when there are none.

    ``url`` is a URL name, or a path below the site's root while a page has no name of its own.
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
IMPORT = ("ledgers.import",)
DIRECTORY = ("organization.view_directory",)
SETTINGS = ("workflow.view_clock_rules",)
OPERATIONS = ("workflow.operate",)
AUDIT = ("organization.audit", "organization.unlock")

NAVIGATION: tuple[Entry, ...] = (
    Entry("我的待办", "/", "checklist", badge="open_count"),
    Entry(
        "竣工台账",
        "/ledgers/",
        "clipboard-list",
        LEDGERS + PROJECTS + PUNCH + IMPORT,
        (
            Entry("信息台账", "/ledgers/", "", LEDGERS),
            Entry("项目登记", "/ledgers/projects/", "", PROJECTS),
            Entry("销项问题", "/ledgers/punch/", "", PUNCH),
            Entry("导入", "/ledgers/import/", "", IMPORT),
        ),
    ),
    Entry("组织", "/organization/", "sitemap", DIRECTORY),
    Entry("消息", "/notices/", "bell", badge="unread"),
)


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
    def appointments(self) -> list[Any]:
        """The posts the user holds today, each with its running clocks; one query that also counts unread notices."""
        if not self.user.is_authenticated:
            return []
        running = Clock.objects.running().filter(post=OuterRef("post"), unit=OuterRef("unit"))
        rows: QuerySet[Any] = (
            Appointment.objects.active(timezone.localdate())
            .filter(user=self.user.pk)
            .select_related("post", "unit", "substitute_for__user")
            .annotate(open_clocks=_count(running), unread=_count(_unread(OuterRef("user"))))
        )
        return list(rows)

    @cached_property
    def substituting(self) -> list[Any]:
        """G5: the appointments in which the user stands in for somebody today."""
        return [held for held in self.appointments if held.substitute_for_id]

    @cached_property
    def open_count(self) -> int:
        """The running clocks of the posts the user holds."""
        seen = {(held.post_id, held.unit_id): held.open_clocks for held in self.appointments}
        return sum(seen.values())

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
        return (_root(), self._held & _named(), self._active, _capped(self.open_count), _capped(self.unread))

    @cached_property
    def _active(self) -> str:
        """The address of the entry that the current page belongs to: the longest one that begins its path."""
        path = self._request.path
        home = _address("/")
        found = [address for address in _addresses() if path == address or (address != home and path.startswith(address))]
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

    idle_seconds = property(lambda self: settings.IDLE_LOGOUT_MINUTES * 60 if self.user.is_authenticated else "")
    home_url = property(lambda self: _address("/"))
    search_url = property(lambda self: _address("/search/"))
    notices_url = property(lambda self: _address("/notices/"))
    login_url = property(lambda self: _address("account_login"))
    logout_url = property(lambda self: _address("account_logout"))
    password_url = property(lambda self: _address("account_change_password"))


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor: two lazy values, no query of its own."""
    values = Shell(request)
    return {"shell": values, "nav": SimpleLazyObject(lambda: values.nav)}


def _unread(user: Any) -> QuerySet[Notice]:
    return Notice.objects.filter(recipient=user, channel=Channel.INBOX, read_at__isnull=True)


def _count(rows: QuerySet[Any]) -> Coalesce:
    """A correlated count: of the rows of a subquery, 0 when there are none."""
    counted = rows.order_by().annotate(number=Func(F("pk"), function="COUNT")).values("number")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _capped(number: int) -> str:
    return "99+" if number > 99 else str(number) if number else ""


def _root() -> str:
    return reverse("account_login")


def _address(name: str) -> str:
    if not name.startswith("/"):
        return reverse(name)
    # Below the prefix that the server may be mounted under.
    login = reverse("account_login")
    return login[: login.index("/accounts/login/")] + name


def _addresses() -> set[str]:
    return {each.address() for entry in NAVIGATION for each in (entry, *entry.children)}


def _named() -> frozenset[str]:
    return frozenset(action for entry in NAVIGATION for each in (entry, *entry.children) for action in each.actions)


