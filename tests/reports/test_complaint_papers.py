"""What each letter and form of a complaint says: the content is there, in the standard's order, as it was recorded."""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from complaints.models import Complaint, Filing, Order, Plan
from complaints.services.planning import change_plan, drop_change
from complaints.services.registration import edit_registration
from complaints.services.ruling import dispatch_reply, propose_ruling, write_reply
from complaints.services.supervising import hand_over
from reports.documents.base import Footer
from reports.documents.complaint_evaluation import BlankEvaluationPdf, EvaluationPdf
from reports.documents.complaint_filing import FilingPdf, TrackingPdf
from reports.documents.complaint_order import OrderPdf, UrgePdf
from reports.documents.complaint_pdf import ComplaintPdf
from reports.documents.complaint_plan import PlanPdf
from reports.documents.complaint_receipt import ReceiptPdf
from reports.documents.complaint_reply import ReplyPdf, numbered, ordinal
from reports.documents.complaint_ruling import RulingPdf
from reports.selectors import complaints, filings, rectification
from tests.complaints.factories import (
    NOW,
    awaiting_ruling,
    decide,
    entry,
    evaluate,
    finish_all,
    give_evidence,
    handling,
    merged,
    picture,
    registered,
    ruled,
    submitted_plan,
    with_reply,
)
from tests.personas import Personas
from tests.reports.complaint_papers import DEMANDS, MEASURES, NODES, day, severe_case

pytestmark = pytest.mark.django_db
FOOTER = Footer("客户回访及投诉管理标准", "ZTJS-GC-02-2018(A)")
TODAY = date(2026, 3, 12)


def document(kind: type[ComplaintPdf[Any]], record: Any) -> ComplaintPdf[Any]:
    return kind(record, FOOTER, printed="吴维一 2026-03-12 10:00")


def pages_of(kind: type[ComplaintPdf[Any]], record: Any) -> list[str]:
    """The pages without the white space that line breaks and layout put into them."""
    target = BytesIO()
    document(kind, record).render(target)
    return ["".join(page.extract_text().split()) for page in PdfReader(target).pages]


def text_of(kind: type[ComplaintPdf[Any]], record: Any) -> str:
    return "".join(pages_of(kind, record))


def in_order(text: str, *parts: str) -> None:
    at = 0
    for part in ("".join(part.split()) for part in parts):
        found = text.find(part, at)
        assert found >= 0, (part, text[at:])
        at = found + len(part)


@pytest.fixture
def case(personas: Personas) -> Any:
    return severe_case(personas)


@pytest.mark.clause("5.4.1", "B3-C01", "B3-C02", "2.1")
def test_the_receipt_holds_every_demand_and_how_it_was_confirmed(personas: Personas) -> None:
    complaint = registered(personas, demands=DEMANDS)
    before = text_of(ReceiptPdf, complaints.receipt_of(personas.uw1, complaint.pk, TODAY))
    in_order(
        before, "第1建筑公司", "投诉受理回执(二次确认单)", complaint.number, "第 1 版", "2026-03-10 10:00",
        "电话 / 二级单位", "周业主", "13900001234", complaint.project_name, complaint.event, *DEMANDS,
        "尚未联系投诉人", "回访保修管理岗", "吴维一", "受理人(签字、盖章)", "投诉人确认(签字)",
    )  # fmt: skip
    assert before.count("☐待确认") == len(DEMANDS)
    assert "客户回访及投诉管理标准ZTJS-GC-02-2018(A)第1页" in before
    half = complaints.receipt_of(personas.uw1, complaint.pk, TODAY)
    half.demands[0].confirmed_at = day(1)
    half.demands[1].withdrawn_reason = "业主撤回"
    after = text_of(ReceiptPdf, half)
    assert after.count("☐待确认") == len(DEMANDS) - 2
    in_order(after, "☑已确认2026-03-11 10:00", "不再主张:业主撤回", "☐待确认")


