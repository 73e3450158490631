"""What changes after a plan was approved (rules 9 and 10, R-A2-3): the plans affected are found and named, nothing
changes by itself, and what people then decide leaves no visit lost and none asked for twice."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ledgers.models import Ledger
from ledgers.services.review import decide_ledger, propose_change, submit_ledger, void_ledger
from ledgers.services.transfer import transfer_project
from revisits import clocks as C
from revisits.models import FrequencyPolicy, PlanIssue, RevisitPlan, Visit, Waiver
from revisits.selectors.checking import check_plan
from revisits.services import issues
from revisits.services.deciding import change_plan, decide_plan, drop_change, submit_plan
from revisits.services.issues import find_affected_by_settings, settle_issue
from revisits.services.opening import turn_the_year
from revisits.services.planning import LineData, add_line, change_line, remove_line, repair_plan
from revisits.services.policy import DAYS, change_policy
from revisits.services.waivers import ask_waiver, decide_waiver
from tests.ledgers.factories import write
from tests.personas import Personas
from workflow.errors import Conflict, Refused
from workflow.models import Clock, Transition

from .factories import (
    DECIDER,
    END,
    OPENED,
    START,
    WRITER,
    a_ledger,
    approved,
    drafted,
    first_visit,
    on,
    started,
    submitted,
    unreachable,
    visited,
)
from .invariants import running, wrong_with

pytestmark = pytest.mark.django_db
S, V, K = RevisitPlan.Status, Visit.Status, PlanIssue.Kind
DAY = timedelta(days=1)


def open_issues(plan: RevisitPlan) -> list[PlanIssue]:
    return list(plan.issues.filter(settled_at__isnull=True).order_by("pk"))


def as_it_was(plan: RevisitPlan) -> list[tuple[Any, ...]]:
    """Everything that nobody may change silently."""
    rows = plan.visits.order_by("pk").values_list("pk", "status", "planned_on", "scheduled_on", "method", "dropped_in")
    versions = plan.versions.order_by("number").values_list("number", "policy", "approved_at", "superseded_at")
    return [*rows, *versions]


def change_ledger(p: Personas, ledger: Ledger, now: datetime, **header: Any) -> None:
    """A change of the ledger, written, reviewed and confirmed."""
    propose_change(ledger_id=ledger.pk, reason="业主更换物业公司", actor=p.pw11, now=now)
    write(p, ledger, now=now, **header)
    submit_ledger(ledger_id=ledger.pk, actor=p.pw11, now=now)
    decide_ledger(ledger_id=ledger.pk, step="review_change", remark="", actor=p.uw1, now=now)
    decide_ledger(ledger_id=ledger.pk, step="confirm_change", remark="", actor=p.uh1, now=now)


def change_settings(
    p: Personas, now: datetime, *, rows: dict[str, dict[str, str]] | None = None, **settings: Any
) -> None:
    """The next version of the settings; ``rows``: place → days that differ from the region's."""
    policy = FrequencyPolicy.in_force()
    names = ("min_window_days", "onsite_counts_as_phone", "rain_for_all")
    climates = {row.place: {n: getattr(row, n) for n in ("place", *DAYS)} for row in policy.climates.all()}
    for place, days in (rows or {}).items():
        climates[place] = climates.get(place, climates["north"]) | {"place": place} | days
    change_policy(
        settings={name: getattr(policy, name) for name in names} | settings,  # type: ignore[arg-type]
        climates=list(climates.values()),
        reason="集团决定",
        number=policy.number,
        actor=p.gh,
        now=now,
    )


def passed(p: Personas, plan: RevisitPlan, now: datetime = OPENED) -> RevisitPlan:
    """Submitted and approved."""
    code = plan.unit.code
    submit_plan(plan_id=plan.pk, actor=p[WRITER[code]], now=now)
    return decide_plan(plan_id=plan.pk, decision="approve", actor=p[DECIDER[code]], now=now)


def change(p: Personas, plan: RevisitPlan, now: datetime = OPENED) -> RevisitPlan:
    return change_plan(plan_id=plan.pk, reason="调整", actor=p[WRITER[plan.unit.code]], now=now)


