"""R-5.3.3: the life of a warranty case, step by step: who, from which state, with what, by when."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from ledgers import clocks as C
from ledgers.models import WarrantyCase
from ledgers.services.case_steps import (
    change_dispatch,
    dispatch_case,
    finish_repair,
    record_arrival,
    reject_case,
    return_repair,
    verify_repair,
    void_case,
)
from ledgers.services.transfer import transfer_project
from tests.factories import appoint
from tests.ledgers.cases import (
    REPAIR_BY,
    arrived,
    confirm,
    dispatched,
    finish,
    opened,
    photo,
    rejected,
    repaired,
    returned,
    terms,
    verified,
    voided,
)
from tests.ledgers.factories import NOW, at
from tests.personas import Personas
from workflow.errors import Conflict, Refused
from workflow.models import Clock, Evidence, Outcome, Transition

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.3.3")]
S = WarrantyCase.Status
Maker = Callable[[Personas], WarrantyCase]
MAKERS: dict[str, Maker] = {
    S.TO_DISPATCH: opened,
    S.TO_ARRIVE: dispatched,
    S.HANDLING: arrived,
    S.TO_VERIFY: repaired,
    S.REWORK: returned,
    S.DONE: verified,
    S.NOT_COVERED: rejected,
    S.VOID: voided,
}
OPEN = (S.TO_DISPATCH, S.TO_ARRIVE, S.HANDLING, S.TO_VERIFY, S.REWORK)
LATER = NOW + timedelta(hours=2)


def running(case: WarrantyCase) -> Clock:
    return Clock.objects.about(case).running().get()


def take(personas: Personas, step: str, case: WarrantyCase, who: str) -> WarrantyCase:
    given: dict[str, Any] = {"case_id": case.pk, "actor": personas[who], "now": LATER}
    calls: dict[str, Callable[[], WarrantyCase]] = {
        "dispatch": lambda: dispatch_case(dispatch=terms(), in_warranty=True, **given),
        "reassign": lambda: change_dispatch(dispatch=terms(subcontractor="另一家"), reason="换人", **given),
        "arrive": lambda: record_arrival(**given),
        "finish": lambda: finish_repair(measures="重做", photos=[photo()], **given),
        "verify": lambda: verify_repair(client="张", satisfaction=5, signature=[photo()], **given),
        "rework": lambda: return_repair(reason="仍渗水", repair_by=REPAIR_BY, **given),
        "reject": lambda: reject_case(reason="使用不当", proof=[photo()], **given),
        "void": lambda: void_case(reason="重复", **given),
    }
    return calls[step]()


# step → the states it may be taken from, who takes it, where it leads
STEPS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "dispatch": ((S.TO_DISPATCH,), ("pm11", "uw1"), S.TO_ARRIVE),
    "reassign": ((S.TO_ARRIVE, S.HANDLING, S.REWORK), ("pm11", "uw1"), ""),
    "arrive": ((S.TO_ARRIVE, S.REWORK), ("pe11",), S.HANDLING),
    "finish": ((S.HANDLING,), ("pe11",), S.TO_VERIFY),
    "verify": ((S.TO_VERIFY,), ("pw11", "uw1"), S.DONE),
    "rework": ((S.TO_VERIFY,), ("pw11", "uw1"), S.REWORK),
    "reject": (OPEN, ("uh1",), S.NOT_COVERED),
    "void": (OPEN, ("uh1",), S.VOID),
}
EVERYBODY = (
    "pw11",
    "pe11",
    "pm11",
    "uw1",
    "uh1",
    "ud1",
    "ul1",
    "ug1",
    "gw",
    "gh",
    "gl",
    "pw21",
    "uw2",
    "uh2",
    "sysadmin",
)


@pytest.mark.parametrize("state", list(MAKERS))
@pytest.mark.parametrize("step", list(STEPS))
def test_a_step_is_taken_from_its_states_only(personas: Personas, step: str, state: str) -> None:
    sources, people, target = STEPS[step]
    case = MAKERS[state](personas)
    assert case.status == state
    if state in sources:
        assert take(personas, step, case, people[0]).status == (target or state)
        return
    before = Transition.objects.about(case).count()
    with pytest.raises(Conflict):
        take(personas, step, case, people[0])
    case.refresh_from_db()
    assert (case.status, Transition.objects.about(case).count()) == (state, before)


@pytest.mark.clause("G2")
@pytest.mark.parametrize("step", list(STEPS))
def test_a_step_is_taken_by_its_posts_only(personas: Personas, step: str) -> None:
    sources, people, target = STEPS[step]
    case = MAKERS[sources[0]](personas)
    for who in EVERYBODY:
        if who not in people:
            with pytest.raises(PermissionDenied):
                take(personas, step, case, who)
    case.refresh_from_db()
    assert case.status == sources[0]
    assert take(personas, step, case, people[-1]).status == (target or sources[0])


# --- limits


def test_the_dispatch_sets_both_limits(personas: Personas) -> None:
    case = dispatched(personas)
    assert not Clock.objects.about(case).filter(code=C.CASE_DISPATCH).running().exists()
    clock = running(case)
    assert (clock.code, clock.post_id, clock.due_at, clock.dated) == (C.CASE_ARRIVE, "PE", case.arrive_by, True)
    assert (case.dispatched_at, case.in_warranty) == (NOW, True)


def test_the_repair_is_due_at_the_end_of_the_required_day(personas: Personas) -> None:
    case = arrived(personas, repair_by=date(2026, 3, 15))
    clock = running(case)
    assert (clock.code, clock.post_id, clock.due_at) == (C.CASE_REPAIR, "PE", at(16, hour=0))
    assert case.arrived_at == case.started_at == NOW


def test_the_verification_is_due_in_three_days(personas: Personas) -> None:
    """Rules 2, NATURAL: the start day is excluded, the limit ends 24:00 of the third."""
    clock = running(repaired(personas))
    assert (clock.code, clock.post_id, clock.due_at) == (C.CASE_VERIFY, "PW", at(14, hour=0))


def test_a_finished_case_has_no_duty_left(personas: Personas) -> None:
    case = verified(personas)
    assert not Clock.objects.about(case).running().exists()
    assert (case.verified_by, case.closed_at, case.satisfaction) == (personas.pw11, NOW, 5)


@pytest.mark.parametrize("seconds", [-1, 0])
def test_an_arrival_is_late_from_the_very_moment_on(personas: Personas, seconds: int) -> None:
    case = dispatched(personas)
    assert case.arrive_by is not None
    record_arrival(case_id=case.pk, actor=personas.pe11, now=case.arrive_by + timedelta(seconds=seconds))
    assert Clock.objects.about(case).get(code=C.CASE_ARRIVE).late is (seconds == 0)


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        ({"arrive_by": NOW}, "arrive_by"),
        ({"repair_by": date(2026, 3, 9)}, "repair_by"),
        ({"arrive_by": at(20), "repair_by": date(2026, 3, 19)}, "repair_by"),
    ],
)
def test_limits_lie_ahead_and_in_order(personas: Personas, limits: dict[str, Any], field: str) -> None:
    case = opened(personas)
    with pytest.raises(ValidationError) as error:
        dispatch_case(case_id=case.pk, dispatch=terms(**limits), in_warranty=True, actor=personas.pm11, now=NOW)
    assert list(error.value.message_dict) == [field]


@pytest.mark.parametrize("name", ["subcontractor", "responsible"])
def test_a_dispatch_names_firm_and_person(personas: Personas, name: str) -> None:
    case = opened(personas)
    with pytest.raises(Refused):
        dispatch_case(case_id=case.pk, dispatch=terms(**{name: "  "}), in_warranty=True, actor=personas.pm11, now=NOW)


# --- another firm, other limits


def test_another_firm_leaves_the_running_limit_alone(personas: Personas) -> None:
    case = dispatched(personas)
    before = running(case).pk
    case = take(personas, "reassign", case, "pm11")
    assert (case.subcontractor, running(case).pk) == ("另一家", before)
    assert Transition.objects.about(case).get(step="reassign").changes == [
        {"field": "责任分包", "old": "宏源防水", "new": "另一家"}
    ]


def test_a_moved_arrival_keeps_the_missed_one_as_a_fact(personas: Personas) -> None:
    case = dispatched(personas)
    now = NOW + timedelta(hours=30)
    dispatch = terms(arrive_by=now + timedelta(hours=5))
    case = change_dispatch(case_id=case.pk, dispatch=dispatch, reason="材料未到", actor=personas.uw1, now=now)
    old = Clock.objects.about(case).get(code=C.CASE_ARRIVE, stopped_at__isnull=False)
    assert (old.outcome, old.late, old.overdue_noted_at) == (Outcome.CANCELLED, True, now)
    assert running(case).due_at == now + timedelta(hours=5)


def test_after_the_arrival_only_the_repair_is_moved(personas: Personas) -> None:
    case = arrived(personas)
    arrive_by = case.arrive_by
    dispatch = terms(arrive_by=at(25), repair_by=date(2026, 3, 30))
    case = change_dispatch(case_id=case.pk, dispatch=dispatch, reason="备料", actor=personas.pm11, now=LATER)
    assert case.arrive_by == arrive_by
    assert (running(case).code, running(case).due_at) == (C.CASE_REPAIR, at(31, hour=0))
    with pytest.raises(Refused):
        change_dispatch(
            case_id=case.pk, dispatch=terms(subcontractor="再换"), reason=" ", actor=personas.pm11, now=LATER
        )


def test_nothing_changed_is_nothing_saved(personas: Personas) -> None:
    case = dispatched(personas)
    with pytest.raises(ValidationError):
        change_dispatch(case_id=case.pk, dispatch=terms(), reason="无", actor=personas.pm11, now=NOW)


# --- proofs


def test_a_repair_without_photos_is_not_finished(personas: Personas) -> None:
    case = arrived(personas)
    with pytest.raises(Refused, match="维修后照片"):
        finish_repair(case_id=case.pk, measures="重做", actor=personas.pe11, now=NOW)
    with pytest.raises(Refused, match="维修措施"):
        finish_repair(case_id=case.pk, measures=" ", photos=[photo()], actor=personas.pe11, now=NOW)
    case.refresh_from_db()
    assert (case.status, case.measures, case.finished_at) == (S.HANDLING, "", None)
    assert not Evidence.objects.about(case).exists()  # a refused form leaves nothing behind


@pytest.mark.parametrize(
    ("values", "words"),
    [({"client": " "}, "客户姓名"), ({"satisfaction": None}, "满意度"), ({"signature": []}, "客户签字")],
)
def test_the_client_confirms_by_name_grade_and_signature(
    personas: Personas, values: dict[str, Any], words: str
) -> None:
    case = repaired(personas)
    given = {"client": "张", "satisfaction": 4, "signature": [photo()]} | values
    with pytest.raises(Refused, match=words):
        verify_repair(case_id=case.pk, actor=personas.pw11, now=NOW, **given)  # type: ignore[arg-type]
    case.refresh_from_db()
    assert (case.status, case.verified_by) == (S.TO_VERIFY, None)


def test_a_grade_that_is_none_is_refused(personas: Personas) -> None:
    with pytest.raises(ValidationError):
        confirm(personas, repaired(personas), satisfaction=9)


def test_not_covered_needs_proof_and_a_reason(personas: Personas) -> None:
    case = dispatched(personas)
    with pytest.raises(Refused, match="非保修证明"):
        reject_case(case_id=case.pk, reason="超期", actor=personas.uh1, now=NOW)
    with pytest.raises(Refused, match="理由"):
        reject_case(case_id=case.pk, reason=" ", proof=[photo()], actor=personas.uh1, now=NOW)
    case = take(personas, "reject", case, "uh1")
    assert (case.in_warranty, Clock.objects.about(case).running().exists()) == (False, False)


def test_a_file_that_is_no_picture_refuses_the_step(personas: Personas) -> None:
    case = arrived(personas)
    file = photo("病毒.png")
    file.file.seek(0)
    file.file.truncate()
    file.file.write(b"MZ\x90\x00not a picture")
    file.file.seek(0)
    with pytest.raises(ValidationError) as error:
        finish_repair(case_id=case.pk, measures="重做", photos=[file], actor=personas.pe11, now=NOW)
    assert "photos" in error.value.message_dict


@pytest.mark.parametrize("field", ["cost", "charged"])
def test_money_is_not_negative(personas: Personas, field: str) -> None:
    case = arrived(personas)
    given: dict[str, Any] = {field: Decimal("-0.01")}
    with pytest.raises(ValidationError) as error:
        finish_repair(case_id=case.pk, measures="重做", photos=[photo()], actor=personas.pe11, now=NOW, **given)
    assert list(error.value.message_dict) == [field]


# --- rework


def test_rework_counts_and_asks_for_new_proof(personas: Personas) -> None:
    case = returned(personas)
    assert (case.status, case.round, case.rework_count, case.finished_at) == (S.REWORK, 2, 1, None)
    clock = running(case)
    assert (clock.code, clock.round, clock.due_at) == (C.CASE_REPAIR, 2, at(21, hour=0))
    verify = Clock.objects.about(case).get(code=C.CASE_VERIFY)
    assert verify.outcome == Outcome.RETURNED
    case = record_arrival(case_id=case.pk, actor=personas.pe11, now=LATER)
    assert (case.status, case.arrived_at) == (S.HANDLING, NOW)  # the first arrival stays the one that was limited
    with pytest.raises(Refused, match="返修后照片"):
        finish_repair(case_id=case.pk, measures="再做", actor=personas.pe11, now=LATER)
    finish(personas, case, now=LATER)
    assert confirm(personas, case, now=LATER + timedelta(hours=1)).rework_count == 1


def test_a_signature_of_an_earlier_round_proves_nothing(personas: Personas) -> None:
    from workflow.services.evidence import attach_evidence

    case = repaired(personas)
    attach_evidence(subject=case, file=photo(), kind="signature", actor=personas.pw11, now=NOW)
    case = take(personas, "rework", case, "pw11")
    record_arrival(case_id=case.pk, actor=personas.pe11, now=LATER + timedelta(minutes=1))
    finish(personas, case, now=LATER + timedelta(minutes=2))
    with pytest.raises(Refused, match="客户签字"):
        verify_repair(
            case_id=case.pk, client="张", satisfaction=5, actor=personas.pw11, now=LATER + timedelta(minutes=3)
        )


def test_rework_needs_a_reason_and_a_day_to_come(personas: Personas) -> None:
    case = repaired(personas)
    with pytest.raises(Refused):
        return_repair(case_id=case.pk, reason=" ", repair_by=REPAIR_BY, actor=personas.pw11, now=NOW)
    with pytest.raises(ValidationError):
        return_repair(case_id=case.pk, reason="渗水", repair_by=date(2026, 3, 9), actor=personas.pw11, now=NOW)
    case.refresh_from_db()
    assert case.rework_count == 0


# --- separation of duty


@pytest.mark.clause("G5")
@pytest.mark.parametrize("step", ["verify", "rework"])
def test_whoever_finished_it_does_not_verify_it(personas: Personas, step: str) -> None:
    appoint(personas.pe11, "PW", personas.unit("U1D1"))
    case = repaired(personas)
    with pytest.raises(PermissionDenied, match="职责分离"):
        take(personas, step, case, "pe11")
    assert take(personas, step, case, "pw11").status in (S.DONE, S.REWORK)


@pytest.mark.clause("G5")
def test_whoever_entered_it_does_not_judge_it_not_covered(personas: Personas) -> None:
    appoint(personas.uh1, "UW", personas.unit("U1"))
    case = opened(personas, actor="uh1")
    with pytest.raises(PermissionDenied, match="职责分离"):
        take(personas, "reject", case, "uh1")
    assert take(personas, "void", case, "uh1").status == S.VOID


@pytest.mark.clause("G5")
def test_a_substitute_judges_in_the_name_of_another(personas: Personas) -> None:
    case = opened(personas, now=timezone.now())
    rejected_case = reject_case(
        case_id=case.pk, reason="使用不当", proof=[photo()], actor=personas.sub1, now=timezone.now()
    )
    step = Transition.objects.about(rejected_case).get(step="reject")
    assert (step.actor, step.on_behalf_of) == (personas.sub1, personas.uh1)


# --- a project that changes hands


def test_open_cases_follow_their_project(personas: Personas) -> None:
    """Due moments stay as they are; the duty passes to the new department's post."""
    case = dispatched(personas)
    done = verified(personas)
    due = running(case).due_at
    for each in (case, done):
        transfer_project(
            project_id=each.project_id, department=personas.unit("U1D2"), reason="撤并", actor=personas.uh1, now=LATER
        )
    clock = running(case)
    assert (clock.unit.code, clock.due_at, clock.code) == ("U1D2", due, C.CASE_ARRIVE)
    assert not Clock.objects.about(done).running().exists()
    with pytest.raises(PermissionDenied):
        take(personas, "arrive", case, "pe11")
