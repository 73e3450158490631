"""Moving along a flow: every way to be refused, the separation of duty, rounds, what each step leaves behind."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from ledgers.flow import FLOW
from ledgers.models import Ledger
from ledgers.services.review import decide_ledger, submit_ledger
from tests.factories import appoint, make_user, substitute
from tests.ledgers.factories import make_ledger, submitted, write
from tests.personas import Personas
from tests.workflow.helpers import at
from workflow.errors import Conflict, Refused
from workflow.flow import Flow, Step, flow_of, subject_url
from workflow.models import Clock, Notice, Outcome, Transition
from workflow.models.subjects import AppendOnlyError

pytestmark = pytest.mark.django_db

NOW = at("2026-03-10 10:00")


def move(personas: Personas, ledger: Ledger, step: str, login: str | None, **values: Any) -> Transition:
    with transaction.atomic():
        locked = Ledger.objects.select_for_update().get(pk=ledger.pk)
        actor = personas.fresh(login) if login else None
        return FLOW.move(step, locked, actor=actor, now=NOW, **values)


def state(ledger: Ledger) -> str:
    return Ledger.objects.get(pk=ledger.pk).status


def names(steps: list[Step]) -> set[str]:
    return {step.name for step in steps}


# --- refusals, in their order


@pytest.mark.clause("G2")
@pytest.mark.parametrize("login", ["pw11", "uh1", "uw2", "gh", "auditor", "outsider"])
def test_without_the_right_it_is_403_and_nothing_changes(personas: Personas, login: str) -> None:
    ledger = submitted(personas)
    before = Transition.objects.count()
    with pytest.raises(PermissionDenied, match=r"没有“.*”的权限"):
        move(personas, ledger, "review", login)
    assert state(ledger) == Ledger.Status.IN_REVIEW
    assert Transition.objects.count() == before


def test_the_wrong_state_says_who_did_what_and_when(personas: Personas) -> None:
    ledger = submitted(personas)
    decide_ledger(ledger_id=ledger.pk, step="review", remark="", actor=personas.uw1, now=NOW)
    with pytest.raises(Conflict, match="已由 吴维一 于 2026-03-10 10:00 处理"):
        move(personas, ledger, "review", "uw1")


def test_a_guard_names_every_gap(personas: Personas) -> None:
    ledger = make_ledger(personas)
    write(personas, ledger, contacts=[])
    with pytest.raises(Refused) as refused:
        move(personas, ledger, "submit", "pw11")
    assert len(refused.value.reasons) == 26  # a name and a phone for each of the 13 posts
    assert state(ledger) == Ledger.Status.DRAFTING


@pytest.mark.parametrize("remark", ["", "   \n"])
def test_a_return_needs_a_reason(personas: Personas, remark: str) -> None:
    ledger = submitted(personas)
    with pytest.raises(Refused, match="理由"):
        move(personas, ledger, "return_review", "uw1", remark=remark)
    assert state(ledger) == Ledger.Status.IN_REVIEW


@pytest.mark.clause("G3")
def test_the_system_takes_no_persons_step_and_nobody_takes_the_calendars(personas: Personas) -> None:
    ledger = submitted(personas)
    with pytest.raises(PermissionDenied, match="系统不能代替人员"):
        move(personas, ledger, "review", None)
    with pytest.raises(PermissionDenied, match="不能人工操作"):
        move(personas, ledger, "expire", "uh1")


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_refuses_to_work(db: None) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        FLOW.move("review", Ledger(), actor=None, now=NOW)


# --- G5


@pytest.mark.clause("G5")
def test_who_made_it_never_reviews_it_even_when_holding_both_posts(personas: Personas) -> None:
    appoint(personas.pw11, "UW", personas.unit("U1"))
    ledger = submitted(personas)
    with pytest.raises(PermissionDenied, match="职责分离:王保一 已办理“提交审核”"):
        move(personas, ledger, "review", "pw11")


@pytest.mark.clause("G5")
def test_nor_does_their_substitute_for_them(personas: Personas) -> None:
    own = appoint(personas.pw11, "UW", personas.unit("U1"))
    stand_in = make_user("sub3", "替身")
    substitute(stand_in, own, starts_on=date(2026, 1, 1))
    personas.people["sub3"] = stand_in
    ledger = submitted(personas)
    with pytest.raises(PermissionDenied, match="职责分离"):
        move(personas, ledger, "review", "sub3")


@pytest.mark.clause("G5")
def test_nor_do_they_after_a_substitute_made_it_for_them(personas: Personas) -> None:
    stand_in = make_user("sub4", "替身")
    substitute(stand_in, personas.appointments["pw11"], starts_on=date(2026, 1, 1))
    appoint(personas.pw11, "UW", personas.unit("U1"))
    personas.people["sub4"] = stand_in
    ledger = make_ledger(personas, actor="sub4")
    write(personas, ledger, actor="sub4")
    submit_ledger(ledger_id=ledger.pk, actor=stand_in, now=NOW)
    with pytest.raises(PermissionDenied, match="替身 代 王保一"):
        move(personas, ledger, "review", "pw11")


@pytest.mark.clause("G5", "G1")
def test_a_substitute_is_named_in_the_history(personas: Personas) -> None:
    ledger = submitted(personas)
    decide_ledger(ledger_id=ledger.pk, step="review", remark="", actor=personas.uw1, now=NOW)
    transition = move(personas, ledger, "confirm", "sub1")
    assert (transition.actor, transition.on_behalf_of) == (personas.sub1, personas.uh1)
    assert transition.who == "戴丽 代 胡恒一"
    assert (transition.post_id, transition.unit) == ("UH", personas.unit("U1"))


@pytest.mark.clause("G5")
def test_a_forbidden_step_is_not_offered(personas: Personas) -> None:
    appoint(personas.pw11, "UW", personas.unit("U1"))
    ledger = submitted(personas)
    both = personas.fresh("pw11")
    with CaptureQueriesContext(connection) as captured:
        offered = FLOW.available(ledger, both)
    assert not names(offered) & {"review", "return_review"}
    assert {"review", "return_review"} <= names(FLOW.available(ledger, personas.fresh("uw1")))
    history = list(Transition.objects.about(ledger))
    grants = len(captured)
    with CaptureQueriesContext(connection) as captured:
        assert names(FLOW.available(ledger, both, history)) == names(offered)
    assert len(captured) < grants


# --- what a step leaves


@pytest.mark.clause("G1")
def test_a_step_is_history_clock_and_notice_at_once(personas: Personas) -> None:
    ledger = submitted(personas)
    done = Clock.objects.about(ledger).get(code="ledger.build")
    assert (done.stopped_by, done.outcome) == (personas.pw11, Outcome.DONE)
    running = Clock.objects.about(ledger).running().get()
    assert (running.code, running.post_id, running.unit, running.round) == (
        "ledger.review", "UW", personas.unit("U1"), 1,
    )  # fmt: skip
    told = Notice.objects.filter(key=f"clock:{running.pk}:opened").values_list("recipient__username", "channel")
    assert sorted(told) == [("uw1", "inbox"), ("uw1", "mail")]
    last = Transition.objects.about(ledger).last()
    assert last is not None
    assert (last.step, last.source_label, last.target_label, last.at) == ("submit", "编制中", "待审核", NOW)
    assert (last.actor, last.post_id, last.unit) == (personas.pw11, "PW", personas.unit("U1D1"))


@pytest.mark.clause("G1")
def test_history_cannot_be_changed_or_deleted(personas: Personas) -> None:
    ledger = submitted(personas)
    transition = Transition.objects.about(ledger).last()
    assert transition is not None
    transition.remark = "改写"
    with pytest.raises(AppendOnlyError):
        transition.save()
    with pytest.raises(AppendOnlyError):
        transition.delete()
    with pytest.raises(AppendOnlyError):
        Transition.objects.about(ledger).update(remark="改写")
    with pytest.raises(AppendOnlyError):
        Transition.objects.about(ledger).delete()


@pytest.mark.clause("rules-2")
def test_a_return_ends_the_clock_as_returned_and_starts_the_next_round(personas: Personas) -> None:
    ledger = submitted(personas)
    move(personas, ledger, "return_review", "uw1", remark="缺物业经理电话")
    ledger.refresh_from_db()
    assert (ledger.status, ledger.round) == (Ledger.Status.RETURNED, 2)
    review = Clock.objects.about(ledger).get(code="ledger.review")
    assert review.outcome == Outcome.RETURNED
    rework = Clock.objects.about(ledger).running().get()
    assert (rework.code, rework.round) == ("ledger.rework", 2)
    submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=at("2026-03-11 10:00"))
    second = Clock.objects.about(ledger).running().get()
    assert (second.code, second.round, second.received_at) == ("ledger.review", 2, at("2026-03-11 10:00"))
    review.refresh_from_db()
    assert review.stopped_at == NOW  # the first clock is not reset


# --- the table itself


def test_a_flow_with_an_unknown_state_or_a_doubled_step_does_not_load() -> None:
    kept = Flow.registry[Ledger]
    rule = FLOW.steps["review"].rule
    step = Step("a", Ledger.Status.PENDING, "nowhere", rule, "步骤", "5.1.1")
    twice = Step("a", Ledger.Status.PENDING, Ledger.Status.DRAFTING, rule, "步骤", "5.1.1")
    with pytest.raises(ValueError, match="nowhere"):
        Flow(Ledger, step, unit="project.department", view=FLOW.view, url_name="x")
    with pytest.raises(ValueError, match="twice"):
        Flow(Ledger, twice, twice, unit="project.department", view=FLOW.view, url_name="x")
    assert Flow.registry[Ledger] is kept


def test_a_records_flow_and_page_are_found_by_its_kind(personas: Personas) -> None:
    ledger = make_ledger(personas)
    assert flow_of(ledger) is FLOW
    clock = Clock.objects.about(ledger).running().get()
    assert subject_url(clock.content_type_id, clock.object_id) == FLOW.url(ledger.pk)
    assert subject_url(type(clock).objects.about(ledger)[0].content_type_id, 7).endswith("/7/")