@pytest.mark.clause("B3-C01")
def test_the_receipt_of_a_complaint_to_the_group_is_the_groups(case: Any, personas: Personas) -> None:
    text = text_of(ReceiptPdf, complaints.receipt_of(personas.gw, case.complaint.pk, TODAY))
    in_order(
        text,
        "中天建设集团公司",
        "函件 / 集团公司",
        "☑已确认2026-03-10 16:00",
        "未联系上",
        "高文",
        "已联系上",
        "集团工程部",
        "高文",
    )
    assert "☐" not in text


@pytest.mark.clause("5.4.1")
def test_a_corrected_entry_is_another_version_of_the_receipt(personas: Personas) -> None:
    complaint = registered(personas)
    edit_registration(
        complaint_id=complaint.pk,
        values={name: value for name, value in entry().items() if name != "level"} | {"event": "更正后的事件"},
        demands=[demand.text for demand in complaint.demands.all()],
        revision=complaint.revision,
        actor=personas.uw1,
        now=day(0, 11),
    )
    text = text_of(ReceiptPdf, complaints.receipt_of(personas.uw1, complaint.pk, TODAY))
    in_order(text, "第 2 版", "更正后的事件")


@pytest.mark.clause("5.4.2", "G1")
def test_the_ruling_shows_facts_checklist_grounds_evidence_and_both_posts(case: Any, personas: Personas) -> None:
    record = complaints.ruling_of(personas.uw1, case.complaint.pk)
    text = text_of(RulingPdf, record)
    in_order(
        text, "责任判定单", f"{case.complaint.number}-PD02", "第 2 次判定", *DEMANDS, "影响 3 户及以上", "☑是",
        "投诉至集团领导", "☐是", "☐非我方责任", "☑我方责任·问题严重", "☐我方责任·问题不严重", "现场查勘", "后浇带",
        "现场查勘记录.png", "会同监理、物业查勘", "2026-03-11 09:00(集团转办)", "按时", "按时", "历次判定", "已退回",
        "请补充后浇带", "提出", "回访保修管理岗", "吴维一", "2026-03-13 09:00", "确认", "负责人", "胡恒一",
        "2026-03-13 12:00", "同意判定",
    )  # fmt: skip
    assert document(RulingPdf, record).mark == ""


@pytest.mark.clause("5.4.2", "G3")
def test_a_late_ruling_says_so_and_a_proposed_one_is_not_in_force(personas: Personas) -> None:
    complaint = awaiting_ruling(personas)
    give_evidence(personas, complaint, "grounds")
    propose_ruling(
        complaint_id=complaint.pk, verdict="not_ours", grounds="业主自行改造", severity=[], handle_by=None,
        actor=personas.uw1, now=day(3),
    )  # fmt: skip
    text = text_of(RulingPdf, complaints.ruling_of(personas.uw1, complaint.pk))
    in_order(text, "截止2026-03-12 24:00,2026-03-13 10:00办结,逾期", "截止2026-03-12 24:00,已逾期")
    assert "待确认·未生效" in text


@pytest.mark.clause("5.4.2a")
def test_the_reply_is_an_official_letter(personas: Personas) -> None:
    complaint = ruled(personas, "not_ours")
    with_reply(personas, complaint)
    draft = text_of(ReplyPdf, complaints.reply_of(personas.uw1, complaint.pk))
    assert "草稿·未发出" in draft
    dispatch_reply(
        complaint_id=complaint.pk, method="courier", tracking="SF1234567890", sent_at=NOW, files=[picture()],
        actor=personas.uw1, now=NOW,
    )  # fmt: skip
    (page,) = pages_of(ReplyPdf, complaints.reply_of(personas.uw1, complaint.pk))
    in_order(
        page, "第1建筑公司", "文号", "HF-U1-2026-0001", "关于地下室渗水投诉的答复", "致", "周业主",
        "2026年3月10日以电话方式", complaint.project_name, complaint.number, complaint.event,
        "一、渗漏部位为业主自行开洞处", "二、该部位不在我方施工范围", "非我方责任", "由业主自行处理", "证据清单",
        "1.现场照片4张", "2.竣工图", "此致", "敬礼", "第1建筑公司", "盖章", "签发人", "吴维一", "2026年3月10日",
        "快递", "SF1234567890", "2026-03-10 10:00",
    )  # fmt: skip
    assert "草稿" not in page


