"""A plan from the year's opening to its approval, its changes and its end (clauses 5.2.1 to 5.2.4)."""

from datetime import date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from revisits.models import FrequencyPolicy, PlanIssue, RevisitPlan, Visit
from revisits.selectors.checking import check_plan
from revisits.services.deciding import approve_plans, change_plan, decide_plan, drop_change, submit_plan
from revisits.services.issues import settle_issue
from revisits.services.opening import turn_the_year
from revisits.services.planning import LineData, add_line, draft_plan, remove_line, repair_plan, start_plan
from revisits.services.policy import DAYS, change_policy
from revisits.services.waivers import ask_waiver, decide_waiver
from tests.ledgers.factories import make_ledger
from tests.personas import Personas
from workflow.due import SHANGHAI
from workflow.errors import Conflict, Refused
from workflow.models import Clock

from .factories import (
    OPENED,
    START,
    a_ledger,
    approved,
    drafted,
    first_visit,
    on,
    returned,
    started,
    submitted,
    visited,
)  # fmt: skip

pytestmark = pytest.mark.django_db
S, V = RevisitPlan.Status, Visit.Status


def codes(plan: RevisitPlan) -> set[str]:
    return set(Clock.objects.about(plan).running().values_list("code", flat=True))


@pytest.mark.clause("5.2.1a", "5.2.1b")
def test_one_click_drafts_the_fewest_visits_that_pass(personas: Personas) -> None:
    a_ledger(personas)
    plan = drafted(personas)
    assert plan.visits.filter(method="phone").count() == 4
    assert plan.visits.filter(method="onsite").count() == 2
    report = check_plan(plan)
    assert report.passes
    assert report.projects == 1
    assert plan.working is not None
    assert plan.working.report["passes"] is True


@pytest.mark.clause("5.2.2")
def test_a_department_drafts_a_visit_a_month(personas: Personas) -> None:
    a_ledger(personas)
    plan = drafted(personas, unit="U1D1")
    assert [line.month for line in plan.visits.order_by("planned_on").values_list("planned_on", flat=True)] == [
        *range(1, 13)
    ]
    assert set(plan.visits.values_list("method", flat=True)) == {"onsite"}
    assert set(plan.visits.values_list("visitor__username", flat=True)) == {"pw11"}


@pytest.mark.clause("5.2.3", "5.2.4")
def test_approval_makes_the_visits_due_with_their_limits(personas: Personas) -> None:
    a_ledger(personas)
    plan = submitted(personas)
    assert codes(plan) == {"revisit.approve_unit"}
    plan = decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=OPENED)
    assert (plan.status, codes(plan)) == (S.APPROVED, set())
    visit = first_visit(plan)
    clock = Clock.objects.about(visit).running().get()
    assert clock.post_id == "UW"
    assert clock.due_at == datetime.combine(visit.planned_on + timedelta(days=4), datetime.min.time(), SHANGHAI)
    assert plan.visits.filter(status=V.DUE).count() == 6


@pytest.mark.clause("5.2.4", "1a")
def test_approval_is_refused_while_a_gap_stands_and_names_it(personas: Personas) -> None:
    ledger = a_ledger(personas)
    plan = drafted(personas)
    for visit in plan.visits.filter(method="onsite"):
        remove_line(plan_id=plan.pk, visit_id=visit.pk, actor=personas.uw1, now=OPENED)
    submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    with pytest.raises(Refused) as refusal:
        decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=OPENED)
    assert ledger.project.name in str(refusal.value)
    assert "H1(5.2.1b)" in str(refusal.value)
    plan.refresh_from_db()
    assert plan.status == S.IN_APPROVAL


@pytest.mark.clause("5.2.4")
def test_a_waiver_granted_by_the_approver_lets_the_plan_pass(personas: Personas) -> None:
    ledger = a_ledger(personas)
    plan = drafted(personas)
    gone = plan.visits.filter(method="onsite").order_by("planned_on").first()
    assert gone is not None
    remove_line(plan_id=plan.pk, visit_id=gone.pk, actor=personas.uw1, now=OPENED)
    waiver = ask_waiver(
        plan_id=plan.pk, project_id=ledger.project_id, rule="H1", reason="业主装修停业", actor=personas.uw1, now=OPENED
    )
    submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    assert codes(plan) == {"revisit.approve_unit", "revisit.waive_unit"}
    with pytest.raises(PermissionDenied):
        decide_waiver(waiver_id=waiver.pk, grant=True, remark="", actor=personas.uw1, now=OPENED)
    with pytest.raises(Refused):
        decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=OPENED)
    decide_waiver(waiver_id=waiver.pk, grant=True, remark="同意", actor=personas.gh, now=OPENED)
    assert codes(plan) == {"revisit.approve_unit"}
    assert decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=OPENED).status == S.APPROVED


