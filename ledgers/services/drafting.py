"""Writing a ledger version: the draft, its people, its warranty terms, and what changed, in words."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypedDict

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from ledgers import appendix_c
from ledgers.flow import FLOW
from ledgers.guards import header_gaps
from ledgers.models import Ledger, LedgerContact, LedgerVersion, WarrantyTerm
from ledgers.selectors.counts import ledgers_changed
from organization.edition import edition_on
from organization.models import User
from workflow.errors import Conflict
from workflow.locking import lock
from workflow.models import Transition

from .words import field_label

HEADER = (
    "recorded_on", "name", "address", "warranty_start", "warranty_end", "accepted_on", "delivered_on",
    "key", "strategic", "hvac", "region", "city", "remark",
)  # fmt: skip


class TermData(TypedDict):
    part: str
    unit: str
    amount: Decimal | None
    ends_on: date | None
    note: str


def lock_ledger(ledger_id: int) -> Ledger:
    """The ledger under a row lock, with what every step needs to know of it. Whoever locks it is about to change it."""
    ledgers_changed()
    return lock(Ledger, ledger_id, "project__department", "working", "effective")


@transaction.atomic
def save_draft(
    *,
    ledger_id: int,
    header: dict[str, Any],
    contacts: Sequence[appendix_c.Contact],
    terms: Sequence[TermData] = (),
    number: str = "",
    revision: int,
    actor: User,
    now: datetime,
) -> Ledger:
    """Clause 5.1.1: save what the form says, complete or not. ``revision`` is the one the form was opened with:
    when somebody saved in between, Conflict says who, and nothing is overwritten."""
    ledger = lock_ledger(ledger_id)
    if ledger.revision != revision:
        raise Conflict(_saved_by_other(ledger))
    _check_header(header, timezone.localdate(now))
    version = ledger.working
    if ledger.status == Ledger.Status.PENDING:
        version = new_version(ledger, actor=actor, now=now)
        version.save()
        ledger.working = version
        step, before = "draft", {}
    else:
        if version is None:
            raise Conflict("当前没有可编辑的版本,请刷新页面。")
        step, before = "edit", {"台账编号": ledger.number, **describe(version)}
    for name in HEADER:
        if name in header:
            setattr(version, name, header[name])
    version.save()
    _replace_contacts(version, contacts)
    _replace_terms(version, terms)
    ledger.number = number or ledger.number
    refresh_shown(ledger, now=now)
    changes = differences(before, {"台账编号": ledger.number, **describe(version)}) if before else []
    FLOW.move(step, ledger, actor=actor, now=now, changes=changes)
    ledger.save()
    return ledger


def new_version(ledger: Ledger, *, actor: User, now: datetime, reason: str = "") -> LedgerVersion:
    """An unsaved version that starts from the one in force, else from the project register."""
    base: Any = ledger.effective or ledger.project
    fields = ("name", "address", "accepted_on", "delivered_on", "key", "strategic", "hvac", "region", "city")
    version = LedgerVersion(
        ledger=ledger,
        number=ledger.version,
        reason=reason,
        recorded_on=timezone.localdate(now),
        edition=edition_on(timezone.localdate(now)),
        created_at=now,
        created_by=actor,
        **{name: getattr(base, name) for name in fields},
    )
    if ledger.effective is not None:
        for name in ("warranty_start", "warranty_end", "remark"):
            setattr(version, name, getattr(ledger.effective, name))
    return version


def copy_parts(source: LedgerVersion, target: LedgerVersion) -> None:
    """A change starts from the people and terms in force."""
    for model, rows in ((LedgerContact, source.contacts.all()), (WarrantyTerm, source.terms.all())):
        copies = []
        for row in rows:
            row.pk = None
            row._state.adding = True
            row.version = target
            copies.append(row)
        bulk_create_with_history(copies, model)


def refresh_shown(ledger: Ledger, *, now: datetime) -> None:
    """Repeat on the ledger what the lists show of it: the version in force, or the first draft."""
    shown = ledger.effective or ledger.working
    if shown is not None:
        ledger.warranty_start, ledger.warranty_end = shown.warranty_start, shown.warranty_end
        gaps = appendix_c.missing_contacts(c.as_data() for c in shown.contacts.all())
        ledger.missing_count = len(header_gaps(shown)) + len(gaps)
    ledger.revision += 1
    ledger.updated_at = now


def describe(version: LedgerVersion) -> dict[str, str]:
    """A version in words, field by field, so that two of them can be compared and shown."""
    words: dict[str, str] = {}
    for name in HEADER:
        value = getattr(version, name)
        if isinstance(value, bool):
            value = "是" if value else "否"
        elif name == "region":
            value = version.get_region_display()
        words[field_label(LedgerVersion, name)] = "" if value is None else str(value)
    for contact in version.contacts.all():
        label = _unused(contact.label or "补充人员", words)
        if contact.absent:
            words[label] = f"{appendix_c.ABSENT}:{contact.absent_reason}"
        else:
            words[label] = " ".join(filter(None, (contact.name, contact.phone, contact.remark)))
    for term in version.terms.all():
        label = _unused(f"保修期限 {term.get_part_display()}", words)
        words[label] = " ".join(filter(None, (term.limit, f"至{term.ends_on}" if term.ends_on else "", term.note)))
    return words


def _unused(label: str, words: dict[str, str]) -> str:
    """Two people may bear one title, two terms one part: the second is numbered, so that neither hides the other."""
    number, found = 2, label
    while found in words:
        found, number = f"{label}({number})", number + 1
    return found


def differences(before: dict[str, str], after: dict[str, str]) -> list[dict[str, str]]:
    names = list(dict.fromkeys([*before, *after]))
    return [
        {"field": name, "old": before.get(name, ""), "new": after.get(name, "")}
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


def _replace_contacts(version: LedgerVersion, contacts: Sequence[appendix_c.Contact]) -> None:
    """Write the people as the form gives them; only rows that differ are touched, so the history stays readable."""
    present = {(c.post or f"+{c.order}"): c for c in version.contacts.all()}
    order_of = {code: index for index, code in enumerate(appendix_c.POSTS)}
    extra = len(order_of)
    for contact in contacts:
        if not contact.post and not any((contact.title, contact.name, contact.phone)):
            continue
        order = order_of.get(contact.post, extra)
        extra += not contact.post
        row = present.pop(contact.post or f"+{order}", None) or LedgerContact(version=version, post=contact.post)
        values = {
            "group": appendix_c.GROUP_OF[contact.post].code if contact.post else contact.group,
            "title": contact.title,
            "name": contact.name,
            "phone": contact.phone,
            "remark": contact.remark,
            "absent": contact.absent,
            "absent_reason": contact.absent_reason,
            "order": order,
        }
        if row.pk is None or any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
    for gone in present.values():
        gone.delete()
    version._prefetched_objects_cache = {}  # type: ignore[attr-defined]


def _replace_terms(version: LedgerVersion, terms: Sequence[TermData]) -> None:
    present = list(version.terms.all())
    for index, term in enumerate(terms):
        row = present[index] if index < len(present) else WarrantyTerm(version=version)
        if row.pk is None or any(getattr(row, name) != value for name, value in term.items()):
            for name, value in term.items():
                setattr(row, name, value)
            row.save()
    for gone in present[len(terms) :]:
        gone.delete()


def _check_header(header: dict[str, Any], today: date) -> None:
    start, end = header.get("warranty_start"), header.get("warranty_end")
    if start and end and end <= start:
        raise ValidationError({"warranty_end": "保修截止日期必须晚于保修开始日期,请核对两个日期。"})
    for name in ("accepted_on", "delivered_on"):
        day = header.get(name)
        if day and day > today:
            label = field_label(LedgerVersion, name)
            raise ValidationError({name: f"{label}不能晚于今天({today:%Y-%m-%d})。"})


def _saved_by_other(ledger: Ledger) -> str:
    last = Transition.objects.about(ledger).select_related("actor", "on_behalf_of").order_by("-at", "-pk").first()
    who = last.who if last else "其他人"
    at = timezone.localtime(ledger.updated_at)
    return f"{who} 已于 {at:%Y-%m-%d %H:%M} 保存了新的内容,您的修改没有覆盖它。请对照最新内容后再保存。"