@pytest.mark.clause("5.4.2a")
def test_reasons_that_the_writer_numbered_are_not_numbered_twice(personas: Personas) -> None:
    assert [ordinal(at) for at in (1, 9, 10, 11, 20, 35, 99, 100)] == "一 九 十 十一 二十 三十五 九十九 100".split()
    assert numbered(["1802 户自行开洞", "1.5 米处"], str) == ["11802 户自行开洞", "21.5 米处"]
    for own in ("1. 甲", "1、甲", "一、甲", "(1)甲", "十一、甲"):
        assert numbered([own, "乙"], str) == [own, "乙"]
    complaint = ruled(personas, "not_ours")
    write_reply(
        complaint_id=complaint.pk, addressee="周业主", subject="答复", reasons="一、甲\n\n二、乙", proof="竣工图",
        signatory="吴维一", actor=personas.uw1, now=NOW,
    )  # fmt: skip
    text = text_of(ReplyPdf, complaints.reply_of(personas.uw1, complaint.pk))
    in_order(text, "一、甲", "二、乙", "证据清单", "1.竣工图", "此致")
    assert "一、一、" not in text


@pytest.mark.clause("5.5.1", "5.5.2", "5.5.3", "B3-C03", "B3-C04")
def test_the_plan_answers_every_demand_and_is_signed_by_each_post(case: Any, personas: Personas) -> None:
    record = rectification.plan_record_of(personas.uh1, case.plan.pk, "1")
    text = text_of(PlanPdf, record)
    for demand, measure in zip(DEMANDS, MEASURES, strict=True):
        in_order(text, demand, measure)
    in_order(
        text, "一、投诉概况", "二、原因分析", "三、诉求比对表", "四、部门意见采纳表", "杜栋一", "是", "示踪试验",
        "五、整改时间节点", *(name for name, *_ in NODES), "六、资源配置", "挖掘机 1 台", "日均 160",
        "七、整改效果要求", "八、与业主的沟通机制", "每周一次", "编制与审批(本版曾退回1次)", "彭程一",
        "2026-03-14 17:00", "马明一", "胡恒一", "梁立一", "2026-03-15 09:00",
    )  # fmt: skip
    assert text.count("已响应") == len(DEMANDS)
    assert "未响应" not in text
    assert "变更说明" not in text


@pytest.mark.clause("5.5.4", "2.1")
def test_each_version_of_the_plan_says_what_it_is_and_what_it_changed(case: Any, personas: Personas) -> None:
    old = pages_of(PlanPdf, rectification.plan_record_of(personas.uh1, case.plan.pk, "1"))
    assert all("第1版·已被替代" in page for page in old)
    new = text_of(PlanPdf, rectification.plan_record_of(personas.uh1, case.plan.pk, None))
    in_order(
        new, "第 2 版", "九、变更说明", "连续降雨", "变更对照", "节点 2 起止", "2026-03-22 至 2026-03-30",
        "2026-03-22 至 2026-04-03", "节点 3 起止", "编制与审批", "梁立一",
    )  # fmt: skip
    assert "节点1" not in new
    assert "替代" not in new


@pytest.mark.clause("5.5.1", "5.5.4")
def test_a_plan_under_way_is_a_draft_with_its_missing_signatures_and_a_dropped_change_never_was(
    personas: Personas,
) -> None:
    plan = submitted_plan(personas)
    record = rectification.plan_record_of(personas.pe11, plan.pk, None)
    assert all("草稿·未生效" in page for page in pages_of(PlanPdf, record))
    assert [bool(at) for *_, at, _ in record.signed] == [True, False, False, False]
    decide(personas, plan, "check", "review", "approve")
    change_plan(plan_id=plan.pk, reason="雨天", actor=personas.pe11, now=day(1))
    under_way = rectification.plan_record_of(personas.pe11, plan.pk, "2")
    assert document(PlanPdf, under_way).mark == "草稿 · 未生效"
    assert "内容无差异" in text_of(PlanPdf, under_way)
    drop_change(plan_id=plan.pk, reason="天晴", actor=personas.pe11, now=day(2))
    assert document(PlanPdf, rectification.plan_record_of(personas.pe11, plan.pk, "2")).mark == "变更已撤回 · 未生效"
    assert document(PlanPdf, rectification.plan_record_of(personas.pe11, plan.pk, None)).mark == ""
    assert Plan.objects.get(pk=plan.pk).status == Plan.Status.APPROVED


