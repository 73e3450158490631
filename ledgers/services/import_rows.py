"""Checked rows into projects, ledgers, versions, people, transitions, clocks: a fixed number of statements a chunk."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone

from ledgers.appendix_c import GROUP_OF, POSTS, missing_contacts, missing_in_head
from ledgers.clocks import BUILD
from ledgers.flow import FLOW
from ledgers.imports.result import ParsedRow
from ledgers.models import Ledger, LedgerContact, LedgerVersion, Project, Region
from ledgers.permissions import DRAFT
from organization.edition import edition_on
from organization.models import Unit, User
from workflow.bulk import enter_many, record_history
from workflow.errors import Conflict
from workflow.services.clocks import current_rule
from workflow.services.notices import notify

_ORDER = {code: index for index, code in enumerate(POSTS)}
_TOLD = ("name", "address", "region", "accepted_on", "delivered_on")
_FLAGS = ("key", "strategic", "hvac")


class Overtaken(Conflict):
    """409: a number of the workbook was registered, or its ledger begun, while the workbook was being saved."""


def save_rows(
    rows: Sequence[ParsedRow], departments: dict[str, Unit], *, actor: User | None, now: datetime
) -> list[Ledger]:
    """Save accepted rows; a registered project that waits for its ledger is filled, any other number is a new project.

    Must run in a transaction. Raises ``Overtaken`` or ``IntegrityError`` when a number was taken meanwhile.
    """
    known, begun = _lock([row.data.number for row in rows])
    fresh = [row for row in rows if row.data.number not in known]
    attached = [row for row in rows if row.data.number in known]
    made = Project.objects.bulk_create([_project(row, departments, actor, now) for row in fresh])
    record_history(Project.objects.filter(pk__in=_pks(made)), actor=actor, now=now, created=True)
    _update_projects([(row, known[row.data.number]) for row in attached], actor, now)
    projects = known | {project.code: project for project in made}
    pairs = [(row, projects[row.data.number]) for row in rows]
    for row, project in pairs:
        if project.department_id != departments[row.data.department].pk:
            raise Overtaken(f"工程“{row.data.number}”已转到其他项目经理部,请重新检查。")
        project.department = departments[row.data.department]
    ledgers = _ledgers(pairs, begun, actor, now)
    enter_many(FLOW, "import", ledgers, actor=actor, now=now)
    return ledgers


def _lock(numbers: Sequence[str]) -> tuple[dict[str, Project], dict[int, Ledger]]:
    """The registered projects among ``numbers`` and their 待建账 ledgers, locked in one order."""
    found = Project.objects.select_for_update(of=("self",)).filter(code__in=numbers).order_by("code")
    known = {project.code: project for project in found}
    pks = [project.pk for project in known.values()]
    ledgers = Ledger.objects.select_for_update(of=("self",)).filter(project__in=pks).order_by("project__code")
    begun = {ledger.project_id: ledger for ledger in ledgers}
    taken = next((ledger for ledger in begun.values() if ledger.status != Ledger.Status.PENDING), None)
    if taken is not None:
        raise Overtaken(f"工程“{taken.project.code}”的台账刚被他人编制或导入,请重新检查。")
    return known, begun


def _project(row: ParsedRow, departments: dict[str, Unit], actor: User | None, now: datetime) -> Project:
    data = row.data
    return Project(
        code=data.number,
        name=data.name,
        address=data.address,
        department=departments[data.department],
        phase=Project.Phase.COMPLETED,
        key=data.key,
        strategic=data.strategic,
        hvac=data.hvac,
        region=data.region or Region.NORTH,
        accepted_on=data.accepted_on,
        delivered_on=data.delivered_on,
        created_at=now,
        created_by=actor,
    )


def _update_projects(pairs: Sequence[tuple[ParsedRow, Project]], actor: User | None, now: datetime) -> None:
    """The row is newer than the register; a blank cell says nothing and takes nothing away."""
    if not pairs:
        return
    for row, project in pairs:
        for name in _TOLD:
            if value := getattr(row.data, name):
                setattr(project, name, value)
        for name in row.stated.intersection(_FLAGS):
            setattr(project, name, getattr(row.data, name))
        project.phase = Project.Phase.COMPLETED
    projects = [project for _, project in pairs]
    Project.objects.bulk_update(projects, [*_TOLD, *_FLAGS, "phase"], batch_size=200)
    record_history(Project.objects.filter(pk__in=_pks(projects)), actor=actor, now=now, created=False)


def _ledgers(
    pairs: Sequence[tuple[ParsedRow, Project]], begun: dict[int, Ledger], actor: User | None, now: datetime
) -> list[Ledger]:
    """A ledger in 编制中 for each pair, with its first version and people, and the history of all of them."""
    fresh = [Ledger(project=p, number=p.code, created_at=now) for _, p in pairs if p.pk not in begun]
    old = [begun[project.pk] for _, project in pairs if project.pk in begun]
    of_project = {ledger.project_id: ledger for ledger in (*fresh, *old)}
    ledgers: list[Ledger] = []
    versions: list[LedgerVersion] = []
    for row, project in pairs:
        ledger = of_project[project.pk]
        ledger.project = project
        version = _version(row, ledger, project, actor, now)
        ledger.number = project.code
        ledger.status = Ledger.Status.DRAFTING
        ledger.warranty_start, ledger.warranty_end = version.warranty_start, version.warranty_end
        ledger.missing_count = len(missing_in_head(version)) + len(missing_contacts(row.data.contacts))
        ledger.revision += 1
        ledger.updated_at = now
        ledgers.append(ledger)
        versions.append(version)
    Ledger.objects.bulk_create(fresh)
    edition = edition_on(timezone.localdate(now))
    for version, ledger in zip(versions, ledgers, strict=True):
        version.ledger, version.edition = ledger, edition
    LedgerVersion.objects.bulk_create(versions)
    contacts = [c for (row, _), version in zip(pairs, versions, strict=True) for c in _contacts(row, version)]
    LedgerContact.objects.bulk_create(contacts, batch_size=5000)
    if old:
        fields = ["number", "status", "warranty_start", "warranty_end", "missing_count", "revision", "updated_at"]
        Ledger.objects.bulk_update(old, fields, batch_size=200)
    first = LedgerVersion.objects.filter(ledger=OuterRef("pk"), number=1).values("pk")
    Ledger.objects.filter(pk__in=_pks(ledgers)).update(working=Subquery(first))
    for version, ledger in zip(versions, ledgers, strict=True):
        ledger.working = version
    for rows, created in (
        (Ledger.objects.filter(pk__in=_pks(fresh)), True),
        (Ledger.objects.filter(pk__in=_pks(old)), False),
        (LedgerVersion.objects.filter(pk__in=_pks(versions)), True),
        (LedgerContact.objects.filter(version__in=_pks(versions)), True),
    ):
        record_history(rows, actor=actor, now=now, created=created)
    return ledgers


def _version(row: ParsedRow, ledger: Ledger, project: Project, actor: User | None, now: datetime) -> LedgerVersion:
    """The first version, without its ledger's key and the edition. The project already says what the row says of it."""
    copied = ("name", "address", "accepted_on", "delivered_on", "key", "strategic", "hvac", "region", "city")
    return LedgerVersion(
        number=ledger.version,
        recorded_on=row.data.recorded_on or timezone.localdate(now),
        warranty_start=row.data.warranty_start,
        warranty_end=row.data.warranty_end,
        remark=row.data.remark,
        created_at=now,
        created_by=actor,
        **{name: getattr(project, name) for name in copied},
    )


