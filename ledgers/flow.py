"""The life of a ledger entry, of a punch item and of a warranty case, one step a line."""

from workflow.flow import Flow, Step
from workflow.models import Outcome

from . import clocks as C
from .guards import (
    completion_is_proved,
    found_on_visit,
    is_complete,
    is_confirmed_by_client,
    is_dispatched_in_words,
    is_proved_not_covered,
    is_repaired,
    may_be_voided,
    one_step_is_on,
    two_steps_are_on,
)
from .models import Ledger, PunchItem, WarrantyCase
from .models.case import OPEN_CASE_STATES
from .permissions import (
    CLOSE_PUNCH,
    CONFIRM,
    DISPATCH_CASE,
    DRAFT,
    IMPORT,
    KEEP_PUNCH,
    OPEN,
    OPEN_CASE,
    REJECT_CASE,
    REPAIR_CASE,
    REVIEW,
    SUBMIT,
    VERIFY_CASE,
    VIEW,
    VIEW_CASE,
    VIEW_PUNCH,
    VOID,
)

S = Ledger.Status
MADE = ("draft", "import", "edit", "submit", "resubmit", "propose_change", "submit_change", "resubmit_change")
RETURNED = Outcome.RETURNED
CANCELLED = Outcome.CANCELLED

# fmt: off
FLOW = Flow(
    Ledger,
    Step("open", S.PENDING, S.PENDING, OPEN, "触发建账", "A2-1", starts=(C.BUILD,)),
    Step("draft", S.PENDING, S.DRAFTING, DRAFT, "开始编制", "5.1.1"),
    Step("import", S.PENDING, S.DRAFTING, IMPORT, "导入台账", "5.1.1", starts=(C.BUILD,)),
    Step("edit", (S.DRAFTING, S.RETURNED, S.CHANGING, S.CHANGE_RETURNED), "", DRAFT, "修改台账", "5.1.1"),
    Step("submit", S.DRAFTING, S.IN_REVIEW, SUBMIT, "提交审核", "5.1.1", guard=is_complete, stops=(C.BUILD,), starts=(C.REVIEW,)),
    Step("resubmit", S.RETURNED, S.IN_REVIEW, SUBMIT, "补充后重新提交", "5.1.2", guard=is_complete, stops=(C.REWORK,), starts=(C.REVIEW,)),
    Step("review", S.IN_REVIEW, S.IN_CONFIRM, REVIEW, "审核通过", "5.1.2", guard=two_steps_are_on, apart=MADE, stops=(C.REVIEW,), starts=(C.CONFIRM,)),
    Step("review_final", S.IN_REVIEW, S.EFFECTIVE, REVIEW, "审核通过并生效", "5.1.2", guard=one_step_is_on, apart=MADE, stops=(C.REVIEW,), tells=(SUBMIT,)),
    Step("return_review", S.IN_REVIEW, S.RETURNED, REVIEW, "退回补充", "5.1.2", remark=True, apart=MADE, stops=(C.REVIEW,), starts=(C.REWORK,), outcome=RETURNED, new_round=True, style="danger"),
    Step("confirm", S.IN_CONFIRM, S.EFFECTIVE, CONFIRM, "负责人审核通过", "5.1.2", apart=(*MADE, "review"), stops=(C.CONFIRM,), tells=(SUBMIT, REVIEW)),
    Step("return_confirm", S.IN_CONFIRM, S.RETURNED, CONFIRM, "负责人退回", "5.1.2", remark=True, apart=(*MADE, "review"), stops=(C.CONFIRM,), starts=(C.REWORK,), outcome=RETURNED, new_round=True, style="danger"),
    Step("propose_change", S.EFFECTIVE, S.CHANGING, DRAFT, "发起变更", "5.1.1", remark=True, starts=(C.CHANGE,), style="secondary"),
    Step("submit_change", S.CHANGING, S.CHANGE_REVIEW, SUBMIT, "提交变更", "5.1.1", guard=is_complete, stops=(C.CHANGE,), starts=(C.REVIEW,)),
    Step("resubmit_change", S.CHANGE_RETURNED, S.CHANGE_REVIEW, SUBMIT, "重新提交变更", "5.1.2", guard=is_complete, stops=(C.REWORK,), starts=(C.REVIEW,)),
    Step("review_change", S.CHANGE_REVIEW, S.CHANGE_CONFIRM, REVIEW, "变更审核通过", "5.1.2", guard=two_steps_are_on, apart=MADE, stops=(C.REVIEW,), starts=(C.CONFIRM,)),
    Step("review_change_final", S.CHANGE_REVIEW, S.EFFECTIVE, REVIEW, "变更审核通过并生效", "5.1.2", guard=one_step_is_on, apart=MADE, stops=(C.REVIEW,), tells=(SUBMIT,)),
    Step("return_change", S.CHANGE_REVIEW, S.CHANGE_RETURNED, REVIEW, "退回变更", "5.1.2", remark=True, apart=MADE, stops=(C.REVIEW,), starts=(C.REWORK,), outcome=RETURNED, new_round=True, style="danger"),
    Step("confirm_change", S.CHANGE_CONFIRM, S.EFFECTIVE, CONFIRM, "负责人批准变更", "5.1.2", apart=(*MADE, "review_change"), stops=(C.CONFIRM,), tells=(SUBMIT, REVIEW)),
    Step("return_change_confirm", S.CHANGE_CONFIRM, S.CHANGE_RETURNED, CONFIRM, "负责人退回变更", "5.1.2", remark=True, apart=(*MADE, "review_change"), stops=(C.CONFIRM,), starts=(C.REWORK,), outcome=RETURNED, new_round=True, style="danger"),
    Step("withdraw_change", (S.CHANGING, S.CHANGE_RETURNED), S.EFFECTIVE, DRAFT, "撤回变更", "5.1.1", remark=True, stops=(C.CHANGE, C.REWORK), outcome=CANCELLED, style="secondary"),
    Step("expire", S.EFFECTIVE, S.EXPIRED, None, "保修期满", "5.1.1", tells=(SUBMIT, REVIEW)),
    Step("complete_service", (S.EFFECTIVE, S.EXPIRED, S.AFTERCARE), "", CONFIRM, "登记保修完成", "5.2.1c", guard=completion_is_proved, remark=True, tells=(SUBMIT, REVIEW), style="secondary"),
    Step("follow_up", S.EXPIRED, S.AFTERCARE, None, "进入期满回访期", "5.2.1"),
    Step("archive", (S.EXPIRED, S.AFTERCARE), S.ARCHIVED, None, "归档", "6.1"),
    Step("void", (S.PENDING, S.DRAFTING, S.IN_REVIEW, S.IN_CONFIRM, S.RETURNED, S.EFFECTIVE), S.VOID, VOID, "作废", "6.1", guard=may_be_voided, remark=True, stops=(C.BUILD, C.REVIEW, C.CONFIRM, C.REWORK), outcome=CANCELLED, tells=(SUBMIT, REVIEW), style="danger"),
    unit="project.department", view=VIEW, url_name="ledgers:ledger_detail",
)

