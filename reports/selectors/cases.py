"""A warranty case as its sheet prints it."""

from django.utils import timezone

from ledgers import clocks as C
from ledgers.models import WarrantyCase
from ledgers.selectors.cases import case_for
from organization.components.values import limit_moment
from organization.edition import edition_on
from organization.models import StandardEdition, User
from workflow.models import Clock

from ..documents.case_pdf import CasePdf, CaseRecord
from .acting import steps_of, unit_named

LIMITS = (C.CASE_ARRIVE, C.CASE_REPAIR)


def case_record(user: User, pk: int) -> tuple[CaseRecord, StandardEdition]:
    """The case in the user's reach, or 404; with the edition in force when it ended, today's while it is open."""
    case = case_for(user, pk)
    written_on = timezone.localdate(case.closed_at) if case.closed_at else timezone.localdate()
    edition = edition_on(written_on)
    ended = steps_of(case, "reject", "void")
    record = CaseRecord(
        case=case,
        issuer=unit_named(case.project.department),
        reworks=steps_of(case, "rework"),
        ended=ended[-1] if ended else None,
        late=_late(case),
        code=edition.form_code(CasePdf.suffix),
        written_on=written_on,
    )
    return record, edition


def _late(case: WarrantyCase) -> list[str]:
    """The limits that were missed, as the clocks keep it."""
    now = timezone.now()
    clocks = Clock.objects.about(case).filter(code__in=LIMITS).select_related("rule").order_by("opened_at", "pk")
    return [
        f"{clock.rule.stage}(截止 {limit_moment(clock.due_at)})"
        for clock in clocks
        if clock.due_at <= (clock.stopped_at or now)
    ]
