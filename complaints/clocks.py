"""The complaint's time limits as shipped (Appendix G, B.2). In force are the rows of ``ClockRule``."""

from workflow.clocks import ClockDefault, declare
from workflow.due import Mode

REGISTER_UNIT, REGISTER_GROUP = "complaint.register_unit", "complaint.register_group"
CONFIRM_UNIT, CONFIRM_GROUP, FORWARD = "complaint.confirm_unit", "complaint.confirm_group", "complaint.forward"
RULE, RULE_CONFIRM, RECONSIDER = "complaint.rule", "complaint.rule_confirm", "complaint.reconsider"
MERGE, SECOND = "complaint.merge", "complaint.second"
REPLY, HANDLE, CLOSE = "complaint.reply", "complaint.handle", "complaint.close"
EVALUATE_PE, EVALUATE_UW = "complaint.evaluate_pe", "complaint.evaluate_uw"
OPINION = "opinion.give"
PLAN_DRAFT, PLAN_CHECK, PLAN_REVIEW, PLAN_APPROVE = "plan.draft", "plan.check", "plan.review", "plan.approve"
MILESTONE = "milestone.finish"
FILE, FILE_CLOSE, TRACK = "filing.file", "filing.close", "filing.track"
REPORT, RECEIVE = "filing.report", "filing.receive"
SUPERVISE_UL, SUPERVISE_UG = "filing.supervise_ul", "filing.supervise_ug"
RESULT_UL, RESULT_UG = "filing.result_ul", "filing.result_ug"
ORDER_PM, ORDER_UD = "order.pm", "order.ud"

ON_COMPLAINT = (
    CONFIRM_UNIT, CONFIRM_GROUP, FORWARD, RULE, RULE_CONFIRM, RECONSIDER, MERGE, SECOND, REPLY, HANDLE, CLOSE,
    EVALUATE_PE, EVALUATE_UW,
)  # fmt: skip
NATURAL, HOURS = Mode.NATURAL, Mode.HOURS


def _limit(
    code: str,
    number: int,
    stage: str,
    content: str,
    post: str,
    days: int,
    mode: Mode,
    record: str,
    clause: str,
    *,
    above: tuple[str, ...],
    next_level: tuple[str, ...],
) -> ClockDefault:
    """``above`` is the 监督 post told of the overdue fact, ``next_level`` hears a day later, GH after two (G3)."""
    return ClockDefault(
        code, "G", number, stage, content, post, days, mode, record,
        supervisors=above, escalate_24h=next_level, clause=clause,
    )  # fmt: skip


UH, UL, UG, GH, PM, UW = ("UH",), ("UL",), ("UG",), ("GH",), ("PM",), ("UW", "UH")