@pytest.mark.clause("1c")
def test_an_overseas_gap_only_warns(personas: Personas) -> None:
    a_ledger(personas, overseas=True, local_requirements="按当地规定")
    plan = drafted(personas)
    one = plan.visits.filter(method="onsite").first()
    assert one is not None
    remove_line(plan_id=plan.pk, visit_id=one.pk, actor=personas.uw1, now=OPENED)
    report = check_plan(plan)
    assert report.warnings
    assert report.passes
    submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    assert decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=OPENED).status == S.APPROVED


@pytest.mark.clause("5.2.4")
def test_a_return_goes_back_with_its_reason_and_a_round(personas: Personas) -> None:
    a_ledger(personas)
    plan = returned(personas)
    assert (plan.status, plan.round, codes(plan)) == (S.RETURNED, 2, {"revisit.rework_unit"})
    submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    assert codes(plan) == {"revisit.approve_unit"}


@pytest.mark.clause("G5")
def test_who_drafted_does_not_approve(personas: Personas) -> None:
    a_ledger(personas)
    plan = submitted(personas)
    for who in ("uw1", "uh1", "gw", "gl", "pw11"):
        with pytest.raises(PermissionDenied):
            decide_plan(plan_id=plan.pk, decision="approve", actor=personas[who], now=OPENED)


@pytest.mark.clause("A2-6.2")
def test_a_line_without_visitor_is_not_submitted(personas: Personas) -> None:
    ledger = a_ledger(personas)
    plan = drafted(personas)
    add_line(
        plan_id=plan.pk,
        line=LineData(ledger.project_id, date(2026, 3, 3), "onsite", None),
        actor=personas.uw1,
        now=OPENED,
    )
    with pytest.raises(Refused, match="计划回访人"):
        submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)


@pytest.mark.clause("5.2.4")
def test_bulk_approval_passes_what_is_whole_and_says_why_not(personas: Personas) -> None:
    a_ledger(personas)
    whole = submitted(personas)
    other = started(personas, unit="U2")
    answers = approve_plans(plan_ids=[whole.pk, other.pk], actor=personas.gh, now=OPENED)
    assert [bool(answer.refused) for answer in answers] == [False, True]


@pytest.mark.clause("A2-3")
def test_a_ledger_of_mid_year_names_the_plans_it_affects(personas: Personas) -> None:
    a_ledger(personas)
    unit, department = approved(personas), approved(personas, unit="U1D1")
    later = a_ledger(personas, now=on(8, 20), start=date(2026, 3, 1), end=date(2028, 2, 29))
    for plan, code in ((unit, "revisit.supplement_unit"), (department, "revisit.supplement_department")):
        issue = PlanIssue.objects.get(plan=plan)
        assert issue.project_id == later.project_id
        assert issue.gaps
        plan.refresh_from_db()
        assert plan.status == S.APPROVED
        assert codes(plan) == {code}
    before = unit.visits.count()
    change_plan(plan_id=unit.pk, reason="增补新工程", actor=personas.uw1, now=on(8, 21))
    plan = repair_plan(plan_id=unit.pk, actor=personas.uw1, now=on(8, 21))
    assert unit.visits.count() == before + 3  # V20: two calls and a visit
    assert unit.visits.filter(status=V.DUE).count() == 6
    submit_plan(plan_id=plan.pk, actor=personas.uw1, now=on(8, 21))
    plan = decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=on(8, 21))
    assert plan.effective is not None
    assert plan.effective.number == 2
    assert not PlanIssue.objects.filter(plan=unit, settled_at__isnull=True).exists()
    assert unit.visits.filter(status=V.DUE).count() == 9
    assert codes(plan) == set()