@pytest.mark.clause("5.4.3", "B2-11", "B2-14")
def test_the_filing_tells_the_whole_story(case: Any, personas: Personas) -> None:
    text = text_of(FilingPdf, filings.filing_of(personas.gw, case.filing.pk))
    in_order(
        text, "中天建设集团公司", "投诉备案表", "BA-G-2026-0001", "已结案", "第1建筑公司", "13812345678", *DEMANDS,
        "我方责任·问题严重", "第 2 版,2026-03-18 15:00 批准", "2026-03-16 至 2026-04-09",
        "2026-03-13 15:00 办结,按时", "列入集团重点跟踪", "过程监督", "分管领导", "梁立一", "总经理", "葛功一",
        "结果监督", "第 1 轮", "不满意", "继续整改", "第 2 轮", "满意", "合格", "同意备案结案", "高文",
        "2026-03-13 15:00", "高文", "2026-04-20 12:00",
    )  # fmt: skip


@pytest.mark.clause("5.6.2", "5.6.3")
def test_the_tracking_sheet_repeats_its_head_and_shows_sent_and_received(case: Any, personas: Personas) -> None:
    pages = pages_of(TrackingPdf, filings.tracking_of(personas.gw, case.filing.pk))
    assert len(pages) > 1
    for page in pages:
        in_order(page, "类别/填报", "时间节点情况", "资源到位情况", "整改进展情况")
    in_order(
        "".join(pages), "投诉处理跟踪表", "至第 8 次跟踪", "方案第 2 版", "2026-03-31 至 2026-04-09",
        "2026-04-09 完成", "单位跟踪上报", "吴维一", "20%", "高文2026-03-17 17:00", "集团跟踪", "高文",
    )  # fmt: skip


@pytest.mark.clause("3.2.1")
def test_the_order_charges_somebody_by_a_date(case: Any, personas: Personas) -> None:
    done = text_of(OrderPdf, filings.order_of(personas.ul1, case.order.pk, TODAY))
    in_order(
        done, "交办单", "JB-U1-2026-0001", "杜栋一", "2026-03-19", "截止2026-03-19 24:00,2026-03-18 10:00 办结,按时",
        "增派防水班组", "13812345678", "已增派 4 人", "分管领导", "梁立一", "2026-03-16 11:00", "杜栋一",
        "2026-03-18 10:00",
    )  # fmt: skip
    assert "签收" not in done
    complaint = handling(personas)
    order = hand_over(
        complaint_id=complaint.pk, task="限期处理", due_on=date(2026, 3, 15), charged=None, actor=personas.ul1, now=NOW
    )
    running = text_of(OrderPdf, filings.order_of(personas.ul1, order.pk, TODAY))
    in_order(running, "项目经理马明一", "限期处理", "(办理中)", "承办人(签收)")
    assert Order.objects.get(pk=order.pk).status == Order.Status.OPEN


@pytest.mark.clause("G6")
def test_the_urge_names_whom_it_reached_and_what_was_open_then(case: Any, personas: Personas) -> None:
    record = filings.urge_of(personas.ul1, case.urge.pk)
    text = text_of(UrgePdf, record)
    in_order(
        text, "督办单", f"{case.complaint.number}-DB01", "梁立一", "分管领导", "彭程一", "肥槽开挖已滞后一天",
        "单位跟踪上报", "整改节点:东侧肥槽开挖", "2026-03-21 24:00",
    )  # fmt: skip
    assert "13812345678" not in text
    assert not any(clock.code.startswith("complaint.rule") for clock in record.open)  # done before
    assert all(clock.opened_at <= case.urge.made_at for clock in record.open)


