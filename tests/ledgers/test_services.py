"""Writing ledgers and projects: what is kept, what is refused, who is told."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from ledgers.appendix_c import Contact
from ledgers.models import Ledger, LedgerContact, LedgerPolicy, PhoneReveal, Project
from ledgers.services.drafting import TermData, describe, save_draft
from ledgers.services.policy import change_policy
from ledgers.services.projects import edit_project, record_completion
from ledgers.services.reveal import reveal_phone
from tests.ledgers.factories import NOW, effective, full_contacts, header_of, make_ledger, make_project, write
from tests.personas import Personas
from workflow.errors import Conflict
from workflow.models import Transition

pytestmark = pytest.mark.django_db


@pytest.mark.clause("1b")
def test_a_project_under_construction_needs_no_ledger(personas: Personas) -> None:
    project = make_project(personas)
    assert project.phase == Project.Phase.BUILDING
    assert not Ledger.objects.exists()


@pytest.mark.clause("1c")
def test_overseas_states_the_local_requirements(personas: Personas) -> None:
    with pytest.raises(ValidationError) as error:
        make_project(personas, overseas=True)
    assert "local_requirements" in error.value.message_dict
    assert make_project(personas, overseas=True, local_requirements="按当地法规").overseas


def test_a_number_is_used_once(personas: Personas) -> None:
    make_project(personas, code="A-1")
    with pytest.raises(ValidationError, match="已被使用"):
        make_project(personas, code="A-1")
    other = make_project(personas, code="A-2")
    with pytest.raises(ValidationError, match="已被使用"):
        edit_project(project_id=other.pk, values={"code": "A-1"}, actor=personas.pw11, now=NOW)


@pytest.mark.clause("G2")
@pytest.mark.parametrize("who", ["pw12", "pw21", "uw2", "gw", "pm11", "sysadmin"])
def test_only_the_keepers_register(personas: Personas, who: str) -> None:
    with pytest.raises(PermissionDenied):
        make_project(personas, actor=who)


def test_a_project_belongs_to_a_department(personas: Personas) -> None:
    with pytest.raises(ValidationError, match="项目经理部"):
        make_project(personas, actor="uw1", unit="U1")


@pytest.mark.clause("A2-1")
def test_dates_of_the_future_are_refused(personas: Personas) -> None:
    project = make_project(personas)
    with pytest.raises(ValidationError, match="不能晚于今天"):
        record_completion(project_id=project.pk, accepted_on=date(2026, 3, 11), actor=personas.pw11, now=NOW)
    assert record_completion(project_id=project.pk, accepted_on=date(2026, 3, 10), actor=personas.pw11, now=NOW)


@pytest.mark.clause("A2-1")
def test_the_earlier_date_counts_and_one_ledger_is_opened(personas: Personas) -> None:
    ledger = make_ledger(personas, accepted_on=date(2026, 3, 9), delivered_on=date(2026, 3, 5))
    again = record_completion(project_id=ledger.project_id, delivered_on=date(2026, 3, 6), actor=personas.pw11, now=NOW)
    assert again == ledger
    assert Transition.objects.about(ledger).filter(step="open").count() == 1


@pytest.mark.clause("5.1.1")
def test_the_register_follows_the_ledger_once_it_governs(personas: Personas) -> None:
    ledger = effective(personas)
    with pytest.raises(Conflict, match="发起变更"):
        edit_project(project_id=ledger.project_id, values={"name": "改名"}, actor=personas.pw11, now=NOW)
    kept = edit_project(project_id=ledger.project_id, values={"code": "NEW-1"}, actor=personas.pw11, now=NOW)
    assert kept.code == "NEW-1"


@pytest.mark.clause("5.1.1")
def test_the_second_of_two_savers_is_told_and_overwrites_nothing(personas: Personas) -> None:
    ledger = write(personas, make_ledger(personas))
    opened = ledger.revision
    write(personas, ledger, city="保定")
    with pytest.raises(Conflict, match="王保一"):
        save_draft(
            ledger_id=ledger.pk,
            header=header_of(ledger, city="邯郸"),
            contacts=full_contacts(),
            revision=opened,
            actor=personas.pw11,
            now=NOW,
        )
    ledger.refresh_from_db()
    assert ledger.working is not None
    assert ledger.working.city == "保定"


def test_only_what_changed_is_written(personas: Personas) -> None:
    ledger = write(personas, make_ledger(personas))
    before = LedgerContact.history.count()
    write(personas, ledger, contacts=full_contacts(chief_engineer={"name": "新总工"}))
    assert LedgerContact.history.count() == before + 1


def test_extra_people_come_and_go(personas: Personas) -> None:
    extra = [Contact("owner", title=f"业主代表{n}", name=f"代表{n}", phone="13700000000") for n in (1, 2)]
    ledger = write(personas, make_ledger(personas), contacts=[*full_contacts(), *extra])
    assert ledger.working is not None
    assert [c.title for c in ledger.working.contacts.filter(post="")] == ["业主代表1", "业主代表2"]
    ledger = write(personas, ledger, contacts=[*full_contacts(), extra[1]])
    assert ledger.working is not None
    assert [c.title for c in ledger.working.contacts.filter(post="")] == ["业主代表2"]


def test_two_people_of_one_title_are_both_told(personas: Personas) -> None:
    extra = [Contact("owner", title="业主代表", name=name, phone="13700000000") for name in ("甲", "乙")]
    ledger = write(personas, make_ledger(personas), contacts=[*full_contacts(), *extra])
    assert ledger.working is not None
    words = describe(ledger.working)
    assert (words["业主代表"], words["业主代表(2)"]) == ("甲 13700000000", "乙 13700000000")


def test_terms_are_kept_in_words(personas: Personas) -> None:
    terms = [
        TermData(part="waterproofing", unit="years", amount=Decimal("5.0"), ends_on=None, note="合同第 12 条"),
        TermData(part="structure", unit="design_life", amount=None, ends_on=None, note=""),
    ]
    ledger = write(personas, make_ledger(personas), terms=terms)
    assert ledger.working is not None
    assert [term.limit for term in ledger.working.terms.all()] == ["5年", "设计使用年限"]
    ledger = write(personas, ledger, terms=terms[:1])
    assert ledger.working is not None
    assert ledger.working.terms.count() == 1


def test_the_end_lies_after_the_start(personas: Personas) -> None:
    ledger = make_ledger(personas)
    for end in (date(2026, 3, 10), date(2026, 3, 9)):
        with pytest.raises(ValidationError) as error:
            write(personas, ledger, warranty_end=end)
        assert "warranty_end" in error.value.message_dict
    assert write(personas, ledger, warranty_end=date(2026, 3, 11)).status == Ledger.Status.DRAFTING


@pytest.mark.clause("G2")
@pytest.mark.parametrize("who", ["pw12", "uw1", "pm11", "gw", "outsider"])
def test_only_the_departments_officer_drafts(personas: Personas, who: str) -> None:
    ledger = make_ledger(personas)
    with pytest.raises(PermissionDenied):
        write(personas, ledger, actor=who)
    ledger.refresh_from_db()
    assert (ledger.status, ledger.working_id) == (Ledger.Status.PENDING, None)


def test_a_revealed_phone_is_logged_with_its_purpose(personas: Personas) -> None:
    ledger = effective(personas)
    assert ledger.effective is not None
    contact = ledger.effective.contacts.get(post="project_manager")
    for purpose in ("", "   "):
        with pytest.raises(ValidationError):
            reveal_phone(contact=contact, purpose=purpose, actor=personas.uw1, now=NOW)
    with pytest.raises(PermissionDenied):
        reveal_phone(contact=contact, purpose="好奇", actor=personas.uw2, now=NOW)
    assert not PhoneReveal.objects.exists()
    row = reveal_phone(contact=contact, purpose="工程回访", actor=personas.uw1, now=NOW)
    assert (row.user, row.whose, row.purpose, row.at) == (personas.uw1, "项目经理 联系1", "工程回访", NOW)


@pytest.mark.clause("A.4")
def test_the_switch_is_the_heads_and_keeps_who_and_why(personas: Personas) -> None:
    with pytest.raises(PermissionDenied):
        change_policy(values={"one_step_review": True}, reason="省事", actor=personas.gw, now=NOW)
    with pytest.raises(ValidationError):
        change_policy(values={"one_step_review": True}, reason=" ", actor=personas.gh, now=NOW)
    with pytest.raises(ValidationError, match="没有变化"):
        change_policy(values={"one_step_review": False}, reason="不变", actor=personas.gh, now=NOW)
    change_policy(values={"one_step_review": True}, reason="集团批复", actor=personas.gh, now=NOW)
    assert LedgerPolicy.current().one_step_review
    row = LedgerPolicy.history.latest()
    assert (row.history_user, row.history_change_reason, row.history_date) == (personas.gh, "集团批复", NOW)
