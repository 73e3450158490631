"""Every page takes the same queries whatever it lists, and few: twelve, fifteen about complaints. The pages are found
by their addresses."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from ledgers.models import LedgerContact, LedgerImport, PunchItem, WarrantyCase
from organization.models import Appointment, AuthorityCell, Matter, StandardEdition, User
from tests.performance.complaint_growth import Growth
from tests.performance.growth import Portal
from workflow.models import CalendarDay, Evidence, Notice

pytestmark = pytest.mark.django_db  # or no database is made for them

MAX_QUERIES, MAX_OF_COMPLAINTS = 12, 15
FEW, MANY = 2, 50
NAMESPACES = ("complaints", "ledgers", "organization", "reports", "workflow")
# Who may see a page is the security tests' business; here the first of these who gets one is enough.
LOGINS = ("gw", "pw1d1", "uw1", "uh1", "gh", "sec", "sys", "aud")
# These show one's own: somebody who has something.
OWN_PAGES = dict.fromkeys(("workflow:worklist", "workflow:waiting", "workflow:notices"), "pw1d1") | {
    "organization:my_appointments": "uw1"
}
# A second page of rows brings the query that counts them all.
COUNTED_WHEN_LONG = {"workflow:worklist"}
# One query for each kind of history that the page happens to show, beside those for people, posts and units.
BY_KIND = {"organization:audit_log": 24}
# Of revisits, which this portal has none of: their own tests count them.
NOT_GROWN = ("reports:appendix_d", "reports:revisit_year")
PAGES_BY_NAME = ("_list", "_detail", "_log")
# Named otherwise; with them missing, the search for pages is broken.
OTHER_PAGES = {
    "ledgers:case_timeline",
    "ledgers:ledger_timeline",
    "ledgers:ledger_versions",
    "organization:matrix_sheet",
    "organization:my_appointments",
    "workflow:calendar",
    "workflow:clock_rules",
    "workflow:mail",
    "workflow:notices",
    "workflow:operations",
    "workflow:waiting",
    "workflow:worklist",
}


@dataclass(frozen=True)
class Address:
    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Counted:
    login: str
    few: int
    many: int
    statements: str


def addresses() -> Iterator[Address]:
    """Every address of the portal's own apps, with the names of its arguments."""

    def walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Address]:
        for each in patterns:
            if isinstance(each, URLResolver):
                yield from walk(each.url_patterns, f"{each.namespace}:" if each.namespace else prefix)
            elif each.name and prefix.rstrip(":") in NAMESPACES:
                yield Address(f"{prefix}{each.name}", tuple(each.pattern.converters))

    yield from walk(get_resolver().url_patterns, "")


def subjects(portal: Portal, growth: Growth) -> dict[str, Any]:
    """The record a page is opened for: by argument name, and for ``pk`` by the beginning of the page's name."""
    return growth.subjects() | {
        "ledger": portal.ledger.pk,
        "contact": portal.ledger.pk,
        "contact_pk": LedgerContact.objects.filter(version__ledger=portal.ledger).first().pk,
        "project": portal.ledger.project_id,
        "punch": PunchItem.objects.filter(project=portal.ledger.project).first().pk,
        "case": WarrantyCase.objects.order_by("pk").first().pk,
        "import": LedgerImport.objects.first().pk,
        "unit": portal.group.units["U1"].pk,
        "person": portal.clerk.pk,
        "appointment": Appointment.objects.filter(user=portal.clerk, ends_on=None).first().pk,
        "substitute": Appointment.objects.exclude(substitute_for=None).first().pk,
        "matrix": AuthorityCell.objects.first().pk,
        "matter_pk": Matter.objects.first().pk,
        "post_code": "PW",
        "sheet": "A.4",
        "edition": StandardEdition.objects.first().pk,
        "notice": Notice.objects.filter(recipient=portal.clerk).first().pk,
        "mail": Notice.objects.filter(state=Notice.State.FAILED).first().pk,
        "evidence": Evidence.objects.first().pk,
        "calendar": CalendarDay.objects.first().pk,
        "content_type_id": Evidence.objects.first().content_type_id,
        "object_id": portal.ledger.pk,
    }


