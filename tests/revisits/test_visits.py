"""Carrying out visits: records, failed calls, 改期, corrections, the group's part (clauses 5.3, 2.2.1, 3.1.3)."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from ledgers.selectors.cases import open_cases_of
from revisits.models import Visit
from revisits.services.visits import (
    correct_record,
    record_participation,
    record_visit,
    reschedule_visit,
)
from tests.personas import Personas
from workflow.errors import Conflict
from workflow.models import Clock

from .factories import (
    OPENED,
    PROBLEM,
    a_ledger,
    approved,
    drafted,
    first_visit,
    on,
    record_of,
    unreachable,
    visited,
)  # fmt: skip

pytestmark = pytest.mark.django_db
V = Visit.Status


@pytest.mark.clause("5.3.1", "2.2.1")
def test_a_visit_is_recorded_against_its_line(personas: Personas) -> None:
    a_ledger(personas)
    visit = visited(personas, first_visit(approved(personas)))
    visit.refresh_from_db()
    assert (visit.status, visit.visited_on) == (V.OK, visit.planned_on)
    assert not Clock.objects.about(visit).running().exists()


@pytest.mark.clause("2.2.1")
@pytest.mark.parametrize("item", ["quality", "arrival", "timeliness", "effectiveness"])
def test_a_blank_item_is_not_saved_as_done(personas: Personas, item: str) -> None:
    a_ledger(personas)
    visit = first_visit(approved(personas))
    with pytest.raises(ValidationError) as problem:
        visited(personas, visit, **{item: ""})
    assert item in problem.value.message_dict
    visit.refresh_from_db()
    assert visit.status == V.DUE


@pytest.mark.clause("5.3.1")
def test_no_record_against_an_unapproved_plan(personas: Personas) -> None:
    a_ledger(personas)
    visit = drafted(personas).visits.first()
    assert visit is not None
    with pytest.raises(Conflict):
        visited(personas, visit)


@pytest.mark.clause("5.3.3", "A2-8")
def test_a_problem_opens_the_warranty_case_with_its_fields(personas: Personas) -> None:
    ledger = a_ledger(personas)
    visit = visited(personas, first_visit(approved(personas)), **PROBLEM)
    assert visit.status == V.PROBLEM
    (case,) = open_cases_of(visit)
    assert (case.project_id, case.place, case.trade) == (ledger.project_id, "3#楼屋面", "防水")
    assert case.reporter == "物业李经理"


@pytest.mark.clause("A3-C03")
def test_a_failed_call_becomes_a_visit_on_site_and_the_duty_stays_open(personas: Personas) -> None:
    a_ledger(personas)
    visit = first_visit(approved(personas), "phone")
    later = visit.scheduled_on + timedelta(days=5)
    visit = unreachable(personas, visit, moved_to=later)
    assert (visit.status, visit.method_now, visit.scheduled_on) == (V.RETRY, "onsite", later)
    assert Clock.objects.about(visit).running().get().code == "revisit.onsite_unit"
    with pytest.raises(ValidationError, match="现场"):
        visited(personas, visit, method="phone")
    assert visited(personas, visit).status == V.OK


@pytest.mark.clause("5.3.1")
def test_a_visit_moves_inside_its_windows_only(personas: Personas) -> None:
    a_ledger(personas)
    visit = first_visit(approved(personas), "phone")
    inside, outside = on(3, 30).date(), on(4, 2).date()
    with pytest.raises(ValidationError, match="超出计划窗口"):
        reschedule_visit(visit_id=visit.pk, to=outside, reason="业主出差", actor=personas.uw1, now=OPENED)
    moved = reschedule_visit(visit_id=visit.pk, to=inside, reason="业主出差", actor=personas.uw1, now=OPENED)
    assert moved.scheduled_on == inside
    assert Clock.objects.about(visit).running().get().due_at.date() > inside


@pytest.mark.clause("5.3.2")
def test_a_department_visits_on_site(personas: Personas) -> None:
    a_ledger(personas)
    visit = first_visit(approved(personas, unit="U1D1"))
    with pytest.raises(ValidationError, match="现场"):
        visited(personas, visit, method="phone")
    assert visited(personas, visit).status == V.OK


@pytest.mark.clause("5.3.1")
def test_a_late_visit_is_recorded_and_the_fact_kept(personas: Personas) -> None:
    a_ledger(personas)
    visit = first_visit(approved(personas))
    late = visit.scheduled_on + timedelta(days=10)
    visited(personas, visit, visited_on=late, now=on(late.month, late.day))
    assert Clock.objects.about(visit).get().overdue_noted_at is not None


@pytest.mark.clause("5.3.1")
def test_a_correction_is_a_version_with_its_reason(personas: Personas) -> None:
    a_ledger(personas)
    visit = visited(personas, first_visit(approved(personas)))
    values = record_of(visit, situation="更正后的情况")
    visit = correct_record(visit_id=visit.pk, values=values, reason="笔误", actor=personas.uw1, now=on(3, 1))
    assert [r.number for r in visit.records.all()] == [1, 2]
    assert visit.record is not None
    assert visit.record.situation == "更正后的情况"
    values = record_of(visit, **PROBLEM)
    visit = correct_record(visit_id=visit.pk, values=values, reason="漏记", actor=personas.uw1, now=on(3, 2))
    assert visit.status == V.PROBLEM
    assert len(open_cases_of(visit)) == 1
    with pytest.raises(Conflict, match="尚未办结"):
        correct_record(visit_id=visit.pk, values=record_of(visit), reason="又改", actor=personas.uw1, now=on(3, 3))


@pytest.mark.clause("3.1.3")
def test_the_group_records_its_part_in_key_projects_only(personas: Personas) -> None:
    a_ledger(personas, key=True)
    visit = first_visit(approved(personas))
    part = {"people": "高文", "took_part_on": on(2, 1).date(), "note": "参加现场回访", "now": on(2, 1)}
    with pytest.raises(PermissionDenied):
        record_participation(visit_id=visit.pk, actor=personas.uw1, **part)
    assert record_participation(visit_id=visit.pk, actor=personas.gw, **part).people == "高文"


def test_neighbours_and_other_posts_may_not_record(personas: Personas) -> None:
    a_ledger(personas)
    visit = first_visit(approved(personas))
    for who in ("uw2", "uh1", "pw11", "gw"):
        with pytest.raises(PermissionDenied):
            record_visit(visit_id=visit.pk, values=record_of(visit), actor=personas[who], now=on(3, 1))
