"""One ledger as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Subquery
from django.http import Http404

from ledgers import statutory
from ledgers.appendix_c import GROUPS, Group, missing_contacts
from ledgers.flow import FLOW
from ledgers.guards import header_gaps
from ledgers.models import Ledger, LedgerContact, LedgerPolicy, LedgerVersion, PhoneReveal, PunchItem, WarrantyTerm
from ledgers.permissions import VIEW
from ledgers.services.drafting import describe, differences
from ledgers.services.review import DECISION_STEPS
from organization.models import User
from organization.prepared import Prepared
from workflow.flow import Step
from workflow.models import Transition
from workflow.selectors.timeline import Entry, entry, timeline

from .masking import mask_changes

S = Ledger.Status
FINAL_IN_ONE = {"review_final", "review_change_final"}
FIRST_OF_TWO = {"review", "review_change"}


def _ledger(ledger: int) -> QuerySet[Ledger]:
    one_step = LedgerPolicy.objects.order_by("pk").values("one_step_review")[:1]
    return (
        Ledger.objects.filter(pk=ledger)
        .select_related("project__department", "effective", "working")
        .annotate(one_step=Subquery(one_step))
    )


_LEDGER = Prepared(_ledger)
_CONTACTS = Prepared(lambda version: LedgerContact.objects.filter(version=version).order_by("order", "pk"))
_TERMS = Prepared(lambda version: WarrantyTerm.objects.filter(version=version).order_by("pk"))


def ledger_for(user: User, pk: int) -> Ledger:
    """The ledger with its versions and department, or 404; also whether one review suffices, for ``open_steps``."""
    found: list[Ledger] = _LEDGER.rows(ledger=pk)
    if not found or not VIEW.covers(user, found[0].project.department):
        raise Http404("没有找到该记录,或不在您的可见范围内。")
    return found[0]


def open_steps(ledger: Any, user: User) -> list[Step]:
    """The steps this person may take now, without those the review policy or the separation of duty (G5) closes."""
    closed = FIRST_OF_TWO if ledger.one_step else FINAL_IN_ONE
    steps = [step for step in FLOW.available(ledger, user) if step.name not in closed and step.name != "import"]
    names = {name for step in steps for name in step.apart}
    if not names:
        return steps
    done = set(
        Transition.objects.about(ledger)
        .filter(Q(actor=user.pk) | Q(on_behalf_of=user.pk), step__in=names, version=ledger.version)
        .values_list("step", flat=True)
    )
    return [step for step in steps if done.isdisjoint(step.apart)]


def decisions(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.name in DECISION_STEPS]


@dataclass(frozen=True, slots=True)
class ContactGroup:
    """A group of Appendix C with its rows: printed posts (``contact`` None where nobody is named), then extras."""

    group: Group
    rows: list[tuple[str, LedgerContact | None]]


@dataclass(frozen=True, slots=True)
class Content:
    """A version with its people and terms, what is missing, and what lies below the statutory minimum."""

    version: LedgerVersion
    groups: list[ContactGroup]
    terms: list[WarrantyTerm]
    missing: list[str]
    warnings: list[str]


def content_of(version: LedgerVersion) -> Content:
    """Two queries."""
    contacts: list[LedgerContact] = _CONTACTS.rows(version=version.pk)
    terms: list[WarrantyTerm] = _TERMS.rows(version=version.pk)
    by_post = {contact.post: contact for contact in contacts if contact.post}
    groups = []
    for group in GROUPS:
        rows: list[tuple[str, LedgerContact | None]] = [(post.name, by_post.get(post.code)) for post in group.posts]
        rows += [(c.title, c) for c in contacts if not c.post and c.group == group.code]
        groups.append(ContactGroup(group, rows))
    missing = [*header_gaps(version), *missing_contacts(contact.as_data() for contact in contacts)]
    return Content(version, groups, terms, missing, warnings_of(version, terms))


def warnings_of(version: LedgerVersion, terms: Sequence[WarrantyTerm]) -> list[str]:
    """The statutory minimum, as warnings; they never block."""
    stated = [
        statutory.Term(term.part, str(term.get_part_display()), term.unit, term.amount, term.ends_on) for term in terms
    ]
    return statutory.warnings(stated, version.warranty_start, version.warranty_end)


PUNCH_SHOWN = 20
_OPEN_PUNCH = Prepared(
    lambda project: PunchItem.objects.filter(
        project=project, status__in=(PunchItem.Status.OPEN, PunchItem.Status.DONE)
    ).order_by("due_on", "pk")[:PUNCH_SHOWN]
)


def open_punch_items(project_id: int) -> list[PunchItem]:
    """R-3.3.4: what the pre-acceptance left open stands on the ledger entry; the soonest due."""
    return _OPEN_PUNCH.rows(project=project_id)


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version, what it is called now, and what it changed against the one that governed before it."""

    version: LedgerVersion
    label: str
    tone: str
    changes: list[dict[str, str]]


