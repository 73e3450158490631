"""The life of a yearly plan and of a visit, one step a line. Each step stands twice: the two levels have other posts."""

from revisits import clocks as C
from revisits import permissions as may
from revisits.guards import plan as plan_is
from revisits.guards import visit as visit_is
from revisits.guards.plan import has_lines, satisfies
from revisits.models import RevisitPlan, Visit
from workflow.flow import Flow, Step
from workflow.models import Outcome

P = RevisitPlan.Status
U, D = "unit", "department"
MADE = (
    "start_unit",
    "edit_unit",
    "submit_unit",
    "change_unit",
    "start_department",
    "edit_department",
    "submit_department",
    "change_department",
)
RETURNED, CANCELLED = Outcome.RETURNED, Outcome.CANCELLED
DRAFTED = (P.DRAFT, P.RETURNED)
PLAN_CLOCKS = {
    level: (C.PLAN[level], C.REWORK[level], C.SUPPLEMENT[level], C.APPROVE[level], C.WAIVE[level]) for level in (U, D)
}
WRITING = {level: (C.PLAN[level], C.REWORK[level], C.SUPPLEMENT[level]) for level in (U, D)}


def _may_be_dropped(plan: RevisitPlan) -> str:
    return "" if plan.effective_id else "首版计划不能放弃。"


def _unit_drop(plan: RevisitPlan) -> str:
    return plan_is.of_unit(plan) or _may_be_dropped(plan)


def _department_drop(plan: RevisitPlan) -> str:
    return plan_is.of_department(plan) or _may_be_dropped(plan)


