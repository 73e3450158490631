"""The life of a rectification plan (clause 5.5), of its milestones, and of an opinion, one step a line."""

from complaints import clocks as C
from complaints.guards.plan import case_is_open, may_be_changed, needs_whole_approval, plan_is_whole, short_way_is_open
from complaints.models import Milestone, Opinion, Plan
from complaints.permissions import (
    APPROVE_PLAN,
    ASK_OPINION_OF,
    CHECK_PLAN,
    DRAFT_PLAN,
    GIVE_OPINION,
    HANDLE_MILESTONE,
    REPORT_OF_MILESTONE,
    REVIEW_PLAN,
    VIEW_MILESTONE,
    VIEW_PART,
)
from workflow.flow import Flow, Step
from workflow.models import Outcome

P = Plan.Status
MADE = ("open", "reopen", "edit", "submit", "change")
RETURNED, CANCELLED = Outcome.RETURNED, Outcome.CANCELLED
PLAN_CLOCKS = (C.PLAN_DRAFT, C.PLAN_CHECK, C.PLAN_REVIEW, C.PLAN_APPROVE)

# fmt: off
PLAN_FLOW = Flow(
    Plan,
    Step("open", P.DRAFT, P.DRAFT, None, "开始编制专项整改方案", "5.4.2c", starts=(C.PLAN_DRAFT,)),
    Step("reopen", P.CANCELLED, P.DRAFT, None, "重新编制专项整改方案", "5.4.2c", starts=(C.PLAN_DRAFT,)),
    Step("edit", P.DRAFT, "", DRAFT_PLAN, "编制方案", "5.5.1"),
    Step("submit", P.DRAFT, P.IN_CHECK, DRAFT_PLAN, "提交方案", "5.5.1", guard=plan_is_whole, stops=(C.PLAN_DRAFT,), starts=(C.PLAN_CHECK,)),
    Step("check", P.IN_CHECK, P.IN_REVIEW, CHECK_PLAN, "项目经理审核通过", "5.5.1", fits=needs_whole_approval, guard=plan_is_whole, apart=MADE, stops=(C.PLAN_CHECK,), starts=(C.PLAN_REVIEW,)),
    Step("check_final", P.IN_CHECK, P.APPROVED, CHECK_PLAN, "项目经理审核并批准节点调整", "5.5.4", fits=short_way_is_open, guard=plan_is_whole, apart=MADE, stops=(C.PLAN_CHECK,), tells=(REVIEW_PLAN,)),
    Step("return_check", P.IN_CHECK, P.DRAFT, CHECK_PLAN, "项目经理退回", "5.5.1", remark=True, apart=MADE, stops=(C.PLAN_CHECK,), starts=(C.PLAN_DRAFT,), outcome=RETURNED, new_round=True, style="danger"),
    Step("review", P.IN_REVIEW, P.IN_APPROVAL, REVIEW_PLAN, "审核通过", "5.5.2", apart=(*MADE, "check"), stops=(C.PLAN_REVIEW,), starts=(C.PLAN_APPROVE,)),
    Step("return_review", P.IN_REVIEW, P.DRAFT, REVIEW_PLAN, "审核退回", "5.5.2", remark=True, apart=(*MADE, "check"), stops=(C.PLAN_REVIEW,), starts=(C.PLAN_DRAFT,), outcome=RETURNED, new_round=True, style="danger"),
    Step("approve", P.IN_APPROVAL, P.APPROVED, APPROVE_PLAN, "审批通过", "5.5.3", apart=(*MADE, "check", "review"), stops=(C.PLAN_APPROVE,), tells=(DRAFT_PLAN, CHECK_PLAN, REVIEW_PLAN)),
    Step("return_approve", P.IN_APPROVAL, P.DRAFT, APPROVE_PLAN, "审批退回", "5.5.3", remark=True, apart=(*MADE, "check", "review"), stops=(C.PLAN_APPROVE,), starts=(C.PLAN_DRAFT,), outcome=RETURNED, new_round=True, style="danger"),
    Step("change", P.APPROVED, P.DRAFT, DRAFT_PLAN, "调整方案", "5.5.4", guard=may_be_changed, remark=True, starts=(C.PLAN_DRAFT,), tells=(CHECK_PLAN,), style="secondary"),
    Step("drop_change", P.DRAFT, P.APPROVED, DRAFT_PLAN, "放弃调整", "5.5.4", fits=lambda plan: "" if plan.effective_id else "首版方案不能放弃。", remark=True, stops=(C.PLAN_DRAFT,), outcome=CANCELLED, style="secondary"),
    Step("cancel", (P.DRAFT, P.IN_CHECK, P.IN_REVIEW, P.IN_APPROVAL, P.APPROVED), P.CANCELLED, None, "方案撤销", "5.4.2", stops=PLAN_CLOCKS, outcome=CANCELLED, tells=(DRAFT_PLAN,)),
    unit="complaint.department", case="complaint", view=VIEW_PART, url_name="complaints:plan_detail",
)

M = Milestone.Status
MILESTONE_FLOW = Flow(
    Milestone,
    Step("start", M.DRAFT, M.RUNNING, None, "节点开始计时", "5.6.1", starts=(C.MILESTONE,)),
    Step("carry", M.DRAFT, M.DONE, None, "沿用已完成节点", "5.5.4"),
    Step("progress", M.RUNNING, "", HANDLE_MILESTONE, "填报进展", "5.6.1"),
    Step("finish", M.RUNNING, M.DONE, HANDLE_MILESTONE, "节点完成", "5.6.1", stops=(C.MILESTONE,), tells=(REPORT_OF_MILESTONE,)),
    Step("supersede", (M.DRAFT, M.RUNNING), M.SUPERSEDED, None, "节点被替代", "5.5.4", stops=(C.MILESTONE,), outcome=CANCELLED),
    unit="plan_version.plan.complaint.department", case="plan_version.plan.complaint", view=VIEW_MILESTONE, url_name="complaints:milestone_detail",
)

O = Opinion.Status  # noqa: E741
OPINION_FLOW = Flow(
    Opinion,
    Step("ask", O.ASKED, O.ASKED, ASK_OPINION_OF, "征求部门意见", "5.5.1", starts=(C.OPINION,)),
    Step("give", O.ASKED, O.GIVEN, GIVE_OPINION, "反馈部门意见", "5.5.1", guard=case_is_open, stops=(C.OPINION,), tells=(ASK_OPINION_OF,)),
    Step("revise", O.GIVEN, "", GIVE_OPINION, "补充部门意见", "5.5.1", guard=case_is_open, style="secondary"),
    Step("cancel", O.ASKED, O.CANCELLED, ASK_OPINION_OF, "取消征求", "5.5.1", remark=True, stops=(C.OPINION,), outcome=CANCELLED, style="secondary"),
    Step("drop", O.ASKED, O.CANCELLED, None, "征求取消", "5.4.2", stops=(C.OPINION,), outcome=CANCELLED),
    unit="complaint.department", case="complaint", view=VIEW_PART, url_name="complaints:opinion_detail",
)
# fmt: on