P = PunchItem.Status
PUNCH_FLOW = Flow(
    PunchItem,
    Step("add", P.OPEN, P.OPEN, KEEP_PUNCH, "登记销项问题", "3.3.4", starts=(C.PUNCH,)),
    Step("edit", P.OPEN, P.OPEN, KEEP_PUNCH, "修改销项问题", "3.3.4"),
    Step("reschedule", P.OPEN, P.OPEN, KEEP_PUNCH, "调整要求完成日期", "3.3.4", stops=(C.PUNCH,), starts=(C.PUNCH,), outcome=CANCELLED),
    Step("finish", P.OPEN, P.DONE, KEEP_PUNCH, "整改完成", "3.3.4", stops=(C.PUNCH,), starts=(C.PUNCH_CLOSE,)),
    Step("close", P.DONE, P.CLOSED, CLOSE_PUNCH, "销项", "3.3.4", apart=("finish",), stops=(C.PUNCH_CLOSE,), tells=(KEEP_PUNCH,)),
    Step("reopen", P.DONE, P.OPEN, CLOSE_PUNCH, "退回整改", "3.3.4", remark=True, apart=("finish",), stops=(C.PUNCH_CLOSE,), starts=(C.PUNCH,), outcome=RETURNED, new_round=True, style="danger"),
    Step("void", (P.OPEN, P.DONE), P.VOID, CLOSE_PUNCH, "作废", "3.3.4", remark=True, stops=(C.PUNCH, C.PUNCH_CLOSE), outcome=CANCELLED, style="danger"),
    unit="project.department", view=VIEW_PUNCH, url_name="ledgers:punch_detail",
)