# fmt: off
PLAN_FLOW = Flow(
    RevisitPlan,
    Step("open_unit", P.DRAFT, P.DRAFT, None, "年度开启,编制回访计划", "5.2.1", fits=plan_is.of_unit, starts=(C.PLAN[U],)),
    Step("open_department", P.DRAFT, P.DRAFT, None, "年度开启,编制回访计划", "5.2.2", fits=plan_is.of_department, starts=(C.PLAN[D],)),
    Step("start_unit", P.DRAFT, P.DRAFT, may.DRAFT_UNIT, "开始编制回访计划", "5.2.1", fits=plan_is.of_unit, starts=(C.PLAN[U],)),
    Step("start_department", P.DRAFT, P.DRAFT, may.DRAFT_DEPARTMENT, "开始编制回访计划", "5.2.2", fits=plan_is.of_department, starts=(C.PLAN[D],)),
    Step("edit_unit", DRAFTED, "", may.DRAFT_UNIT, "编制回访计划", "5.2.1", fits=plan_is.of_unit),
    Step("edit_department", DRAFTED, "", may.DRAFT_DEPARTMENT, "编制回访计划", "5.2.2", fits=plan_is.of_department),
    Step("prepare", P.DRAFT, "", may.PREPARE, "批量编制", "5.2.1"),
    Step("submit_unit", DRAFTED, P.IN_APPROVAL, may.SUBMIT_UNIT, "上报计划", "5.2.3", fits=plan_is.of_unit, guard=has_lines, stops=WRITING[U], starts=(C.APPROVE[U],)),
    Step("submit_department", DRAFTED, P.IN_APPROVAL, may.SUBMIT_DEPARTMENT, "上报计划", "5.2.3", fits=plan_is.of_department, guard=has_lines, stops=WRITING[D], starts=(C.APPROVE[D],)),
    Step("approve_unit", P.IN_APPROVAL, P.APPROVED, may.APPROVE_UNIT, "审批通过", "5.2.4", fits=plan_is.of_unit, guard=satisfies, apart=MADE, stops=(C.APPROVE[U], C.WAIVE[U]), tells=(may.DRAFT_UNIT,)),
    Step("approve_department", P.IN_APPROVAL, P.APPROVED, may.APPROVE_DEPARTMENT, "审批通过", "5.2.4", fits=plan_is.of_department, guard=satisfies, apart=MADE, stops=(C.APPROVE[D], C.WAIVE[D]), tells=(may.DRAFT_DEPARTMENT,)),
    Step("return_unit", P.IN_APPROVAL, P.RETURNED, may.APPROVE_UNIT, "退回重编", "5.2.4", fits=plan_is.of_unit, remark=True, apart=MADE, stops=(C.APPROVE[U],), starts=(C.REWORK[U],), outcome=RETURNED, new_round=True, style="danger"),
    Step("return_department", P.IN_APPROVAL, P.RETURNED, may.APPROVE_DEPARTMENT, "退回重编", "5.2.4", fits=plan_is.of_department, remark=True, apart=MADE, stops=(C.APPROVE[D],), starts=(C.REWORK[D],), outcome=RETURNED, new_round=True, style="danger"),
    Step("ask_waiver_unit", (*DRAFTED, P.IN_APPROVAL), "", may.DRAFT_UNIT, "申请豁免", "5.2.4", fits=plan_is.of_unit, remark=True, starts=(C.WAIVE[U],), style="secondary"),
    Step("ask_waiver_department", (*DRAFTED, P.IN_APPROVAL), "", may.DRAFT_DEPARTMENT, "申请豁免", "5.2.4", fits=plan_is.of_department, remark=True, starts=(C.WAIVE[D],), style="secondary"),
    Step("decide_waiver_unit", (*DRAFTED, P.IN_APPROVAL), "", may.APPROVE_UNIT, "豁免决定", "5.2.4", fits=plan_is.of_unit, tells=(may.DRAFT_UNIT,)),
    Step("decide_waiver_department", (*DRAFTED, P.IN_APPROVAL), "", may.APPROVE_DEPARTMENT, "豁免决定", "5.2.4", fits=plan_is.of_department, tells=(may.DRAFT_DEPARTMENT,)),
    Step("waivers_decided_unit", (*DRAFTED, P.IN_APPROVAL), "", None, "豁免均已决定", "5.2.4", fits=plan_is.of_unit, stops=(C.WAIVE[U],)),
    Step("waivers_decided_department", (*DRAFTED, P.IN_APPROVAL), "", None, "豁免均已决定", "5.2.4", fits=plan_is.of_department, stops=(C.WAIVE[D],)),
    Step("affect_unit", P.APPROVED, "", None, "计划受影响,需增补或变更", "A2-3", fits=plan_is.of_unit, starts=(C.SUPPLEMENT[U],), tells=(may.DRAFT_UNIT,)),
    Step("affect_department", P.APPROVED, "", None, "计划受影响,需增补或变更", "A2-3", fits=plan_is.of_department, starts=(C.SUPPLEMENT[D],), tells=(may.DRAFT_DEPARTMENT,)),
    Step("settle_unit", P.APPROVED, "", may.DRAFT_UNIT, "确认无需调整", "A2-3", fits=plan_is.of_unit, remark=True, style="secondary"),
    Step("settle_department", P.APPROVED, "", may.DRAFT_DEPARTMENT, "确认无需调整", "A2-3", fits=plan_is.of_department, remark=True, style="secondary"),
    Step("settled_unit", P.APPROVED, "", None, "受影响事项均已处理", "A2-3", fits=plan_is.of_unit, stops=(C.SUPPLEMENT[U],)),
    Step("settled_department", P.APPROVED, "", None, "受影响事项均已处理", "A2-3", fits=plan_is.of_department, stops=(C.SUPPLEMENT[D],)),
    Step("change_unit", P.APPROVED, P.DRAFT, may.DRAFT_UNIT, "增补或变更计划", "A2-3", fits=plan_is.of_unit, remark=True, starts=(C.SUPPLEMENT[U],), style="secondary"),
    Step("change_department", P.APPROVED, P.DRAFT, may.DRAFT_DEPARTMENT, "增补或变更计划", "A2-3", fits=plan_is.of_department, remark=True, starts=(C.SUPPLEMENT[D],), style="secondary"),
    Step("drop_unit", DRAFTED, P.APPROVED, may.DRAFT_UNIT, "放弃变更", "A2-3", fits=_unit_drop, remark=True, stops=(*WRITING[U], C.WAIVE[U]), outcome=CANCELLED, style="secondary"),
    Step("drop_department", DRAFTED, P.APPROVED, may.DRAFT_DEPARTMENT, "放弃变更", "A2-3", fits=_department_drop, remark=True, stops=(*WRITING[D], C.WAIVE[D]), outcome=CANCELLED, style="secondary"),
    Step("lapse_unit", (*DRAFTED, P.IN_APPROVAL), P.CLOSED, None, "年度结束,变更作废", "5.2.1", fits=_unit_drop, stops=PLAN_CLOCKS[U], outcome=CANCELLED),
    Step("lapse_department", (*DRAFTED, P.IN_APPROVAL), P.CLOSED, None, "年度结束,变更作废", "5.2.2", fits=_department_drop, stops=PLAN_CLOCKS[D], outcome=CANCELLED),
    Step("close_unit", P.APPROVED, P.CLOSED, None, "年度结束,计划关闭", "5.2.1", fits=plan_is.of_unit, stops=PLAN_CLOCKS[U], outcome=CANCELLED),
    Step("close_department", P.APPROVED, P.CLOSED, None, "年度结束,计划关闭", "5.2.2", fits=plan_is.of_department, stops=PLAN_CLOCKS[D], outcome=CANCELLED),
    unit="unit", view=may.VIEW, url_name="revisits:plan_detail",
)

