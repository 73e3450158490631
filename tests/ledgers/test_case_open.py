"""R-5.3.3: a warranty case is entered, judged and corrected."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from ledgers import clocks as C
from ledgers.models import WarrantyCase
from ledgers.selectors.cases import cases_of, open_cases_of
from ledgers.services.cases import edit_case, open_case
from tests.ledgers.cases import CASE, opened, voided
from tests.ledgers.factories import NOW, at, effective, make_project, punch_item
from tests.personas import Personas
from workflow.errors import Conflict
from workflow.models import Clock, Notice, Series, Transition

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.3.3")]
S = WarrantyCase.Status


def test_a_call_opens_a_case_and_the_project_managers_clock(personas: Personas) -> None:
    case = opened(personas)
    assert (case.number, case.status, case.source) == ("BX-U1-2026-0001", S.TO_DISPATCH, "call")
    clock = Clock.objects.about(case).running().get()
    assert (clock.code, clock.post_id, clock.unit.code) == (C.CASE_DISPATCH, "PM", "U1D1")
    assert (clock.received_at, clock.due_at) == (NOW, NOW + timedelta(hours=24))
    assert Transition.objects.about(case).get().post_id == "PW"
    told = Notice.objects.filter(channel="inbox", object_id=case.pk).values_list("recipient__username", flat=True)
    assert sorted(told) == ["pm11", "uw1"]  # whose duty it is, and who may dispatch too; each once


def test_numbers_run_per_unit_and_year_and_leave_no_gap(personas: Personas) -> None:
    first = opened(personas)
    with pytest.raises(ValidationError):
        opened(personas, place="")
    second = opened(personas, project=first.project)
    other = opened(personas, make_project(personas, actor="pw21", unit="U2D1"), actor="pw21")
    later = opened(personas, now=at(5, year=2027, month=1), reported_at=at(5, year=2027, month=1))
    numbers = [case.number for case in (first, second, other, later)]
    assert numbers == ["BX-U1-2026-0001", "BX-U1-2026-0002", "BX-U2-2026-0001", "BX-U1-2027-0001"]
    assert Series.objects.get(name="BX-U1-2026").last == 2


@pytest.mark.parametrize("who", ["pw11", "pe11", "uw1"])
def test_posts_that_enter_cases(personas: Personas, who: str) -> None:
    assert opened(personas, actor=who).created_by == personas[who]


@pytest.mark.clause("G2")
@pytest.mark.parametrize("who", ["pm11", "uh1", "ud1", "ul1", "gw", "gh", "pw21", "uw2", "pw12", "outsider"])
def test_others_enter_none(personas: Personas, who: str) -> None:
    with pytest.raises(PermissionDenied):
        opened(personas, actor=who)
    assert not WarrantyCase.objects.exists()


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"reporter": " "}, "reporter"),
        ({"phone": ""}, "phone"),
        ({"reported_at": NOW + timedelta(seconds=1)}, "reported_at"),
        ({"reported_at": None}, "reported_at"),
        ({"channel": "pigeon"}, "channel"),
        ({"urgency": ""}, "urgency"),
        ({"part": "roof"}, "part"),
        ({"place": "楼" * 101}, "place"),
        ({"problem": ""}, "problem"),
        ({"trade": ""}, "trade"),
    ],
)
def test_what_an_entry_must_say(personas: Personas, values: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as error:
        opened(personas, **values)
    assert list(error.value.message_dict) == [field]
    assert not WarrantyCase.objects.exists()


def test_from_a_punch_item_the_record_is_known(personas: Personas) -> None:
    item = punch_item(personas)
    case = open_case(
        project=item.project, source="punch", subject=item, values=CASE | {"phone": ""}, actor=personas.pw11, now=NOW
    )
    assert list(cases_of(item)) == list(open_cases_of(item)) == [case]
    voided(personas, case)
    assert list(cases_of(item)) == [case]
    assert not open_cases_of(item).exists()


@pytest.mark.parametrize(
    ("source", "with_subject"), [("call", True), ("punch", False), ("visit", False), ("whim", False)]
)
def test_source_and_record_go_together(personas: Personas, source: str, with_subject: bool) -> None:
    item = punch_item(personas)
    subject = item if with_subject else None
    with pytest.raises(ValueError, match="case"):
        open_case(project=item.project, source=source, subject=subject, values=CASE, actor=personas.pw11, now=NOW)


def test_the_recorder_of_a_visit_needs_no_other_right(personas: Personas) -> None:
    """``permitted`` is believed of visits only: PM holds no right to enter a case."""
    item = punch_item(personas)  # stands for the visit: any record with a flow
    given: dict[str, Any] = {"project": item.project, "subject": item, "actor": personas.pm11, "now": NOW}
    case = open_case(source="visit", values=CASE | {"phone": ""}, permitted=True, **given)
    assert Transition.objects.about(case).get().step == "open_found"
    assert Clock.objects.about(case).running().get().code == C.CASE_DISPATCH
    with pytest.raises(PermissionDenied):
        open_case(source="visit", values=CASE, **given)
    with pytest.raises(PermissionDenied):
        open_case(source="punch", values=CASE, permitted=True, **given)


def test_nobody_out_of_reach_opens_a_case_as_permitted(personas: Personas) -> None:
    item = punch_item(personas)
    with pytest.raises(PermissionDenied):
        open_case(
            project=item.project,
            source="visit",
            subject=item,
            values=CASE,
            actor=personas.pw21,
            now=NOW,
            permitted=True,
        )


# --- in the warranty?

TERMS = [
    {"part": "waterproofing", "unit": "years", "amount": Decimal(5), "ends_on": None, "note": ""},
    {"part": "decoration", "unit": "years", "amount": Decimal(2), "ends_on": None, "note": ""},
    {"part": "structure", "unit": "design_life", "amount": None, "ends_on": None, "note": ""},
]


@pytest.mark.parametrize(
    ("part", "reported", "covered", "words"),
    [
        ("waterproofing", at(9, year=2031), True, "5年,至 2031-03-09"),
        ("waterproofing", at(10, year=2031), False, "已超过保修期"),
        ("decoration", at(9, year=2028), True, "2年,至 2028-03-09"),
        ("decoration", at(10, year=2028), False, "已超过保修期"),
        ("structure", at(1, year=2070), True, "设计使用年限"),
        ("installation", at(1, year=2030), True, "按保修截止日期 2031-03-09"),
        ("", at(10, year=2031), False, "未选择保修部位"),
    ],
)
def test_the_parts_term_decides_else_the_headers_end(
    personas: Personas, part: str, reported: Any, covered: bool, words: str
) -> None:
    """Ambiguity 15: the header governs revisits, the parts govern warranty cases."""
    project = effective(personas, header={"terms": TERMS}).project
    case = opened(personas, project, part=part, reported_at=reported, now=reported)
    assert case.in_warranty is covered
    assert words in case.judgement


def test_without_a_ledger_in_force_nobody_is_told_the_term(personas: Personas) -> None:
    case = opened(personas, make_project(personas), part="waterproofing")
    assert case.in_warranty is None
    assert "尚无已生效的台账" in case.judgement


def test_a_person_overrules_the_suggestion(personas: Personas) -> None:
    project = effective(personas).project
    case = opened(personas, project, in_warranty=False)
    assert case.in_warranty is False
    assert "在保修期内" in case.judgement


# --- corrections


def test_a_correction_is_told_with_masked_phones(personas: Personas) -> None:
    case = opened(personas)
    edit_case(
        case_id=case.pk,
        values={"phone": "13900002222", "urgency": "urgent"},
        revision=0,
        actor=personas.uw1,
        now=NOW,
    )
    changes = Transition.objects.about(case).get(step="edit").changes
    assert [change["field"] for change in changes] == ["电话", "紧急程度"]
    assert "13900002222" not in str(changes)
    assert changes[1] == {"field": "紧急程度", "old": "一般", "new": "紧急"}


def test_a_correction_over_anothers_is_refused(personas: Personas) -> None:
    case = opened(personas)
    edit_case(case_id=case.pk, values={"place": "1#楼"}, revision=0, actor=personas.uw1, now=NOW)
    with pytest.raises(Conflict):
        edit_case(case_id=case.pk, values={"place": "2#楼"}, revision=0, actor=personas.pw11, now=NOW)
    case.refresh_from_db()
    assert case.place == "1#楼"


def test_nothing_is_saved_without_a_change_or_in_another_state(personas: Personas) -> None:
    case = opened(personas)
    with pytest.raises(ValidationError):
        edit_case(case_id=case.pk, values={"place": case.place}, revision=0, actor=personas.uw1, now=NOW)
    voided(personas, case)
    with pytest.raises(Conflict):
        edit_case(case_id=case.pk, values={"place": "2#楼"}, revision=0, actor=personas.uw1, now=NOW)


def test_reported_before_the_warranty_began(personas: Personas) -> None:
    project = effective(personas).project
    case = opened(personas, project, reported_at=at(9))
    assert case.in_warranty is None
    assert "早于保修开始日期" in case.judgement
    assert date(2026, 3, 10) == project.ledger.warranty_start