def lines(plan: RevisitPlan, number: int | None = None) -> list[Visit]:
    plan.refresh_from_db()
    found = plan.visits.of_version(number or plan.version).exclude(status=V.CANCELLED)
    return list(found.order_by("planned_on", "pk"))


def shift(p: Personas, plan: RevisitPlan, visit: Visit, days: int, now: datetime = OPENED, **values: Any) -> Visit:
    given: dict[str, Any] = {
        "on": visit.planned_on + days * DAY, "method": visit.method, "visitor": visit.visitor_id,
    }  # fmt: skip
    return change_line(plan_id=plan.pk, visit_id=visit.pk, actor=p[WRITER[plan.unit.code]], now=now, **(given | values))


def remove(p: Personas, plan: RevisitPlan, visit: Visit, now: datetime = OPENED) -> None:
    remove_line(plan_id=plan.pk, visit_id=visit.pk, actor=p[WRITER[plan.unit.code]], now=now)


# --- ledgers


@pytest.mark.clause("A2-3", "rules-1")
@pytest.mark.parametrize(
    ("header", "named"),
    [
        ({"warranty_end": date(2026, 8, 31)}, "H2"),
        ({"warranty_end": date(2027, 12, 31)}, "现有安排满足频次要求"),
        ({"key": True}, "K1"),
        ({"hvac": True}, "现有安排满足频次要求"),
        ({"region": "south"}, "现有安排满足频次要求"),
        ({"city": "保定"}, "现有安排满足频次要求"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_a_changed_ledger_names_the_plan_and_changes_nothing(
    personas: Personas, header: dict[str, Any], named: str
) -> None:
    ledger = a_ledger(personas)
    unit, department = approved(personas), approved(personas, unit="U1D1")
    before = [as_it_was(plan) for plan in (unit, department)]
    change_ledger(personas, ledger, on(3, 1), **header)
    for plan in (unit, department):
        (issue,) = open_issues(plan)
        assert (issue.kind, issue.project_id, issue.found_at) == (K.CHANGED, ledger.project_id, on(3, 1))
        assert running(plan) == [C.SUPPLEMENT[plan.level]]
        assert wrong_with(plan.pk) == []
    assert named in open_issues(unit)[0].text
    assert [as_it_was(plan) for plan in (unit, department)] == before, "nothing changes by itself"


@pytest.mark.clause("A2-3")
def test_a_change_that_the_rules_do_not_look_at_names_nothing(personas: Personas) -> None:
    ledger = a_ledger(personas)
    plan = approved(personas)
    change_ledger(personas, ledger, on(3, 1), address="河北省石家庄市裕华路 1 号")
    assert open_issues(plan) == []
    assert running(plan) == []


@pytest.mark.clause("A2-3", "5.2.1c")
def test_what_a_changed_flag_asks_for_is_added_by_a_change(personas: Personas) -> None:
    """The project became a key one: named with its gaps; repaired, approved, and the matter is settled with it."""
    ledger = a_ledger(personas)
    plan = approved(personas)
    change_ledger(personas, ledger, on(3, 1), key=True)
    (issue,) = open_issues(plan)
    assert issue.gaps
    with pytest.raises(Refused, match="仍有缺口"):
        settle_issue(issue_id=issue.pk, reason="无需", actor=personas.uw1, now=on(3, 2))
    before = plan.visits.count()
    change(personas, plan, on(3, 2))
    repair_plan(plan_id=plan.pk, actor=personas.uw1, now=on(3, 2))
    passed(personas, plan, on(3, 2))
    assert plan.visits.count() > before
    issue.refresh_from_db()
    assert (issue.settled_by, issue.settlement) == (personas.gh, "已由第 2 版计划处理")
    assert running(plan) == []
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("A2-3")
def test_one_matter_named_twice_is_one_issue_told_anew(personas: Personas) -> None:
    ledger = a_ledger(personas)
    plan = approved(personas)
    change_ledger(personas, ledger, on(3, 1), key=True)
    change_ledger(personas, ledger, on(3, 5), key=False)
    (issue,) = open_issues(plan)
    assert issue.found_at == on(3, 1), "three days from the first finding"
    assert "满足" in issue.text
    settle_issue(issue_id=issue.pk, reason="已核对", actor=personas.uw1, now=on(3, 5))
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("A2-3")
def test_the_neighbours_plans_and_next_doors_are_not_named(personas: Personas) -> None:
    ledger = a_ledger(personas)
    approved(personas)
    others = [started(personas, unit="U2"), started(personas, unit="U1D2")]
    change_ledger(personas, ledger, on(3, 1), key=True)
    assert not PlanIssue.objects.filter(plan__in=others).exists()


@pytest.mark.clause("A2-3", "5.2.4")
def test_a_plan_in_approval_meets_the_ledger_at_its_approval(personas: Personas) -> None:
    """Not yet in force, it is not named: the check at the approval sees the new project by itself."""
    a_ledger(personas)
    plan = submitted(personas)
    later = a_ledger(personas, now=on(1, 5))
    assert open_issues(plan) == []
    with pytest.raises(Refused, match=later.project.name):
        decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=on(1, 6))
    plan.refresh_from_db()
    assert plan.status == S.IN_APPROVAL


@pytest.mark.clause("A2-3")
@pytest.mark.parametrize("state", ["draft", "in_approval", "returned"])
def test_found_while_a_change_is_under_way_it_is_settled_with_it(personas: Personas, state: str) -> None:
    """No second limit beside the one that runs; given up, the matter has its three days from when it was found."""
    ledger = a_ledger(personas)
    plan = change(personas, approved(personas), on(2, 27))
    if state != "draft":
        submit_plan(plan_id=plan.pk, actor=personas.uw1, now=on(2, 28))
    if state == "returned":
        decide_plan(plan_id=plan.pk, decision="return", remark="请核对", actor=personas.gh, now=on(2, 28))
    change_ledger(personas, ledger, on(3, 1), hvac=True)
    assert len(open_issues(plan)) == 1
    assert wrong_with(plan.pk) == []
    if state == "in_approval":
        decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=on(2, 28, 20))  # begun before
    else:
        plan = drop_change(plan_id=plan.pk, reason="不改了", actor=personas.uw1, now=on(3, 2))
        clock = Clock.objects.about(plan).running().get()
        assert (clock.code, clock.received_at) == (C.SUPPLEMENT["unit"], on(3, 1))
    assert bool(open_issues(plan)) is (state != "in_approval")
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("6.1")
def test_a_ledger_is_not_voided_with_a_visit_and_names_the_plan_without(personas: Personas) -> None:
    kept, gone = a_ledger(personas), a_ledger(personas)
    plan = approved(personas)
    visited(personas, plan.visits.open().filter(project=kept.project).order_by("scheduled_on")[0])
    with pytest.raises(Refused, match="已有 1 次回访记录"):
        void_ledger(ledger_id=kept.pk, reason="重复登记", actor=personas.uh1, now=on(3, 1))
    before = as_it_was(plan)
    void_ledger(ledger_id=gone.pk, reason="重复登记", actor=personas.uh1, now=on(3, 1))
    (issue,) = open_issues(plan)
    assert issue.project_id == gone.project_id
    assert "台账作废:还有 6 次未实施的回访" in issue.text
    assert as_it_was(plan) == before
    assert running(plan) == [C.SUPPLEMENT["unit"]]
    assert check_plan(plan).strangers == 6
    plan = change(personas, plan, on(3, 2))
    for visit in plan.visits.open().filter(project=gone.project):
        remove(personas, plan, visit, on(3, 2))
    plan = passed(personas, plan, on(3, 2))
    assert not plan.visits.open().filter(project=gone.project).exists()
    assert running(plan) == []
    assert wrong_with(plan.pk) == []


# --- a project changes hands


def transfer(p: Personas, ledger: Ledger, to: str, now: datetime) -> None:
    transfer_project(project_id=ledger.project_id, department=p.unit(to), reason="调整", actor=p.gh, now=now)


@pytest.mark.clause("A2-3", "5.2.2")
def test_within_the_unit_the_units_visits_go_on(personas: Personas) -> None:
    moved, stays = a_ledger(personas), a_ledger(personas)
    unit, department = approved(personas), approved(personas, unit="U1D1")
    done = visited(personas, department.visits.open().filter(project=moved.project).order_by("scheduled_on")[0])
    before = as_it_was(unit)
    transfer(personas, moved, "U1D2", on(2, 1))
    assert as_it_was(unit) == before
    assert open_issues(unit) == [], "the unit's plan has it as before"
    (issue,) = open_issues(department)
    assert (issue.kind, issue.project_id) == (K.MOVED, moved.project_id)
    states = department.visits.filter(project=moved.project).order_by().values_list("status", flat=True)
    assert set(states) == {V.OK, V.CANCELLED}
    done.refresh_from_db()
    assert done.status == V.OK, "what was carried out stays"
    assert department.visits.open().filter(project=stays.project).count() == 12
    assert wrong_with(unit.pk) + wrong_with(department.pk) == []
    settle_issue(issue_id=issue.pk, reason="已转出", actor=personas.pw11, now=on(2, 2))
    assert running(department) == []


@pytest.mark.clause("A2-3", "5.2.1", "5.2.2")
def test_to_another_unit_both_leave_it_and_both_receive_it(personas: Personas) -> None:
    moved = a_ledger(personas)
    a_ledger(personas)
    theirs = a_ledger(personas)
    transfer(personas, theirs, "U2D1", on(1, 3))
    leaving = [approved(personas), approved(personas, unit="U1D1")]
    receiving = [approved(personas, unit="U2"), approved(personas, unit="U2D1")]
    transfer(personas, moved, "U2D1", on(2, 1))
    for plan in leaving:
        assert not plan.visits.open().filter(project=moved.project).exists()
        assert "已转移到" in open_issues(plan)[0].text
    for plan in receiving:
        (issue,) = open_issues(plan)
        assert (issue.kind, issue.project_id) == (K.MOVED, moved.project_id)
        assert issue.gaps
        assert running(plan) == [C.SUPPLEMENT[plan.level]]
    for plan in (*leaving, *receiving):
        assert wrong_with(plan.pk) == []


@pytest.mark.clause("A2-3", "5.2.4")
@pytest.mark.parametrize("state", ["draft", "in_approval", "change"])
def test_what_was_only_planned_is_taken_out_and_the_approver_reads_anew(personas: Personas, state: str) -> None:
    moved = a_ledger(personas)
    a_ledger(personas)
    if state == "change":
        plan = change(personas, approved(personas))
        shift(personas, plan, plan.visits.open().filter(project=moved.project).order_by("planned_on")[0], 3)
        submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    else:
        plan = drafted(personas) if state == "draft" else submitted(personas)
    plan.refresh_from_db()
    seen = plan.revision
    transfer(personas, moved, "U2D1", on(2, 1))
    plan.refresh_from_db()
    assert not plan.visits.filter(project=moved.project, status=V.PLANNED).exists()
    assert plan.working is not None
    assert (plan.working.projects, plan.working.lines) == (1, 6)
    if state != "draft":
        with pytest.raises(Conflict, match="打开页面之后"):
            decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=on(2, 1), revision=seen)
        decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=on(2, 1), revision=plan.revision)
        assert open_issues(plan) == []
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("A2-3", "5.2.1")
def test_a_closed_year_gives_up_its_open_visits_without_a_new_duty(personas: Personas) -> None:
    ledger = a_ledger(personas)
    plan = approved(personas)
    turn_the_year(now=on(1, 1, 0, 2027))
    transfer(personas, ledger, "U2D1", on(2, 1, year=2027))
    assert not plan.visits.open().exists()
    assert open_issues(plan) == []
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("A2-3")
def test_sent_away_and_back_its_days_are_free_again(personas: Personas) -> None:
    ledger = a_ledger(personas)
    plan = approved(personas)
    transfer(personas, ledger, "U2D1", on(1, 10))
    transfer(personas, ledger, "U1D1", on(1, 12))
    plan = change(personas, plan, on(1, 12))
    repair_plan(plan_id=plan.pk, actor=personas.uw1, now=on(1, 12))
    old = plan.visits.filter(status=V.CANCELLED).order_by("planned_on")[0]
    new = plan.visits.filter(status=V.PLANNED, method=old.method).order_by("planned_on")[0]
    remove(personas, plan, new, on(1, 12))
    line = LineData(ledger.project_id, old.planned_on, old.method, personas.uw1.pk)
    add_line(plan_id=plan.pk, line=line, actor=personas.uw1, now=on(1, 12))
    plan = passed(personas, plan, on(1, 12))
    assert plan.visits.open().count() == 6
    assert open_issues(plan) == []
    assert wrong_with(plan.pk) == []


