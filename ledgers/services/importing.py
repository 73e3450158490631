"""Saving a checked workbook: set-based, all or nothing unless 部分导入 was chosen (clauses 5.1.1, 5.1.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone
from simple_history.utils import bulk_create_with_history

from ledgers.appendix_c import GROUP_OF, POSTS, LedgerData
from ledgers.clocks import BUILD
from ledgers.flow import FLOW
from ledgers.imports.parse import parse
from ledgers.imports.result import Parsed
from ledgers.models import Ledger, LedgerContact, LedgerVersion, Project, Region
from ledgers.permissions import DRAFT, IMPORT_INTO
from organization.edition import edition_on
from organization.models import Unit, User
from organization.models.units import Tier
from workflow.bulk import enter_many
from workflow.models import Clock
from workflow.services.notices import notify

CHUNK = 1000
_ORDER = {code: index for index, code in enumerate(POSTS)}


@dataclass(frozen=True, slots=True)
class Imported:
    parsed: Parsed
    saved: int


def departments_for(actor: User | None) -> dict[str, Unit]:
    """The project departments a person may import into; all of them on the command line (``actor`` None)."""
    units = Unit.objects.all() if actor is None else IMPORT_INTO.units(actor)
    return {unit.code: unit for unit in units.filter(tier=Tier.DEPARTMENT, dissolved_on__isnull=True)}


def check_workbook(*, path: Path | str, department: str | None, actor: User | None) -> Parsed:
    """The dry run: read and check, save nothing. Raises ``WorkbookRefused`` when the file cannot be read as a whole."""
    taken = set(Project.objects.values_list("code", flat=True))
    return parse(path, departments=set(departments_for(actor)), department=department, taken_numbers=taken)


@transaction.atomic
def import_ledgers(
    *, path: Path | str, department: str | None, actor: User | None, now: datetime, partial: bool = False
) -> Imported:
    """Save the accepted rows as drafts (编制中) with their gaps; one rejected row means nothing is saved, unless ``partial``.

    An imported ledger's 3 days count from the import: the portal could not have asked for it earlier.
    """
    if actor is not None:
        IMPORT_INTO.require_somewhere(actor)
    parsed = check_workbook(path=path, department=department, actor=actor)
    accepted = [row.data for row in parsed.rows if row.accepted]
    if not accepted or (len(accepted) < len(parsed.rows) and not partial):
        return Imported(parsed, 0)
    departments = departments_for(actor)
    for start in range(0, len(accepted), CHUNK):
        _save(accepted[start : start + CHUNK], departments, actor, now)
    _tell(accepted, departments, now)
    return Imported(parsed, len(accepted))


def _save(rows: Sequence[LedgerData], departments: dict[str, Unit], actor: User | None, now: datetime) -> None:
    today = timezone.localdate(now)
    edition = edition_on(today)
    projects = bulk_create_with_history(
        [_project(row, departments[row.department], actor, now) for row in rows], Project, default_user=actor
    )
    ledgers = Ledger.objects.bulk_create(
        [
            Ledger(
                project=project,
                number=row.number,
                status=Ledger.Status.DRAFTING,
                warranty_start=row.warranty_start,
                warranty_end=row.warranty_end,
                missing_count=row.missing_count(),
                revision=1,
                created_at=now,
                updated_at=now,
            )
            for row, project in zip(rows, projects, strict=True)
        ]
    )
    versions = bulk_create_with_history(
        [
            LedgerVersion(
                ledger=ledger,
                number=1,
                recorded_on=row.recorded_on or today,
                name=row.name,
                address=row.address,
                warranty_start=row.warranty_start,
                warranty_end=row.warranty_end,
                accepted_on=row.accepted_on,
                delivered_on=row.delivered_on,
                key=row.key,
                strategic=row.strategic,
                hvac=row.hvac,
                region=row.region or Region.NORTH,
                remark=row.remark,
                edition=edition,
                created_at=now,
                created_by=actor,
            )
            for row, ledger in zip(rows, ledgers, strict=True)
        ],
        LedgerVersion,
        default_user=actor,
    )
    first = LedgerVersion.objects.filter(ledger=OuterRef("pk")).order_by("number").values("pk")[:1]
    Ledger.objects.filter(pk__in=[ledger.pk for ledger in ledgers]).update(working=Subquery(first))
    for ledger, version in zip(ledgers, versions, strict=True):
        ledger.working = version
    Ledger.history.bulk_history_create(ledgers, default_user=actor, default_date=now)
    contacts = [contact for row, version in zip(rows, versions, strict=True) for contact in _contacts(row, version)]
    bulk_create_with_history(contacts, LedgerContact, batch_size=5000, default_user=actor)
    enter_many(FLOW, "import", ledgers, actor=actor, now=now)


def _project(row: LedgerData, department: Unit, actor: User | None, now: datetime) -> Project:
    return Project(
        code=row.number,
        name=row.name,
        address=row.address,
        department=department,
        phase=Project.Phase.COMPLETED,
        key=row.key,
        strategic=row.strategic,
        hvac=row.hvac,
        region=row.region or Region.NORTH,
        accepted_on=row.accepted_on,
        delivered_on=row.delivered_on,
        created_at=now,
        created_by=actor,
    )


def _contacts(row: LedgerData, version: LedgerVersion) -> list[LedgerContact]:
    return [
        LedgerContact(
            version=version,
            group=GROUP_OF[contact.post].code if contact.post else contact.group,
            post=contact.post,
            title=contact.title,
            name=contact.name,
            phone=contact.phone,
            remark=contact.remark,
            absent=contact.absent,
            absent_reason=contact.absent_reason,
            order=_ORDER.get(contact.post, len(_ORDER) + index),
        )
        for index, contact in enumerate(row.contacts)
    ]


def _tell(rows: Sequence[LedgerData], departments: dict[str, Unit], now: datetime) -> None:
    """Each department's drafters hear of the import once, not once a row."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.department] = counts.get(row.department, 0) + 1
    content_type = ContentType.objects.get_for_model(Ledger)
    for code, count in counts.items():
        department = departments[code]
        clock = Clock.objects.filter(content_type=content_type, code=BUILD, owner=department, opened_at=now).first()
        if clock is None:
            continue
        notify(
            key=f"import:{clock.pk}",
            kind="import",
            recipients=DRAFT.holders(department, timezone.localdate(now)),
            title=f"已导入 {count} 份竣工工程信息台账,请补全后提交审核",
            text=f"所属:{department}。每份台账的时限为 {clock.rule.limit},缺项已逐条列出。",
            subject=clock,
            url="/ledgers/?status=drafting",
            now=now,
        )