def version_rows(ledger: Ledger) -> list[VersionRow]:
    """All versions, the newest first. Three queries whatever their number."""
    versions = list(
        ledger.versions.select_related("created_by", "edition").prefetch_related("contacts", "terms").order_by("number")
    )
    rows = []
    governing: LedgerVersion | None = None
    for version in versions:
        changes = differences(describe(governing), describe(version)) if governing is not None else []
        rows.append(VersionRow(version, *_standing(version, ledger), mask_changes(changes)))
        if version.approved_at is not None:
            governing = version
    return rows[::-1]


def _standing(version: LedgerVersion, ledger: Ledger) -> tuple[str, str]:
    if version.withdrawn_at is not None:
        return "已撤回", "void"
    if version.superseded_at is not None:
        return "已被替代", "neutral"
    if version.pk == ledger.effective_id:
        return "现行版本", "ok"
    return str(ledger.get_status_display()), ledger.status_tone


def last_return(ledger: Ledger) -> Transition | None:
    """Clause 5.1.2: who returned the ledger, and what must be put right, while it stands returned."""
    if ledger.status not in (S.RETURNED, S.CHANGE_RETURNED):
        return None
    steps = ("return_review", "return_confirm", "return_change", "return_change_confirm")
    found: Transition | None = (
        Transition.objects.about(ledger)
        .filter(step__in=steps)
        .select_related("actor", "on_behalf_of", "post")
        .order_by("-at", "-pk")
        .first()
    )
    return found


# What the steps tell already, or what repeats the version for the lists.
UNTOLD = {"number", "effective", "working", "missing_count", "warranty_start", "warranty_end", "revision"}


def story_of(ledger: Ledger) -> list[Entry]:
    """The one timeline of a ledger, phones masked."""
    lines = timeline(ledger, untold=UNTOLD, extra=reveal_entries(ledger))
    for line in lines:
        line["changes"] = mask_changes(line["changes"])
    return lines


def reveal_entries(ledger: Ledger) -> list[Entry]:
    """Who looked at a whole phone number and what for, as lines of the timeline."""
    rows = PhoneReveal.objects.filter(ledger=ledger).select_related("user")
    return [
        entry(
            at=row.at, who=str(row.user), label=f"查看电话:{row.whose}", remark=row.purpose, kind="reveal", icon="eye"
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Stage:
    label: str
    state: str
    note: str = ""


_FIRST = (
    ("待建账", (S.PENDING,)),
    ("编制", (S.DRAFTING, S.RETURNED)),
    ("保修管理岗审核", (S.IN_REVIEW,)),
    ("负责人审核", (S.IN_CONFIRM,)),
    ("已生效", (S.EFFECTIVE,)),
)
_CHANGE = (
    ("已生效", ()),
    ("变更编制", (S.CHANGING, S.CHANGE_RETURNED)),
    ("变更审核", (S.CHANGE_REVIEW,)),
    ("变更负责人审核", (S.CHANGE_CONFIRM,)),
    ("变更生效", (S.EFFECTIVE,)),
)
_LATER = (("保修期满", (S.EXPIRED,)), ("期满回访期", (S.AFTERCARE,)), ("已归档", (S.ARCHIVED,)))
_CHANGING = {S.CHANGING, S.CHANGE_RETURNED, S.CHANGE_REVIEW, S.CHANGE_CONFIRM}


def stages(ledger: Any, today: date) -> list[Stage]:
    """The bar of the ledger's life; a change shows its own steps; a voided one stops where it stood."""
    status = S(ledger.status)
    if status == S.VOID:
        return [Stage("作废", "returned")]
    bar = [*(_CHANGE if status in _CHANGING else _FIRST), *_LATER]
    if ledger.one_step:
        bar = [stage for stage in bar if "负责人" not in stage[0] or status in stage[1]]
    if not ledger.project.key and status != S.AFTERCARE:
        bar = [stage for stage in bar if stage[0] != "期满回访期"]
    at = next(index for index, (_, statuses) in enumerate(bar) if status in statuses)
    found = []
    for index, (label, _) in enumerate(bar):
        state = "done" if index < at else "current" if index == at else "todo"
        if index == at and status in (S.RETURNED, S.CHANGE_RETURNED):
            state = "returned"
        if index == at and status == S.ARCHIVED:
            state = "done"
        note = f"至 {ledger.warranty_end}" if label == "已生效" and ledger.warranty_end and index <= at else ""
        found.append(Stage(label, state, note))
    return found
