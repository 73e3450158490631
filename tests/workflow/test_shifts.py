"""Open clocks when a limit or the calendar changes: shown before, moved only by decision, past facts never."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.personas import Personas
from tests.workflow.helpers import at, edited, make_clock, make_clocks, make_rule, stages, told
from workflow.errors import Conflict
from workflow.models import Clock, ClockRule, ClockShift, Notice
from workflow.models.subjects import AppendOnlyError
from workflow.selectors.shifts import ShiftPreview, shift_preview
from workflow.selectors.timeline import timeline
from workflow.services.calendar import (
    calendar_in_force,
    calendar_version,
    calendar_with,
    remove_calendar_day,
    set_calendar_day,
)
from workflow.services.clock_rules import draft_clock_rule, edit_clock_rule
from workflow.services.clocks import open_clocks, renew_clocks
from workflow.services.shifts import TOLD, plan_calendar_shift, plan_rule_shift
from workflow.services.sweep import sweep_clocks

pytestmark = [pytest.mark.django_db, pytest.mark.clause("G")]

NOW = at("2026-03-10 10:00")  # a Tuesday
RECEIVED = at("2026-03-09 09:00")  # two days: due 2026-03-12 00:00
DUE = at("2026-03-12 00:00")
DAY = timedelta(days=1)


def edit(personas: Personas, rule: ClockRule, *, move_open: bool = False, **values: Any) -> ClockRule:
    return edit_clock_rule(**edited(rule, **values), actor=personas.fresh("gh"), now=NOW, move_open=move_open)


def previewed(personas: Personas, rule: ClockRule, **values: Any) -> ShiftPreview:
    new = draft_clock_rule(**edited(rule, **values), actor=personas.fresh("gh"), now=NOW)
    return shift_preview(plan_rule_shift(new, calendar_in_force(), now=NOW), now=NOW)


def one(personas: Personas, rule: ClockRule, received_at: datetime = RECEIVED, **values: Any) -> Clock:
    """A clock of the rule about a subject of its own."""
    clock = make_clock(personas, received_at=received_at, rule=rule, subject=personas.gw, **values)
    Clock.objects.filter(pk=clock.pk).update(object_id=2_000_000 + clock.pk)
    return clock


def now_of(clock: Clock) -> tuple[Any, ...]:
    clock.refresh_from_db()
    return clock.due_at, clock.rule.version, clock.next_kind, clock.next_at


# --- the preview


def test_the_preview_counts_and_lists_what_would_move_soonest_first(personas: Personas) -> None:
    rule = make_rule()
    later = one(personas, rule, NOW)
    sooner = one(personas, rule)
    one(personas, make_rule(), NOW)  # another matter
    stopped = one(personas, rule)
    Clock.objects.filter(pk=stopped.pk).update(stopped_at=NOW)
    found = previewed(personas, rule)
    assert (found.open, found.moving_total, found.late_total, found.same) == (2, 2, 0, 0)
    assert [(row.title, row.unit, row.received_at, row.due_at, row.new_due_at, row.note) for row in found.moving] == [
        (sooner.title, "第1建筑公司第1项目经理部", RECEIVED, DUE, DUE + DAY, ""),
        (later.title, "第1建筑公司第1项目经理部", NOW, DUE + DAY, DUE + 2 * DAY, ""),
    ]
    assert found.staying == []
    assert not ClockShift.objects.exists()


def test_what_would_be_overdue_at_once_is_marked(personas: Personas) -> None:
    rule = make_rule()
    one(personas, rule)  # with one day due 03-11 00:00, not yet
    one(personas, rule, RECEIVED - DAY)  # due 03-11 00:00; with one day 03-10 00:00: past
    found = previewed(personas, rule, days=1)
    assert [(row.new_due_at, row.note) for row in found.moving] == [
        (at("2026-03-10 00:00"), "立即逾期"),
        (at("2026-03-11 00:00"), ""),
    ]
    assert found.late_total == 1


@pytest.mark.clause("G3")
@pytest.mark.parametrize(("second", "stays"), [(0, True), (1, False)])
def test_what_is_overdue_stays_listed_as_a_fact(personas: Personas, second: int, stays: bool) -> None:
    rule = make_rule(mode="hours")
    clock = one(personas, rule, NOW - 2 * DAY + timedelta(seconds=second))
    found = previewed(personas, rule, mode="hours")
    assert [(row.title, row.note) for row in found.staying] == ([(clock.title, "逾期事实不变")] if stays else [])
    assert (found.overdue_total, found.moving_total) == (int(stays), int(not stays))


def test_a_date_set_by_a_plan_stays(personas: Personas) -> None:
    rule = make_rule()
    one(personas, rule, due=at("2026-06-30 00:00"))
    by_list = make_rule(code=rule.code, version=9, current=False, days=0)
    one(personas, by_list, NOW, due=at("2026-03-11 00:00"))  # today, as none would count too
    unexplained = one(personas, rule)
    Clock.objects.filter(pk=unexplained.pk).update(due_at=at("2026-05-01 00:00"))
    found = previewed(personas, rule)
    assert (found.dated_total, found.moving_total) == (3, 0)
    assert {row.note for row in found.staying} == {"按要求日期"}
    edit(personas, rule, move_open=True)
    assert not ClockShift.objects.exists()


def test_a_moment_handed_on_from_another_clock_is_no_plans_date(personas: Personas) -> None:
    """A confirmation goes on with the ruling's two days, and a transfer with the version it was opened by."""
    rule = make_rule()
    unit = personas.unit("U1D1")
    one(personas, rule, due=DUE)
    make_clock(personas, received_at=RECEIVED, rule=rule, subject=unit)
    edit(personas, rule)
    renew_clocks(subject=unit, owner=personas.unit("U1D2"), now=NOW)
    renewed = Clock.objects.about(unit).running().get()
    assert (renewed.rule, renewed.due_at, renewed.dated) == (rule, DUE, False)
    assert previewed(personas, rule, version=2, days=4).moving_total == 2