# --- settings

# A rain that no visit of the plan falls into.
RAIN = {"石家庄": {"rain_start": "09-05", "rain_end": "09-20"}}


@pytest.mark.clause("A3-C02", "rules-1")
def test_changed_settings_name_what_lacks_something_once_and_change_nothing(personas: Personas) -> None:
    """The rainy season moved to September, for all projects; the department's plan lacks nothing."""
    a_ledger(personas, key=True)
    unit, department = approved(personas), approved(personas, unit="U1D1")
    policy = FrequencyPolicy.in_force()
    change_settings(personas, on(3, 1), rows=RAIN, rain_for_all=True)
    before = [as_it_was(plan) for plan in (unit, department)]
    assert find_affected_by_settings(now=on(3, 1, 10)) == 2
    (issue,) = open_issues(unit)
    assert (issue.kind, issue.project) == (K.POLICY, None)
    assert f"v{policy.number + 1} 生效,计划按 v{policy.number} 批准" in issue.text
    assert issue.gaps
    assert running(unit) == [C.SUPPLEMENT["unit"]]
    assert open_issues(department) == []
    assert [as_it_was(plan) for plan in (unit, department)] == before
    assert find_affected_by_settings(now=on(3, 1, 11)) == 0, "each plan is looked at once"
    assert find_affected_by_settings(now=on(3, 9)) == 0
    for plan in (unit, department):
        plan.refresh_from_db()
        assert plan.effective is not None
        assert plan.effective.policy == policy, "the plan keeps the settings it was checked with"
        assert wrong_with(plan.pk) == []