def path_of(address: Address, known: dict[str, Any]) -> str | None:
    """None for what is no page of a record (a kept mail's key)."""
    if address.name.startswith(NOT_GROWN):
        return None
    kind = address.name.partition(":")[2].partition("_")[0]
    values = {}
    for name in address.arguments:
        if name == "code":
            values[name] = {"post": "PW", "clock": "ledger.build"}[kind]
        elif name == "key":
            return None
        else:
            # The page's own name, its app's word, the word of all apps: the first that stands there.
            own = (address.name, f"{address.name.partition(':')[0]}:{kind}", kind)
            values[name] = known[next(each for each in own if each in known) if name == "pk" else name]
    return reverse(address.name, kwargs=values)


class Visitors:
    """Logged-in clients. Each page is asked once to warm what is kept per process, then counted."""

    def __init__(self) -> None:
        self.clients: dict[str, Client] = {}
        for login in LOGINS:
            client = Client(raise_request_exception=False)
            client.force_login(User.objects.get(username=login))
            self.clients[login] = client

    def first_to_see(self, path: str) -> str:
        for login in LOGINS:
            status = self.get(login, path)
            if status == 200:
                return login
            if status == 405:
                break
        return ""

    def get(self, login: str, path: str) -> int:
        """The status; 0 for what is no page."""
        with transaction.atomic():
            response = self.clients[login].get(path)
        return response.status_code if response["Content-Type"].startswith("text/html") else 0

    def queries(self, login: str, path: str) -> list[str]:
        assert self.get(login, path) == 200, f"{path}: not shown to {login}"
        with CaptureQueriesContext(connection) as captured:
            self.clients[login].get(path)
        return [query["sql"] for query in captured.captured_queries]


@pytest.fixture(scope="module")
def quiet() -> Iterator[None]:
    """Most of those who are asked may not see most pages, and each refusal is logged."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def counted(quiet: None, django_db_setup: None, django_db_blocker: Any) -> dict[str, Counted]:
    """Page by page: the queries with a few rows of everything and with many, in one portal that grows."""
    with django_db_blocker.unblock(), transaction.atomic():
        portal = Portal()
        growth = Growth(portal)
        portal.grow(FEW)
        growth.grow(FEW)
        known = subjects(portal, growth)
        paths = {address.name: path for address in addresses() if (path := path_of(address, known))}
        visitors = Visitors()
        seen = {
            name: login for name, path in paths.items() if (login := OWN_PAGES.get(name) or visitors.first_to_see(path))
        }
        few = {name: visitors.queries(login, paths[name]) for name, login in seen.items()}
        portal.grow(MANY - FEW)
        growth.grow(MANY - FEW)
        many = {name: visitors.queries(login, paths[name]) for name, login in seen.items()}
        transaction.set_rollback(True)
    return {
        name: Counted(login, len(few[name]), len(many[name]), "\n".join(sql[:300] for sql in many[name]))
        for name, login in seen.items()
    }


def test_the_pages_were_found(counted: dict[str, Counted]) -> None:
    wanted = {each.name for each in addresses() if each.name.endswith(PAGES_BY_NAME)} | OTHER_PAGES
    assert len(wanted) > 20
    assert wanted - counted.keys() == set()


def test_a_page_takes_the_same_queries_for_2_rows_and_for_50(counted: dict[str, Counted]) -> None:
    grown = {
        name: page
        for name, page in counted.items()
        if page.many != page.few + (name in COUNTED_WHEN_LONG) and name not in BY_KIND
    }
    told = [f"{name} ({page.login}): {page.few} → {page.many}\n{page.statements}" for name, page in grown.items()]
    assert not told, "\n\n".join(told)


def test_a_page_takes_few_queries(counted: dict[str, Counted]) -> None:
    most = {name: BY_KIND.get(name, MAX_OF_COMPLAINTS if "complaint" in name else MAX_QUERIES) for name in counted}
    many = {name: page for name, page in counted.items() if page.many > most[name]}
    told = [f"{name} ({page.login}): {page.many}\n{page.statements}" for name, page in many.items()]
    assert not told, "\n\n".join(told)


def test_what_is_counted_are_queries(counted: dict[str, Counted]) -> None:
    """A page that lists something asks for the person, their rights and the rows: fewer would be a broken count."""
    assert {name: page.few for name, page in counted.items() if page.few < 2} == {}