def test_opened_in_bulk_is_counted_and_no_plans_date(personas: Personas) -> None:
    rule = make_rule()
    unit = personas.unit("U1D1")
    open_clocks(code=rule.code, subjects=[(unit, unit, "试验")], received_at=NOW, now=NOW)
    assert previewed(personas, rule).moving_total == 1


def test_fifty_rows_are_shown_of_however_many_and_no_query_a_row(personas: Personas) -> None:
    few, many = make_rule(), make_rule()
    make_clocks(personas, 2, received_at=NOW, rule=few)
    make_clocks(personas, 120, received_at=NOW, rule=many)

    def queries(rule: ClockRule) -> int:
        with CaptureQueriesContext(connection) as captured:
            previewed(personas, rule)
        return len(captured)

    assert queries(few) == queries(many)
    found = previewed(personas, many)
    assert (found.moving_total, len(found.moving)) == (120, 50)


# --- the decision


def test_only_new_matters_is_the_default(personas: Personas) -> None:
    rule = make_rule()
    clock = one(personas, rule)
    before = now_of(clock)
    edit(personas, rule)
    assert now_of(clock) == before
    assert not ClockShift.objects.exists()


def test_open_ones_move_when_it_is_decided(personas: Personas) -> None:
    rule = make_rule()
    clock = one(personas, rule)
    new = edit(personas, rule, days=5, move_open=True)
    assert now_of(clock) == (DUE + 3 * DAY, 2, "before_24h", DUE + 2 * DAY)
    [shift] = ClockShift.objects.all()
    assert (shift.clock, shift.old_due_at, shift.new_due_at, shift.old_rule, shift.new_rule) == (
        clock, DUE, DUE + 3 * DAY, rule, new,
    )  # fmt: skip
    assert (shift.reason, shift.by, shift.at) == ("集团通知〔2026〕3号", personas.gh, NOW)


@pytest.mark.parametrize("mode", ["natural", "natural_roll", "working", "hours"])
def test_moved_clocks_are_due_as_one_opened_by_the_new_rule(personas: Personas, mode: str) -> None:
    rule = make_rule()
    received = [NOW - timedelta(hours=7 * n, seconds=n) for n in range(8)]
    clocks = [one(personas, rule, moment) for moment in received]
    new = edit(personas, rule, days=4, mode=mode, move_open=True)
    for clock, moment in zip(clocks, received, strict=True):
        fresh = one(personas, new, moment)
        fresh.refresh_from_db()
        assert now_of(clock) == (fresh.due_at, 2, fresh.next_kind, fresh.next_at)
        assert ClockShift.objects.get(clock=clock).new_due_at == fresh.due_at