@pytest.mark.clause("A3-C02")
def test_a_second_change_is_looked_at_again_and_told_in_the_same_issue(personas: Personas) -> None:
    a_ledger(personas, key=True)
    plan = approved(personas)
    change_settings(personas, on(3, 1), rows=RAIN, rain_for_all=True)
    find_affected_by_settings(now=on(3, 1))
    change_settings(personas, on(3, 5), rows={"石家庄": {"rain_start": "12-05", "rain_end": "12-20"}})
    assert find_affected_by_settings(now=on(3, 5)) == 1
    (issue,) = open_issues(plan)
    assert "频次设置 v3 生效" in issue.text
    assert issue.found_at == on(3, 1)
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("A3-C02")
def test_killed_half_way_the_rest_is_done_by_the_next_run(personas: Personas, monkeypatch: pytest.MonkeyPatch) -> None:
    a_ledger(personas, key=True)
    plans = [approved(personas), approved(personas, unit="U1D1")]
    change_settings(personas, on(3, 1), rows=RAIN, rain_for_all=True)
    real, looked = issues.check_plan, []

    def killed(plan: RevisitPlan, **rest: Any) -> Any:
        if looked:
            raise KeyboardInterrupt
        looked.append(plan.pk)
        return real(plan, **rest)

    with monkeypatch.context() as patched:
        patched.setattr(issues, "check_plan", killed)
        with pytest.raises(KeyboardInterrupt):
            find_affected_by_settings(now=on(3, 1))
    assert find_affected_by_settings(now=on(3, 2)) == 1, "only what was left"
    assert [len(open_issues(plan)) for plan in plans] == [1, 0]
    assert Transition.objects.filter(step="affect_unit").count() == 1
    assert find_affected_by_settings(now=on(3, 3)) == 0


