"""One record of each kind in unit 1 (department U1D1), for the address × person table; and who stands where."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from ledgers.models import Ledger, LedgerImport, PunchItem
from organization.models import AuthorityCell, Matter, StandardEdition
from tests.factories import substitute
from tests.ledgers.factories import effective, make_ledger, make_project, punch_item, submitted, write
from tests.personas import Personas
from tests.security.case_scene import case_args
from tests.security.complaint_scene import complaint_args
from tests.security.revisit_desk_scene import revisit_desk_args
from tests.security.revisit_document_scene import revisit_document_args
from tests.security.revisit_plan_scene import revisit_plan_args
from tests.security.visit_scene import visit_args
from workflow.models import CalendarDay, Evidence, Notice
from workflow.services.evidence import attach_evidence

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


@dataclass
class Scene:
    """``args[url name]`` are the arguments of the address of unit 1's record."""

    personas: Personas
    args: dict[str, list[Any]] = field(default_factory=dict)


def build_scene(personas: Personas) -> Scene:
    now = timezone.now()
    today = timezone.localdate(now)
    people = personas.fresh
    ledger = effective(personas)
    in_review = submitted(personas)
    draft = write(personas, make_ledger(personas))
    project = make_project(personas)
    punch = punch_item(personas, project)
    evidence = attach_evidence(
        subject=ledger, file=SimpleUploadedFile("合同.png", PNG), actor=people("pw11"), now=now, kind="other"
    )
    upload = LedgerImport.objects.create(
        name="台账.xlsx",
        file=SimpleUploadedFile("台账.xlsx", b"PK"),
        sha256="0" * 64,
        uploaded_by=people("pw11"),
        uploaded_at=now,
    )
    notice = Notice.objects.filter(recipient=people("uw1"), channel="inbox").first()
    assert notice is not None
    assert ledger.effective is not None
    mail = Notice.objects.filter(channel="mail").first()
    assert mail is not None
    day = CalendarDay.objects.create(on=today, is_workday=True, note="试")
    stand_in = substitute(people("ud1"), personas.appointments["ul1"])
    matter = Matter.objects.get(code="A.4-1")
    cell = AuthorityCell.objects.get(matter=matter, post="PW")
    edition = StandardEdition.objects.get()
    contact = ledger.effective.contacts.first()
    assert contact is not None
    ledgers_type = ContentType.objects.get_for_model(Ledger)
    one = {Ledger: ledger, PunchItem: punch}
    scene = Scene(personas)
    scene.args = {
        "ledgers": [one[Ledger].pk],
        "ledger_in_review": [in_review.pk],
        "ledger_draft": [draft.pk],
        "project": [project.pk],
        "punch": [punch.pk],
        "contact": [ledger.pk, contact.pk],
        "import": [upload.pk],
        "evidence": [evidence.pk],
        "attach": [ledgers_type.pk, ledger.pk],
        "notice": [notice.pk],
        "mail": [mail.pk],
        "kept": ["nothing"],
        "rule": ["ledger.build"],
        "day": [day.pk],
        "unit": [personas.unit("U1D1").pk],
        "person": [people("pe11").pk],
        "appointment": [personas.appointments["pe11"].pk],
        "substitute": [stand_in.pk],
        "sheet": ["A.4"],
        "cell": [cell.pk],
        "matter": [matter.pk, "PW"],
        "post": ["PW"],
        "edition": [edition.pk],
    }
    assert Evidence.objects.count() == 1
    scene.args |= complaint_args(personas, now)
    scene.args |= visit_args(personas)
    scene.args |= revisit_plan_args(personas, now)
    scene.args |= case_args(personas, now)
    scene.args |= revisit_desk_args(personas, scene.args, now)
    scene.args |= revisit_document_args(personas, scene.args["plan_draft"][0], now)
    return scene
