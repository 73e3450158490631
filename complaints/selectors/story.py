"""The one timeline of a complaint (G1).

Its own steps and those of its plan, milestones, opinions, filing and orders; who was spoken with, what was reported,
what was revealed; reminders, files, corrections.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import CharField, F, Model, Q, QuerySet, Value
from django.utils import timezone

from complaints.models import Complaint, Contact, Filing, FollowUp, Milestone, Opinion, Order, Plan
from ledgers.selectors.masking import mask_changes, mask_phones
from workflow.models import Evidence, Transition
from workflow.selectors.timeline import Entry, entry, timeline

from .detail import filing_of, plan_of

# Told by the steps, which carry their differences.
UNTOLD = frozenset(
    "department received_at late_reason event complainant phone kind party channel cause verdict handle_by grade "
    "closed_at second_of second merge_into".split()
)
CONTACTS = ("attempt_unit", "attempt_group", "communicate")
REPORTS = ("track", "report")
_Parts = dict[type[Model], dict[int, str]]


def story_of(complaint: Complaint) -> list[Entry]:
    """The newest first, phones masked. As many queries for a young complaint as for an old one."""
    parts = _parts(complaint)
    steps = _steps(complaint, parts)
    _fill_contacts(complaint, steps)
    _fill_reports(complaint, steps)
    lines = timeline(
        complaint,
        transitions=steps,
        evidence=_files(complaint, parts),
        untold=UNTOLD,
        extra=reveal_entries(complaint),
    )
    for line in lines:
        line["changes"] = mask_changes(line["changes"])
        line["remark"] = mask_phones(line["remark"])
    return lines


def _parts(complaint: Complaint) -> _Parts:
    """What belongs to the complaint and has steps of its own: model → id → how a line names it. One query."""
    parts: _Parts = {Complaint: {complaint.pk: ""}, Milestone: {}, Opinion: {}, Order: {}}
    for model, found in ((Plan, plan_of(complaint)), (Filing, filing_of(complaint))):
        parts[model] = {found.pk: ""} if found is not None else {}
    milestones = Milestone.objects.filter(plan_version__plan__complaint=complaint)
    opinions = Opinion.objects.filter(complaint=complaint)
    orders = Order.objects.filter(complaint=complaint)
    rows = _named(milestones, "milestone", "name").union(
        _named(opinions, "opinion", "asked_of__name"), _named(orders, "order", "number"), all=True
    )
    models: dict[str, type[Model]] = {"milestone": Milestone, "opinion": Opinion, "order": Order}
    for what, pk, name in rows:
        parts[models[what]][pk] = name
    return parts


def _named(rows: QuerySet[Any], what: str, name: str) -> QuerySet[Any, Any]:
    kept: QuerySet[Any, Any] = rows.order_by().annotate(what=Value(what, CharField()), called=F(name))
    return kept.values_list("what", "pk", "called")


def _about(parts: _Parts) -> Q:
    """Rows about any of the parts, by literal ids, so that the index on the subject answers."""
    condition = Q()
    for model, names in parts.items():
        if names:
            condition |= Q(content_type=ContentType.objects.get_for_model(model), object_id__in=list(names))
    return condition


def _steps(complaint: Complaint, parts: _Parts) -> list[Transition]:
    """The steps of the case, oldest first, those of a part named after it. One query."""
    names = {ContentType.objects.get_for_model(model).pk: of_model for model, of_model in parts.items()}
    steps = list(
        Transition.objects.filter(_about(parts))
        .select_related("actor", "on_behalf_of", "post", "unit")
        .order_by("at", "pk")
    )
    for step in steps:
        if name := names[step.content_type_id].get(step.object_id, ""):
            step.label = f"{step.label}:{name}"
    return steps


def _files(complaint: Complaint, parts: _Parts) -> list[Evidence]:
    """Of the complaint and of its milestones. One query."""
    kept: _Parts = {model: parts[model] for model in (Complaint, Milestone)}
    return list(Evidence.objects.filter(_about(kept)).select_related("uploaded_by", "withdrawn_by"))


def _fill_contacts(complaint: Complaint, steps: list[Transition]) -> None:
    """Whom somebody spoke with, how, and whether they were reached, stands with the step that kept it. One query."""
    kept: dict[tuple[datetime, int | None], list[Contact]] = defaultdict(list)
    for contact in complaint.contacts.order_by("pk"):
        kept[contact.recorded_at, contact.recorded_by_id].append(contact)
    for step in steps:
        if step.step in CONTACTS and (found := kept.get((step.at, step.actor_id))):
            _tell_contact(step, found.pop(0))


def _tell_contact(step: Transition, contact: Contact) -> None:
    reached = "" if contact.reached else ",未联系上"
    settled = f"{step.remark.partition(':')[0]}。" if contact.kind == Contact.Kind.CONFIRM and contact.reached else ""
    when = f"联系时间 {timezone.localtime(contact.at):%Y-%m-%d %H:%M}。" if contact.at != contact.recorded_at else ""
    step.label = f"{contact.get_kind_display()}:{contact.person}({contact.get_method_display()}{reached})"
    step.remark = f"{when}{settled}{contact.text}"


def _fill_reports(complaint: Complaint, steps: list[Transition]) -> None:
    """What a follow-up said stands with the step that made it. One query."""
    filing = filing_of(complaint)
    reports = {(each.made_at, each.made_by_id, each.kind): each for each in filing.follow_ups.all()} if filing else {}
    for step in steps:
        report = reports.get((step.at, step.actor_id or 0, step.step)) if step.step in REPORTS else None
        if report is not None:
            step.remark = _words_of(report)


def _words_of(report: FollowUp) -> str:
    said = (
        f"完成 {report.percent}%",
        f"节点:{report.milestones}",
        f"资源:{report.resources}",
        f"进展:{report.progress}",
    )
    return "\n".join(said)


def reveal_entries(complaint: Complaint) -> list[Entry]:
    """Who looked at the complainant's whole number, and what for. One query."""
    return [
        entry(
            at=reveal.at,
            who=str(reveal.user),
            label="查看投诉人电话",
            remark=f"用途:{reveal.purpose}",
            kind="reveal",
            icon="eye",
        )
        for reveal in complaint.reveals.select_related("user")
    ]