@pytest.mark.clause("A3-C02")
def test_plans_of_last_year_and_drafts_are_not_looked_at(personas: Personas) -> None:
    a_ledger(personas)
    approved(personas)
    drafted(personas, unit="U1D1")
    turn_the_year(now=on(1, 1, 0, 2027))
    change_settings(personas, on(3, 1, year=2027), min_window_days=9)
    assert find_affected_by_settings(now=on(3, 1, year=2027)) == 0


@pytest.mark.clause("A3-C02", "5.2.4")
def test_an_approval_by_older_settings_leaves_their_matter_open(personas: Personas) -> None:
    """Submitted by v1, approved after v2 came: the plan keeps v1, and what v2 lacks stays named, from its first day."""
    a_ledger(personas, key=True)
    plan = change(personas, approved(personas), on(2, 28))
    submit_plan(plan_id=plan.pk, actor=personas.uw1, now=on(2, 28))
    change_settings(personas, on(3, 1), rows=RAIN, rain_for_all=True)
    find_affected_by_settings(now=on(3, 1))
    plan = decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=on(3, 2))
    assert plan.effective is not None
    assert plan.effective.policy.number == 1
    (issue,) = open_issues(plan)
    assert issue.kind == K.POLICY
    assert Clock.objects.about(plan).running().get().received_at == on(3, 1)
    assert find_affected_by_settings(now=on(3, 2)) == 1, "the new version by the new settings"
    assert open_issues(plan) == [issue]
    plan = change(personas, plan, on(3, 3))
    repair_plan(plan_id=plan.pk, actor=personas.uw1, now=on(3, 3))
    plan = passed(personas, plan, on(3, 3))
    assert plan.effective is not None
    assert plan.effective.policy.number == 2
    assert open_issues(plan) == []
    assert find_affected_by_settings(now=on(3, 4)) == 0
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("A3-C02")
def test_a_draft_follows_the_settings_until_it_is_submitted(personas: Personas) -> None:
    """Each save is checked by what is in force; from the submission the version keeps its own."""
    a_ledger(personas, key=True)
    plan = drafted(personas)
    change_settings(personas, OPENED, rows=RAIN, rain_for_all=True)
    submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    plan.refresh_from_db()
    assert plan.working is not None
    assert plan.working.policy.number == plan.working.report["policy"] == 2
    with pytest.raises(Refused, match="缺口"):
        decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=OPENED)
    change_settings(personas, OPENED, min_window_days=9)
    plan.refresh_from_db()
    assert plan.working is not None
    assert plan.working.policy.number == 2