@pytest.mark.clause("A2-3")
def test_nothing_to_change_is_said_with_a_reason_and_only_when_the_check_agrees(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    a_ledger(personas, now=on(8, 20), start=date(2026, 3, 1), end=date(2028, 2, 29))
    issue = PlanIssue.objects.get(plan=plan)
    with pytest.raises(Refused, match="仍有缺口"):
        settle_issue(issue_id=issue.pk, reason="无需", actor=personas.uw1, now=on(8, 21))


@pytest.mark.clause("5.2.4")
def test_a_change_given_up_leaves_what_governs(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    plan = change_plan(plan_id=plan.pk, reason="调整", actor=personas.uw1, now=on(2, 1))
    line = plan.visits.open().last()
    assert line is not None
    remove_line(plan_id=plan.pk, visit_id=line.pk, actor=personas.uw1, now=on(2, 1))
    plan = drop_change(plan_id=plan.pk, reason="不改了", actor=personas.uw1, now=on(2, 1))
    assert plan.status == S.APPROVED
    assert plan.visits.of_version(plan.version).count() == 6
    assert plan.visits.filter(dropped_in__isnull=False).count() == 0
    assert codes(plan) == set()


@pytest.mark.clause("5.2.4")
def test_what_a_change_drops_ends_and_what_was_visited_stays(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    first, *_, last = plan.visits.open().order_by("scheduled_on")
    plan = change_plan(plan_id=plan.pk, reason="调整", actor=personas.uw1, now=OPENED)
    for visit in (first, last):
        remove_line(plan_id=plan.pk, visit_id=visit.pk, actor=personas.uw1, now=OPENED)
    visited(personas, first)  # meanwhile, under the version in force
    repair_plan(plan_id=plan.pk, actor=personas.uw1, now=on(2, 20))
    submit_plan(plan_id=plan.pk, actor=personas.uw1, now=on(2, 20))
    plan = decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=on(2, 20))
    first.refresh_from_db()
    last.refresh_from_db()
    assert (first.status, first.dropped_in) == (V.OK, None)
    assert last.status == V.CANCELLED
    assert not Clock.objects.about(last).running().exists()


@pytest.mark.clause("5.2.1a")
def test_the_year_opens_its_plans_once_with_three_days(personas: Personas) -> None:
    a_ledger(personas, now=on(12, 1, year=2025))
    new_year = datetime(2026, 1, 1, 0, 15, tzinfo=SHANGHAI)
    assert turn_the_year(now=new_year) == {"closed": 0, "opened": 2}
    assert turn_the_year(now=new_year) == {"closed": 0, "opened": 0}
    for code, post in (("revisit.plan_unit", "UW"), ("revisit.plan_department", "PW")):
        clock = Clock.objects.running().get(code=code)
        assert clock.post_id == post
        assert clock.due_at == datetime(2026, 1, 5, tzinfo=SHANGHAI)


@pytest.mark.clause("5.2.1a")
def test_the_year_closes_what_governs_and_what_was_being_changed(personas: Personas) -> None:
    a_ledger(personas)
    kept, changed = approved(personas), approved(personas, unit="U1D1")
    change_plan(plan_id=changed.pk, reason="调整", actor=personas.pw11, now=on(12, 20))
    turn_the_year(now=datetime(2027, 1, 1, 0, 15, tzinfo=SHANGHAI))
    for plan in (kept, changed):
        plan.refresh_from_db()
        assert plan.status == S.CLOSED
        assert codes(plan) == set()
    visited(personas, first_visit(kept), now=on(1, 5, year=2027))


def test_a_plan_exists_once(personas: Personas) -> None:
    a_ledger(personas)
    started(personas)
    with pytest.raises(Conflict, match="已经存在"):
        start_plan(unit=personas.unit("U1"), year=2026, actor=personas.uw1, now=OPENED)


def test_a_plan_of_nothing_is_not_submitted(personas: Personas) -> None:
    make_ledger(personas, now=OPENED, accepted_on=START)  # not yet in force
    plan = started(personas)
    draft_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    with pytest.raises(Refused, match="没有需要回访"):
        submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)


@pytest.mark.clause("5.2.4", "A3-C02")
def test_what_is_written_after_the_settings_changed_follows_them(personas: Personas) -> None:
    """V1: where a visit on site counts as the quarter's call, four visits are enough."""
    a_ledger(personas)
    plan = started(personas)
    current = FrequencyPolicy.in_force()
    change_policy(
        settings={"min_window_days": 7, "onsite_counts_as_phone": True, "rain_for_all": False},
        climates=list(current.climates.values("place", *DAYS)),
        reason="集团通知",
        number=current.number,
        actor=personas.gh,
        now=OPENED,
    )
    plan = draft_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    assert plan.visits.count() == 4
    assert plan.working is not None
    assert plan.working.policy.number == current.number + 1
    for visit in plan.visits.all():
        remove_line(plan_id=plan.pk, visit_id=visit.pk, actor=personas.uw1, now=OPENED)
    repair_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    assert plan.visits.count() == 4
