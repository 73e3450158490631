"""One complaint as its page shows it: the record, its history of moves, what stands on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import Http404

from complaints.models import Complaint, Demand, Evaluation, Filing, Plan, Reply, Ruling
from complaints.permissions import VIEW
from organization.models import User
from organization.prepared import Prepared
from workflow.models import Transition

S = Complaint.Status
SECOND_SHOWN = (Complaint.Second.SUGGESTED, Complaint.Second.CONFIRMED)
# Steps that leave the complaint where it is and that nobody's separation of duty rests on (G5).
TALK = ("communicate", "attempt_unit", "attempt_group", "urge", "write_reply", "hand_over", "edit_unit", "edit_group")


def _complaint(complaint: int) -> QuerySet[Complaint]:
    return Complaint.objects.filter(pk=complaint).select_related(
        "department",
        "project",
        "registered_by",
        "second_of",
        "merge_into",
        "plan__effective",
        "plan__working",
        "filing",
    )


_COMPLAINT = Prepared(_complaint)
_DEMANDS = Prepared(
    lambda complaint: Demand.objects.filter(complaint=complaint).select_related("merged_from").order_by("number")
)
_RULINGS = Prepared(
    lambda complaint: (
        Ruling.objects.filter(complaint=complaint).select_related("proposed_by", "decided_by").order_by("-pk")
    )
)
_REPLIES = Prepared(
    lambda complaint: Reply.objects.filter(complaint=complaint).select_related("written_by", "sent_by").order_by("-pk")
)
_EVALUATIONS = Prepared(
    lambda complaint: Evaluation.objects.filter(complaint=complaint).select_related("made_by").order_by("-pk")
)
_LINKED = Prepared(
    lambda complaint: (
        Complaint.objects.filter(Q(second_of=complaint, second__in=SECOND_SHOWN) | Q(merge_into=complaint))
        .order_by("-received_at", "-pk")
        .only("number", "status", "received_at", "event", "second", "second_of", "merge_into", "department")
    )
)


def complaint_for(user: User, pk: int) -> Complaint:
    """The complaint with its department, project, plan and filing; 404 out of the unit, or not drawn into it (G2)."""
    found: list[Complaint] = _COMPLAINT.rows(complaint=pk)
    if not found or not (VIEW.covers(user, found[0].department) or VIEW.allows(user, found[0])):
        raise Http404("没有找到该投诉,或不在您的可见范围内。")
    return found[0]


def plan_of(complaint: Complaint) -> Plan | None:
    return getattr(complaint, "plan", None)


def filing_of(complaint: Complaint) -> Filing | None:
    return getattr(complaint, "filing", None)


def demands_of(complaint: Complaint) -> list[Demand]:
    return _DEMANDS.rows(complaint=complaint.pk)


_MOVES = Prepared(
    lambda kind, complaint: (
        Transition.objects.filter(content_type=kind, object_id=complaint)
        .exclude(step__in=TALK)
        .select_related("actor", "on_behalf_of", "post")
        .order_by("at", "pk")
    )
)


def moves_of(complaint: Complaint) -> list[Transition]:
    """The steps that moved the complaint or that somebody's separation of duty rests on, oldest first. One query."""
    return _MOVES.rows(kind=ContentType.objects.get_for_model(Complaint).pk, complaint=complaint.pk)


@dataclass(frozen=True, slots=True)
class Content:
    """What was decided and said so far. ``replies`` and ``evaluations`` are only asked for when there can be any."""

    demands: list[Demand]
    rulings: list[Ruling]
    replies: list[Reply]
    evaluations: list[Evaluation]

    @property
    def ruling(self) -> Ruling | None:
        """The one that counts: confirmed, or waiting to be."""
        return next((r for r in self.rulings if r.state in (Ruling.State.CONFIRMED, Ruling.State.PROPOSED)), None)

    @property
    def earlier_rulings(self) -> list[Ruling]:
        return [ruling for ruling in self.rulings if ruling is not self.ruling]

    @property
    def draft_reply(self) -> Reply | None:
        return next((reply for reply in self.replies if reply.sent_at is None), None)

    @property
    def all_confirmed(self) -> bool:
        return all(demand.confirmed_at or demand.withdrawn_reason for demand in self.demands)