# --- waivers


@pytest.mark.clause("5.2.4")
@pytest.mark.parametrize("grant", [True, False])
def test_a_waiver_whose_window_moved_no_longer_counts(personas: Personas, grant: bool) -> None:
    """Granted for the half-year as it was; the warranty then begins later, and the gap of the new window stands."""
    ledger = a_ledger(personas)
    plan = drafted(personas)
    gone = plan.visits.filter(method="onsite").order_by("planned_on")[0]
    remove(personas, plan, gone)
    waiver = ask_waiver(
        plan_id=plan.pk, project_id=ledger.project_id, rule="H1", reason="业主停业", actor=personas.uw1, now=OPENED
    )
    decide_waiver(waiver_id=waiver.pk, grant=grant, remark="意见", actor=personas.gh, now=OPENED)
    assert bool(check_plan(plan).blocking) is not grant
    submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    change_ledger(personas, ledger, on(1, 6), warranty_start=date(2026, 2, 1))
    (gap,) = check_plan(plan).blocking
    assert (gap.gap.requirement.code, gap.gap.requirement.start, gap.waiver) == ("H1", date(2026, 2, 1), "")
    with pytest.raises(Refused, match="H1"):
        decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=on(1, 7))
    again = ask_waiver(
        plan_id=plan.pk, project_id=ledger.project_id, rule="H1", reason="仍停业", actor=personas.uw1, now=on(1, 7)
    )
    decide_waiver(waiver_id=again.pk, grant=True, remark="", actor=personas.gh, now=on(1, 7))
    assert decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=on(1, 7)).status == S.APPROVED
    assert Waiver.objects.filter(plan=plan, status=Waiver.Status.GRANTED).count() == 1 + grant


# --- a winter across New Year


def winter_lacks(plan: RevisitPlan) -> bool:
    """The winter 2026/27."""
    asked = [gap.gap.requirement for gap in check_plan(plan).gaps]
    return any(each.clause == "5.2.1e" and each.end.year == 2027 for each in asked)


