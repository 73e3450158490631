"""The life of a complaint (clauses 5.4 to 5.7), one step a line."""

from complaints import clocks as C
from complaints.guards.complaint import (
    confirms_for_group,
    confirms_for_unit,
    has_grounds,
    is_confirmed_with_complainant,
    is_no_second,
    is_suggested_second,
    made_to_group,
    made_to_unit,
    may_be_closed,
    merge_is_not_proposed,
    merge_is_proposed,
    no_merge_waits,
    only_imported,
    proposed_as,
    reply_is_proved,
    reply_may_be_closed,
    result_is_evaluated,
    ruled_minor,
    ruled_severe,
    withdrawal_is_proved,
    work_is_done,
)
from complaints.models import Complaint, Verdict
from complaints.models.complaint import OPEN
from complaints.permissions import (
    CLOSE,
    COMMUNICATE,
    CONFIRM_GROUP,
    CONFIRM_LINK,
    CONFIRM_RULING,
    CONFIRM_UNIT,
    EVALUATE,
    FORWARD,
    HAND_OVER,
    HANDLE,
    HEAR,
    HEAR_GROUP,
    IMPORT,
    PROPOSE_LINK,
    PROPOSE_RULING,
    REASSIGN,
    RECONSIDER,
    REGISTER_GROUP,
    REGISTER_UNIT,
    REPLY,
    URGE,
    VIEW,
    WITHDRAW,
)
from workflow.flow import Flow, Step
from workflow.models import Outcome

S = Complaint.Status
V = Verdict
EARLY = (S.REGISTERED, S.CONFIRMED, S.AWAITING_RULING, S.RULING_PROPOSED)
WORKING = (S.DRAFTING_PLAN, S.RECTIFYING, S.HANDLING, S.AWAITING_EVALUATION)
EVALUATION = (C.EVALUATE_PE, C.EVALUATE_UW)
RETURNED, CANCELLED = Outcome.RETURNED, Outcome.CANCELLED


def concerns_group(complaint: Complaint) -> bool:
    """Who is told: GH too if it was made to the group, or the project is key or strategic (R-3.1.3)."""
    return complaint.to_group or complaint.project.key or complaint.project.strategic


