"""One timeline: steps, reminders, evidence, field changes, in order, with constant queries."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledgers.services.review import decide_ledger, submit_ledger
from tests.ledgers.factories import submitted
from tests.personas import Personas
from tests.workflow import files
from tests.workflow.helpers import at
from workflow.selectors.timeline import entry, history_of, timeline
from workflow.services.evidence import attach_evidence
from workflow.services.sweep import sweep_clocks

pytestmark = pytest.mark.django_db


@pytest.mark.clause("G1")
def test_it_tells_the_story_in_order(personas: Personas) -> None:
    ledger = submitted(personas, now=at("2026-03-10 10:00"))
    attach_evidence(
        subject=ledger, file=SimpleUploadedFile("书.pdf", files.PDF), kind="guarantee", caption="质量保证书",
        actor=personas.pw11, now=at("2026-03-10 10:30"),
    )  # fmt: skip
    sweep_clocks(now=at("2026-03-11 10:00"))  # 即时: overdue 24 h after receipt
    decide_ledger(
        ledger_id=ledger.pk, step="return_review", remark="缺电话", actor=personas.uw1, now=at("2026-03-11 11:00")
    )
    lines = timeline(ledger, newest_first=False)
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    told = [(line["kind"], line["who"], line["label"]) for line in lines if line["at"] >= at("2026-03-10 10:00")]
    assert ("evidence", "王保一", "上传佐证材料“书.pdf”") in told
    assert ("reminder", "系统", "提醒:台账审核已逾期") in told
    last = next(line for line in timeline(ledger) if line["kind"] == "step")
    assert (last["who"], last["label"], last["target_label"], last["remark"]) == (
        "吴维一", "退回补充", "退回补充", "缺电话",
    )  # fmt: skip
    assert (last["unit"], last["post"]) == ("第1建筑公司", "二级单位工程部·回访保修管理岗")


def queries(call: object) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()  # type: ignore[operator]
    return len(captured)


def test_queries_do_not_grow_with_the_story(personas: Personas) -> None:
    ledger = submitted(personas)
    few = queries(lambda: timeline(ledger))
    for day in range(11, 19):
        now = at(f"2026-03-{day} 10:00")
        decide_ledger(ledger_id=ledger.pk, step="return_review", remark="缺电话", actor=personas.uw1, now=now)
        submit_ledger(ledger_id=ledger.pk, actor=personas.pw11, now=now)
    assert queries(lambda: timeline(ledger)) == few <= 5
    told = history_of(ledger)
    assert queries(lambda: timeline(ledger, transitions=told, evidence=[])) == few - 2


def test_an_app_adds_lines_of_its_own(personas: Personas) -> None:
    ledger = submitted(personas)
    own = entry(at=at("2026-03-10 15:00"), who="吴维一", label="电话联系业主", kind="contact", icon="phone")
    assert own in timeline(ledger, extra=[own])


def test_field_changes_are_told_in_words(personas: Personas) -> None:
    from workflow.models import CalendarDay
    from workflow.services.calendar import set_calendar_day

    gh = personas.fresh("gh")
    values = {"on": at("2026-03-11 00:00").date(), "actor": gh}
    set_calendar_day(**values, is_workday=False, note="司庆", now=at("2026-03-01 10:00"))
    set_calendar_day(**values, is_workday=True, note="取消", now=at("2026-03-02 10:00"))
    [line] = timeline(CalendarDay.objects.get())
    assert (line["who"], line["kind"], line["at"]) == ("郭恒", "change", at("2026-03-02 10:00"))
    assert line["changes"] == [
        {"field": "工作日", "old": "否", "new": "是"},
        {"field": "说明", "old": "司庆", "new": "取消"},
    ]
