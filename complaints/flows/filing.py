"""The life of a filing (clauses 5.4.3, 5.6.2, 5.6.3; B.2 steps 9 to 12), one step a line."""

from complaints import clocks as C
from complaints.guards.filing import has_conclusion, has_unread_report, may_be_filed
from complaints.models import Filing
from complaints.permissions import FILE, REPORT, SUPERVISE_UG, SUPERVISE_UL, TRACK, VIEW_PART
from workflow.flow import Flow, Step
from workflow.models import Outcome

F = Filing.Status
LIVE = (F.AWAITING, F.FILED, F.TRACKING)
SUPERVISION = (C.SUPERVISE_UL, C.SUPERVISE_UG)
RESULT = (C.RESULT_UL, C.RESULT_UG)
WEEKLY = (C.TRACK, C.REPORT, C.RECEIVE)
EVERYTHING = (C.FILE, C.FILE_CLOSE, *WEEKLY, *SUPERVISION, *RESULT)

# fmt: off
FILING_FLOW = Flow(
    Filing,
    Step("open", F.AWAITING, F.AWAITING, None, "判定为我方责任,转集团备案", "5.4.2b", starts=(C.FILE, C.REPORT)),
    Step("call_supervision", LIVE, "", None, "提请领导监督处理过程", "B2-11", starts=SUPERVISION),
    Step("file", F.AWAITING, F.FILED, FILE, "登记备案", "5.4.3", guard=may_be_filed, stops=(C.FILE,), starts=(C.TRACK,), tells=(REPORT,)),
    Step("track", (F.FILED, F.TRACKING), F.TRACKING, TRACK, "集团跟踪", "5.6.2", stops=(C.TRACK,), starts=(C.TRACK,)),
    Step("report", LIVE, "", REPORT, "上报跟踪情况", "5.6.3", stops=(C.REPORT,), starts=(C.REPORT, C.RECEIVE)),
    Step("receive", (*LIVE, F.AWAITING_CLOSE), "", TRACK, "签收单位上报", "5.6.3", guard=has_unread_report, stops=(C.RECEIVE,)),
    Step("supervise_ul", (*LIVE, F.AWAITING_CLOSE, F.CLOSED), "", SUPERVISE_UL, "分管领导监督过程", "B2-11", stops=(C.SUPERVISE_UL,)),
    Step("supervise_ug", (*LIVE, F.AWAITING_CLOSE, F.CLOSED), "", SUPERVISE_UG, "总经理监督过程", "B2-11", stops=(C.SUPERVISE_UG,)),
    Step("result_ul", (F.AWAITING_CLOSE, F.CLOSED), "", SUPERVISE_UL, "分管领导监督结果", "B2-11", stops=(C.RESULT_UL,)),
    Step("result_ug", (F.AWAITING_CLOSE, F.CLOSED), "", SUPERVISE_UG, "总经理监督结果", "B2-11", stops=(C.RESULT_UG,)),
    Step("conclude", (F.FILED, F.TRACKING), F.AWAITING_CLOSE, None, "处理完毕,待备案结案", "5.4.3", stops=(C.TRACK, C.REPORT), starts=(C.FILE_CLOSE,)),
    Step("call_result_supervision", F.AWAITING_CLOSE, "", None, "提请领导监督处理结果", "B2-11", starts=RESULT),
    Step("close", F.AWAITING_CLOSE, F.CLOSED, FILE, "备案结案", "5.4.3", guard=has_conclusion, stops=(C.FILE_CLOSE,), tells=(REPORT,)),
    Step("cancel", (*LIVE, F.AWAITING_CLOSE), F.CANCELLED, None, "撤销备案", "5.4.3", stops=EVERYTHING, outcome=Outcome.CANCELLED, tells=(TRACK,)),
    Step("let_go", F.CLOSED, "", None, "不再监督", "B2-11", stops=(*SUPERVISION, *RESULT), outcome=Outcome.CANCELLED),
    Step("reopen", F.CANCELLED, F.AWAITING, None, "再次判定为我方责任,重新备案", "5.4.2b", starts=(C.FILE, C.REPORT), new_round=True),
    unit="complaint.department", case="complaint", view=VIEW_PART, url_name="complaints:filing_detail",
)
# fmt: on