def _contacts(row: ParsedRow, version: LedgerVersion) -> list[LedgerContact]:
    found: list[LedgerContact] = []
    extra = len(_ORDER)
    for contact in row.data.contacts:
        found.append(
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
                order=_ORDER.get(contact.post, extra),
            )
        )
        extra += not contact.post
    return found


def _pks(rows: Iterable[Project | Ledger | LedgerVersion]) -> list[int]:
    return [row.pk for row in rows]


def tell_departments(rows: Sequence[ParsedRow], departments: dict[str, Unit], *, now: datetime) -> None:
    """Each department's drafters hear of the import once, not once a row."""
    counts = Counter(row.data.department for row in rows)
    first = {row.data.department: row.data.number for row in reversed(rows)}
    subjects = {ledger.project.code: ledger for ledger in _first_ledgers(first.values())}
    limit = current_rule(BUILD).limit
    for code, count in counts.items():
        department, ledger = departments[code], subjects[first[code]]
        notify(
            key=f"import:{ledger.pk}:{now.timestamp():.0f}",
            kind="import",
            recipients=DRAFT.holders(department, timezone.localdate(now)),
            title=f"已导入 {count} 份竣工工程信息台账,请补全后提交审核",
            text=f"所属:{department}。时限为 {limit},自导入时起算(此前已要求建账的按原时限)。缺项已逐条列出。",
            subject=ledger,
            url=reverse("ledgers:ledger_list") + "?status=drafting",
            now=now,
        )


def _first_ledgers(codes: Iterable[str]) -> list[Ledger]:
    return list(Ledger.objects.filter(project__code__in=list(codes)).select_related("project"))
