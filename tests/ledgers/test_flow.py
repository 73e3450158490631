"""The whole life of a ledger entry, by its services, with the people who may take each step."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied

from ledgers import clocks as C
from ledgers.flow import FLOW, PUNCH_FLOW
from ledgers.models import Ledger, LedgerVersion
from ledgers.services.policy import change_policy
from ledgers.services.review import (
    change_of,
    decide_ledger,
    propose_change,
    submit_ledger,
    void_ledger,
    withdraw_change,
)
from tests.factories import appoint
from tests.ledgers.factories import ACCEPTED, NOW, at, changing, effective, full_contacts, make_ledger, submitted, write
from tests.personas import Personas
from workflow.errors import Conflict, Refused
from workflow.models import Clock, Outcome, Transition

pytestmark = pytest.mark.django_db
S = Ledger.Status


def running(ledger: Ledger) -> dict[str, Clock]:
    return {clock.code: clock for clock in Clock.objects.about(ledger).running()}


def decide(personas: Personas, ledger: Ledger, step: str, who: str, remark: str = "") -> Ledger:
    return decide_ledger(ledger_id=ledger.pk, step=step, remark=remark, actor=personas[who], now=NOW)


@pytest.mark.clause("A2-1", "5.1.1")
def test_acceptance_opens_the_ledger_with_three_days_from_that_day(personas: Personas) -> None:
    ledger = make_ledger(personas, now=at(10), accepted_on=ACCEPTED)
    clock = running(ledger)[C.BUILD]
    assert ledger.status == S.PENDING
    assert (clock.post_id, clock.unit.code) == ("PW", "U1D1")
    # 9 March excluded, 3 days: the first late moment is 13 March 00:00.
    assert clock.due_at == at(13, hour=0)


@pytest.mark.clause("A2-1")
def test_a_ledger_recorded_late_is_born_late(personas: Personas) -> None:
    ledger = make_ledger(personas, now=at(20), accepted_on=ACCEPTED)
    assert running(ledger)[C.BUILD].due_at == at(13, hour=0)
    write(personas, ledger, now=at(20))
    submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=at(20))
    stopped = Clock.objects.about(ledger).get(code=C.BUILD)
    assert stopped.late
    assert stopped.overdue_noted_at == at(20), "the fact is noted although no sweep has run"


@pytest.mark.clause("5.1.1", "5.1.2")
def test_from_draft_to_effective_by_two_people(personas: Personas) -> None:
    ledger = make_ledger(personas)
    ledger = write(personas, ledger)
    assert (ledger.status, ledger.missing_count) == (S.DRAFTING, 0)
    ledger = submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=NOW)
    assert ledger.status == S.IN_REVIEW
    assert set(running(ledger)) == {C.REVIEW}
    assert running(ledger)[C.REVIEW].due_at == NOW + timedelta(days=1), "即时: overdue 24 h after receipt"
    ledger = decide(personas, ledger, "review", "uw1")
    assert ledger.status == S.IN_CONFIRM
    assert set(running(ledger)) == {C.CONFIRM}
    ledger = decide(personas, ledger, "confirm", "uh1")
    assert ledger.status == S.EFFECTIVE
    assert not running(ledger)
    version = ledger.effective
    assert version is not None
    assert (version.submitted_at, version.approved_at) == (NOW, NOW)
    steps = list(Transition.objects.about(ledger).values_list("step", "actor__username"))
    assert steps == [("open", "pw11"), ("draft", "pw11"), ("submit", "pw11"), ("review", "uw1"), ("confirm", "uh1")]


@pytest.mark.clause("5.1.2")
def test_a_gap_refuses_the_submission_and_names_the_field(personas: Personas) -> None:
    ledger = make_ledger(personas)
    write(personas, ledger, contacts=full_contacts(plumbing_head={"phone": ""}))
    with pytest.raises(Refused) as refused:
        submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=NOW)
    assert refused.value.reasons == ["缺少:水暖主任 联系方式"]
    ledger.refresh_from_db()
    assert (ledger.status, ledger.missing_count) == (S.DRAFTING, 1)
    assert Transition.objects.about(ledger).filter(step="submit").count() == 0


@pytest.mark.clause("5.1.2")
def test_returned_naming_the_phone_then_resubmitted_in_a_new_round(personas: Personas) -> None:
    ledger = submitted(personas)
    ledger = decide(personas, ledger, "return_review", "uw1", "需补充或更正:水暖主任 联系方式。")
    assert (ledger.status, ledger.round) == (S.RETURNED, 2)
    first = Clock.objects.about(ledger).get(code=C.REVIEW)
    assert (first.outcome, first.round) == (Outcome.RETURNED, 1)
    rework = running(ledger)[C.REWORK]
    assert (rework.post_id, rework.round) == ("PW", 2)
    write(personas, ledger, contacts=full_contacts(plumbing_head={"phone": "13912345678"}))
    ledger = submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=NOW)
    assert ledger.status == S.IN_REVIEW
    assert running(ledger)[C.REVIEW].round == 2
    edit = Transition.objects.about(ledger).filter(step="edit").get()
    assert [change["field"] for change in edit.changes] == ["水暖主任"]
    assert decide(personas, decide(personas, ledger, "review", "uw1"), "confirm", "uh1").status == S.EFFECTIVE


@pytest.mark.clause("5.1.2")
def test_a_return_needs_its_reason(personas: Personas) -> None:
    ledger = submitted(personas)
    with pytest.raises(Refused, match="理由"):
        decide(personas, ledger, "return_review", "uw1", "   ")
    ledger.refresh_from_db()
    assert ledger.status == S.IN_REVIEW


@pytest.mark.clause("5.1.2")
def test_the_head_returns_and_the_round_grows(personas: Personas) -> None:
    ledger = decide(personas, submitted(personas), "review", "uw1")
    ledger = decide(personas, ledger, "return_confirm", "uh1", "保修截止日期有误")
    assert (ledger.status, ledger.round) == (S.RETURNED, 2)


@pytest.mark.clause("5.1.1")
def test_a_change_leaves_the_old_version_in_force_until_it_is_approved(personas: Personas) -> None:
    ledger = changing(personas)
    old = ledger.effective
    assert old is not None
    assert ledger.working is not None
    assert (ledger.working.number, ledger.working.reason) == (2, "业主更换物业公司")
    assert ledger.working.contacts.count() == 13, "the change starts from the people in force"
    write(personas, ledger, contacts=full_contacts(property_manager={"name": "新物业"}), city="保定")
    ledger.refresh_from_db()
    assert ledger.project.city == "石家庄"
    assert old.contacts.get(post="property_manager").name != "新物业"
    changes = {change["field"]: change for change in change_of(ledger)}
    assert set(changes) == {"物业经理", "城市"}
    ledger = submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=NOW)
    assert ledger.status == S.CHANGE_REVIEW
    ledger = decide(personas, ledger, "review_change", "uw1")
    assert ledger.effective_id == old.pk
    ledger = decide(personas, ledger, "confirm_change", "uh1")
    assert ledger.status == S.EFFECTIVE
    assert ledger.effective is not None
    assert ledger.effective.number == 2
    old.refresh_from_db()
    assert old.superseded_at == NOW
    ledger.project.refresh_from_db()
    assert ledger.project.city == "保定", "the register takes what governs"


@pytest.mark.clause("5.1.1")
def test_a_withdrawn_change_keeps_the_version_and_its_record(personas: Personas) -> None:
    ledger = changing(personas)
    ledger = withdraw_change(ledger_id=ledger.pk, reason="业主未更换", actor=personas.pw11, now=NOW)
    assert ledger.status == S.EFFECTIVE
    assert ledger.working_id == ledger.effective_id
    withdrawn = LedgerVersion.objects.get(ledger=ledger, number=2)
    assert withdrawn.withdrawn_at == NOW
    again = propose_change(ledger_id=ledger.pk, reason="再次变更", actor=personas.pw11, now=NOW)
    assert again.working is not None
    assert again.working.number == 3


@pytest.mark.clause("5.1.2")
def test_a_returned_change_is_resubmitted(personas: Personas) -> None:
    ledger = changing(personas)
    submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=NOW)
    ledger = decide(personas, ledger, "return_change", "uw1", "请附变更函")
    assert ledger.status == S.CHANGE_RETURNED
    assert submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=NOW).status == S.CHANGE_REVIEW


@pytest.mark.clause("6.1")
def test_voiding_keeps_the_record_and_needs_a_reason(personas: Personas) -> None:
    ledger = effective(personas)
    with pytest.raises(Refused):
        void_ledger(ledger_id=ledger.pk, reason="", actor=personas.uh1, now=NOW)
    with pytest.raises(PermissionDenied):
        void_ledger(ledger_id=ledger.pk, reason="重复登记", actor=personas.uw1, now=NOW)
    ledger = void_ledger(ledger_id=ledger.pk, reason="重复登记", actor=personas.uh1, now=NOW)
    assert ledger.status == S.VOID
    assert ledger.versions.count() == 1
    assert not running(ledger)


@pytest.mark.clause("A.4")
def test_the_one_step_switch_makes_the_first_review_final(personas: Personas) -> None:
    change_policy(values={"one_step_review": True}, reason="集团批复", actor=personas.gh, now=NOW)
    ledger = submitted(personas)
    with pytest.raises(Refused, match="一级审核"):
        decide(personas, ledger, "review", "uw1")
    assert decide(personas, ledger, "review_final", "uw1").status == S.EFFECTIVE
    change_policy(values={"one_step_review": False}, reason="恢复两级", actor=personas.gh, now=NOW)
    ledger = submitted(personas)
    with pytest.raises(Refused, match="两级审核"):
        decide(personas, ledger, "review_final", "uw1")
    assert decide(personas, ledger, "review", "uw1").status == S.IN_CONFIRM


@pytest.mark.clause("G5")
def test_whoever_made_it_does_not_review_it(personas: Personas) -> None:
    """uw1 holds both 审核 and 登记; who edited the version may not review it, nor may who reviewed it confirm it."""
    appoint(personas.uw1, "PW", personas.unit("U1D1"))
    ledger = make_ledger(personas)
    write(personas, ledger, actor="uw1")
    submit_ledger(ledger_id=ledger.pk, actor=personas.fresh("uw1"), now=NOW)
    with pytest.raises(PermissionDenied, match="职责分离"):
        decide_ledger(ledger_id=ledger.pk, step="review", remark="", actor=personas.fresh("uw1"), now=NOW)
    ledger.refresh_from_db()
    assert ledger.status == S.IN_REVIEW


@pytest.mark.clause("G5")
def test_a_substitute_is_named_and_does_not_confirm_what_they_reviewed(personas: Personas) -> None:
    ledger = decide(personas, submitted(personas), "review", "uw1")
    ledger = decide(personas, ledger, "confirm", "sub1")
    last = Transition.objects.about(ledger).filter(step="confirm").get()
    assert last.who == "戴丽 代 胡恒一"


@pytest.mark.clause("G2")
@pytest.mark.parametrize(("who", "step"), [("uw2", "review"), ("pw11", "review"), ("uh1", "review"), ("gw", "review")])
def test_only_the_units_own_post_reviews(personas: Personas, who: str, step: str) -> None:
    ledger = submitted(personas)
    with pytest.raises(PermissionDenied):
        decide(personas, ledger, step, who)


def test_the_second_of_two_approvers_reads_who_was_first(personas: Personas) -> None:
    ledger = decide(personas, submitted(personas), "review", "uw1")
    with pytest.raises(Conflict, match="吴维一"):
        decide(personas, ledger, "review", "uw1")


def test_a_decision_on_a_page_that_is_out_of_date_is_refused(personas: Personas) -> None:
    ledger = submitted(personas)
    seen = ledger.revision
    decide(personas, ledger, "return_review", "uw1", "请补充")
    write(personas, ledger, city="保定")
    submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=NOW)
    with pytest.raises(Conflict, match="又有修改"):
        decide_ledger(ledger_id=ledger.pk, step="review", remark="", actor=personas.uw1, now=NOW, revision=seen)
    ledger.refresh_from_db()
    assert ledger.status == S.IN_REVIEW


def test_an_approved_version_is_not_edited(personas: Personas) -> None:
    ledger = effective(personas)
    with pytest.raises(Conflict, match="已生效"):
        write(personas, ledger, city="保定")
    assert ledger.effective is not None
    ledger.effective.refresh_from_db()
    assert ledger.effective.city == "石家庄"


def test_every_status_is_reached_by_a_step() -> None:
    """A status without a way in, or a step whose clause is missing, is a mistake in the table."""
    for flow in (FLOW, PUNCH_FLOW):
        reached = {step.target for step in flow.steps.values() if step.target}
        assert reached == set(flow.labels)
        assert all(step.clause for step in flow.steps.values())
