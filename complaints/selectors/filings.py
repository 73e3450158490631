"""Filings, weekly entries, supervision and orders as their pages show them (3.2, 5.4.3, 5.6; B.2 steps 9–12)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery

from complaints.guards.complaint import CALLED
from complaints.models import Complaint, Filing, FollowUp, Milestone, Order, Plan, Supervision
from complaints.permissions import VIEW_PART
from ledgers.selectors.duties import CHIP_FIELDS, Chip, explain
from organization.models import User
from workflow.models import Clock, Transition

F = Filing.Status
_WITH = ("complaint__department", "complaint__project")
LEADERS = {"UL": "分管领导", "UG": "总经理"}


def filing_for(user: User, pk: int) -> Filing:
    return VIEW_PART.get(user, Filing.objects.select_related(*_WITH), pk=pk)


def order_for(user: User, pk: int) -> Order:
    return VIEW_PART.get(user, Order.objects.select_related(*_WITH, "charged", "made_by"), pk=pk)


def follow_ups(filing: Filing) -> list[FollowUp]:
    """The weekly entries of both sides, the newest first. One query."""
    return list(filing.follow_ups.select_related("made_by", "received_by").order_by("-made_at", "-pk"))


def supervisions(complaint: Complaint) -> list[Supervision]:
    return list(complaint.supervisions.select_related("made_by").order_by("-made_at", "-pk"))


def orders(complaint: Complaint) -> list[Order]:
    return list(complaint.orders.select_related("charged", "made_by").order_by("-made_at", "-pk"))


@dataclass(slots=True)
class Owed:
    """What a leader owes of a filing: an entry on the process, or on the result. ``asked``: they were called on to."""

    post: str
    kind: str
    asked: bool
    entries: list[Supervision] = field(default_factory=list)

    @property
    def leader(self) -> str:
        return LEADERS[self.post]

    @property
    def label(self) -> str:
        return str(Supervision.Kind(self.kind).label)


def owed_supervision(filing: Filing, made: Sequence[Supervision], history: Iterable[Transition]) -> list[Owed]:
    """B.2 step 11: UL and UG, process and result, since the filing was opened (again)."""
    called = {CALLED[move.step] for move in history if move.step in CALLED and move.at >= filing.opened_at}
    found = [Owed(post, kind, kind in called) for kind in CALLED.values() for post in LEADERS]
    for each in made:
        for owed in found:
            if (each.post, each.kind) == (owed.post, owed.kind) and each.made_at >= filing.opened_at:
                owed.entries.append(each)
    return found


# --- the weekly entry begins with what is known


@dataclass(frozen=True, slots=True)
class Known:
    """Clauses 5.6.2, 5.6.3: the milestones, resources and percentage that the plan in force says by itself."""

    milestones: str
    resources: str
    percent: int


def known_of(complaint: Complaint) -> Known:
    in_force = Plan.objects.filter(complaint=complaint).values("effective")
    rows = list(Milestone.objects.filter(plan_version__in=in_force).order_by("number", "pk"))
    if not rows:
        due = complaint.handle_by
        return Known(f"直接处理,要求完成日期 {due}" if due else "", "", 0)
    return Known(
        "\n".join(_node(row) for row in rows),
        "\n".join(f"{row.number}. {row.resources}" for row in rows if row.resources),
        round(sum(row.percent for row in rows) / len(rows)),
    )


def _node(row: Milestone) -> str:
    stand = f"{row.done_on} 完成" if row.done_on else f"{row.percent}%"
    return f"{row.number}. {row.name}({row.starts_on} 至 {row.ends_on}):{stand}"


# --- the list

LIST_FIELDS = (
    "pk", "number", "status", "round", "opened_at", "filed_at", "complaint_id", "complaint__number",
    "complaint__project_name", "complaint__status", "complaint__verdict", "complaint__level",
    "complaint__department__name", "tracked_at", "reported_at", "percent", "unread",
)  # fmt: skip


def visible_filings(user: User) -> QuerySet[Filing]:
    return VIEW_PART.narrow(user, Filing.objects.all())


def counts_by_status(user: User) -> dict[str, int]:
    rows = VIEW_PART.narrow(user, Filing.objects.order_by()).values_list("status").annotate(number=Count("*"))
    return dict(rows)


def with_weekly(filings: QuerySet[Filing]) -> QuerySet[Filing]:
    """Each with its last tracking, last report, last percentage, and whether a report waits to be received."""
    entries = FollowUp.objects.filter(filing=OuterRef("pk")).order_by("-made_at", "-pk")
    track, report = FollowUp.Kind.TRACK, FollowUp.Kind.REPORT
    return filings.annotate(
        tracked_at=Subquery(entries.filter(kind=track).values("made_at")[:1]),
        reported_at=Subquery(entries.filter(kind=report).values("made_at")[:1]),
        percent=Subquery(entries.values("percent")[:1]),
        unread=Exists(FollowUp.objects.filter(filing=OuterRef("pk"), kind=report, received_at__isnull=True)),
    )


def page_ids(filings: QuerySet[Filing], start: int, size: int) -> list[int]:
    return list(filings.values_list("pk", flat=True)[start : start + size])


def rows_of(filings: QuerySet[Filing], ids: Collection[int]) -> list[dict[str, Any]]:
    """The rows of a page in the order of ``filings``: what stands beside a filing is read for those that are shown."""
    return list(with_weekly(filings.filter(pk__in=ids)).values(*LIST_FIELDS))


def overdue(filings: QuerySet[Filing], now: datetime) -> QuerySet[Filing]:
    """Those of which a duty of the filing itself is late."""
    return filings.filter(pk__in=_clocks().filter(due_at__lte=now).order_by().values("object_id"))


def soonest(ids: Collection[int]) -> dict[int, Chip]:
    """The soonest running duty of each filing, as its chip. One query."""
    rows = _clocks().filter(object_id__in=ids).order_by("-due_at").values_list("object_id", *CHIP_FIELDS[1:])
    return {pk: Chip(due, explain(stage, received, days, mode)) for pk, due, received, stage, days, mode in rows}


def _clocks() -> QuerySet[Clock]:
    return Clock.objects.running().filter(content_type=ContentType.objects.get_for_model(Filing))