@pytest.mark.clause("G3")
def test_a_fact_and_what_is_due_at_the_moment_of_confirmation_stay(personas: Personas) -> None:
    rule = make_rule(mode="hours")
    due_now = one(personas, rule, NOW - 2 * DAY)
    noted = one(personas, rule, NOW - 3 * DAY)
    sweep_clocks(now=NOW - DAY)
    before = now_of(due_now), now_of(noted)
    noted_at = Clock.objects.get(pk=noted.pk).overdue_noted_at
    assert noted_at is not None
    edit(personas, rule, days=9, mode="hours", move_open=True)
    assert (now_of(due_now), now_of(noted)) == before
    assert Clock.objects.get(pk=noted.pk).overdue_noted_at == noted_at
    assert not ClockShift.objects.exists()


def test_what_would_not_move_keeps_its_version(personas: Personas) -> None:
    rule = make_rule()
    clock = one(personas, rule)
    edit(personas, rule, days=2, supervisors=["UH"], move_open=True)
    assert now_of(clock)[:2] == (DUE, 1)


def test_a_clock_of_an_older_version_is_judged_by_its_own(personas: Personas) -> None:
    rule = make_rule()
    clock = one(personas, rule)
    edit(personas, rule, days=3)
    edit(personas, rule, version=2, days=4, move_open=True)
    assert now_of(clock)[:2] == (DUE + 2 * DAY, 3)


@pytest.mark.clause("G3")
def test_the_ladder_goes_on_and_repeats_nothing(personas: Personas) -> None:
    rule = make_rule()
    clock = one(personas, rule, NOW - DAY - timedelta(hours=1))  # due 03-12 00:00
    sweep_clocks(now=DUE - DAY)
    assert stages(clock) == [("before_24h", False)]
    edit(personas, rule, days=4, move_open=True)
    assert now_of(clock) == (DUE + 2 * DAY, 2, "before_4h", DUE + 2 * DAY - timedelta(hours=4))
    for hours in range(-48, 49):
        sweep_clocks(now=DUE + 2 * DAY + timedelta(hours=hours))
    assert [kind for kind, _ in stages(clock)] == ["before_24h", "before_4h", "overdue", "after_24h", "after_48h"]
    assert told(clock, "before_24h") == told(clock, "before_4h") == ["pw11"]


@pytest.mark.clause("G3")
def test_moved_into_the_past_the_next_sweep_notes_the_fact(personas: Personas) -> None:
    rule = make_rule()
    clock = one(personas, rule, RECEIVED - DAY)
    edit(personas, rule, days=1, move_open=True)
    sweep_clocks(now=NOW)
    clock.refresh_from_db()
    assert (clock.due_at, clock.overdue_noted_at) == (at("2026-03-10 00:00"), NOW)
    assert told(clock, "overdue") == ["pm11", "pw11"]
    assert told(clock, "before_4h") == []  # it would have been untrue


def shift_notices() -> dict[tuple[str, str], str]:
    rows = Notice.objects.filter(kind="shift").select_related("recipient")
    return {(row.recipient.username, row.channel): f"{row.title}\n{row.text}" for row in rows}


@pytest.mark.clause("G3")
def test_who_has_the_duties_hears_of_the_new_moments_once(personas: Personas) -> None:
    """A person with several moved duties gets one notice; nobody hears when the open ones stay as they are."""
    rule = make_rule(days=2)
    one(personas, rule, title="甲工程")
    one(personas, rule, title="乙工程")
    elsewhere = one(personas, rule, title="丙工程")
    Clock.objects.filter(pk=elsewhere.pk).update(unit=personas.unit("U2D1"))
    edit(personas, rule, days=3)
    assert shift_notices() == {}
    rule = ClockRule.objects.get(code=rule.code, current=True)
    edit(personas, rule, version=2, days=5, move_open=True, reason="规定放宽")
    found = shift_notices()
    mine, theirs = found["pw11", "inbox"], found["pw21", "inbox"]
    assert "您有 2 项待办的截止时间已改变" in mine
    assert "规定放宽" in mine
    assert "甲工程:原 2026-03-11 24:00,现 2026-03-14 24:00" in mine
    assert "丙工程" not in mine
    assert "您有 1 项" in theirs
    assert "丙工程" in theirs
    assert {login for login, _ in found} == {"pw11", "pw21"}