# fmt: off
declare(
    _limit(REGISTER_UNIT, 1, "登记", "接到业主投诉后在客户投诉台账登记", "UW", 1, HOURS, "客户投诉台账", "5.4.1", above=UH, next_level=UL),
    _limit(REGISTER_GROUP, 1, "登记(集团)", "集团接到业主投诉后在客户投诉台账登记", "GW", 1, HOURS, "客户投诉台账", "5.4.1", above=GH, next_level=GH),
    _limit(CONFIRM_UNIT, 2, "二次确认", "与投诉人逐项确认诉求", "UW", 1, NATURAL, "二次确认单", "B3-C02", above=UH, next_level=UL),
    _limit(CONFIRM_GROUP, 2, "二次确认(集团)", "与投诉人逐项确认诉求", "GW", 1, NATURAL, "二次确认单", "B3-C01", above=GH, next_level=GH),
    _limit(FORWARD, 2, "转办", "投诉至集团的,转二级单位判定", "GW", 1, HOURS, "转办记录", "5.4.2", above=GH, next_level=GH),
    _limit(RULE, 3, "责任判定", "对投诉事件责任进行判定", "UW", 2, NATURAL, "责任判定单", "5.4.2", above=UH, next_level=UL),
    _limit(RULE_CONFIRM, 3, "责任判定确认", "负责人确认责任判定", "UH", 2, NATURAL, "责任判定单", "5.4.2", above=UL, next_level=UG),
    _limit(RECONSIDER, 3, "复议", "业主对判定有异议时复议", "UH", 2, NATURAL, "复议记录", "5.4.2", above=UL, next_level=UG),
    _limit(MERGE, 3, "合并确认", "确认重复登记的投诉合并", "UH", 1, NATURAL, "客户投诉台账", "5.4.1", above=UL, next_level=UG),
    _limit(SECOND, 3, "二次投诉确认", "确认是否为二次投诉", "UH", 1, NATURAL, "客户投诉台账", "5.8.2", above=UL, next_level=UG),
    _limit(REPLY, 4, "回函", "回函说明理由,证明非我方责任", "UW", 1, HOURS, "回函及发出证明", "5.4.2a", above=UH, next_level=UL),
    _limit(FILE, 5, "备案", "对界定为我方责任的投诉登记备案", "GW", 1, HOURS, "投诉备案表", "5.4.3", above=GH, next_level=GH),
    _limit(FILE_CLOSE, 5, "备案结案", "投诉处理完毕后填写备案结案意见", "GW", 1, HOURS, "投诉备案表", "5.4.3", above=GH, next_level=GH),
    _limit(OPINION, 6, "部门意见", "各相关部门对整改提出意见并确定跟踪专人", "UD", 1, NATURAL, "部门意见", "5.5.1", above=UH, next_level=UL),
    _limit(PLAN_DRAFT, 6, "方案编制", "编制专项整改方案", "PE", 2, NATURAL, "专项整改方案", "5.5.1", above=PM, next_level=UW),
    _limit(PLAN_CHECK, 6, "方案项目经理审核", "项目经理审核专项整改方案", "PM", 1, HOURS, "专项整改方案", "5.5.1", above=UH, next_level=UL),
    _limit(PLAN_REVIEW, 7, "方案审核", "自方案收到1天内审核完毕", "UH", 1, NATURAL, "审核意见", "5.5.2", above=UL, next_level=UL),
    _limit(PLAN_APPROVE, 8, "方案审批", "自方案收到1天内审批完毕", "UL", 1, NATURAL, "审批意见", "5.5.3", above=UG, next_level=("UG", "GH")),
    _limit(MILESTONE, 9, "整改节点", "按批准的方案完成整改节点", "PE", 0, NATURAL, "节点进展", "5.6.1", above=PM, next_level=UW),
    _limit(HANDLE, 9, "问题处理", "按要求日期完成问题处理", "PE", 0, NATURAL, "处理记录", "5.4.2d", above=PM, next_level=UW),
    _limit(REPORT, 10, "单位跟踪上报", "每周跟踪节点、资源到位情况并上报集团", "UW", 7, NATURAL, "跟踪表", "5.6.3", above=UH, next_level=UL),
    _limit(RECEIVE, 10, "签收单位上报", "签收二级单位的跟踪上报", "GW", 1, HOURS, "跟踪表", "5.6.3", above=GH, next_level=GH),
    _limit(TRACK, 11, "集团跟踪", "每周跟踪备案投诉的节点、资源、进展", "GW", 7, NATURAL, "跟踪表", "5.6.2", above=GH, next_level=GH),
    _limit(SUPERVISE_UL, 12, "领导监督(分管领导)", "对投诉处理过程进行监督", "UL", 7, NATURAL, "监督记录", "B2-11", above=UG, next_level=UG),
    _limit(SUPERVISE_UG, 12, "领导监督(总经理)", "对投诉处理过程进行监督", "UG", 7, NATURAL, "监督记录", "B2-11", above=GH, next_level=GH),
    _limit(RESULT_UL, 12, "结果监督(分管领导)", "结案前对投诉处理结果进行监督", "UL", 1, NATURAL, "监督记录", "B2-11", above=UG, next_level=UG),
    _limit(RESULT_UG, 12, "结果监督(总经理)", "结案前对投诉处理结果进行监督", "UG", 1, NATURAL, "监督记录", "B2-11", above=GH, next_level=GH),
    _limit(ORDER_PM, 12, "交办(项目经理部)", "按交办单要求日期办结", "PM", 0, NATURAL, "交办单", "3.2.1", above=UH, next_level=UL),
    _limit(ORDER_UD, 12, "交办(部门)", "按交办单要求日期办结", "UD", 0, NATURAL, "交办单", "3.2.1", above=UH, next_level=UL),
    _limit(EVALUATE_PE, 13, "客户评价(项目经理部)", "会同二级单位与客户回访或验收", "PE", 1, NATURAL, "客户满意度评价表", "5.7", above=PM, next_level=UW),
    _limit(EVALUATE_UW, 13, "客户评价(二级单位)", "会同项目经理部与客户回访或验收", "UW", 1, NATURAL, "客户满意度评价表", "5.7", above=UH, next_level=UL),
    _limit(CLOSE, 13, "结案", "资料齐全后办理结案", "UW", 3, NATURAL, "客户投诉台账", "B2-14", above=UH, next_level=UL),
)
# fmt: on
