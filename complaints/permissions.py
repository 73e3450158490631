"""The actions on complaints. Who holds them: the authority matrix (B.4, S)."""

from organization.rules import Assigned, Rule

# A department's person (UD) sees what was assigned to them, everybody else what lies within their unit (G2).
_DRAWN_IN = "complaints.view_assigned"
VIEW = Rule("complaints.view", unit="department", label="查看投诉", assigned=Assigned(_DRAWN_IN, "assignments__user"))
# The same reach, asked of what belongs to a complaint.
VIEW_PART = Rule(
    "complaints.view",
    unit="complaint__department",
    label="查看投诉",
    assigned=Assigned(_DRAWN_IN, "complaint__assignments__user"),
)
VIEW_MILESTONE = Rule(
    "complaints.view",
    unit="plan_version__plan__complaint__department",
    label="查看投诉",
    assigned=Assigned(_DRAWN_IN, "plan_version__plan__complaint__assignments__user"),
)
VIEW_ASSIGNED = Rule(_DRAWN_IN, unit="department", label="查看指定给本人的投诉")

# B.4 rows 1 and 2. ``…_FOR`` is asked of the project before there is a complaint.
REGISTER_GROUP = Rule("complaints.register_group", unit="department", label="登记投诉至集团的投诉")
REGISTER_GROUP_IN = Rule("complaints.register_group", unit="", label="登记投诉至集团的投诉")
REGISTER_UNIT = Rule("complaints.register_unit", unit="department", label="登记投诉至二级单位的投诉")
REGISTER_UNIT_IN = Rule("complaints.register_unit", unit="", label="登记投诉至二级单位的投诉")
CONFIRM_GROUP = Rule("complaints.confirm_group", unit="department", label="二次确认(集团)")
CONFIRM_UNIT = Rule("complaints.confirm_unit", unit="department", label="二次确认(二级单位)")
FORWARD = Rule("complaints.forward", unit="department", label="转办")
HEAR = Rule("complaints.hear", unit="department", label="接收新投诉通知")
HEAR_GROUP = Rule("complaints.hear_group", unit="department", label="接收集团级投诉通知")

# Ruling and reply (5.4.2; B.4 row 3).
PROPOSE_RULING = Rule("complaints.propose_ruling", unit="department", label="提出责任判定")
CONFIRM_RULING = Rule("complaints.confirm_ruling", unit="department", label="确认责任判定")
RECONSIDER = Rule("complaints.reconsider", unit="department", label="复议")
REPLY = Rule("complaints.reply", unit="department", label="回函")

# The plan (B.4 row 4).
ASK_OPINION = Rule("complaints.ask_opinion", unit="department", label="征求部门意见")
ASK_OPINION_OF = Rule("complaints.ask_opinion", unit="complaint__department", label="征求部门意见")
GIVE_OPINION = Rule(
    "complaints.give_opinion",
    unit="complaint__department",
    label="反馈部门意见",
    assigned=Assigned("complaints.give_opinion", "asked_of"),
)
DRAFT_PLAN = Rule("complaints.draft_plan", unit="complaint__department", label="拟订专项整改方案")
CHECK_PLAN = Rule("complaints.check_plan", unit="complaint__department", label="项目经理审核方案")
REVIEW_PLAN = Rule("complaints.review_plan", unit="complaint__department", label="审核专项整改方案")
APPROVE_PLAN = Rule("complaints.approve_plan", unit="complaint__department", label="审批专项整改方案")

# Handling, tracking, filing (B.4 rows 5 to 8).
HANDLE = Rule("complaints.handle", unit="department", label="处理投诉问题")
HANDLE_MILESTONE = Rule("complaints.handle", unit="plan_version__plan__complaint__department", label="处理投诉问题")
REPORT_OF_MILESTONE = Rule("complaints.report", unit="plan_version__plan__complaint__department", label="单位跟踪上报")
REPORT = Rule("complaints.report", unit="complaint__department", label="单位跟踪上报")
FILE = Rule("complaints.file", unit="complaint__department", label="投诉备案")
TRACK_OF = Rule("complaints.track", unit="department", label="集团跟踪")
TRACK = Rule("complaints.track", unit="complaint__department", label="集团跟踪")

# Supervision (B.4 row 9; 3.2.1, 3.2.2).
SUPERVISE_UL = Rule("complaints.supervise_ul", unit="complaint__department", label="分管领导监督")
SUPERVISE_UG = Rule("complaints.supervise_ug", unit="complaint__department", label="总经理监督")
HAND_OVER = Rule("complaints.hand_over", unit="department", label="交办")
CHANGE_ORDER = Rule("complaints.hand_over", unit="complaint__department", label="交办")
CARRY_OUT = Rule("complaints.carry_out", unit="complaint__department", label="办理交办事项(项目经理部)")
CARRY_OUT_ASSIGNED = Rule(
    "complaints.carry_out_assigned",
    unit="complaint__department",
    label="办理交办事项(部门)",
    assigned=Assigned("complaints.carry_out_assigned", "charged"),
)
URGE = Rule("workflow.urge", unit="department", label="督办")

# What every post that handles it may do, and how it ends.
COMMUNICATE = Rule("complaints.communicate", unit="department", label="记录沟通与反馈")
ATTACH = Rule("complaints.attach", unit="department", label="上传投诉材料")
EVALUATE = Rule("complaints.evaluate", unit="department", label="满意度评价")
CLOSE = Rule("complaints.close", unit="department", label="投诉结案")
PROPOSE_LINK = Rule("complaints.propose_link", unit="department", label="提出合并或二次投诉")
CONFIRM_LINK = Rule("complaints.confirm_link", unit="department", label="确认合并或二次投诉")
WITHDRAW = Rule("complaints.withdraw", unit="department", label="办理撤诉")
REASSIGN = Rule("complaints.reassign", unit="department", label="转移责任单位")
REASSIGN_TO = Rule("complaints.reassign", unit="", label="转移责任单位")
IMPORT = Rule("complaints.import", unit="department", label="导入投诉台账")
IMPORT_INTO = Rule("complaints.import", unit="", label="导入投诉台账")
EDIT_POLICY = Rule("complaints.edit_policy", unit="", label="维护投诉设置")
