"""What receipt, ruling and reply print. 404 out of reach, 409 too early."""

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from complaints import clocks as C
from complaints.guards.complaint import GROUNDS
from complaints.models import Complaint, Contact
from complaints.permissions import VIEW
from organization.models import User
from organization.models.units import Tier
from workflow.errors import Conflict
from workflow.models import Clock, Evidence

from ..documents.complaint_receipt import Receipt
from ..documents.complaint_reply import ReplyRecord
from ..documents.complaint_ruling import RulingRecord
from .acting import keepers_of, levels_of, step_at, steps_of, unit_named, who

RULED = ("rule_not_ours", "rule_severe", "rule_minor", "return_ruling")
NO_RULING = "该投诉还没有责任判定,暂无判定单。请先由二级单位工程部提出责任判定。"
NO_REPLY = "该投诉还没有回函。判定为非我方责任后,请先编制回函。"


def printable(user: User, pk: int) -> Complaint:
    """The complaint in the user's reach, or 404."""
    queryset: QuerySet[Complaint] = Complaint.objects.select_related("department", "project")
    return VIEW.get(user, queryset, pk=pk)


def receipt_of(user: User, pk: int, today: date) -> Receipt:
    complaint = printable(user, pk)
    levels = levels_of(complaint.department)
    issuer = levels.get(Tier.GROUP if complaint.to_group else Tier.UNIT)
    office, keepers = keepers_of(complaint, levels, today)
    contacts = complaint.contacts.filter(kind=Contact.Kind.CONFIRM).select_related("recorded_by")
    return Receipt(
        complaint,
        issuer=str(issuer or ""),
        office=office,
        demands=list(complaint.demands.select_related("merged_from")),
        attempts=list(contacts),
        keepers=keepers,
        written_on=timezone.localdate(complaint.registered_at),
    )


def ruling_of(user: User, pk: int) -> RulingRecord:
    """The latest ruling, proposed or decided, and the earlier ones in brief."""
    complaint = printable(user, pk)
    rulings = list(complaint.rulings.select_related("proposed_by", "decided_by").order_by("pk"))
    if not rulings:
        raise Conflict(NO_RULING)
    *earlier, ruling = rulings
    steps = steps_of(complaint, "propose_ruling", *RULED)
    proposed, decided = step_at(steps, ruling.proposed_at), step_at(reversed(steps), ruling.decided_at)
    clocks = list(Clock.objects.about(complaint).filter(code__in=(C.RULE, C.RULE_CONFIRM)).order_by("pk"))
    return RulingRecord(
        complaint,
        issuer=unit_named(proposed.unit if proposed and proposed.unit else complaint.department),
        ruling=ruling,
        ordinal=len(earlier) + 1,
        earlier=earlier,
        demands=list(complaint.demands.all()),
        files=list(_grounds(complaint)),
        proposing=_first(c for c in clocks if c.code == C.RULE and c.stopped_at == ruling.proposed_at),
        confirming=_first(c for c in clocks if c.code == C.RULE_CONFIRM and c.opened_at == ruling.proposed_at),
        who_proposed=who(proposed),
        who_decided=who(decided),
        written_on=timezone.localdate(ruling.proposed_at),
    )


def _first(clocks: Iterable[Clock]) -> Clock | None:
    return next(iter(clocks), None)


def _grounds(complaint: Complaint) -> QuerySet[Evidence]:
    found: QuerySet[Evidence] = Evidence.objects.about(complaint).filter(kind=GROUNDS, withdrawn_at__isnull=True)
    return found.select_related("uploaded_by").order_by("pk")


def reply_of(user: User, pk: int) -> ReplyRecord:
    """The latest letter, as the unit wrote it that answered for the complaint then."""
    complaint = printable(user, pk)
    replies = list(complaint.replies.select_related("written_by", "sent_by").order_by("pk"))
    if not replies:
        raise Conflict(NO_REPLY)
    reply = replies[-1]
    written = step_at(steps_of(complaint, "write_reply"), reply.written_at)
    levels = levels_of(written.unit if written and written.unit else complaint.department)
    unit = levels.get(Tier.UNIT)
    return ReplyRecord(
        complaint,
        issuer=str(unit or complaint.department),
        reply=reply,
        ordinal=len(replies),
        keepers=[(str(reply.written_by), reply.written_by.phone)],
        received_on=timezone.localdate(complaint.received_at),
        written_on=timezone.localdate(reply.written_at),
    )
