"""Checked rows of a register into complaints, demands, transitions and clocks: a fixed number of statements a chunk."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from django.utils import timezone

from complaints.flows.complaint import FLOW
from complaints.imports.columns import BY_KEY
from complaints.imports.reading import ParsedComplaint
from complaints.models import Complaint, Demand, Verdict
from complaints.permissions import HEAR
from complaints.searching import text_of
from organization.models import Unit, User
from organization.models.units import Tier
from workflow.bulk import enter_many, record_history
from workflow.services.notices import notify
from workflow.services.numbers import series_name, take_numbers

from .importing import chunks

S = Complaint.Status
NOTES = ("verdict", "handling", "result", "remark")
LATE = "历史台账导入"


def save_rows(rows: Sequence[ParsedComplaint], *, actor: User, now: datetime) -> int:
    """Save accepted rows: finished ones as closed history without clocks, the others registered, their clocks running
    from the receipt. In a transaction that holds the projects. Returns how many go on in the portal."""
    unfinished: list[Complaint] = []
    for some in chunks(_numbered(rows, now)):
        made = [_complaint(row, number, actor, now) for row, number in some]
        Complaint.objects.bulk_create(made)
        demands = [
            Demand(complaint=complaint, number=at, text=text, met=_met(row))
            for complaint, (row, _) in zip(made, some, strict=True)
            for at, text in enumerate(row.values["demands"] or (), 1)
        ]
        Demand.objects.bulk_create(demands, batch_size=2000)
        pks = [complaint.pk for complaint in made]
        record_history(Complaint.objects.filter(pk__in=pks), actor=actor, now=now, created=True)
        record_history(Demand.objects.filter(complaint__in=pks), actor=actor, now=now, created=True)
        remarks = {complaint.pk: _remark(row) for complaint, (row, _) in zip(made, some, strict=True)}
        _enter(made, remarks, actor, now)
        unfinished += [complaint for complaint in made if complaint.status != S.CLOSED]
    _tell(unfinished, now)
    return len(unfinished)


def _enter(made: Sequence[Complaint], remarks: dict[int, str], actor: User, now: datetime) -> None:
    """History says 导入; what is unfinished gets the duties of a registration of its level."""
    steps: dict[str, list[Complaint]] = {"import_closed": [], "import_group": [], "import_unit": []}
    for complaint in made:
        open_step = "import_group" if complaint.to_group else "import_unit"
        steps["import_closed" if complaint.status == S.CLOSED else open_step].append(complaint)
    for step, complaints in steps.items():
        if complaints:
            receipts = {complaint.pk: complaint.received_at for complaint in complaints}
            enter_many(FLOW, step, complaints, actor=actor, now=now, received_at=receipts, remarks=remarks)


def _numbered(rows: Sequence[ParsedComplaint], now: datetime) -> list[tuple[ParsedComplaint, str]]:
    """Each row with its number: its own, or the next of the series of its unit (or the group) and year of receipt."""
    units = dict(Unit.objects.filter(tier=Tier.UNIT).values_list("path", "code"))
    series = {id(row): _series(row, units) for row in rows if not row.values["number"]}
    following = {name: iter(take_numbers(name, count)) for name, count in sorted(Counter(series.values()).items())}
    return [
        (row, row.values["number"] or next(following[series[id(row)]]))
        for row in sorted(rows, key=lambda row: row.values["received_at"])
    ]


def _series(row: ParsedComplaint, units: dict[str, str]) -> str:
    """``units``: path → code of the second-tier units; the same series as that of a registration."""
    path = row.values["project"].department.path
    above = max((unit for unit in units if path.startswith(unit)), key=len, default="")
    code = units.get(above, "G") if row.values["level"] == Complaint.Level.UNIT else "G"
    return series_name("TS", code, timezone.localtime(row.values["received_at"]).year)


def _complaint(row: ParsedComplaint, number: str, actor: User, now: datetime) -> Complaint:
    values: dict[str, Any] = row.values
    project = values["project"]
    closed = values["closed_on"]
    complaint = Complaint(
        number=number,
        project=project,
        project_name=project.name,
        project_code=project.code,
        department=project.department,
        status=S.CLOSED if row.finished else S.REGISTERED,
        registered_at=now,
        registered_by=actor,
        late_reason=LATE,
        legacy=True,
        **{
            name: values[name]
            for name in ("received_at", "event", "complainant", "phone", "kind", "party", "channel", "level", "cause")
        },
    )
    if row.finished:
        midnight = timezone.make_aware(datetime.combine(closed, time()))
        complaint.closed_at = max(midnight, values["received_at"])
        complaint.verdict = values["verdict"] or ""
        complaint.grade = int(values["grade"]) if values["grade"] else None
    complaint.search_text = text_of(complaint, values["demands"] or ())
    return complaint


def _met(row: ParsedComplaint) -> bool | None:
    """A finished complaint whose client was satisfied had its demands met; of the others nothing is known."""
    return True if row.finished and row.values["grade"] in ("4", "5") else None


def _remark(row: ParsedComplaint) -> str:
    """What the register says of the handling (clause 5.4.1: 跟踪处理情况 and 处理结果 are kept)."""
    said = []
    for key in NOTES:
        value = row.values.get(key) or ""
        if key == "verdict":
            value = "" if row.finished or not value else str(Verdict(value).label)
        if value:
            said.append(f"{BY_KEY[key].title}:{value}")
    return "\n".join(said)


def _tell(unfinished: Sequence[Complaint], now: datetime) -> None:
    """Whoever hears of new complaints hears of the import once for each department, not once a row."""
    counts = Counter(complaint.department_id for complaint in unfinished)
    first = {complaint.department_id: complaint for complaint in reversed(unfinished)}
    for pk, count in counts.items():
        complaint = first[pk]
        department: Unit = complaint.department
        notify(
            key=f"complaint-import:{complaint.pk}",
            kind="import",
            recipients=HEAR.holders(department, timezone.localdate(now)),
            title=f"已导入 {count} 项未结案的投诉({department.name})",
            text="已进入办理,时限自原接收时间起算,可能已经逾期,请尽快处理。",
            subject=complaint,
            url=FLOW.url(complaint.pk),
            now=now,
        )