W = WarrantyCase.Status
CASE_CLOCKS = (C.CASE_DISPATCH, C.CASE_ARRIVE, C.CASE_REPAIR, C.CASE_VERIFY)
CASE_FLOW = Flow(
    WarrantyCase,
    Step("open", W.TO_DISPATCH, W.TO_DISPATCH, OPEN_CASE, "登记保修记录", "5.3.3", starts=(C.CASE_DISPATCH,), tells=(VERIFY_CASE,)),
    Step("open_found", W.TO_DISPATCH, W.TO_DISPATCH, VIEW_CASE, "由回访转入保修", "5.3.3", fits=found_on_visit, starts=(C.CASE_DISPATCH,), tells=(VERIFY_CASE,)),
    Step("edit", (W.TO_DISPATCH, W.TO_ARRIVE, W.HANDLING, W.REWORK), "", OPEN_CASE, "修改保修记录", "5.3.3"),
    Step("dispatch", W.TO_DISPATCH, W.TO_ARRIVE, DISPATCH_CASE, "派单", "5.3.3", guard=is_dispatched_in_words, stops=(C.CASE_DISPATCH,), starts=(C.CASE_ARRIVE,)),
    Step("reassign", (W.TO_ARRIVE, W.HANDLING, W.REWORK), "", DISPATCH_CASE, "改派", "5.3.3", guard=is_dispatched_in_words, remark=True, tells=(REPAIR_CASE,), style="secondary"),
    Step("move_arrival", W.TO_ARRIVE, W.TO_ARRIVE, DISPATCH_CASE, "调整到场时限", "5.3.3", guard=is_dispatched_in_words, remark=True, stops=(C.CASE_ARRIVE,), starts=(C.CASE_ARRIVE,), outcome=CANCELLED, style="secondary"),
    Step("move_repair", (W.HANDLING, W.REWORK), "", DISPATCH_CASE, "调整完成时限", "5.3.3", guard=is_dispatched_in_words, remark=True, stops=(C.CASE_REPAIR,), starts=(C.CASE_REPAIR,), outcome=CANCELLED, style="secondary"),
    Step("arrive", W.TO_ARRIVE, W.HANDLING, REPAIR_CASE, "到场", "5.3.3", stops=(C.CASE_ARRIVE,), starts=(C.CASE_REPAIR,)),
    Step("finish", W.HANDLING, W.TO_VERIFY, REPAIR_CASE, "维修完成", "5.3.3", guard=is_repaired, stops=(C.CASE_REPAIR,), starts=(C.CASE_VERIFY,)),
    Step("verify", W.TO_VERIFY, W.DONE, VERIFY_CASE, "客户确认完成", "5.3.3", guard=is_confirmed_by_client, apart=("finish",), stops=(C.CASE_VERIFY,), tells=(OPEN_CASE, DISPATCH_CASE)),
    Step("rework", W.TO_VERIFY, W.REWORK, VERIFY_CASE, "退回返修", "5.3.3", remark=True, apart=("finish",), stops=(C.CASE_VERIFY,), starts=(C.CASE_REPAIR,), outcome=RETURNED, new_round=True, tells=(DISPATCH_CASE,), style="danger"),
    Step("resume", W.REWORK, W.HANDLING, REPAIR_CASE, "返修到场", "5.3.3"),
    Step("reject", OPEN_CASE_STATES, W.NOT_COVERED, REJECT_CASE, "认定非保修", "5.3.3", guard=is_proved_not_covered, remark=True, apart=("open", "open_found", "finish"), stops=CASE_CLOCKS, outcome=CANCELLED, tells=(OPEN_CASE, DISPATCH_CASE), style="danger"),
    Step("void", OPEN_CASE_STATES, W.VOID, REJECT_CASE, "作废", "6.1", remark=True, stops=CASE_CLOCKS, outcome=CANCELLED, tells=(OPEN_CASE, DISPATCH_CASE), style="danger"),
    unit="project.department", view=VIEW_CASE, url_name="ledgers:case_detail",
)
# fmt: on
