"""Ledgers in reach, their counts, and a version as plain data."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet

from ledgers import appendix_c
from ledgers.models import Ledger, LedgerVersion
from ledgers.permissions import VIEW
from organization.models import User

S = Ledger.Status
# A warranty still runs in these states, so its end is worth a warning.
RUNNING = (S.EFFECTIVE, S.CHANGING, S.CHANGE_REVIEW, S.CHANGE_CONFIRM, S.CHANGE_RETURNED)
# Not yet approved for the first time: what is missing is somebody's work.
UNFINISHED = (S.PENDING, S.DRAFTING, S.IN_REVIEW, S.IN_CONFIRM, S.RETURNED)
ENDING_DAYS = 90


def visible_ledgers(user: User) -> QuerySet[Ledger]:
    """G2: the ledgers in the user's reach, with the project and its department for a list."""
    return VIEW.narrow(user, Ledger.objects.select_related("project__department"))


LIST_FIELDS = (
    "pk", "status", "warranty_start", "warranty_end", "missing_count", "updated_at",
    "project_id", "project__code", "project__name", "project__address", "project__city", "project__region",
    "project__key", "project__strategic", "project__hvac", "project__overseas",
    "project__department__name", "project__department__path", "project__accepted_on", "project__delivered_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TabCounts:
    """How many ledgers in reach stand in each status, have gaps, or end soon."""

    by_status: dict[str, int]
    missing: int
    ending: int

    @property
    def total(self) -> int:
        return sum(self.by_status.values())

    def of(self, *statuses: str) -> int:
        return sum(self.by_status.get(status, 0) for status in statuses)


def ends_within(days: int, today: date) -> Q:
    """The warranty runs and its last day is within ``days`` from today (both included)."""
    return Q(status__in=RUNNING, warranty_end__gte=today, warranty_end__lte=today + timedelta(days=days))


HAS_GAPS = Q(missing_count__gt=0) & ~Q(status=S.VOID)


def tab_counts(user: User, today: date) -> TabCounts:
    """The counts above the list, in one query over the user's reach."""
    rows = (
        VIEW.narrow(user, Ledger.objects.order_by())
        .values_list("status")
        .annotate(
            count=Count("pk"),
            gaps=Count("pk", filter=HAS_GAPS),
            ends=Count("pk", filter=ends_within(ENDING_DAYS, today)),
        )
    )
    found = list(rows)
    return TabCounts(
        {status: count for status, count, _, _ in found},
        sum(missing for _, _, missing, _ in found),
        sum(ending for _, _, _, ending in found),
    )


def ledger_data(ledger: Ledger, version: LedgerVersion | None = None) -> appendix_c.LedgerData:
    """What Appendix C says of a ledger: the given version, else the one in force, else the draft, else the register.

    The 13 posts come first in the standard's order, blank ones too, each group followed by its extra people.
    """
    project = ledger.project
    version = version or ledger.shown
    data = appendix_c.LedgerData(
        number=ledger.number or project.code,
        name=project.name,
        address=project.address,
        department=project.department.code,
        accepted_on=project.accepted_on,
        delivered_on=project.delivered_on,
        key=project.key,
        strategic=project.strategic,
        hvac=project.hvac,
        region=project.region,
    )
    contacts: list[appendix_c.Contact] = []
    if version is not None:
        for name in (
            "name", "address", "recorded_on", "accepted_on", "delivered_on", "warranty_start", "warranty_end",
            "key", "strategic", "hvac", "region", "remark",
        ):  # fmt: skip
            setattr(data, name, getattr(version, name))
        contacts = [row.as_data() for row in version.contacts.all()]
    data.contacts = in_form_order(contacts)
    return data


def in_form_order(contacts: list[appendix_c.Contact]) -> list[appendix_c.Contact]:
    """Group by group: the printed posts, blank where nobody is named, then the group's extra people."""
    by_post = {contact.post: contact for contact in contacts if contact.post}
    ordered: list[appendix_c.Contact] = []
    for group in appendix_c.GROUPS:
        ordered += [by_post.get(post.code) or appendix_c.Contact(group.code, post.code) for post in group.posts]
        ordered += [contact for contact in contacts if not contact.post and contact.group == group.code]
    return ordered