V = Visit.Status
OPEN = (V.DUE, V.RETRY)
VISIT_CLOCKS = {level: (C.VISIT[level], C.ONSITE[level]) for level in (U, D)}

# A visit becomes due, and is given up, with the approval of a version: set-based, told by the plan's own transition.
VISIT_FLOW = Flow(
    Visit,
    Step("done_unit", OPEN, V.OK, may.VISIT_UNIT, "回访完成,无问题", "5.3.1", fits=visit_is.of_unit, stops=VISIT_CLOCKS[U]),
    Step("done_department", OPEN, V.OK, may.VISIT_DEPARTMENT, "回访完成,无问题", "5.3.2", fits=visit_is.of_department, stops=VISIT_CLOCKS[D]),
    Step("problem_unit", OPEN, V.PROBLEM, may.VISIT_UNIT, "回访完成,有问题", "5.3.3", fits=visit_is.of_unit, stops=VISIT_CLOCKS[U]),
    Step("problem_department", OPEN, V.PROBLEM, may.VISIT_DEPARTMENT, "回访完成,有问题", "5.3.3", fits=visit_is.of_department, stops=VISIT_CLOCKS[D]),
    Step("unreachable_unit", OPEN, V.RETRY, may.VISIT_UNIT, "未联系上,改现场回访", "A3-C03", fits=visit_is.of_unit, remark=True, stops=VISIT_CLOCKS[U], starts=(C.ONSITE[U],), style="secondary"),
    Step("unreachable_department", OPEN, V.RETRY, may.VISIT_DEPARTMENT, "未联系上,另行现场回访", "A3-C04", fits=visit_is.of_department, remark=True, stops=VISIT_CLOCKS[D], starts=(C.ONSITE[D],), style="secondary"),
    Step("move_unit", V.DUE, "", may.VISIT_UNIT, "改期", "5.3.1", fits=visit_is.of_unit, remark=True, stops=(C.VISIT[U],), starts=(C.VISIT[U],), outcome=CANCELLED, style="secondary"),
    Step("move_department", V.DUE, "", may.VISIT_DEPARTMENT, "改期", "5.3.2", fits=visit_is.of_department, remark=True, stops=(C.VISIT[D],), starts=(C.VISIT[D],), outcome=CANCELLED, style="secondary"),
    Step("correct_unit", (V.OK, V.PROBLEM), "", may.VISIT_UNIT, "更正回访记录", "5.3.1", fits=visit_is.of_unit, remark=True, style="secondary"),
    Step("correct_department", (V.OK, V.PROBLEM), "", may.VISIT_DEPARTMENT, "更正回访记录", "5.3.2", fits=visit_is.of_department, remark=True, style="secondary"),
    Step("correct_to_problem_unit", V.OK, V.PROBLEM, may.VISIT_UNIT, "更正为有问题", "5.3.3", fits=visit_is.of_unit, remark=True, style="secondary"),
    Step("correct_to_problem_department", V.OK, V.PROBLEM, may.VISIT_DEPARTMENT, "更正为有问题", "5.3.3", fits=visit_is.of_department, remark=True, style="secondary"),
    Step("correct_to_good_unit", V.PROBLEM, V.OK, may.VISIT_UNIT, "更正为无问题", "5.3.1", fits=visit_is.of_unit, guard=visit_is.cases_are_over, remark=True, style="secondary"),
    Step("correct_to_good_department", V.PROBLEM, V.OK, may.VISIT_DEPARTMENT, "更正为无问题", "5.3.2", fits=visit_is.of_department, guard=visit_is.cases_are_over, remark=True, style="secondary"),
    Step("take_part", (*OPEN, V.OK, V.PROBLEM), "", may.TAKE_PART, "记录集团参与", "3.1.3", fits=visit_is.may_take_part, style="secondary"),
    Step("give_up", OPEN, V.CANCELLED, None, "随工程转移取消", "5.2.1", stops=(*VISIT_CLOCKS[U], *VISIT_CLOCKS[D]), outcome=CANCELLED),
    unit="unit", view=may.VIEW, url_name="revisits:visit_detail",
)
# fmt: on