@pytest.mark.clause("5.2.1e", "rules-1")
def test_a_winter_of_next_year_is_served_by_a_line_of_december(personas: Personas) -> None:
    """Winter 2026/27 belongs to 2027; the December line of the 2026 plan serves it while it governs."""
    ledger = a_ledger(personas, hvac=True, start=START, end=END)
    one = drafted(personas)
    line = LineData(ledger.project_id, date(2026, 12, 15), "onsite", personas.uw1.pk)
    added = add_line(plan_id=one.pk, line=line, actor=personas.uw1, now=OPENED)
    for other in one.visits.filter(planned_on__gte=date(2026, 11, 15)).exclude(pk=added.pk):
        shift(personas, one, other, 0, on=date(2026, 10, 20))
    two = started(personas, year=2027, now=on(12, 20))
    assert winter_lacks(two), "a line that is only planned promises nothing"
    one = passed(personas, one)
    assert not winter_lacks(two)
    one = change(personas, one, on(12, 21))
    remove(personas, one, added, on(12, 21))
    assert not winter_lacks(two), "it governs until the change is approved"
    passed(personas, one, on(12, 21))
    assert winter_lacks(two)


@pytest.mark.clause("5.2.1e", "rules-1")
def test_a_winter_of_this_year_is_served_by_a_line_of_january(personas: Personas) -> None:
    """Winter 2026/27 belongs to 2026 where the warranty ends in January: a visit of the 2027 plan serves it too."""
    ledger = a_ledger(personas, hvac=True, start=date(2026, 1, 1), end=date(2027, 1, 31))
    one = drafted(personas)
    for other in one.visits.filter(planned_on__gte=date(2026, 11, 15)):
        shift(personas, one, other, 0, on=date(2026, 10, 20 + other.pk % 5))
    assert winter_lacks(one)
    two = drafted(personas, year=2027, now=on(12, 20))
    assert two.visits.filter(planned_on__lte=date(2027, 1, 31), project=ledger.project_id).exists()
    assert winter_lacks(one)
    passed(personas, two, on(12, 20))
    assert not winter_lacks(one)


# --- what a change drops, replaces and restores