def content_of(complaint: Complaint) -> Content:
    """Two to four queries."""
    about = {"complaint": complaint.pk}
    rulings: list[Ruling] = _RULINGS.rows(**about)
    not_ours = any(ruling.verdict == "not_ours" for ruling in rulings)
    ours = complaint.ours or any(ruling.verdict != "not_ours" for ruling in rulings)
    _lend(complaint, rulings)
    return Content(
        demands_of(complaint),
        rulings,
        _REPLIES.rows(**about) if not_ours else [],
        _EVALUATIONS.rows(**about) if ours else [],
    )


def _lend(complaint: Complaint, rulings: list[Ruling]) -> None:
    """The flow asks three of its steps which ruling is proposed: it finds them here."""
    fetched: Any = Ruling.objects.filter(complaint=complaint)
    fetched._result_cache, fetched._prefetch_done = rulings, True
    complaint._prefetched_objects_cache = {"rulings": fetched}  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Link:
    """A complaint connected with this one: ``label`` says how."""

    label: str
    complaint: Complaint
    tone: str = "neutral"


def links_of(complaint: Complaint, user: User) -> list[Link]:
    """前次投诉, 合并到, later ones and merged duplicates, as far as the person may see them (G2). One query; one more
    where a link leads out of the department, or the person was only drawn into this complaint."""
    found = _links(complaint)
    near = VIEW.covers(user, complaint.department)
    doubtful = [
        link.complaint.pk for link in found if not near or link.complaint.department_id != complaint.department_id
    ]
    if not doubtful:
        return found
    seen = set(VIEW.narrow(user, Complaint.objects.filter(pk__in=doubtful)).values_list("pk", flat=True))
    return [link for link in found if link.complaint.pk not in doubtful or link.complaint.pk in seen]


def _links(complaint: Complaint) -> list[Link]:
    found = []
    if complaint.second_of and complaint.second in SECOND_SHOWN:
        suggested = complaint.second == Complaint.Second.SUGGESTED
        found.append(Link("疑似前次投诉" if suggested else "前次投诉", complaint.second_of, "warn"))
    if complaint.merge_into:
        merged = complaint.status == S.MERGED
        found.append(
            Link("已合并到" if merged else "提出合并到", complaint.merge_into, "neutral" if merged else "todo")
        )
    linked: list[Complaint] = _LINKED.rows(complaint=complaint.pk)
    for each in linked:
        if each.merge_into_id == complaint.pk:
            found.append(Link("并入本投诉" if each.status == S.MERGED else "提出并入本投诉", each))
        else:
            sure = each.second == Complaint.Second.CONFIRMED
            found.append(Link("二次投诉" if sure else "疑似二次投诉", each, "bad" if sure else "warn"))
    return found


def last_return(moves: Sequence[Transition]) -> Transition | None:
    """What sent the complaint back, while it stands where it was sent to."""
    last = next((move for move in reversed(moves) if move.source != move.target), None)
    return last if last is not None and last.step in SENT_BACK else None


def words_of_return(move: Transition | None, content: Content) -> str:
    """Why it was sent back: what was remarked, or what the client said at the evaluation."""
    if move is None:
        return ""
    client = content.evaluations[0].opinion if content.evaluations and move.step.startswith("unsatisfied") else ""
    return move.remark or client


SENT_BACK: dict[str, str] = {
    "return_ruling": "判定已退回",
    "overturn": "复议撤销判定",
    "revoke_ruling": "判定已撤销",
    "uphold": "复议维持,须再次回函",
    "unsatisfied_severe": "客户不满意",
    "unsatisfied_minor": "客户不满意",
    "unsatisfied_raised": "客户不满意,升级为严重",
}


def kinds_of_fact(complaint: Complaint) -> list[tuple[str, Any]]:
    """The facts of clause 2.2.2, with their labels."""
    names = ("kind", "party", "channel", "level", "cause")
    return [
        (str(Complaint._meta.get_field(name).verbose_name), getattr(complaint, f"get_{name}_display")())  # type: ignore[union-attr]
        for name in names
    ]