def test_of_many_moved_duties_the_soonest_are_named(personas: Personas) -> None:
    rule = make_rule(days=2)
    for minute in range(TOLD + 3):
        one(personas, rule, RECEIVED + timedelta(minutes=minute), title=f"第 {minute} 号")
    edit(personas, rule, days=5, move_open=True)
    text = shift_notices()["pw11", "inbox"]
    assert text.count(":原 ") == TOLD
    assert "另有 3 项" in text


def test_a_lost_race_moves_nothing(personas: Personas) -> None:
    rule = make_rule()
    clock = one(personas, rule)
    assert previewed(personas, rule).moving_total == 1
    edit(personas, rule, days=7)  # somebody else confirms first
    with pytest.raises(Conflict, match="修改为第 2 版"):
        edit(personas, rule, move_open=True)
    assert now_of(clock)[:2] == (DUE, 1)


def test_statements_do_not_grow_with_the_clocks(personas: Personas) -> None:
    def statements(number: int, mode: str) -> int:
        rule = make_rule()
        make_clocks(personas, number, received_at=NOW, rule=rule)
        with CaptureQueriesContext(connection) as captured:
            edit(personas, rule, mode=mode, days=5, move_open=True)
        assert ClockShift.objects.filter(old_rule=rule).count() == number
        return len(captured)

    for mode in ("natural", "hours"):
        assert statements(2, mode) == statements(90, mode)


def test_a_record_of_a_move_stays(personas: Personas) -> None:
    rule = make_rule()
    one(personas, rule)
    edit(personas, rule, move_open=True)
    shift = ClockShift.objects.get()
    for attempt in (shift.save, shift.delete, ClockShift.objects.all().delete, lambda: ClockShift.objects.update(by=1)):
        with pytest.raises(AppendOnlyError):
            attempt()
    shift.pk, shift._state.adding, shift.new_due_at = None, True, shift.old_due_at
    with pytest.raises(IntegrityError), transaction.atomic():
        shift.save()


@pytest.mark.clause("G1")
def test_the_records_timeline_tells_the_move(personas: Personas) -> None:
    rule = make_rule()
    make_clock(personas, received_at=RECEIVED, rule=rule, subject=personas.gw)
    edit(personas, rule, move_open=True)
    [line] = [line for line in timeline(personas.gw) if line["kind"] == "shift"]
    assert (line["at"], line["who"], line["label"], line["remark"]) == (
        NOW, "郭恒", "截止时间调整:试验环节", "集团通知〔2026〕3号",
    )  # fmt: skip
    assert line["changes"] == [
        {"field": "截止时间", "old": "2026-03-11 24:00", "new": "2026-03-12 24:00"},
        {"field": "时限", "old": "2天(第 1 版)", "new": "3天(第 2 版)"},
    ]


# --- the calendar

WEDNESDAY = date(2026, 3, 11)  # a plain working day


def declare(personas: Personas, on: date = WEDNESDAY, *, is_workday: bool = False, **values: Any) -> Any:
    return set_calendar_day(
        on=on, is_workday=is_workday, note="集团司庆", actor=personas.fresh("gh"), now=NOW, **values
    )


def calendar_preview(on: date = WEDNESDAY, is_workday: bool | None = False) -> ShiftPreview:
    shift = plan_calendar_shift(calendar_in_force(), calendar_with(on, is_workday), now=NOW)
    return shift_preview(shift, now=NOW)