@pytest.mark.clause("5.2.4", "5.3.1")
def test_visited_while_a_change_that_drops_it_is_drafted_then_given_up(personas: Personas) -> None:
    a_ledger(personas)
    plan = change(personas, approved(personas))
    first, *_ = lines(plan)
    remove(personas, plan, first)
    assert visited(personas, first).status == V.OK
    plan = drop_change(plan_id=plan.pk, reason="不改了", actor=personas.uw1, now=on(3, 1))
    first.refresh_from_db()
    assert (first.status, first.dropped_in) == (V.OK, None)
    assert len(lines(plan)) == 6
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("5.2.4", "5.3.1")
def test_visited_while_a_change_lapses_with_the_year(personas: Personas) -> None:
    a_ledger(personas)
    plan = approved(personas)
    *_, last = lines(plan)
    change(personas, plan, on(12, 1))
    remove(personas, plan, last, on(12, 1))
    visited(personas, last, now=on(12, 20))
    turn_the_year(now=on(1, 1, 0, 2027))
    last.refresh_from_db()
    plan.refresh_from_db()
    assert (plan.status, last.status, last.dropped_in) == (S.CLOSED, V.OK, None)
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("5.2.4", "5.3.1")
def test_visited_on_its_old_day_it_is_not_asked_for_again_on_its_new_one(personas: Personas) -> None:
    a_ledger(personas)
    plan = change(personas, approved(personas))
    first, *rest = lines(plan)
    new = shift(personas, plan, first, 3)
    assert (new.replaces_id, first.pk in {line.pk for line in lines(plan)}) == (first.pk, False)
    submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    visited(personas, first)
    plan = decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=on(3, 20))
    assert {line.pk for line in lines(plan)} == {first.pk, *(line.pk for line in rest)}
    assert not Visit.objects.filter(pk=new.pk).exists()
    assert check_plan(plan).passes
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("5.2.4", "5.3.1")
def test_a_new_day_that_closes_a_gap_of_its_own_is_asked_for_all_the_same(personas: Personas) -> None:
    """The call of the first quarter was moved to the second, in place of the one taken out there; another was planned
    for the first. Visited on its old day, it is still needed on its new one."""
    ledger = a_ledger(personas)
    plan = change(personas, approved(personas))
    one, two, *_ = (line for line in lines(plan) if line.method == "phone")
    new = shift(personas, plan, one, 0, on=date(2026, 5, 12))
    remove(personas, plan, two)
    line = LineData(ledger.project_id, date(2026, 3, 10), "phone", personas.uw1.pk)
    add_line(plan_id=plan.pk, line=line, actor=personas.uw1, now=OPENED)
    submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
    visited(personas, one)
    plan = decide_plan(plan_id=plan.pk, decision="approve", actor=personas.gh, now=on(3, 1))
    new.refresh_from_db()
    assert new.status == V.DUE
    assert check_plan(plan).passes
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("5.2.4", "A3-C03")
def test_a_failed_call_whose_line_is_changed(personas: Personas) -> None:
    """The on-site visit in place of the call goes on until the change is approved; then the new line is due."""
    a_ledger(personas)
    plan = approved(personas)
    call = first_visit(plan, "phone")
    call = unreachable(personas, call, moved_to=call.scheduled_on + 5 * DAY)
    now = on(call.scheduled_on.month, call.scheduled_on.day)
    plan = change(personas, plan, now)
    new = shift(personas, plan, call, 20, now)
    assert running(call) == [C.ONSITE["unit"]]
    plan = passed(personas, plan, now)
    call.refresh_from_db()
    new.refresh_from_db()
    assert (call.status, running(call)) == (V.CANCELLED, [])
    assert (new.status, running(new)) == (V.DUE, [C.VISIT["unit"]])
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("5.2.4")
def test_a_line_changed_twice_is_one_line(personas: Personas) -> None:
    a_ledger(personas)
    plan = change(personas, approved(personas))
    first, *_ = lines(plan)
    once = shift(personas, plan, first, 2)
    twice = shift(personas, plan, once, 2)
    assert (twice.pk, twice.planned_on, twice.replaces_id) == (once.pk, first.planned_on + 4 * DAY, first.pk)
    assert len(lines(plan)) == 6
    plan = change(personas, passed(personas, plan), on(1, 10))
    third = shift(personas, plan, Visit.objects.get(pk=twice.pk), 2, on(1, 10))
    assert third.replaces_id == twice.pk
    plan = passed(personas, plan, on(1, 10))
    assert [line.pk for line in lines(plan)].count(third.pk) == 1
    assert Visit.objects.filter(plan=plan, status=V.CANCELLED).count() == 2
    assert plan.visits.open().count() == 6
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("5.2.4")
def test_taking_a_replacing_line_out_gives_the_replaced_one_its_place_again(personas: Personas) -> None:
    a_ledger(personas)
    plan = change(personas, approved(personas))
    first, *_ = lines(plan)
    new = shift(personas, plan, first, 2)
    remove(personas, plan, new)
    first.refresh_from_db()
    assert first.dropped_in is None
    assert first.pk in {line.pk for line in lines(plan)}
    plan = passed(personas, plan)
    first.refresh_from_db()
    assert (first.status, running(first)) == (V.DUE, [C.VISIT["unit"]])
    assert wrong_with(plan.pk) == []


@pytest.mark.clause("5.2.4", "5.3.1")
def test_a_visited_line_restored_is_a_line_of_the_plan(personas: Personas) -> None:
    a_ledger(personas)
    plan = change(personas, approved(personas))
    first, *_ = lines(plan)
    new = shift(personas, plan, first, 2)
    visited(personas, first)
    remove(personas, plan, new, on(3, 10))
    first.refresh_from_db()
    assert (first.status, first.dropped_in) == (V.OK, None)
    with pytest.raises(Conflict, match="已经实施"):
        shift(personas, plan, first, 2, on(3, 10))
    assert wrong_with(passed(personas, plan, on(3, 10)).pk) == []


@pytest.mark.clause("5.2.3")
def test_a_repeated_visit_is_named_before_it_is_submitted(personas: Personas) -> None:
    """A line moved away, another put on its day, the first one taken back: the same visit twice."""
    ledger = a_ledger(personas)
    plan = change(personas, approved(personas))
    first, *_ = lines(plan)
    new = shift(personas, plan, first, 2)
    line = LineData(ledger.project_id, first.planned_on, first.method, personas.uw1.pk)
    add_line(plan_id=plan.pk, line=line, actor=personas.uw1, now=OPENED)
    remove(personas, plan, new)
    with pytest.raises(Refused, match="重复的回访安排"):
        submit_plan(plan_id=plan.pk, actor=personas.uw1, now=OPENED)