@pytest.mark.clause("5.7", "3.4.3", "B2-14")
def test_each_round_of_the_evaluation_is_kept_as_the_client_gave_it(case: Any, personas: Personas) -> None:
    first, second = (text_of(EvaluationPdf, filings.evaluation_of(personas.uw1, e.pk)) for e in case.evaluations)
    in_order(
        first, "客户满意度评价表", "PJ-U1-2026-0001", "第 1 轮", "☑现场回访", "彭程一、王保一", "吴维一", "赵经理",
        "☑已满足☐未满足", "☐已满足☑未满足", "很满意", "响应是否及时", "√", "总体评价", "√", "1802 户外窗", "☐合格",
        "☑继续整改,于 2026-04-17 前完成", "周业主", "2026-04-09", "1 份", "吴维一",
    )  # fmt: skip
    in_order(second, "第 2 轮", "☑合格", "☐继续整改", "历次评价", "PJ-U1-2026-0001", "不满意")
    assert "☑未满足" not in second
    assert second.count("√") == 1 + 6  # the heading's, and one for each item


@pytest.mark.clause("5.7")
def test_an_acceptance_has_no_grades_and_the_blank_form_has_room_for_both(personas: Personas) -> None:
    complaint = handling(personas)
    (blank,) = pages_of(BlankEvaluationPdf, filings.blank_evaluation_of(personas.uw1, complaint.pk, TODAY))
    in_order(
        blank, "客户满意度评价表(空白)", "第 1 轮", "年月日", "☐现场回访", "彻底修复地下室渗漏", "☐已满足☐未满足",
        "总体评价", "☐验收合格", "☐合格☐继续整改", "客户(签字)", "项目经理部(签字)", "二级单位工程部(签字)",
    )  # fmt: skip
    assert "☑" not in blank
    assert blank.count("√") == 1
    finish_all(personas, complaint)
    evaluation = evaluate(personas, complaint)
    type(evaluation).objects.filter(pk=evaluation.pk).update(kind="acceptance", accepted=True, overall=None)
    text = text_of(EvaluationPdf, filings.evaluation_of(personas.uw1, evaluation.pk))
    in_order(text, "三、验收确认", "☑验收合格", "☐验收不合格", "☑合格")
    assert "很满意" not in text


@pytest.mark.clause("5.4.1")
def test_a_merged_complaint_says_so_on_its_forms_and_a_merged_demand_where_it_came_from(personas: Personas) -> None:
    twin = merged(personas)
    assert "已合并" in text_of(ReceiptPdf, complaints.receipt_of(personas.uw1, twin.pk, TODAY))
    survivor = Complaint.objects.get(pk=twin.merge_into_id)
    demand = survivor.demands.first()
    assert demand is not None
    demand.merged_from = twin
    demand.save()
    assert f"并入自{twin.number}" in text_of(ReceiptPdf, complaints.receipt_of(personas.uw1, survivor.pk, TODAY))


@pytest.mark.clause("5.4.3")
def test_a_cancelled_filing_and_a_cancelled_order_are_marked(case: Any, personas: Personas) -> None:
    Filing.objects.filter(pk=case.filing.pk).update(status=Filing.Status.CANCELLED)
    Order.objects.filter(pk=case.order.pk).update(status=Order.Status.CANCELLED)
    records: list[tuple[type[ComplaintPdf[Any]], Callable[[], Any], str]] = [
        (FilingPdf, lambda: filings.filing_of(personas.gw, case.filing.pk), "已撤销备案"),
        (TrackingPdf, lambda: filings.tracking_of(personas.gw, case.filing.pk), "已撤销备案"),
        (OrderPdf, lambda: filings.order_of(personas.ul1, case.order.pk, TODAY), "已取消"),
    ]
    for kind, record, mark in records:
        assert document(kind, record()).mark == mark
        assert all(mark in page for page in pages_of(kind, record()))