# fmt: off
FLOW = Flow(
    Complaint,
    # 5.4.1 registration, 二次确认, 转办
    Step("register_unit", S.REGISTERED, S.REGISTERED, REGISTER_UNIT, "登记投诉", "5.4.1", fits=made_to_unit, starts=(C.CONFIRM_UNIT, C.RULE), tells=(HEAR,), also_tells=((concerns_group, HEAR_GROUP),)),
    Step("register_group", S.REGISTERED, S.REGISTERED, REGISTER_GROUP, "登记投诉", "5.4.1", fits=made_to_group, starts=(C.CONFIRM_GROUP, C.FORWARD), tells=(HEAR, HEAR_GROUP)),
    # Earlier complaints of a register that is taken in; only the import takes these steps (workflow.bulk)
    Step("import_unit", S.REGISTERED, S.REGISTERED, IMPORT, "导入台账(未结案)", "5.4.1", fits=only_imported, starts=(C.CONFIRM_UNIT, C.RULE)),
    Step("import_group", S.REGISTERED, S.REGISTERED, IMPORT, "导入台账(未结案)", "5.4.1", fits=only_imported, starts=(C.CONFIRM_GROUP, C.FORWARD)),
    Step("import_closed", S.REGISTERED, S.CLOSED, IMPORT, "导入台账(已结案)", "5.4.1", fits=only_imported),
    Step("edit_unit", (S.REGISTERED, S.AWAITING_RULING), "", REGISTER_UNIT, "更正登记", "5.4.1", fits=made_to_unit, style="secondary"),
    Step("edit_group", (S.REGISTERED, S.CONFIRMED, S.AWAITING_RULING), "", REGISTER_GROUP, "更正登记", "5.4.1", fits=made_to_group, style="secondary"),
    Step("attempt_unit", (S.REGISTERED, S.AWAITING_RULING), "", CONFIRM_UNIT, "记录二次确认", "B3-C02", fits=confirms_for_unit),
    Step("attempt_group", (S.REGISTERED, S.CONFIRMED, S.AWAITING_RULING), "", CONFIRM_GROUP, "记录二次确认", "B3-C01", fits=confirms_for_group),
    Step("confirm_unit", S.REGISTERED, S.AWAITING_RULING, CONFIRM_UNIT, "完成二次确认", "B3-C02", fits=made_to_unit, guard=is_confirmed_with_complainant, stops=(C.CONFIRM_UNIT,)),
    Step("confirm_group", S.REGISTERED, S.CONFIRMED, CONFIRM_GROUP, "完成二次确认", "B3-C01", fits=made_to_group, guard=is_confirmed_with_complainant, stops=(C.CONFIRM_GROUP,)),
    Step("forward", S.CONFIRMED, S.AWAITING_RULING, FORWARD, "转办", "5.4.2", fits=made_to_group, stops=(C.FORWARD,), starts=(C.RULE,), tells=(HEAR,)),
    Step("communicate", OPEN, "", COMMUNICATE, "记录沟通", "3.4.2", style="secondary"),
    # 5.4.2 ruling, reply, 复议
    Step("propose_ruling", S.AWAITING_RULING, S.RULING_PROPOSED, PROPOSE_RULING, "提出责任判定", "5.4.2", guard=has_grounds, stops=(C.RULE,), starts=(C.RULE_CONFIRM,)),
    Step("return_ruling", S.RULING_PROPOSED, S.AWAITING_RULING, CONFIRM_RULING, "退回判定", "5.4.2", remark=True, apart=("propose_ruling",), stops=(C.RULE_CONFIRM,), starts=(C.RULE,), outcome=RETURNED, style="danger"),
    Step("rule_not_ours", S.RULING_PROPOSED, S.AWAITING_REPLY, CONFIRM_RULING, "确认判定:非我方责任", "5.4.2a", fits=proposed_as(V.NOT_OURS), guard=no_merge_waits, apart=("propose_ruling",), stops=(C.RULE_CONFIRM,), starts=(C.REPLY,)),
    Step("rule_severe", S.RULING_PROPOSED, S.DRAFTING_PLAN, CONFIRM_RULING, "确认判定:我方责任·问题严重", "5.4.2c", fits=proposed_as(V.SEVERE), guard=no_merge_waits, apart=("propose_ruling",), stops=(C.RULE_CONFIRM,), tells=(HEAR,), also_tells=((concerns_group, HEAR_GROUP),)),
    Step("rule_minor", S.RULING_PROPOSED, S.HANDLING, CONFIRM_RULING, "确认判定:我方责任·不严重", "5.4.2d", fits=proposed_as(V.MINOR), guard=no_merge_waits, apart=("propose_ruling",), stops=(C.RULE_CONFIRM,), starts=(C.HANDLE,), tells=(HEAR,)),
    Step("write_reply", S.AWAITING_REPLY, "", REPLY, "编制回函", "5.4.2a"),
    Step("dispatch_reply", S.AWAITING_REPLY, S.REPLIED, REPLY, "发出回函", "5.4.2a", guard=reply_is_proved, stops=(C.REPLY,), starts=(C.CLOSE,)),
    Step("object", S.REPLIED, S.RECONSIDERING, REPLY, "业主异议,提请复议", "5.4.2", remark=True, stops=(C.CLOSE,), starts=(C.RECONSIDER,), style="secondary"),
    Step("uphold", S.RECONSIDERING, S.AWAITING_REPLY, RECONSIDER, "复议维持,再次回函", "5.4.2", remark=True, apart=("propose_ruling",), stops=(C.RECONSIDER,), starts=(C.REPLY,)),
    Step("overturn", S.RECONSIDERING, S.AWAITING_RULING, RECONSIDER, "复议撤销,重新判定", "5.4.2", remark=True, apart=("propose_ruling",), stops=(C.RECONSIDER,), starts=(C.RULE,), style="danger"),
    Step("revoke_ruling", WORKING, S.AWAITING_RULING, RECONSIDER, "撤销判定,重新判定", "5.4.2", remark=True, stops=(C.HANDLE, *EVALUATION), starts=(C.RULE,), outcome=CANCELLED, tells=(HEAR,), style="danger"),
    Step("close_replied", S.REPLIED, S.CLOSED, CLOSE, "结案", "5.4.2a", guard=reply_may_be_closed, stops=(C.CLOSE,)),
    # 5.5 to 5.7 handling and evaluation
    Step("begin_rectifying", S.DRAFTING_PLAN, S.RECTIFYING, None, "方案批准,进入整改", "5.6.1"),
    Step("finish", (S.RECTIFYING, S.HANDLING), S.AWAITING_EVALUATION, HANDLE, "处理完成,提请评价", "5.6.1", guard=work_is_done, stops=(C.HANDLE,), starts=EVALUATION),
    Step("satisfied", S.AWAITING_EVALUATION, S.AWAITING_CLOSE, EVALUATE, "客户满意", "5.7", guard=result_is_evaluated, stops=EVALUATION, starts=(C.CLOSE,), tells=(HEAR,)),
    Step("unsatisfied_severe", S.AWAITING_EVALUATION, S.RECTIFYING, EVALUATE, "客户不满意,继续整改", "5.7", fits=ruled_severe, guard=result_is_evaluated, stops=EVALUATION, starts=(C.HANDLE,), new_round=True, tells=(HEAR,), style="danger"),
    Step("unsatisfied_minor", S.AWAITING_EVALUATION, S.HANDLING, EVALUATE, "客户不满意,继续处理", "5.7", fits=ruled_minor, guard=result_is_evaluated, stops=EVALUATION, starts=(C.HANDLE,), new_round=True, tells=(HEAR,), style="danger"),
    Step("unsatisfied_raised", S.AWAITING_EVALUATION, S.DRAFTING_PLAN, EVALUATE, "客户不满意,升级为严重", "5.7", fits=ruled_minor, guard=result_is_evaluated, stops=EVALUATION, new_round=True, tells=(HEAR,), style="danger"),
    Step("close", S.AWAITING_CLOSE, S.CLOSED, CLOSE, "结案", "B2-14", guard=may_be_closed, stops=(C.CLOSE,), tells=(HEAR,)),
    # 合并, 二次投诉, 撤诉, transfer, supervision
    Step("propose_merge", EARLY, "", PROPOSE_LINK, "提出合并", "5.4.1", fits=merge_is_not_proposed, remark=True, starts=(C.MERGE,), style="secondary"),
    Step("merge", EARLY, S.MERGED, CONFIRM_LINK, "确认合并", "5.4.1", fits=merge_is_proposed, apart=("propose_merge",), stops=C.ON_COMPLAINT, outcome=CANCELLED, tells=(PROPOSE_LINK,)),
    Step("absorb", OPEN, "", None, "并入重复投诉", "5.4.1"),
    Step("refuse_merge", EARLY, "", CONFIRM_LINK, "不予合并", "5.4.1", fits=merge_is_proposed, remark=True, apart=("propose_merge",), stops=(C.MERGE,), tells=(PROPOSE_LINK,), style="danger"),
    Step("spot_second", OPEN, "", None, "系统提示疑似二次投诉", "5.8.2", fits=is_no_second, starts=(C.SECOND,)),
    Step("suggest_second", OPEN, "", PROPOSE_LINK, "提出二次投诉", "5.8.2", fits=is_no_second, starts=(C.SECOND,), style="secondary"),
    Step("confirm_second", OPEN, "", CONFIRM_LINK, "确认为二次投诉", "5.8.2", fits=is_suggested_second, apart=("suggest_second",), stops=(C.SECOND,), tells=(HEAR,)),
    Step("refuse_second", OPEN, "", CONFIRM_LINK, "不是二次投诉", "5.8.2", fits=is_suggested_second, remark=True, apart=("suggest_second",), stops=(C.SECOND,), style="danger"),
    Step("withdraw", OPEN, S.WITHDRAWN, WITHDRAW, "撤诉", "5.4.1", guard=withdrawal_is_proved, remark=True, stops=C.ON_COMPLAINT, outcome=CANCELLED, tells=(HEAR,), style="danger"),
    Step("reassign", OPEN, "", REASSIGN, "转移责任单位", "5.4.1", remark=True, tells=(HEAR,), style="secondary"),
    Step("follow_project", OPEN, "", None, "随工程转移责任单位", "5.4.1", tells=(HEAR,)),
    Step("hand_over", OPEN, "", HAND_OVER, "交办", "3.2.1", style="secondary"),
    Step("urge", OPEN, "", URGE, "督办", "G6", remark=True, style="secondary"),
    unit="department", view=VIEW, url_name="complaints:complaint_detail",
)
# fmt: on