def test_a_day_off_would_move_what_counts_working_days_over_it(personas: Personas) -> None:
    working, rolling, natural = (make_rule(mode=mode) for mode in ("working", "natural_roll", "natural"))
    over = one(personas, working)  # Monday + 2: due Wednesday 24:00
    rolled = one(personas, rolling)
    one(personas, natural)
    clear = one(personas, working, at("2026-03-12 09:00"))  # begins after it
    found = calendar_preview()
    assert (found.open, found.same) == (3, 1)  # the natural days do not look at the calendar
    assert [(row.title, row.due_at, row.new_due_at) for row in found.moving] == [
        (over.title, DUE, DUE + DAY),
        (rolled.title, DUE, DUE + DAY),
    ]
    assert clear.title not in {row.title for row in found.moving}


@pytest.mark.parametrize("move", [False, True])
def test_both_decisions_for_a_day_and_for_its_removal(personas: Personas, move: bool) -> None:
    clock = one(personas, make_rule(mode="working"))
    day = declare(personas, move_open=move)
    moved = DUE + DAY if move else DUE
    assert now_of(clock) == (moved, 1, "before_24h", moved - DAY)
    assert list(ClockShift.objects.values_list("reason", "new_rule")) == (
        [("工作日历:2026-03-11 休息(集团司庆)", None)] if move else []
    )
    assert calendar_preview(is_workday=None).moving_total == int(move)
    remove_calendar_day(day_id=day.pk, actor=personas.fresh("gh"), now=NOW, move_open=True)
    assert now_of(clock)[0] == DUE
    if move:
        assert ClockShift.objects.order_by("-pk")[0].reason == "工作日历:取消 2026-03-11 的调整"


@pytest.mark.clause("G3")
def test_the_calendar_moves_no_fact_and_no_plans_date(personas: Personas) -> None:
    rule = make_rule(mode="working", days=1)
    overdue = one(personas, rule, at("2026-03-06 09:00"))  # Friday + 1: due 03-10 00:00
    planned = one(personas, rule, at("2026-03-06 09:00"), due=at("2026-04-01 00:00"))
    monday = date(2026, 3, 9)
    found = calendar_preview(monday)
    assert [(row.title, row.note) for row in found.staying] == [
        (overdue.title, "逾期事实不变"),
        (planned.title, "按要求日期"),
    ]
    assert found.moving_total == 0
    declare(personas, monday, move_open=True)
    assert now_of(overdue)[0] == at("2026-03-10 00:00")
    assert now_of(planned)[0] == at("2026-04-01 00:00")
    assert not ClockShift.objects.exists()


def test_a_change_does_not_bring_an_earlier_one_along(personas: Personas) -> None:
    """The first day was declared for new matters only; the second one does not touch the clock."""
    clock = one(personas, make_rule(mode="working"))
    declare(personas)
    declare(personas, date(2026, 3, 18), move_open=True)
    assert now_of(clock)[0] == DUE
    # A rule that is edited counts by the calendar in force, and the clock is no plan's date for having kept its own.
    assert previewed(personas, clock.rule, mode="working").dated_total == 0


def test_a_calendar_that_changed_since_the_preview_is_a_lost_race(personas: Personas) -> None:
    clock = one(personas, make_rule(mode="working"))
    seen = calendar_version()
    assert calendar_preview().moving_total == 1
    declare(personas, date(2026, 3, 12))
    with pytest.raises(Conflict, match=r"工作日历已由 郭恒 于 2026-03-10 10:00 修改"):
        declare(personas, move_open=True, seen=seen)
    assert calendar_in_force().is_workday(WEDNESDAY)
    assert now_of(clock)[0] == DUE
    day = declare(personas, move_open=True, seen=calendar_version())
    assert now_of(clock)[0] == DUE + 2 * DAY
    with pytest.raises(Conflict):
        remove_calendar_day(day_id=day.pk, actor=personas.fresh("gh"), now=NOW, seen=seen)


@pytest.mark.clause("G1")
def test_the_timeline_tells_a_move_by_the_calendar(personas: Personas) -> None:
    make_clock(personas, received_at=RECEIVED, rule=make_rule(mode="working"), subject=personas.gw)
    declare(personas, move_open=True)
    [line] = [line for line in timeline(personas.gw) if line["kind"] == "shift"]
    assert line["changes"] == [{"field": "截止时间", "old": "2026-03-11 24:00", "new": "2026-03-12 24:00"}]
    assert line["remark"] == "工作日历:2026-03-11 休息(集团司庆)"
